#include "services/lambda/names.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "aws/arn.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/limits.h"

namespace haneul::lambda {

namespace {

std::string make(const Place& place, std::string_view resource) {
  return aws::make_arn("lambda", place.region.str(), place.account.str(), resource);
}

bool is_account(std::string_view text) { return aws::is_account_id(text); }

[[noreturn]] void refuse_name(std::string_view text) {
  refuse<InvalidParameterValueException>(fmt::format("Invalid function name or ARN: {}", text));
}

// What stands before "function:name:qualifier" in the longer forms.
size_t take_place(const std::vector<std::string_view>& parts, FunctionRef& ref) {
  size_t at = 0;
  if (parts.size() >= 7 && parts[0] == "arn") {
    ref.place.region = Region(std::string(parts[3]));
    at = 4;
  } else if (parts.size() >= 4 && !is_account(parts[0])) {
    ref.place.region = Region(std::string(parts[0]));
    at = 1;
  }
  if (parts.size() > at + 1 && is_account(parts[at])) ref.place.account = AccountId(std::string(parts[at++]));
  if (parts.size() > at + 1 && parts[at] == "function") ++at;
  return at;
}

void require_region(const Region& asked, const Region& here) {
  if (asked == here) return;
  refuse<ResourceNotFoundException>(
      fmt::format("Functions from '{}' are not reachable in this region ('{}')", asked.str(), here.str()));
}

}  // namespace

std::string FunctionRef::arn() const { return make(place, "function:" + name); }
std::string FunctionRef::qualified_arn() const { return arn_with(qualifier); }
std::string FunctionRef::arn_with(std::string_view other) const {
  return other.empty() ? arn() : arn() + ":" + std::string(other);
}
std::string LayerRef::arn() const { return make(place, "layer:" + name); }
std::string LayerRef::version_arn() const { return fmt::format("{}:{}", arn(), version); }

FunctionRef parse_function(const platform::Request& request, std::string_view text,
                           const MaybeText& qualifier) {
  FunctionRef ref{.place = place_of(request), .name = {}, .qualifier = {}};
  const std::vector<std::string_view> parts = split(text, ':');
  size_t at = take_place(parts, ref);
  ref.name = parts[at++];
  if (at < parts.size()) ref.qualifier = parts[at++];
  if (at != parts.size() || ref.name.empty()) refuse_name(text);
  require_region(ref.place.region, request.region);
  if (ref.name.size() > kNameCharactersMax) {
    refuse<InvalidParameterValueException>(
        fmt::format("1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: "
                    "Member must have length less than or equal to {}",
                    ref.name, kNameCharactersMax));
  }
  if (qualifier && !qualifier->empty()) {
    if (!ref.qualifier.empty() && ref.qualifier != *qualifier) {
      refuse<InvalidParameterValueException>(
          "The derived qualifier from the function name does not match the specified qualifier.");
    }
    ref.qualifier = *qualifier;
  }
  return ref;
}

LayerRef parse_layer(const platform::Request& request, std::string_view name_or_arn, int64_t version) {
  LayerRef ref{.place = place_of(request), .name = std::string(name_or_arn), .version = version};
  const auto arn = aws::parse_arn(name_or_arn);
  if (!arn) return ref;
  if (arn->service != "lambda" || arn->resource_type() != "layer")
    refuse<InvalidParameterValueException>(fmt::format("Invalid Layer name: {}", name_or_arn));
  ref.place = {AccountId(arn->account), Region(arn->region)};
  ref.name = std::string(arn->resource_id());
  require_region(ref.place.region, request.region);
  return ref;
}

std::optional<LayerRef> parse_layer_version_arn(std::string_view text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "lambda" || arn->resource_type() != "layer") return std::nullopt;
  const auto parts = split(arn->resource_id(), ':');
  if (parts.size() != 2) return std::nullopt;
  const auto number = parse_int(parts[1]);
  if (!number || *number < 1) return std::nullopt;
  return LayerRef{{AccountId(arn->account), Region(arn->region)}, std::string(parts[0]), *number};
}

bool is_version_number(std::string_view qualifier) {
  return !qualifier.empty() && qualifier.size() < 19 &&
         std::all_of(qualifier.begin(), qualifier.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_alias_name(std::string_view qualifier) {
  constexpr auto kNotDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  return qualifier.find('$') == std::string_view::npos &&
         qualifier.find_first_of(kNotDigits) != std::string_view::npos;
}

}  // namespace haneul::lambda
