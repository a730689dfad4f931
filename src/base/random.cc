#include "base/random.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>

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
  HANEUL_CHECK(!alphabet.empty() && alphabet.size() <= 256, "a byte chooses from the alphabet");
  // Bytes past the last whole multiple of the alphabet are drawn again, as in below(). Drawn in bulk: the
  // system's source costs the same for one byte as for a hundred.
  const size_t limit = 256 - 256 % alphabet.size();
  std::array<char, 64> drawn;
  std::string out;
  out.reserve(count);
  while (out.size() < count) {
    const std::span<char> some(drawn.data(), std::min(drawn.size(), count - out.size()));
    fill(some);
    for (const char each : some) {
      const auto byte = static_cast<unsigned char>(each);
      if (byte < limit) out += alphabet[byte % alphabet.size()];
    }
  }
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

namespace {

void draw(std::span<char> out) {
  const int ok = RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  HANEUL_CHECK(ok == 1, "the system has no randomness to give");
}

// Bytes drawn ahead for one thread: a draw costs more than a microsecond, however few bytes it gives. They
// stand in a page that a forked process finds zeroed, so no two processes hand out the same; what was handed
// out is forgotten.
class DrawnAhead {
 public:
  DrawnAhead() {
    void* page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (::madvise(page, sizeof(Page), MADV_WIPEONFORK) == 0) {
      page_ = static_cast<Page*>(page);
    } else {
      ::munmap(page, sizeof(Page));
    }
  }
  ~DrawnAhead() {
    if (page_ != nullptr) ::munmap(page_, sizeof(Page));
  }
  DrawnAhead(const DrawnAhead&) = delete;
  DrawnAhead& operator=(const DrawnAhead&) = delete;

  void fill(std::span<char> out) {
    if (page_ == nullptr || out.size() > sizeof(Page::bytes) / 8) return draw(out);
    if (page_->left < out.size()) {
      draw(page_->bytes);
      page_->left = sizeof(Page::bytes);
    }
    page_->left -= out.size();
    char* const from = page_->bytes + page_->left;
    std::memcpy(out.data(), from, out.size());
    OPENSSL_cleanse(from, out.size());
  }

 private:
  struct Page {
    size_t left;  // zero in a fresh page, and in one that was wiped
    char bytes[4096 - sizeof(size_t)];
  };
  Page* page_ = nullptr;
};

}  // namespace

void SystemRandom::fill(std::span<char> out) {
  thread_local DrawnAhead ahead;
  ahead.fill(out);
}

void SeededRandom::fill(std::span<char> out) {
  const std::lock_guard lock(mutex_);
  for (size_t at = 0; at < out.size(); at += 8) {
    const uint64_t value = engine_();
    std::memcpy(out.data() + at, &value, std::min<size_t>(8, out.size() - at));
  }
}

}  // namespace haneul
