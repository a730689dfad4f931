// RecordCursor: reads the bytes of a stored item (the format is told in record.cc) from the front, piece by
// piece, without copying. Whatever is not as it should be is store::Corrupt; no count or length can ask for
// more than the bytes hold. Thread rule: a plain value; its views live as long as the bytes.
#pragma once

#include <string_view>

#include "services/dynamodb/value/value.h"
#include "store/errors.h"

namespace haneul::dynamodb {

inline constexpr char kRecordVersion = 1;
inline constexpr int kRecordExponentBias = 512;

class RecordCursor {
 public:
  explicit RecordCursor(std::string_view bytes) : rest_(bytes) {
    if (byte() != kRecordVersion) corrupt();
  }

  bool at_end() const { return rest_.empty(); }
  void require_end() const {
    if (!at_end()) throw store::Corrupt("a row of a table has bytes behind its item");
  }

  size_t count() {
    if (!rest_.empty()) {
      const auto first = static_cast<unsigned char>(rest_[0]);
      if (first < 0x80 && first < rest_.size()) return rest_.remove_prefix(1), first;
    }
    const Number::Digits out = digits();
    if (out > rest_.size()) corrupt();
    return static_cast<size_t>(out);
  }
  std::string_view text() {
    const size_t size = count();
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  Number number() {
    const Number::Digits head = digits();
    if (head > 2048) corrupt();
    const auto sign_and_exponent = static_cast<int>(head);
    Number out;
    const bool normal = Number::from_parts((sign_and_exponent & 1) != 0 ? Sign::kNegative : Sign::kPositive,
                                           digits(), sign_and_exponent / 2 - kRecordExponentBias, out);
    if (!normal) corrupt();
    return out;
  }
  bool truth() {
    const char held = byte();
    if (held != 0 && held != 1) corrupt();
    return held == 1;
  }
  // The type of a value that stands in so many lists and maps, the item counted.
  ValueType type(size_t depth) {
    const auto held = static_cast<unsigned char>(byte());
    if (held >= kValueTypes || depth > kRecordDepthMax) corrupt();
    return static_cast<ValueType>(held);
  }

 private:
  static constexpr size_t kRecordDepthMax = 33;

  [[noreturn]] static void corrupt() { throw store::Corrupt("a row of a table is no item"); }
  char byte() {
    if (rest_.empty()) corrupt();
    const char out = rest_[0];
    rest_.remove_prefix(1);
    return out;
  }
  Number::Digits digits() {
    Number::Digits out = 0;
    for (int shift = 0; shift < 128; shift += 7) {
      const auto next = static_cast<unsigned char>(byte());
      out |= static_cast<Number::Digits>(next & 0x7F) << shift;
      if ((next & 0x80) == 0) return out;
    }
    corrupt();
  }

  std::string_view rest_;
};

}  // namespace haneul::dynamodb
