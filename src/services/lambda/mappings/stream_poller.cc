#include "services/lambda/mappings/stream_poller.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "services/lambda/mappings/shard_reader.h"

namespace haneul::lambda {

using platform::StreamPosition;
using platform::StreamShard;

namespace {
constexpr Milliseconds kListPause{5'000};
}  // namespace

Task<void> StreamPoller::poll() {
  const auto self = std::static_pointer_cast<StreamPoller>(shared_from_this());
  const platform::Watch watch =
      source_.watch(mapping().source_arn, [weak = std::weak_ptr<StreamPoller>(self)] {
        const auto poller = weak.lock();
        if (!poller || poller->is_told_.exchange(true)) return;
        poller->parts().executor.post([poller] {
          poller->is_told_ = false;
          for (const auto& [id, reader] : poller->readers_) reader->wake();
          if (poller->readers_.empty()) poller->wakeup_.wake();
        });
      });
  while (!is_stopping()) {
    const Milliseconds pause = look();
    co_await sleep(wakeup_, pause);
  }
}

Milliseconds StreamPoller::look() {
  try {
    retention_ = source_.describe(access().reader(), mapping().source_arn).retention;
    start_readers();
    troubles_ = 0;
    return kListPause;
  } catch (const model::ServiceError& error) {
    reader_trouble(error);
  }
  return trouble_pause(++troubles_);
}

void StreamPoller::reader_trouble(const model::ServiceError& error) {
  note_result("PROBLEM: " + access_problem(mapping(), error));
}

void StreamPoller::start_readers() {
  const std::vector<StreamShard> shards = source_.shards(access().reader(), mapping().source_arn);
  std::map<std::string, ShardProgress> known = checkpoints().shards();
  for (const auto& [id, progress] : ended_) known[id] = progress;
  drop_gone(shards, known);
  std::set<std::string> unfinished;
  for (const StreamShard& shard : shards) {
    const auto found = known.find(shard.id);
    if (found == known.end() || !found->second.is_ended) unfinished.insert(shard.id);
  }
  for (const StreamShard& shard : shards) {
    if (!unfinished.contains(shard.id) || readers_.contains(shard.id)) continue;
    const bool waits = std::ranges::any_of(
        shard.parents, [&](const std::string& parent) { return unfinished.contains(parent); });
    if (waits) continue;
    const auto found = known.find(shard.id);
    auto reader = std::make_shared<ShardReader>(*this, shard.id,
                                                found == known.end() ? first_progress() : found->second);
    readers_.emplace(shard.id, reader);
    run_beside("reading a shard", read_shard(reader, shard.id));
  }
}

// A position in time survives a crash before the first checkpoint; "the newest record now" would not.
ShardProgress StreamPoller::first_progress() const {
  ShardProgress out{.position = {}, .is_ended = false, .factor = mapping().factor};
  if (mapping().starting_position == "TRIM_HORIZON") return out;
  out.position.kind = StreamPosition::Kind::kAtTimestamp;
  out.position.at = mapping().starting_at.value_or(mapping().created_at);
  return out;
}

void StreamPoller::drop_gone(const std::vector<StreamShard>& shards,
                             const std::map<std::string, ShardProgress>& known) {
  for (const auto& [id, progress] : known) {
    const bool is_there = std::ranges::any_of(shards, [&](const StreamShard& each) { return each.id == id; });
    if (is_there || readers_.contains(id)) continue;
    ended_.erase(id);
    checkpoints().save([&](store::Tx& tx) { checkpoints().drop(tx, id); });
  }
}

Task<void> StreamPoller::read_shard(std::shared_ptr<ShardReader> reader, std::string id) {
  try {
    co_await reader->run();
  } catch (const std::exception& error) {
    log_warning("a shard is read again", {{"shard", id}, {"reason", error.what()}});
  }
  readers_.erase(id);
  if (reader->has_ended()) {
    ended_[id] = reader->progress();
    wakeup_.wake();
  }
}

}  // namespace haneul::lambda
