#include "base/random.h"

#include <cstring>

#include <openssl/rand.h>

#include "base/check.h"

namespace haneul {

uint64_t Random::next() {
  uint64_t value = 0;
  fill({reinterpret_cast<char*>(&value), sizeof value});
  return value;
}

uint64_t Random::below(uint64_t bound) {
  HANEUL_CHECK(bound > 0, "an empty range has no member");
  // Rejection keeps the draw uniform: values past the last whole multiple of bound are drawn again.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const uint64_t value = next();
    if (value < limit) return value % bound;
  }
}

std::string Random::bytes(size_t count) {
  std::string out(count, '\0');
  fill(out);
  return out;
}

std::string Random::text(size_t count, std::string_view alphabet) {
  std::string out(count, '\0');
  for (char& c : out) c = alphabet[below(alphabet.size())];
  return out;
}

std::string Random::hex(size_t digits) { return text(digits, "0123456789abcdef"); }

std::string Random::uuid() {
  std::string out = hex(36);
  for (size_t dash : {8, 13, 18, 23}) out[dash] = '-';
  out[14] = '4';
  out[19] = "89ab"[below(4)];
  return out;
}

void SystemRandom::fill(std::span<char> out) {
  const int ok = RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  HANEUL_CHECK(ok == 1, "the system has no randomness to give");
}

void SeededRandom::fill(std::span<char> out) {
  const std::lock_guard lock(mutex_);
  for (size_t at = 0; at < out.size(); at += 8) {
    const uint64_t value = engine_();
    std::memcpy(out.data() + at, &value, std::min<size_t>(8, out.size() - at));
  }
}

}  // namespace haneul
