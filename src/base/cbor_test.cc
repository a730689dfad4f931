#include "base/cbor.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul {
namespace {

std::string bytes(std::string_view hex) { return *hex_decode(hex); }

// The examples of RFC 8949 appendix A that the AWS data model has a value for.
TEST(Cbor, ReadsRfcExamples) {
  EXPECT_EQ(parse_cbor(bytes("1903e8")).as_int(), 1000);
  EXPECT_EQ(parse_cbor(bytes("3903e7")).as_int(), -1000);
  EXPECT_EQ(parse_cbor(bytes("1b7fffffffffffffff")).as_int(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_cbor(bytes("3b7fffffffffffffff")).as_int(), std::numeric_limits<int64_t>::min());
  EXPECT_TRUE(parse_cbor(bytes("1bffffffffffffffff")).is_double());
  EXPECT_EQ(parse_cbor(bytes("f93e00")).as_double(), 1.5);
  EXPECT_EQ(parse_cbor(bytes("fa47c35000")).as_double(), 100000.0);
  EXPECT_TRUE(std::isnan(parse_cbor(bytes("f97e00")).as_double()));
  EXPECT_TRUE(parse_cbor(bytes("f7")).is_null());
  EXPECT_EQ(parse_cbor(bytes("5f42010243030405ff")).as_blob(), bytes("0102030405"));
  EXPECT_EQ(parse_cbor(bytes("7f657374726561646d696e67ff")).as_string(), "streaming");
  EXPECT_EQ(write_json(parse_cbor(bytes("9f018202039f0405ffff"))), "[1,[2,3],[4,5]]");
  EXPECT_EQ(write_json(parse_cbor(bytes("bf61610161629f0203ffff"))), R"({"a":1,"b":[2,3]})");
  EXPECT_EQ(parse_cbor(bytes("c11a514b67b0")).as_timestamp(), Timestamp(Seconds(1363896240)));
  EXPECT_EQ(parse_cbor(bytes("c1fb41d452d9ec200000")).as_timestamp(), Timestamp(Milliseconds(1363896240500)));
  EXPECT_EQ(write_json(parse_cbor(bytes("a3616101616202616103"))), R"({"a":3,"b":2})");
}

// Truncation, foreign tags, wrong keys and stray breaks each come from broken or hostile clients.
TEST(Cbor, RefusesMalformed) {
  for (const std::string_view bad : {"",
                                     "18",
                                     "62ff",
                                     "6161ff",
                                     "a1",
                                     "a10102",
                                     "a1616101ff",
                                     "ff",
                                     "bf6161ff",
                                     "c0"
                                     "6161",
                                     "c24101",
                                     "c1c101",
                                     "c16161",
                                     "c180",
                                     "c1fb7ff0000000000000",
                                     "81",
                                     "9f",
                                     "5f6161ff",
                                     "5f5f4101ffff",
                                     "7f4101ff",
                                     "61ff",
                                     "1c",
                                     "9bffffffffffffffff",
                                     "5bffffffffffffffff",
                                     "0101"}) {
    EXPECT_THROW(parse_cbor(bytes(bad)), ParseError) << bad;
  }
}

// The decoder keeps its own stack; a megabyte of array heads must be refused at the limit.
TEST(Cbor, DepthIsBounded) {
  EXPECT_NO_THROW(parse_cbor(std::string(kDepthMax, '\x81') + '\x01'));
  EXPECT_THROW(parse_cbor(std::string(kDepthMax + 1, '\x81') + '\x01'), ParseError);
  EXPECT_THROW(parse_cbor(std::string(1'000'000, '\x9f')), ParseError);
}

// rpc-v2-cbor answers are made with this: every kind must come back as itself.
TEST(Cbor, WritesWhatReadsBack) {
  Document value = Document::object();
  value.set("i", -9'000'000'000);
  value.set("d", 1.1);
  value.set("b", Blob{std::string("\0\xFF", 2)});
  value.set("t", Timestamp(Milliseconds(1'700'000'000'123)));
  value.set("n", nullptr);
  value.set("l", Document::Array{true, "x", Document::object()});
  EXPECT_EQ(parse_cbor(write_cbor(value)), value);
  EXPECT_EQ(hex_encode(write_cbor(23)), "17");
  EXPECT_EQ(hex_encode(write_cbor(Timestamp(Seconds(0)))), "c1fb0000000000000000");
}

}  // namespace
}  // namespace haneul
