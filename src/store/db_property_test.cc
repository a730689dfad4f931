#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "store/db.h"
#include "store/testing/engines.h"

namespace haneul::store {
namespace {

using Model = std::map<Key, std::string>;

// The whole store as one map, through the public interface.
Model contents(Reader& reader) {
  Model all;
  for (const Shard shard : {Shard{0}, Shard{1}, Shard{4095}}) {
    for (Entry& entry : reader.scan(shard, prefix_range("")))
      all[{shard, entry.key}] = std::move(entry.value);
  }
  return all;
}

Key any_key() {
  const Shard shard = *rc::gen::element<Shard>(0, 1, 4095);
  const std::string bytes = *rc::gen::container<std::string>(rc::gen::element('\0', 'a', '\xff'));
  return {shard, bytes.substr(0, 3)};
}

void erase_range(Model& model, Shard shard, const KeyRange& range) {
  std::erase_if(model, [&](const auto& row) {
    const std::string& key = row.first.bytes;
    return row.first.shard == shard && key >= range.from && (range.to.empty() || key < range.to);
  });
}

Model expected_scan(const Model& model, Shard shard, const KeyRange& range) {
  Model inside;
  for (const auto& [key, value] : model) {
    const bool fits = key.bytes >= range.from && (range.to.empty() || key.bytes < range.to);
    if (key.shard == shard && fits) inside[key] = value;
  }
  return inside;
}

// The first and the last `limit` rows must be those of the model, whichever way the scan runs.
void check_scan(Reader& reader, const Model& model, Shard shard, const KeyRange& range) {
  const Model inside = expected_scan(model, shard, range);
  const size_t limit = *rc::gen::inRange<size_t>(1, 6);
  std::vector<std::string> keys;
  for (const auto& [key, value] : inside) keys.push_back(key.bytes);
  for (const Direction direction : {Direction::kForward, Direction::kReverse}) {
    if (direction == Direction::kReverse) std::reverse(keys.begin(), keys.end());
    const auto found = reader.scan(shard, range, {.limit = limit, .direction = direction});
    RC_ASSERT(found.size() == std::min(limit, keys.size()));
    for (size_t i = 0; i < found.size(); ++i) {
      RC_ASSERT(found[i].key == keys[i]);
      RC_ASSERT(found[i].value == inside.at({shard, keys[i]}));
    }
  }
}

void random_operation(Tx& tx, Model& model) {
  const Key key = any_key();
  const KeyRange range{key.bytes, any_key().bytes};
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
    case 1:
    case 2: {
      const std::string value = *rc::gen::container<std::string>(rc::gen::element('x', 'y', '\0'));
      tx.put(key, value);
      model[key] = value;
      return;
    }
    case 3:
      tx.del(key);
      model.erase(key);
      return;
    case 4: tx.del_range(key.shard, range); return erase_range(model, key.shard, range);
    default:
      check_scan(tx, model, key.shard, range);
      RC_ASSERT(tx.get(key) == (model.contains(key) ? std::optional(model[key]) : std::nullopt));
  }
}

struct Undo {};

// Runs random transactions, some taken back, some followed by a sync or by a reopening; the model is always
// right.
void behaves_like_a_map(const EngineKind& kind) {
  const std::unique_ptr<TestStore> store = kind.make();
  auto db = std::make_unique<Db>(store->open(), Syncing::kManual);
  Model ordered;
  Model durable;
  const size_t transactions = *rc::gen::inRange<size_t>(1, 12);
  for (size_t i = 0; i < transactions; ++i) {
    Model attempt = ordered;
    const bool take_back = *rc::gen::inRange(0, 5) == 0;
    try {
      db->write(Scope{*rc::gen::element<Shard>(0, 1, 4095)}, [&](Tx& tx) {
        const size_t operations = *rc::gen::inRange<size_t>(0, 8);
        for (size_t k = 0; k < operations; ++k) random_operation(tx, attempt);
        RC_ASSERT(contents(tx) == attempt);
        if (take_back) throw Undo();
      });
      ordered = attempt;
    } catch (const Undo&) {
    }
    const int event = *rc::gen::inRange(0, 6);
    if (event <= 1) {
      db->sync_now();
      durable = ordered;
    }
    if (event == 1) {
      db.reset();
      db = std::make_unique<Db>(store->open(), Syncing::kManual);
    }
    db->read([&](ReadTx& tx) { RC_ASSERT(contents(tx) == durable); });
  }
}

// A service can only be right when the store under it is the map it promises to be.
RC_GTEST_PROP(DbProperty, memory_behaves_like_a_map, ()) { behaves_like_a_map(kMemoryKind); }
// The engine on disk is what users have; it must agree with the one that all unit tests use.
RC_GTEST_PROP(DbProperty, rocks_behaves_like_a_map, ()) { behaves_like_a_map(kRocksKind); }

// Stops the machine at any commit or sync: what comes back must be the state after some transaction, each
// whole, and none that was acknowledged missing.
RC_GTEST_PROP(DbProperty, a_crash_keeps_a_whole_prefix, ()) {
  FaultPlan plan;
  plan.stop_at_call = *rc::gen::inRange<uint64_t>(2, 30);
  plan.stop = *rc::gen::element(FaultPlan::Moment::kBefore, FaultPlan::Moment::kAfter);
  const auto disk = std::make_shared<MemoryDisk>();
  std::vector<Model> states{Model()};
  size_t acknowledged = 0;
  try {
    Db db(std::make_unique<MemoryEngine>(disk, plan), Syncing::kManual);
    for (;;) {
      Model next = states.back();
      const bool wait = *rc::gen::inRange(0, 3) == 0;
      db.write(Scope{1}, [&](Tx& tx) {
        for (int k = 0; k < 3; ++k) {
          const Key key = any_key();
          const std::string value = std::to_string(states.size());
          tx.put(key, value);
          next[key] = value;
        }
        if (states.back() != next) states.push_back(next);
      });
      if (!wait) continue;
      db.sync_now();
      acknowledged = states.size() - 1;
    }
  } catch (const Stopped&) {
  }
  FaultPlan after;
  after.unsynced_kept = *rc::gen::inRange<uint64_t>(0, 5);
  Db db(std::make_unique<MemoryEngine>(disk, after), Syncing::kManual);
  const Model kept = db.read([&](ReadTx& tx) { return contents(tx); });
  const auto found =
      std::find(states.begin() + static_cast<std::ptrdiff_t>(acknowledged), states.end(), kept);
  RC_ASSERT(found != states.end());
}

}  // namespace
}  // namespace haneul::store
