// Receiving a body: from a stream to a payload that a row may name. Bodies of at most 32 KiB stay in memory
// and go into a row; larger ones are written to a blob while they arrive, with two pieces of 1 MiB in memory:
// one being read, one being hashed and written on the blocking pool. Nothing of a body counts before its
// length, its signature and its digests were right. Thread rule: coroutines on an executor's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/request.h"
#include "services/s3/garbage.h"
#include "services/s3/records.h"
#include "store/blob/blob_store.h"

namespace haneul::s3 {

// What the request says about its body before it is read.
struct BodyPromise {
  std::string content_md5;                   // raw bytes; empty: not given
  std::optional<ChecksumValue> checksum;     // given in a header
  std::optional<ChecksumAlgorithm> trailer;  // to be given in the trailer
  std::optional<ChecksumAlgorithm>
      algorithm;                          // to be computed; when not set, that of the two above or CRC64NVME
  std::optional<ChecksumAlgorithm> also;  // to be computed as well
  uint64_t bytes_max = 0;
};

// A payload that no row names yet. It is removed with this object unless a row was written (keep()).
class StagedPayload {
 public:
  StagedPayload() = default;
  StagedPayload(std::string inline_bytes, std::string id);
  StagedPayload(std::shared_ptr<Garbage> garbage, store::BlobId blob);
  ~StagedPayload();
  StagedPayload(StagedPayload&& other) noexcept;
  StagedPayload& operator=(StagedPayload&& other) noexcept;

  const Payload& payload() const { return payload_; }
  void write(store::Tx& tx, std::string_view bucket) const;  // the data row, when it is inline
  void keep() { garbage_.reset(); }

 private:
  Payload payload_;
  std::string bytes_;
  std::shared_ptr<Garbage> garbage_;
};

struct Received {
  StagedPayload payload;
  uint64_t size = 0;
  std::string md5;  // hex
  ChecksumValue checksum;
  std::optional<ChecksumValue> also;
};

class Receiver {
 public:
  Receiver(store::BlobStore& blobs, BlockingPool& pool, Random& random, std::shared_ptr<Garbage> garbage)
      : blobs_(blobs), pool_(pool), random_(random), garbage_(std::move(garbage)) {}

  // Throws the service's errors for what is not as promised.
  Task<Received> receive(platform::BodyReader& body, BodyPromise promise,
                         const platform::Headers* const* trailers);
  // The payload of bytes in memory.
  StagedPayload stage_inline(std::string bytes);
  // A second name for a blob.
  Task<StagedPayload> stage_copy(const store::BlobId& blob);

 private:
  struct Digests;
  struct Upload;
  Task<Received> receive_blob(platform::BodyReader& body, Digests& digests, std::string head);
  store::BlobStore& blobs_;
  BlockingPool& pool_;
  Random& random_;
  std::shared_ptr<Garbage> garbage_;
};

// Content-MD5 as 16 raw bytes; throws InvalidDigest.
std::string parse_content_md5(std::string_view header);

// The checksum that PutObject or UploadPart promise, from the input and the wire's headers (null for calls
// made inside the process).
struct ChecksumHeaders {
  std::vector<ChecksumValue> given;
  std::optional<std::string> algorithm;  // x-amz-sdk-checksum-algorithm
  const platform::Headers* headers = nullptr;
};
void promise_checksum(const ChecksumHeaders& from, BodyPromise& promise);

}  // namespace haneul::s3
