// Provisioning: which environments are wanted ready ahead of any invocation, and how far that is. It counts;
// the engine starts what take_due() names and says what became of it. Starts are few at a time, so that they
// do not keep invocations from getting environments; those that fail are tried again after growing pauses.
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
// Thread rule: any thread. Invariant: no more are started than wanted, counting those that are ready.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compute/environment.h"
#include "compute/provision_wish.h"

namespace haneul::compute {

class Provisioning {
 public:
  static constexpr uint32_t kStartsMax = 8;
  static constexpr uint32_t kStartsOfOneMax = 2;  // so that slow ones leave room for others

  struct Start {
    std::shared_ptr<const FunctionImage> image;
    LogSink* sink = nullptr;
  };

  // Replaces all wishes of the function. What failed before is tried again at once when the wish is another.
  void want(std::string_view function_arn, std::vector<ProvisionWish> wishes, LogSink& sink);
  void forget(std::string_view function_arn);
  std::vector<Start> take_due(Timestamp now);
  enum class Verdict { kKeep, kDrop };
  Verdict started(const Environment& environment);
  // Whose fault: what the server could not do is told only when it fails again and again.
  enum class Cause { kFunction, kServer };
  struct Failure {
    Cause cause = Cause::kServer;
    std::string reason;
  };
  // How long to wait before the next try.
  std::chrono::milliseconds failed(const FunctionImage& image, const Failure& failure, Timestamp now);
  void lost(const Environment& environment);  // it has been or will be ended
  // Counts it out when more are ready than wanted, or when it is of another revision.
  Verdict judge(const Environment& environment);

  void tell_kept(std::chrono::nanoseconds now);  // the wishes' on_kept, of the time since it was called last

  std::unordered_map<std::string, uint32_t> set_aside() const;  // for Concurrency
  ProvisionState state(const std::string& image_key) const;
  uint32_t ready() const;
  bool any() const { return any_.load(std::memory_order_relaxed); }  // whether anything may be ready

 private:
  struct Group {
    ProvisionWish wish;
    LogSink* sink = nullptr;
    std::string asked;  // the mark of the last wish, also of one that was taken back
    uint32_t starting = 0;
    std::set<const Environment*> ready;
    int failures = 0;
    Timestamp retry_at{};
    bool is_reached = false;
    std::string failure;
  };
  void drop_wishes(std::string_view function_arn);
  void prune(const std::string& key);
  void prune_all();

  mutable std::mutex mutex_;
  std::atomic<bool> any_{false};
  uint32_t starting_ = 0;
  std::chrono::nanoseconds told_at_{0};
  std::unordered_map<std::string, Group> groups_;  // by image key
};

}  // namespace haneul::compute
