#include "aws/policy/positions.h"

namespace haneul::aws::policy {
namespace {

// Walks JSON that is known to be valid, so it only has to know strings from the rest.
class Walker {
 public:
  explicit Walker(std::string_view json) : json_(json) {}

  std::vector<StatementSpan> walk() {
    while (at_ < json_.size()) step();
    return std::move(spans_);
  }

 private:
  void step() {
    const char c = json_[at_];
    if (c == '"') return string();
    if (c == '{' || c == '[') {
      // Statements are the objects directly below the top-level key, or in its array.
      const bool is_statement = c == '{' && in_statements_ && (depth_ == 1 || (depth_ == 2 && in_array_));
      if (is_statement) spans_.push_back({position_, {}}), statement_depth_ = depth_;
      if (c == '[' && in_statements_ && depth_ == 1) in_array_ = true;
      ++depth_;
    }
    if (c == ',' && depth_ == 1) in_statements_ = in_array_ = false;
    advance();
    if (c == '}' || c == ']') {
      --depth_;
      if (c == '}' && depth_ == statement_depth_) {
        spans_.back().end = position_;
        statement_depth_ = -1;
      }
    }
  }

  void string() {
    const size_t start = at_ + 1;
    advance();
    while (at_ < json_.size() && json_[at_] != '"') {
      if (json_[at_] == '\\') advance();
      advance();
    }
    const std::string_view text = json_.substr(start, at_ - start);
    advance();
    if (depth_ == 1 && text == "Statement") in_statements_ = true;
  }

  void advance() {
    if (at_ >= json_.size()) return;
    const bool line_end = json_[at_++] == '\n';
    position_ =
        line_end ? TextPosition{position_.line + 1, 1} : TextPosition{position_.line, position_.column + 1};
  }

  std::string_view json_;
  size_t at_ = 0;
  TextPosition position_;
  int depth_ = 0;
  int statement_depth_ = -1;
  bool in_statements_ = false;
  bool in_array_ = false;
  std::vector<StatementSpan> spans_;
};

}  // namespace

std::vector<StatementSpan> statement_positions(std::string_view json) { return Walker(json).walk(); }

}  // namespace haneul::aws::policy
