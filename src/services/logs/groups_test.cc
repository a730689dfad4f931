#include "services/logs/logs_fixture.h"

namespace haneul::logs {
namespace {

class GroupsTest : public LogsFixture {
 protected:
  DescribeLogGroupsOutput describe(DescribeLogGroupsInput input = {}) {
    return service.describe_log_groups(request(), input);
  }
  DescribeLogStreamsOutput streams(DescribeLogStreamsInput input) {
    return service.describe_log_streams(request(), input);
  }
  static std::vector<std::string> names(const DescribeLogGroupsOutput& output) {
    std::vector<std::string> out;
    for (const LogGroup& group : *output.log_groups) out.push_back(*group.log_group_name);
    return out;
  }
  static std::vector<std::string> names(const DescribeLogStreamsOutput& output) {
    std::vector<std::string> out;
    for (const LogStream& stream : *output.log_streams) out.push_back(*stream.log_stream_name);
    return out;
  }
};

// Clients depend on both forms of the ARN and on the count of bytes.
TEST_F(GroupsTest, DescribesAGroupWithBothArnsAndItsBytes) {
  make_group("/app");
  make_stream("/app", "one");
  put("/app", "one", {{.timestamp = now(), .message = "hello"}});
  const auto group = describe().log_groups->at(0);
  EXPECT_EQ(group.arn, "arn:aws:logs:us-east-1:123456789012:log-group:/app:*");
  EXPECT_EQ(group.log_group_arn, "arn:aws:logs:us-east-1:123456789012:log-group:/app");
  EXPECT_EQ(group.stored_bytes, 5 + 26);
  EXPECT_EQ(group.creation_time, now());
  EXPECT_FALSE(group.retention_in_days.has_value());
}

// A listing with many pages shows every group once.
TEST_F(GroupsTest, PagesThroughGroupsInOrderOfTheirNames) {
  for (const char* name : {"b", "c", "a", "aa"}) make_group(name);
  const auto first = describe({.limit = 3});
  EXPECT_EQ(names(first), (std::vector<std::string>{"a", "aa", "b"}));
  const auto second = describe({.next_token = first.next_token, .limit = 3});
  EXPECT_EQ(names(second), std::vector<std::string>{"c"});
  EXPECT_FALSE(second.next_token.has_value());
  EXPECT_THROW(describe({.next_token = "bad"}), InvalidParameterException);
}

// Prefix and pattern exclude each other in AWS, and a prefix must not find what merely contains it.
TEST_F(GroupsTest, FindsGroupsByPrefixPatternAndIdentifier) {
  for (const char* name : {"/x/app", "/y/app", "/x/b"}) make_group(name);
  EXPECT_EQ(names(describe({.log_group_name_prefix = "/x"})), (std::vector<std::string>{"/x/app", "/x/b"}));
  EXPECT_EQ(names(describe({.log_group_name_pattern = "app"})),
            (std::vector<std::string>{"/x/app", "/y/app"}));
  EXPECT_THROW(describe({.log_group_name_prefix = "/x", .log_group_name_pattern = "a"}),
               InvalidParameterException);
  const std::vector<std::string> one = {"arn:aws:logs:us-east-1:123456789012:log-group:/y/app"};
  EXPECT_EQ(names(describe({.log_group_identifiers = one})), std::vector<std::string>{"/y/app"});
}

// A group made again under an old name must not show the old one's streams.
TEST_F(GroupsTest, DeletesAGroupWithEverythingInIt) {
  make_group("g");
  make_stream("g", "s");
  put("g", "s", {{.timestamp = now(), .message = "old"}});
  service.delete_log_group(request(), {.log_group_name = "g"});
  EXPECT_THROW(service.delete_log_group(request(), {.log_group_name = "g"}), ResourceNotFoundException);
  EXPECT_THROW(streams({.log_group_name = "g"}), ResourceNotFoundException);
  make_group("g");
  EXPECT_TRUE(streams({.log_group_name = "g"}).log_streams->empty());
  EXPECT_EQ(describe().log_groups->at(0).stored_bytes, 0);
}

// Protection that does not protect would be an inert field.
TEST_F(GroupsTest, KeepsAProtectedGroup) {
  service.create_log_group(request(), {.log_group_name = "g", .deletion_protection_enabled = true});
  EXPECT_THROW(service.delete_log_group(request(), {.log_group_name = "g"}), InvalidParameterException);
  service.put_deletion_protection(request(),
                                  {.log_group_identifier = "g", .deletion_protection_enabled = false});
  service.delete_log_group(request(), {.log_group_name = "g"});
  EXPECT_TRUE(describe().log_groups->empty());
}

// A dashboard lists the streams that spoke last; the order must follow each new event.
TEST_F(GroupsTest, OrdersStreamsByNameAndByLastEvent) {
  make_group("g");
  for (const char* name : {"b", "a", "c"}) make_stream("g", name);
  put("g", "b", {{.timestamp = now() - 10, .message = "x"}});
  put("g", "a", {{.timestamp = now() - 20, .message = "x"}});
  EXPECT_EQ(names(streams({.log_group_name = "g"})), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(names(streams({.log_group_name = "g", .descending = true})),
            (std::vector<std::string>{"c", "b", "a"}));
  const DescribeLogStreamsInput by_time{
      .log_group_name = "g", .order_by = "LastEventTime", .descending = true};
  EXPECT_EQ(names(streams(by_time)), (std::vector<std::string>{"b", "a", "c"}));
  put("g", "a", {{.timestamp = now(), .message = "x"}});
  EXPECT_EQ(names(streams(by_time)), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_THROW(streams({.log_group_name = "g", .log_stream_name_prefix = "a", .order_by = "LastEventTime"}),
               InvalidParameterException);
}

// Tokens of one order must not be taken in another, where they would skip or repeat streams.
TEST_F(GroupsTest, PagesThroughStreamsEitherWay) {
  make_group("g");
  for (const char* name : {"a", "b", "c"}) make_stream("g", name);
  for (const bool descending : {false, true}) {
    DescribeLogStreamsInput input{.log_group_name = "g", .descending = descending, .limit = 2};
    const auto first = streams(input);
    input.next_token = first.next_token;
    const auto second = streams(input);
    EXPECT_EQ(first.log_streams->size(), 2u);
    EXPECT_EQ(names(second), std::vector<std::string>{descending ? "a" : "c"});
    EXPECT_FALSE(second.next_token.has_value());
    input.descending = !descending;
    EXPECT_THROW(streams(input), InvalidParameterException);
  }
}

// Either form names the group; both or none is the client's mistake.
TEST_F(GroupsTest, TakesIdentifiersInEveryForm) {
  make_group("g");
  make_stream("g", "s");
  const std::string arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
  for (const std::string& identifier : {std::string("g"), arn, arn + ":*"}) {
    EXPECT_EQ(names(streams({.log_group_identifier = identifier})), std::vector<std::string>{"s"})
        << identifier;
  }
  EXPECT_THROW(streams({.log_group_name = "g", .log_group_identifier = "g"}), InvalidParameterException);
  EXPECT_THROW(streams({}), InvalidParameterException);
  EXPECT_THROW(streams({.log_group_identifier = "arn:aws:logs:us-east-1:210987654321:log-group:g"}),
               ResourceNotFoundException);
}

// Both families of tag operations see the same tags.
TEST_F(GroupsTest, KeepsTags) {
  service.create_log_group(request(),
                           {.log_group_name = "g", .tags = std::map<std::string, std::string>{{"a", "1"}}});
  const std::string arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
  service.tag_resource(request(), {.resource_arn = arn, .tags = {{"b", "2"}}});
  service.tag_log_group(request(), {.log_group_name = "g", .tags = {{"c", "3"}}});
  service.untag_resource(request(), {.resource_arn = arn, .tag_keys = {"a"}});
  const std::map<std::string, std::string> expected = {{"b", "2"}, {"c", "3"}};
  EXPECT_EQ(service.list_tags(request(), {.resource_arn = arn}).tags, expected);
  EXPECT_EQ(service.list_tags_log_group(request(), {.log_group_name = "g"}).tags, expected);
  std::map<std::string, std::string> many;
  for (int i = 0; i < 49; ++i) many["k" + std::to_string(i)] = "v";
  EXPECT_THROW(service.tag_resource(request(), {.resource_arn = arn, .tags = many}), TooManyTagsException);
}

}  // namespace
}  // namespace haneul::logs
