// Context: the condition keys of one request (aws:SourceIp, s3:prefix, ...), each with its values as text.
// Key names are compared without case, as IAM does. Source: IAM User Guide, "AWS global condition context
// keys". Thread rule: like any value; share only when constant.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace haneul::aws::policy {

struct LessIgnoringCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

class Context {
 public:
  using Values = std::vector<std::string>;
  using Keys = std::map<std::string, Values, LessIgnoringCase>;
  using Fill = std::function<void(Context&)>;

  Context() = default;
  // The keys are set when the first of them is looked for: most policies ask for none. What `fill` refers to
  // outlives the context.
  explicit Context(Fill fill) : fill_(std::move(fill)) {}

  void set(std::string_view key, std::string value) { keys_[std::string(key)] = {std::move(value)}; }
  void set_all(std::string_view key, Values values) { keys_[std::string(key)] = std::move(values); }
  const Values* find(std::string_view key) const {  // null when the request does not have the key
    const Keys& keys = entries();
    const auto found = keys.find(key);
    return found == keys.end() ? nullptr : &found->second;
  }
  const Keys& entries() const {
    if (fill_) {
      Context filled;
      fill_(filled);
      fill_ = nullptr;
      keys_ = std::move(filled.keys_);
    }
    return keys_;
  }

 private:
  mutable Keys keys_;
  mutable Fill fill_;
};

}  // namespace haneul::aws::policy
