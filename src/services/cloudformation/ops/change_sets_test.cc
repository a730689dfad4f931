// Change sets, templates and the shapes in which stacks are shown: what `aws cloudformation deploy` and the
// tools above it rely on.
#include "base/json.h"
#include "services/cloudformation/testing.h"

namespace haneul::cloudformation {
namespace {

using ChangeSets = StackFixture;
using Templates = StackFixture;

std::string text(const std::string& name, int days) {
  return fmt::format(
      "Resources:\n  Web:\n    Type: AWS::Logs::LogGroup\n    Properties: {{LogGroupName: {}, "
      "RetentionInDays: {}}}\n",
      name, days);
}
Document::Object change_set(const std::string& type, const std::string& body) {
  return {{"StackName", "app"}, {"ChangeSetName", "first"}, {"ChangeSetType", type}, {"TemplateBody", body}};
}
const Document::Object kNamed = {{"StackName", "app"}, {"ChangeSetName", "first"}};

// A change set shows a stack that is not there yet, and makes it only when it is told to.
TEST_F(ChangeSets, MakeAStack) {
  call("CreateChangeSet", change_set("CREATE", text("web", 7)));
  settle();
  EXPECT_EQ(status(), "REVIEW_IN_PROGRESS");
  EXPECT_EQ(world.calls, Names{});
  const Document shown = call("DescribeChangeSet", kNamed);
  EXPECT_EQ(shown.string_or("Status", ""), "CREATE_COMPLETE");
  EXPECT_EQ(shown.string_or("ExecutionStatus", ""), "AVAILABLE");
  const Document& change = *shown.find("Changes")->as_array()[0].find("ResourceChange");
  EXPECT_EQ(change.string_or("Action", ""), "Add");
  EXPECT_EQ(change.string_or("LogicalResourceId", ""), "Web");
  call("ExecuteChangeSet", kNamed);
  settle();
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  EXPECT_EQ(events().front(), "app REVIEW_IN_PROGRESS");
  EXPECT_EQ(refusal("CreateChangeSet", change_set("CREATE", text("web", 7))).substr(0, 16),
            "ValidationError:");
}

// What will be replaced must be known before it happens.
TEST_F(ChangeSets, TellOfReplacements) {
  create(text("web", 7));
  call("CreateChangeSet", change_set("UPDATE", text("other", 30)));
  const Document shown = call("DescribeChangeSet", with(kNamed, {{"IncludePropertyValues", true}}));
  const Document& change = *shown.find("Changes")->as_array()[0].find("ResourceChange");
  EXPECT_EQ(change.string_or("Action", ""), "Modify");
  EXPECT_EQ(change.string_or("Replacement", ""), "True");
  std::map<std::string, std::string> details;
  for (const Document& detail : change.find("Details")->as_array()) {
    const Document& target = *detail.find("Target");
    details[target.string_or("Name", "")] = target.string_or("RequiresRecreation", "") + " " +
                                            target.string_or("BeforeValue", "") + " -> " +
                                            target.string_or("AfterValue", "");
  }
  EXPECT_EQ(details["LogGroupName"], "Always web -> other");
  EXPECT_EQ(details["RetentionInDays"], "Never 7 -> 30");
  EXPECT_EQ(status(), "CREATE_COMPLETE");
}

// The CLI's deploy reads "nothing to do" from this status and sentence.
TEST_F(ChangeSets, FailWithoutChanges) {
  create(text("web", 7));
  call("CreateChangeSet", change_set("UPDATE", text("web", 7)));
  const Document shown = call("DescribeChangeSet", kNamed);
  EXPECT_EQ(shown.string_or("Status", ""), "FAILED");
  EXPECT_EQ(
      shown.string_or("StatusReason", ""),
      "The submitted information didn't contain changes. Submit different information to create a change "
      "set.");
  EXPECT_EQ(refusal("ExecuteChangeSet", kNamed).substr(0, 27), "InvalidChangeSetStatus: Cha");
}

// Functions over values that come into being with the stack must not spoil its change set.
TEST_F(ChangeSets, UnderstandWhatIsNotKnownYet) {
  call("CreateChangeSet",
       change_set("CREATE", text("web", 7) +
                                "Outputs:\n  Name: {Value: !Select [6, !Split [':', !GetAtt Web.Arn]]}\n"));
  EXPECT_EQ(call("DescribeChangeSet", kNamed).string_or("Status", ""), "CREATE_COMPLETE");
  call("ExecuteChangeSet", kNamed);
  settle();
  EXPECT_EQ(output("Name"), "web");
}

// Names are told apart, and what is not there is said so.
TEST_F(ChangeSets, AreNamed) {
  EXPECT_EQ(refusal("CreateChangeSet", change_set("UPDATE", text("web", 7))),
            "ValidationError: Stack [app] does not exist");
  call("CreateChangeSet", change_set("CREATE", text("web", 7)));
  EXPECT_EQ(refusal("CreateChangeSet", change_set("CREATE", text("web", 7))),
            "AlreadyExistsException: ChangeSet first already exists");
  EXPECT_EQ(refusal("DescribeChangeSet", {{"StackName", "app"}, {"ChangeSetName", "second"}}),
            "ChangeSetNotFound: ChangeSet [second] does not exist");
  EXPECT_EQ(call("ListChangeSets", {{"StackName", "app"}}).find("Summaries")->as_array().size(), 1u);
  call("DeleteChangeSet", kNamed);
  EXPECT_EQ(call("ListChangeSets", {{"StackName", "app"}}).find("Summaries")->as_array().size(), 0u);
  call("DeleteStack", {{"StackName", "app"}});
  settle();
}

// Secrets must not come back out of any description of the stack.
TEST_F(Templates, HideNoEchoValues) {
  const std::string secret = R"(
Parameters: {Word: {Type: String, NoEcho: true}, Words: {Type: CommaDelimitedList, NoEcho: true, Default: x}}
Resources:
  Web: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "web-${Word}", RetentionInDays: 7}}
)";
  const auto given = [](const char* word) {
    return Document::Object{{"Parameters", Document::Array{Document::Object{{"ParameterKey", "Word"},
                                                                            {"ParameterValue", word}}}}};
  };
  create(secret, given("hush1"));
  EXPECT_TRUE(world.things.contains("group/web-hush1"));
  call("CreateChangeSet", with(change_set("UPDATE", secret), given("hush2")));
  // The physical name is the user's own choice to show; the properties are not.
  const std::string changes =
      write_json(*call("DescribeChangeSet", with(kNamed, {{"IncludePropertyValues", true}}))
                      .find("Changes")
                      ->as_array()[0]
                      .find("ResourceChange")
                      ->find("Details"));
  EXPECT_EQ(changes.find("hush"), std::string::npos) << changes;
  const Document events = call("DescribeStackEvents", {{"StackName", "app"}});
  for (const Document& event : events.find("StackEvents")->as_array()) {
    EXPECT_EQ(event.string_or("ResourceProperties", "").find("hush"), std::string::npos);
  }
  EXPECT_EQ(write_json(*stack().find("Parameters")), R"([{"ParameterKey":"Word","ParameterValue":"****"},)"
                                                     R"({"ParameterKey":"Words","ParameterValue":"****"}])");
}

// A template in a bucket is read as the caller, whichever way its address is written.
TEST_F(Templates, AreReadFromBuckets) {
  world.things["object/code/dir/t.yaml"] = Document::Object{{"Body", Blob{text("web", 7)}}};
  for (const char* url :
       {"https://s3.eu-west-1.amazonaws.com/code/dir/t.yaml", "http://127.0.0.1:4566/code/dir/t.yaml",
        "https://code.s3.eu-west-1.amazonaws.com/dir/t.yaml", "http://code.localhost:4566/dir/t.yaml"}) {
    EXPECT_EQ(refusal("ValidateTemplate", {{"TemplateURL", url}}), "done") << url;
  }
  EXPECT_EQ(refusal("ValidateTemplate", {{"TemplateURL", "ftp://x/y"}}),
            "ValidationError: TemplateURL must be a supported URL.");
  EXPECT_EQ(refusal("ValidateTemplate", {}),
            "ValidationError: Either Template URL or Template Body must be specified.");
  EXPECT_EQ(
      refusal("ValidateTemplate", {{"TemplateURL", "https://s3.amazonaws.com/code/none"}}).substr(0, 26),
      "ValidationError: S3 error:");
}

// What was sent is given back, and what the transform made of it.
TEST_F(Templates, AreGivenBack) {
  const std::string sent = "# mine\n" + text("web", 7);
  create(sent);
  EXPECT_EQ(*call("GetTemplate", {{"StackName", "app"}}).find("TemplateBody"), Document(sent));
  const Document processed = call("GetTemplate", {{"StackName", "app"}, {"TemplateStage", "Processed"}});
  EXPECT_NE(parse_json(processed.string_or("TemplateBody", "")).find("Resources"), nullptr);
}

// Access is judged on the stack itself, however it is named: a denial by its ARN holds for its name.
TEST_F(Templates, AccessIsJudgedOnTheStackItself) {
  create(text("web", 7));
  const std::string id = stack().string_or("StackId", "");
  const std::string change_set_id =
      call("CreateChangeSet", change_set("UPDATE", text("web", 30))).string_or("Id", "");
  identities.policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"cloudformation:*","Resource":")" +
                      id + R"("}]})";
  const std::string denied = "AccessDenied: User: arn:aws:iam::111122223333:user/ann is not authorized";
  const auto begins = [&](std::string_view operation, Document::Object input) {
    return refusal(operation, std::move(input)).substr(0, denied.size());
  };
  EXPECT_EQ(begins("DescribeStacks", {{"StackName", "app"}}), denied);
  EXPECT_EQ(begins("DeleteStack", {{"StackName", id}}), denied);
  EXPECT_EQ(begins("ExecuteChangeSet", {{"ChangeSetName", change_set_id}}), denied);
  EXPECT_EQ(begins("DeleteChangeSet", {{"ChangeSetName", change_set_id}}), denied);
  EXPECT_EQ(begins("DescribeStackResources", {{"PhysicalResourceId", "web"}}), denied);
  EXPECT_EQ(begins("UpdateStack", {{"StackName", "app"}, {"TemplateBody", text("web", 1)}}), denied);
}

}  // namespace
}  // namespace haneul::cloudformation
