// The events that functions were given, kept for haneul replay: at most so many bytes, at most a day,
// readable by the data directory's owner only. Off unless serve is told to keep them.
//
// Two files of JSON lines, events/current.jsonl and events/previous.jsonl: when the first is half of what may
// be kept, or half a day old, it takes the place of the second. Nothing is synced: an event of the last
// moment may be missing after a crash, as an invocation does not wait for it. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "services/lambda/function_runner.h"

namespace haneul::app {

struct KeptEvent {
  Timestamp at;
  std::string request_id;
  std::string invoked_arn;  // with the qualifier that the caller used
  std::string version;
  std::string code;  // names the package that ran
  std::string payload;
};

class EventJournal {
 public:
  EventJournal(std::filesystem::path directory, uint64_t bytes_max, const Clock& clock);
  void keep(const KeptEvent& event);

  // The newest of that id, from the files of a server that may be running.
  static std::optional<KeptEvent> find(const std::filesystem::path& directory, const std::string& request_id);

 private:
  void open_current();
  void forget_old(Timestamp now);

  const std::filesystem::path directory_;
  const uint64_t bytes_max_;
  const Clock& clock_;
  std::mutex mutex_;
  Fd file_;
  uint64_t bytes_ = 0;
  Timestamp begun_;
};

// Keeps what passes, and lets another run it.
class KeepingRunner final : public lambda::FunctionRunner {
 public:
  KeepingRunner(lambda::FunctionRunner& runner, EventJournal& journal) : runner_(runner), journal_(journal) {}
  Task<compute::InvokeResult> invoke(std::shared_ptr<const compute::FunctionImage> image,
                                     compute::Invocation invocation, compute::ConcurrencyLimits limits,
                                     compute::LogSink& sink) override;
  Task<compute::SnapshotOutcome> take_snapshot(std::shared_ptr<const compute::FunctionImage> image,
                                               compute::LogSink& sink) override {
    return runner_.take_snapshot(std::move(image), sink);
  }
  void drop_snapshots(std::string_view function_arn, std::string_view version) override {
    runner_.drop_snapshots(function_arn, version);
  }
  std::vector<compute::SnapshotName> snapshots() const override { return runner_.snapshots(); }
  void retire_function(std::string_view function_arn) override { runner_.retire_function(function_arn); }
  void provision(std::string_view function_arn, std::vector<compute::ProvisionWish> wishes,
                 compute::LogSink& sink) override {
    runner_.provision(function_arn, std::move(wishes), sink);
  }
  compute::ProvisionState provisioned(const std::string& image_key) const override {
    return runner_.provisioned(image_key);
  }

 private:
  lambda::FunctionRunner& runner_;
  EventJournal& journal_;
};

}  // namespace haneul::app
