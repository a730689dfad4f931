// IdentityCache: parsed identities by the key of their row, so that a request is judged without reading or
// parsing. Exact: a row that is written is not cached from the moment its commit is ordered until it is
// durable, so whoever got an answer that waited for durability sees what it wrote. Absent rows are not
// cached (strangers must not fill the memory). Thread rule: any thread; the callbacks of changed() may
// outlive the cache.
#pragma once

#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "store/tx.h"

namespace haneul::iam {

class IdentityCache {
 public:
  // load() reads durable state and may answer null. T must be the same at every call for a key.
  template <class T, class Load>
  std::shared_ptr<const T> get(const store::Key& key, Load&& load) const {
    uint64_t generation = 0;
    if (auto found = find(key.bytes, generation)) return std::static_pointer_cast<const T>(std::move(found));
    std::shared_ptr<const T> loaded = load();
    if (loaded) keep(key.bytes, loaded, generation);
    return loaded;
  }
  // To be called in every transaction that writes or deletes the row.
  void changed(store::Tx& tx, const store::Key& key) const;

 private:
  using Value = std::shared_ptr<const void>;
  struct State {
    std::shared_mutex mutex;
    uint64_t generation = 0;  // moves with every change, so that a load that began before is not kept
    std::unordered_map<std::string, Value> values;
    std::unordered_map<std::string, int> in_flight;  // rows between order and durability
  };
  Value find(const std::string& key, uint64_t& generation) const;
  void keep(const std::string& key, Value value, uint64_t generation) const;
  static void note(State& state, const std::string& key, int step);

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace haneul::iam
