#include "base/json.h"

#include <limits>

#include <gtest/gtest.h>

namespace haneul {
namespace {

// Every JSON service reads through this; kinds and order must survive.
TEST(Json, ReadsKinds) {
  const Document read =
      parse_json(R"( {"b":true,"n":null,"i":-7,"d":1.5,"s":"\u00e9\ud83d\ude00","a":[1,[]],"o":{}} )");
  EXPECT_EQ(read.as_object()[0].first, "b");
  EXPECT_TRUE(read.find("n")->is_null());
  EXPECT_EQ(read.find("i")->as_int(), -7);
  EXPECT_EQ(read.find("d")->as_double(), 1.5);
  EXPECT_EQ(read.find("s")->as_string(), "\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(read.find("a")->as_array().size(), 2U);
  EXPECT_EQ(
      write_json(read),
      "{\"b\":true,\"n\":null,\"i\":-7,\"d\":1.5,\"s\":\"\xC3\xA9\xF0\x9F\x98\x80\",\"a\":[1,[]],\"o\":{}}");
}

// int64 is exact where double is not; ids and sizes near the edge must not be rounded.
TEST(Json, NumbersKeepTheirWidth) {
  EXPECT_EQ(parse_json("9223372036854775807").as_int(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_json("-9223372036854775808").as_int(), std::numeric_limits<int64_t>::min());
  EXPECT_TRUE(parse_json("9223372036854775808").is_double());
  EXPECT_TRUE(parse_json("1e2").is_double());
  EXPECT_TRUE(parse_json("1.0").is_double());
}

// A later value wins but keeps the place, as the contract of Document says.
TEST(Json, RepeatedKeysMerge) {
  EXPECT_EQ(write_json(parse_json(R"({"a":1,"b":2,"a":3,"c":4,"b":5})")), R"({"a":3,"b":5,"c":4})");
}

// Lookup per key would take minutes here; the test's own time limit is the assertion.
TEST(Json, ManyKeysAreNotQuadratic) {
  std::string text = "{";
  for (int i = 0; i < 150'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text += "\"k0\":1}";
  const Document read = parse_json(text);
  EXPECT_EQ(read.as_object().size(), 150'000U);
  EXPECT_EQ(read.as_object()[0].second.as_int(), 1);
}

// Anything but one strict value is refused; lenient reading hides client bugs and smuggles content past
// checks.
TEST(Json, RefusesMalformed) {
  for (const std::string_view bad :
       {"",    " ",   "{",       "[1,]",     "{\"a\":1,}",  "{a:1}",  "'a'", "01",    "+1",    "NaN",
        "1 2", "{}x", "// c\n1", "\"\xFF\"", "\"\\ud800\"", "\"\n\"", "nul", "1e999", "[1 2]", "{\"a\" 1}"}) {
    EXPECT_THROW(parse_json(bad), ParseError) << bad;
  }
  EXPECT_THROW(parse_json(std::string_view("{}\0{}", 5)), ParseError);
  EXPECT_THROW(parse_json(std::string_view("\"a\0b\"", 5)), ParseError);
}

// Depth is bounded by whoever parses: a megabyte of brackets must neither recurse nor be accepted.
TEST(Json, DepthIsBounded) {
  EXPECT_NO_THROW(parse_json(std::string(kDepthMax, '[') + std::string(kDepthMax, ']')));
  EXPECT_THROW(parse_json(std::string(kDepthMax + 1, '[') + std::string(kDepthMax + 1, ']')), ParseError);
  EXPECT_THROW(parse_json(std::string(1'000'000, '[')), ParseError);
}

// Text is taken in runs of eight bytes: every byte must be found wherever it stands. The pretty writer is
// RapidJSON's, which looks at one after the other.
TEST(Json, EscapesWhereverItStands) {
  for (int c = 0; c < 256; ++c) {
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(c);
      ASSERT_EQ(write_json(text), write_json_pretty(text)) << c << " at " << at;
    }
  }
  const std::string mixed = "\"\"12345678\\\n\xC3\xA9\xF0\x9F\x98\x80 and a longer run of plain text\t";
  EXPECT_EQ(parse_json(write_json(mixed)).as_string(), mixed);
  EXPECT_EQ(write_json(Document::Object{{"", Document::array()}, {"\n", Document::Array{1, "", nullptr}}}),
            R"({"":[],"\n":[1,"",null]})");
}

// AWS's forms for what JSON has no type for.
TEST(Json, WritesAwsForms) {
  EXPECT_EQ(write_json(Blob{"ab"}), "\"YWI=\"");
  EXPECT_EQ(write_json(Timestamp(Milliseconds(1'500))), "1.5");
  EXPECT_EQ(write_json(Timestamp(Milliseconds(-1'050))), "-1.05");
  EXPECT_EQ(write_json(Timestamp(Seconds(1'700'000'000))), "1700000000");
  EXPECT_EQ(write_json(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
  EXPECT_EQ(write_json(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
  EXPECT_EQ(write_json(0.1), "0.1");
  EXPECT_EQ(write_json("\x01\"\xFF"), "\"\\u0001\\\"\xEF\xBF\xBD\"");
  EXPECT_EQ(write_json_pretty(parse_json(R"({"a":[1]})")), "{\n    \"a\": [\n        1\n    ]\n}");
}

}  // namespace
}  // namespace haneul
