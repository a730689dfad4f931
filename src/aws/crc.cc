// The three CRCs of S3, reflected, all-ones in and out. Eight tables take eight bytes a step; CRC-32C uses
// the processor's instruction where there is one. Debian has no library for CRC-64/NVME nor for combining
// CRC-32C, so one template serves all three.
#include <array>
#include <cstring>
#include <type_traits>

#include "aws/digest.h"

namespace haneul::aws {
namespace {

template <class Word, Word kPolynomial>
struct Crc {
  using Table = std::array<std::array<Word, 256>, 8>;

  static constexpr Table make_table() {
    Table table{};
    for (unsigned i = 0; i < 256; ++i) {
      Word value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? (value >> 1) ^ kPolynomial : value >> 1;
      table[0][i] = value;
    }
    for (size_t k = 1; k < 8; ++k) {
      for (size_t i = 0; i < 256; ++i)
        table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
    }
    return table;
  }
  static constexpr Table kTable = make_table();

  static Word update(std::string_view data, Word crc) {
    crc = ~crc;
    const char* at = data.data();
    size_t left = data.size();
    for (; left >= 8; at += 8, left -= 8) {
      uint64_t word;
      std::memcpy(&word, at, 8);
      word ^= crc;
      crc = kTable[7][word & 0xff] ^ kTable[6][(word >> 8) & 0xff] ^ kTable[5][(word >> 16) & 0xff] ^
            kTable[4][(word >> 24) & 0xff] ^ kTable[3][(word >> 32) & 0xff] ^ kTable[2][(word >> 40) & 0xff] ^
            kTable[1][(word >> 48) & 0xff] ^ kTable[0][word >> 56];
    }
    for (; left > 0; ++at, --left)
      crc = (crc >> 8) ^ kTable[0][(crc ^ static_cast<unsigned char>(*at)) & 0xff];
    return ~crc;
  }

  // Polynomials over GF(2) modulo ours; the highest bit stands for x^0.
  static constexpr Word kOne = Word{1} << (sizeof(Word) * 8 - 1);

  static Word multiply(Word a, Word b) {
    Word product = 0;
    for (Word bit = kOne; bit != 0; bit >>= 1) {
      if (a & bit) product ^= b;
      b = (b & 1) ? (b >> 1) ^ kPolynomial : b >> 1;
    }
    return product;
  }

  // Appending n bytes multiplies by x^(8n).
  static Word combine(Word a, Word b, uint64_t length_of_b) {
    Word factor = kOne;
    Word square = kOne >> 8;  // x^8
    for (uint64_t n = length_of_b; n != 0; n >>= 1) {
      if (n & 1) factor = multiply(factor, square);
      square = multiply(square, square);
    }
    return multiply(factor, a) ^ b;
  }
};

using Crc32 = Crc<uint32_t, 0xEDB88320u>;
using Crc32c = Crc<uint32_t, 0x82F63B78u>;
using Crc64Nvme = Crc<uint64_t, 0x9A6C9329AC4BC9B5u>;

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_hardware(std::string_view data, uint32_t crc) {
  uint64_t value = ~crc;
  const char* at = data.data();
  size_t left = data.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    value = __builtin_ia32_crc32di(value, word);
  }
  uint32_t tail = static_cast<uint32_t>(value);
  for (; left > 0; ++at, --left) tail = __builtin_ia32_crc32qi(tail, static_cast<unsigned char>(*at));
  return ~tail;
}
#endif

template <class Word>
std::string big_endian(Word value) {
  std::string out(sizeof(Word), '\0');
  for (size_t i = sizeof(Word); i-- > 0; value >>= 8) out[i] = static_cast<char>(value & 0xff);
  return out;
}

}  // namespace

uint32_t crc32(std::string_view data, uint32_t crc) { return Crc32::update(data, crc); }

uint32_t crc32c(std::string_view data, uint32_t crc) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  if (has_instruction) return crc32c_hardware(data, crc);
#endif
  return Crc32c::update(data, crc);
}

uint64_t crc64nvme(std::string_view data, uint64_t crc) { return Crc64Nvme::update(data, crc); }

uint32_t crc32_combine(uint32_t a, uint32_t b, uint64_t length_of_b) {
  return Crc32::combine(a, b, length_of_b);
}
uint32_t crc32c_combine(uint32_t a, uint32_t b, uint64_t length_of_b) {
  return Crc32c::combine(a, b, length_of_b);
}
uint64_t crc64nvme_combine(uint64_t a, uint64_t b, uint64_t length_of_b) {
  return Crc64Nvme::combine(a, b, length_of_b);
}

std::string crc_bytes(uint32_t crc) { return big_endian(crc); }
std::string crc_bytes(uint64_t crc) { return big_endian(crc); }

}  // namespace haneul::aws
