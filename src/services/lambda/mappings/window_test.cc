// Tumbling windows: what state a function is given, and when a window is over.
#include "services/lambda/mappings/mapping_fixture.h"

namespace haneul::lambda {
namespace {

// The clock starts at 22:13:20; windows of two minutes begin at even minutes.
class TumblingWindows : public test::MappingFixture {
 protected:
  void put(const char* content, const std::string& shard = "s1") {
    data.put(shard, "key", content);
    data.tell(data_arn);
  }
  std::string open(std::initializer_list<std::pair<const char*, Document>> more = {}) {
    answer = [](const Document& event) {
      const Document* counted = event.find("state")->find("count");
      const auto records = static_cast<int64_t>(event.find("Records")->as_array().size());
      return fmt::format(R"({{"state":{{"count":{}}}}})", (counted ? counted->as_int() : 0) + records);
    };
    const std::string uuid = text(create(data_arn, more), "UUID");
    call<op::GetEventSourceMapping>(of({{"UUID", uuid}}));
    pass(Milliseconds(10));
    return uuid;
  }
  std::string opened() { return open({{"TumblingWindowInSeconds", 120}}); }
  static std::string further(const Document& event) {
    Document rest = event;
    rest.erase("Records");
    return write_json(rest);
  }
  static bool is_final(const Document& event) { return event.find("isFinalInvokeForWindow")->as_bool(); }
};

// Each invocation is given the state of the last one; the final one gets no records and ends the window.
TEST_F(TumblingWindows, CarriesStateToTheEnd) {
  opened();
  put("a");
  pass(Seconds(2));
  put("b");
  pass(Seconds(2));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(further(events[0]),
            R"({"state":{},"window":{"start":"2023-11-14T22:12:00Z","end":"2023-11-14T22:14:00Z"},)"
            R"("shardId":"s1","eventSourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s",)"
            R"("isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false})");
  EXPECT_EQ(write_json(*events[1].find("state")), R"({"count":1})");
  pass(Seconds(45));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_TRUE(is_final(events[2]));
  EXPECT_EQ(contents(events[2]), "");
  EXPECT_EQ(write_json(*events[2].find("state")), R"({"count":2})");
  put("c");
  pass(Seconds(2));
  EXPECT_EQ(write_json(*events[3].find("state")), "{}");
  EXPECT_EQ(events[3].find("window")->string_or("start", ""), "2023-11-14T22:14:00Z");
}

// A record of the next window ends the open one first; no batch holds records of two.
TEST_F(TumblingWindows, SeparatesWindows) {
  put("a");
  pass(Seconds(60));
  put("b");
  opened();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(contents(events[0]), "a");
  EXPECT_TRUE(is_final(events[1]));
  EXPECT_EQ(contents(events[2]), "b");
}

// An answer without state is a failure: the window would lose what it counted.
TEST_F(TumblingWindows, NeedsState) {
  const std::string uuid = opened();
  answer = [this](const Document&) { return events.size() == 1 ? "null" : R"({"state":{"count":1}})"; };
  put("a");
  pass(Seconds(3));
  EXPECT_EQ(given(), (std::vector<std::string>{"a", "a"}));
}

// State above 1 MB ends the window before its time.
TEST_F(TumblingWindows, EndsEarlyWhenTheStateIsLarge) {
  opened();
  answer = [](const Document&) { return R"({"state":")" + std::string(1'100'000, 's') + "\"}"; };
  put("a");
  pass(Seconds(1));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(is_final(events[1]));
  EXPECT_TRUE(events[1].find("isWindowTerminatedEarly")->as_bool());
}

// The state is stored with the checkpoint: a reader that begins anew goes on counting.
TEST_F(TumblingWindows, KeepsStateOverARestart) {
  const std::string uuid = opened();
  put("a");
  pass(Seconds(2));
  call<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"BatchSize", 7}}));
  pass(Seconds(2));
  put("b");
  pass(Seconds(6));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(write_json(*events[1].find("state")), R"({"count":1})");
}

// The end of a shard ends its window.
TEST_F(TumblingWindows, EndsWithTheShard) {
  opened();
  put("a");
  data.by_id["s1"].is_closed = true;
  pass(Seconds(8));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(is_final(events[1]));
}

}  // namespace
}  // namespace haneul::lambda
