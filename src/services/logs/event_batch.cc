#include "services/logs/event_batch.h"

#include <zstd.h>

#include "base/check.h"
#include "services/logs/limits.h"
#include "store/errors.h"
#include "store/record.h"

namespace haneul::logs {

namespace {

constexpr char kPlain = 0;
constexpr char kZstd = 1;
constexpr int kZstdLevel = 1;
constexpr size_t kPackFromBytes = 256;  // smaller rows do not shrink
constexpr size_t kPlainBytesMax = 8 << 20;

std::string pack(const std::string& plain) {
  std::string out(1 + ZSTD_compressBound(plain.size()), '\0');
  out[0] = kZstd;
  const size_t size = ZSTD_compress(out.data() + 1, out.size() - 1, plain.data(), plain.size(), kZstdLevel);
  HANEUL_CHECK(ZSTD_isError(size) == 0, "zstd packs into a buffer of the size it asked for");
  out.resize(1 + size);
  return out;
}

std::string unpack(std::string_view packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kPlainBytesMax)
    throw store::Corrupt("a row of log events is not packed as it says");
  std::string plain(size, '\0');
  const size_t got = ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) throw store::Corrupt("a row of log events cannot be unpacked");
  return plain;
}

Batch read_batch(const Document& document) {
  if (!document.is_array() || document.as_array().size() < 5 || document.as_array().size() % 2 == 0)
    throw store::Corrupt("a row of log events has another form");
  const Document::Array& items = document.as_array();
  if (!items[0].is_int() || !items[1].is_int()) throw store::Corrupt("a row of log events has no times");
  Batch batch;
  batch.ingested = items[0].as_int();
  const int64_t first = items[1].as_int();
  batch.events.reserve((items.size() - 3) / 2);
  for (size_t i = 3; i < items.size(); i += 2) {
    if (!items[i].is_int() || !items[i + 1].is_string())
      throw store::Corrupt("a row of log events holds something else");
    batch.events.push_back({first + items[i].as_int(), items[i + 1].as_string()});
  }
  return batch;
}

}  // namespace

size_t stored_bytes(const Event& event) { return event.message.size() + kEventOverheadBytes; }

std::string encode_batch(int64_t ingested, std::span<const Event> events) {
  HANEUL_CHECK(!events.empty(), "a row of log events is never empty");
  const int64_t first = events.front().time;
  Document::Array items = {ingested, first, events.back().time};
  items.reserve(3 + 2 * events.size());
  for (const Event& event : events) {
    items.emplace_back(event.time - first);
    items.emplace_back(event.message);
  }
  const std::string plain = store::encode_record(Document(std::move(items)));
  if (plain.size() >= kPackFromBytes) return pack(plain);
  return kPlain + plain;
}

Batch decode_batch(std::string_view bytes) {
  if (bytes.empty()) throw store::Corrupt("a row of log events is empty");
  if (bytes[0] == kPlain) return read_batch(store::decode_record(bytes.substr(1)));
  if (bytes[0] == kZstd) return read_batch(store::decode_record(unpack(bytes.substr(1))));
  throw store::Corrupt("a row of log events is packed in an unknown way");
}

std::vector<EncodedRow> encode_rows(int64_t ingested, std::span<const Event> events) {
  std::vector<EncodedRow> rows;
  size_t begin = 0;
  while (begin < events.size()) {
    size_t end = begin;
    size_t bytes = 0;
    while (end < events.size() && events[end].time - events[begin].time < kRowSpanMax.count()) {
      const size_t size = stored_bytes(events[end]);
      if (end > begin && bytes + size > kRowBytesMax) break;
      bytes += size;
      ++end;
    }
    rows.push_back({.first = events[begin].time,
                    .last = events[end - 1].time,
                    .bytes = bytes,
                    .value = encode_batch(ingested, events.subspan(begin, end - begin))});
    begin = end;
  }
  return rows;
}

}  // namespace haneul::logs
