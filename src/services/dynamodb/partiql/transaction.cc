// ExecuteTransaction: PartiQL statements, all reads or all writes, done together or not at all. EXISTS is a
// condition beside writes. Source: "Performing transactions with PartiQL for DynamoDB".
#include <algorithm>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/json.h"
#include "gen/dynamodb/operations.h"
#include "model/binding.h"
#include "model/error.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/transact.h"
#include "services/dynamodb/partiql/meaning.h"
#include "services/dynamodb/partiql/operations.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/stored_items.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using partiql::Statement;
using platform::AccessChecks;
using platform::bind_run;
using platform::Request;

namespace {

constexpr const char* kEnclosing = "ExecuteTransaction";

// What is wrong with a statement as such is wrong with the request.
[[noreturn]] void refuse_statement(size_t place, std::string_view why) {
  refuse_request(fmt::format("Validation failed in TransactStatements[{}]: {}", place, why));
}

// What no statement of a transaction may have.
void require_allowed(const Statement& statement, size_t place) {
  if (const auto* select = std::get_if<partiql::Select>(&statement); select != nullptr) {
    if (select->from.index) {
      refuse_statement(place, "Reads on indices are not supported within transactions.");
    }
    if (!select->order.empty()) refuse_statement(place, "ORDER BY is not supported in transactions");
  }
  if (partiql::returning_of(statement) != partiql::Returning::kNothing) {
    refuse_statement(place, "RETURNING clause is not supported in ExecuteTransaction.");
  }
}

// A parameter that is no value is told as it is, without the place of its statement.
void require_values(const ParameterizedStatement& one) {
  if (!one.parameters) return;
  for (const Document& parameter : *one.parameters) value_from(parameter);
}

std::vector<Statement> statements_of(const ExecuteTransactionInput& input) {
  std::vector<Statement> out;
  for (const ParameterizedStatement& one : input.transact_statements) {
    require_values(one);
    try {
      out.push_back(partiql::parse(one.statement, one.parameters));
    } catch (const model::ServiceError& error) {
      refuse_statement(out.size(), error.message());
    }
    require_allowed(out.back(), out.size() - 1);
  }
  return out;
}

bool are_reads(const std::vector<Statement>& statements) {
  const auto reads = std::ranges::count_if(
      statements, [](const Statement& one) { return std::holds_alternative<partiql::Select>(one); });
  if (reads != 0 && static_cast<size_t>(reads) != statements.size()) {
    refuse("Statements of a transaction must be all reads or all writes");
  }
  return reads != 0;
}

// A token of this operation is none of TransactWriteItems with the same members.
std::string digest_of(const ExecuteTransactionInput& input) {
  ExecuteTransactionInput plain = input;
  plain.client_request_token.reset();
  plain.return_consumed_capacity.reset();
  return aws::sha256(kEnclosing + write_json(model::unbind(plain)));
}

// EXISTS asks something of its item: that the item is there is not enough.
void require_condition(const Table& table, const Statement& statement, size_t place) {
  const auto* exists = std::get_if<partiql::Exists>(&statement);
  const KeyNames keys = partiql::names_of(table, nullptr);
  if (exists == nullptr || partiql::looks_beyond(exists->select.where, keys)) return;
  refuse_statement(place, "EXISTS() must contain a single item read with additional condition");
}

TransactPart part_of(const Request& request, const ExecuteTransactionInput& input, const Statement& statement,
                     size_t place) {
  const ParameterizedStatement& asked = input.transact_statements[place];
  const bool inserts = std::holds_alternative<partiql::Insert>(statement);
  TransactPart out{.named = partiql::table_of(statement),
                   .where = table_in(request, partiql::table_of(statement)),
                   .change = {},
                   .on_failure = asked.return_values_on_condition_check_failure};
  out.meaning = [&statement, place](const Table& table) {
    require_condition(table, statement, place);
    return partiql::change_of(table, statement);
  };
  if (inserts) out.fails = TransactPart::Fails::kAsDuplicate;
  return out;
}

}  // namespace

ExecuteTransactionOutput PartiQl::execute_transaction(const Request& request,
                                                      const ExecuteTransactionInput& input) {
  const std::vector<Statement> statements = statements_of(input);
  if (are_reads(statements)) return read_together(request, statements, input.return_consumed_capacity);
  WriteTransaction transaction;
  for (size_t i = 0; i < statements.size(); ++i) {
    transaction.parts.push_back(part_of(request, input, statements[i], i));
  }
  if (input.client_request_token) {
    transaction.token = input.client_request_token;
    transaction.digest = digest_of(input);
  }
  const WriteDone done =
      TransactionRunner({parts_.db, parts_.jobs, parts_.catalog, parts_.changes, parts_.throttle})
          .run(request, transaction);
  ExecuteTransactionOutput out;
  out.responses.emplace();  // writes answer nothing, not one by one either
  out.consumed_capacity = consumed_by_transaction(input.return_consumed_capacity, transaction, done);
  return out;
}

// A token has nothing to keep from being done twice here: reads change nothing.
ExecuteTransactionOutput PartiQl::read_together(const Request& request,
                                                const std::vector<Statement>& statements,
                                                const std::optional<std::string>& return_consumed) {
  return parts_.db.read([&](store::ReadTx& tx) {
    ExecuteTransactionOutput out;
    out.responses.emplace();
    TransactReads reads(tx, parts_.throttle);
    for (size_t place = 0; place < statements.size(); ++place) {
      const auto& select = std::get<partiql::Select>(statements[place]);
      const TablePtr table = parts_.catalog.require(tx, table_in(request, select.from.table));
      const KeyNames keys = partiql::names_of(*table, nullptr);
      if (!partiql::names_key(select.where, keys)) {
        refuse_statement(place,
                         "Select statements within ExecuteTransaction must specify the primary key in the "
                         "where clause.");
      }
      ItemResponse& response = out.responses->emplace_back();
      Attributes key;
      try {
        key = partiql::whole_key(select.where, keys);
        require_key(*table, key);
      } catch (const RequestRefusal&) {
        throw;
      } catch (const model::ServiceError& error) {
        reads.add_reason(error);
        continue;
      }
      const std::optional<std::string> stored = reads.read(select.from.table, table, key);
      if (!stored) continue;
      const Attributes item = decode_item(*stored);
      if (select.where.matches(item)) response.item = stored_document(select.project(item));
    }
    reads.finish();
    out.consumed_capacity = consumed_by_transaction(return_consumed, reads.used(), Direction::kRead);
    return out;
  });
}

void PartiQl::register_transaction(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::ExecuteTransaction>(
      {.access =
           [access](const Request& request, const ExecuteTransactionInput& input) {
             AccessChecks out;
             for (const ParameterizedStatement& one : input.transact_statements) {
               const auto statement = partiql::try_parse(one.statement, one.parameters);
               if (!statement) continue;
               for (auto& check : partiql::checks_of(access, request, *statement, kEnclosing)) {
                 out.push_back(std::move(check));
               }
             }
             return out;
           },
       .run = bind_run(this, &PartiQl::execute_transaction)});
}

}  // namespace haneul::dynamodb
