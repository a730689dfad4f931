#include "services/dynamodb/value/record.h"

#include "services/dynamodb/value/record_cursor.h"

namespace haneul::dynamodb {
namespace {

// Item = version, Entries. Entries = count, then name and Value of each. Value = type byte, then by type:
// text or bytes = length and bytes; number = sign and exponent, digits; set = count and elements; map =
// Entries; list = count and Values; null = nothing; bool = 0 or 1. Counts, lengths and digits are LEB128.
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
    number(static_cast<unsigned>(held.exponent() + kRecordExponentBias) * 2 + (held.is_negative() ? 1 : 0));
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

  std::string out_{kRecordVersion};

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
  explicit Decoder(RecordCursor& in) : in_(in) {}

  Attributes entries(size_t depth) {
    Attributes::Entries out(in_.count());
    for (auto& [name, held] : out) {
      name = in_.text();
      held = value(depth);
    }
    return Attributes::of(std::move(out));
  }

 private:
  std::string text() { return std::string(in_.text()); }
  std::vector<std::string> texts() {
    std::vector<std::string> out(in_.count());
    for (std::string& item : out) item = in_.text();
    return out;
  }
  NumberSet numbers() {
    NumberSet out{std::vector<Number>(in_.count())};
    for (Number& item : out.items) item = in_.number();
    return out;
  }
  List list(size_t depth) {
    List out(in_.count());
    for (Value& item : out) item = value(depth);
    return out;
  }

  Value value(size_t depth) {
    switch (in_.type(depth)) {
      case ValueType::kString: return text();
      case ValueType::kNumber: return in_.number();
      case ValueType::kBinary: return Binary{text()};
      case ValueType::kStringSet: return StringSet{texts()};
      case ValueType::kNumberSet: return numbers();
      case ValueType::kBinarySet: return BinarySet{texts()};
      case ValueType::kMap: return entries(depth + 1);
      case ValueType::kList: return list(depth + 1);
      case ValueType::kNull: return Null{};
      case ValueType::kBool: return Value(in_.truth());
    }
    return Null{};
  }

  RecordCursor& in_;
};

}  // namespace

std::string encode_item(const Attributes& item) {
  Encoder encoder;
  encoder.entries(item);
  return std::move(encoder.out_);
}

Attributes decode_item(std::string_view bytes) {
  RecordCursor in(bytes);
  Attributes out = Decoder(in).entries(1);
  in.require_end();
  return out;
}

}  // namespace haneul::dynamodb
