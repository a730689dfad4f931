// Names of tables as requests give them: a name, or an ARN. Thread rule: pure functions.
#pragma once

#include <string_view>

#include "platform/request.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// Of a table that is to be made: "The parameter 'TableName' is required but was not present in the request".
const std::string& require_name(const std::optional<std::string>& name);
TableName table_in(const platform::Request& request, std::string_view name_or_arn);
// Of an ARN of a table or of an index of it: the operations on tags and policies.
TableName table_in_arn(const platform::Request& request, std::string_view arn);

}  // namespace haneul::dynamodb
