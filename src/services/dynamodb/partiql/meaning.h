// What statements mean: the change of an item that a write is, and what IAM is asked for a statement. Thread
// rule: pure functions, but for the tables that checks look up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/access.h"
#include "services/dynamodb/items/item_change.h"
#include "services/dynamodb/partiql/statement.h"

namespace haneul::dynamodb::partiql {

using Parameters = std::optional<std::vector<Document>>;
Statement parse(const std::string& text, const Parameters& parameters);
// Nothing when it is no statement: for what many statements together have to know first.
std::optional<Statement> try_parse(const std::string& text, const Parameters& parameters);

KeyNames names_of(const Table& table, const Index* index);
// Of a write, or of the condition of a transaction. Refuses what names no whole key, and other reads.
ItemChange change_of(const Table& table, const Statement& statement);
Returning returning_of(const Statement& statement);

// `enclosing`: the operation of many statements that IAM tells apart (dynamodb:EnclosingOperation).
platform::AccessChecks checks_of(const TableAccess& access, const platform::Request& request,
                                 const Statement& statement,
                                 const std::optional<std::string>& enclosing = {});

}  // namespace haneul::dynamodb::partiql
