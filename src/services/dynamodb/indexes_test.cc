// The keys of secondary indexes: what items may have there, and how UpdateTable changes indexes.
#include "gen/dynamodb/errors.h"
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

const std::string kInvalid = "ValidationException: One or more parameter values were invalid: ";
const std::string kNotValid = "ValidationException: One or more parameter values are not valid. ";

class Indexes : public DynamoDbFixture {
 protected:
  // "zed" and "abc" are global ones of g, "near" is a local one of l.
  Indexes() {
    call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "l", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
      "GlobalSecondaryIndexes": [
        {"IndexName": "zed", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
         "Projection": {"ProjectionType": "ALL"}},
        {"IndexName": "abc", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
         "Projection": {"ProjectionType": "KEYS_ONLY"}}],
      "LocalSecondaryIndexes": [
        {"IndexName": "near", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                                            {"AttributeName": "l", "KeyType": "RANGE"}],
         "Projection": {"ProjectionType": "KEYS_ONLY"}}]})");
  }
  std::string put(const std::string& members) {
    return refusal("PutItem",
                   R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "sk": {"S": "a"}, )" + members + "}}");
  }
  std::string update(const std::string& expression, const std::string& value) {
    return refusal("UpdateItem", R"({"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"S": "a"}},
      "UpdateExpression": ")" + expression +
                                     R"(", "ExpressionAttributeValues": {":v": )" + value + "}}");
  }
  std::string change(const std::string& updates, const std::string& members = "") {
    return refusal("UpdateTable", R"({"TableName": "tab", "GlobalSecondaryIndexUpdates": [)" + updates + "]" +
                                      members + "}");
  }
};

// Of several indexes that an item does not suit, the first by name is told, and an update tells none.
TEST_F(Indexes, RefuseWhatTheyCannotHold) {
  EXPECT_EQ(put(R"("g": {"N": "1"})"),
            kInvalid + "Type mismatch for Index Key g Expected: S Actual: N IndexName: abc");
  EXPECT_EQ(put(R"("g": {"S": ""})"),
            kNotValid +
                "A value specified for a secondary index key is not supported. The AttributeValue for a "
                "key attribute cannot contain an empty string value. IndexName: abc, IndexKey: g");
  EXPECT_EQ(update("SET g = :v", R"({"N": "1"})"),
            "ValidationException: The update expression attempted to update the secondary index key to "
            "unsupported type");
  EXPECT_EQ(update("SET g = :v", R"({"S": ""})"),
            kNotValid +
                "The update expression attempted to update a secondary index key to a value that is not "
                "supported. The AttributeValue for a key attribute cannot contain an empty string value.");
  EXPECT_EQ(
      update("SET g.a = :v", R"({"S": "x"})"),
      "ValidationException: Key attributes must be scalars; list random access '[]' and map lookup '.' are "
      "not allowed: IndexKey: g");
}

// A key that is empty is wrong with a transaction as a whole, one of another type with its part.
TEST_F(Indexes, CancelTransactions) {
  const auto transact = [this](const std::string& value) {
    return refusal("TransactWriteItems", R"({"TransactItems": [{"Put": {"TableName": "tab",
      "Item": {"pk": {"S": "a"}, "sk": {"S": "a"}, "g": )" +
                                             value + "}}}]}");
  };
  EXPECT_TRUE(transact(R"({"S": ""})").starts_with(kNotValid));
  EXPECT_TRUE(transact(R"({"N": "1"})").starts_with("TransactionCanceledException"));
}

// An update in a transaction is told of the type with the index, as an item is.
TEST_F(Indexes, CancelUpdates) {
  const auto transact = [this](const std::string& value) -> std::string {
    try {
      call("TransactWriteItems",
           R"({"TransactItems": [{"Update": {"TableName": "tab", "UpdateExpression": "SET g = :v",
             "Key": {"pk": {"S": "a"}, "sk": {"S": "a"}}, "ExpressionAttributeValues": {":v": )" +
               value + "}}}]}");
    } catch (const TransactionCanceledException& cancelled) {
      return cancelled.fields().find("CancellationReasons")->as_array()[0].string_or("Message", "");
    } catch (const model::ServiceError& error) {
      return "ValidationException: " + error.message();
    }
    return "accepted";
  };
  EXPECT_TRUE(transact(R"({"S": ""})").starts_with(kNotValid + "The update expression attempted"));
  EXPECT_EQ(transact(R"({"N": "1"})"),
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N "
            "IndexName: abc");
}

// What was there before an index and does not suit it stays, out of the index, and can still be changed.
TEST_F(Indexes, LeaveOutWhatDoesNotSuitThem) {
  EXPECT_EQ(put(R"("late": {"N": "1"})"), "accepted");
  EXPECT_EQ(refusal("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "b"}, "sk": {"S": "b"},
                                  "late": {"S": "x"}}})"),
            "accepted");
  EXPECT_EQ(refusal("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "c"}, "sk": {"S": "c"},
                                  "late": {"S": ""}}})"),
            "accepted");
  EXPECT_EQ(change(R"({"Create": {"IndexName": "late", "Projection": {"ProjectionType": "ALL"},
                      "KeySchema": [{"AttributeName": "late", "KeyType": "HASH"}]}})",
                   R"(, "AttributeDefinitions": [{"AttributeName": "late", "AttributeType": "S"}])"),
            "accepted");
  for (int i = 0; i < 80; ++i) pass(Milliseconds(1));
  const Document found = call("Scan", R"({"TableName": "tab", "IndexName": "late"})");
  EXPECT_EQ(found.find("Count")->as_int(), 1);
  EXPECT_EQ(update("SET more = :v", R"({"S": "x"})"), "accepted");
  EXPECT_NE(update("SET late = :v", R"({"N": "2"})"), "accepted");
}

// A query of an index cannot look at what its entries do not hold; a scan finds it missing.
TEST_F(Indexes, FilterByWhatTheyHold) {
  for (const auto& [index, key] : {std::pair("abc", "g"), std::pair("near", "pk")}) {
    const std::string members = R"({"TableName": "tab", "IndexName": ")" + std::string(index) +
                                R"(", "ExpressionAttributeValues": {":v": {"S": "a"}}, "FilterExpression": )";
    EXPECT_EQ(refusal("Query", members + R"("x = :v", "KeyConditionExpression": ")" + key + R"( = :v"})"),
              kInvalid + "Secondary index " + index + " does not project one or more filter attributes: [x]");
    EXPECT_EQ(refusal("Scan", members + R"("x = :v"})"), "accepted");
  }
}

// An item behind an entry is a read by itself, so what is fetched is rounded up item by item.
TEST_F(Indexes, AreBilledForEachItemTheyFetch) {
  for (const char* sk : {"a", "b", "c"}) {
    call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "l": {"S": "x"}, "sk": {"S": ")" +
                        std::string(sk) + R"("}, "more": {"S": ")" + std::string(9000, 'm') + "\"}}}");
  }
  const auto used = [this](const std::string& operation, const std::string& members) {
    const Document out = call(operation.c_str(), members + R"(, "ReturnConsumedCapacity": "INDEXES"})");
    return write_json(*out.find("ConsumedCapacity"));
  };
  const auto told = [](const std::string& all, const std::string& table, const std::string& index) {
    return R"({"TableName":"tab","CapacityUnits":)" + all + R"(,"Table":{"CapacityUnits":)" + table +
           R"(},"LocalSecondaryIndexes":{"near":{"CapacityUnits":)" + index + "}}}";
  };
  const std::string query = R"({"TableName": "tab", "IndexName": "near", "KeyConditionExpression": "pk = :p",
                               "ExpressionAttributeValues": {":p": {"S": "a"}}, "ProjectionExpression": ")";
  EXPECT_EQ(used("Query", query + "sk\""), told("0.5", "0.0", "0.5"));
  EXPECT_EQ(used("Query", query + "more\""), told("5.0", "4.5", "0.5"));
  EXPECT_EQ(used("Query", query + R"(more", "ConsistentRead": true)"), told("10.0", "9.0", "1.0"));
  const std::string statement = R"({"Statement": "SELECT more FROM tab.near WHERE pk = 'a'")";
  EXPECT_EQ(used("ExecuteStatement", statement), told("5.0", "4.5", "0.5"));
  EXPECT_EQ(used("ExecuteStatement", statement + R"(, "Limit": 1)"), told("2.0", "1.5", "0.5"));
}

// A statement is told what its index lacks, in the statement's own order.
TEST_F(Indexes, TellWhatTheyDoNotProject) {
  const std::string lacks = kInvalid + "Global secondary index abc does not project ";
  for (const char* where : {"", " WHERE g = 'x'"}) {
    const std::string rest = R"( FROM tab.abc)" + std::string(where) + "\"}";
    EXPECT_EQ(refusal("ExecuteStatement", R"({"Statement": "SELECT more, pk, less)" + rest),
              lacks + "[more, less]");
    EXPECT_EQ(refusal("ExecuteStatement", R"({"Statement": "SELECT less, more.a, more.b)" + rest),
              lacks + "[less, more]");
  }
}

// A place in one statement's rows is none in those of another, nor with other parameters.
TEST_F(Indexes, GoOnWithTheirOwnStatement) {
  for (const char* sk : {"a", "b"}) {
    call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "g": {"S": "x"}, "sk": {"S": ")" +
                        std::string(sk) + "\"}}}");
  }
  const auto asked = [](const std::string& from, const std::string& value) {
    return R"({"Statement": "SELECT sk FROM )" + from + R"( WHERE g = ?", "Parameters": [{"S": ")" + value +
           R"("}])";
  };
  const Document first = call("ExecuteStatement", asked("tab.abc", "x") + R"(, "Limit": 1})");
  const std::string token = R"(, "NextToken": ")" + first.string_or("NextToken", "") + "\"}";
  const std::string other = "ValidationException: NextToken does not match request";
  EXPECT_EQ(refusal("ExecuteStatement", asked("tab.zed", "x") + token), other);
  EXPECT_EQ(refusal("ExecuteStatement", asked("tab.abc", "y") + token), other);
  EXPECT_EQ(refusal("ExecuteStatement", asked("tab.abc", "x") + R"(, "NextToken": "none"})"),
            "ValidationException: Invalid NextToken");
  const Document second = call("ExecuteStatement", asked("tab.abc", "x") + R"(, "Limit": 5)" + token);
  EXPECT_EQ(write_json(*first.find("Items")), R"([{"sk":{"S":"a"}}])");
  EXPECT_EQ(write_json(*second.find("Items")), R"([{"sk":{"S":"b"}}])");
}

// Changes of indexes are looked at before the table is, and one index is made or removed at a time.
TEST_F(Indexes, AreChangedOneByOne) {
  const std::string create = R"({"Create": {"IndexName": ")",
                    shape = R"(", "Projection": {"ProjectionType": "ALL"},
                      "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}})";
  const std::string g = R"(, "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": ")";
  EXPECT_EQ(change("{}"), kInvalid +
                              "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                              "GlobalSecondaryIndexUpdate.Delete must not be null");
  EXPECT_EQ(
      change(R"({"Delete": {"IndexName": "zed"}}, {"Delete": {"IndexName": "zed"}})"),
      kInvalid + "Only one global secondary index update per index is allowed simultaneously. Index: zed");
  EXPECT_TRUE(change(R"({"Delete": {"IndexName": "one"}}, {"Delete": {"IndexName": "two"}})")
                  .starts_with("LimitExceededException"));
  EXPECT_EQ(change(create + "zed" + shape, g + "S\"}]"),
            kInvalid + "Attempting to create an index which already exists: zed");
  EXPECT_EQ(change(create + "new" + shape),
            kInvalid +
                "Some index key attributes are not defined in AttributeDefinitions. Keys: [g], "
                "AttributeDefinitions: []");
  EXPECT_EQ(change(create + "new" + shape, g + "N\"}]"),
            kInvalid +
                "Attributes cannot be redefined. Please check that your attribute has the same type as "
                "previously defined. Existing schema: Schema:[SchemaElement: key{g:S:HASH}] New schema: "
                "Schema:[SchemaElement: key{g:N:HASH}]");
  // What is no key of the new index is passed over: the table's key stays a string.
  EXPECT_EQ(change(create + "new" + shape, g + R"(S"}, {"AttributeName": "pk", "AttributeType": "N"},
                   {"AttributeName": "unused", "AttributeType": "B"}])"),
            "accepted");
  const Document table = call("DescribeTable", R"({"TableName": "tab"})");
  const std::string held = write_json(*table.find("Table")->find("AttributeDefinitions"));
  EXPECT_NE(held.find(R"({"AttributeName":"pk","AttributeType":"S"})"), std::string::npos) << held;
  EXPECT_EQ(held.find("unused"), std::string::npos) << held;
}

}  // namespace
}  // namespace haneul::dynamodb
