// Records: cuts the text of an object into the records that items are made of, as the text comes.
// DYNAMODB_JSON holds one JSON value after the other, each within one line; CSV holds the rows of RFC 4180.
// Lines without anything are no records. Source: developer guide, "Amazon S3 import formats for DynamoDB".
//
// Invariant: what is held of the text is one record, of at most kRecordBytesMax, and the piece that was fed
// last. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace haneul::dynamodb {

// An item of 400 KB is shorter than this however it is written: each of its bytes as \u00XX is six.
inline constexpr size_t kRecordBytesMax = 4 << 20;

struct Record {
  std::string json;                 // of DYNAMODB_JSON
  std::vector<std::string> fields;  // of CSV
  std::string problem;              // instead of either: the rest of the text has no records
  uint64_t end = 0;                 // bytes of the text up to the end of the record
};

class Records {
 public:
  virtual ~Records() = default;
  void feed(std::string_view text) { text_ += text; }
  // No more text comes: what is there of the last record is all of it.
  void finish() { is_last_ = true; }
  // Nothing: it takes more text, or there are no more.
  std::optional<Record> next();

 protected:
  enum class Step { kOn, kEnd };  // kEnd: the record ends with this byte
  // Whether a record begins with this byte; others before it are passed over.
  virtual bool begins_with(char byte) const = 0;
  virtual Step step(char byte) = 0;
  // What step() has seen since the record began; nothing when that is no record after all.
  virtual std::optional<Record> take(std::string_view text) = 0;
  std::string problem_;  // set by step()

 private:
  bool is_mark(char byte) const;
  std::optional<Record> end_record();
  void forget();

  std::string text_;
  uint64_t base_ = 0;  // bytes of the text before text_
  size_t at_ = 0, begin_ = 0;
  bool is_inside_ = false, is_last_ = false, is_over_ = false;
};

std::unique_ptr<Records> make_json_records();
std::unique_ptr<Records> make_csv_records(char delimiter);

}  // namespace haneul::dynamodb
