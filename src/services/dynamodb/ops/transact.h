// Transactions: what TransactWriteItems, TransactGetItems and ExecuteTransaction share. A transaction waits
// for others of the same items instead of failing with a conflict; every condition is judged before anything
// is written, so the reasons of a cancellation are complete and in order. Thread rule: one request's thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gen/dynamodb/types.h"
#include "model/error.h"
#include "platform/jobs.h"
#include "platform/request.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/items/item_change.h"
#include "services/dynamodb/tables/catalog.h"

namespace haneul::dynamodb {

// Reasons of a cancellation, one for each part of the transaction.
class Reasons {
 public:
  void none();
  void add(const char* code, const std::string& message, const std::optional<Attributes>& item = {});
  void add(const model::ServiceError& error);  // what a part was refused for
  // Throws TransactionCanceledException when one part is the reason.
  void cancel_if_any() const;

 private:
  Document::Array reasons_;
  bool any_ = false;
};

struct PartPlace {
  size_t index = 0;
  size_t parts = 0;
};
// A part that its table cannot take, as `check` says, cancels the transaction before the others are looked
// at.
void cancel_unless(PartPlace place, const std::function<void()>& check);

// One write, or one condition.
struct TransactPart {
  std::string named;  // as the request names the table
  TableName where;
  ItemChange change;
  std::optional<std::string> on_failure;  // ReturnValuesOnConditionCheckFailure
  // A statement is a change only for the keys of its table: made when the table is known, with `change` empty
  // before. What it refuses cancels the transaction.
  std::function<ItemChange(const Table&)> meaning = nullptr;
  enum class Fails { kAsCondition, kAsDuplicate } fails = Fails::kAsCondition;
  TablePtr table = nullptr;
  ItemKey key = {};
};

enum class Metrics { kNone, kOfCollections };

struct WriteTransaction {
  std::vector<TransactPart> parts;
  std::optional<std::string> token;  // ClientRequestToken
  std::string digest;                // of the request, for its token
  Metrics metrics = Metrics::kNone;
};

struct WriteDone {
  std::map<std::string, Units> units;       // by the name of the table in the request
  Direction direction = Direction::kWrite;  // kRead: done before, only read now
  std::map<std::string, std::vector<ItemCollectionMetrics>> metrics;
};

// Writes everything or nothing.
class TransactionRunner {
 public:
  struct Parts {
    store::Db& db;
    platform::Jobs& jobs;
    Catalog& catalog;
    ChangeLog& changes;
    Throttle* throttle = nullptr;  // null: nothing is throttled
  };
  explicit TransactionRunner(const Parts& parts) : parts_(parts) {}
  WriteDone run(const platform::Request& request, WriteTransaction& transaction);

 private:
  WriteDone write(store::Tx& tx, const platform::Request& request, const WriteTransaction& transaction);
  Parts parts_;
};

// What a transaction used of a table.
struct TableUse {
  TablePtr table;
  Units units;
};

// The reads of a transaction. One that the throttle does not let in is a reason to cancel it.
class TransactReads {
 public:
  TransactReads(store::ReadTx& tx, Throttle* throttle) : tx_(tx), throttle_(throttle) {}
  // `named`: the table as the request names it. The item as it is stored; refuses a second read of it, and
  // more than 4 MB of items.
  std::optional<std::string> read(const std::string& named, const TablePtr& table, const Attributes& key);
  void add_reason(const model::ServiceError& error);  // of a read that cannot be
  void finish() const;                                // cancels, or charges what was read
  const std::map<std::string, TableUse>& used() const { return used_; }

 private:
  store::ReadTx& tx_;
  Throttle* throttle_;
  Reasons reasons_;
  std::map<std::string, TableUse> used_;
  std::set<std::pair<uint64_t, ItemKey>> seen_;
  size_t bytes_ = 0;  // of the items, which have a limit together
};

// ConsumedCapacity of a transaction, which tells reads and writes apart; nothing when it is not asked for.
std::optional<std::vector<ConsumedCapacity>> consumed_by_transaction(
    const std::optional<std::string>& wish, const std::map<std::string, TableUse>& used, Direction direction);
std::optional<std::vector<ConsumedCapacity>> consumed_by_transaction(const std::optional<std::string>& wish,
                                                                     const WriteTransaction& transaction,
                                                                     const WriteDone& done);

}  // namespace haneul::dynamodb
