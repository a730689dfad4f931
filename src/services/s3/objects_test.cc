#include <map>

#include "services/s3/testing.h"

namespace haneul::s3 {
namespace {

class Objects : public S3Fixture {
 protected:
  Objects() { make_bucket("bucket"); }
};

// What is put comes back, whole and in ranges, at each way of keeping payloads: row, blob, nothing.
TEST_F(Objects, PayloadsOfEverySizeComeBack) {
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{32 << 10}, size_t{(32 << 10) + 1}, size_t{3 << 20}}) {
    std::string body = random.bytes(size);
    const Document told = put("k", body);
    EXPECT_EQ(told.string_or("ETag", ""), "\"" + hex_encode(aws::md5(body)) + "\"") << size;
    EXPECT_EQ(get("k"), body) << size;
    if (size > 10) {
      const Document part = call("GetObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"Range", "bytes=-7"}});
      EXPECT_EQ(part.find("Body")->as_blob(), body.substr(size - 7)) << size;
    }
    EXPECT_EQ(faults(), std::vector<std::string>{});
  }
  EXPECT_EQ(blob_count(), 1U) << "overwritten payloads are removed";
  call("DeleteObject", {{"Bucket", "bucket"}, {"Key", "k"}});
  EXPECT_EQ(blob_count(), 0U);
}

// A body that is not what its digest says leaves nothing behind.
TEST_F(Objects, WrongDigestsLeaveNothing) {
  const Blob large{std::string(100'000, 'x')};
  EXPECT_EQ(refusal("PutObject", {{"Bucket", "bucket"},
                                  {"Key", "k"},
                                  {"Body", large},
                                  {"ContentMD5", base64_encode(aws::md5("other"))}}),
            "BadDigest");
  EXPECT_EQ(refusal("PutObject",
                    {{"Bucket", "bucket"}, {"Key", "k"}, {"Body", large}, {"ChecksumCRC32", "NhCmhg=="}}),
            "BadDigest");
  EXPECT_EQ(refusal("PutObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"ContentMD5", "short"}}),
            "InvalidDigest");
  EXPECT_EQ(refusal("GetObject", {{"Bucket", "bucket"}, {"Key", "k"}}), "NoSuchKey");
  EXPECT_EQ(blob_count(), 0U);
}

// Conditional writes are judged inside the transaction.
TEST_F(Objects, ConditionalWrites) {
  EXPECT_EQ(refusal("PutObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"IfMatch", "\"x\""}}), "NoSuchKey");
  EXPECT_EQ(refusal("PutObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"IfNoneMatch", "*"}}), "");
  EXPECT_EQ(refusal("PutObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"IfNoneMatch", "*"}}),
            "PreconditionFailed");
  EXPECT_EQ(refusal("PutObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"IfMatch", "\"x\""}}),
            "PreconditionFailed");
}

// Any order of puts, deletes and changes of versioning keeps the history whole: a reference model of versions
// says what each read must find.
TEST_F(Objects, HistoriesAgreeWithAReferenceModel) {
  struct Version {
    std::string id, body;
    bool is_marker;
  };
  std::vector<Version> history;  // newest last
  std::string state;
  const auto drop_null = [&] { std::erase_if(history, [](const Version& v) { return v.id == "null"; }); };
  for (int step = 0; step < 200; ++step) {
    clock.advance(Milliseconds(random.below(2)));
    const uint64_t dice = random.below(10);
    if (dice == 0) {
      state = random.below(2) == 0 ? "Enabled" : "Suspended";
      set_versioning(state);
    } else if (dice < 5) {
      std::string body = random.text(8, "abc");
      const std::string id = put("k", body).string_or("VersionId", "null");
      if (id == "null") drop_null();
      history.push_back({id, body, false});
    } else if (dice < 7) {
      const Document told = call("DeleteObject", {{"Bucket", "bucket"}, {"Key", "k"}});
      if (state.empty() || state == "Suspended") drop_null();
      if (!state.empty()) history.push_back({told.string_or("VersionId", "?"), "", true});
    } else if (!history.empty()) {
      const size_t at = random.below(history.size());
      call("DeleteObject", {{"Bucket", "bucket"}, {"Key", "k"}, {"VersionId", history[at].id}});
      history.erase(history.begin() + static_cast<ptrdiff_t>(at));
    }
    ASSERT_EQ(faults(), std::vector<std::string>{}) << "step " << step;
    if (history.empty() || history.back().is_marker) {
      EXPECT_EQ(refusal("GetObject", {{"Bucket", "bucket"}, {"Key", "k"}}), "NoSuchKey") << step;
    } else {
      EXPECT_EQ(get("k"), history.back().body) << step;
    }
    for (const Version& version : history) {
      if (!version.is_marker) EXPECT_EQ(get("k", version.id), version.body) << step;
    }
    const Document listed = call("ListObjectVersions", {{"Bucket", "bucket"}});
    const size_t count =
        listed.find("Versions")->as_array().size() + listed.find("DeleteMarkers")->as_array().size();
    ASSERT_EQ(count, history.size()) << step;
  }
}

// Deleting many judges each key by itself.
TEST_F(Objects, DeleteObjectsJudgesEachKey) {
  put("open/a", "1");
  put("closed/b", "2");
  identities.policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:DeleteObject",)"
                      R"("Resource":"arn:aws:s3:::bucket/open/*"}]})";
  const Document::Array keys{Document::Object{{"Key", "open/a"}}, Document::Object{{"Key", "closed/b"}}};
  const Document told =
      call("DeleteObjects", {{"Bucket", "bucket"}, {"Delete", Document::Object{{"Objects", keys}}}});
  ASSERT_EQ(told.find("Deleted")->as_array().size(), 1U);
  EXPECT_EQ(told.find("Deleted")->as_array()[0].string_or("Key", ""), "open/a");
  EXPECT_EQ(told.find("Errors")->as_array()[0].string_or("Code", ""), "AccessDenied");
}

// Who may not list a bucket is not told which keys are missing.
TEST_F(Objects, MissingKeysAreHiddenFromThoseWhoMayNotList) {
  identities.policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]})";
  EXPECT_EQ(refusal("GetObject", {{"Bucket", "bucket"}, {"Key", "none"}}), "AccessDenied");
}

// An upload in parts becomes one object with AWS's ETag and a combined checksum, and its parts are its
// payload.
TEST_F(Objects, UploadsInParts) {
  const std::string first = random.bytes(5 << 20);
  const std::string id =
      call("CreateMultipartUpload", {{"Bucket", "bucket"}, {"Key", "big"}}).string_or("UploadId", "");
  Document::Array list;
  for (const auto& [number, body] : std::map<int, std::string>{{1, first}, {2, "tail"}, {3, "unused"}}) {
    const Document told = call("UploadPart", {{"Bucket", "bucket"},
                                              {"Key", "big"},
                                              {"UploadId", id},
                                              {"PartNumber", number},
                                              {"Body", Blob{body}}});
    if (number < 3)
      list.push_back(Document::Object{{"PartNumber", number}, {"ETag", told.string_or("ETag", "")}});
  }
  const Document::Object complete{{"Bucket", "bucket"},
                                  {"Key", "big"},
                                  {"UploadId", id},
                                  {"MultipartUpload", Document::Object{{"Parts", list}}}};
  const Document told = call("CompleteMultipartUpload", complete);
  EXPECT_EQ(told.string_or("ETag", ""),
            "\"" + hex_encode(aws::md5(aws::md5(first) + aws::md5("tail"))) + "-2\"");
  EXPECT_EQ(told.string_or("ChecksumCRC64NVME", ""),
            checksum_of_bytes(ChecksumAlgorithm::kCrc64Nvme, first + "tail"));
  EXPECT_EQ(get("big"), first + "tail");
  EXPECT_EQ(faults(), std::vector<std::string>{});
  EXPECT_EQ(call("CompleteMultipartUpload", complete).string_or("ETag", ""), told.string_or("ETag", ""));
  call("CopyObject", {{"Bucket", "bucket"}, {"Key", "copy"}, {"CopySource", "bucket/big"}});
  call("DeleteObject", {{"Bucket", "bucket"}, {"Key", "big"}});
  EXPECT_EQ(get("copy"), first + "tail");
  EXPECT_EQ(blob_count(), 1U);
  EXPECT_EQ(faults(), std::vector<std::string>{});
}

// Groups at a delimiter, pages and starts agree with a list of all keys.
TEST_F(Objects, ListsAreGroupedAndPaged) {
  for (const char* key : {"a/1", "a/2", "b", "c/1", "c/d/2", "z"}) put(key, "x");
  std::vector<std::string> seen;
  Document input = Document::Object{{"Bucket", "bucket"}, {"Delimiter", "/"}, {"MaxKeys", 1}};
  for (int page = 0; page < 10; ++page) {
    const Document told = call_with("ListObjectsV2", input);
    for (const Document& one : told.find("Contents")->as_array()) seen.push_back(one.string_or("Key", ""));
    for (const Document& one : told.find("CommonPrefixes")->as_array())
      seen.push_back(one.string_or("Prefix", ""));
    if (!told.find("IsTruncated")->as_bool()) break;
    input.set("ContinuationToken", *told.find("NextContinuationToken"));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a/", "b", "c/", "z"}));
}

}  // namespace
}  // namespace haneul::s3
