#include "store/space.h"

#include <algorithm>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "store/errors.h"

namespace haneul::store {

namespace {

constexpr int64_t kLookEveryNs = 100'000'000;
constexpr int64_t kLookEveryBytes = 1 << 20;

int64_t monotonic_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

struct statvfs stat_of(const std::filesystem::path& directory) {
  struct statvfs info{};
  if (statvfs(directory.c_str(), &info) != 0) {
    throw Unavailable(fmt::format("cannot ask for the free space of {}", directory.string()));
  }
  return info;
}

}  // namespace

SpaceGuard::SpaceGuard(std::filesystem::path directory, const SpacePolicy& policy)
    : directory_(std::move(directory)), ballast_(directory_ / "ballast"), policy_(policy) {
  const struct statvfs info = stat_of(directory_);
  const uint64_t total = static_cast<uint64_t>(info.f_blocks) * info.f_frsize;
  limit_ = std::max(policy_.floor_bytes, std::min(total / 20, policy_.cap_bytes));
  look();
}

uint64_t SpaceGuard::free_bytes() const {
  const struct statvfs info = stat_of(directory_);
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

void SpaceGuard::require_space(uint64_t bytes) {
  const bool spent = budget_.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed) <= 0;
  if (spent || monotonic_ns() - looked_at_ns_.load(std::memory_order_relaxed) > kLookEveryNs) look();
  if (low_.load(std::memory_order_relaxed)) {
    throw DiskFull(fmt::format("less than {} MiB are free in the data directory", limit_ >> 20));
  }
}

void SpaceGuard::look() {
  const std::lock_guard lock(mutex_);
  const uint64_t free = free_bytes();
  tend_ballast(free);
  const bool low = free < limit_;
  if (low != low_) {
    log_warning(low ? "the disk is nearly full: writes are refused, reads and deletes go on"
                    : "the disk has room again: writes are accepted");
  }
  low_ = low;
  // Near the limit every write looks; far from it a megabyte may pass unseen.
  const uint64_t above = low ? 0 : free - limit_;
  budget_ = static_cast<int64_t>(std::min<uint64_t>(above / 8, kLookEveryBytes));
  looked_at_ns_ = monotonic_ns();
}

void SpaceGuard::tend_ballast(uint64_t free) {
  if (policy_.ballast_bytes == 0) return;
  std::error_code ignored;
  const bool present = std::filesystem::exists(ballast_, ignored);
  if (present && free < limit_ / 4) {
    std::filesystem::remove(ballast_, ignored);
    log_error("the disk is almost full: the ballast file was given up to keep reads and deletes going");
  }
  if (present || free < limit_ + 2 * policy_.ballast_bytes) return;
  const int fd = open(ballast_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return;  // without ballast the limit alone protects
  if (posix_fallocate(fd, 0, static_cast<off_t>(policy_.ballast_bytes)) != 0) {
    std::filesystem::remove(ballast_, ignored);
  }
  close(fd);
}

}  // namespace haneul::store
