// Names: the forms in which a request may name a function (name, partial ARN, ARN, each with a qualifier) or
// a layer, and the ARNs made of them. "Using AWS Lambda: ARN formats",
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "platform/request.h"

namespace haneul::lambda {

struct Place {  // what functions and layers live in
  AccountId account;
  Region region;
};

struct FunctionRef {
  Place place;
  std::string name;
  std::string qualifier;  // version, alias or $LATEST; empty: none was given

  std::string arn() const;            // without the qualifier
  std::string qualified_arn() const;  // with the one that was given
  std::string arn_with(std::string_view other_qualifier) const;
};

struct LayerRef {
  Place place;
  std::string name;
  int64_t version = 0;  // 0: none

  std::string arn() const;
  std::string version_arn() const;
};

using MaybeText = std::optional<std::string>;

// Throws InvalidParameterValueException for a name that contradicts itself, ResourceNotFoundException for
// another region's ARN.
FunctionRef parse_function(const platform::Request& request, std::string_view text,
                           const MaybeText& qualifier = {});
LayerRef parse_layer(const platform::Request& request, std::string_view name_or_arn, int64_t version = 0);
std::optional<LayerRef> parse_layer_version_arn(std::string_view arn);

bool is_version_number(std::string_view qualifier);  // digits only
// What an alias could be called: "$" and digits alone are of versions.
bool is_alias_name(std::string_view qualifier);
inline constexpr std::string_view kLatest = "$LATEST";
inline Place place_of(const platform::Request& request) { return {request.account, request.region}; }

// Lambda's errors carry whose fault they are beside the message.
template <class E>
[[noreturn]] void refuse(std::string message) {
  E error(std::move(message));
  error.with("Type", "User");
  throw error;
}

}  // namespace haneul::lambda
