// Zip: reading deployment packages from outside. Nothing of an archive is trusted: names stay inside the tree
// (no absolute path, no "..", nothing below a symbolic link), links point inside, only files, directories and
// links exist, and bytes and entries are counted while they are unpacked, so that a bomb is stopped early.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
// Thread rule: one archive, one thread; blocking, so on a BlockingPool.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "services/lambda/limits.h"

namespace haneul::lambda {

struct ZipLimits {
  uint64_t bytes_max = kUnzippedBytesMax;
  size_t entries_max = kZipEntriesMax;
};

enum class ZipFault { kBroken, kUnsafe, kTooLarge, kTooMany, kEmpty };

struct ZipFailure {
  ZipFault fault;
  std::string detail;  // for the log
};

struct ZipContents {
  uint64_t bytes = 0;  // unpacked
  size_t entries = 0;
};

// What an archive is unpacked into; paths are relative, normal and already checked.
class ZipTarget {
 public:
  enum class FileMode { kPlain, kExecutable };
  virtual ~ZipTarget() = default;
  virtual void directory(const std::string& path) = 0;
  virtual void begin_file(const std::string& path, FileMode mode) = 0;
  virtual void append(std::string_view bytes) = 0;
  virtual void end_file() = 0;
  virtual void link(const std::string& path, const std::string& to) = 0;  // after all files
};

std::expected<ZipContents, ZipFailure> read_zip(std::string_view zip, ZipTarget& target,
                                                const ZipLimits& limits = {});

// Checks the archive without keeping anything.
std::expected<ZipContents, ZipFailure> check_zip(std::string_view zip, const ZipLimits& limits = {});

// Unpacks into an existing empty directory: files 0644 or 0755, directories 0755. Nothing is
// synced: a tree is made again from its zip. Throws store::DiskFull or store::Unavailable when the disk does
// not take it.
std::expected<ZipContents, ZipFailure> unpack_zip(std::string_view zip,
                                                  const std::filesystem::path& directory,
                                                  const ZipLimits& limits = {});

// The path as it is used, or nothing when it would leave the tree.
std::expected<std::string, ZipFailure> safe_entry_path(std::string_view name);
// Whether a link at `path` with this content stays inside the tree, whatever other links there are.
bool is_safe_link(std::string_view path, std::string_view to);

}  // namespace haneul::lambda
