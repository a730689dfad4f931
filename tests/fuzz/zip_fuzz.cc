// Deployment packages come from anybody who may create a function. Whatever the bytes are, reading ends
// within its limits and names nothing outside the tree.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "services/lambda/zip.h"

namespace {

using haneul::lambda::ZipTarget;

void require_inside(const std::string& path) {
  const auto safe = haneul::lambda::safe_entry_path(path);
  if (!safe || *safe != path || path.empty()) std::abort();
}

class CheckedTarget final : public ZipTarget {
 public:
  void directory(const std::string& path) override { take(path); }
  void begin_file(const std::string& path, FileMode) override { take(path); }
  void append(std::string_view bytes) override { bytes_ += bytes.size(); }
  void end_file() override {}
  void link(const std::string& path, const std::string& to) override {
    take(path);
    if (!haneul::lambda::is_safe_link(path, to)) std::abort();
  }
  uint64_t bytes() const { return bytes_; }

 private:
  // Every name once, and only below directories that were made: nothing is written through a link.
  void take(const std::string& path) {
    require_inside(path);
    if (!names_.insert(path).second) std::abort();
    const size_t slash = path.rfind('/');
    if (slash != std::string::npos && !names_.contains(path.substr(0, slash))) std::abort();
  }
  std::set<std::string> names_;
  uint64_t bytes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr haneul::lambda::ZipLimits kLimits{.bytes_max = 1 << 20, .entries_max = 1000};
  CheckedTarget target;
  haneul::lambda::read_zip({reinterpret_cast<const char*>(data), size}, target, kLimits);
  if (target.bytes() > kLimits.bytes_max) std::abort();
  return 0;
}
