// Changing stacks: in place, by replacement, back again when a change fails, and what ContinueUpdateRollback
// does when even that failed.
#include "services/cloudformation/testing.h"

namespace haneul::cloudformation {
namespace {

using UpdateStack = StackFixture;
using ContinueUpdateRollback = StackFixture;

std::string group(const std::string& id, const std::string& name, int days, const std::string& more = "") {
  return fmt::format(
      "  {}: {{Type: AWS::Logs::LogGroup, {} Properties: {{LogGroupName: {}, RetentionInDays: {}}}}}\n", id,
      more, name, days);
}
std::string resources(const std::string& list) { return "Resources:\n" + list; }

int days_of(FakeServices& world, const std::string& name) {
  const Document* days = world.things.at("group/" + name).find("retentionInDays");
  return days == nullptr ? 0 : static_cast<int>(days->as_int());
}

// A property that can change in place must not cost the resource.
TEST_F(UpdateStack, ChangesInPlace) {
  create(resources(group("Web", "web", 7) + group("Api", "api", 7)));
  world.calls.clear();
  update(resources(group("Web", "web", 30) + group("Api", "api", 7)));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.calls, Names{"PutRetentionPolicy web"});
  EXPECT_EQ(days_of(world, "web"), 30);
  const Names story = events();
  EXPECT_LT(position(story, "app UPDATE_IN_PROGRESS"), position(story, "Web UPDATE_IN_PROGRESS"));
  EXPECT_LT(position(story, "Web UPDATE_COMPLETE"),
            position(story, "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"));
  EXPECT_EQ(story.back(), "app UPDATE_COMPLETE");
  EXPECT_EQ(position(story, "Api UPDATE_IN_PROGRESS"), -1);
}

// A property that names a resource makes a new one first; the old one goes in the clean-up.
TEST_F(UpdateStack, ReplacesThenRemoves) {
  create(resources(group("Web", "old", 7)) + "Outputs: {Name: {Value: !Ref Web}}");
  world.calls.clear();
  update(resources(group("Web", "new", 7)) + "Outputs: {Name: {Value: !Ref Web}}");
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.calls, (Names{"CreateLogGroup new", "PutRetentionPolicy new", "DeleteLogGroup old"}));
  EXPECT_EQ(output("Name"), "new");
  const Names story = events();
  EXPECT_LT(position(story, "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            position(story, "Web DELETE_COMPLETE"));
}

// UpdateReplacePolicy keeps the old resource, DeletionPolicy one that left the template.
TEST_F(UpdateStack, KeepsWhatThePoliciesSay) {
  create(resources(group("Web", "old", 7, "UpdateReplacePolicy: Retain,") +
                   group("Side", "side", 7, "DeletionPolicy: Retain,") + group("Gone", "gone", 7)));
  update(resources(group("Web", "new", 7, "UpdateReplacePolicy: Retain,")));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.names(), (Names{"group/new", "group/old", "group/side"}));
  const Document shown = call("DescribeStackResources", {{"StackName", "app"}});
  EXPECT_EQ(shown.find("StackResources")->as_array().size(), 1u);
}

// What depends on a replaced resource must learn of the new one.
TEST_F(UpdateStack, FollowsReferences) {
  const auto text = [](const std::string& name) {
    return resources(group("First", name, 7) + group("Second", "!Sub '${First}-2'", 7));
  };
  create(text("a"));
  update(text("b"));
  EXPECT_EQ(world.names(), (Names{"group/b", "group/b-2"}));
}

// Nothing to do is an error, and leaves the stack as it is.
TEST_F(UpdateStack, RefusesToDoNothing) {
  create(resources(group("Web", "web", 7)));
  EXPECT_EQ(
      refusal("UpdateStack", {{"StackName", "app"}, {"TemplateBody", resources(group("Web", "web", 7))}}),
      "ValidationError: No updates are to be performed.");
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  EXPECT_EQ(refusal("UpdateStack", {{"StackName", "none"}, {"UsePreviousTemplate", true}}),
            "ValidationError: Stack [none] does not exist");
}

// A resource whose name is fixed cannot be replaced under it, unless it moves to where the name is free.
TEST_F(UpdateStack, WillNotReplaceUnderAFixedName) {
  const auto text = [](const std::string& path, const std::string& where) {
    return resources(group("A", "a", 7) + group("B", "b", 7) +
                     "  S: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref " + where +
                     ", LogStreamName: fixed}}\n" +
                     "  P: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: fixed, Path: " +
                     path + ", PolicyDocument: {Version: '2012-10-17', Statement: []}}}\n");
  };
  const Document::Object may_iam = {{"Capabilities", Document::Array{"CAPABILITY_NAMED_IAM"}}};
  create(text("/a/", "A"), may_iam);
  ASSERT_EQ(status(), "CREATE_COMPLETE");
  update(text("/a/", "B"), may_iam);
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.count("CreateLogStream b"), 1u);
  EXPECT_EQ(world.count("DeleteLogStream a"), 1u);
  update(text("/b/", "B"), may_iam);
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(why("P UPDATE_FAILED"),
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "
            "fixed and update the stack again.");
}

// Tags of the stack are a change by themselves; types without tags are left alone.
TEST_F(UpdateStack, TakesNewTags) {
  const std::string text = resources(
      group("Web", "web", 7) +
      "  Stream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Web, LogStreamName: s}}\n");
  const auto tagged = [](const char* value) {
    return Document::Object{{"Tags", Document::Array{Document::Object{{"Key", "team"}, {"Value", value}}}}};
  };
  create(text, tagged("a"));
  world.calls.clear();
  update(text, tagged("b"));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.calls, Names{"TagResource arn:aws:logs:eu-west-1:111122223333:log-group:web"});
  EXPECT_EQ(position(events(), "Stream UPDATE_IN_PROGRESS"), -1);
}

// A failed update must leave the stack as it was: changed values back, new resources gone, old ones there.
TEST_F(UpdateStack, RollsBack) {
  create(resources(group("A", "a", 7) + group("B", "b-old", 7) + group("C", "c", 7)));
  const Names before = world.names();
  world.refusals["CreateLogGroup d"] = "no more groups";
  update(resources(group("A", "a", 30) + group("B", "b-new", 7) + group("C", "c", 7) +
                   group("New", "new", 7) + group("D", "d", 7, "DependsOn: [A, B, New],")));
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), before);
  EXPECT_EQ(days_of(world, "a"), 7);
  const Names story = events();
  EXPECT_LT(position(story, "D CREATE_FAILED"), position(story, "app UPDATE_ROLLBACK_IN_PROGRESS"));
  EXPECT_LT(position(story, "app UPDATE_ROLLBACK_IN_PROGRESS"),
            position(story, "app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"));
  EXPECT_EQ(story.back(), "app UPDATE_ROLLBACK_COMPLETE");
  // The template is the old one again: the next update starts from there.
  world.refusals.clear();
  update(resources(group("A", "a", 30)));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.names(), Names{"group/a"});
  EXPECT_EQ(days_of(world, "a"), 30);
}

// With DisableRollback what succeeded stays, and the next update goes on from there.
TEST_F(UpdateStack, KeepsWhatSucceededWithoutRollback) {
  create(resources(group("A", "a", 7)));
  const std::string wanted = resources(group("A", "a", 30) + group("B", "b", 7, "DependsOn: A,"));
  world.refusals["CreateLogGroup b"] = "no more groups";
  update(wanted, {{"DisableRollback", true}});
  EXPECT_EQ(status(), "UPDATE_FAILED");
  EXPECT_EQ(days_of(world, "a"), 30);
  world.refusals.clear();
  update(wanted);
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(world.names(), (Names{"group/a", "group/b"}));
}

// An update can be called off while it runs.
TEST_F(UpdateStack, CanBeCancelled) {
  create(resources(group("A", "a", 7)));
  world.latency = std::chrono::seconds(10);
  call("UpdateStack",
       {{"StackName", "app"},
        {"TemplateBody", resources(group("A", "a", 30) + group("B", "b", 7, "DependsOn: A,"))}});
  executor->advance(std::chrono::seconds(5));
  call("CancelUpdateStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{"group/a"});
  EXPECT_EQ(days_of(world, "a"), 7);
  EXPECT_EQ(refusal("CancelUpdateStack", {{"StackName", "app"}}),
            "ValidationError: CancelUpdateStack cannot be called from current stack status");
}

// A type cannot change under a logical id.
TEST_F(UpdateStack, RefusesAnotherType) {
  create(resources(group("A", "a", 7)));
  EXPECT_EQ(refusal("UpdateStack",
                    {{"StackName", "app"}, {"TemplateBody", "Resources: {A: {Type: 'AWS::S3::Bucket'}}"}}),
            "ValidationError: Update of resource type is not permitted. The new template modifies resource "
            "type of the following resources: [A]");
}

class FailedRollback : public StackFixture {
 protected:
  void fail() {
    create(resources(group("A", "a", 7) + group("B", "b", 7)));
    world.refusals["CreateLogGroup c"] = "no more groups";
    world.latency = std::chrono::seconds(10);
    call("UpdateStack", {{"StackName", "app"},
                         {"TemplateBody", resources(group("A", "a", 30) + group("B", "b", 30) +
                                                    group("C", "c", 7, "DependsOn: [A, B],"))}});
    executor->advance(std::chrono::seconds(15));
    world.refusals["PutRetentionPolicy a"] = "locked";
    settle();
    world.latency = Milliseconds(0);
  }
};

// A rollback that fails must say so; continued after the cause is gone it must come to its end.
TEST_F(FailedRollback, ContinuesToItsEnd) {
  fail();
  ASSERT_EQ(status(), "UPDATE_ROLLBACK_FAILED");
  EXPECT_EQ(reason(), "The following resource(s) failed to update: [A]. ");
  EXPECT_EQ(days_of(world, "a"), 30);
  EXPECT_EQ(days_of(world, "b"), 7);
  EXPECT_EQ(
      refusal("UpdateStack", {{"StackName", "app"}, {"TemplateBody", resources(group("A", "a", 1))}}),
      fmt::format("ValidationError: Stack:{} is in UPDATE_ROLLBACK_FAILED state and can not be updated.",
                  stack().string_or("StackId", "")));
  // Once more, with the cause still there.
  call("ContinueUpdateRollback", {{"StackName", "app"}});
  settle();
  ASSERT_EQ(status(), "UPDATE_ROLLBACK_FAILED");
  world.refusals.clear();
  world.latency = std::chrono::seconds(1);
  call("ContinueUpdateRollback", {{"StackName", "app"}, {"ClientRequestToken", "again"}});
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_IN_PROGRESS");
  settle();
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(days_of(world, "a"), 7);
  EXPECT_EQ(world.names(), (Names{"group/a", "group/b"}));
  const Document answer = call("DescribeStackEvents", {{"StackName", "app"}});
  EXPECT_EQ(answer.find("StackEvents")->as_array()[0].string_or("ClientRequestToken", ""), "again");
}

// A resource that cannot be brought back may be skipped; the next update sets it right.
TEST_F(FailedRollback, SkipsWhatItIsTold) {
  fail();
  EXPECT_EQ(
      refusal("ContinueUpdateRollback", {{"StackName", "app"}, {"ResourcesToSkip", Document::Array{"B"}}})
          .substr(0, 16),
      "ValidationError:");
  call("ContinueUpdateRollback", {{"StackName", "app"}, {"ResourcesToSkip", Document::Array{"A"}}});
  settle();
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  const Document shown = call("DescribeStackResource", {{"StackName", "app"}, {"LogicalResourceId", "A"}});
  EXPECT_EQ(shown.find("StackResourceDetail")->string_or("ResourceStatus", ""), "UPDATE_COMPLETE");
  world.refusals.clear();
  update(resources(group("A", "a", 7) + group("B", "b", 14)));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(days_of(world, "a"), 7);
}

// A stack whose rollback failed can be deleted, with everything both versions made.
TEST_F(FailedRollback, CanBeDeleted) {
  fail();
  world.refusals.clear();
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(world.names(), Names{});
}

// Only a failed rollback can be continued.
TEST_F(ContinueUpdateRollback, NeedsAFailedRollback) {
  create(resources(group("A", "a", 7)));
  EXPECT_EQ(
      refusal("ContinueUpdateRollback", {{"StackName", "app"}}),
      fmt::format("ValidationError: Stack:{} is in CREATE_COMPLETE state and can not continue rollback.",
                  stack().string_or("StackId", "")));
}

}  // namespace
}  // namespace haneul::cloudformation
