// Copying: holds a table so that it can be read as it is at one moment, for as long as that takes: it keeps
// undo until the last copy is done, is not deleted, and keeps point-in-time recovery when it has it.
//
// Thread rule: functions of a transaction of the catalogue's scope.
#pragma once

#include <string>

#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

// Everything that has been written to the table has a time up to this one.
Timestamp newest_moment(store::Reader& reader, const Table& table, Timestamp now);
// Saves the table: from here on it can be read as of `at`.
void begin_copy(store::Tx& tx, Catalog& catalog, Table& table, const std::string& copy, Timestamp at);
// Of the table with this number; nothing happens when it is gone.
void end_copy(store::Tx& tx, Catalog& catalog, const Table& table, const std::string& copy);

}  // namespace haneul::dynamodb
