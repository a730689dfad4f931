// Makes the requests of one operation, signed anew for each (aws::sign_request). The hash of a body is taken
// once per body: how fast the client hashes is not what is measured. Only bodies that name a key (DynamoDB)
// are made and hashed each. Thread rule: one object per thread.
#pragma once

#include <string>
#include <string_view>

#include "aws/signing_key.h"
#include "options.h"

namespace haneul::load {

class Requests {
 public:
  explicit Requests(const Options& options);

  struct Message {
    std::string head;
    std::string own_body;   // when it differs from request to request
    std::string_view body;  // of this message, or of all
  };

  // The n-th request. The message must stay where it is until it is sent.
  void make(uint64_t number, Message& out) const;

 private:
  std::string path_of(uint64_t number) const;
  void choose_dynamodb();
  uint64_t key_of(uint64_t number) const;
  std::string body_of(uint64_t number) const;
  void sign(const std::string& path, const std::string& body_hash, std::string& head) const;

  const Options& options_;
  std::string method_;
  std::string service_;  // empty: not signed
  std::string host_;
  std::string content_type_;
  std::string target_;  // the header that names an operation of a JSON protocol
  std::string body_;
  std::string body_hash_;
  uint64_t keys_in_body_ = 0;  // how many keys the body names
  uint64_t seed_ = 0;          // of scattered keys
  mutable aws::SigningKeyCache keys_{1};
};

}  // namespace haneul::load
