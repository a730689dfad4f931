#include "requests.h"

#include <iterator>
#include <random>

#include <fmt/format.h>

#include "aws/digest.h"
#include "aws/sigv4.h"
#include "base/clock.h"

namespace haneul::load {

namespace {

constexpr std::string_view kKey = "KEY";

}  // namespace

Requests::Requests(const Options& options)
    : options_(options), host_(fmt::format("127.0.0.1:{}", options.port)) {
  method_ = "POST";
  if (!options.target.empty()) {
    choose_dynamodb();
  } else if (options.operation == "sts" || (options.operation == "first" && !options.unsigned_first)) {
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

void Requests::choose_dynamodb() {
  service_ = "dynamodb";
  content_type_ = "application/x-amz-json-1.0";
  target_ = "DynamoDB_20120810." + options_.target;
  body_ = options_.body.empty() ? "{}" : options_.body;
  for (size_t at = 0; (at = body_.find(kKey, at)) != std::string::npos; at += kKey.size()) ++keys_in_body_;
  if (options_.scatter) seed_ = std::random_device()();
}

uint64_t Requests::key_of(uint64_t number) const {
  if (!options_.scatter) return number % options_.keys;
  // SplitMix64: neighbours have nothing to do with one another.
  uint64_t mixed = (number + seed_) * 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  return (mixed ^ (mixed >> 31)) % options_.keys;
}

std::string Requests::body_of(uint64_t number) const {
  std::string out;
  uint64_t next = number * keys_in_body_;
  size_t from = 0;
  for (size_t at; (at = body_.find(kKey, from)) != std::string::npos; from = at + kKey.size()) {
    out.append(body_, from, at - from);
    fmt::format_to(std::back_inserter(out), "{:08}", key_of(next++));
  }
  return out.append(body_, from);
}

std::string Requests::path_of(uint64_t number) const {
  if (service_ == "s3")
    return fmt::format("/{}/{}-{}", options_.bucket, options_.bytes, number % options_.keys);
  if (service_ == "lambda") {
    const std::string suffix = options_.numbered ? std::to_string(number) : "";
    return "/2015-03-31/functions/" + options_.function + suffix + "/invocations";
  }
  return service_ == "sts" || service_ == "dynamodb" ? "/" : options_.path;
}

void Requests::make(uint64_t number, Message& out) const {
  const std::string path = path_of(number);
  const bool keyed = keys_in_body_ > 0;
  if (keyed) out.own_body = body_of(number);
  out.body = keyed ? std::string_view(out.own_body) : std::string_view(body_);
  std::string& head = out.head;
  head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method_, path, host_);
  if (!content_type_.empty()) head += fmt::format("Content-Type: {}\r\n", content_type_);
  if (method_ != "GET") head += fmt::format("Content-Length: {}\r\n", out.body.size());
  if (!target_.empty()) head += fmt::format("X-Amz-Target: {}\r\n", target_);
  if (!service_.empty()) sign(path, keyed ? aws::sha256_hex(out.own_body) : body_hash_, head);
  head += "\r\n";
}

void Requests::sign(const std::string& path, const std::string& body_hash, std::string& head) const {
  std::vector<aws::HeaderEntry> headers{{"Host", host_}};
  if (!content_type_.empty()) headers.emplace_back("Content-Type", content_type_);
  if (!target_.empty()) headers.emplace_back("X-Amz-Target", target_);
  const aws::SignedHeaders signature = aws::sign_request(
      {method_, path, "", headers}, {.access_key_id = options_.access_key_id,
                                     .secret = options_.secret_access_key,
                                     .now = SystemClock().now(),
                                     .region = options_.region,
                                     .service = service_,
                                     .payload_hash = body_hash,
                                     .payload_header = aws::SignOptions::PayloadHeader::kSend,
                                     .keys = &keys_});
  for (const auto& [name, value] : signature.add) head += fmt::format("{}: {}\r\n", name, value);
}

}  // namespace haneul::load
