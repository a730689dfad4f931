// The dice are an argument. SystemRandom draws from the operating system (keys, ids); SeededRandom replays a
// test. Thread rule: both may be called from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace haneul {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<char> out) = 0;

  uint64_t next();                 // 64 uniform bits
  uint64_t below(uint64_t bound);  // uniform in [0, bound); bound > 0
  std::string bytes(size_t count);
  std::string text(size_t count, std::string_view alphabet);  // alphabet of 1 to 256 characters
  std::string hex(size_t digits);
  std::string uuid();  // version 4, lower case, with dashes
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<char> out) override;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  void fill(std::span<char> out) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace haneul
