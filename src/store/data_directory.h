// DataDirectory: the one place where Haneul keeps what it must not lose (docs/data-directory.md describes the
// layout). Opening creates what is missing with mode 0700, takes an exclusive lock that ends with the
// process, and refuses what this binary cannot serve with a message for the person at the keyboard.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "base/fd.h"

namespace haneul::store {

class DataDirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class DataDirectory {
 public:
  static constexpr int kFormat = 1;  // the newest format this binary reads and the one it writes

  // Throws DataDirectoryError: in use, of a newer format, not writable, or not a directory of ours.
  explicit DataDirectory(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path db() const { return path_ / "db"; }
  std::filesystem::path blobs() const { return path_ / "blobs"; }
  std::filesystem::path tmp() const { return path_ / "tmp"; }  // emptied on every open

 private:
  void make_directory(const std::filesystem::path& path) const;
  void take_lock();
  void check_format() const;
  void empty_tmp() const;

  std::filesystem::path path_;
  Fd lock_;
};

}  // namespace haneul::store
