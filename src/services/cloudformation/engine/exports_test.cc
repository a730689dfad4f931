// Stacks that use each other's outputs: what is used cannot change or go.
#include "services/cloudformation/testing.h"

namespace haneul::cloudformation {
namespace {

using Exports = StackFixture;

std::string exporter(const std::string& name, const std::string& value) {
  return "Resources: {A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: a}}}\nOutputs: {O: {Value: " +
         value + ", Export: {Name: " + name + "}}}";
}
std::string importer(const std::string& value) {
  return "Resources: {B: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: " + value + "}}}";
}

// The whole life of an import, from its making to its end.
TEST_F(Exports, HoldWhatIsUsed) {
  create(exporter("'shared:name'", "one"));
  call("CreateStack", {{"StackName", "user"}, {"TemplateBody", importer("!ImportValue 'shared:name'")}});
  settle();
  EXPECT_EQ(status("user"), "CREATE_COMPLETE");
  EXPECT_TRUE(world.things.contains("group/one"));
  const Document exports = call("ListExports", {});
  EXPECT_EQ(exports.find("Exports")->as_array()[0].string_or("Name", ""), "shared:name");
  EXPECT_EQ(*call("ListImports", {{"ExportName", "shared:name"}}).find("Imports"),
            Document(Document::Array{"user"}));

  update(exporter("'shared:name'", "two"));
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(why("app UPDATE_ROLLBACK_IN_PROGRESS").substr(0, 60),
            "Export shared:name cannot be updated as it is in use by user");
  EXPECT_EQ(output("O"), "one");
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(status(), "DELETE_FAILED");
  EXPECT_EQ(reason(), "Export shared:name cannot be deleted as it is in use by user");
  EXPECT_TRUE(world.things.contains("group/a"));

  call("UpdateStack", {{"StackName", "user"}, {"TemplateBody", importer("plain")}});
  settle();
  EXPECT_EQ(refusal("ListImports", {{"ExportName", "shared:name"}}),
            "ValidationError: Export 'shared:name' is not imported by any stack.");
  call("DeleteStack", {{"StackName", "app"}});
  settle();
  EXPECT_EQ(refusal("ListImports", {{"ExportName", "shared:name"}}),
            "ValidationError: Export 'shared:name' is not found.");
}

// An export that is not there makes the resource fail that needs it.
TEST_F(Exports, MustBeThere) {
  create(importer("!ImportValue nothing"));
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(why("B CREATE_FAILED"), "No export named nothing found.");
}

// Names are unique in an account and region.
TEST_F(Exports, AreUnique) {
  create(exporter("shared", "one"));
  call("CreateStack", {{"StackName", "other"}, {"TemplateBody", R"(
Resources: {C: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: c}}}
Outputs: {O: {Value: x, Export: {Name: shared}}}
)"}});
  settle();
  EXPECT_EQ(status("other"), "ROLLBACK_COMPLETE");
  EXPECT_EQ(why("other ROLLBACK_IN_PROGRESS", "other").substr(0, 59),
            "Export with name shared is already exported by stack app. P");
  EXPECT_FALSE(world.things.contains("group/c"));
}

}  // namespace
}  // namespace haneul::cloudformation
