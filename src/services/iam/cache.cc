#include "services/iam/cache.h"

#include <mutex>

namespace haneul::iam {

namespace {
constexpr size_t kEntriesMax = 100'000;  // about 200 MB at most; then it starts anew
}

void IdentityCache::changed(store::Tx& tx, const store::Key& key) const {
  // Either may come first: the counter says whether both have been.
  tx.on_commit([state = state_, bytes = key.bytes] { note(*state, bytes, +1); });
  tx.on_durable([state = state_, bytes = key.bytes] { note(*state, bytes, -1); });
}

void IdentityCache::note(State& state, const std::string& key, int step) {
  const std::unique_lock lock(state.mutex);
  ++state.generation;
  state.values.erase(key);
  int& count = state.in_flight[key];
  count += step;
  if (count == 0) state.in_flight.erase(key);
}

IdentityCache::Value IdentityCache::find(const std::string& key, uint64_t& generation) const {
  const std::shared_lock lock(state_->mutex);
  generation = state_->generation;
  const auto found = state_->values.find(key);
  return found == state_->values.end() ? nullptr : found->second;
}

void IdentityCache::keep(const std::string& key, Value value, uint64_t generation) const {
  const std::unique_lock lock(state_->mutex);
  if (generation != state_->generation || state_->in_flight.contains(key)) return;
  if (state_->values.size() >= kEntriesMax) state_->values.clear();
  state_->values.insert_or_assign(key, std::move(value));
}

}  // namespace haneul::iam
