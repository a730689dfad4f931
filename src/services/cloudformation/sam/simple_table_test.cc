// AWS::Serverless::SimpleTable: what the transform makes of it.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"
#include "model/error.h"
#include "services/cloudformation/sam/transform.h"

namespace haneul::cloudformation {
namespace {

Document table(const std::string& properties, const std::string& globals = "{}") {
  const Document out = sam::transform(
      parse_yaml("Transform: AWS::Serverless-2016-10-31\nGlobals: {SimpleTable: " + globals +
                 "}\nResources: {T: {Type: AWS::Serverless::SimpleTable, DeletionPolicy: Retain, "
                 "Properties: " +
                 properties + "}}"),
      {.region = "eu-west-1", .parameters = {}});
  return *out.find("Resources")->find("T");
}

// Nothing but its name makes a table with a key "id", paid for by request.
TEST(SamSimpleTable, HasAKeyWithoutBeingTold) {
  EXPECT_EQ(write_json(table("{}")),
            R"({"Type":"AWS::DynamoDB::Table","Properties":{"AttributeDefinitions":[{"AttributeName":"id",)"
            R"("AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],)"
            R"("BillingMode":"PAY_PER_REQUEST"},"DeletionPolicy":"Retain"})");
}

// What is said is taken over, in DynamoDB's words; capacity ends payment by request.
TEST(SamSimpleTable, TakesWhatIsSaid) {
  EXPECT_EQ(write_json(*table("{TableName: t, PrimaryKey: {Name: n, Type: Number}, Tags: {a: b},\n"
                              " ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 2},\n"
                              " PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}}")
                            .find("Properties")),
            R"({"AttributeDefinitions":[{"AttributeName":"n","AttributeType":"N"}],"KeySchema":)"
            R"([{"AttributeName":"n","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":1,)"
            R"("WriteCapacityUnits":2},"TableName":"t","PointInTimeRecoverySpecification":)"
            R"({"PointInTimeRecoveryEnabled":true},"Tags":[{"Key":"a","Value":"b"}]})");
}

// What has no effect is refused by name, also when Globals say it.
TEST(SamSimpleTable, RefusesWhatItCannotDo) {
  for (const auto& [properties, globals, reason] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"{PrimaryKey: {Name: n}}", "{}", "'PrimaryKey' is missing required Property 'Type'."},
           {"{PrimaryKey: {Name: n, Type: Map}}", "{}", "Invalid 'Type' \"Map\"."},
           {"{}", "{SSESpecification: {SSEEnabled: true}}", "property SSESpecification not defined"}}) {
    try {
      table(properties, globals);
      ADD_FAILURE() << properties << " is taken";
    } catch (const model::ServiceError& error) {
      EXPECT_NE(error.message().find(reason), std::string::npos) << error.message();
    }
  }
}

}  // namespace
}  // namespace haneul::cloudformation
