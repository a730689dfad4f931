#include "services/dynamodb/backups/past.h"

#include "base/text.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kPageItems = 200;
constexpr size_t kPageBytes = 1 << 20;  // the row that reaches it is the last of its page

std::optional<Attributes> image_of(const std::string& bytes) {
  if (bytes.empty()) return std::nullopt;
  return decode_item(bytes);
}

// For one key after the other, the first undo row after a moment: what the item was at that moment.
class UndoWalk {
 public:
  struct Found {
    UndoPlace place;
    std::optional<Attributes> image;
  };
  UndoWalk(store::Reader& reader, const Table& table, size_t partition)
      : reader_(reader), rows_(Rows::undo(table)), shard_(rows_.scope(partition).shard) {}

  std::optional<Found> next(const store::KeyRange& range, Timestamp at) {
    std::string from = range.from;
    while (from < range.to) {
      const auto found = reader_.scan(shard_, from, range.to, {.limit = 1});
      if (found.empty()) break;
      UndoPlace place = undo_at(found.front().key);
      if (place.at > at) return Found{std::move(place), image_of(found.front().value)};
      from = rows_.undone(place.key, at + Milliseconds(1), 0).bytes;
    }
    return std::nullopt;
  }
  // The newest row of the item up to a moment.
  std::optional<Timestamp> last_until(const ItemKey& key, Timestamp at) {
    const auto found =
        reader_.scan(shard_, rows_.at(key).from, rows_.undone(key, at + Milliseconds(1), 0).bytes,
                     {.limit = 1, .direction = store::Direction::kReverse});
    if (found.empty()) return std::nullopt;
    return undo_at(found.front().key).at;
  }
  std::string behind(const ItemKey& key) const { return rows_.at(key).to; }
  const Rows& rows() const { return rows_; }

 private:
  store::Reader& reader_;
  Rows rows_;
  store::Shard shard_;
};

class PageReader {
 public:
  PageReader(store::Reader& reader, const Table& table, const PastPlace& from, Timestamp at)
      : reader_(reader),
        undo_(reader, table, from.partition),
        items_(Rows::items(table)),
        from_(from),
        at_(at) {}

  PastPage run() {
    read_items();
    left_ = undo_.rows().all(from_.partition);
    if (from_.after) left_.from = undo_.behind(*from_.after);
    if (full_) left_.to = undo_.behind(item_at(found_.back().key));
    step_undo();
    size_t at = 0;
    while ((at < found_.size() || undone_) && keys_ < kPageItems && bytes_ < kPageBytes) take(at);
    if (at == found_.size() && !undone_ && !full_) {
      page_.next.partition = from_.partition + 1;
    } else {
      page_.next = {.partition = from_.partition, .after = std::move(last_)};
    }
    return std::move(page_);
  }

 private:
  void read_items() {
    store::KeyRange range = items_.all(from_.partition);
    if (from_.after) range.from = items_.at(*from_.after).to;
    size_t bytes = 0;
    reader_.scan_each({items_.scope(from_.partition).shard, range.from, range.to}, {},
                      [&](std::string_view key, std::string_view value) {
                        found_.push_back({std::string(key), std::string(value)});
                        bytes += value.size();
                        full_ = found_.size() == kPageItems || bytes >= kPageBytes;
                        return full_ ? store::Visit::kStop : store::Visit::kContinue;
                      });
  }

  void step_undo() {
    undone_ = undo_.next(left_, at_);
    if (undone_) left_.from = undo_.behind(undone_->place.key);
  }

  // The next key of the two lists: as the undo row has it, else as it is.
  void take(size_t& at) {
    ++keys_;
    std::optional<ItemKey> present;
    if (at < found_.size()) present = item_at(found_[at].key);
    if (undone_ && (!present || undone_->place.key <= *present)) {
      if (present == undone_->place.key) ++at;
      last_ = undone_->place.key;
      if (undone_->image) add(std::move(*undone_->image));
      step_undo();
      return;
    }
    add(decode_item(found_[at++].value));
    last_ = std::move(present);
  }

  void add(Attributes item) {
    bytes_ += size_of(item);
    page_.items.push_back(std::move(item));
  }

  store::Reader& reader_;
  UndoWalk undo_;
  Rows items_;
  PastPlace from_;
  Timestamp at_;
  std::vector<store::Entry> found_;
  bool full_ = false;  // there may be more items behind those that were found
  store::KeyRange left_;
  std::optional<UndoWalk::Found> undone_;
  std::optional<ItemKey> last_;
  size_t keys_ = 0, bytes_ = 0;
  PastPage page_;
};

}  // namespace

PastPage read_past(store::Reader& reader, const Table& table, const PastPlace& from, Timestamp at) {
  return PageReader(reader, table, from, at).run();
}

PastChanges read_past_changes(store::Reader& reader, const Table& table, const PastPlace& from,
                              const PastPeriod& period) {
  UndoWalk undo(reader, table, from.partition);
  const Rows items = Rows::items(table);
  store::KeyRange left = undo.rows().all(from.partition);
  if (from.after) left.from = undo.behind(*from.after);
  PastChanges out;
  size_t bytes = 0;
  for (size_t keys = 0; keys < kPageItems && bytes < kPageBytes; ++keys) {
    auto first = undo.next(left, period.from);
    if (!first) {
      out.next.partition = from.partition + 1;
      return out;
    }
    const ItemKey key = first->place.key;
    left.from = undo.behind(key);
    out.next = {.partition = from.partition, .after = key};
    if (first->place.at > period.to) continue;
    PastChange change;
    change.at = *undo.last_until(key, period.to);
    const auto later =
        undo.next({undo.rows().undone(key, period.to + Milliseconds(1), 0).bytes, left.from}, period.to);
    if (later) {
      change.after = later->image;
    } else if (const auto now = reader.get(items.item(key))) {
      change.after = decode_item(*now);
    }
    change.before = std::move(first->image);
    // Absent before and after: nobody knows its key attributes any more, and there is nothing to tell.
    if (!change.before && !change.after) continue;
    if (change.before == change.after) continue;
    change.keys = key_of(table.keys, change.after ? *change.after : *change.before);
    bytes += (change.before ? size_of(*change.before) : 0) + (change.after ? size_of(*change.after) : 0);
    out.changes.push_back(std::move(change));
  }
  return out;
}

Document document_of(Timestamp at) { return Document(at.time_since_epoch().count()); }

Timestamp moment_in(const Document& payload) { return Timestamp(Milliseconds(payload.as_int())); }

Document document_of(const PastPlace& place) {
  Document out = Document::Object{{"partition", place.partition}};
  if (place.after) {
    out.set("digest", base64_encode(place.after->digest));
    out.set("sort", base64_encode(place.after->sort));
  }
  return out;
}

PastPlace past_place_of(const Document& payload) {
  PastPlace out{.partition = static_cast<size_t>(payload.find("partition")->as_int()), .after = {}};
  if (payload.find("digest") == nullptr) return out;
  out.after = ItemKey{.digest = base64_decode(payload.string_or("digest", "")).value_or(""),
                      .sort = base64_decode(payload.string_or("sort", "")).value_or("")};
  return out;
}

}  // namespace haneul::dynamodb
