#include "base/text.h"

#include <gtest/gtest.h>

namespace haneul {
namespace {

// Digests and signatures travel as hex; an odd or foreign digit must not read as something else.
TEST(Text, HexRoundTrip) {
  EXPECT_EQ(hex_encode(std::string_view("\x00\xffz", 3)), "00ff7a");
  EXPECT_EQ(hex_decode("00FF7a"), std::string("\x00\xffz", 3));
  EXPECT_EQ(hex_decode("abc"), std::nullopt);
  EXPECT_EQ(hex_decode("zz"), std::nullopt);
}

// OpenSSL's decoder is lenient; blanks, missing and misplaced padding must be refused before it sees them.
TEST(Text, Base64IsStrict) {
  for (const std::string_view text : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  }
  EXPECT_EQ(base64_encode("ab"), "YWI=");
  for (const std::string_view bad : {"YWI", "YW I=", "YWI=\n", "Y=I=", "====", "YWI=YWI=", "YW-_", "=YWI"}) {
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
  }
}

// SigV4 canonical forms depend on exactly this set of unreserved characters.
TEST(Text, PercentEncoding) {
  EXPECT_EQ(uri_encode("a b/\xE2\x82\xAC~"), "a%20b%2F%E2%82%AC~");
  EXPECT_EQ(uri_encode("a/b", Slash::kKeep), "a/b");
  EXPECT_EQ(uri_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(uri_decode("a+b", Plus::kBlank), "a b");
  EXPECT_EQ(uri_decode("%"), std::nullopt);
  EXPECT_EQ(uri_decode("%2"), std::nullopt);
  EXPECT_EQ(uri_decode("%zz"), std::nullopt);
}

// Overlong forms and surrogates are how bad UTF-8 slips through naive checks.
TEST(Text, Utf8) {
  EXPECT_TRUE(is_valid_utf8("h\xC3\xA9 \xED\x95\x98 \xF0\x9F\x98\x80"));
  for (const std::string_view bad :
       {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
  EXPECT_EQ(to_valid_utf8("a\xFF"
                          "b"),
            "a\xEF\xBF\xBD"
            "b");
}

// Limits and indexes are parsed with this; trailing text or overflow must not pass as a number.
TEST(Text, ParseIntTakesTheWholeText) {
  EXPECT_EQ(parse_int("-42"), -42);
  for (const std::string_view bad : {"", "-", "1x", " 1", "+1", "9223372036854775808"}) {
    EXPECT_EQ(parse_int(bad), std::nullopt) << bad;
  }
}

// Small helpers that headers and lists are read with.
TEST(Text, SplitJoinTrimCase) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(join({"a", "b"}, "; "), "a; b");
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(to_lower("AbZ\xC3"), "abz\xC3");
  EXPECT_EQ(to_upper("abz1"), "ABZ1");
  EXPECT_TRUE(equals_ignore_case("Content-Type", "content-type"));
  EXPECT_FALSE(equals_ignore_case("a", "ab"));
}

constexpr Timestamp kMoment{Milliseconds(1'440'938'160'123)};  // 2015-08-30T12:36:00.123Z

// Every protocol writes times with one of these; a wrong day name or padding breaks signatures and clients.
TEST(Text, FormatsTimes) {
  const auto second = std::chrono::floor<Seconds>(kMoment);
  EXPECT_EQ(format_iso8601(second), "2015-08-30T12:36:00Z");
  EXPECT_EQ(format_iso8601(kMoment), "2015-08-30T12:36:00.123Z");
  EXPECT_EQ(format_iso8601_millis(second), "2015-08-30T12:36:00.000Z");
  EXPECT_EQ(format_basic(kMoment), "20150830T123600Z");
  EXPECT_EQ(format_http_date(kMoment), "Sun, 30 Aug 2015 12:36:00 GMT");
  EXPECT_EQ(format_iso8601(Timestamp(Milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_iso8601(Timestamp::max()), "9999-12-31T23:59:59.999Z");
}

// Clients send fractions and offsets; broken calendars must not roll over into other days.
TEST(Text, ParsesTimes) {
  EXPECT_EQ(parse_iso8601("2015-08-30T12:36:00.123Z"), kMoment);
  EXPECT_EQ(parse_iso8601("2015-08-30T14:36:00.1239+02:00"), kMoment);
  EXPECT_EQ(parse_basic("20150830T123600Z"), kMoment - Milliseconds(123));
  EXPECT_EQ(parse_http_date("Sun, 30 Aug 2015 12:36:00.123 GMT"), kMoment);
  EXPECT_EQ(parse_http_date("Sunday, 30-Aug-15 12:36:00 GMT"), kMoment - Milliseconds(123));
  EXPECT_EQ(parse_http_date("Sun Aug 30 12:36:00 2015"), kMoment - Milliseconds(123));
  for (const std::string_view bad :
       {"", "2015-02-30T00:00:00Z", "2015-08-30T24:00:00Z", "2015-08-30T12:36:00", "2015-08-30 12:36:00Z",
        "2015-08-30T12:36:00.Z", "2015-08-30T12:36:00Zx"}) {
    EXPECT_EQ(parse_iso8601(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(parse_basic("20150830T123600"), std::nullopt);
  EXPECT_EQ(parse_http_date("Sun, 30 Aug 2015"), std::nullopt);
}

}  // namespace
}  // namespace haneul
