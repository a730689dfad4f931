// What tags of a table may be, and whose they may be. Source: "Tagging restrictions in DynamoDB", API
// reference, TagResource. Refusals are ValidationExceptions. Thread rule: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "gen/dynamodb/types.h"
#include "platform/request.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

void require_tags(const std::vector<Tag>& tags);  // letters, numbers, spaces and _.:/=+-@ only
void require_few_tags(const Table& table);        // fifty
// The table that an ARN names; those of indexes have no tags.
TableName tagged_table(const platform::Request& request, std::string_view arn);

}  // namespace haneul::dynamodb
