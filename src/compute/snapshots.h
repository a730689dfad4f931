// Snapshots: the memory images of initialised functions, in a directory of their own (docs/adr/0011).
// An image belongs to one version of one function, and to the kernel's boot, the interpreter and the runtime
// client that it was made with; any other is made anew. It is whole or absent: written under another name,
// synced, then renamed, and its digest is compared before its first use after a start.
//
//   <directory>/<digest of version and revision>/image       what runtimes/snapshot reads
//                                               /about.json  whose, with what it was made, its digest
//
// Thread rule: any thread; what is said to block, on a pool's.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/task/loops.h"
#include "compute/engine.h"
#include "compute/image.h"

namespace haneul::compute {

inline constexpr std::string_view kImageFile = "image";

struct Snapshot {
  std::string directory;  // shown to environments of the version
  std::string token;      // what its memory presents when it asks for credentials
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Of the image that is being made.
struct SnapshotDraft {
  std::filesystem::path directory;
  std::string token;
  std::string sha256;
  uint64_t stored_bytes = 0;  // without pages of zeros
};

class Snapshots {
 public:
  Snapshots(const EngineConfig& config, Random& random);
  bool enabled() const { return !root_.empty(); }

  // The image of this version, verified; null when there is none that can be used here.
  Task<SnapshotPtr> find(const FunctionImage& image);

  SnapshotDraft begin();
  // Takes what the environment writes to the listener until it is whole; the reason when it is not.
  Task<std::optional<std::string>> receive(SnapshotDraft& draft, const FunctionImage& image, int listener);
  Task<SnapshotPtr> keep(const FunctionImage& image, const SnapshotDraft& draft);  // throws std::exception
  void discard(const SnapshotDraft& draft);

  // Of a function, or of one of its versions.
  void drop(std::string_view function_arn, std::string_view version);
  std::vector<SnapshotName> names() const;
  uint64_t stored_bytes() const;

 private:
  struct Entry {
    SnapshotName name;
    std::string fingerprint;
    std::string sha256;
    uint64_t stored_bytes = 0;
    bool is_verified = false;
    std::chrono::steady_clock::time_point used{};
    SnapshotPtr snapshot;
  };
  void load();
  std::string fingerprint_of(const FunctionImage& image) const;
  void remove(const std::string& key);  // with the lock
  void make_room(uint64_t bytes);       // with the lock
  std::optional<Entry> entry_of(const std::string& key) const;

  std::filesystem::path root_;
  uint64_t bytes_max_;
  Random& random_;
  std::string base_fingerprint_;
  BlockingPool pool_{4};
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by directory name
};

// Of a directory that no server uses: images that are not what was taken, a sentence each. For `haneul
// check`.
std::vector<std::string> check_snapshots(const std::filesystem::path& directory);

// Takes one connection at the listener and writes what comes from it into the file, digest and size into the
// draft; answers it when the image is whole. Blocks for as long as `patience`. The reason when it failed.
std::optional<std::string> receive_image(int listener, SnapshotDraft& draft, uint64_t stored_max,
                                         std::chrono::milliseconds patience);

}  // namespace haneul::compute
