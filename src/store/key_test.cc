#include "store/key.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "store/errors.h"

namespace haneul::store {
namespace {

std::string encode(const std::string& text, int64_t number) {
  return KeyWriter(Scope{1}).text(text).i64(number).str();
}

// Pages, time orders and queues all rely on byte order being tuple order, also around 0x00 and the sign.
RC_GTEST_PROP(KeyProperty, byte_order_is_tuple_order, ()) {
  const auto small_text = rc::gen::container<std::string>(rc::gen::element('\0', '\1', 'a', 'b', '\xff'));
  const auto a = std::make_pair(*small_text, *rc::gen::arbitrary<int64_t>());
  const auto b = std::make_pair(*small_text, *rc::gen::arbitrary<int64_t>());
  RC_ASSERT((encode(a.first, a.second) < encode(b.first, b.second)) == (a < b));
}

// What is written must be read back, or a service loses its rows.
RC_GTEST_PROP(KeyProperty, elements_come_back, (const std::string& text, const std::string& bytes)) {
  const auto number = *rc::gen::arbitrary<uint64_t>();
  const auto millis = *rc::gen::arbitrary<int64_t>();
  const Key key = KeyWriter(Scope{7})
                      .text(text)
                      .bytes(bytes)
                      .u64(number)
                      .i64(-5)
                      .time(Timestamp(Milliseconds(millis)))
                      .key();
  KeyReader reader(key.bytes);
  RC_ASSERT(reader.text() == text);
  RC_ASSERT(reader.bytes() == bytes);
  RC_ASSERT(reader.u64() == number);
  RC_ASSERT(reader.i64() == -5);
  RC_ASSERT(reader.time() == Timestamp(Milliseconds(millis)));
  RC_ASSERT(reader.at_end());
}

// A listing by prefix must see exactly the names that begin with it, with zero bytes as well.
RC_GTEST_PROP(KeyProperty, text_prefix_range_holds_exactly_the_prefixed, ()) {
  const auto small_text = rc::gen::container<std::string>(rc::gen::element('\0', '\1', 'a', '\xff'));
  const std::string prefix = *small_text;
  const std::string name = *small_text;
  const KeyRange range = KeyWriter(Scope{1}).text("objects").text_prefix(prefix).range();
  const std::string key = KeyWriter(Scope{1}).text("objects").text(name).str();
  const bool inside = key >= range.from && key < range.to;
  RC_ASSERT(inside == name.starts_with(prefix));
}

// A row of another kind or a damaged one must be noticed, not misread.
TEST(KeyReader, refuses_what_does_not_fit) {
  const std::string key = KeyWriter(Scope{1}).text("a").u64(1).str();
  EXPECT_THROW(KeyReader(key).u64(), Corrupt);
  EXPECT_THROW(KeyReader("").text(), Corrupt);
  EXPECT_THROW(KeyReader(key.substr(0, 2)).text(), Corrupt);
  KeyReader cut(std::string_view(key).substr(0, key.size() - 1));
  cut.text();
  EXPECT_THROW(cut.u64(), Corrupt);
}

// An end that is not above the prefix would make a range empty; one of only 0xFF bytes has no end.
TEST(PrefixRange, of_highest_bytes_is_open) {
  EXPECT_EQ(prefix_range("\xff\xff").to, "");
  EXPECT_EQ(prefix_range("a\xff").to, "b");
  EXPECT_EQ(prefix_range("").to, "");
}

// The shard of a scope is on disk in every key: another value in a later release would lose all data.
TEST(Scope, is_stable_and_spread) {
  const AccountId account("000000000000");
  const Region region("us-east-1");
  EXPECT_EQ(make_scope(account, region, "sqs", "queue/orders").shard, 469);
  EXPECT_NE(make_scope(account, region, "a", "bc"), make_scope(account, region, "ab", "c"));
  std::set<Shard> shards;
  for (int i = 0; i < 10'000; ++i) {
    const Shard shard = make_scope(account, region, "sqs", std::to_string(i)).shard;
    ASSERT_LT(shard, kShards);
    shards.insert(shard);
  }
  EXPECT_GT(shards.size(), 3500u);  // 10,000 balls in 4,096 bins fill about 3,740
}

}  // namespace
}  // namespace haneul::store
