// Reading payloads: the bytes of an object, or a range of them, as a body that is sent while it is read. What
// is in the page cache is read on the loop; what is not, on the blocking pool. Blobs that are being read stay
// until the reader is gone. Thread rule: coroutines on an executor's thread.
#pragma once

#include <memory>

#include "platform/http.h"
#include "services/s3/garbage.h"
#include "services/s3/records.h"
#include "store/blob/blob_store.h"
#include "store/db.h"

namespace haneul::s3 {

struct ByteRange {  // [from, to)
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t size() const { return to - from; }
};

class PayloadStreams {
 public:
  PayloadStreams(store::BlobStore& blobs, BlockingPool& pool, std::shared_ptr<Garbage> garbage)
      : blobs_(blobs), pool_(pool), garbage_(std::move(garbage)) {}

  // Null when the payload is gone because its row changed meanwhile: look the row up again.
  // `tx` is the one the record was read with.
  std::unique_ptr<platform::BodyReader> open(store::Reader& tx, std::string_view bucket,
                                             const ObjectRecord& record, ByteRange range);
  std::vector<PartRecord> parts_of(store::Reader& tx, std::string_view bucket, const ObjectRecord& record);

 private:
  store::BlobStore& blobs_;
  BlockingPool& pool_;
  std::shared_ptr<Garbage> garbage_;
};

}  // namespace haneul::s3
