// Reading archives with libarchive, which stays behind this file.
#include "services/lambda/zip.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

#include "base/text.h"

namespace haneul::lambda {

namespace {

constexpr size_t kPathBytesMax = 1024;
constexpr size_t kPieceBytesMax = 255;
constexpr size_t kLinkBytesMax = 1024;

std::unexpected<ZipFailure> fail(ZipFault fault, std::string_view detail) {
  return std::unexpected(ZipFailure{fault, std::string(detail)});
}

class NoTarget final : public ZipTarget {
 public:
  void directory(const std::string&) override {}
  void begin_file(const std::string&, FileMode) override {}
  void append(std::string_view) override {}
  void end_file() override {}
  void link(const std::string&, const std::string&) override {}
};

struct CloseArchive {
  void operator()(archive* opened) const { archive_read_free(opened); }
};
using ArchivePtr = std::unique_ptr<archive, CloseArchive>;

struct Link {
  std::string path, to;
};

// One pass over an archive. Links are made at the end, so nothing is ever written through one.
class Pass {
 public:
  Pass(archive* opened, ZipTarget& target, const ZipLimits& limits)
      : archive_(opened), target_(target), limits_(limits) {}

  std::expected<ZipContents, ZipFailure> run() {
    archive_entry* entry = nullptr;
    for (;;) {
      const int code = archive_read_next_header(archive_, &entry);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) return fail(ZipFault::kBroken, archive_problem());
      if (++contents_.entries > limits_.entries_max) return fail(ZipFault::kTooMany, "too many entries");
      if (auto taken = take(entry); !taken) return std::unexpected(taken.error());
    }
    if (contents_.entries == 0) return fail(ZipFault::kEmpty, "no entries");
    for (const Link& link : links_) {
      if (!claim_file(link.path)) return fail(ZipFault::kUnsafe, "a link in the place of another entry");
      target_.link(link.path, link.to);
    }
    return contents_;
  }

 private:
  using Step = std::expected<void, ZipFailure>;

  std::string archive_problem() const {
    const char* text = archive_error_string(archive_);
    return text == nullptr ? "unreadable" : text;
  }

  Step take(archive_entry* entry) {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr) return fail(ZipFault::kUnsafe, "an entry without a name");
    const auto path = safe_entry_path(name);
    if (!path) return std::unexpected(path.error());
    if (archive_entry_is_encrypted(entry) != 0) return fail(ZipFault::kBroken, "encrypted");
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR: return take_directory(*path);
      case AE_IFREG: return take_file(entry, *path);
      case AE_IFLNK: return take_link(entry, *path);
      default: return fail(ZipFault::kUnsafe, "an entry that is no file, directory or link");
    }
  }

  Step take_directory(const std::string& path) {
    if (path.empty()) return {};  // the tree itself
    if (!claim_directory(path)) return fail(ZipFault::kUnsafe, "a directory in the place of a file");
    return {};
  }

  Step take_file(archive_entry* entry, const std::string& path) {
    if (path.empty() || !claim_file(path)) return fail(ZipFault::kUnsafe, "two entries of one name");
    const bool executable = (archive_entry_perm(entry) & 0111) != 0;
    target_.begin_file(path, executable ? ZipTarget::FileMode::kExecutable : ZipTarget::FileMode::kPlain);
    std::array<char, 64 << 10> buffer;
    for (;;) {
      const la_ssize_t count = archive_read_data(archive_, buffer.data(), buffer.size());
      if (count == 0) break;
      if (count < 0) return fail(ZipFault::kBroken, archive_problem());
      contents_.bytes += static_cast<uint64_t>(count);
      if (contents_.bytes > limits_.bytes_max) return fail(ZipFault::kTooLarge, "too large");
      target_.append({buffer.data(), static_cast<size_t>(count)});
    }
    target_.end_file();
    return {};
  }

  Step take_link(archive_entry* entry, const std::string& path) {
    const char* to = archive_entry_symlink(entry);
    if (path.empty() || to == nullptr || !is_safe_link(path, to))
      return fail(ZipFault::kUnsafe, "a link that leads outside");
    links_.push_back({path, to});
    return {};
  }

  bool claim_directory(const std::string& path) {
    for (size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
      if (!claim_one_directory(path.substr(0, at))) return false;
    }
    return claim_one_directory(path);
  }

  bool claim_one_directory(const std::string& path) {
    if (files_.contains(path)) return false;
    if (directories_.insert(path).second) target_.directory(path);
    return true;
  }

  bool claim_file(const std::string& path) {
    if (directories_.contains(path) || !files_.insert(path).second) return false;
    const size_t slash = path.rfind('/');
    return slash == std::string::npos || claim_directory(path.substr(0, slash));
  }

  archive* archive_;
  ZipTarget& target_;
  const ZipLimits& limits_;
  ZipContents contents_;
  std::set<std::string> directories_, files_;
  std::vector<Link> links_;
};

}  // namespace

std::expected<std::string, ZipFailure> safe_entry_path(std::string_view name) {
  if (name.size() > kPathBytesMax) return fail(ZipFault::kUnsafe, "a path that is too long");
  if (name.starts_with('/')) return fail(ZipFault::kUnsafe, "an absolute path");
  std::string path;
  for (const std::string_view piece : split(name, '/')) {
    if (piece.empty() || piece == ".") continue;
    if (piece == ".." || piece.size() > kPieceBytesMax || piece.find('\0') != std::string_view::npos)
      return fail(ZipFault::kUnsafe, "a path that leaves the archive");
    if (!path.empty()) path += '/';
    path += piece;
  }
  return path;
}

bool is_safe_link(std::string_view path, std::string_view to) {
  if (to.empty() || to.size() > kLinkBytesMax || to.starts_with('/')) return false;
  if (to.find('\0') != std::string_view::npos) return false;
  // Real directories lead to the link, so leading ".." count by the path's depth. A ".." behind a name is
  // refused: the name might be another link.
  size_t depth = static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
  bool named = false;
  for (const std::string_view piece : split(to, '/')) {
    if (piece.empty() || piece == ".") continue;
    if (piece != "..") {
      named = true;
    } else if (named || depth == 0) {
      return false;
    } else {
      --depth;
    }
  }
  return true;
}

std::expected<ZipContents, ZipFailure> read_zip(std::string_view zip, ZipTarget& target,
                                                const ZipLimits& limits) {
  const ArchivePtr opened(archive_read_new());
  archive_read_support_format_zip_seekable(opened.get());
  if (archive_read_open_memory(opened.get(), zip.data(), zip.size()) != ARCHIVE_OK)
    return fail(ZipFault::kBroken, "no zip archive");
  return Pass(opened.get(), target, limits).run();
}

std::expected<ZipContents, ZipFailure> check_zip(std::string_view zip, const ZipLimits& limits) {
  NoTarget nowhere;
  return read_zip(zip, nowhere, limits);
}

}  // namespace haneul::lambda
