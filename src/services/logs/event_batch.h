// Event batches: log events as a row's value. A row holds events of one stream and one call, in order of
// time; its span and size are bounded (limits.h), so a reader holds one row and not one call.
//
// Bytes: a packing byte (0 plain, 1 zstd), then a record of the store: [ingestion time, time of the first
// event, time of the last, then for each event its time since the first and its message]. Anything else is
// store::Corrupt.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace haneul::logs {

struct Event {
  int64_t time = 0;  // ms
  std::string message;
};

struct Batch {
  int64_t ingested = 0;
  std::vector<Event> events;  // never empty
};

struct EncodedRow {
  int64_t first = 0, last = 0;
  size_t bytes = 0;  // as the service counts stored bytes
  std::string value;
};

size_t stored_bytes(const Event& event);

// Events in order of time, cut into rows.
std::vector<EncodedRow> encode_rows(int64_t ingested, std::span<const Event> events);
std::string encode_batch(int64_t ingested, std::span<const Event> events);
Batch decode_batch(std::string_view bytes);

}  // namespace haneul::logs
