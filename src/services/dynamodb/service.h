// DynamoDB (2012-08-10): tables, items, queries, batches and transactions. README.md tells what is served.
// Operations are in ops/, each family in one file.
//
// Invariant: what an index holds, what a stream tells and what usage counts follow from the items, in the
// same transaction. Thread rule: any thread after construction.
#pragma once

#include <span>

#include "base/random.h"
#include "gen/dynamodb/types.h"
#include "platform/authorizer.h"
#include "platform/gap.h"
#include "platform/jobs.h"
#include "platform/operation_table.h"
#include "services/dynamodb/answer_hook.h"
#include "services/dynamodb/backups/operations.h"
#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/items/throttle.h"
#include "services/dynamodb/partiql/operations.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/tables/catalog.h"
#include "services/dynamodb/transfer/exports.h"
#include "services/dynamodb/transfer/imports.h"
#include "services/iam/port.h"
#include "services/logs/port.h"
#include "store/db.h"

namespace haneul::dynamodb {

struct WritePart;
struct BatchDone;
// Whether requests are held to the capacity of their tables.
enum class Throttling { kOff, kOn };

class DynamoDbService {
 public:
  struct Parts {
    store::Db& db;
    platform::Jobs& jobs;
    const Clock& clock;
    Random& random;
    iam::Principals* principals = nullptr;  // without it, policies are kept by name alone
    Throttling throttling = Throttling::kOff;
    logs::Port* logs = nullptr;  // without it, imports tell nobody what was wrong with items
  };
  explicit DynamoDbService(const Parts& parts);
  void register_operations(platform::OperationTable& table);
  // Before the first call of a reader of streams.
  void connect(const platform::Authorizer& authorizer) {
    authorizer_ = &authorizer;
    streams_.connect(authorizer);
  }
  // Before the jobs start.
  void connect(platform::Dispatcher& dispatcher) {
    exports_.connect(dispatcher);
    imports_.connect(dispatcher);
  }
  platform::StreamSource& stream_source() { return streams_; }
  platform::HttpHook& http_hook() { return answer_hook_; }

  // ops/create_table.cc, ops/update_table.cc, ops/tables.cc
  CreateTableOutput create_table(const platform::Request& request, const CreateTableInput& input);
  UpdateTableOutput update_table(const platform::Request& request, const UpdateTableInput& input);
  DescribeTableOutput describe_table(const platform::Request& request, const DescribeTableInput& input);
  DeleteTableOutput delete_table(const platform::Request& request, const DeleteTableInput& input);
  ListTablesOutput list_tables(const platform::Request& request, const ListTablesInput& input);
  DescribeLimitsOutput describe_limits(const platform::Request& request, const DescribeLimitsInput& input);
  DescribeEndpointsOutput describe_endpoints(const platform::Request& request,
                                             const DescribeEndpointsInput& input);
  // ops/get_item.cc, ops/write_items.cc
  GetItemOutput get_item(const platform::Request& request, const GetItemInput& input);
  PutItemOutput put_item(const platform::Request& request, const PutItemInput& input);
  UpdateItemOutput update_item(const platform::Request& request, const UpdateItemInput& input);
  DeleteItemOutput delete_item(const platform::Request& request, const DeleteItemInput& input);
  // ops/query.cc
  QueryOutput query(const platform::Request& request, const QueryInput& input);
  ScanOutput scan(const platform::Request& request, const ScanInput& input);
  // ops/batches.cc
  BatchGetItemOutput batch_get_item(const platform::Request& request, const BatchGetItemInput& input);
  BatchWriteItemOutput batch_write_item(const platform::Request& request, const BatchWriteItemInput& input);
  // ops/transactions.cc
  TransactGetItemsOutput transact_get_items(const platform::Request& request,
                                            const TransactGetItemsInput& input);
  TransactWriteItemsOutput transact_write_items(const platform::Request& request,
                                                const TransactWriteItemsInput& input);
  // ops/tags.cc, ops/time_to_live.cc, ops/resource_policy.cc
  TagResourceOutput tag_resource(const platform::Request& request, const TagResourceInput& input);
  UntagResourceOutput untag_resource(const platform::Request& request, const UntagResourceInput& input);
  ListTagsOfResourceOutput list_tags(const platform::Request& request, const ListTagsOfResourceInput& input);
  UpdateTimeToLiveOutput update_time_to_live(const platform::Request& request,
                                             const UpdateTimeToLiveInput& input);
  DescribeTimeToLiveOutput describe_time_to_live(const platform::Request& request,
                                                 const DescribeTimeToLiveInput& input);
  PutResourcePolicyOutput put_resource_policy(const platform::Request& request,
                                              const PutResourcePolicyInput& input);
  GetResourcePolicyOutput get_resource_policy(const platform::Request& request,
                                              const GetResourcePolicyInput& input);
  DeleteResourcePolicyOutput delete_resource_policy(const platform::Request& request,
                                                    const DeleteResourcePolicyInput& input);

 private:
  void register_tables(platform::OperationTable& table);
  void register_get(platform::OperationTable& table);
  void register_writes(platform::OperationTable& table);
  void register_reads(platform::OperationTable& table);
  void register_batches(platform::OperationTable& table);
  void register_transactions(platform::OperationTable& table);
  void register_tags(platform::OperationTable& table);
  void register_time_to_live(platform::OperationTable& table);
  void register_resource_policies(platform::OperationTable& table);
  void register_workers();
  // Reads the table, lets the body change it, and stores it: everything that only touches the table's row.
  template <class Body>
  Table change_table(const TableName& where, Body&& body) {
    return parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
      Table table = *require_named(tx, where);
      body(tx, table);
      catalog_.save(tx, table);
      return table;
    });
  }
  TablePtr require_named(store::Reader& reader, const TableName& where);
  void write_part(const WritePart& part, const BatchWriteItemInput& input, BatchDone& done);
  std::optional<Value> queried_hash(const platform::Request& request, const QueryInput& input);
  WriteContext context(const platform::Request& request) {
    return {.catalog = catalog_, .changes = changes_, .author = {.now = request.now}, .throttle = throttle()};
  }
  Throttle* throttle() { return throttle_.get(); }
  uint64_t draw_number();  // of a table or an index
  ResourcePolicy make_policy(const std::string& text, const PolicyOwner& owner);
  void require_no_lockout(const platform::Request& request, const std::string& arn,
                          const ResourcePolicy& proposed);
  template <class Body>
  auto change_policy(const TableName& table, const std::optional<StreamName>& stream, Body&& body);

  Parts parts_;
  Catalog catalog_;
  ChangeLog changes_;
  std::unique_ptr<Throttle> throttle_;  // null: off
  Streams streams_;
  AnswerHook answer_hook_;
  PartiQl partiql_;
  Backups backups_;
  Exports exports_;
  Imports imports_;
  const platform::Authorizer* authorizer_ = nullptr;
};

// The input members that the implemented operations refuse.
std::span<const platform::FieldGap> field_gaps();

}  // namespace haneul::dynamodb
