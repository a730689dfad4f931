// Making and removing stacks: order, events, failure and rollback, what is kept.
#include <set>

#include "services/cloudformation/testing.h"

namespace haneul::cloudformation {
namespace {

using CreateStack = StackFixture;
using DeleteStack = StackFixture;

constexpr const char* kThree = R"(
Resources:
  Last: {Type: AWS::Logs::LogGroup, DependsOn: Middle, Properties: {LogGroupName: last}}
  Middle: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "${First}-2"}}
  First: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: first, RetentionInDays: "7"}}
Outputs:
  FirstArn: {Value: !GetAtt First.Arn}
  Name: {Value: !Join ["/", [!Ref Middle, !Ref "AWS::StackName"]]}
)";

// What depends on another resource must be made after it, or references would have no value.
TEST_F(CreateStack, MakesResourcesInOrderOfTheirDependencies) {
  create(kThree);
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  EXPECT_EQ(world.calls, (Names{"CreateLogGroup first", "PutRetentionPolicy first", "CreateLogGroup first-2",
                                "CreateLogGroup last"}));
  EXPECT_EQ(*world.things["group/first"].find("retentionInDays"), Document(7));
  EXPECT_EQ(output("FirstArn"), "arn:aws:logs:eu-west-1:111122223333:log-group:first:*");
  EXPECT_EQ(output("Name"), "first-2/app");
}

// The CLI and the consoles read a stack's story from its events: begin, each resource, end.
TEST_F(CreateStack, TellsItsStory) {
  create(kThree);
  EXPECT_EQ(events(), (Names{"app CREATE_IN_PROGRESS", "First CREATE_IN_PROGRESS", "First CREATE_IN_PROGRESS",
                             "First CREATE_COMPLETE", "Middle CREATE_IN_PROGRESS",
                             "Middle CREATE_IN_PROGRESS", "Middle CREATE_COMPLETE", "Last CREATE_IN_PROGRESS",
                             "Last CREATE_IN_PROGRESS", "Last CREATE_COMPLETE", "app CREATE_COMPLETE"}));
}

// Clients tell events apart by their ids.
TEST_F(CreateStack, GivesEventsIdsOfTheirOwn) {
  create(kThree);
  std::set<std::string> ids;
  const Document answer = call("DescribeStackEvents", {{"StackName", "app"}});
  for (const Document& event : answer.find("StackEvents")->as_array())
    ids.insert(event.string_or("EventId", ""));
  EXPECT_EQ(ids.size(), answer.find("StackEvents")->as_array().size());
}

// Waiters ask at once and then every 30 s: short work should be over when they ask first, and long work must
// not hold the answer.
TEST_F(CreateStack, IsAtRestWhenItAnswersIfTheWorkIsShort) {
  call("CreateStack", {{"StackName", "app"}, {"TemplateBody", kThree}});
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  world.latency = std::chrono::minutes(1);
  const Timestamp before = clock.now();
  call("DeleteStack", {{"StackName", "app"}});
  EXPECT_EQ(status(), "DELETE_IN_PROGRESS");
  EXPECT_LE(clock.now() - before, std::chrono::seconds(3));
  settle();
}

// A failed creation must leave nothing behind, and say which resource failed and why.
TEST_F(CreateStack, RollsBackWhatItMade) {
  world.refusals["CreateLogGroup last"] = "no more groups";
  create(kThree);
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{});
  const Names story = events();
  EXPECT_LT(position(story, "Last CREATE_FAILED"), position(story, "app ROLLBACK_IN_PROGRESS"));
  EXPECT_LT(position(story, "Middle DELETE_COMPLETE"), position(story, "First DELETE_IN_PROGRESS"));
  EXPECT_EQ(why("Last CREATE_FAILED"), "no more groups");
  EXPECT_EQ(why("app ROLLBACK_IN_PROGRESS"),
            "The following resource(s) failed to create: [Last]. Rollback requested by user.");
  EXPECT_EQ(refusal("UpdateStack", {{"StackName", "app"}, {"TemplateBody", kThree}}),
            fmt::format("ValidationError: Stack:{} is in ROLLBACK_COMPLETE state and can not be updated.",
                        stack().string_or("StackId", "")));
}

// A resource that fails after it was made in part is the stack's as well: it must not be left over.
TEST_F(CreateStack, RemovesWhatWasMadeInPart) {
  world.refusals["PutRetentionPolicy first"] = "not seven";
  create(kThree);
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{});
  EXPECT_EQ(world.count("CreateLogGroup first"), 1u);
}

// Something of that name that was there before belongs to somebody else: a rollback must not touch it.
TEST_F(CreateStack, LeavesAloneWhatItDidNotMake) {
  world.things["group/first"] = Document::object();
  create(kThree);
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{"group/first"});
}

// OnFailure decides what becomes of a stack that could not be made.
TEST_F(CreateStack, ObeysOnFailure) {
  world.refusals["CreateLogGroup last"] = "no more groups";
  create(kThree, {{"OnFailure", "DO_NOTHING"}});
  EXPECT_EQ(status(), "CREATE_FAILED");
  EXPECT_EQ(reason(), "The following resource(s) failed to create: [Last]. ");
  EXPECT_EQ(world.names(), (Names{"group/first", "group/first-2"}));
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(world.names(), Names{});
  create(kThree, {{"OnFailure", "DELETE"}});
  EXPECT_EQ(refusal("DescribeStacks", {{"StackName", "app"}}),
            "ValidationError: Stack with id app does not exist");
  EXPECT_EQ(world.names(), Names{});
}

// A stack that failed with its resources kept can be mended by an update, as the stack failure options say.
TEST_F(CreateStack, CanBeMendedAfterAFailureWithoutRollback) {
  world.refusals["CreateLogGroup last"] = "no more groups";
  create(kThree, {{"DisableRollback", true}});
  ASSERT_EQ(status(), "CREATE_FAILED");
  world.refusals.clear();
  update(kThree);
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.names(), (Names{"group/first", "group/first-2", "group/last"}));
  EXPECT_EQ(world.count("CreateLogGroup first"), 1u);
}

// A rollback that cannot remove a resource must say so, and a later delete must be able to end it.
TEST_F(CreateStack, TellsOfAFailedRollback) {
  world.refusals["CreateLogGroup last"] = "no more groups";
  world.refusals["DeleteLogGroup first"] = "locked";
  create(kThree);
  EXPECT_EQ(status(), "ROLLBACK_FAILED");
  EXPECT_EQ(reason(), "The following resource(s) failed to delete: [First]. ");
  world.refusals.clear();
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(world.names(), Names{});
}

// A creation that takes longer than its limit is given up.
TEST_F(CreateStack, KeepsItsTimeLimit) {
  world.latency = std::chrono::seconds(50);
  create(kThree, {{"TimeoutInMinutes", 1}});
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{});
}

// A condition that is false leaves a resource out, and what depends on it does not wait for it.
TEST_F(CreateStack, LeavesOutWhatItsConditionExcludes) {
  create(R"(
Parameters: {Kind: {Type: String, Default: test}}
Conditions: {IsLive: !Equals [!Ref Kind, live]}
Resources:
  Audit: {Type: AWS::Logs::LogGroup, Condition: IsLive, Properties: {LogGroupName: audit}}
  Web:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !If [IsLive, !Ref Audit, web]
      RetentionInDays: !If [IsLive, 30, !Ref "AWS::NoValue"]
Outputs:
  Only: {Condition: IsLive, Value: !Ref Audit}
)");
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  EXPECT_EQ(world.calls, Names{"CreateLogGroup web"});
  EXPECT_EQ(output("Only"), "");
}

// Resources are made with the rights of the caller, or of the role that was passed: no others.
TEST_F(CreateStack, ActsAsItsCallerOrRole) {
  create(kThree);
  EXPECT_EQ(world.callers.front(), "arn:aws:iam::111122223333:user/ann");
  call("DeleteStack", {{"StackName", "app"}, {"RoleARN", "arn:aws:iam::111122223333:role/deployer"}});
  settle();
  EXPECT_EQ(world.callers.back(), "arn:aws:sts::111122223333:assumed-role/deployer/AWSCloudFormation");
  EXPECT_EQ(refusal("CreateStack", {{"StackName", "app"},
                                    {"TemplateBody", kThree},
                                    {"RoleARN", "arn:aws:iam::111122223333:role/nobody-there"}}),
            "ValidationError: Role arn:aws:iam::111122223333:role/nobody-there is invalid or cannot be "
            "assumed");
}

// Names are generated as STACK-LOGICALID-RANDOM where the template gives none.
TEST_F(CreateStack, GeneratesNames) {
  create("Resources: {Web: {Type: AWS::Logs::LogGroup}}");
  ASSERT_EQ(world.names().size(), 1u);
  EXPECT_TRUE(world.names()[0].starts_with("group/app-Web-")) << world.names()[0];
}

// The same request sent twice (a client that did not hear the answer) must make one stack.
TEST_F(CreateStack, IsTheSameForTheSameToken) {
  const Document::Object input = {
      {"StackName", "app"}, {"TemplateBody", kThree}, {"ClientRequestToken", "t1"}};
  const Document first = call("CreateStack", input);
  EXPECT_EQ(call("CreateStack", input), first);
  settle();
  EXPECT_EQ(call("CreateStack", input), first);
  EXPECT_EQ(world.count("CreateLogGroup first"), 1u);
  EXPECT_EQ(refusal("CreateStack", {{"StackName", "app"}, {"TemplateBody", kThree}}),
            "AlreadyExistsException: Stack [app] already exists");
}

// Removal goes the other way round, and ends with a stack that only its id still finds.
TEST_F(DeleteStack, RemovesDependentsFirst) {
  create(kThree);
  const std::string id = stack().string_or("StackId", "");
  world.calls.clear();
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(world.calls, (Names{"DeleteLogGroup last", "DeleteLogGroup first-2", "DeleteLogGroup first"}));
  EXPECT_EQ(refusal("DescribeStacks", {{"StackName", "app"}}),
            "ValidationError: Stack with id app does not exist");
  EXPECT_EQ(status(id), "DELETE_COMPLETE");
  EXPECT_EQ(refusal("DeleteStack", {{"StackName", "app"}}), "done");
  EXPECT_EQ(refusal("DeleteStack", {{"StackName", "never-was"}}), "done");
}

// What the template says to retain stays, and is said to have been skipped.
TEST_F(DeleteStack, KeepsWhatShallBeRetained) {
  create(R"(
Resources:
  Kept: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {LogGroupName: kept}}
  Also:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: RetainExceptOnCreate
    Properties: {LogGroupName: also-kept}
)");
  const std::string id = stack().string_or("StackId", "");
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(world.names(), (Names{"group/also-kept", "group/kept"}));
  EXPECT_GE(position(events(id), "Kept DELETE_SKIPPED"), 0);
}

// RetainExceptOnCreate goes when the creation that made it is rolled back; Retain does not.
TEST_F(DeleteStack, RetainExceptOnCreateGoesInARollback) {
  world.refusals["CreateLogGroup bad"] = "no";
  create(R"(
Resources:
  Kept: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {LogGroupName: kept}}
  Gone:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: RetainExceptOnCreate
    Properties: {LogGroupName: gone}
  Bad: {Type: AWS::Logs::LogGroup, DependsOn: [Kept, Gone], Properties: {LogGroupName: bad}}
)");
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{"group/kept"});
}

// A delete that fails keeps what could not be removed and what it depends on; RetainResources lets it go.
TEST_F(DeleteStack, CanFailAndBeToldToRetain) {
  create(kThree);
  const std::string id = stack().string_or("StackId", "");
  world.refusals["DeleteLogGroup first-2"] = "locked";
  EXPECT_EQ(refusal("DeleteStack", {{"StackName", "app"}, {"RetainResources", Document::Array{"Middle"}}}),
            "ValidationError: Invalid operation on stack. RetainResources may only be specified for stacks "
            "in the DELETE_FAILED state.");
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(status(), "DELETE_FAILED");
  EXPECT_EQ(reason(), "The following resource(s) failed to delete: [Middle]. ");
  EXPECT_EQ(world.names(), (Names{"group/first", "group/first-2"}));
  call("DeleteStack", {{"StackName", "app"}, {"RetainResources", Document::Array{"Middle"}}});
  settle();
  EXPECT_EQ(status(id), "DELETE_COMPLETE");
  EXPECT_EQ(world.names(), Names{"group/first-2"});
}

// A protected stack must survive.
TEST_F(DeleteStack, IsRefusedWhileProtected) {
  create(kThree, {{"EnableTerminationProtection", true}});
  EXPECT_EQ(refusal("DeleteStack", {{"StackName", "app"}}),
            "ValidationError: Stack [app] cannot be deleted while TerminationProtection is enabled");
  call("UpdateTerminationProtection", {{"StackName", "app"}, {"EnableTerminationProtection", false}});
  EXPECT_EQ(refusal("DeleteStack", {{"StackName", "app"}}), "done");
  settle();
}

// A stack may be deleted while it is being created: what was made so far goes, nothing is lost.
TEST_F(DeleteStack, OvertakesACreation) {
  world.latency = std::chrono::seconds(10);
  const Document made = call("CreateStack", {{"StackName", "app"}, {"TemplateBody", kThree}});
  executor->advance(std::chrono::seconds(25));
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(status(made.string_or("StackId", "")), "DELETE_COMPLETE");
  EXPECT_EQ(world.names(), Names{});
}

}  // namespace
}  // namespace haneul::cloudformation
