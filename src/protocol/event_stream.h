// Event streams: the framing of application/vnd.amazon.eventstream, in which services answer with a sequence
// of typed messages (Lambda InvokeWithResponseStream, Kinesis SubscribeToShard, S3 SelectObjectContent).
// https://smithy.io/2.0/aws/amazon-eventstream.html
//
//   total length (4) | headers length (4) | CRC32 of these 8 bytes | headers | payload | CRC32 of all before
//
// Numbers are big endian. Pure functions; thread rule: none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "base/parse_error.h"

namespace haneul::protocol {

inline constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";
inline constexpr size_t kEventHeadersBytesMax = size_t{128} * 1024;
inline constexpr size_t kEventPayloadBytesMax = size_t{16} * 1024 * 1024;

class EventStreamError : public ParseError {
 public:
  using ParseError::ParseError;
};

struct EventUuid {
  std::array<unsigned char, 16> bytes{};
  friend bool operator==(const EventUuid&, const EventUuid&) = default;
};

// The kinds of a header's value, in no particular order; times have milliseconds.
using EventValue =
    std::variant<bool, int8_t, int16_t, int32_t, int64_t, Blob, std::string, Timestamp, EventUuid>;

struct EventMessage {
  std::vector<std::pair<std::string, EventValue>> headers;
  std::string payload;

  std::string_view text(std::string_view header) const;  // of a string header; empty when there is none
  friend bool operator==(const EventMessage&, const EventMessage&) = default;
};

// A message of the stream's own kinds: an event, a modelled exception, and an error without a model.
EventMessage make_event(std::string_view type, std::string_view content_type, std::string payload);
EventMessage make_event_exception(std::string_view type, std::string_view content_type, std::string payload);
EventMessage make_event_error(std::string_view code, std::string_view message);

// The caller keeps within the limits above; what exceeds them ends the process.
std::string encode_event(const EventMessage& message);

struct DecodedEvent {
  EventMessage message;
  size_t consumed = 0;
};
// The first message of the bytes; nothing while it is not whole. Throws EventStreamError.
std::optional<DecodedEvent> decode_event(std::string_view bytes);

}  // namespace haneul::protocol
