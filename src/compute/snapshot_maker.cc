#include "compute/snapshot_maker.h"

#include <fmt/format.h>

#include "base/json.h"

namespace haneul::compute {

namespace {

using Kind = SnapshotOutcome::Kind;

std::string message_of(const RuntimeFault& fault) {
  try {
    return parse_json(fault.body).string_or("errorMessage", "");
  } catch (const ParseError&) {
    return {};
  }
}

}  // namespace

SnapshotOutcome snapshot_outcome(const InitOutcome& init) {
  switch (init.kind) {
    case InitOutcome::Kind::kReady: return {Kind::kReady, {}, round_up(init.duration)};
    case InitOutcome::Kind::kTimeout:
      return {Kind::kTimeout, "The function's initialization took longer than it may."};
    case InitOutcome::Kind::kCannotStart: return {Kind::kServer, init.reason};
    case InitOutcome::Kind::kError: {
      const bool is_entrypoint = init.fault.error_type == "Runtime.InvalidEntrypoint";
      return {is_entrypoint ? Kind::kEntrypoint : Kind::kInitError,
              fmt::format("{}: {}", init.fault.error_type, message_of(init.fault))};
    }
    case InitOutcome::Kind::kExited:
      // As the server's stop and the launcher's end do it: tried again, where nothing else ended it.
      if (!init.out_of_memory && init.reason == "signal: killed")
        return {Kind::kServer, "the environment was ended from outside"};
      [[fallthrough]];
    case InitOutcome::Kind::kExtension:
      return {init.out_of_memory ? Kind::kOutOfMemory : Kind::kInitError,
              fmt::format("{}: the runtime ended during initialization ({})", init.fault.error_type,
                          init.reason.empty() ? "exit status 0" : init.reason)};
  }
  return {};
}

Task<SnapshotOutcome> SnapshotMaker::take(ImagePtr image, LogSink& sink) {
  if (!snapshots_.enabled()) co_return SnapshotOutcome{Kind::kServer, "this server takes no snapshots"};
  if (co_await snapshots_.find(*image)) co_return SnapshotOutcome{};
  const std::string key = image->key() + " " + image->revision;
  const Completion<SnapshotOutcome> done;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    auto& waiters = waiting_[key];
    is_first = waiters.empty();
    waiters.push_back(done);
  }
  if (is_first) {
    spawn(*Executor::current(), "take snapshot",
          take_for_all(shared_from_this(), std::move(image), sink, key));
  }
  co_return *(co_await done.wait_forever());
}

Task<void> SnapshotMaker::take_for_all(std::shared_ptr<SnapshotMaker> self, ImagePtr image, LogSink& sink,
                                       std::string key) {
  SnapshotOutcome outcome;
  try {
    outcome = co_await self->work_(std::move(image), sink);
  } catch (const std::exception& error) {
    outcome = {Kind::kServer, error.what()};
  }
  std::vector<Completion<SnapshotOutcome>> waiters;
  {
    const std::lock_guard lock(self->mutex_);
    waiters = std::move(self->waiting_.extract(key).mapped());
  }
  for (const auto& each : waiters) each.set(outcome);
}

}  // namespace haneul::compute
