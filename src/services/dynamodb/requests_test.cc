// What requests about items are refused for, in the order in which DynamoDB looks: clients compare both.
#include "services/dynamodb/dynamodb_fixture.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

const std::string kInvalid = "One or more parameter values were invalid: ";
const std::string kOne = "1 validation error detected: ";
const std::string kValues = "ExpressionAttributeValues can only be specified when using expressions";

class Requests : public DynamoDbFixture {
 protected:
  Requests() {
    make("hash", R"([{"AttributeName": "pk", "KeyType": "HASH"}])");
    make("both",
         R"([{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])");
  }
  void make(const std::string& name, const std::string& keys) {
    const std::string more = name == "both" ? R"(, {"AttributeName": "sk", "AttributeType": "S"})" : "";
    call("CreateTable",
         R"({"TableName": ")" + name + R"(", "BillingMode": "PAY_PER_REQUEST", "KeySchema": )" + keys +
             R"(, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"})" + more + "]}");
  }
  // The sentence alone; members follow the table's.
  std::string why(const char* operation, const std::string& members, const std::string& on = "hash") {
    const std::string told = refusal(operation, R"({"TableName": ")" + on + "\"" + members + "}");
    constexpr std::string_view code = "ValidationException: ";
    return told.starts_with(code) ? told.substr(code.size()) : told;
  }
  bool has(const std::string& key) {
    return call("GetItem", R"({"TableName": "hash", "Key": {"pk": {"S": ")" + key + "\"}}}").find("Item") !=
           nullptr;
  }
};

// A request is judged as a whole first, then its values, and its expressions last.
TEST_F(Requests, OfPutItemAreJudgedInOrder) {
  const auto put = [this](const std::string& members) { return why("PutItem", members); };
  const std::string wish = R"(, "ReturnValues": "ALL_NEW", "Expected": {"a": {}})";
  EXPECT_EQ(put(wish + R"(, "Item": {}, "ConditionExpression": "x", "ExpressionAttributeNames": {})"),
            kOne +
                "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}");
  EXPECT_EQ(put(wish + R"(, "Item": {}, "ExpressionAttributeNames": {}, "ExpressionAttributeValues": {})"),
            kOne + "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(put(wish + R"(, "Item": {"a": {}}, "ExpressionAttributeValues": {})"), kOne + kValues);
  EXPECT_EQ(put(wish + R"(, "Item": {"a": {"N": "b"}})"),
            kOne + "The parameter cannot be converted to a numeric value: b");
  EXPECT_EQ(put(wish + R"(, "Item": {})"), kOne + "ReturnValues can only be ALL_OLD or NONE");
  const std::string big = R"({"a": {"S": ")" + std::string(410'000, 'x') + "\"}}";
  EXPECT_EQ(put(R"(, "Expected": {"a": {}}, "Item": )" + big),
            "Item size has exceeded the maximum allowed size");
  EXPECT_EQ(put(R"(, "Expected": {"a": {}}, "Item": {})"),
            kOne + kInvalid + "Value must be provided when Exists is null for Attribute: a");
  EXPECT_EQ(put(R"(, "Item": {}, "ConditionExpression": "", "ExpressionAttributeNames": {})"),
            kOne + "ExpressionAttributeNames must not be empty");
}

// The same of the others; an update's old parameters come before what it expects.
TEST_F(Requests, OfOtherItemsAreJudgedInOrder) {
  const std::string nothing = R"(, "Key": {}, "ExpressionAttributeValues": {})";
  EXPECT_EQ(why("UpdateItem", nothing), kOne + kValues);
  EXPECT_EQ(why("DeleteItem", nothing), kOne + kValues);
  EXPECT_EQ(why("Query", R"(, "KeyConditions": {}, "ExpressionAttributeValues": {})"),
            kValues + ": FilterExpression and KeyConditionExpression are null");
  EXPECT_EQ(why("Scan", R"(, "ProjectionExpression": "a", "ExpressionAttributeValues": {})"),
            kValues + ": FilterExpression is null");
  EXPECT_EQ(why("UpdateItem", R"(, "Key": {}, "AttributeUpdates": {"b": {}}, "Expected": {"a": {}})"),
            kOne + kInvalid + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(why("GetItem", R"(, "Key": {"a": {"N": "b"}}, "AttributesToGet": ["a", "a"])"),
            "The parameter cannot be converted to a numeric value: b");
}

// Of a query the parameters from before expressions come first, and what it asks of keys last.
TEST_F(Requests, OfQueriesAreJudgedInOrder) {
  const std::string start = R"(, "ExclusiveStartKey": {"a": {}})";
  const std::string twice = R"(, "AttributesToGet": ["a", "a"])" + start;
  EXPECT_EQ(why("Query", R"(, "QueryFilter": {"a": {"ComparisonOperator": "EQ"}})" + twice),
            kInvalid + "Invalid number of argument(s) for the EQ ComparisonOperator");
  EXPECT_EQ(why("Query", twice), kInvalid + "Duplicate value in attribute name: a");
  EXPECT_EQ(
      why("Query", start),
      "The provided starting key is invalid: Supplied AttributeValue is empty, must contain exactly one of "
      "the supported datatypes");
  EXPECT_EQ(why("Query", R"(, "ExclusiveStartKey": {"a": {"N": "b"}})"),
            "The parameter cannot be converted to a numeric value: b");
  EXPECT_EQ(why("Query", ""),
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  EXPECT_EQ(why("Query", R"(, "KeyConditionExpression": "", "FilterExpression": "")"),
            "Invalid KeyConditionExpression: The expression can not be empty;");
  EXPECT_EQ(why("Scan", R"(, "FilterExpression": "", "ProjectionExpression": "")"),
            "Invalid FilterExpression: The expression can not be empty;");
}

// What is wrong with a number or a set is worded as each operation does, wherever the value stands.
TEST_F(Requests, WordWhatIsWrongWithValues) {
  const std::string texts = R"({"SS": ["c", "a", "c", "b"]})", bytes = R"({"BS": ["\u0400", "a", "a"]})";
  const std::string numbers = R"({"NS": ["2", "1", "2"]})", nothing = R"({"N": ""})";
  const auto newer = [](const std::string& value) -> std::string {
    if (value.contains("SS"))
      return kInvalid + R"(Input collection ["a", "c", "c", "b"] contains duplicates.)";
    if (value.contains("BS")) {
      return kInvalid + R"(Input collection ["YQ==","0IA=","YQ=="]of type BS contains duplicates.)";
    }
    if (value.contains("NS")) return kInvalid + "Input collection contains duplicates.";
    return "The parameter cannot be converted to a numeric value: ";
  };
  for (const std::string& value : {texts, bytes, numbers, nothing}) {
    const std::string key = R"(, "Key": {"pk": )" + value + "}";
    const std::string values = R"(, "ExpressionAttributeValues": {":v": )" + value + "}";
    const std::string condition = R"(, "ConditionExpression": "a = :v")" + values;
    EXPECT_EQ(why("PutItem", R"(, "Item": {"a": )" + value + "}"), kOne + newer(value));
    EXPECT_EQ(why("PutItem", R"(, "Item": {"pk": {"S": "a"}})" + condition), kOne + newer(value));
    EXPECT_EQ(why("DeleteItem", key), kOne + newer(value));
    EXPECT_EQ(why("UpdateItem", key), kOne + newer(value));
    EXPECT_EQ(why("GetItem", key), newer(value));
    EXPECT_EQ(why("Query", R"(, "KeyConditionExpression": "pk = :v")" + values), newer(value));
    EXPECT_EQ(why("Query", R"(, "ExclusiveStartKey": {"pk": )" + value + "}"), newer(value));
  }
  const std::string of = "ExpressionAttributeValues contains invalid value: ";
  EXPECT_EQ(
      why("Scan", R"(, "FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": )" + bytes + "}"),
      of + kInvalid + "Input collection [0IA=, YQ==, YQ==]of type BS contains duplicates. for key :v");
  EXPECT_EQ(why("Scan", R"(, "ExclusiveStartKey": {"pk": )" + numbers + "}"),
            "Input collection contains duplicates");
  std::string deep = R"({"S": "x"})";
  for (size_t level = 0; level < kDepthMax; ++level) deep = R"({"M": {"n": )" + deep + "}}";
  EXPECT_EQ(
      why("Scan", R"(, "FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": )" + deep + "}"),
      of + kTooDeep + " for key :v");
}

// One condition is not joined with anything.
TEST_F(Requests, JoinTwoConditionsOrMore) {
  const std::string none = "ConditionalOperator cannot be used without Filter or Expected";
  const std::string one =
      "ConditionalOperator can only be used when Filter or Expected has two or more elements";
  const std::string joined = R"(, "ConditionalOperator": "AND")";
  EXPECT_EQ(why("PutItem", R"(, "Item": {"pk": {"S": "a"}})" + joined), kOne + none);
  EXPECT_EQ(
      why("DeleteItem", R"(, "Key": {"pk": {"S": "a"}}, "Expected": {"a": {"Exists": false}})" + joined),
      kOne + one);
  EXPECT_EQ(why("Scan", R"(, "ScanFilter": {})" + joined), none);
  EXPECT_EQ(why("Query", joined), none);
  EXPECT_EQ(why("Scan", R"(, "ScanFilter": {"a": {"ComparisonOperator": "NULL"},
                           "b": {"ComparisonOperator": "NULL"}})" +
                            joined),
            "accepted");
}

// An update that only takes away leaves nothing where nothing was.
TEST_F(Requests, ThatOnlyTakeAwayMakeNoItem) {
  const auto update = [this](const std::string& key, const std::string& members) {
    return call("UpdateItem", R"({"TableName": "hash", "ReturnValues": "ALL_NEW", "Key": {"pk": {"S": ")" +
                                  key + "\"}}" + members + "}")
               .find("Attributes") != nullptr;
  };
  const std::string set = R"(, "ExpressionAttributeValues": {":s": {"SS": ["x"]}})";
  EXPECT_FALSE(update("a", R"(, "UpdateExpression": "REMOVE a, b.c")"));
  EXPECT_FALSE(update("a", R"(, "UpdateExpression": "REMOVE a DELETE s :s")" + set));
  EXPECT_FALSE(update("a", R"(, "AttributeUpdates": {"a": {"Action": "DELETE"}})"));
  call("TransactWriteItems", R"({"TransactItems": [{"Update": {"TableName": "hash", "Key": {"pk": {"S": "a"}},
                                                               "UpdateExpression": "REMOVE a"}}]})");
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(update("b", R"(, "UpdateExpression": "REMOVE a ADD s :s")" + set));
  EXPECT_TRUE(update("c", ""));
  EXPECT_TRUE(has("b") && has("c"));
}

// UpdateItem measures what it writes as well, with an amount for each action: at a short key that is more
// than the item. Other updates measure the item alone.
TEST_F(Requests, OfUpdateItemMeasureWhatTheyWrite) {
  constexpr size_t kLimit = 400 * 1024;
  const auto update = [](const std::string& expression, size_t bytes) {
    return R"("TableName": "hash", "Key": {"pk": {"S": "a"}}, "UpdateExpression": ")" + expression +
           R"(", "ExpressionAttributeValues": {":v": {"S": ")" + std::string(bytes, 'x') + "\"}}";
  };
  const auto takes = [&](const std::string& expression, size_t bytes) {
    return refusal("UpdateItem", "{" + update(expression, bytes) + "}");
  };
  const std::string too_big =
      "ValidationException: Item size to update has exceeded the maximum allowed size";
  const size_t one_set = kLimit - 3 - 19 - 1;  // and the attribute's name
  EXPECT_EQ(takes("SET b = :v", one_set), "accepted");
  EXPECT_EQ(takes("SET b = :v", one_set + 1), too_big);
  EXPECT_EQ(takes("SET b = :v REMOVE c", one_set - 2), "accepted");
  EXPECT_EQ(takes("SET b = :v REMOVE c", one_set - 1), too_big);
  const std::string part = R"({"TransactItems": [{"Update": {)";
  EXPECT_EQ(refusal("TransactWriteItems", part + update("SET b = :v", kLimit - 4) + "}}]}"), "accepted");
  EXPECT_EQ(refusal("ExecuteStatement", R"({"Statement": "UPDATE \"hash\" SET b = ? WHERE pk = 'a'",
                                            "Parameters": [{"S": ")" +
                                            std::string(kLimit - 4, 'y') + "\"}]}"),
            "accepted");
  EXPECT_EQ(takes("SET b = :v", kLimit - 4), too_big);
}

// Query and BatchGetItem tell of their limits with other words than the model's.
TEST_F(Requests, TellLimits) {
  EXPECT_EQ(why("Query", R"(, "Limit": 0)"),
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have "
            "value greater than or equal to 1");
  std::string keys;
  for (int i = 0; i <= 100; ++i) {
    keys += (i > 0 ? "," : "") + (R"({"pk": {"S": ")" + std::to_string(i)) + "\"}}";
  }
  EXPECT_EQ(refusal("BatchGetItem", R"({"RequestItems": {"hash": {"Keys": [)" + keys + "]}}}"),
            "ValidationException: 1 validation error detected: Value at 'RequestItems.hash.member.Keys' "
            "failed to satisfy constraint: Member must have length less than or equal to 100");
}

// Requests of many items are looked at before their tables are.
TEST_F(Requests, OfManyItems) {
  const auto read = [this](const std::string& tables) {
    return refusal("BatchGetItem", R"({"RequestItems": {)" + tables + "}}");
  };
  const auto write = [this](const std::string& tables) {
    return refusal("BatchWriteItem", R"({"RequestItems": {)" + tables + "}}");
  };
  const std::string code = "ValidationException: ";
  EXPECT_EQ(read(""), code + "The requestItems parameter is required for BatchGetItem");
  EXPECT_EQ(write(""), code + "The requestItems parameter is required for BatchWriteItem");
  EXPECT_EQ(read(R"("gone": {"Keys": [{"pk": {"N": "1"}}, {"pk": {"N": "1.0"}}]})"),
            code + "Provided list of item keys contains duplicates");
  EXPECT_EQ(read(R"("hash": {"Keys": [{"pk": {"S": "a"}}], "AttributesToGet": ["a"]},
                    "gone": {"Keys": [{"pk": {"S": "a"}}], "ProjectionExpression": "a"})"),
            code +
                "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}");
  EXPECT_EQ(write(R"("both": [{"PutRequest": {"Item": {"pk": {"S": "a"}}}}])"),
            code + "The provided key element does not match the schema");
  EXPECT_EQ(write(R"("hash": [{"PutRequest": {"Item": {"pk": {"N": "1"}}}}])"),
            code + "The provided key element does not match the schema");
}

// A page of a query begins inside what the query asks for.
TEST_F(Requests, BeginInsideTheirRange) {
  const auto query = [this](const std::string& condition, const std::string& start) {
    return why("Query",
               R"(, "KeyConditionExpression": ")" + condition +
                   R"(", "ExpressionAttributeValues": {":p": {"S": "a"}, ":s": {"S": "m"}},
                      "FilterExpression": "x <> :s", "ExclusiveStartKey": )" +
                   start,
               "both");
  };
  EXPECT_EQ(query("pk = :p", R"({"pk": {"S": "b"}, "sk": {"S": "c"}})"),
            "The provided starting key is outside query boundaries based on provided conditions");
  EXPECT_EQ(query("pk = :p AND sk < :s", R"({"pk": {"S": "a"}, "sk": {"S": "z"}})"),
            "The provided starting key does not match the range key predicate");
  EXPECT_EQ(query("pk = :p AND sk < :s", R"({"pk": {"S": "b"}, "sk": {"S": "c"}})"),
            "The query can return at most one row and cannot be restarted");
}

// Placeholders of a part of a transaction that has no expression are not looked at.
TEST_F(Requests, OfTransactionsMayDefineMoreThanTheyUse) {
  const std::string part = R"({"TransactItems": [{"Put": {"TableName": "hash", "Item": {"pk": {"S": "a"}},
                               "ExpressionAttributeNames": {"#n": "n"})";
  EXPECT_EQ(refusal("TransactWriteItems", part + "}}]}"), "accepted");
  EXPECT_EQ(
      refusal("TransactWriteItems", part + R"(, "ConditionExpression": "#n = #m"}}]})"),
      "ValidationException: Invalid ConditionExpression: An expression attribute name used in the document "
      "path is not defined; attribute name: #m");
  EXPECT_EQ(
      refusal("TransactWriteItems", part + R"(, "ConditionExpression": "a <> b"}}]})"),
      "ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}");
}

}  // namespace
}  // namespace haneul::dynamodb
