// Reads one HTTP/1.1 answer from the bytes of a kept connection: its status, how long it is, and the first
// bytes of its body. Only what the measured servers send: a length, chunks, or neither with no body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace haneul::load {

class Answer {
 public:
  void reset();
  // Takes bytes; true when the answer is complete. Throws std::runtime_error when they are no answer.
  bool take(std::string_view bytes);

  int status() const { return status_; }
  uint64_t body_bytes() const { return body_bytes_; }
  const std::string& body_start() const { return body_start_; }  // at most 1 KiB
  bool closes() const { return closes_; }

 private:
  bool read_head();
  bool take_body(std::string_view bytes);
  bool take_chunks(std::string_view bytes);
  void keep(std::string_view bytes);

  std::string head_;     // until the empty line
  std::string pending_;  // of chunked framing
  std::string body_start_;
  int status_ = 0;
  uint64_t body_bytes_ = 0;
  uint64_t left_ = 0;
  bool in_body_ = false;
  bool chunked_ = false;
  bool closes_ = false;
};

}  // namespace haneul::load
