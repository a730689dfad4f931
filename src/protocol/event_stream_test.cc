// The framing of event streams against known bytes, and against what must be refused.
#include "protocol/event_stream.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace haneul::protocol {
namespace {

EventMessage all_kinds() {
  EventMessage message;
  message.headers = {{"yes", true},
                     {"no", false},
                     {"byte", int8_t{-5}},
                     {"short", int16_t{-300}},
                     {"integer", int32_t{40972}},
                     {"long", int64_t{-9'000'000'000}},
                     {"bytes", Blob{std::string("\0\1\2", 3)}},
                     {"text", std::string("application/json")},
                     {"time", Timestamp(Milliseconds(1'700'000'000'123))},
                     {"uuid", EventUuid{{1, 2, 3}}}};
  message.payload = "{'foo':'bar'}";
  return message;
}

// The framing is an agreement with other people's decoders: these are the bytes of the published test vectors
// "empty_message", "payload_no_headers" and "int32_header".
TEST(EventStream, EncodesPublishedVectors) {
  EXPECT_EQ(hex_encode(encode_event({})), "000000100000000005c248eb7d98c8ff");
  EXPECT_EQ(hex_encode(encode_event({{}, "{'foo':'bar'}"})),
            "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936");
  EXPECT_EQ(hex_encode(encode_event({{{"event-type", int32_t{40972}}}, "{'foo':'bar'}"})),
            "0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a0");
}

// Every kind of header survives the way out and back, and what follows a message is left alone.
TEST(EventStream, DecodesWhatItEncodes) {
  const std::string bytes = encode_event(all_kinds());
  const auto decoded = decode_event(bytes + "rest");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->consumed, bytes.size());
  EXPECT_TRUE(decoded->message == all_kinds());
  EXPECT_EQ(decoded->message.text("text"), "application/json");
  EXPECT_EQ(decoded->message.text("integer"), "");
}

// A reader gets a stream in pieces: an unfinished message is no error, at any place.
TEST(EventStream, WaitsForTheRest) {
  const std::string bytes = encode_event(all_kinds());
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(decode_event(bytes.substr(0, cut))) << cut;
}

// The checksums are there so that no flipped bit is taken for data.
TEST(EventStream, RefusesChangedBytes) {
  const std::string bytes = encode_event(all_kinds());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    EXPECT_THROW(decode_event(changed), EventStreamError) << at;
  }
}

// The three kinds of message that clients tell apart by their headers.
TEST(EventStream, NamesItsKinds) {
  const EventMessage event = make_event("PayloadChunk", "application/octet-stream", "x");
  EXPECT_EQ(event.text(":message-type"), "event");
  EXPECT_EQ(event.text(":event-type"), "PayloadChunk");
  EXPECT_EQ(event.text(":content-type"), "application/octet-stream");
  EXPECT_EQ(make_event_exception("E", "application/json", "{}").text(":exception-type"), "E");
  EXPECT_EQ(make_event_error("InternalError", "m").text(":error-message"), "m");
}

}  // namespace
}  // namespace haneul::protocol
