// Unpacking an archive into a directory.
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "services/lambda/zip.h"
#include "store/blob/file_errors.h"

namespace haneul::lambda {

namespace {

// Every path is relative to a held descriptor, and no link exists before the last file was written.
class DirectoryTarget final : public ZipTarget {
 public:
  explicit DirectoryTarget(const std::filesystem::path& root)
      : root_(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) {
    if (!root_) store::throw_file_error("open " + root.string());
  }

  void directory(const std::string& path) override {
    if (::mkdirat(root_.get(), path.c_str(), 0755) != 0) store::throw_file_error("make directory");
    if (::fchmodat(root_.get(), path.c_str(), 0755, 0) != 0) store::throw_file_error("make directory");
  }

  void begin_file(const std::string& path, FileMode mode) override {
    const mode_t bits = mode == FileMode::kExecutable ? 0755 : 0644;
    file_.reset(
        ::openat(root_.get(), path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, bits));
    if (!file_ || ::fchmod(file_.get(), bits) != 0) store::throw_file_error("make file");
  }

  void append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) store::throw_file_error("write file");
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }

  void end_file() override { file_.reset(); }

  void link(const std::string& path, const std::string& to) override {
    if (::symlinkat(to.c_str(), root_.get(), path.c_str()) != 0) store::throw_file_error("make link");
  }

 private:
  Fd root_;
  Fd file_;
};

}  // namespace

std::expected<ZipContents, ZipFailure> unpack_zip(std::string_view zip,
                                                  const std::filesystem::path& directory,
                                                  const ZipLimits& limits) {
  DirectoryTarget target(directory);
  return read_zip(zip, target, limits);
}

}  // namespace haneul::lambda
