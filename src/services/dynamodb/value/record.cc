#include "services/dynamodb/value/record.h"

#include "services/dynamodb/value/wire.h"
#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

// Item = version, Entries. Entries = count, then name and Value of each. Value = type byte, then by type:
// text or bytes = length and bytes; number = sign and exponent, digits; set = count and elements; map =
// Entries; list = count and Values; null = nothing; bool = 0 or 1. Counts, lengths and digits are LEB128.
constexpr char kVersion = 1;

class Encoder {
 public:
  void entries(const Attributes& map) {
    number(map.count());
    for (const auto& [name, held] : map) {
      text(name);
      value(held);
    }
  }
  void value(const Value& held) {
    out_.push_back(static_cast<char>(held.type()));
    held.visit(*this);
  }

  void operator()(const std::string& held) { text(held); }
  void operator()(const Binary& held) { text(held.bytes); }
  void operator()(const Number& held) {
    number(static_cast<unsigned>(held.exponent() + kExponentBias) * 2 + (held.is_negative() ? 1 : 0));
    number(held.digits());
  }
  void operator()(const StringSet& held) { texts(held.items); }
  void operator()(const BinarySet& held) { texts(held.items); }
  void operator()(const NumberSet& held) {
    number(held.items.size());
    for (const Number& item : held.items) (*this)(item);
  }
  void operator()(const Attributes& held) { entries(held); }
  void operator()(const List& held) {
    number(held.size());
    for (const Value& item : held) value(item);
  }
  void operator()(Null) {}
  void operator()(bool held) { out_.push_back(held ? 1 : 0); }

  static constexpr int kExponentBias = 512;
  std::string out_{kVersion};

 private:
  void number(Number::Digits rest) {
    for (; rest >= 0x80; rest >>= 7) out_.push_back(static_cast<char>(static_cast<int>(rest & 0x7F) | 0x80));
    out_.push_back(static_cast<char>(rest));
  }
  void text(std::string_view held) {
    number(held.size());
    out_.append(held);
  }
  void texts(const std::vector<std::string>& items) {
    number(items.size());
    for (const std::string& item : items) text(item);
  }
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  Attributes entries(size_t depth) {
    Attributes::Entries out(count());
    for (auto& [name, held] : out) {
      name = text();
      held = value(depth);
    }
    return Attributes::of(std::move(out));
  }

  char byte() {
    require(1);
    const char out = rest_[0];
    rest_.remove_prefix(1);
    return out;
  }

 private:
  [[noreturn]] static void corrupt() { throw store::Corrupt("a row of a table is no item"); }
  void require(size_t bytes) const {
    if (rest_.size() < bytes) corrupt();
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
  size_t length() {  // never more than there is: no count can ask for memory that the bytes do not carry
    const Number::Digits out = digits();
    if (out > rest_.size()) corrupt();
    return static_cast<size_t>(out);
  }
  size_t count() { return length(); }

  std::string text() {
    const size_t size = length();
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return out;
  }
  Number number() {
    const Number::Digits head = digits();
    if (head > 2048) corrupt();
    const auto sign_and_exponent = static_cast<int>(head);
    Number out;
    const bool normal = Number::from_parts((sign_and_exponent & 1) != 0 ? Sign::kNegative : Sign::kPositive,
                                           digits(), sign_and_exponent / 2 - Encoder::kExponentBias, out);
    if (!normal) corrupt();
    return out;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out(count());
    for (std::string& item : out) item = text();
    return out;
  }
  NumberSet numbers() {
    NumberSet out{std::vector<Number>(count())};
    for (Number& item : out.items) item = number();
    return out;
  }
  List list(size_t depth) {
    List out(count());
    for (Value& item : out) item = value(depth);
    return out;
  }

  Value value(size_t depth) {
    if (depth > kDepthMax + 1) corrupt();
    switch (static_cast<ValueType>(byte())) {
      case ValueType::kString: return text();
      case ValueType::kNumber: return number();
      case ValueType::kBinary: return Binary{text()};
      case ValueType::kStringSet: return StringSet{texts()};
      case ValueType::kNumberSet: return numbers();
      case ValueType::kBinarySet: return BinarySet{texts()};
      case ValueType::kMap: return entries(depth + 1);
      case ValueType::kList: return list(depth + 1);
      case ValueType::kNull: return Null{};
      case ValueType::kBool: return truth();
    }
    corrupt();
  }
  Value truth() {
    const char held = byte();
    if (held != 0 && held != 1) corrupt();
    return Value(held == 1);
  }

  std::string_view rest_;
};

}  // namespace

std::string encode_item(const Attributes& item) {
  Encoder encoder;
  encoder.entries(item);
  return std::move(encoder.out_);
}

Attributes decode_item(std::string_view bytes) {
  Decoder decoder(bytes);
  if (bytes.empty() || decoder.byte() != kVersion) throw store::Corrupt("a row of a table is no item");
  Attributes out = decoder.entries(1);
  if (!decoder.at_end()) throw store::Corrupt("a row of a table has bytes behind its item");
  return out;
}

}  // namespace haneul::dynamodb
