#include "services/dynamodb/answer_hook.h"

#include <string>

#include "aws/digest.h"
#include "gen/dynamodb/operations.h"
#include "gen/dynamodbstreams/operations.h"

namespace haneul::dynamodb {

using platform::HttpRequest;
using platform::HttpResponse;
using platform::Resolver;

namespace {

constexpr std::string_view kExposed =
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";
constexpr std::string_view kDay2 = "172800";  // seconds of two days

bool is_ours(const Resolver::Target& target) {
  return target.service == &op::PutItem::service() ||
         target.service == &dynamodbstreams::op::GetRecords::service();
}

}  // namespace

std::optional<HttpResponse> AnswerHook::intercept(const HttpRequest& http, const Resolver::Target& target) {
  if (!is_ours(target) || http.method != "OPTIONS") return std::nullopt;
  HttpResponse response;
  const auto echo = [&](std::string_view asked, std::string_view allowed) {
    if (const std::string* wanted = http.headers.find(asked)) response.headers.set(allowed, *wanted);
  };
  echo("Access-Control-Request-Headers", "Access-Control-Allow-Headers");
  echo("Access-Control-Request-Method", "Access-Control-Allow-Methods");
  response.headers.set("Access-Control-Max-Age", kDay2);
  return response;
}

void AnswerHook::decorate(const HttpRequest& http, const Resolver::Target& target, HttpResponse& response) {
  if (!is_ours(target)) return;
  if (!response.stream) response.headers.set("x-amz-crc32", std::to_string(aws::crc32(response.text)));
  if (http.headers.find("Origin") == nullptr) return;
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Access-Control-Expose-Headers", kExposed);
}

}  // namespace haneul::dynamodb
