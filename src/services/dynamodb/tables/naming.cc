#include "services/dynamodb/tables/naming.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kNameMin = 3;
constexpr size_t kNameMax = 255;

[[noreturn]] void refuse_length(std::string_view name, std::string_view bound, size_t limit) {
  refuse(fmt::format(
      "1 validation error detected: Value '{}' at 'tableName' failed to satisfy constraint: Member "
      "must have length {} than or equal to {}",
      name, bound, limit));
}

}  // namespace

const std::string& require_name(const std::optional<std::string>& name) {
  if (!name) refuse("The parameter 'TableName' is required but was not present in the request");
  return *name;
}

TableName table_in(const platform::Request& request, std::string_view name_or_arn) {
  if (name_or_arn.starts_with("arn:")) return table_in_arn(request, name_or_arn);
  if (name_or_arn.size() < kNameMin) refuse_length(name_or_arn, "greater", kNameMin);
  if (name_or_arn.size() > kNameMax) refuse_length(name_or_arn, "less", kNameMax);
  return {.account = request.account, .region = request.region, .name = std::string(name_or_arn)};
}

TableName table_in_arn(const platform::Request& request, std::string_view arn) {
  if (!arn.starts_with("arn:")) {
    refuse(fmt::format("One or more parameter values were invalid: ARNs must start with 'arn:': {}", arn));
  }
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || parsed->service != "dynamodb" || parsed->resource_type() != "table") {
    refuse(fmt::format("Invalid TableArn: Invalid ResourceArn provided as input {}", arn));
  }
  if (parsed->region != request.region.str()) {
    refuse(fmt::format("Invalid TableArn: Invalid ResourceArn provided as input {}: it is of another region",
                       arn));
  }
  const std::string_view id = parsed->resource_id();
  return {.account = AccountId(parsed->account),
          .region = request.region,
          .name = std::string(id.substr(0, id.find('/')))};
}

}  // namespace haneul::dynamodb
