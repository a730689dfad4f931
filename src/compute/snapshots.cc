#include "compute/snapshots.h"

#include <algorithm>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "aws/digest.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace haneul::compute {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kAbout = "about.json";
constexpr std::string_view kDraftPrefix = ".new-";
constexpr std::chrono::seconds kPatience{30};
// Besides the function's memory: interpreter and libraries, which are part of the image.
constexpr uint64_t kStoredExtraBytes = uint64_t{512} << 20;
// More than what the rest of the data directory needs to go on writing (docs/data-directory.md).
constexpr uint64_t kFreeBytesMin = uint64_t{3} << 30;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string identity_of(const fs::path& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return path.string() + " -\n";
  return fmt::format("{} {} {}.{}\n", path.string(), found.st_size, found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec);
}

std::string identity_of_tree(const std::string& directory) {
  std::vector<std::string> all;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error)) all.push_back(identity_of(it->path()));
  }
  std::sort(all.begin(), all.end());
  return join(all, "");
}

// What every image of this machine depends on: kernel and processor (an image outlives no boot), the runtime
// client, and what the machine's packages are.
std::string base_fingerprint(const EngineConfig& config) {
  utsname system{};
  uname(&system);
  return fmt::format(
      "{} {} {}\n{}{}{}{}", system.release, system.version, system.machine,
      read_text("/proc/sys/kernel/random/boot_id"), identity_of_tree(config.python_runtime_directory),
      identity_of_tree(config.snapshots.program_directory), identity_of("/var/lib/dpkg/status"));
}

uint64_t stored_bytes_of(const Document& about) {
  const Document* bytes = about.find("storedBytes");
  return bytes != nullptr && bytes->is_int() ? static_cast<uint64_t>(bytes->as_int()) : 0;
}

std::string key_of(const FunctionImage& image) {
  return aws::sha256_hex(image.key() + "\n" + image.revision);
}

void sync_directory(const fs::path& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) throw std::runtime_error("cannot sync " + path.string());
}

void write_synced(const fs::path& path, std::string_view text) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(fd.get()) != 0)
    throw std::runtime_error("cannot write " + path.string());
}

std::string digest_of_file(const fs::path& path) {
  constexpr size_t kPieceBytes = 1 << 20;
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  aws::Hasher hasher(aws::HashKind::kSha256);
  std::string piece(kPieceBytes, '\0');
  for (ssize_t got = 1; fd && got > 0;) {
    got = read(fd.get(), piece.data(), piece.size());
    if (got > 0) hasher.update({piece.data(), static_cast<size_t>(got)});
  }
  return hex_encode(hasher.finish());
}

uint64_t free_bytes(const fs::path& path) {
  struct statvfs system{};
  return statvfs(path.c_str(), &system) == 0 ? uint64_t{system.f_bavail} * system.f_frsize : 0;
}

}  // namespace

Snapshots::Snapshots(const EngineConfig& config, Random& random)
    : bytes_max_(config.snapshots.bytes_max), random_(random) {
  if (config.snapshots.directory.empty() || config.snapshots.program_directory.empty()) return;
  fs::create_directories(config.snapshots.directory);
  root_ = fs::canonical(config.snapshots.directory);
  // Memory of functions: what they hold secret is in it.
  fs::permissions(root_, fs::perms::owner_all);
  base_fingerprint_ = aws::sha256_hex(base_fingerprint(config));
  load();
}

void Snapshots::load() {
  std::vector<fs::path> useless;
  for (const auto& each : fs::directory_iterator(root_)) {
    try {
      const Document about = parse_json(read_text(each.path() / kAbout));
      Entry entry{.name = {about.string_or("function", ""), about.string_or("version", ""),
                           about.string_or("revision", "")},
                  .fingerprint = about.string_or("fingerprint", ""),
                  .sha256 = about.string_or("sha256", ""),
                  .stored_bytes = stored_bytes_of(about),
                  .snapshot = std::make_shared<Snapshot>(
                      Snapshot{each.path().string(), about.string_or("token", "")})};
      if (entry.fingerprint.starts_with(base_fingerprint_)) {
        entries_.emplace(each.path().filename().string(), std::move(entry));
      } else {
        useless.push_back(each.path());
      }
    } catch (const ParseError&) {
      useless.push_back(each.path());  // a draft, or what a crash left
    }
  }
  for (const fs::path& each : useless) fs::remove_all(each);
}

std::optional<Snapshots::Entry> Snapshots::entry_of(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Task<SnapshotPtr> Snapshots::find(const FunctionImage& image) {
  const std::string key = key_of(image);
  std::optional<Entry> entry = entry_of(key);
  if (!entry || entry->fingerprint != fingerprint_of(image)) co_return nullptr;
  const fs::path file = fs::path(entry->snapshot->directory) / kImageFile;
  bool is_good = entry->is_verified && ::access(file.c_str(), R_OK) == 0;
  if (!entry->is_verified) {
    const std::string found = co_await pool_.run([file] { return digest_of_file(file); });
    is_good = found == entry->sha256;
    if (!is_good) log_warning("a snapshot is damaged and made anew", {{"version", image.key()}});
  }
  const std::lock_guard lock(mutex_);
  const auto now = entries_.find(key);
  if (now == entries_.end() || now->second.snapshot != entry->snapshot) co_return nullptr;
  if (!is_good) {
    remove(key);
    co_return nullptr;
  }
  now->second.is_verified = true;
  now->second.used = std::chrono::steady_clock::now();
  co_return now->second.snapshot;
}

std::string Snapshots::fingerprint_of(const FunctionImage& image) const {
  return base_fingerprint_ + aws::sha256_hex(identity_of(image.runtime.interpreter));
}

SnapshotDraft Snapshots::begin() {
  SnapshotDraft draft{.directory = root_ / (std::string(kDraftPrefix) + random_.hex(16)),
                      .token = random_.hex(64),
                      .sha256 = {}};
  fs::create_directory(draft.directory);
  fs::permissions(draft.directory, fs::perms(0755));
  return draft;
}

Task<std::optional<std::string>> Snapshots::receive(SnapshotDraft& draft, const FunctionImage& image,
                                                    int listener) {
  const uint64_t stored_max = (uint64_t{image.memory_mb} << 20) + kStoredExtraBytes;
  if (free_bytes(root_) < stored_max + kFreeBytesMin) co_return "the server's disk has no room for it";
  co_return co_await pool_.run(
      [&draft, listener, stored_max] { return receive_image(listener, draft, stored_max, kPatience); });
}

Task<SnapshotPtr> Snapshots::keep(const FunctionImage& image, const SnapshotDraft& draft) {
  const std::string key = key_of(image);
  Entry entry{.name = {image.function_arn, image.version, image.revision},
              .fingerprint = fingerprint_of(image),
              .sha256 = draft.sha256,
              .stored_bytes = draft.stored_bytes,
              .is_verified = true,
              .used = std::chrono::steady_clock::now(),
              .snapshot = std::make_shared<Snapshot>(Snapshot{(root_ / key).string(), draft.token})};
  const Document about = Document::Object{{"function", entry.name.function_arn},
                                          {"version", entry.name.version},
                                          {"revision", entry.name.revision},
                                          {"fingerprint", entry.fingerprint},
                                          {"sha256", entry.sha256},
                                          {"storedBytes", static_cast<int64_t>(entry.stored_bytes)},
                                          {"token", draft.token}};
  co_await pool_.run([&] {
    write_synced(draft.directory / kAbout, write_json(about));
    sync_directory(draft.directory);
    const std::lock_guard lock(mutex_);
    remove(key);
    make_room(entry.stored_bytes);
    fs::rename(draft.directory, root_ / key);
    sync_directory(root_);
    entries_.insert_or_assign(key, entry);
  });
  co_return entry.snapshot;
}

void Snapshots::discard(const SnapshotDraft& draft) {
  std::error_code ignored;
  fs::remove_all(draft.directory, ignored);
}

// Environments that run from an image keep its file; what is gone is its name, at once, whatever a crash
// leaves.
void Snapshots::remove(const std::string& key) {
  entries_.erase(key);
  std::error_code ignored;
  const fs::path going = root_ / (std::string(kDraftPrefix) + random_.hex(16));
  fs::rename(root_ / key, going, ignored);
  fs::remove_all(going, ignored);
}

// Those that were used longest ago can be made anew.
void Snapshots::make_room(uint64_t bytes) {
  uint64_t all = bytes;
  for (const auto& [key, entry] : entries_) all += entry.stored_bytes;
  while (all > bytes_max_ && !entries_.empty()) {
    const auto oldest = std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a.second.used < b.second.used;
    });
    all -= oldest->second.stored_bytes;
    remove(std::string(oldest->first));
  }
}

void Snapshots::drop(std::string_view function_arn, std::string_view version) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> gone;
  for (const auto& [key, entry] : entries_) {
    if (entry.name.function_arn == function_arn && (version.empty() || entry.name.version == version))
      gone.push_back(key);
  }
  for (const std::string& key : gone) remove(key);
}

std::vector<SnapshotName> Snapshots::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<SnapshotName> out;
  for (const auto& [key, entry] : entries_) out.push_back(entry.name);
  return out;
}

std::vector<std::string> check_snapshots(const fs::path& directory) {
  std::vector<std::string> wrong;
  std::error_code none;
  for (const auto& each : fs::directory_iterator(directory, none)) {
    const std::string name = each.path().filename().string();
    if (name.starts_with(kDraftPrefix)) continue;  // the next start removes it
    try {
      const Document about = parse_json(read_text(each.path() / kAbout));
      if (digest_of_file(each.path() / kImageFile) == about.string_or("sha256", "")) continue;
      wrong.push_back(fmt::format("snapshots: the image of {}:{} holds other bytes",
                                  about.string_or("function", "?"), about.string_or("version", "?")));
    } catch (const ParseError&) {
      wrong.push_back(fmt::format("snapshots: nothing tells whose image {} is", name));
    }
  }
  return wrong;
}

uint64_t Snapshots::stored_bytes() const {
  const std::lock_guard lock(mutex_);
  uint64_t all = 0;
  for (const auto& [key, entry] : entries_) all += entry.stored_bytes;
  return all;
}

}  // namespace haneul::compute
