// Numbers as eight bytes, the highest first: so their bytes are in the order of the numbers. Thread rule:
// pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace haneul {

inline constexpr size_t kBigEndianBytes = 8;

inline void append_big_endian(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

inline std::string big_endian(uint64_t value) {
  std::string out;
  append_big_endian(out, value);
  return out;
}

// Of the eight bytes at this place, which must be there.
inline uint64_t big_endian_at(std::string_view bytes, size_t at = 0) {
  uint64_t out = 0;
  for (const char byte : bytes.substr(at, kBigEndianBytes)) out = out << 8 | static_cast<unsigned char>(byte);
  return out;
}

}  // namespace haneul
