#include "services/lambda/urls/answer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul::lambda {

using compute::InvokeResult;
using compute::InvokeStatus;
using platform::HttpResponse;

namespace {

constexpr std::string_view kJson = "application/json";

bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// Headers that belong to the connection, or that AWS keeps to itself, arrive under another name.
bool is_remapped(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames{"connection", "content-length",   "date",
                                                          "keep-alive", "server",           "trailer",
                                                          "upgrade",    "transfer-encoding"};
  return std::ranges::any_of(kNames, [&](std::string_view each) { return equals_ignore_case(name, each); }) ||
         equals_ignore_case(name, "www-authenticate");
}

std::optional<std::string> text_of(const Document& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_number() || value.is_bool()) return write_json(value);
  return std::nullopt;
}

std::optional<int> status_of(const Document& answer) {
  const Document* value = answer.find("statusCode");
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto number = parse_int(text_of(*value).value_or(""));
  if (!number || *number < 200 || *number > 599) return -1;
  return static_cast<int>(*number);
}

// False when something is no header.
bool take_headers(const Document& answer, HttpResponse& response) {
  const Document* headers = answer.find("headers");
  if (headers != nullptr && !headers->is_null()) {
    if (!headers->is_object()) return false;
    for (const auto& [name, value] : headers->as_object()) {
      const auto text = text_of(value);
      if (!is_token(name) || !text) return false;
      response.headers.add(is_remapped(name) ? "x-amzn-Remapped-" + name : name, *text);
    }
  }
  const Document* cookies = answer.find("cookies");
  if (cookies == nullptr || cookies->is_null()) return true;
  if (!cookies->is_array()) return false;
  for (const Document& cookie : cookies->as_array()) {
    if (!cookie.is_string()) return false;
    response.headers.add("Set-Cookie", cookie.as_string());
  }
  return true;
}

bool take_body(const Document& answer, HttpResponse& response) {
  const Document* body = answer.find("body");
  if (body == nullptr || body->is_null()) return true;
  response.text = body->is_string() ? body->as_string() : write_json(*body);
  const Document* encoded = answer.find("isBase64Encoded");
  if (encoded == nullptr || !encoded->is_bool() || !encoded->as_bool()) return true;
  auto decoded = base64_decode(response.text);
  if (!decoded) return false;
  response.text = *std::move(decoded);
  return true;
}

std::optional<Document> parse(std::string_view text) {
  try {
    return parse_json(text);
  } catch (const ParseError&) {
    return std::nullopt;
  }
}

HttpResponse inferred(std::string body) {
  HttpResponse response;
  response.headers.add("Content-Type", kJson);
  response.text = std::move(body);
  return response;
}

std::optional<HttpResponse> structured(const Document& answer, int status) {
  HttpResponse response;
  response.status = status;
  if (status < 0 || !take_headers(answer, response) || !take_body(answer, response)) return std::nullopt;
  if (response.headers.find("Content-Type") == nullptr) response.headers.add("Content-Type", kJson);
  return response;
}

// Bytes of a streamed answer that were collected, prelude and all; or a text that is no JSON.
HttpResponse answer_bytes(std::string payload) {
  const size_t end = payload.find(kPreludeEnd);
  if (end == std::string::npos) return inferred(std::move(payload));
  auto response = answer_prelude(std::string_view(payload).substr(0, end));
  if (!response) return bad_gateway();
  response->text = payload.substr(end + kPreludeEnd.size());
  return *std::move(response);
}

std::optional<HttpResponse> refusal_of(const InvokeResult& result) {
  if (result.status == InvokeStatus::kThrottled) return url_error(429, "Too Many Requests");
  if (result.status == InvokeStatus::kUnavailable) return url_error(500, "Internal Server Error");
  if (result.function_error) return bad_gateway();
  return std::nullopt;
}

}  // namespace

HttpResponse url_error(int status, std::string_view message) {
  Document body = Document::object();
  body.set("Message", message);
  HttpResponse response = inferred(write_json(body));
  response.status = status;
  return response;
}

HttpResponse bad_gateway() {
  HttpResponse response = inferred("Internal Server Error");
  response.status = 502;
  return response;
}

HttpResponse answer_buffered(InvokeResult result) {
  if (auto refusal = refusal_of(result)) return *std::move(refusal);
  const auto answer = parse(result.payload);
  if (!answer) return answer_bytes(std::move(result.payload));
  const auto status = status_of(*answer);
  if (!status) return inferred(std::move(result.payload));
  auto response = structured(*answer, *status);
  return response ? *std::move(response) : bad_gateway();
}

HttpResponse answer_raw(InvokeResult result) {
  if (auto refusal = refusal_of(result)) return *std::move(refusal);
  return inferred(std::move(result.payload));
}

std::optional<HttpResponse> answer_prelude(std::string_view prelude) {
  const auto answer = parse(prelude);
  if (!answer || !answer->is_object()) return std::nullopt;
  HttpResponse response;
  response.status = status_of(*answer).value_or(200);
  if (response.status < 0 || !take_headers(*answer, response)) return std::nullopt;
  if (response.headers.find("Content-Type") == nullptr)
    response.headers.add("Content-Type", "application/octet-stream");
  return response;
}

}  // namespace haneul::lambda
