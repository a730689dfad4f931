#include "services/s3/payload_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/uio.h>

#include "platform/body.h"
#include "services/s3/keys.h"
#include "store/errors.h"
#include "store/record.h"

namespace haneul::s3 {

namespace {

// A stretch of the answer: bytes in memory, or a range of a blob.
struct Segment {
  std::string bytes;
  std::string blob;
  uint64_t from = 0;
  uint64_t size = 0;
};

class SegmentReader final : public platform::BodyReader {
 public:
  SegmentReader(store::BlobStore& blobs, BlockingPool& pool, Garbage::Pin pin, std::vector<Segment> segments)
      : blobs_(blobs), pool_(pool), pin_(std::move(pin)), segments_(std::move(segments)) {
    for (const Segment& segment : segments_) length_ += segment.size;
  }

  bool open_first() {
    return segments_.empty() || segments_.front().blob.empty() || open_blob(segments_.front());
  }
  std::optional<uint64_t> length() const override { return length_; }

  Task<size_t> read(std::span<char> out) override {
    while (index_ < segments_.size() && at_ == segments_[index_].size) {
      ++index_;
      at_ = 0;
      blob_.reset();
    }
    if (index_ == segments_.size() || out.empty()) co_return 0;
    const Segment& segment = segments_[index_];
    const size_t wanted = std::min<uint64_t>(out.size(), segment.size - at_);
    if (segment.blob.empty()) {
      std::memcpy(out.data(), segment.bytes.data() + segment.from + at_, wanted);
      at_ += wanted;
      co_return wanted;
    }
    if (!blob_ && !open_blob(segment)) throw store::Corrupt("a payload has no blob: " + segment.blob);
    size_t count = read_cached(out.first(wanted), segment.from + at_);
    if (count == 0) {
      const std::string bytes = co_await pool_.run(
          [this, offset = segment.from + at_, wanted] { return blob_->read(offset, wanted); });
      if (bytes.empty()) throw store::Corrupt("a blob is shorter than its row says: " + segment.blob);
      std::memcpy(out.data(), bytes.data(), bytes.size());
      count = bytes.size();
    }
    at_ += count;
    co_return count;
  }

 private:
  bool open_blob(const Segment& segment) {
    blob_ = blobs_.open(store::BlobId(segment.blob));
    return blob_.has_value();
  }

  // What the page cache holds; 0 when reading would wait for the disk.
  size_t read_cached(std::span<char> out, uint64_t offset) const {
    iovec vector{out.data(), out.size()};
    const ssize_t count = preadv2(blob_->fd(), &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    return count > 0 ? static_cast<size_t>(count) : 0;
  }

  store::BlobStore& blobs_;
  BlockingPool& pool_;
  Garbage::Pin pin_;
  std::vector<Segment> segments_;
  uint64_t length_ = 0;
  size_t index_ = 0;
  uint64_t at_ = 0;  // in the segment
  std::optional<store::BlobReader> blob_;
};

std::string require_data(store::Reader& tx, std::string_view bucket, const std::string& id) {
  auto row = tx.get(keys::data(bucket, id));
  if (!row) throw store::Corrupt("an object has no payload row: " + id);
  return std::move(*row);
}

}  // namespace

std::vector<PartRecord> PayloadStreams::parts_of(store::Reader& tx, std::string_view bucket,
                                                 const ObjectRecord& record) {
  if (record.payload.kind != Payload::Kind::kParts) return {};
  const auto row = tx.get(keys::manifest(bucket, record.payload.id));
  if (!row) throw store::Corrupt("an object has no list of its parts: " + record.payload.id);
  return manifest_from(store::decode_record(*row));
}

std::unique_ptr<platform::BodyReader> PayloadStreams::open(store::Reader& tx, std::string_view bucket,
                                                           const ObjectRecord& record, ByteRange range) {
  using Kind = Payload::Kind;
  const Payload& payload = record.payload;
  if (payload.kind == Kind::kNone) return std::make_unique<platform::TextReader>("");
  if (payload.kind == Kind::kInline) {
    std::string bytes = require_data(tx, bucket, payload.id);
    if (range.size() != bytes.size()) bytes = bytes.substr(range.from, range.size());
    return std::make_unique<platform::TextReader>(std::move(bytes));
  }
  auto pin = garbage_->pin(payload);
  if (!pin) return nullptr;
  std::vector<Segment> segments;
  if (payload.kind == Kind::kBlob) {
    segments.push_back({.blob = payload.id, .from = range.from, .size = range.size()});
  } else {
    uint64_t at = 0;
    for (const PartRecord& part : parts_of(tx, bucket, record)) {
      const uint64_t from = std::max(at, range.from);
      const uint64_t to = std::min(at + part.size, range.to);
      if (from < to) {
        Segment segment{.from = from - at, .size = to - from};
        if (part.payload.kind == Kind::kBlob) segment.blob = part.payload.id;
        if (part.payload.kind == Kind::kInline) segment.bytes = require_data(tx, bucket, part.payload.id);
        segments.push_back(std::move(segment));
      }
      at += part.size;
    }
  }
  auto reader = std::make_unique<SegmentReader>(blobs_, pool_, std::move(*pin), std::move(segments));
  if (!reader->open_first()) return nullptr;
  return reader;
}

}  // namespace haneul::s3
