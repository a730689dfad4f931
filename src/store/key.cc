#include "store/key.h"

#include <xxhash.h>

#include "store/errors.h"

namespace haneul::store {

namespace {

// On disk; the order of the values is the order of kinds within one position of a tuple.
constexpr char kTagText = 0x02;
constexpr char kTagBytes = 0x03;
constexpr char kTagUnsigned = 0x10;
constexpr char kTagSigned = 0x11;
constexpr char kTagTime = 0x12;

constexpr uint64_t kSignBit = uint64_t{1} << 63;

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    out += c;
    if (c == '\0') out += '\xff';
  }
}

void append_closed(std::string& out, char tag, std::string_view value) {
  out += tag;
  append_escaped(out, value);
  out += '\0';
  out += '\x01';
}

void append_number(std::string& out, char tag, uint64_t value) {
  out += tag;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

}  // namespace

Scope make_scope(const AccountId& account, const Region& region, std::string_view service,
                 std::string_view resource) {
  std::string parts;
  for (const std::string_view part :
       {std::string_view(account.str()), std::string_view(region.str()), service, resource}) {
    append_closed(parts, kTagText, part);
  }
  return {static_cast<Shard>(XXH3_64bits(parts.data(), parts.size()) % kShards)};
}

KeyWriter& KeyWriter::text(std::string_view value) {
  append_closed(bytes_, kTagText, value);
  return *this;
}

KeyWriter& KeyWriter::bytes(std::string_view value) {
  append_closed(bytes_, kTagBytes, value);
  return *this;
}

KeyWriter& KeyWriter::u64(uint64_t value) {
  append_number(bytes_, kTagUnsigned, value);
  return *this;
}

KeyWriter& KeyWriter::i64(int64_t value) {
  append_number(bytes_, kTagSigned, static_cast<uint64_t>(value) ^ kSignBit);
  return *this;
}

KeyWriter& KeyWriter::time(Timestamp value) {
  append_number(bytes_, kTagTime, static_cast<uint64_t>(value.time_since_epoch().count()) ^ kSignBit);
  return *this;
}

KeyWriter& KeyWriter::text_prefix(std::string_view value) {
  bytes_ += kTagText;
  append_escaped(bytes_, value);
  return *this;
}

KeyRange KeyWriter::range() const { return prefix_range(bytes_); }

void KeyReader::take_tag(char tag) {
  if (rest_.empty() || rest_.front() != tag)
    throw Corrupt("a stored key has another shape than its reader expects");
  rest_.remove_prefix(1);
}

std::string KeyReader::take_escaped() {
  std::string value;
  for (size_t i = 0; i < rest_.size(); ++i) {
    if (rest_[i] != '\0') {
      value += rest_[i];
      continue;
    }
    ++i;
    if (i >= rest_.size()) break;
    if (rest_[i] == '\x01') {
      rest_.remove_prefix(i + 1);
      return value;
    }
    if (rest_[i] != '\xff') break;
    value += '\0';
  }
  throw Corrupt("a stored key has a text without an end");
}

uint64_t KeyReader::take_big_endian() {
  if (rest_.size() < 8) throw Corrupt("a stored key ends inside a number");
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(rest_[i]);
  rest_.remove_prefix(8);
  return value;
}

std::string KeyReader::text() {
  take_tag(kTagText);
  return take_escaped();
}

std::string KeyReader::bytes() {
  take_tag(kTagBytes);
  return take_escaped();
}

uint64_t KeyReader::u64() {
  take_tag(kTagUnsigned);
  return take_big_endian();
}

int64_t KeyReader::i64() {
  take_tag(kTagSigned);
  return static_cast<int64_t>(take_big_endian() ^ kSignBit);
}

Timestamp KeyReader::time() {
  take_tag(kTagTime);
  return Timestamp(Milliseconds(static_cast<int64_t>(take_big_endian() ^ kSignBit)));
}

KeyRange prefix_range(std::string_view prefix) {
  std::string to(prefix);
  while (!to.empty() && to.back() == '\xff') to.pop_back();
  if (!to.empty()) ++to.back();
  return {std::string(prefix), std::move(to)};
}

std::string key_after(std::string_view bytes) {
  std::string next(bytes);
  next += '\0';
  return next;
}

}  // namespace haneul::store
