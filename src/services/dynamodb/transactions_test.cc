// Transactions: all or nothing, every reason told, and once for each token.
#include <fmt/format.h>

#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

class Transactions : public DynamoDbFixture {
 protected:
  void SetUp() override {
    call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})");
  }
  std::string value_of(const std::string& key) {
    const Document answer = call("GetItem", R"({"TableName": "tab", "Key": {"pk": {"S": ")" + key + "\"}}}");
    const Document* item = answer.find("Item");
    return item == nullptr ? "absent" : item->find("n")->find("N")->as_string();
  }
  static std::string add_one(const std::string& token) {
    return R"({"ClientRequestToken": ")" + token + R"(", "TransactItems": [{"Update": {"TableName": "tab",
      "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :one",
      "ExpressionAttributeValues": {":one": {"N": "1"}}}}]})";
  }
};

// A caller who has to repair several conditions must hear of all of them at once.
TEST_F(Transactions, EveryReasonIsToldInOrderAndNothingIsWritten) {
  try {
    call("TransactWriteItems", R"j({"TransactItems": [
      {"Put": {"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}}},
      {"ConditionCheck": {"TableName": "tab", "Key": {"pk": {"S": "b"}},
                          "ConditionExpression": "attribute_exists(pk)"}},
      {"Update": {"TableName": "tab", "Key": {"pk": {"S": "c"}}, "UpdateExpression": "SET n = n + :one",
                  "ExpressionAttributeValues": {":one": {"N": "1"}}}}]})j");
    FAIL() << "accepted";
  } catch (const model::ServiceError& error) {
    EXPECT_EQ(error.message(),
              "Transaction cancelled, please refer cancellation reasons for specific reasons "
              "[None, ConditionalCheckFailed, ValidationError]");
    const auto& reasons = error.fields().find("CancellationReasons")->as_array();
    ASSERT_EQ(reasons.size(), 3u);
    EXPECT_EQ(reasons[2].string_or("Message", ""),
              "The provided expression refers to an attribute that does not exist in the item");
  }
  EXPECT_EQ(value_of("a"), "absent");
}

// A key that its table cannot have is the reason at its place, and the other parts are not looked at.
TEST_F(Transactions, AnImpossibleKeyCancelsAlone) {
  const auto codes = [this](const char* operation, const std::string& body) -> std::string {
    try {
      call(operation, body);
    } catch (const model::ServiceError& error) {
      const std::string text = error.message();
      return text.substr(std::min(text.find('['), text.size()));
    }
    return "accepted";
  };
  EXPECT_EQ(codes("TransactWriteItems", R"j({"TransactItems": [
      {"ConditionCheck": {"TableName": "tab", "Key": {"pk": {"S": "b"}},
                          "ConditionExpression": "attribute_exists(pk)"}},
      {"Put": {"TableName": "tab", "Item": {"pk": {"N": "7"}}}},
      {"Put": {"TableName": "tab", "Item": {"pk": {"N": "8"}}}}]})j"),
            "[None, ValidationError, None]");
  EXPECT_EQ(codes("TransactGetItems", R"j({"TransactItems": [
      {"Get": {"TableName": "tab", "Key": {"pk": {"S": "b"}}}},
      {"Get": {"TableName": "tab", "Key": {"pk": {"N": "1"}}}}]})j"),
            "[None, ValidationError]");
}

// A client that repeats a request, because its answer was lost, must not do it twice; ten minutes later the
// token is as good as new, and no row of it is left.
TEST_F(Transactions, ATokenCountsOnceForTenMinutes) {
  call("TransactWriteItems", add_one("t1"));
  call("TransactWriteItems", add_one("t1"));
  EXPECT_EQ(value_of("a"), "1");
  call("TransactWriteItems", add_one("t2"));
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(refusal("TransactWriteItems", R"({"ClientRequestToken": "t1", "TransactItems": [{"Delete": {
              "TableName": "tab", "Key": {"pk": {"S": "a"}}}}]})")
                .substr(0, 36),
            "IdempotentParameterMismatchException");
  pass(std::chrono::minutes(31));
  call("TransactWriteItems", add_one("t1"));
  EXPECT_EQ(value_of("a"), "3");
}

// A client that asks again for what was done is told what it cost now: its items were read.
TEST_F(Transactions, DoneAgainCostsReads) {
  std::string asked = add_one("t1");
  asked.insert(1, R"("ReturnConsumedCapacity": "TOTAL", )");
  const Document first = call("TransactWriteItems", asked);
  EXPECT_EQ(write_json(*first.find("ConsumedCapacity")),
            R"([{"TableName":"tab","CapacityUnits":2.0,"WriteCapacityUnits":2.0}])");
  const Document again = call("TransactWriteItems", asked);
  EXPECT_EQ(write_json(*again.find("ConsumedCapacity")),
            R"([{"TableName":"tab","CapacityUnits":2.0,"ReadCapacityUnits":2.0}])");
}

// AWS leaves the item out, where GetItem answers an empty one.
TEST_F(Transactions, ShowNoItemWhereNothingIsSelected) {
  call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}})");
  const std::string key = R"("TableName": "tab", "Key": {"pk": {"S": "a"}}, "ProjectionExpression": )";
  const auto read = [&](const std::string& selected) {
    return write_json(
        call("TransactGetItems", R"({"TransactItems": [{"Get": {)" + key + "\"" + selected + "\"}}]}"));
  };
  EXPECT_EQ(read("other_one"), R"({"Responses":[{}]})");
  EXPECT_EQ(read("n"), R"({"Responses":[{"Item":{"n":{"N":"1"}}}]})");
  EXPECT_EQ(write_json(call("GetItem", "{" + key + R"("other_one"})")), R"({"Item":{}})");
}

// Items that are read together have a limit together, as those that are written have.
TEST_F(Transactions, ReadsAtMostFourMegabytes) {
  const std::string payload(390'000, 'x');
  std::string gets;
  for (int i = 0; i < 11; ++i) {
    const std::string key = fmt::format(R"("pk": {{"S": "big{}"}})", i);
    call("PutItem", R"({"TableName": "tab", "Item": {)" + key + R"(, "d": {"S": ")" + payload + R"("}}})");
    if (!gets.empty()) gets += ", ";
    gets += R"({"Get": {"TableName": "tab", "Key": {)" + key + "}}}";
    const std::string together = R"({"TransactItems": [)" + gets + "]}";
    if (i == 9) EXPECT_EQ(call("TransactGetItems", together).find("Responses")->as_array().size(), 10u);
    if (i == 10) {
      EXPECT_EQ(refusal("TransactGetItems", together),
                "ValidationException: Transaction payload size cannot exceed 4 MB");
    }
  }
}

class Statements : public Transactions {
 protected:
  static std::string all(const std::vector<std::string>& statements, const std::string& more = "") {
    Document list = Document::array();
    for (const std::string& one : statements) list.push(Document::Object{{"Statement", one}});
    return "{" + more + R"("TransactStatements": )" + write_json(list) + "}";
  }
  // The codes of the reasons, as the message has them.
  std::string reasons(const std::vector<std::string>& statements) {
    const std::string told = refusal("ExecuteTransaction", all(statements));
    const size_t at = told.find(" [");
    return at == std::string::npos ? told : told.substr(at + 1);
  }
};

// Statements are one transaction: a condition that fails leaves nothing of the others.
TEST_F(Statements, AreDoneTogether) {
  const Document done =
      call("ExecuteTransaction",
           all({"INSERT INTO tab VALUE {'pk': 'a', 'n': 1}", "INSERT INTO tab VALUE {'pk': 'b', 'n': 1}"},
               R"("ReturnConsumedCapacity": "TOTAL", )"));
  EXPECT_EQ(write_json(done), R"({"Responses":[],"ConsumedCapacity":[{"TableName":"tab",)"
                              R"("CapacityUnits":4.0,"WriteCapacityUnits":4.0}]})");
  EXPECT_EQ(reasons({"UPDATE tab SET n = n + 1 WHERE pk = 'a'", "DELETE FROM tab WHERE pk = 'b' AND n = 7"}),
            "[None, ConditionalCheckFailed]");
  EXPECT_EQ(value_of("a"), "1");
  call("ExecuteTransaction", all({"EXISTS(SELECT * FROM tab WHERE pk = 'b' AND n = 1)",
                                  "UPDATE tab SET n = n + 1 WHERE pk = 'a'"}));
  EXPECT_EQ(value_of("a"), "2");
}

// EXISTS is the condition that nothing else of the transaction writes: also of an item that is not there.
TEST_F(Statements, ExistsIsACondition) {
  call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}})");
  const std::string write = "UPDATE tab SET n = 5 WHERE pk = 'a'";
  EXPECT_EQ(reasons({"EXISTS(SELECT * FROM tab WHERE pk = 'b' AND n = 1)", write}),
            "[ConditionalCheckFailed, None]");
  EXPECT_EQ(reasons({write, "EXISTS(SELECT * FROM tab WHERE pk = 'b')"}),
            "ValidationException: Validation failed in TransactStatements[1]: EXISTS() must contain a single "
            "item read with additional condition");
  EXPECT_EQ(reasons({"EXISTS(SELECT * FROM tab WHERE n = 1)", write}), "[ValidationError, None]");
  EXPECT_EQ(reasons({"EXISTS(SELECT * FROM tab WHERE pk = 'a' AND n = 1)", write}),
            "ValidationException: Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(refusal("ExecuteStatement", R"j({"Statement": "EXISTS(SELECT * FROM tab WHERE pk = 'a')"})j"),
            "ValidationException: EXISTS can be used in transactions only");
  EXPECT_EQ(value_of("a"), "1");
}

// Each statement that cannot be done tells its own reason, with the item when that is asked for.
TEST_F(Statements, TellTheirReasons) {
  call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}})");
  try {
    call("ExecuteTransaction", R"({"TransactStatements": [
      {"Statement": "INSERT INTO tab VALUE {'pk': 'a'}"},
      {"Statement": "UPDATE tab SET n = 2 WHERE pk = ? AND n = ?", "Parameters": [{"S": "b"}, {"N": "3"}]},
      {"Statement": "DELETE FROM tab WHERE pk = 'c' AND n = 1",
       "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}]})");
    FAIL() << "accepted";
  } catch (const model::ServiceError& error) {
    EXPECT_EQ(write_json(*error.fields().find("CancellationReasons")),
              R"([{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},)"
              R"({"Code":"ConditionalCheckFailed","Message":"The conditional request failed"},)"
              R"({"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}])");
  }
  EXPECT_TRUE(reasons({"INSERT INTO tab VALUE {'pk': 'z'}", "SELEC 1"})
                  .starts_with("ValidationException: Validation failed in TransactStatements[1]: Statement "
                               "wasn't well formed, can't be processed: "));
  EXPECT_EQ(refusal("ExecuteTransaction", R"({"TransactStatements": [{"Statement":
                "UPDATE tab SET n = ? WHERE pk = 'a'", "Parameters": [{"N": "abc"}]}]})"),
            "ValidationException: The parameter cannot be converted to a numeric value: abc");
  EXPECT_EQ(
      reasons({"DELETE FROM tab WHERE pk = 'a'", "UPDATE tab SET n = 2 WHERE pk = 'a' RETURNING ALL NEW *"}),
      "ValidationException: Validation failed in TransactStatements[1]: RETURNING clause is not supported in "
      "ExecuteTransaction.");
  EXPECT_EQ(reasons({"INSERT INTO tab VALUE {'id': 'z'}"}), "[ValidationError]");
  EXPECT_EQ(reasons({"SELECT * FROM tab WHERE pk = 'a'", "DELETE FROM tab WHERE pk = 'b'"}),
            "ValidationException: Statements of a transaction must be all reads or all writes");
  EXPECT_EQ(reasons({"DELETE FROM gone WHERE pk = 'b'"}),
            "ResourceNotFoundException: Requested resource not found");
}

// Reads answer in order; what is not there, or not as WHERE wants it, is an empty answer.
TEST_F(Statements, ReadTogether) {
  call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}})");
  const Document read =
      call("ExecuteTransaction", all({"SELECT n FROM tab WHERE pk = 'a'", "SELECT * FROM tab WHERE pk = 'b'"},
                                     R"("ReturnConsumedCapacity": "TOTAL", )"));
  EXPECT_EQ(write_json(read), R"({"Responses":[{"Item":{"n":{"N":"1"}}},{}],"ConsumedCapacity":)"
                              R"([{"TableName":"tab","CapacityUnits":4.0,"ReadCapacityUnits":4.0}]})");
  EXPECT_EQ(reasons({"SELECT * FROM tab WHERE n = 1"}),
            "ValidationException: Validation failed in TransactStatements[0]: Select statements within "
            "ExecuteTransaction must specify the primary key in the where clause.");
  EXPECT_EQ(
      reasons({"SELECT * FROM tab.idx WHERE pk = 'a'"}),
      "ValidationException: Validation failed in TransactStatements[0]: Reads on indices are not supported "
      "within transactions.");
  EXPECT_EQ(reasons({"SELECT * FROM tab WHERE pk = 'a'", "SELECT n FROM tab WHERE pk = 'a'"}),
            "ValidationException: Transaction request cannot include multiple operations on one item");
}

// A token is of the operation too: what one did, the other has not done.
TEST_F(Statements, ATokenCountsOnce) {
  call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}})");
  const std::string token = R"("ClientRequestToken": "t1", )";
  const std::vector<std::string> add = {"UPDATE tab SET n = n + 1 WHERE pk = 'a'"};
  call("ExecuteTransaction", all(add, token));
  call("ExecuteTransaction", all(add, token));
  EXPECT_EQ(value_of("a"), "2");
  for (const auto& other : {refusal("ExecuteTransaction", all({"DELETE FROM tab WHERE pk = 'a'"}, token)),
                            refusal("TransactWriteItems", add_one("t1"))}) {
    EXPECT_EQ(other.substr(0, 36), "IdempotentParameterMismatchException");
  }
}

}  // namespace
}  // namespace haneul::dynamodb
