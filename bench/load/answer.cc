#include "answer.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "base/text.h"

namespace haneul::load {

namespace {

constexpr size_t kKeptBytes = 1024;

uint64_t read_number(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) throw std::runtime_error("a length is no number");
  return value;
}

}  // namespace

void Answer::reset() { *this = Answer(); }

bool Answer::take(std::string_view bytes) {
  if (in_body_) return take_body(bytes);
  const size_t searched = head_.size() < 3 ? 0 : head_.size() - 3;
  head_ += bytes;
  const size_t end = head_.find("\r\n\r\n", searched);
  if (end == std::string::npos) return false;
  const std::string rest = head_.substr(end + 4);
  head_.resize(end + 2);
  if (!read_head()) {  // an interim answer
    head_.clear();
    return take(rest);
  }
  in_body_ = true;
  return take_body(rest);
}

bool Answer::read_head() {
  if (!head_.starts_with("HTTP/1.1 ")) throw std::runtime_error("no HTTP/1.1 answer");
  status_ = static_cast<int>(read_number(std::string_view(head_).substr(9, 3), 10));
  if (status_ < 200) return false;
  for (size_t at = head_.find("\r\n") + 2; at < head_.size();) {
    const size_t end = head_.find("\r\n", at);
    const std::string_view line = std::string_view(head_).substr(at, end - at);
    at = end + 2;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string name = to_lower(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (name == "content-length") left_ = read_number(value, 10);
    if (name == "transfer-encoding") chunked_ = to_lower(value) == "chunked";
    if (name == "connection") closes_ = to_lower(value) == "close";
  }
  return true;
}

void Answer::keep(std::string_view bytes) {
  body_bytes_ += bytes.size();
  const size_t room = kKeptBytes - std::min(kKeptBytes, body_start_.size());
  body_start_ += bytes.substr(0, room);
}

bool Answer::take_body(std::string_view bytes) {
  if (chunked_) return take_chunks(bytes);
  if (bytes.size() > left_) throw std::runtime_error("more bytes than the answer's length");
  keep(bytes);
  left_ -= bytes.size();
  return left_ == 0;
}

bool Answer::take_chunks(std::string_view bytes) {
  pending_ += bytes;
  for (;;) {
    const size_t line_end = pending_.find("\r\n");
    if (line_end == std::string::npos) return false;
    const uint64_t size = read_number(pending_, 16);
    if (pending_.size() < line_end + 2 + size + 2) return false;
    if (size == 0) return true;
    keep(std::string_view(pending_).substr(line_end + 2, size));
    pending_.erase(0, line_end + 2 + size + 2);
  }
}

}  // namespace haneul::load
