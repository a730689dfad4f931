#include "services/logs/limits.h"
#include "services/logs/logs_fixture.h"

namespace haneul::logs {
namespace {

class EventsTest : public LogsFixture {
 protected:
  EventsTest() {
    make_group("g");
    make_stream("g", "s");
  }
  GetLogEventsOutput get(const GetLogEventsInput& input) { return service.get_log_events(request(), input); }
};

// The tail of a stream is what people look at first, and tokens lead away from it in both directions.
TEST_F(EventsTest, ReadsFromBothEndsWithTokensThatRepeat) {
  std::vector<InputLogEvent> events;
  for (int i = 0; i < 5; ++i) events.push_back({.timestamp = now() + i, .message = std::to_string(i)});
  put("g", "s", events);
  GetLogEventsInput input = read_of("g", "s");
  input.limit = 2;
  const auto tail = get(input);
  EXPECT_EQ(messages(tail), (std::vector<std::string>{"3", "4"}));
  input.next_token = tail.next_backward_token;
  const auto middle = get(input);
  EXPECT_EQ(messages(middle), (std::vector<std::string>{"1", "2"}));
  input.next_token = middle.next_forward_token;
  EXPECT_EQ(messages(get(input)), (std::vector<std::string>{"3", "4"}));
  input.next_token = middle.next_backward_token;
  const auto head = get(input);
  EXPECT_EQ(messages(head), std::vector<std::string>{"0"});
  input.next_token = head.next_backward_token;
  const auto before = get(input);
  EXPECT_TRUE(before.events->empty());
  EXPECT_EQ(before.next_backward_token, input.next_token);
  input.next_token = tail.next_forward_token;
  const auto end = get(input);
  EXPECT_TRUE(end.events->empty());
  EXPECT_EQ(end.next_forward_token, input.next_token);
  put("g", "s", {{.timestamp = now() + 9, .message = "new"}});
  EXPECT_EQ(messages(get(input)), std::vector<std::string>{"new"});
}

// Somebody who waits at an empty stream must see what comes first.
TEST_F(EventsTest, WaitsAtAnEmptyStream) {
  GetLogEventsInput input = read_of("g", "s");
  input.next_token = get(input).next_forward_token;
  EXPECT_TRUE(get(input).events->empty());
  put("g", "s", {{.timestamp = now(), .message = "first"}});
  EXPECT_EQ(messages(get(input)), std::vector<std::string>{"first"});
}

// Batches of several writers overlap in time; the order is that of the times, then of arrival.
TEST_F(EventsTest, MergesOverlappingBatches) {
  put("g", "s", {{.timestamp = now(), .message = "a"}, {.timestamp = now() + 50'000, .message = "d"}});
  put("g", "s", {{.timestamp = now(), .message = "b"}, {.timestamp = now() + 20'000, .message = "c"}});
  GetLogEventsInput input = read_of("g", "s");
  EXPECT_EQ(messages(get(input)), (std::vector<std::string>{"a", "b", "c", "d"}));
  input.limit = 1;
  std::string backwards;
  for (int i = 0; i < 4; ++i) {
    const auto page = get(input);
    backwards += messages(page).at(0);
    input.next_token = page.next_backward_token;
  }
  EXPECT_EQ(backwards, "dcba");
  input.next_token.reset();
  input.start_from_head = true;
  std::string forwards;
  for (int i = 0; i < 4; ++i) {
    const auto page = get(input);
    forwards += messages(page).at(0);
    input.next_token = page.next_forward_token;
  }
  EXPECT_EQ(forwards, "abcd");
}

// Start is in the range, end is not.
TEST_F(EventsTest, ReadsATimeRange) {
  std::vector<InputLogEvent> events;
  for (int i = 0; i < 4; ++i) events.push_back({.timestamp = now() + i, .message = std::to_string(i)});
  put("g", "s", events);
  GetLogEventsInput input = read_of("g", "s");
  input.start_time = now() + 1;
  input.end_time = now() + 3;
  EXPECT_EQ(messages(get(input)), (std::vector<std::string>{"1", "2"}));
  input.start_from_head = true;
  EXPECT_EQ(messages(get(input)), (std::vector<std::string>{"1", "2"}));
}

// A page is at most 1 MB; what did not fit comes with the token, and nothing in between is lost.
TEST_F(EventsTest, BoundsAPageInBytes) {
  const std::string half(600'000, 'x');
  put("g", "s", {{.timestamp = now(), .message = "1" + half}});
  put("g", "s", {{.timestamp = now() + 1, .message = "2" + half}});
  put("g", "s", {{.timestamp = now() + 2, .message = "3"}});
  GetLogEventsInput input = read_of("g", "s");
  input.start_from_head = true;
  const auto first = get(input);
  ASSERT_EQ(first.events->size(), 1u);
  input.next_token = first.next_forward_token;
  const auto second = get(input);
  ASSERT_EQ(second.events->size(), 2u);
  EXPECT_EQ(second.events->at(0).message->front(), '2');
}

// The limits that the API reference names, each with the message that SDK users know.
TEST_F(EventsTest, RefusesBatchesOverTheLimits) {
  const auto refuses = [&](std::vector<InputLogEvent> events, std::string_view message) {
    try {
      put("g", "s", std::move(events));
      ADD_FAILURE() << "accepted: " << message;
    } catch (const InvalidParameterException& error) {
      EXPECT_NE(error.message().find(message), std::string::npos) << error.message();
    }
  };
  refuses({{.timestamp = now(), .message = "b"}, {.timestamp = now() - 1, .message = "a"}}, "chronological");
  refuses({{.timestamp = now() - 86'400'001, .message = "a"}, {.timestamp = now(), .message = "b"}},
          "24 hours");
  refuses({{.timestamp = now(), .message = std::string(kEventBytesMax - 25, 'x')}}, "Log event too large");
  refuses({{.timestamp = now(), .message = std::string(600'000, 'x')},
           {.timestamp = now(), .message = std::string(600'000, 'x')}},
          "Upload too large");
  EXPECT_TRUE(messages(get(read_of("g", "s"))).empty());
}

// Events outside the window are reported by index, the others are kept.
TEST_F(EventsTest, ReportsRejectedEvents) {
  const int64_t old = now() - kEventAgeMax.count();
  const auto some =
      put("g", "s", {{.timestamp = old - 1, .message = "old"}, {.timestamp = old, .message = "ok"}});
  EXPECT_EQ(some.rejected_log_events_info->too_old_log_event_end_index, 1);
  EXPECT_FALSE(some.rejected_log_events_info->too_new_log_event_start_index.has_value());
  const int64_t ahead = now() + kEventAheadMax.count();
  const auto more =
      put("g", "s", {{.timestamp = ahead, .message = "new"}, {.timestamp = ahead + 1, .message = "far"}});
  EXPECT_EQ(more.rejected_log_events_info->too_new_log_event_start_index, 1);
  EXPECT_EQ(messages(get(read_of("g", "s"))), (std::vector<std::string>{"ok", "new"}));
  EXPECT_FALSE(put("g", "s", {{.timestamp = now(), .message = "x"}}).rejected_log_events_info.has_value());
}

// What a policy says has expired is gone at once, and deleted soon.
TEST_F(EventsTest, ExpiresEvents) {
  put("g", "s", {{.timestamp = now() - 86'400'000, .message = "old"}});
  put("g", "s", {{.timestamp = now(), .message = "young"}});
  clock.advance(std::chrono::hours(1));
  service.put_retention_policy(request(), {.log_group_name = "g", .retention_in_days = 1});
  EXPECT_EQ(messages(get(read_of("g", "s"))), std::vector<std::string>{"young"});
  const auto late = put("g", "s", {{.timestamp = now() - 86'400'001, .message = "late"}});
  EXPECT_EQ(late.rejected_log_events_info->expired_log_event_end_index, 1);
  jobs.start([this]() -> Executor& { return executor; });
  executor.run();
  const auto bytes = [&] {
    return service.describe_log_groups(request(), {}).log_groups->at(0).stored_bytes;
  };
  EXPECT_EQ(bytes(), 5 + 26);
  executor.advance(std::chrono::hours(25));
  EXPECT_EQ(bytes(), 0);
  EXPECT_THROW(service.put_retention_policy(request(), {.log_group_name = "g", .retention_in_days = 2}),
               InvalidParameterException);
}

// The rows of a deleted stream go away behind the scenes; a stream of the same name begins empty.
TEST_F(EventsTest, PurgesADeletedStream) {
  put("g", "s", {{.timestamp = now(), .message = "old"}});
  service.delete_log_stream(request(), {.log_group_name = "g", .log_stream_name = "s"});
  EXPECT_THROW(get(read_of("g", "s")), ResourceNotFoundException);
  make_stream("g", "s");
  EXPECT_TRUE(get(read_of("g", "s")).events->empty());
  jobs.start([this]() -> Executor& { return executor; });
  executor.run();
  EXPECT_EQ(service.describe_log_groups(request(), {}).log_groups->at(0).stored_bytes, 0);
}

// What a function prints is any bytes of any length, and the role needs the same permissions as over the
// wire.
TEST_F(EventsTest, TakesWhatAFunctionPrinted) {
  const std::string line(kEventBytesMax, 'x');
  EXPECT_TRUE(service.append(role(), target("/aws/lambda/f", "v1"),
                             {{clock.now(),
                               "a\xff"
                               "b"},
                              {clock.now(), line},
                              {clock.now(), ""}}));
  GetLogEventsInput head = read_of("/aws/lambda/f", "v1");
  head.start_from_head = true;
  EXPECT_EQ(get(head).events->at(0).message,
            "a\xEF\xBF\xBD"
            "b");
  identities.policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
          "Action":["logs:CreateLogStream","logs:PutLogEvents"],
          "Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*:*"}]})";
  EXPECT_TRUE(service.append(role(), target("/aws/lambda/f", "v2"), {{clock.now(), "x"}}));
  EXPECT_FALSE(service.append(role(), target("/aws/lambda/new", "v1"), {{clock.now(), "x"}}));
  EXPECT_FALSE(service.append(role(), target("g", "s"), {{clock.now(), "x"}}));
  EXPECT_TRUE(get(read_of("g", "s")).events->empty());
}

}  // namespace
}  // namespace haneul::logs
