// A new table from the parameters of its creation, as CreateTable and ImportTable take them. Thread rule: any
// thread; nothing is stored.
#pragma once

#include "base/random.h"
#include "gen/dynamodb/types.h"
#include "platform/request.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

uint64_t draw_number(Random& random);  // of a table or an index
// Refuses what is wrong or not supported. Tags, policy and stream are left to the caller.
Table new_table(const platform::Request& request, const CreateTableInput& input, Random& random);

}  // namespace haneul::dynamodb
