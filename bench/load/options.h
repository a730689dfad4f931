// What the load generator is asked to send, read from its command line. Credentials come from the environment
// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), as every AWS client reads them.
#pragma once

#include <cstdint>
#include <string>

namespace haneul::load {

struct Options {
  std::string operation;  // sts, put, get, dynamodb, invoke, plain, first
  uint16_t port = 0;
  size_t connections = 1;
  double seconds = 1;
  uint64_t requests_max = 0;  // 0: as many as the time allows
  size_t bytes = 4096;        // of an object
  size_t keys = 64;           // objects written and read
  std::string bucket = "bench";
  std::string function = "hello";  // with --numbered: hello0, hello1, ...
  std::string path = "/";
  std::string target;     // dynamodb: the operation; with first: that of the first request
  std::string body;       // dynamodb: the request, in which each KEY stands for the next key, of eight digits
  bool scatter = false;   // keys in no order, and others in each run
  bool numbered = false;  // invoke: another function in each request
  bool unsigned_first = false;  // first: a plain GET, for peers that know no signature
  bool stamped = false;  // invoke: the answer is the time, in microseconds, of the handler's first line
  std::string access_key_id;
  std::string secret_access_key;
  std::string region = "us-east-1";
};

// Throws std::runtime_error with a sentence for the user.
Options read_options(int count, char** arguments);

}  // namespace haneul::load
