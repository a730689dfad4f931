#include "services/lambda/durable/arn.h"

#include <algorithm>

#include "aws/arn.h"
#include "base/text.h"

namespace haneul::lambda {

namespace {

constexpr std::string_view kType = "durable-execution";
constexpr size_t kSecretBytes = 12;

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

std::string ExecutionRef::function_arn() const {
  return FunctionRef{.place = place, .name = function, .qualifier = version}.qualified_arn();
}

std::string ExecutionRef::arn() const {
  return function_arn() + "/" + std::string(kType) + "/" + name + "/" + id;
}

std::optional<ExecutionRef> parse_execution_arn(std::string_view text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "lambda") return std::nullopt;
  const auto parts = split(arn->resource, '/');
  if (parts.size() != 4 || parts[1] != kType) return std::nullopt;
  const auto function = split(parts[0], ':');
  if (function.size() != 3 || function[0] != "function" || !is_word(function[1])) return std::nullopt;
  if (function[2] != kLatest && !is_version_number(function[2])) return std::nullopt;
  if (!is_word(parts[2]) || !is_word(parts[3])) return std::nullopt;
  return ExecutionRef{.place = {AccountId(arn->account), Region(arn->region)},
                      .function = std::string(function[1]),
                      .version = std::string(function[2]),
                      .name = std::string(parts[2]),
                      .id = std::string(parts[3])};
}

std::string make_callback_id(const CallbackRef& ref, Random& random) {
  return base64_encode(join({ref.place.account.str(), ref.place.region.str(), ref.execution, ref.operation,
                             hex_encode(random.bytes(kSecretBytes))},
                            "/"));
}

std::optional<CallbackRef> parse_callback_id(std::string_view text) {
  const auto decoded = base64_decode(text);
  if (!decoded) return std::nullopt;
  const auto parts = split(*decoded, '/');
  if (parts.size() != 5 || !std::all_of(parts.begin(), parts.end(), is_word)) return std::nullopt;
  if (!aws::is_account_id(parts[0])) return std::nullopt;
  return CallbackRef{.place = {AccountId(std::string(parts[0])), Region(std::string(parts[1]))},
                     .execution = std::string(parts[2]),
                     .operation = std::string(parts[3])};
}

std::string make_checkpoint_token(const std::string& execution, Random& random) {
  return base64_encode(execution + "/" + hex_encode(random.bytes(kSecretBytes)));
}

}  // namespace haneul::lambda
