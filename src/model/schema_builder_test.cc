#include "model/schema_builder.h"

#include <gtest/gtest.h>

#include "base/parse_error.h"

namespace haneul::model {
namespace {

Document object(Document::Object entries) { return Document(std::move(entries)); }

Document reference(std::string_view shape) { return object({{"shape", shape}}); }

Document tree_shapes() {
  return object({
      {"Tree",
       object({{"type", "structure"},
               {"required", Document(Document::Array{"Name"})},
               {"members", object({{"Name", reference("Name")}, {"Branches", reference("Trees")}})}})},
      {"Trees", object({{"type", "list"}, {"member", reference("Tree")}})},
      {"Name", object({{"type", "string"}, {"min", 1}, {"max", 8}})},
      {"Parameters", object({{"type", "map"}, {"key", reference("Name")}, {"value", reference("Name")}})},
      {"Input", object({{"type", "structure"},
                        {"payload", "Body"},
                        {"members",
                         object({{"Filters", object({{"shape", "Parameters"}, {"location", "querystring"}})},
                                 {"Body", reference("Tree")}})}})},
      {"NotThere", object({{"type", "structure"},
                           {"members", object({})},
                           {"exception", true},
                           {"error", object({{"code", "Old.NotThere"}, {"httpStatusCode", 404}})}})},
  });
}

// Recursive structures are common in AWS models (DynamoDB's AttributeValue); building one must end and close
// the loop.
TEST(SchemaBuilder, BuildsRecursiveShapes) {
  SchemaBuilder builder(tree_shapes(), object({}));
  const Shape* tree = builder.shape("Tree");
  ASSERT_EQ(tree->members.size(), 2u);
  EXPECT_TRUE(tree->members[0].required);
  EXPECT_EQ(tree->members[0].shape->max, 8.0);
  EXPECT_FALSE(tree->members[1].required);
  EXPECT_EQ(tree->members[1].shape->element, tree);
}

// A map in the query string is every parameter that no other member claims; codecs must be able to tell it
// from a named one.
TEST(SchemaBuilder, KnowsPayloadAndQueryMap) {
  SchemaBuilder builder(tree_shapes(), object({}));
  const Shape* input = builder.shape("Input");
  EXPECT_EQ(input->members[0].location, Location::kQueryMap);
  EXPECT_FALSE(input->members[0].payload);
  EXPECT_TRUE(input->members[1].payload);
}

// awsQueryCompatible services answer JSON clients the shape's name and query clients the historic code.
TEST(SchemaBuilder, SeparatesQueryCodesOfErrors) {
  const Document given =
      object({{"name", "Find"}, {"errors", Document(Document::Array{reference("NotThere")})}});
  SchemaBuilder plain(tree_shapes(), object({{"protocol", "query"}}));
  EXPECT_EQ(plain.operation(given).errors[0]->code, "Old.NotThere");
  EXPECT_EQ(plain.operation(given).errors[0]->status, 404);

  SchemaBuilder both(tree_shapes(), object({{"protocol", "json"}, {"awsQueryCompatible", object({})}}));
  const OperationModel operation = both.operation(given);
  EXPECT_EQ(operation.errors[0]->code, "NotThere");
  EXPECT_EQ(operation.errors[0]->query_code, "Old.NotThere");
  EXPECT_TRUE(both.service().query_compatible);
  EXPECT_EQ(both.service().protocols[0], Protocol::kJson11);
}

// A description that names what it does not define is a mistake to report, not an empty shape.
TEST(SchemaBuilder, RefusesUnknownNames) {
  SchemaBuilder builder(tree_shapes(), object({}));
  EXPECT_THROW(builder.shape("Missing"), ParseError);
  SchemaBuilder odd(object({{"Odd", object({{"type", "quaternion"}})}}), object({}));
  EXPECT_THROW(odd.shape("Odd"), ParseError);
}

}  // namespace
}  // namespace haneul::model
