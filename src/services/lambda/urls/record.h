// A function URL as it is stored, and where its id leads. Pure data, with their Document forms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gen/lambda/types.h"
#include "services/lambda/names.h"

namespace haneul::lambda {

struct UrlRecord {
  std::string id;         // the first label of its host
  std::string auth_type;  // NONE or AWS_IAM
  std::string invoke_mode = "BUFFERED";
  std::optional<Cors> cors;  // absent: the function answers for itself
  Timestamp created_at{};
  Timestamp modified_at{};
};

std::string encode(const UrlRecord& record);
UrlRecord url_from(std::string_view bytes);
// The function or alias that a URL belongs to.
std::string encode_owner(const FunctionRef& ref);
FunctionRef owner_from(std::string_view bytes);

}  // namespace haneul::lambda
