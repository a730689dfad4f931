// SnapshotMaker: has each version's snapshot taken once for all who want it meanwhile.
// Thread rule: any thread; take() on an executor's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/task/completion.h"
#include "base/task/task.h"
#include "compute/engine.h"
#include "compute/environment.h"
#include "compute/snapshots.h"

namespace haneul::compute {

// What the outcome of an initialisation for a snapshot means for its version.
SnapshotOutcome snapshot_outcome(const InitOutcome& init);

class SnapshotMaker : public std::enable_shared_from_this<SnapshotMaker> {
 public:
  using ImagePtr = std::shared_ptr<const FunctionImage>;
  // Initialises the version in an environment and keeps its image.
  using Work = std::function<Task<SnapshotOutcome>(ImagePtr image, LogSink& sink)>;

  SnapshotMaker(Snapshots& snapshots, Work work) : snapshots_(snapshots), work_(std::move(work)) {}
  Task<SnapshotOutcome> take(ImagePtr image, LogSink& sink);

 private:
  static Task<void> take_for_all(std::shared_ptr<SnapshotMaker> self, ImagePtr image, LogSink& sink,
                                 std::string key);

  Snapshots& snapshots_;
  Work work_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Completion<SnapshotOutcome>>> waiting_;
};

}  // namespace haneul::compute
