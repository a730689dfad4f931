#include "services/dynamodb/transfer/importing.h"

#include <array>

#include "services/dynamodb/backups/restoring.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kKind = "dynamodb.import";
constexpr size_t kParallel = 2;
constexpr size_t kTextsMax = 4;
constexpr size_t kStepBytes = 1 << 20;  // of text; other work of the loop gets its turn
constexpr int kStepObjects = 64;
constexpr auto kTroubleDelay = std::chrono::seconds(5);

Document payload_of(const ImportName& where) {
  return Document::Object{{"account", where.table.account.str()},
                          {"region", where.table.region.str()},
                          {"table", where.table.name},
                          {"import", where.id}};
}

ImportName name_of(const Document& payload) {
  return {.table = {.account = AccountId(payload.string_or("account", "")),
                    .region = Region(payload.string_or("region", "")),
                    .name = payload.string_or("table", "")},
          .id = payload.string_or("import", "")};
}

bool is_ours(const TablePtr& table, const Import& given) {
  return table != nullptr && table->id == given.table_id && table->is_filling;
}

void end_object(Import& given) {
  given.after = given.object->key;
  given.object.reset();
  given.offset = 0;
}

void complete(Import& given) {
  given.state = Import::State::kCompleted;
  if (given.errors == 0) return;
  given.fail(
      "ItemValidationError",
      "Some of the items failed validation checks and were not imported. Please check CloudWatch error "
      "logs for more details.");
}

}  // namespace

// What one run takes from the text.
struct Importing::Stretch {
  TablePtr table;
  size_t budget = kStepBytes;
  std::array<std::vector<Attributes>, kPartitions> items;
  std::vector<ImportProblem> problems;
  bool is_cut = false;  // S3 has troubles: the next run is not at once

  // What ends the import, or the run.
  void stop(Import& given, SourceFailure failure) {
    is_cut = failure.of == SourceFailure::Of::kMoment;
    if (!is_cut) given.fail(std::move(failure.code), std::move(failure.message));
  }

  void add_problem(Import& given, uint64_t index, std::string message) {
    ++given.processed;
    ++given.errors;
    problems.push_back({.key = given.object->key, .index = index, .message = std::move(message)});
  }

  void add(Import& given, ImportedItem found) {
    given.bytes += static_cast<int64_t>(found.end - given.offset);
    given.offset = found.end;
    if (!found.item) return add_problem(given, found.index, std::move(found.item.error()));
    ++given.processed;
    ++given.imported;
    const size_t partition = partition_of(item_key(table->keys, *found.item).digest);
    items[partition].push_back(std::move(*found.item));
  }
};

Importing::Importing(const Parts& parts) : parts_(parts), log_(parts.logs, parts.clock) {
  parts_.jobs.handle(std::string(kKind), kParallel, [this](const platform::Job& job) { return run(job); });
}

void Importing::begin(store::Tx& tx, const Import& given) {
  parts_.jobs.add(tx, kKind, given.started, payload_of(given.where));
}

Task<platform::JobOutcome> Importing::run(const platform::Job& job) {
  const ImportName where = name_of(job.payload);
  auto given = parts_.db.read([&](store::ReadTx& tx) { return find_import(tx, where); });
  if (!given || given->state != Import::State::kInProgress) co_return platform::JobOutcome::done();
  const int64_t errors = given->errors;
  Stretch stretch;
  TextPtr text = co_await step(*given, stretch);
  write_items(*given, stretch);
  log_.tell(*given, stretch.problems, errors);
  save(*given);
  if (given->state != Import::State::kInProgress) co_return platform::JobOutcome::done();
  keep_text(*given, std::move(text));
  // Imports go on in the order in which they began, so only a few texts are open.
  co_return platform::JobOutcome::again(stretch.is_cut ? parts_.clock.now() + kTroubleDelay : given->started);
}

// Gives the text that is to be gone on with, if there is one.
Task<Importing::TextPtr> Importing::step(Import& given, Stretch& stretch) {
  if (given.after.empty() && !given.object) log_.begin(given);
  stretch.table = parts_.catalog.newest_or_null(given.where.table);
  if (!is_ours(stretch.table, given)) given.fail("TableNotFound", "The table of the import is gone");
  ImportSource source(*dispatcher_, given);
  for (int objects = 0; objects < kStepObjects && given.state == Import::State::kInProgress; ++objects) {
    if (!given.object) {
      auto found = co_await source.next(given.after);
      if (!found) {
        stretch.stop(given, std::move(found.error()));
        break;
      }
      given.object = std::move(*found);
      if (!given.object) complete(given);
      if (!given.object) break;
    }
    TextPtr text = take_text(given);
    co_await read(given, source, *text, stretch);
    if (!text->is_at_end()) co_return text;
    end_object(given);
  }
  co_return nullptr;
}

Task<void> Importing::read(Import& given, ImportSource& source, ImportText& text, Stretch& stretch) {
  while (true) {
    bool is_broken = false;
    while (auto found = text.next(*stretch.table, given.offset, stretch.budget)) {
      is_broken = found->is_last;
      stretch.add(given, std::move(*found));
    }
    if (text.is_at_end()) {
      if (!is_broken) given.bytes += static_cast<int64_t>(text.unpacked() - given.offset);
      co_return;
    }
    if (stretch.budget == 0) co_return;
    auto piece = co_await source.read(text.object(), text.fetched());
    if (piece) {
      text.feed(std::move(*piece));
    } else if (piece.error().of == SourceFailure::Of::kObject) {
      stretch.add_problem(given, text.count(), std::move(piece.error().message));
      text.abandon();
      co_return;
    } else {
      co_return stretch.stop(given, std::move(piece.error()));
    }
  }
}

void Importing::write_items(const Import& given, const Stretch& stretch) {
  const WriteContext context{parts_.catalog, parts_.changes, {.now = parts_.clock.now()}};
  TablePtr table = stretch.table;
  for (size_t partition = 0; partition < kPartitions; ++partition) {
    const std::vector<Attributes>& items = stretch.items[partition];
    while (!items.empty() && is_ours(table, given)) {
      try {
        parts_.db.write(Rows::items(*table).scope(partition),
                        [&](store::Tx& tx) { fill(tx, context, *table, items); });
        break;
      } catch (const TableMoved&) {
        table = parts_.catalog.newest_or_null(given.where.table);
      }
    }
  }
}

// The table becomes usable when the import ends, with the items that it has. Where not even the source could
// be read, there is no table.
void Importing::save(Import& given) {
  const bool is_done = given.state != Import::State::kInProgress;
  if (is_done) given.ended = parts_.clock.now();
  const bool is_untouched = given.state == Import::State::kFailed && given.processed == 0 && given.bytes == 0;
  const TableName& where = given.where.table;
  parts_.db.write(catalog_scope(where.account, where.region), [&](store::Tx& tx) {
    save_import(tx, given);
    const TablePtr found = is_done ? parts_.catalog.find(tx, where) : nullptr;
    if (!is_ours(found, given)) return;
    if (is_untouched) return parts_.catalog.erase(tx, *found);
    Table table = *found;
    table.is_filling = false;
    parts_.catalog.save(tx, table);
  });
}

// The text of the import's object: where the last run left it, or from its beginning.
Importing::TextPtr Importing::take_text(const Import& given) {
  TextPtr text;
  {
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(given.where.arn());
    if (found != texts_.end()) {
      text = std::move(found->second);
      texts_.erase(found);
    }
  }
  const bool fits = text != nullptr && text->object().key == given.object->key;
  if (!fits) text = std::make_unique<ImportText>(given.request, *given.object);
  return text;
}

void Importing::keep_text(const Import& given, TextPtr text) {
  if (text == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (texts_.size() >= kTextsMax) texts_.erase(texts_.begin());
  texts_[given.where.arn()] = std::move(text);
}

}  // namespace haneul::dynamodb
