#include "services/iam/token_key.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "aws/session_token.h"
#include "base/fd.h"

namespace haneul::iam {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw std::runtime_error("the token key " + file.string() + " " + what);
}

void sync_directory(const std::filesystem::path& directory) {
  const Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) fail(directory, "cannot be synced");
}

void make(const std::filesystem::path& file, const std::string& key) {
  // Written beside and renamed, so that a crash never leaves half a key.
  const std::filesystem::path fresh = file.string() + ".new";
  const Fd out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (out.get() < 0) fail(file, std::string("cannot be made: ") + std::strerror(errno));
  const bool whole = ::write(out.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size());
  if (!whole || ::fsync(out.get()) != 0)
    fail(file, std::string("cannot be written: ") + std::strerror(errno));
  std::filesystem::rename(fresh, file);
  sync_directory(file.parent_path());
}

}  // namespace

Secret<std::string> load_token_key(const std::filesystem::path& file, Random& random) {
  if (!std::filesystem::exists(file)) make(file, random.bytes(aws::kTokenKeyBytes));
  const Fd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) fail(file, std::string("cannot be read: ") + std::strerror(errno));
  std::string key(aws::kTokenKeyBytes + 1, '\0');
  const ssize_t size = ::read(in.get(), key.data(), key.size());
  if (size != static_cast<ssize_t>(aws::kTokenKeyBytes)) fail(file, "does not hold 32 bytes");
  key.resize(aws::kTokenKeyBytes);
  return Secret<std::string>(std::move(key));
}

}  // namespace haneul::iam
