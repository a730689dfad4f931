// Unpacker: the text of an object that is read piece by piece, packed or not (zlib and libzstd behind it).
//
// Invariant: whatever the object holds, no more than the piece that was fed last, the unpacker's own window
// (at most 8 MiB, RFC 8878's advice) and `max` bytes of text are in memory. Thread rule: one thread at a
// time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace haneul::dynamodb {

enum class Packing { kNone, kGzip, kZstd };
Packing packing_of(std::string_view compression_type);  // NONE, GZIP, ZSTD

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // The next piece, after the one before has been used up.
  virtual void feed(std::string piece) = 0;
  // Appends at most `max` bytes of text and tells how many; 0: the piece is used up. Throws ParseError when
  // the object is not packed so.
  virtual size_t take(std::string& out, size_t max) = 0;
  // There are no more pieces: throws ParseError when that is too early.
  virtual void finish() const = 0;
};

std::unique_ptr<Unpacker> make_unpacker(Packing packing);

}  // namespace haneul::dynamodb
