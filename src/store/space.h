// SpaceGuard: refuses to fill the disk. RocksDB as Debian builds it ends the process when the disk is full,
// and a full disk cannot even be cleaned up; so puts stop while there is still room for the log of deletes
// and for compactions.
//
// The limit is 5 % of the file system, at least floor_bytes and at most cap_bytes. A ballast file holds back
// some more: it is given up when somebody else eats the reserve, so that the store can open, read and delete,
// and made again later. Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>

namespace haneul::store {

struct SpacePolicy {
  uint64_t floor_bytes = 64ULL << 20;
  uint64_t cap_bytes = 2ULL << 30;
  uint64_t ballast_bytes = 64ULL << 20;
};

class SpaceGuard {
 public:
  SpaceGuard(std::filesystem::path directory, const SpacePolicy& policy = {});

  void require_space(uint64_t bytes);  // throws DiskFull; call before a write of about this size
  uint64_t free_bytes() const;         // now, for an unprivileged writer
  uint64_t limit_bytes() const { return limit_; }

 private:
  void look();
  void tend_ballast(uint64_t free);

  const std::filesystem::path directory_;
  const std::filesystem::path ballast_;
  const SpacePolicy policy_;
  uint64_t limit_ = 0;
  std::mutex mutex_;                // one look at a time
  std::atomic<int64_t> budget_{0};  // bytes that may be written before the next look
  std::atomic<int64_t> looked_at_ns_{0};
  std::atomic<bool> low_{false};
};

}  // namespace haneul::store
