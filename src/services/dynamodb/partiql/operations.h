// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: PartiQL statements, run as the operations
// that they mean.
//
// A SELECT reads the collections of the hash keys that WHERE gives, or the whole table; what WHERE asks
// beyond keys is a filter. INSERT, UPDATE and DELETE are about one item. Source: "PartiQL - a SQL-compatible
// query language for Amazon DynamoDB". Thread rule: any thread after construction.
#pragma once

#include "gen/dynamodb/types.h"
#include "platform/jobs.h"
#include "platform/operation_table.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/partiql/statement.h"
#include "services/dynamodb/tables/catalog.h"
#include "store/db.h"

namespace haneul::dynamodb {

class PartiQl {
 public:
  struct Parts {
    store::Db& db;
    Catalog& catalog;
    ChangeLog& changes;
    platform::Jobs& jobs;
    Throttle* throttle = nullptr;  // null: nothing is throttled
  };
  explicit PartiQl(const Parts& parts) : parts_(parts) {}
  void register_operations(platform::OperationTable& table);

  ExecuteStatementOutput execute_statement(const platform::Request& request,
                                           const ExecuteStatementInput& input);
  BatchExecuteStatementOutput batch_execute_statement(const platform::Request& request,
                                                      const BatchExecuteStatementInput& input);
  ExecuteTransactionOutput execute_transaction(const platform::Request& request,
                                               const ExecuteTransactionInput& input);

 private:
  void register_transaction(platform::OperationTable& table);
  ExecuteTransactionOutput read_together(const platform::Request& request,
                                         const std::vector<partiql::Statement>& statements,
                                         const std::optional<std::string>& return_consumed);
  struct Written {
    std::optional<Attributes> answer;
    std::optional<ConsumedCapacity> consumed;
  };
  struct Asked {
    const partiql::Statement& statement;
    const std::optional<std::string>& on_failure;
    const std::optional<std::string>& return_consumed;
  };
  ExecuteStatementOutput select(const platform::Request& request, const partiql::Select& select,
                                const ExecuteStatementInput& input);
  Written write(const platform::Request& request, const Asked& asked);
  BatchStatementResponse run_one(const platform::Request& request, const BatchStatementRequest& one,
                                 const std::optional<std::string>& return_consumed,
                                 std::vector<ConsumedCapacity>& used);
  struct ReadWish {
    Consistency consistency;
    const std::optional<std::string>& return_consumed;
  };
  std::optional<Attributes> read_one(const platform::Request& request, const partiql::Select& select,
                                     const ReadWish& wish, std::optional<ConsumedCapacity>& used);

  Parts parts_;
};

}  // namespace haneul::dynamodb
