#include "protocol/router.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "model/schema_builder.h"

namespace haneul::protocol {
namespace {

constexpr std::string_view kShapes = R"({
  "S":{"type":"string"},
  "Object":{"type":"structure","required":["Bucket","Key"],"members":{
    "Bucket":{"shape":"S","location":"uri","locationName":"Bucket"},
    "Key":{"shape":"S","location":"uri","locationName":"Key"}}},
  "Copy":{"type":"structure","required":["Source"],"members":{
    "Source":{"shape":"S","location":"header","locationName":"x-amz-copy-source"}}},
  "Part":{"type":"structure","required":["Number","Id"],"members":{
    "Number":{"shape":"S","location":"querystring","locationName":"partNumber"},
    "Id":{"shape":"S","location":"querystring","locationName":"uploadId"}}},
  "PartCopy":{"type":"structure","required":["Number","Id","Source"],"members":{
    "Number":{"shape":"S","location":"querystring","locationName":"partNumber"},
    "Id":{"shape":"S","location":"querystring","locationName":"uploadId"},
    "Source":{"shape":"S","location":"header","locationName":"x-amz-copy-source"}}}})";

struct Fixture {
  explicit Fixture(std::string_view metadata) : builder(parse_json(kShapes), parse_json(metadata)) {}
  void add(std::string_view name, std::string_view method, std::string_view path,
           std::string_view input = "Object") {
    Document given = Document::object();
    given.set("name", name);
    given.set("http", Document::Object{{"method", method}, {"requestUri", path}});
    given.set("input", Document::Object{{"shape", input}});
    builder.operation(given);
  }
  // Name of the operation, or what went wrong.
  std::string resolve(const WireRequest& request) {
    service = builder.service();
    const Router router(service);
    const auto call = router.resolve(request);
    labels = call ? call->labels : UriLabels();
    if (call) return std::string(call->operation->name);
    return "failure " + std::to_string(static_cast<int>(call.error().kind));
  }
  model::SchemaBuilder builder;
  model::ServiceModel service;
  UriLabels labels;
};

struct S3 : Fixture {
  S3() : Fixture(R"({"protocol":"rest-xml","serviceId":"S3"})") {
    add("ListBuckets", "GET", "/");
    add("ListDirectoryBuckets", "GET", "/?x-id=ListDirectoryBuckets");
    add("ListObjects", "GET", "/{Bucket}");
    add("ListObjectsV2", "GET", "/{Bucket}?list-type=2");
    add("GetBucketNotification", "GET", "/{Bucket}?notification");
    add("GetBucketNotificationConfiguration", "GET", "/{Bucket}?notification");
    add("GetObject", "GET", "/{Bucket}/{Key+}?x-id=GetObject");
    add("GetObjectAcl", "GET", "/{Bucket}/{Key+}?acl");
    add("PutObject", "PUT", "/{Bucket}/{Key+}?x-id=PutObject");
    add("CopyObject", "PUT", "/{Bucket}/{Key+}?x-id=CopyObject", "Copy");
    add("UploadPart", "PUT", "/{Bucket}/{Key+}?x-id=UploadPart", "Part");
    add("UploadPartCopy", "PUT", "/{Bucket}/{Key+}?x-id=UploadPartCopy", "PartCopy");
  }
  std::string get(std::string_view path, std::string_view query = {}) {
    return resolve({.method = "GET", .path = path, .query = query, .headers = {}, .body = {}});
  }
  std::string put(std::string_view query, const std::vector<Header>& headers = {}) {
    return resolve(
        {.method = "PUT", .path = "/b/k", .query = query, .headers = HeaderView(headers), .body = {}});
  }
};

// S3's operations differ by query literals, trailing slashes and depth; each of these is a real client's
// request.
TEST(Router, S3Paths) {
  S3 s3;
  EXPECT_EQ(s3.get("/"), "ListBuckets");
  EXPECT_EQ(s3.get("/", "x-id=ListBuckets"), "ListBuckets");
  EXPECT_EQ(s3.get("/", "x-id=ListDirectoryBuckets"), "ListDirectoryBuckets");
  EXPECT_EQ(s3.get("/b"), "ListObjects");
  EXPECT_EQ(s3.get("/b/"), "ListObjects");
  EXPECT_EQ(s3.get("/b", "list-type=2&prefix=a"), "ListObjectsV2");
  EXPECT_EQ(s3.get("/b", "list-type=1"), "ListObjects");
  EXPECT_EQ(s3.get("/b", "notification"), "GetBucketNotificationConfiguration");
  EXPECT_EQ(s3.get("/b/k", "acl="), "GetObjectAcl");
  EXPECT_EQ(s3.get("/b/k"), "GetObject");
}

// Keys may hold slashes, escapes and end in a slash; losing one character reads another object.
TEST(Router, GreedyKeysAreExact) {
  S3 s3;
  for (const auto& [path, key] :
       std::vector<std::pair<std::string, std::string>>{{"/b/a/b/", "a/b/"},
                                                        {"/b//", "/"},
                                                        {"/b/a%2Fb+c%20d", "a/b+c d"},
                                                        {"/b//a", "/a"},
                                                        {"/b/../x", "../x"}}) {
    EXPECT_EQ(s3.get(path), "GetObject") << path;
    ASSERT_EQ(s3.labels.size(), 2U);
    EXPECT_EQ(s3.labels[1].second, key);
  }
}

// Four S3 operations share one template; only their required parameters tell them apart.
TEST(Router, RequiredParametersDecide) {
  S3 s3;
  const std::vector<Header> copy = {{"X-Amz-Copy-Source", "/b/x"}};
  EXPECT_EQ(s3.put(""), "PutObject");
  EXPECT_EQ(s3.put("", copy), "CopyObject");
  EXPECT_EQ(s3.put("partNumber=1&uploadId=u"), "UploadPart");
  EXPECT_EQ(s3.put("partNumber=1&uploadId=u", copy), "UploadPartCopy");
}

// An unknown path and a wrong method are different answers (404 and 405).
TEST(Router, Failures) {
  S3 s3;
  const auto kind = [](RouteFailure::Kind which) {
    return "failure " + std::to_string(static_cast<int>(which));
  };
  EXPECT_EQ(s3.resolve({.method = "PATCH", .path = "/b/k", .query = {}, .headers = {}, .body = {}}),
            kind(RouteFailure::Kind::kMethodNotAllowed));
  EXPECT_EQ(s3.get("/b", "a=%zz"), kind(RouteFailure::Kind::kMalformed));
  EXPECT_EQ(s3.get("//k"), kind(RouteFailure::Kind::kUnknownOperation));
  EXPECT_EQ(s3.get("/b/%zz"), kind(RouteFailure::Kind::kUnknownOperation));
}

// SQS answers old clients by query and new ones by JSON at the same address.
TEST(Router, ChoosesAmongProtocols) {
  Fixture sqs(
      R"({"protocols":["json","query"],"jsonVersion":"1.0","targetPrefix":"AmazonSQS","apiVersion":"1"})");
  sqs.add("SendMessage", "POST", "/");
  const auto resolve = [&](std::vector<Header> headers, std::string_view query, std::string_view body) {
    return sqs.resolve(
        {.method = "POST", .path = "/", .query = query, .headers = HeaderView(headers), .body = body});
  };
  const Header form{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"};
  EXPECT_EQ(resolve({{"x-amz-target", "AmazonSQS.SendMessage"}}, "", "{}"), "SendMessage");
  EXPECT_EQ(resolve({form}, "", "Version=1&Action=SendMessage"), "SendMessage");
  EXPECT_EQ(resolve({}, "Action=SendMessage", ""), "SendMessage");
  const auto kind = [](RouteFailure::Kind which) {
    return "failure " + std::to_string(static_cast<int>(which));
  };
  EXPECT_EQ(resolve({form}, "", "Version=2&Action=SendMessage"), kind(RouteFailure::Kind::kBadVersion));
  EXPECT_EQ(resolve({form}, "", "Version=1"), kind(RouteFailure::Kind::kMissingAction));
  EXPECT_EQ(resolve({{"x-amz-target", "Other.SendMessage"}}, "", "{}"),
            kind(RouteFailure::Kind::kUnknownOperation));
}

// rpc-v2 paths may stand below a prefix; anything else is no such path.
TEST(Router, RpcPaths) {
  EXPECT_EQ(parse_rpc_path("/v1/service/A/operation/B").service, "A");
  EXPECT_EQ(parse_rpc_path("/service/A/operation/B").operation, "B");
  EXPECT_EQ(parse_rpc_path("/service/A/B").service, "");
}

}  // namespace
}  // namespace haneul::protocol
