// JSON through RapidJSON's iterative SAX reader, so that depth costs heap and not stack, and its writer.
#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

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
    keys_.emplace_back(text, size);
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    merge_repeated_keys(open_.back().as_object());
    return end();
  }
  bool StartArray() { return begin(Document::array()); }
  bool EndArray(rapidjson::SizeType) { return end(); }

  bool too_deep() const { return too_deep_; }
  Document take() { return std::move(root_); }

 private:
  bool begin(Document container) {
    too_deep_ = open_.size() >= static_cast<size_t>(kDepthMax);
    if (!too_deep_) open_.push_back(std::move(container));
    return !too_deep_;
  }

  bool end() {
    Document finished = std::move(open_.back());
    open_.pop_back();
    return add(std::move(finished));
  }

  bool add(Document value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_array()) {
      open_.back().as_array().push_back(std::move(value));
    } else {
      open_.back().as_object().emplace_back(std::move(keys_.back()), std::move(value));
      keys_.pop_back();
    }
    return true;
  }

  Document root_;
  std::vector<Document> open_;
  std::vector<std::string> keys_;  // of the open members, innermost last
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

template <class Writer>
void write_seconds(Writer& writer, Timestamp at) {
  const int64_t millis = at.time_since_epoch().count();
  const uint64_t magnitude = millis < 0 ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
  std::string text = fmt::format("{}{}", millis < 0 ? "-" : "", magnitude / 1000);
  if (magnitude % 1000 != 0) {
    text += fmt::format(".{:03}", magnitude % 1000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  writer.RawValue(text.data(), text.size(), rapidjson::kNumberType);
}

template <class Writer>
void write_string(Writer& writer, std::string_view text) {
  if (is_valid_utf8(text)) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  } else {
    const std::string repaired = to_valid_utf8(text);
    writer.String(repaired.data(), static_cast<rapidjson::SizeType>(repaired.size()));
  }
}

template <class Writer>
void write_value(Writer& writer, const Document& value) {
  switch (value.kind()) {
    case Document::Kind::kNull: writer.Null(); return;
    case Document::Kind::kBool: writer.Bool(value.as_bool()); return;
    case Document::Kind::kInt: writer.Int64(value.as_int()); return;
    case Document::Kind::kDouble: write_double(writer, value.as_double()); return;
    case Document::Kind::kString: write_string(writer, value.as_string()); return;
    case Document::Kind::kBlob: write_string(writer, base64_encode(value.as_blob())); return;
    case Document::Kind::kTimestamp: write_seconds(writer, value.as_timestamp()); return;
    case Document::Kind::kArray:
      writer.StartArray();
      for (const Document& element : value.as_array()) write_value(writer, element);
      writer.EndArray();
      return;
    case Document::Kind::kObject:
      writer.StartObject();
      for (const auto& [key, member] : value.as_object()) {
        write_string(writer, key);
        write_value(writer, member);
      }
      writer.EndObject();
      return;
  }
}

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
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  write_value(writer, value);
  return {out.GetString(), out.GetSize()};
}

std::string write_json_pretty(const Document& value) {
  rapidjson::StringBuffer out;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(out);
  write_value(writer, value);
  return {out.GetString(), out.GetSize()};
}

}  // namespace haneul
