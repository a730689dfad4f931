#include "services/logs/event_log.h"
#include "services/logs/limits.h"
#include "services/logs/logs_fixture.h"

namespace haneul::logs {
namespace {

class FilterEventsTest : public LogsFixture {
 protected:
  FilterEventsTest() {
    make_group("g");
    for (const char* stream : {"api", "web"}) make_stream("g", stream);
  }
  FilterLogEventsOutput filter(FilterLogEventsInput input) {
    input.log_group_name = "g";
    return service.filter_log_events(request(), input);
  }
  static std::vector<std::string> messages(const FilterLogEventsOutput& output) {
    std::vector<std::string> out;
    for (const FilteredLogEvent& event : *output.events) out.push_back(*event.message);
    return out;
  }
};

// Streams are read as one, in order of time, whatever page ends where.
TEST_F(FilterEventsTest, InterleavesStreamsOverPages) {
  put("g", "api", {{.timestamp = now(), .message = "1"}, {.timestamp = now() + 2, .message = "3"}});
  put("g", "web", {{.timestamp = now() + 1, .message = "2"}, {.timestamp = now() + 3, .message = "4"}});
  EXPECT_EQ(messages(filter({})), (std::vector<std::string>{"1", "2", "3", "4"}));
  std::string all;
  FilterLogEventsInput input{.limit = 1};
  do {
    const auto page = filter(input);
    for (const std::string& message : messages(page)) all += message;
    input.next_token = page.next_token;
  } while (input.next_token);
  EXPECT_EQ(all, "1234");
  input.next_token = "bad";
  EXPECT_THROW(filter(input), InvalidParameterException);
}

// Ids tell events apart that look alike; clients drop repeated ones by them.
TEST_F(FilterEventsTest, GivesEveryEventAnIdAndItsStream) {
  put("g", "api", {{.timestamp = now(), .message = "same"}, {.timestamp = now(), .message = "same"}});
  const auto page = filter({});
  EXPECT_EQ(page.events->at(0).log_stream_name, "api");
  EXPECT_EQ(page.events->at(0).event_id->size(), 56u);
  EXPECT_LT(*page.events->at(0).event_id, *page.events->at(1).event_id);
}

// Only the streams that were asked for; one that does not exist is the client's mistake.
TEST_F(FilterEventsTest, ChoosesStreams) {
  put("g", "api", {{.timestamp = now(), .message = "a"}});
  put("g", "web", {{.timestamp = now(), .message = "w"}});
  EXPECT_EQ(messages(filter({.log_stream_names = std::vector<std::string>{"web"}})),
            std::vector<std::string>{"w"});
  EXPECT_EQ(messages(filter({.log_stream_name_prefix = "a"})), std::vector<std::string>{"a"});
  EXPECT_THROW(filter({.log_stream_names = std::vector<std::string>{"no"}}), ResourceNotFoundException);
  EXPECT_THROW(filter({.log_stream_names = std::vector<std::string>{"web"}, .log_stream_name_prefix = "a"}),
               InvalidParameterException);
}

// Both ends are part of the range, unlike GetLogEvents.
TEST_F(FilterEventsTest, ReadsATimeRangeAndAPattern) {
  std::vector<InputLogEvent> events;
  for (int i = 0; i < 5; ++i) events.push_back({.timestamp = now() + i, .message = "n" + std::to_string(i)});
  put("g", "api", events);
  EXPECT_EQ(messages(filter({.start_time = now() + 1, .end_time = now() + 3})),
            (std::vector<std::string>{"n1", "n2", "n3"}));
  EXPECT_EQ(messages(filter({.filter_pattern = "?n0 ?n4"})), (std::vector<std::string>{"n0", "n4"}));
  EXPECT_THROW(filter({.filter_pattern = "{ $.a"}), InvalidParameterException);
}

// The rows of a deleted stream may still be there; a new stream of its name must not show them.
TEST_F(FilterEventsTest, LeavesOutDeletedStreams) {
  put("g", "api", {{.timestamp = now(), .message = "old"}});
  service.delete_log_stream(request(), {.log_group_name = "g", .log_stream_name = "api"});
  EXPECT_TRUE(filter({}).events->empty());
  make_stream("g", "api");
  put("g", "api", {{.timestamp = now(), .message = "new"}});
  EXPECT_EQ(messages(filter({})), std::vector<std::string>{"new"});
}

// A search that finds nothing in much data answers in steps, and ends.
TEST_F(FilterEventsTest, AnswersLongSearchesInSteps) {
  const std::string big(kRowBytesMax, 'x');
  for (int i = 0; i < 40; ++i) {
    std::vector<InputLogEvent> events;
    for (int k = 0; k < 7; ++k) {
      events.push_back({.timestamp = now() + i * 10'000 + k, .message = big});
    }
    put("g", i % 2 == 0 ? "api" : "web", events);
  }
  put("g", "web", {{.timestamp = now() + 500'000, .message = "needle"}});
  FilterLogEventsInput input{.filter_pattern = "needle"};
  size_t pages = 0;
  std::vector<std::string> found;
  do {
    const auto page = filter(input);
    for (const std::string& message : messages(page)) found.push_back(message);
    input.next_token = page.next_token;
    ++pages;
  } while (input.next_token && pages < 10);
  EXPECT_EQ(found, std::vector<std::string>{"needle"});
  EXPECT_EQ(pages, 2u);
}

// Seeded batches of many shapes are read in every way and compared with a sorted list.
TEST_F(FilterEventsTest, ReadsWhatAModelReads) {
  std::map<Position, std::string> model;
  std::map<std::string, std::vector<std::string>> streams;
  uint64_t put_number = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string stream = random.below(2) == 0 ? "api" : "web";
    int64_t time = now() + static_cast<int64_t>(random.below(200'000));
    std::vector<InputLogEvent> events;
    ++put_number;
    for (uint64_t k = 0, count = 1 + random.below(20); k < count; ++k) {
      time += static_cast<int64_t>(random.below(3) == 0 ? random.below(40'000) : random.below(3));
      const std::string message = stream + std::to_string(put_number) + "/" + std::to_string(k);
      events.push_back({.timestamp = time, .message = message});
      model[{time, put_number, k}] = message;
    }
    put("g", stream, events);
  }
  std::vector<std::string> expected, expected_api;
  for (const auto& [at, message] : model) {
    expected.push_back(message);
    if (message.starts_with("api")) expected_api.push_back(message);
  }
  for (const int32_t limit : {1, 3, 7, 10'000}) {
    std::vector<std::string> all;
    FilterLogEventsInput input{.limit = limit};
    do {
      const auto page = filter(input);
      for (const std::string& message : messages(page)) all.push_back(message);
      input.next_token = page.next_token;
    } while (input.next_token);
    EXPECT_EQ(all, expected) << limit;
    std::vector<std::string> back;
    GetLogEventsInput read = read_of("g", "api");
    read.limit = limit;
    for (;;) {
      const auto page = service.get_log_events(request(), read);
      auto texts = LogsFixture::messages(page);
      if (texts.empty()) break;
      back.insert(back.begin(), texts.begin(), texts.end());
      read.next_token = page.next_backward_token;
    }
    EXPECT_EQ(back, expected_api) << limit;
  }
}

// What is shown as extracted is what the pattern's names found.
TEST_F(FilterEventsTest, TestsMetricFilters) {
  const auto result = service.test_metric_filter(
      request(),
      {.filter_pattern = "[level, code > 400]", .log_event_messages = {"E 404", "I 200", "E 500"}});
  ASSERT_EQ(result.matches->size(), 2u);
  EXPECT_EQ(result.matches->at(1).event_number, 3);
  const std::map<std::string, std::string> expected = {{"$level", "E"}, {"$code", "500"}};
  EXPECT_EQ(result.matches->at(1).extracted_values, expected);
}

}  // namespace
}  // namespace haneul::logs
