#include "services/dynamodb/transfer/records.h"

#include <utility>

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";  // of UTF-8, at the beginning of a text

class JsonRecords final : public Records {
 protected:
  bool begins_with(char byte) const override {
    return byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n';
  }

  // A value never goes on in the next line. Inside a line, one may follow another.
  Step step(char byte) override {
    if (byte == '\n') return Step::kEnd;
    if (is_text_) {
      if (!is_escaped_ && byte == '"') is_text_ = false;
      is_escaped_ = !is_escaped_ && byte == '\\';
      return Step::kOn;
    }
    switch (byte) {
      case '"': is_text_ = true; break;
      case '{':
      case '[': ++depth_; break;
      case '}':
      case ']':
        if (--depth_ <= 0) return Step::kEnd;
        break;
      default: break;
    }
    return Step::kOn;
  }

  std::optional<Record> take(std::string_view text) override {
    depth_ = 0;
    is_text_ = is_escaped_ = false;
    Record out;
    out.json = text;
    return out;
  }

 private:
  int64_t depth_ = 0;
  bool is_text_ = false, is_escaped_ = false;
};

class CsvRecords final : public Records {
 public:
  explicit CsvRecords(char delimiter) : delimiter_(delimiter) {}

 protected:
  bool begins_with(char) const override { return true; }

  Step step(char byte) override {
    switch (state_) {
      case State::kStart:
        if (byte != '"') {
          state_ = State::kPlain;
          return step_outside(byte);
        }
        state_ = State::kQuoted;
        was_quoted_ = true;
        return Step::kOn;
      case State::kPlain:
        if (byte == '"') return fail("A double quote in a value that is not quoted must be escaped");
        return step_outside(byte);
      case State::kQuoted:
        if (byte == '"') {
          state_ = State::kClosed;
        } else {
          field_ += byte;
        }
        return Step::kOn;
      case State::kClosed:
        if (byte == '"') {  // two of them are one
          field_ += byte;
          state_ = State::kQuoted;
          return Step::kOn;
        }
        if (byte == '\r') return Step::kOn;
        if (byte != '\n' && byte != delimiter_) return fail("A quoted value is followed by something else");
        return step_outside(byte);
    }
    return Step::kOn;
  }

  std::optional<Record> take(std::string_view) override {
    if (state_ == State::kQuoted) problem_ = "A quoted value has no end";
    if (state_ == State::kPlain && field_.ends_with('\r')) field_.pop_back();
    end_field();
    Record out;
    out.fields = std::exchange(fields_, {});
    const bool is_empty = out.fields.size() == 1 && out.fields.front().empty() && !was_quoted_;
    was_quoted_ = false;
    if (is_empty && problem_.empty()) return std::nullopt;
    return out;
  }

 private:
  enum class State { kStart, kPlain, kQuoted, kClosed };

  Step fail(const char* problem) {
    problem_ = problem;
    return Step::kEnd;
  }

  Step step_outside(char byte) {
    if (byte == '\n') return Step::kEnd;
    if (byte == delimiter_) {
      end_field();
    } else {
      field_ += byte;
    }
    return Step::kOn;
  }

  void end_field() {
    fields_.push_back(std::exchange(field_, {}));
    state_ = State::kStart;
  }

  const char delimiter_;
  State state_ = State::kStart;
  std::string field_;
  std::vector<std::string> fields_;
  bool was_quoted_ = false;  // a value of the record
};

}  // namespace

std::unique_ptr<Records> make_json_records() { return std::make_unique<JsonRecords>(); }

std::unique_ptr<Records> make_csv_records(char delimiter) { return std::make_unique<CsvRecords>(delimiter); }

bool Records::is_mark(char byte) const {
  const uint64_t at = base_ + at_;
  return at < kMark.size() && byte == kMark[at];
}

std::optional<Record> Records::end_record() {
  is_inside_ = false;
  std::optional<Record> out = take(std::string_view(text_).substr(begin_, at_ - begin_));
  if (!problem_.empty()) {
    out = Record{};
    out->problem = std::exchange(problem_, {});
    is_over_ = true;
  }
  if (out) out->end = base_ + at_;
  return out;
}

void Records::forget() {
  const size_t used = is_inside_ ? begin_ : at_;
  text_.erase(0, used);
  base_ += used;
  at_ -= used;
  begin_ = 0;
}

std::optional<Record> Records::next() {
  while (!is_over_ && at_ < text_.size()) {
    const char byte = text_[at_];
    if (!is_inside_) {
      if (is_mark(byte) || !begins_with(byte)) {
        ++at_;
        continue;
      }
      is_inside_ = true;
      begin_ = at_;
    }
    ++at_;
    const bool is_end = step(byte) == Step::kEnd;
    if (!is_end && at_ - begin_ > kRecordBytesMax) problem_ = "A record is longer than any item can be";
    if (!is_end && problem_.empty()) continue;
    if (auto out = end_record()) return out;
  }
  if (is_last_ && is_inside_ && !is_over_) return end_record();
  forget();
  return std::nullopt;
}

}  // namespace haneul::dynamodb
