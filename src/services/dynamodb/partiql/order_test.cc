// The order of a statement's rows: across the collections that it names, and within each.
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

class Ordered : public DynamoDbFixture {
 protected:
  Ordered() {
    call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "N"}, {"AttributeName": "sk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"}]})");
    for (const char* pk : {"9", "10"}) {
      for (const char* sk : {"a", "b"}) {
        call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"N": ")" + std::string(pk) +
                            R"("}, "sk": {"S": ")" + sk + "\"}}}");
      }
    }
  }

  static std::string select(const std::string& rest) {
    return R"({"Statement": "SELECT pk, sk FROM tab WHERE )" + rest + "\"";
  }
  // The keys of all rows, read page by page.
  std::string rows(const std::string& rest) {
    std::string out, token;
    do {
      const Document page = call("ExecuteStatement", select(rest) + R"(, "Limit": 1)" + token + "}");
      for (const Document& item : page.find("Items")->as_array()) {
        out += item.find("pk")->string_or("N", "") + item.find("sk")->string_or("S", "") + " ";
      }
      const std::string next = page.string_or("NextToken", "");
      token = next.empty() ? "" : R"(, "NextToken": ")" + next + "\"";
    } while (!token.empty());
    return out;
  }
};

// Rows in another order than asked for are wrong without anybody being told.
TEST_F(Ordered, ByEachKeyItsOwnWay) {
  EXPECT_EQ(rows("pk = 9"), "9a 9b ");
  EXPECT_EQ(rows("pk = 9 ORDER BY sk"), "9a 9b ");
  EXPECT_EQ(rows("pk = 9 ORDER BY sk DESC"), "9b 9a ");
  EXPECT_EQ(rows("pk = 9 ORDER BY sk DESC, pk"), "9b 9a ");
  EXPECT_EQ(rows("pk = 9 ORDER BY pk DESC, sk"), "9a 9b ");
  EXPECT_EQ(rows("pk IN [10, 9]"), "9a 9b 10a 10b ");
  EXPECT_EQ(rows("pk IN [10, 9] ORDER BY pk, sk"), "9a 9b 10a 10b ");
  EXPECT_EQ(rows("pk IN [9, 10] ORDER BY pk DESC, sk"), "10a 10b 9a 9b ");
  EXPECT_EQ(rows("pk IN [9, 10] ORDER BY pk DESC, sk DESC"), "10b 10a 9b 9a ");
}

// Of a sort key that ORDER BY does not name, DynamoDB descends.
TEST_F(Ordered, DescendsWhereOnlyTheHashKeyIsNamed) {
  EXPECT_EQ(rows("pk = 9 ORDER BY pk"), "9b 9a ");
  EXPECT_EQ(rows("pk IN [10, 9] ORDER BY pk ASC"), "9b 9a 10b 10a ");
}

// Rows of several collections are not merged, so their order must begin with the collections.
TEST_F(Ordered, NeedsTheHashKeyForSeveralCollections) {
  EXPECT_EQ(refusal("ExecuteStatement", select("pk IN [9, 10] ORDER BY sk") + "}"),
            "ValidationException: Must have hash key in ORDER BY clause when more than one hash key "
            "condition specified in WHERE clause.");
}

// A collection is read once, and a key of another type than the table's is a mistake that finds nothing.
TEST_F(Ordered, RefusesWhatKeysCannotBe) {
  const auto refused = [this](const std::string& rest) {
    return refusal("ExecuteStatement", select(rest) + "}");
  };
  const std::string mismatch =
      "ValidationException: Key attribute's data type should match its data type in table's schema: Key ";
  EXPECT_EQ(refused("pk = 'a'"), mismatch + "pk");
  EXPECT_EQ(refused("pk IN [9, 'a']"), mismatch + "pk");
  EXPECT_EQ(refused("pk = 9 AND sk > 1"), mismatch + "sk");
  EXPECT_EQ(refused("pk > 'a'"), "accepted");
  EXPECT_EQ(refused("pk IN [9, 10, 9.0]"),
            "ValidationException: Overlapping conditions with range keys are not supported in where clause");
}

}  // namespace
}  // namespace haneul::dynamodb
