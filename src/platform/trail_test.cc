#include "platform/trail.h"

#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/random.h"
#include "base/text.h"

namespace haneul::platform {
namespace {

class TrailTest : public testing::Test {
 protected:
  ~TrailTest() override { std::filesystem::remove_all(folder_); }

  static RequestFact fact(std::string id, Timestamp at) {
    RequestFact out;
    out.id = RequestId(std::move(id));
    out.at = at;
    out.service = "dynamodb";
    out.operation = "GetItem";
    out.error_message = "a \"quoted\"\nline";
    out.status = 200;
    out.bytes_out = 7;
    return out;
  }
  std::vector<std::string> lines(const std::string& day) const {
    std::ifstream file(folder_ / (day + ".jsonl"));
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("haneul-trail-" + SystemRandom().hex(8));
};

// What auditors read: a line of JSON for each request, in the file of its day, with what is known of it.
TEST_F(TrailTest, WritesALineForEachRequest) {
  FactBus bus;
  Trail trail(folder_);
  trail.subscribe(bus);
  bus.publish(fact("one", *parse_iso8601("2026-11-21T23:59:59.500Z")));
  bus.publish(fact("two", *parse_iso8601("2026-11-22T00:00:00Z")));
  EXPECT_EQ(lines("2026-11-21"),
            std::vector<std::string>{
                R"({"time":"2026-11-21T23:59:59.500Z","requestId":"one","service":"dynamodb",)"
                R"("operation":"GetItem","readOnly":false,"inside":false,"status":200,)"
                R"("errorMessage":"a \"quoted\"\nline","durationUs":0,"bytesIn":0,"bytesOut":7})"});
  ASSERT_EQ(lines("2026-11-22").size(), 1U);
  EXPECT_EQ(parse_json(lines("2026-11-22")[0]).string_or("requestId", ""), "two");
}

// Loops write at the same time, and at midnight into two files: no line may be lost, torn or misplaced.
TEST_F(TrailTest, KeepsLinesWholeAmongThreads) {
  FactBus bus;
  Trail trail(folder_);
  trail.subscribe(bus);
  const Timestamp midnight = *parse_iso8601("2026-11-22T00:00:00Z");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&bus, thread, midnight] {
      for (int i = 0; i < 200; ++i) {
        bus.publish(fact(std::to_string(thread * 1000 + i), midnight - Milliseconds(i % 2)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> seen;
  for (const char* day : {"2026-11-21", "2026-11-22"}) {
    for (const std::string& line : lines(day)) {
      const Document read = parse_json(line);
      EXPECT_TRUE(read.string_or("time", "").starts_with(day));
      seen.insert(read.string_or("requestId", ""));
    }
  }
  EXPECT_EQ(seen.size(), 800U);
}

}  // namespace
}  // namespace haneul::platform
