#include "services/dynamodb/check.h"

#include <fmt/format.h>

#include "services/dynamodb/backups/backup.h"
#include "services/dynamodb/items/item_writer.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/transfer/import.h"
#include "services/dynamodb/value/record.h"
#include "store/db.h"

namespace haneul::dynamodb {
namespace {

class TableCheck {
 public:
  TableCheck(store::Reader& reader, const Catalog& catalog, const Table& table,
             std::vector<std::string>& problems)
      : reader_(reader), catalog_(catalog), table_(table), problems_(problems) {}

  void run() {
    for (size_t partition = 0; partition < kPartitions; ++partition) check_partition(partition);
    for (const Index& index : table_.indexes) {
      if (index.state == Index::State::kActive) check_count(index);
    }
  }

 private:
  void tell(std::string_view problem) {
    problems_.push_back(fmt::format("table {}: {}", table_.where.name, problem));
  }

  template <class Visit>
  void each(const Rows& rows, size_t partition, Visit visit) {
    const store::KeyRange range = rows.all(partition);
    reader_.scan_each({rows.scope(partition).shard, range.from, range.to}, {},
                      [&](std::string_view key, std::string_view value) {
                        visit(key, value);
                        return store::Visit::kContinue;
                      });
  }

  void check_partition(size_t partition) {
    if (!catalog_.is_current(reader_, table_, partition)) {
      tell(fmt::format("partition {} has another revision", partition));
    }
    Amount held;
    each(Rows::items(table_), partition, [&](std::string_view key, std::string_view value) {
      const Attributes item = decode_item(value);
      held.add({.items = 1, .bytes = static_cast<int64_t>(size_of(item))});
      check_item(key, item);
    });
    Usage usage = Usage::read(reader_, table_, partition);
    if (usage.of_table().items != held.items || usage.of_table().bytes != held.bytes) {
      tell(fmt::format("partition {} counts {} items of {} bytes and holds {} of {}", partition,
                       usage.of_table().items, usage.of_table().bytes, held.items, held.bytes));
    }
  }

  void check_item(std::string_view row, const Attributes& item) {
    if (key_of(table_.keys, item).count() != (table_.keys.range ? 2u : 1u)) return tell("an item has no key");
    const ItemKey key = item_key(table_.keys, item);
    if (Rows::items(table_).item(key).bytes != row) tell("an item is not where its key says");
    for (const Index& index : table_.indexes) {
      const std::optional<IndexEntry> entry = entry_of(table_, index, item);
      if (!entry) continue;
      ++wanted_[index.number];
      const auto found = reader_.get(Rows::entries(table_, index).entry(entry->key, key));
      if (index.state != Index::State::kActive) continue;
      if (!found || *found != encode_item(entry->held)) {
        tell(fmt::format("index {} does not hold an item as it is", index.name));
      }
    }
  }

  // With check_item(): an index holds what it must, and nothing else.
  void check_count(const Index& index) {
    Amount held;
    for (size_t partition = 0; partition < kPartitions; ++partition) {
      each(Rows::entries(table_, index), partition, [&](std::string_view, std::string_view value) {
        held.add({.items = 1, .bytes = static_cast<int64_t>(size_of(decode_item(value)))});
      });
    }
    if (held.items != wanted_[index.number]) {
      tell(fmt::format("index {} holds {} entries of {} items", index.name, held.items,
                       wanted_[index.number]));
    }
    Usage usage = Usage::total(reader_, table_);
    const Amount counted = usage.of_index(index);
    if (counted.items != held.items || counted.bytes != held.bytes) {
      tell(fmt::format("index {} counts {} entries of {} bytes and holds {} of {}", index.name, counted.items,
                       counted.bytes, held.items, held.bytes));
    }
  }

  store::Reader& reader_;
  const Catalog& catalog_;
  const Table& table_;
  std::vector<std::string>& problems_;
  std::map<uint64_t, int64_t> wanted_;  // by the index's number: items that must have an entry
};

// An available backup holds what its row counts.
void check_backup(store::Reader& reader, const Backup& backup, std::vector<std::string>& problems) {
  if (!backup.is_available) return;
  Amount held;
  for (Chunk at; at.partition < kPartitions;) {
    const auto items = read_chunk(reader, backup, at);
    if (!items) {
      at = {.partition = at.partition + 1, .number = 0};
      continue;
    }
    for (const Attributes& item : *items) {
      held.add({.items = 1, .bytes = static_cast<int64_t>(size_of(item))});
    }
    ++at.number;
  }
  if (held.items == backup.items && held.bytes == backup.bytes) return;
  problems.push_back(fmt::format("backup {} counts {} items of {} bytes and holds {} of {}",
                                 backup.where.arn(), backup.items, backup.bytes, held.items, held.bytes));
}

// An import counts each item once, and fills its own table for as long as it goes on.
void check_import(store::Reader& reader, const Import& given, std::vector<std::string>& problems) {
  const auto tell = [&](std::string_view problem) {
    problems.push_back(fmt::format("import {}: {}", given.where.arn(), problem));
  };
  if (given.processed != given.imported + given.errors) {
    tell(fmt::format("of {} items {} are imported and {} are errors", given.processed, given.imported,
                     given.errors));
  }
  if (given.state != Import::State::kInProgress) return;
  const auto row = reader.get(table_key(given.where.table));
  if (!row) return tell("its table is gone");
  const Table table = decode_table(*row, given.where.table);
  if (table.id != given.table_id || !table.is_filling) tell("its table is another one, or in use");
}

}  // namespace

std::vector<std::string> check(store::Db& db) {
  std::vector<std::string> problems;
  const Catalog catalog(db);
  db.read([&](store::ReadTx& tx) {
    for (int shard = 0; shard < store::kShards; ++shard) {
      const store::KeyRange range = all_tables_in(static_cast<store::Shard>(shard));
      tx.scan_each({static_cast<store::Shard>(shard), range.from, range.to}, {},
                   [&](std::string_view key, std::string_view value) {
                     const Table table = decode_table(value, table_at(key));
                     TableCheck(tx, catalog, table, problems).run();
                     return store::Visit::kContinue;
                   });
      const store::KeyRange backups = all_backups_in(static_cast<store::Shard>(shard));
      tx.scan_each({static_cast<store::Shard>(shard), backups.from, backups.to}, {},
                   [&](std::string_view key, std::string_view value) {
                     check_backup(tx, backup_in(key, value), problems);
                     return store::Visit::kContinue;
                   });
      const store::KeyRange imports = all_imports_in(static_cast<store::Shard>(shard));
      tx.scan_each({static_cast<store::Shard>(shard), imports.from, imports.to}, {},
                   [&](std::string_view key, std::string_view value) {
                     check_import(tx, import_in(key, value), problems);
                     return store::Visit::kContinue;
                   });
    }
  });
  return problems;
}

}  // namespace haneul::dynamodb
