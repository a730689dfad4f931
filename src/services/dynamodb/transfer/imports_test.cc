// Imports: what becomes of the objects of a bucket, in whose name, and what a run that is repeated counts.
#include "base/text.h"
#include "services/dynamodb/dynamodb_fixture.h"
#include "services/dynamodb/transfer/gzip.h"
#include "services/dynamodb/value/stored_items.h"

namespace haneul::dynamodb {
namespace {

constexpr model::ErrorShape kDenied{.name = "AccessDenied", .code = "AccessDenied", .status = 403};
constexpr model::ErrorShape kNoBucket{.name = "NoSuchBucket", .code = "NoSuchBucket", .status = 404};
constexpr model::ErrorShape kChanged{
    .name = "PreconditionFailed", .code = "PreconditionFailed", .status = 412};
constexpr model::ErrorShape kTrouble{.name = "InternalError", .code = "InternalError", .status = 500};

class FakeBucket final : public platform::Dispatcher {
 public:
  Task<Document> call(const platform::CallContext& context, std::string_view service,
                      std::string_view operation, Document input) override {
    callers.insert(context.caller.arn);
    ++calls;
    EXPECT_EQ(service, "s3");
    if (refuse_call) refuse_call(operation, input);
    co_return operation == "GetObject" ? get(input) : list(input);
  }

  Document list(const Document& input) {
    Document::Array found;
    const std::string after = input.string_or("StartAfter", ""), prefix = input.string_or("Prefix", "");
    for (const auto& [key, body] : objects) {
      if (key <= after || !key.starts_with(prefix)) continue;
      if (found.size() == static_cast<size_t>(input.find("MaxKeys")->as_int())) break;
      found.emplace_back(
          Document::Object{{"Key", key}, {"ETag", "tag"}, {"Size", static_cast<int64_t>(body.size())}});
    }
    return Document::Object{{"Contents", std::move(found)}};
  }

  Document get(const Document& input) {
    EXPECT_EQ(input.string_or("IfMatch", ""), "tag");
    size_t from = 0, to = 0;
    EXPECT_EQ(sscanf(input.string_or("Range", "").c_str(), "bytes=%zu-%zu", &from, &to), 2);
    EXPECT_LT(to - from, 1u << 20);
    return Document::Object{
        {"Body", Blob{objects.at(input.string_or("Key", "")).substr(from, to - from + 1)}}};
  }

  std::set<std::string> callers;
  std::map<std::string, std::string> objects;
  std::function<void(std::string_view, const Document&)> refuse_call;
  int calls = 0;
};

class FakeLogs final : public logs::Port {
 public:
  bool append(const platform::Caller&, const logs::LogTarget& target,
              const std::vector<logs::Line>& lines) override {
    for (const logs::Line& line : lines)
      written.push_back(target.group + target.stream.substr(23) + line.message);
    return is_allowed;
  }
  std::vector<std::string> written;
  bool is_allowed = true;
};

// The service with logs, beside the one of the fixture.
class ImportsTest : public DynamoDbFixture {
 protected:
  void SetUp() override { service.connect(bucket_); }
  Document input(const std::string& more = "") {
    return parse_json(R"({"S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": "some/"},
      "InputFormat": "DYNAMODB_JSON", "TableCreationParameters": {"TableName": "tab",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                 {"AttributeName": "kind", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by-kind", "Projection": {"ProjectionType": "ALL"},
          "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}]}]})" +
                      (more.empty() ? "}" : ", " + more + "}"));
  }
  Document begin(const Document& given) {
    return *call_with("ImportTable", given).find("ImportTableDescription");
  }
  Document described(const Document& import) {
    return *call("DescribeImport", R"({"ImportArn": ")" + import.string_or("ImportArn", "") + "\"}")
                .find("ImportTableDescription");
  }
  Document finished(const Document& import) {
    for (int i = 0; i < 300; ++i) pass(Milliseconds(10));
    return described(import);
  }
  static int64_t number(const Document& of, const char* name) {
    const Document* found = of.find(name);
    return found == nullptr ? -1 : found->as_int();
  }
  static std::string counts(const Document& of) {
    return of.string_or("ImportStatus", "") + " " + std::to_string(number(of, "ProcessedItemCount")) + " " +
           std::to_string(number(of, "ImportedItemCount")) + " " + std::to_string(number(of, "ErrorCount"));
  }
  static std::string line(const std::string& key, int kind, const std::string& text = "") {
    return R"({"Item":{"pk":{"S":")" + key + R"("},"kind":{"N":")" + std::to_string(kind) +
           R"("},"text":{"S":")" + text + "\"}}}\n";
  }
  int64_t count(const std::string& more = "") {
    return number(call("Scan", R"({"TableName": "tab", "Select": "COUNT")" + more + "}"), "Count");
  }

  FakeBucket bucket_;
};

// The table is made with everything, is of no use and not deleted meanwhile, and active with the end.
TEST_F(ImportsTest, FillsANewTable) {
  for (int i = 0; i < 300; ++i)
    bucket_.objects["some/" + std::to_string(i % 7)] += line(std::to_string(i), i % 3);
  size_t bytes = 0;
  for (auto& [key, body] : bucket_.objects) {
    bytes += body.size();
    body = gzip(body);
  }
  bucket_.objects["some/empty"] = "";
  bucket_.objects["another"] = "not looked at";
  const Document begun = begin(input(R"("InputCompressionType": "GZIP")"));
  EXPECT_EQ(counts(begun), "IN_PROGRESS 0 0 0");
  EXPECT_EQ(begun.find("ProcessedSizeBytes"), nullptr);
  EXPECT_EQ(begun.find("EndTime"), nullptr);
  EXPECT_EQ(begun.find("S3BucketSource")->string_or("S3BucketOwner", ""), "123456789012");
  EXPECT_EQ(begun.string_or("CloudWatchLogGroupArn", ""),
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws-dynamodb/imports:*");
  EXPECT_EQ(refusal("DeleteTable", R"({"TableName": "tab"})").substr(0, 22), "ResourceInUseException");
  EXPECT_EQ(refusal("Scan", R"({"TableName": "tab"})").substr(0, 25), "ResourceNotFoundException");
  const Document table = call("DescribeTable", R"({"TableName": "tab"})");
  EXPECT_EQ(table.find("Table")->string_or("TableStatus", ""), "CREATING");
  const Document done = finished(begun);
  EXPECT_EQ(counts(done), "COMPLETED 300 300 0");
  EXPECT_EQ(number(done, "ProcessedSizeBytes"), static_cast<int64_t>(bytes));
  EXPECT_EQ(done.find("FailureCode"), nullptr);
  EXPECT_EQ(count(), 300);
  EXPECT_EQ(count(R"(, "IndexName": "by-kind")"), 300);
  call("DeleteTable", R"({"TableName": "tab"})");
  EXPECT_EQ(counts(described(begun)), "COMPLETED 300 300 0");
}

// A run that fails is repeated from where the last one has come to, and troubles of the store cost nothing
// that has been read: nothing is lost or counted twice.
TEST_F(ImportsTest, RepeatsWhatFails) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += line(std::to_string(i), i, std::string(1500, 'x'));
  bucket_.objects["some/a"] = text;
  bucket_.objects["some/b"] = line("0", -1) + R"({"Item":{}})" + "\n" + line("1", -1);
  bucket_.refuse_call = [&](std::string_view, const Document&) {
    if (bucket_.calls < 30 && bucket_.calls % 7 == 6) throw std::runtime_error("the job's own trouble");
    if (bucket_.calls % 2 == 0) throw model::ServiceError(kTrouble, "later");
  };
  const Document begun = begin(input());
  int64_t processed = 0;
  for (int i = 0; i < 60; ++i) {
    pass(std::chrono::minutes(1));
    const int64_t now = number(described(begun), "ProcessedItemCount");
    EXPECT_GE(now, processed);
    processed = now;
  }
  const Document done = described(begun);
  EXPECT_EQ(counts(done), "FAILED 3003 3002 1");
  EXPECT_EQ(number(done, "ProcessedSizeBytes"),
            static_cast<int64_t>(text.size() + bucket_.objects["some/b"].size()));
  EXPECT_EQ(count(R"(, "FilterExpression": "kind >= :z", "ExpressionAttributeValues": {":z": {"N": "-1"}},
                      "Limit": 1)"),
            1);
  const Document first = call("GetItem", R"({"TableName": "tab", "Key": {"pk": {"S": "0"}}})");
  EXPECT_EQ(first.find("Item")->find("kind")->string_or("N", ""), "-1");  // the last one stands
}

// Bad items do not hold up the others; the import says so, and the table is kept.
TEST_F(ImportsTest, TellsBadItems) {
  bucket_.objects["some/a"] = line("1", 1) + R"({"Item":{"kind":{"N":"1"}}})" + "\n" + line("2", 2);
  bucket_.objects["some/b"] = "garbage\n" + line("3", 3);
  bucket_.objects["some/c"] = line("4", 4);
  const Document done = finished(begin(input()));
  EXPECT_EQ(counts(done), "FAILED 5 3 2");
  EXPECT_EQ(done.string_or("FailureCode", ""), "ItemValidationError");
  EXPECT_EQ(count(), 3);
}

// An object that changes while it is imported is one error; the others are imported.
TEST_F(ImportsTest, PassesOverWhatChanges) {
  bucket_.objects["some/a"] = line("1", 1);
  bucket_.objects["some/b"] = line("2", 2);
  bucket_.refuse_call = [](std::string_view, const Document& input) {
    if (input.string_or("Key", "") == "some/a") throw model::ServiceError(kChanged, "changed");
  };
  EXPECT_EQ(counts(finished(begin(input()))), "FAILED 2 1 1");
  EXPECT_EQ(count(), 1);
}

// Without a source there is no table; with a part of it, there is that part.
TEST_F(ImportsTest, FailsWithItsSource) {
  bucket_.refuse_call = [](std::string_view, const Document&) {
    throw model::ServiceError(kNoBucket, "none");
  };
  const Document none = finished(begin(input()));
  EXPECT_EQ(counts(none), "FAILED 0 0 0");
  EXPECT_EQ(none.string_or("FailureCode", ""), "S3NoSuchBucket");
  EXPECT_EQ(none.string_or("FailureMessage", ""),
            "none (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket)");
  EXPECT_EQ(refusal("DescribeTable", R"({"TableName": "tab"})").substr(0, 25), "ResourceNotFoundException");
  bucket_.objects["some/a"] = line("1", 1);
  bucket_.objects["some/b"] = line("2", 2);
  bucket_.refuse_call = [](std::string_view, const Document& input) {
    if (input.string_or("Key", "") == "some/b") throw model::ServiceError(kDenied, "no");
  };
  const Document part = finished(begin(input()));
  EXPECT_EQ(counts(part), "FAILED 1 1 0");
  EXPECT_EQ(part.string_or("FailureCode", ""), "S3AccessDenied");
  EXPECT_EQ(count(), 1);
}

// A prefix of nothing is an empty table.
TEST_F(ImportsTest, OfNothingIsEmpty) {
  const Document done = finished(begin(input()));
  EXPECT_EQ(counts(done), "COMPLETED 0 0 0");
  EXPECT_EQ(number(done, "ProcessedSizeBytes"), 0);
  EXPECT_EQ(count(), 0);
}

// A token begins one import, and not another one of other parameters; a table is made once.
TEST_F(ImportsTest, ATokenBeginsOneImport) {
  const Document first = begin(input(R"("ClientToken": "t")"));
  const Document again = begin(input(R"("ClientToken": "t")"));
  EXPECT_EQ(again.string_or("ImportArn", ""), first.string_or("ImportArn", "-"));
  EXPECT_EQ(
      refusal_of("ImportTable", input(R"("ClientToken": "t", "InputCompressionType": "GZIP")")),
      "ImportConflictException: Import conflict: Duplicate request detected with conflicting parameters");
  EXPECT_EQ(refusal_of("ImportTable", input()), "ResourceInUseException: Table already exists: tab");
  finished(first);
  EXPECT_EQ(begin(input(R"("ClientToken": "t")")).string_or("ImportStatus", ""), "COMPLETED");
}

// What is not supported is refused before a table is made.
TEST_F(ImportsTest, RefusesWhatItCannotDo) {
  Document given = input();
  given.set("InputFormat", "ION");
  EXPECT_EQ(refusal_of("ImportTable", given).substr(0, 14), "NotImplemented");
  given = input(R"("InputFormatOptions": {"Csv": {"Delimiter": ","}})");
  EXPECT_EQ(
      refusal_of("ImportTable", given),
      "ValidationException: Invalid Request: Unsupported InputFormatOptions for the given input format: "
      "DYNAMODB_JSON.");
  given = input();
  given.find("TableCreationParameters")->set("BillingMode", "PROVISIONED");
  EXPECT_EQ(refusal_of("ImportTable", given).substr(0, 19), "ValidationException");
  given = input();
  given.find("TableCreationParameters")->set("SSESpecification", Document::Object{{"Enabled", true}});
  EXPECT_EQ(refusal_of("ImportTable", given).substr(0, 14), "NotImplemented");
  EXPECT_EQ(refusal("DescribeTable", R"({"TableName": "tab"})").substr(0, 25), "ResourceNotFoundException");
  EXPECT_EQ(refusal("DescribeImport", R"({"ImportArn":
              "arn:aws:dynamodb:us-east-1:123456789012:table/tab/import/01489602797149-73d8d5bc"})")
                .substr(0, 23),
            "ImportNotFoundException");
}

// Imports are listed with the newest first, page by page, also when their tables are gone.
TEST_F(ImportsTest, AreListed) {
  std::vector<std::string> begun;
  for (int i = 0; i < 12; ++i) {
    executor.advance(Milliseconds(10));
    Document given = input();
    given.find("TableCreationParameters")->set("TableName", "tab" + std::to_string(i));
    begun.insert(begun.begin(), begin(given).string_or("ImportArn", ""));
  }
  std::vector<std::string> listed;
  Document page = call("ListImports", "{}");
  EXPECT_EQ(page.find("ImportSummaryList")->as_array().size(), 10u);
  while (true) {
    for (const Document& one : page.find("ImportSummaryList")->as_array()) {
      listed.push_back(one.string_or("ImportArn", ""));
    }
    const std::string token = page.string_or("NextToken", "");
    if (token.empty()) break;
    EXPECT_TRUE(token.size() >= 112 && token.size() % 16 == 0) << token;
    page = call("ListImports", R"({"NextToken": ")" + token + "\"}");
  }
  EXPECT_EQ(listed, begun);
  page = call("ListImports", R"({"TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tab3"})");
  EXPECT_EQ(page.find("ImportSummaryList")->as_array().size(), 1u);
  page = call("ListImports", R"({"TableArn": "arn:aws:dynamodb:us-east-1:210987654321:table/tab3"})");
  EXPECT_TRUE(page.find("ImportSummaryList")->as_array().empty());
  EXPECT_EQ(refusal("ListImports", R"({"NextToken": ")" + std::string(112, '0') + "\"}").substr(0, 19),
            "ValidationException");
  finished(parse_json(R"({"ImportArn": ")" + begun.front() + "\"}"));
}

// What was wrong is told where AWS tells it, in the name of the caller; who may not write there imports
// nothing.
TEST(ImportLogTest, TellsEachError) {
  const VirtualClock clock;
  FakeLogs logs;
  const ImportLog log(&logs, clock);
  Import given;
  given.where = {
      .table = {.account = AccountId("123456789012"), .region = Region("us-east-1"), .name = "tab"},
      .id = "01489602797149-73d8d5bc"};
  given.request.s3_bucket_source.s3_bucket = "bucket";
  log.tell(given, {{.key = "k", .index = 3, .message = "bad"}}, 0);
  EXPECT_EQ(
      logs.written,
      std::vector<std::string>{
          R"(/aws-dynamodb/imports/error{"itemS3Pointer":{"bucket":"bucket","key":"k","itemIndex":3},)"
          R"("importArn":"arn:aws:dynamodb:us-east-1:123456789012:table/tab/import/01489602797149-73d8d5bc",)"
          R"("errorMessages":["bad"]})"});
  log.tell(given, {{.key = "k", .index = 4, .message = "bad"}}, 10'000);
  EXPECT_EQ(logs.written.size(), 1u);
  EXPECT_EQ(given.state, Import::State::kInProgress);
  logs.is_allowed = false;
  log.begin(given);
  EXPECT_EQ(given.state, Import::State::kFailed);
  EXPECT_EQ(given.failure_code, "CloudWatchLogsAccessDenied");
}

}  // namespace
}  // namespace haneul::dynamodb
