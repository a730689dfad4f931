// The bytes of one message between server and launcher: integers little-endian and fixed, texts and lists
// with their length first. The reader is bounded and never trusts a length: a message that does not add up
// throws kInvalidSpec.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sandbox/spec.h"

namespace haneul::sandbox {

class WireWriter {
 public:
  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void put(T value) {
    auto bits = static_cast<uint64_t>(value);
    for (size_t i = 0; i < sizeof(T); ++i, bits >>= 8) bytes_.push_back(static_cast<char>(bits & 0xff));
  }
  void put(const std::string& text) {
    put(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  void put(const std::vector<std::string>& texts) {
    put(static_cast<uint32_t>(texts.size()));
    for (const std::string& text : texts) put(text);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void get(T& value) {
    const std::string_view part = take(sizeof(T));
    uint64_t bits = 0;
    for (size_t i = sizeof(T); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(part[i]);
    value = static_cast<T>(bits);
  }
  // One spelling for each value, so that what was decoded encodes to the same bytes.
  void get(bool& value) {
    uint8_t byte = 0;
    get(byte);
    if (byte > 1) malformed();
    value = byte == 1;
  }
  void get(std::string& text) {
    uint32_t size = 0;
    get(size);
    text = take(size);
  }
  void get(std::vector<std::string>& texts) {
    texts.resize(get_count(sizeof(uint32_t)));
    for (std::string& text : texts) get(text);
  }
  // A list's length, refused when the message is too short to hold that many entries.
  uint32_t get_count(size_t entry_bytes_min) {
    uint32_t count = 0;
    get(count);
    if (count > rest_.size() / entry_bytes_min) malformed();
    return count;
  }
  void expect_end() const {
    if (!rest_.empty()) malformed();
  }

 private:
  [[noreturn]] static void malformed() {
    throw SandboxError(SandboxError::Kind::kInvalidSpec, "malformed launcher message");
  }
  std::string_view take(size_t count) {
    if (count > rest_.size()) malformed();
    const std::string_view part = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return part;
  }
  std::string_view rest_;
};

}  // namespace haneul::sandbox
