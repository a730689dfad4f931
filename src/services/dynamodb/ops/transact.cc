#include "services/dynamodb/ops/transact.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/items/collection.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/items/throttle.h"
#include "services/dynamodb/items/undo.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/ops/tokens.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using platform::Request;

namespace {

constexpr double kTransactionFactor = 2;  // units of a transaction are those of the writes, twice

// Applies the parts in their order; when one may not be done, goes on to learn the reasons of all.
class Writes {
 public:
  Writes(store::Tx& tx, const WriteContext& context) : tx_(tx), context_(context) {}

  void apply_all(const std::vector<TransactPart>& parts) {
    // One time for all parts, so that whoever looks back sees all of them or none.
    for (const TransactPart& part : parts) {
      Timestamp& now = context_.author.now;
      now = undo_time(tx_, *part.table, partition_of(part.key.digest), now);
    }
    for (const TransactPart& part : parts) apply_one(part);
    reasons_.cancel_if_any();
  }
  std::map<std::string, Units> take_units() { return std::move(units_); }

 private:
  void apply_one(const TransactPart& part) {
    ItemWriter writer(tx_, context_, *part.table);
    try {
      const Applied done = apply(writer, *part.table, part.key, part.change);
      Units twice{.table = done.cost.table_units * kTransactionFactor, .indexes = done.cost.index_units};
      for (auto& [name, used] : twice.indexes) used *= kTransactionFactor;
      units_[part.named].add(twice);
      reasons_.none();
    } catch (const ConditionFailed& failure) {
      fail(part, failure);
    } catch (const RequestRefusal&) {
      throw;
    } catch (const model::ServiceError& error) {
      reasons_.add(error);
    }
  }

  void fail(const TransactPart& part, const ConditionFailed& failure) {
    const std::optional<Attributes> shown = part.on_failure == "ALL_OLD" ? failure.item : std::nullopt;
    if (part.fails == TransactPart::Fails::kAsDuplicate) {
      reasons_.add("DuplicateItem", "Duplicate primary key exists in table", shown);
    } else {
      reasons_.add("ConditionalCheckFailed", "The conditional request failed", shown);
    }
  }

  store::Tx& tx_;
  WriteContext context_;
  Reasons reasons_;
  std::map<std::string, Units> units_;
};

// What statements mean for their tables. The statements that mean nothing cancel the transaction, together.
void find_meanings(std::vector<TransactPart>& parts) {
  Reasons reasons;
  for (TransactPart& part : parts) {
    try {
      if (part.meaning) {
        part.change = part.meaning(*part.table);
        part.key = prepare(*part.table, part.change);
      }
      reasons.none();
    } catch (const RequestRefusal&) {
      throw;
    } catch (const model::ServiceError& error) {
      reasons.add(error);
    }
  }
  reasons.cancel_if_any();
}

// Keys and items as their tables want them.
void prepare_given(std::vector<TransactPart>& parts) {
  for (size_t i = 0; i < parts.size(); ++i) {
    TransactPart& part = parts[i];
    if (!part.meaning)
      cancel_unless({i, parts.size()}, [&] { part.key = prepare(*part.table, part.change); });
  }
}

void prepare_all(std::vector<TransactPart>& parts) {
  find_meanings(parts);
  prepare_given(parts);
  std::set<std::pair<uint64_t, ItemKey>> seen;
  size_t bytes = 0;
  for (TransactPart& part : parts) {
    if (!seen.emplace(part.table->number, part.key).second) {
      refuse("Transaction request cannot include multiple operations on one item");
    }
    bytes += size_of(part.change.given);
  }
  if (bytes > kTransactionBytesMax) refuse("Transaction payload size cannot exceed 4 MB");
}

// A request that was done before: its items are read, and that is what it costs.
WriteDone read_again(store::Reader& reader, const std::vector<TransactPart>& parts) {
  WriteDone done;
  done.direction = Direction::kRead;
  for (const TransactPart& part : parts) {
    const auto item = read_item(reader, *part.table, key_of(part.table->keys, part.change.given));
    done.units[part.named].table += read_units(item ? size_of_stored(*item) : 0, Consistency::kTransactional);
  }
  return done;
}

void tell_apart(std::optional<double>& read, std::optional<double>& write, const std::optional<double>& units,
                Direction direction) {
  (direction == Direction::kRead ? read : write) = units;
}

}  // namespace

void Reasons::none() { reasons_.push_back(Document::Object{{"Code", "None"}}); }

void Reasons::add(const char* code, const std::string& message, const std::optional<Attributes>& item) {
  Document out = Document::Object{{"Code", code}, {"Message", message}};
  if (item) out.set("Item", document_of(*item));
  reasons_.push_back(std::move(out));
  any_ = true;
}

void Reasons::add(const model::ServiceError& error) {
  const bool on_demand = &error.shape() == &error_shapes::kThrottlingException;
  const char* throttled = on_demand ? "ThrottlingError" : "ProvisionedThroughputExceeded";
  add(is_throttled(error) ? throttled : "ValidationError", error.message());
}

std::optional<std::string> TransactReads::read(const std::string& named, const TablePtr& table,
                                               const Attributes& key) {
  if (!seen_.emplace(table->number, item_key(table->keys, key)).second) {
    refuse("Transaction request cannot include multiple operations on one item");
  }
  try {
    admit_read(throttle_, *table);
    reasons_.none();
  } catch (const model::ServiceError& error) {
    add_reason(error);
  }
  std::optional<std::string> item = read_item(tx_, *table, key);
  TableUse& use = used_[named];
  use.table = table;
  const size_t size = item ? size_of_stored(*item) : 0;
  bytes_ += size;
  if (bytes_ > kTransactionBytesMax) refuse("Transaction payload size cannot exceed 4 MB");
  use.units.table += read_units(size, Consistency::kTransactional);
  return item;
}

void TransactReads::add_reason(const model::ServiceError& error) { reasons_.add(error); }

void TransactReads::finish() const {
  reasons_.cancel_if_any();
  for (const auto& [named, use] : used_) charge_read(throttle_, *use.table, use.units);
}

void Reasons::cancel_if_any() const {
  if (!any_) return;
  std::vector<std::string> codes;
  for (const Document& why : reasons_) codes.push_back(why.string_or("Code", ""));
  TransactionCanceledException error(
      fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                  fmt::join(codes, ", ")));
  error.with("CancellationReasons", reasons_);
  throw error;
}

void cancel_unless(PartPlace place, const std::function<void()>& check) {
  try {
    check();
  } catch (const RequestRefusal&) {
    throw;
  } catch (const model::ServiceError& error) {
    Reasons reasons;
    for (size_t i = 0; i < place.parts; ++i) {
      i == place.index ? reasons.add("ValidationError", error.message()) : reasons.none();
    }
    reasons.cancel_if_any();
  }
}

WriteDone TransactionRunner::write(store::Tx& tx, const Request& request,
                                   const WriteTransaction& transaction) {
  const bool again = transaction.token && use_token(tx, parts_.jobs, request, *transaction.token,
                                                    transaction.digest) == TokenState::kDone;
  if (again) return read_again(tx, transaction.parts);
  const WriteContext context{.catalog = parts_.catalog,
                             .changes = parts_.changes,
                             .author = {.now = request.now},
                             .throttle = parts_.throttle,
                             .charge_factor = kTransactionFactor};
  Writes writes(tx, context);
  writes.apply_all(transaction.parts);
  WriteDone done;
  done.units = writes.take_units();
  if (transaction.metrics == Metrics::kNone) return done;
  for (const TransactPart& part : transaction.parts) {
    if (auto metrics = metrics_of(tx, *part.table, part.change.given)) {
      done.metrics[part.named].push_back(std::move(*metrics));
    }
  }
  return done;
}

WriteDone TransactionRunner::run(const Request& request, WriteTransaction& transaction) {
  std::vector<TransactPart>& parts = transaction.parts;
  const auto load = [&](store::Reader& reader) {
    for (TransactPart& part : parts) part.table = parts_.catalog.require(reader, part.where);
    prepare_all(parts);
  };
  parts_.db.read([&](store::ReadTx& tx) { load(tx); });
  while (true) {
    try {
      return parts_.db.write(write_scope(*parts.front().table, parts.front().key),
                             [&](store::Tx& tx) { return write(tx, request, transaction); });
    } catch (const TableMoved&) {
      parts_.db.write(catalog_scope(request.account, request.region), [&](store::Tx& tx) { load(tx); });
    }
  }
}

std::optional<std::vector<ConsumedCapacity>> consumed_by_transaction(
    const std::optional<std::string>& wish, const std::map<std::string, TableUse>& used,
    Direction direction) {
  std::vector<ConsumedCapacity> out;
  for (const auto& [name, use] : used) {
    std::optional<ConsumedCapacity> told = consumed(wish, *use.table, use.units);
    if (!told) return std::nullopt;
    told->table_name = name;
    tell_apart(told->read_capacity_units, told->write_capacity_units, told->capacity_units, direction);
    if (told->table) {
      Capacity& detail = *told->table;
      tell_apart(detail.read_capacity_units, detail.write_capacity_units, detail.capacity_units, direction);
    }
    out.push_back(std::move(*told));
  }
  return out;
}

std::optional<std::vector<ConsumedCapacity>> consumed_by_transaction(const std::optional<std::string>& wish,
                                                                     const WriteTransaction& transaction,
                                                                     const WriteDone& done) {
  std::map<std::string, TableUse> used;
  for (const TransactPart& part : transaction.parts) {
    const auto units = done.units.find(part.named);
    used[part.named] = {.table = part.table, .units = units == done.units.end() ? Units{} : units->second};
  }
  return consumed_by_transaction(wish, used, done.direction);
}

}  // namespace haneul::dynamodb
