#include "protocol/event_stream.h"

#include <concepts>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/check.h"

namespace haneul::protocol {

namespace {

constexpr size_t kPreludeBytes = 12;
constexpr size_t kFrameBytes = kPreludeBytes + 4;
constexpr size_t kHeaderNameBytesMax = 255;
constexpr size_t kHeaderValueBytesMax = 0x7fff;

enum Tag : unsigned char {
  kTrue = 0,
  kFalse = 1,
  kByte = 2,
  kShort = 3,
  kInteger = 4,
  kLong = 5,
  kBytes = 6,
  kText = 7,
  kTime = 8,
  kUuid = 9
};

template <std::integral T>
void put(std::string& out, T value) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (size_t i = sizeof(T); i-- > 0;) out += static_cast<char>((bits >> (8 * i)) & 0xff);
}

class ValueWriter {
 public:
  explicit ValueWriter(std::string& out) : out_(out) {}
  void operator()(bool value) { tag(value ? kTrue : kFalse); }
  void operator()(int8_t value) { number(kByte, value); }
  void operator()(int16_t value) { number(kShort, value); }
  void operator()(int32_t value) { number(kInteger, value); }
  void operator()(int64_t value) { number(kLong, value); }
  void operator()(const Blob& value) { bytes(kBytes, value.bytes); }
  void operator()(const std::string& value) { bytes(kText, value); }
  void operator()(Timestamp value) { number(kTime, int64_t{value.time_since_epoch().count()}); }
  void operator()(const EventUuid& value) {
    tag(kUuid);
    out_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
  }

 private:
  void tag(Tag value) { out_ += static_cast<char>(value); }
  template <std::integral T>
  void number(Tag kind, T value) {
    tag(kind);
    put(out_, value);
  }
  void bytes(Tag kind, std::string_view value) {
    HANEUL_CHECK(value.size() <= kHeaderValueBytesMax, "a header of an event is short");
    tag(kind);
    put(out_, static_cast<uint16_t>(value.size()));
    out_ += value;
  }
  std::string& out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool empty() const { return left_.empty(); }

  std::string_view take(size_t count) {
    if (count > left_.size()) throw EventStreamError("a header of the event is cut off");
    const std::string_view out = left_.substr(0, count);
    left_.remove_prefix(count);
    return out;
  }
  template <std::integral T>
  T number() {
    std::make_unsigned_t<T> bits = 0;
    for (const char c : take(sizeof(T))) {
      bits = static_cast<std::make_unsigned_t<T>>((uint64_t{bits} << 8) | static_cast<unsigned char>(c));
    }
    return static_cast<T>(bits);
  }
  std::string text() { return std::string(take(number<uint16_t>())); }

  EventValue value() {
    switch (number<uint8_t>()) {
      case kTrue: return true;
      case kFalse: return false;
      case kByte: return number<int8_t>();
      case kShort: return number<int16_t>();
      case kInteger: return number<int32_t>();
      case kLong: return number<int64_t>();
      case kBytes: return Blob{text()};
      case kText: return text();
      case kTime: return Timestamp(Milliseconds(number<int64_t>()));
      case kUuid: {
        EventUuid out;
        const std::string_view bytes = take(out.bytes.size());
        std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
        return out;
      }
      default: throw EventStreamError("a header of the event has an unknown type");
    }
  }

 private:
  std::string_view left_;
};

EventMessage typed(std::string_view kind, std::string_view type_header, std::string_view type) {
  EventMessage message;
  message.headers.emplace_back(":message-type", std::string(kind));
  message.headers.emplace_back(type_header, std::string(type));
  return message;
}

}  // namespace

std::string_view EventMessage::text(std::string_view header) const {
  for (const auto& [name, value] : headers) {
    const auto* found = std::get_if<std::string>(&value);
    if (name == header && found != nullptr) return *found;
  }
  return {};
}

EventMessage make_event(std::string_view type, std::string_view content_type, std::string payload) {
  EventMessage message = typed("event", ":event-type", type);
  if (!content_type.empty()) message.headers.emplace_back(":content-type", std::string(content_type));
  message.payload = std::move(payload);
  return message;
}

EventMessage make_event_exception(std::string_view type, std::string_view content_type, std::string payload) {
  EventMessage message = typed("exception", ":exception-type", type);
  message.headers.emplace_back(":content-type", std::string(content_type));
  message.payload = std::move(payload);
  return message;
}

EventMessage make_event_error(std::string_view code, std::string_view text) {
  EventMessage message = typed("error", ":error-code", code);
  message.headers.emplace_back(":error-message", std::string(text.substr(0, kHeaderValueBytesMax)));
  return message;
}

std::string encode_event(const EventMessage& message) {
  std::string headers;
  for (const auto& [name, value] : message.headers) {
    HANEUL_CHECK(!name.empty() && name.size() <= kHeaderNameBytesMax, "the name of an event's header fits");
    headers += static_cast<char>(name.size());
    headers += name;
    std::visit(ValueWriter(headers), value);
  }
  HANEUL_CHECK(headers.size() <= kEventHeadersBytesMax, "the headers of an event fit");
  HANEUL_CHECK(message.payload.size() <= kEventPayloadBytesMax, "the payload of an event fits");
  std::string out;
  out.reserve(kFrameBytes + headers.size() + message.payload.size());
  put(out, static_cast<uint32_t>(kFrameBytes + headers.size() + message.payload.size()));
  put(out, static_cast<uint32_t>(headers.size()));
  put(out, aws::crc32(out));
  out += headers;
  out += message.payload;
  put(out, aws::crc32(out));
  return out;
}

std::optional<DecodedEvent> decode_event(std::string_view bytes) {
  if (bytes.size() < kPreludeBytes) return std::nullopt;
  Reader prelude(bytes.substr(0, kPreludeBytes));
  const size_t total = prelude.number<uint32_t>();
  const size_t headers = prelude.number<uint32_t>();
  if (prelude.number<uint32_t>() != aws::crc32(bytes.substr(0, kPreludeBytes - 4)))
    throw EventStreamError("the checksum of the event's prelude does not match");
  if (headers > kEventHeadersBytesMax || total < kFrameBytes + headers ||
      total > kFrameBytes + headers + kEventPayloadBytesMax) {
    throw EventStreamError(fmt::format("an event of {} bytes with {} bytes of headers", total, headers));
  }
  if (bytes.size() < total) return std::nullopt;
  const std::string_view frame = bytes.substr(0, total);
  if (Reader(frame.substr(total - 4)).number<uint32_t>() != aws::crc32(frame.substr(0, total - 4)))
    throw EventStreamError("the checksum of the event does not match");
  DecodedEvent out;
  out.consumed = total;
  Reader reader(frame.substr(kPreludeBytes, headers));
  while (!reader.empty()) {
    const size_t length = reader.number<uint8_t>();
    if (length == 0) throw EventStreamError("a header of the event has no name");
    std::string name(reader.take(length));
    out.message.headers.emplace_back(std::move(name), reader.value());
  }
  out.message.payload = std::string(frame.substr(kPreludeBytes + headers, total - kFrameBytes - headers));
  return out;
}

}  // namespace haneul::protocol
