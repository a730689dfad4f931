// Makes the requests of one operation, signed anew for each (aws::sign_request). The hash of a body is taken
// once per body: how fast the client hashes is not what is measured. Thread rule: one object per thread.
#pragma once

#include <string>

#include "options.h"

namespace haneul::load {

class Requests {
 public:
  explicit Requests(const Options& options);

  // The n-th request: its head in `head`; the body, the same for all, is body().
  void make_head(uint64_t number, std::string& head) const;
  const std::string& body() const { return body_; }

 private:
  std::string path_of(uint64_t number) const;
  void sign(const std::string& path, std::string& head) const;

  const Options& options_;
  std::string method_;
  std::string service_;  // empty: not signed
  std::string host_;
  std::string content_type_;
  std::string body_;
  std::string body_hash_;
};

}  // namespace haneul::load
