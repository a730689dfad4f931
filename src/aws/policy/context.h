// Context: the condition keys of one request (aws:SourceIp, s3:prefix, ...), each with its values as text.
// Key names are compared without case, as IAM does. Source: IAM User Guide, "AWS global condition context
// keys". Thread rule: like any value; share only when constant.
#pragma once

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
  void set(std::string_view key, std::string value) { keys_[std::string(key)] = {std::move(value)}; }
  void set_all(std::string_view key, Values values) { keys_[std::string(key)] = std::move(values); }
  const Values* find(std::string_view key) const {  // null when the request does not have the key
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : &found->second;
  }
  const std::map<std::string, Values, LessIgnoringCase>& entries() const { return keys_; }

 private:
  std::map<std::string, Values, LessIgnoringCase> keys_;
};

}  // namespace haneul::aws::policy
