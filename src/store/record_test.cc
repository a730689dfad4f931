#include "store/record.h"

#include <gtest/gtest.h>

#include "store/errors.h"

namespace haneul::store {
namespace {

// Rows outlive binaries: what an older release wrote must still be read, so the bytes are pinned here.
TEST(Record, has_stable_bytes_and_comes_back) {
  Document record = Document::object();
  record.set("n", 1);
  record.set("b", Blob{std::string("\0\xff", 2)});
  const std::string bytes = encode_record(record);
  EXPECT_EQ(bytes, std::string("\x01\xa2\x61n\x01\x61"
                               "b\x42\x00\xff",
                               10));
  EXPECT_EQ(decode_record(bytes), record);
}

// Bytes that are not ours must stop the reader, not become an empty value.
TEST(Record, refuses_what_it_did_not_write) {
  EXPECT_THROW(decode_record(""), Corrupt);
  EXPECT_THROW(decode_record("\x02\xa0"), Corrupt);
  EXPECT_THROW(decode_record("\x01\xa2\x61"), Corrupt);
}

}  // namespace
}  // namespace haneul::store
