// Exports: what is put into the bucket, in whose name, and what becomes of those that cannot be written.
#include "aws/digest.h"
#include "base/text.h"
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

class FakeBucket final : public platform::Dispatcher {
 public:
  Task<Document> call(const platform::CallContext& context, std::string_view service,
                      std::string_view operation, Document input) override {
    EXPECT_EQ(std::string(service) + "." + std::string(operation), "s3.PutObject");
    callers.insert(context.caller.arn);
    if (refusal) throw *refusal;
    objects[input.string_or("Key", "")] = input.find("Body")->as_blob();
    co_return Document::Object{{"ETag", "\"tag\""}};
  }
  std::set<std::string> callers;
  std::map<std::string, std::string> objects;
  std::optional<model::ServiceError> refusal;
};

class ExportsTest : public DynamoDbFixture {
 protected:
  void SetUp() override {
    service.connect(bucket_);
    call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})");
  }
  void enable() {
    call("UpdateContinuousBackups", R"({"TableName": "tab", "PointInTimeRecoverySpecification":
      {"PointInTimeRecoveryEnabled": true}})");
  }
  void put(int key) {
    call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": ")" + std::to_string(key) + "\"}}}");
  }
  Document input(const std::string& more = "") {
    return parse_json(R"({"TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tab",
                          "S3Bucket": "bucket", "S3Prefix": "some")" +
                      more + "}");
  }
  Document begin(const Document& given) {
    return *call_with("ExportTableToPointInTime", given).find("ExportDescription");
  }
  Document described(const Document& exported) {
    return *call("DescribeExport", R"({"ExportArn": ")" + exported.string_or("ExportArn", "") + "\"}")
                .find("ExportDescription");
  }
  void finish_jobs() {
    for (int i = 0; i < 200; ++i) pass(Milliseconds(1));
  }

  FakeBucket bucket_;
};

// The layout is read by others: files of lines, their manifests, and checksums that hold.
TEST_F(ExportsTest, AFullExportHasItsManifests) {
  enable();
  for (int i = 0; i < 150; ++i) put(i);
  const Document begun = begin(input());
  EXPECT_EQ(begun.string_or("ExportStatus", ""), "IN_PROGRESS");
  EXPECT_EQ(refusal("DeleteTable", R"({"TableName": "tab"})").substr(0, 22), "ResourceInUseException");
  put(1000);
  finish_jobs();
  const Document done = described(begun);
  ASSERT_EQ(done.string_or("ExportStatus", ""), "COMPLETED");
  EXPECT_EQ(done.find("ItemCount")->as_int(), 150);
  const std::string arn = begun.string_or("ExportArn", "");
  const std::string folder = "some/AWSDynamoDB/" + arn.substr(arn.rfind('/') + 1) + "/";
  EXPECT_EQ(done.string_or("ExportManifest", ""), folder + "manifest-summary.json");
  EXPECT_TRUE(bucket_.objects.contains(folder + "_started"));
  const std::string& files = bucket_.objects[folder + "manifest-files.json"];
  EXPECT_EQ(bucket_.objects[folder + "manifest-files.md5"], base64_encode(aws::md5(files)));
  int64_t items = 0;
  size_t count = 0;
  for (size_t at = 0; at < files.size(); at = files.find('\n', at) + 1, ++count) {
    const Document line = parse_json(files.substr(at, files.find('\n', at) - at));
    const std::string key = line.string_or("dataFileS3Key", "");
    EXPECT_TRUE(key.starts_with(folder + "data/") && key.ends_with(".json.gz")) << key;
    EXPECT_EQ(line.string_or("md5Checksum", ""), base64_encode(aws::md5(bucket_.objects[key])));
    EXPECT_EQ(bucket_.objects[key].substr(0, 2), "\x1f\x8b");
    items += line.find("itemCount")->as_int();
  }
  EXPECT_EQ(items, 150);
  EXPECT_EQ(bucket_.objects.size(), count + 5);
  call("DeleteTable", R"({"TableName": "tab"})");
  finish_jobs();
}

// Of a period, what changed in it and is not as it was: not what came before or after.
TEST_F(ExportsTest, APeriodHasWhatChangedInIt) {
  put(1);
  executor.advance(Milliseconds(10));
  enable();
  put(2);
  executor.advance(Milliseconds(10));
  Document period = Document::Object{{"ExportFromTime", clock.now()}};
  put(3);
  call("DeleteItem", R"({"TableName": "tab", "Key": {"pk": {"S": "2"}}})");
  put(4);
  call("DeleteItem", R"({"TableName": "tab", "Key": {"pk": {"S": "4"}}})");
  executor.advance(Milliseconds(10));
  period.set("ExportToTime", clock.now());
  put(5);
  executor.advance(Milliseconds(10));
  Document given = input(R"(, "ExportType": "INCREMENTAL_EXPORT")");
  given.set("IncrementalExportSpecification", period);
  const Document begun = begin(given);
  finish_jobs();
  const Document done = described(begun);
  ASSERT_EQ(done.string_or("ExportStatus", ""), "COMPLETED");
  EXPECT_EQ(done.find("ItemCount")->as_int(), 2);
}

// A token begins one export, and not another one of other parameters.
TEST_F(ExportsTest, ATokenBeginsOneExport) {
  EXPECT_EQ(refusal_of("ExportTableToPointInTime", input()).substr(0, 39),
            "PointInTimeRecoveryUnavailableException");
  enable();
  const Document first = begin(input(R"(, "ClientToken": "t")"));
  EXPECT_EQ(begin(input(R"(, "ClientToken": "t")")).string_or("ExportArn", ""),
            first.string_or("ExportArn", "-"));
  EXPECT_EQ(
      refusal_of("ExportTableToPointInTime", input(R"(, "ClientToken": "t", "S3SseAlgorithm": "AES256")"))
          .substr(0, 23),
      "ExportConflictException");
  EXPECT_EQ(refusal_of("ExportTableToPointInTime", input(R"(, "ExportFormat": "ION")")).substr(0, 14),
            "NotImplemented");
  finish_jobs();
  const Document page = call("ListExports", R"({"MaxResults": 1})");
  EXPECT_EQ(page.find("ExportSummaries")->as_array().size(), 1u);
  EXPECT_EQ(page.find("NextToken"), nullptr);
}

// The right to list exports is that to one's own, whoever's table is named.
TEST_F(ExportsTest, ListsNobodyElsesExports) {
  enable();
  begin(input());
  const char* named = R"({"TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tab"})";
  EXPECT_EQ(call("ListExports", named).find("ExportSummaries")->as_array().size(), 1u);
  account = AccountId("210987654321");
  EXPECT_EQ(call("ListExports", named).find("ExportSummaries")->as_array().size(), 0u);
  finish_jobs();
}

// A bucket that may not be written to fails the export, and the table is let go.
TEST_F(ExportsTest, AnExportThatMayNotBeWrittenFails) {
  enable();
  put(1);
  bucket_.refusal = ResourceInUseException("no");
  const Document begun = begin(input());
  finish_jobs();
  const Document done = described(begun);
  EXPECT_EQ(done.string_or("ExportStatus", ""), "FAILED");
  EXPECT_EQ(done.string_or("FailureCode", ""), "S3ResourceInUseException");
  EXPECT_EQ(done.string_or("FailureMessage", ""), "no");
  call("DeleteTable", R"({"TableName": "tab"})");
  finish_jobs();
}

}  // namespace
}  // namespace haneul::dynamodb
