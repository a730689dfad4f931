#include "model/pattern_cache.h"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <re2/re2.h>

#include "base/check.h"

namespace haneul::model {
namespace {

std::unique_ptr<re2::RE2> compile(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
}

class Cache {
 public:
  const re2::RE2& find(std::string_view pattern) {
    {
      std::shared_lock lock(mutex_);
      if (const auto found = compiled_.find(pattern); found != compiled_.end()) return *found->second;
    }
    std::unique_ptr<re2::RE2> made = compile(pattern);
    HANEUL_CHECK(made->ok(), "a model's pattern is not RE2");
    std::unique_lock lock(mutex_);
    return *compiled_.try_emplace(std::string(pattern), std::move(made)).first->second;
  }

 private:
  std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<re2::RE2>, std::less<>> compiled_;
};

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  static Cache cache;
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), cache.find(pattern));
}

bool is_valid_pattern(std::string_view pattern) { return compile(pattern)->ok(); }

}  // namespace haneul::model
