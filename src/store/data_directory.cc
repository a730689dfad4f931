#include "store/data_directory.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace haneul::store {

namespace {

constexpr std::string_view kFormatHead = "haneul data directory, format ";

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw DataDirectoryError(fmt::format("data directory {}: {}", path.string(), what));
}

[[noreturn]] void fail_errno(const std::filesystem::path& path, std::string_view what) {
  const int code = errno;
  if (code == EROFS) fail(path, "the file system is read-only");
  if (code == EACCES || code == EPERM) {
    fail(path, fmt::format("{}: no permission for user {}", what, geteuid()));
  }
  fail(path, fmt::format("{}: {}", what, std::strerror(code)));
}

std::string read_all(int fd) {
  char buffer[256];
  const ssize_t got = pread(fd, buffer, sizeof buffer, 0);
  return {buffer, got > 0 ? static_cast<size_t>(got) : 0};
}

void write_durably(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path fresh = file.string() + ".new";
  const Fd fd(open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(fd.get()) != 0) {
    fail_errno(file.parent_path(), "cannot write to it");
  }
  if (rename(fresh.c_str(), file.c_str()) != 0) fail_errno(file.parent_path(), "cannot write to it");
}

void sync_directory(const std::filesystem::path& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) fail_errno(path, "cannot sync it");
}

}  // namespace

DataDirectory::DataDirectory(const std::filesystem::path& path) : path_(std::filesystem::absolute(path)) {
  std::error_code error;
  std::filesystem::create_directories(path_.parent_path(), error);
  make_directory(path_);
  take_lock();
  check_format();
  for (const auto& part : {db(), blobs(), tmp()}) make_directory(part);
  empty_tmp();
  sync_directory(path_);
}

void DataDirectory::make_directory(const std::filesystem::path& path) const {
  if (mkdir(path.c_str(), 0700) == 0) return;
  if (errno != EEXIST) fail_errno(path_, fmt::format("cannot create {}", path.filename().string()));
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) fail_errno(path_, "cannot look at it");
  if (!S_ISDIR(info.st_mode)) fail(path_, fmt::format("{} is a file, not a directory", path.string()));
}

void DataDirectory::take_lock() {
  lock_.reset(open((path_ / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!lock_) fail_errno(path_, "cannot write to it");
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail_errno(path_, "cannot lock it");
    const std::string text = read_all(lock_.get());
    const std::string_view owner = trim(text);
    fail(path_, fmt::format("is in use by process {}", owner.empty() ? "unknown" : owner));
  }
  const std::string self = fmt::format("{}\n", getpid());
  if (ftruncate(lock_.get(), 0) != 0 || pwrite(lock_.get(), self.data(), self.size(), 0) < 0) {
    fail_errno(path_, "cannot write to it");
  }
}

void DataDirectory::check_format() const {
  const std::filesystem::path file = path_ / "format";
  std::ifstream in(file);
  if (!in) {
    // A database without a format file is not one of ours, or one that lost a part: neither is to be written
    // over.
    if (std::filesystem::exists(db() / "CURRENT")) fail(path_, "has a database but no format file");
    return write_durably(file, fmt::format("{}{}\n", kFormatHead, kFormat));
  }
  std::string line;
  std::getline(in, line);
  const auto format =
      line.starts_with(kFormatHead) ? parse_int(line.substr(kFormatHead.size())) : std::nullopt;
  if (!format || *format < 1) fail(path_, "its format file is damaged");
  if (*format > kFormat) {
    fail(path_, fmt::format("was written by a newer Haneul (format {}, this binary reads up to {})", *format,
                            kFormat));
  }
}

void DataDirectory::empty_tmp() const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(tmp(), error)) {
    std::filesystem::remove_all(entry.path(), error);
  }
}

}  // namespace haneul::store
