// Keys: a shard and a tuple that is encoded so that byte order is tuple order.
//
// A shard is one of 4,096 virtual partitions; what must change together cheaply (a queue, a table partition,
// a bucket's part of the namespace) shares a Scope and with it a shard. The mapping is on disk in every key:
// it never changes.
//
// Encoding: each element is a tag byte and its bytes. Text and bytes: 0x00 becomes 0x00 0xFF, closed by 0x00
// 0x01. Unsigned numbers: 8 bytes big endian. Signed numbers and times: the same with the sign bit flipped.
// So "a" sorts before "a\0" and before "ab", and a tuple sorts before every longer tuple that begins with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/strong.h"

namespace haneul::store {

using Shard = uint16_t;
inline constexpr Shard kShards = 4096;

struct Scope {
  Shard shard = 0;
  friend bool operator==(const Scope&, const Scope&) = default;
};

// Stable over releases and machines. The resource names what is served together: "queue/orders",
// "bucket/photos".
Scope make_scope(const AccountId& account, const Region& region, std::string_view service,
                 std::string_view resource);

struct Key {
  Shard shard = 0;
  std::string bytes;
  friend bool operator==(const Key&, const Key&) = default;
  friend auto operator<=>(const Key&, const Key&) = default;
};

struct KeyRange {  // [from, to); an empty `to` is the end of the shard
  std::string from;
  std::string to;
};

class KeyWriter {
 public:
  explicit KeyWriter(Scope scope) : shard_(scope.shard) {}

  KeyWriter& text(std::string_view value);
  KeyWriter& bytes(std::string_view value);
  KeyWriter& u64(uint64_t value);
  KeyWriter& i64(int64_t value);
  KeyWriter& time(Timestamp value);
  // Ends the tuple inside a text: the range of it holds every tuple whose next element begins with these
  // characters.
  KeyWriter& text_prefix(std::string_view value);

  Key key() const { return {shard_, bytes_}; }
  const std::string& str() const { return bytes_; }
  Shard shard() const { return shard_; }
  KeyRange range() const;  // every key that begins with what was written

 private:
  Shard shard_;
  std::string bytes_;
};

// Reads the elements in the order they were written; anything else in the bytes is store::Corrupt.
class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : rest_(bytes) {}

  std::string text();
  std::string bytes();
  uint64_t u64();
  int64_t i64();
  Timestamp time();
  bool at_end() const { return rest_.empty(); }

 private:
  void take_tag(char tag);
  std::string take_escaped();
  uint64_t take_big_endian();
  std::string_view rest_;
};

KeyRange prefix_range(std::string_view prefix);
std::string key_after(std::string_view bytes);  // the smallest key above this one: where a page goes on

}  // namespace haneul::store
