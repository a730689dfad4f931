// TempDirectory: a directory for one test, removed with all it holds. TempFileSystem: a small memory file
// system, where this user may mount one.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/mount.h>

#include "base/check.h"

namespace haneul::store {

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "haneul-test-XXXXXX").string();
    HANEUL_CHECK(mkdtemp(name.data()) != nullptr, "a test needs a temporary directory");
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class TempFileSystem {
 public:
  explicit TempFileSystem(const char* options, unsigned long flags = 0)
      : mounted_(mount("tmpfs", directory_.path().c_str(), "tmpfs", flags, options) == 0) {}
  ~TempFileSystem() {
    if (mounted_) umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return directory_.path(); }

 private:
  TempDirectory directory_;
  bool mounted_;
};

}  // namespace haneul::store
