#include "requests.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "aws/sigv4.h"
#include "base/clock.h"

namespace haneul::load {

Requests::Requests(const Options& options)
    : options_(options), host_(fmt::format("127.0.0.1:{}", options.port)) {
  method_ = "POST";
  if (options.operation == "sts" || (options.operation == "first" && !options.unsigned_first)) {
    service_ = "sts";
    content_type_ = "application/x-www-form-urlencoded";
    body_ = "Action=GetCallerIdentity&Version=2011-06-15";
  } else if (options.operation == "put") {
    service_ = "s3";
    method_ = "PUT";
    content_type_ = "application/octet-stream";
    for (size_t i = 0; i < options.bytes; ++i) body_ += static_cast<char>((i * 2654435761U) >> 13);
  } else if (options.operation == "get") {
    service_ = "s3";
    method_ = "GET";
  } else if (options.operation == "invoke") {
    service_ = "lambda";
    content_type_ = "application/json";
    body_ = R"({"name":"bench"})";
  } else {
    method_ = "GET";
  }
  body_hash_ = aws::sha256_hex(body_);
}

std::string Requests::path_of(uint64_t number) const {
  if (service_ == "s3")
    return fmt::format("/{}/{}-{}", options_.bucket, options_.bytes, number % options_.keys);
  if (service_ == "lambda") {
    const std::string suffix = options_.numbered ? std::to_string(number) : "";
    return "/2015-03-31/functions/" + options_.function + suffix + "/invocations";
  }
  return service_ == "sts" ? "/" : options_.path;
}

void Requests::make_head(uint64_t number, std::string& head) const {
  const std::string path = path_of(number);
  head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method_, path, host_);
  if (!content_type_.empty()) head += fmt::format("Content-Type: {}\r\n", content_type_);
  if (method_ != "GET") head += fmt::format("Content-Length: {}\r\n", body_.size());
  if (!service_.empty()) sign(path, head);
  head += "\r\n";
}

void Requests::sign(const std::string& path, std::string& head) const {
  std::vector<aws::HeaderEntry> headers{{"Host", host_}};
  if (!content_type_.empty()) headers.emplace_back("Content-Type", content_type_);
  const aws::SignedHeaders signature = aws::sign_request(
      {method_, path, "", headers}, {.access_key_id = options_.access_key_id,
                                     .secret = options_.secret_access_key,
                                     .now = SystemClock().now(),
                                     .region = options_.region,
                                     .service = service_,
                                     .payload_hash = body_hash_,
                                     .payload_header = aws::SignOptions::PayloadHeader::kSend});
  for (const auto& [name, value] : signature.add) head += fmt::format("{}: {}\r\n", name, value);
}

}  // namespace haneul::load
