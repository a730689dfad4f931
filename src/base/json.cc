// JSON through RapidJSON's iterative SAX reader, so that depth costs heap and not stack, and its writer.
#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/document_builder.h"
#include "base/text.h"
#include "base/unique_keys.h"

namespace haneul {
namespace {

// Collects SAX events into a Document. Returning false stops the reader; only depth does.
class Builder {
 public:
  using Ch = char;

  bool Null() { return add(Document()); }
  bool Bool(bool value) { return add(Document(value)); }
  bool Int(int value) { return add(Document(value)); }
  bool Uint(unsigned value) { return add(Document(static_cast<int64_t>(value))); }
  bool Int64(int64_t value) { return add(Document(value)); }
  bool Uint64(uint64_t value) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return add(Document(static_cast<double>(value)));
    }
    return add(Document(static_cast<int64_t>(value)));
  }
  bool Double(double value) { return add(Document(value)); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return add(Document(std::string(text, size)));
  }
  bool StartObject() { return begin(Document::object()); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    builder_.key(std::string(text, size));
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    merge_repeated_keys(builder_.innermost().as_object());
    return end();
  }
  bool StartArray() { return begin(Document::array()); }
  bool EndArray(rapidjson::SizeType) { return end(); }

  bool too_deep() const { return too_deep_; }
  Document take() { return builder_.take(); }

 private:
  bool begin(Document container) {
    too_deep_ = builder_.depth() >= static_cast<size_t>(kDepthMax);
    if (!too_deep_) builder_.open(std::move(container));
    return !too_deep_;
  }

  bool end() {
    builder_.close();
    return true;
  }

  bool add(Document value) {
    builder_.add(std::move(value));
    return true;
  }

  DocumentBuilder builder_;
  bool too_deep_ = false;
};

template <class Writer>
void write_double(Writer& writer, double value) {
  if (std::isnan(value)) {
    writer.String("NaN");
  } else if (std::isinf(value)) {
    writer.String(value > 0 ? "Infinity" : "-Infinity");
  } else {
    writer.Double(value);
  }
}

std::string seconds_text(Timestamp at) {
  const int64_t millis = at.time_since_epoch().count();
  const uint64_t magnitude = millis < 0 ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
  std::string text = fmt::format("{}{}", millis < 0 ? "-" : "", magnitude / 1000);
  if (magnitude % 1000 != 0) {
    text += fmt::format(".{:03}", magnitude % 1000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

// The same text, or what repairs it, in `repaired`.
std::string_view valid_text(std::string_view text, std::string& repaired) {
  if (is_valid_utf8(text)) return text;
  repaired = to_valid_utf8(text);
  return repaired;
}

class PrettySink final : public ByteSink {
 public:
  void null() override { writer_.Null(); }
  void truth(bool value) override { writer_.Bool(value); }
  void integer(int64_t value) override { writer_.Int64(value); }
  void number(double value) override { write_double(writer_, value); }
  void text(std::string_view value) override {
    std::string repaired;
    value = valid_text(value, repaired);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void blob(std::string_view bytes) override { text(base64_encode(bytes)); }
  void time(Timestamp at) override {
    const std::string text = seconds_text(at);
    writer_.RawValue(text.data(), text.size(), rapidjson::kNumberType);
  }
  void begin_array(size_t) override { writer_.StartArray(); }
  void end_array() override { writer_.EndArray(); }
  void begin_object(size_t) override { writer_.StartObject(); }
  void key(std::string_view name) override { text(name); }
  void end_object() override { writer_.EndObject(); }
  std::string take() override { return {out_.GetString(), out_.GetSize()}; }

 private:
  rapidjson::StringBuffer out_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_{out_};
};

// Answers are mostly text, and RapidJSON's writer looks at each byte of it and at its own state for each
// value; this one takes runs that need no escape as they are. Doubles stay with RapidJSON.
class PlainSink final : public ByteSink {
 public:
  PlainSink() { out_.reserve(kFirstBytes); }
  void null() override { literal("null"); }
  void truth(bool value) override { literal(value ? "true" : "false"); }
  void integer(int64_t value) override {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    literal({digits.data(), static_cast<size_t>(end - digits.data())});
  }
  void number(double value) override {
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    write_double(writer, value);
    literal({text.GetString(), text.GetSize()});
  }
  void text(std::string_view value) override {
    separate();
    quote(value);
    needs_comma_ = true;
  }
  void blob(std::string_view bytes) override { text(base64_encode(bytes)); }
  void time(Timestamp at) override { literal(seconds_text(at)); }
  void begin_array(size_t) override { begin('['); }
  void end_array() override { end(']'); }
  void begin_object(size_t) override { begin('{'); }
  void key(std::string_view name) override {
    separate();
    quote(name);
    out_ += ':';
    needs_comma_ = false;
  }
  void end_object() override { end('}'); }
  std::string take() override { return std::move(out_); }

 private:
  static constexpr size_t kFirstBytes = 256;

  void separate() {
    if (needs_comma_) out_ += ',';
  }
  void literal(std::string_view text) {
    separate();
    out_ += text;
    needs_comma_ = true;
  }
  void begin(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
  }
  void end(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
  }

  // How many bytes from the front stand for themselves in a JSON string.
  static size_t plain_length(std::string_view text) {
    constexpr uint64_t kOnes = 0x0101010101010101U;
    constexpr uint64_t kHighBits = 0x80 * kOnes;
    const auto has_zero = [](uint64_t eight) { return (eight - kOnes) & ~eight & kHighBits; };
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= text.size(); at += sizeof(uint64_t)) {
      uint64_t eight = 0;
      std::memcpy(&eight, text.data() + at, sizeof eight);
      const uint64_t control = (eight - 0x20 * kOnes) & ~eight & kHighBits;
      if ((control | has_zero(eight ^ ('"' * kOnes)) | has_zero(eight ^ ('\\' * kOnes))) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20 && text[at] != '"' &&
           text[at] != '\\') {
      ++at;
    }
    return at;
  }

  void quote(std::string_view value) {
    std::string repaired;
    value = valid_text(value, repaired);
    out_ += '"';
    for (;;) {
      const size_t plain = plain_length(value);
      out_.append(value.data(), plain);
      if (plain == value.size()) break;
      escape(value[plain]);
      value.remove_prefix(plain + 1);
    }
    out_ += '"';
  }

  void escape(char c) {
    constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    if (const size_t found = kShort.find(c); found != std::string_view::npos) {
      out_ += '\\';
      out_ += kLetters[found];
    } else {
      fmt::format_to(std::back_inserter(out_), "\\u{:04X}", static_cast<unsigned char>(c));
    }
  }

  std::string out_;
  bool needs_comma_ = false;
};

[[noreturn]] void fail(std::string_view text, size_t offset, const std::string& message) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const TextPosition position{
      .line = static_cast<size_t>(std::ranges::count(before, '\n')) + 1,
      .column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline};
  throw ParseError(fmt::format("{} (offset {})", message, offset), position);
}

}  // namespace

Document parse_json(std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag;
  rapidjson::MemoryStream in(text.data(), text.size());
  rapidjson::Reader reader;
  Builder builder;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(in, builder);
  if (builder.too_deep()) {
    fail(text, result.Offset(), fmt::format("JSON is nested deeper than {} levels", kDepthMax));
  }
  if (result.IsError()) fail(text, result.Offset(), rapidjson::GetParseError_En(result.Code()));
  // The reader takes a zero byte for the end of its input.
  if (in.Tell() != text.size()) {
    fail(text, in.Tell(), "The document root must not be followed by other values.");
  }
  return builder.take();
}

std::string write_json(const Document& value) {
  PlainSink sink;
  write_to(value, sink);
  return sink.take();
}

std::string write_json_pretty(const Document& value) {
  PrettySink sink;
  write_to(value, sink);
  return sink.take();
}

std::unique_ptr<ByteSink> json_sink() { return std::make_unique<PlainSink>(); }

}  // namespace haneul
