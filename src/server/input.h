// The bytes a connection has received and not yet used: one growing, contiguous buffer between the transport
// and the parser. Pipelined requests wait here until the one before them is answered.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "server/transport.h"

namespace haneul::server {

class Input {
 public:
  explicit Input(Transport& transport) : transport_(transport) {}

  std::string_view bytes() const { return {buffer_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(size_t count);
  void release_when_large();  // between requests: gives back what a large head or chunk made it grow to

  // Appends at least one byte and returns how many; 0 at the end of the stream.
  Task<size_t> fill();

  Transport& transport() { return transport_; }

 private:
  Transport& transport_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace haneul::server
