// Images: what the engine runs, made from a version's settings once and kept while it does not change.
// Thread rule: any thread.
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/task/completion.h"
#include "compute/image.h"
#include "services/iam/port.h"
#include "services/lambda/code_store.h"
#include "services/lambda/names.h"

namespace haneul::lambda {

// Told who a function's environments act as, since they write their logs in that name.
class RoleObserver {
 public:
  virtual ~RoleObserver() = default;
  virtual void acts_as(const std::string& function_arn, const platform::Caller& caller) = 0;
};

class Images {
 public:
  using Ptr = std::shared_ptr<const compute::FunctionImage>;
  Images(const compute::RuntimeCatalog& catalog, CodeStore& code, iam::Port& iam, RoleObserver& observer)
      : catalog_(catalog), code_(code), iam_(iam), observer_(observer) {}

  // Unpacks what is missing of the version's code, once for all who ask meanwhile. Throws what is in the way,
  // and ResourceConflictException when it takes longer than a request waits.
  Task<Ptr> get(const FunctionRef& ref, const Settings& settings);
  void forget(const FunctionRef& ref);  // of all versions

 private:
  struct Outcome {
    Ptr image;
    std::exception_ptr error;  // instead of it
  };
  Ptr find(const std::string& key, const std::string& revision);
  Task<void> make_for_all(FunctionRef ref, Settings settings, std::string key);
  Task<Ptr> unpack_and_make(const FunctionRef& ref, const Settings& settings);
  Ptr make(const FunctionRef& ref, const Settings& settings) const;

  const compute::RuntimeCatalog& catalog_;
  CodeStore& code_;
  iam::Port& iam_;
  RoleObserver& observer_;
  std::mutex mutex_;
  std::unordered_map<std::string, Ptr> images_;                      // by function ARN and version
  std::map<std::string, std::vector<Completion<Outcome>>> waiting_;  // for images that are being made
};

// What Lambda says when a role is gone or does not trust it.
inline constexpr std::string_view kRoleRefused =
    "The role defined for the function cannot be assumed by Lambda.";

}  // namespace haneul::lambda
