#include "store/blob/blob_store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "store/blob/file_errors.h"

namespace haneul::store {

namespace {

constexpr size_t kIdDigits = 32;

std::string fan_name(size_t fan) { return fmt::format("{:02x}", fan); }

size_t fan_of(const BlobId& id) {
  return static_cast<size_t>(static_cast<unsigned char>(hex_decode(id.str().substr(0, 2))->front()));
}

void sync_directory(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) throw_file_error("cannot sync a directory of blobs");
}

}  // namespace

std::optional<BlobId> parse_blob_id(std::string_view text) {
  const bool fits =
      text.size() == kIdDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!fits) return std::nullopt;
  return BlobId(std::string(text));
}

std::string BlobReader::read(uint64_t offset, size_t length) const {
  if (offset >= size_) return {};
  std::string bytes(std::min<uint64_t>(length, size_ - offset), '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        pread(file_.get(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_file_error("cannot read a blob");
    if (got == 0) throw Corrupt("a blob is shorter than it was");
    have += static_cast<size_t>(got);
  }
  return bytes;
}

BlobStore::BlobStore(std::filesystem::path directory, BlockingPool& pool, Random& random, SpaceGuard& space)
    : directory_(std::move(directory)), pool_(pool), random_(random), space_(space) {
  // Those that are here were perhaps made just before a crash: their names are synced before they are used.
  sync_directory(directory_);
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const auto number = hex_decode(entry.path().filename().string());
    if (!number || number->size() != 1) continue;
    Fan& fan = fans_[static_cast<unsigned char>(number->front())];
    fan.made = true;
    fan.named = true;
  }
}

// When it is first needed: making all of them would be most of the time of a start on empty data.
void BlobStore::make_fan(const BlobId& id) {
  Fan& fan = fans_[fan_of(id)];
  if (fan.made) return;
  if (mkdir(fan_path(id).c_str(), 0700) != 0 && errno != EEXIST) {
    throw_file_error("cannot make a directory of blobs");
  }
  fan.made = true;
}

std::filesystem::path BlobStore::fan_path(const BlobId& id) const {
  return directory_ / id.str().substr(0, 2);
}
std::filesystem::path BlobStore::path_of(const BlobId& id) const { return fan_path(id) / id.str(); }

BlobId BlobStore::new_id() {
  BlobId id(random_.hex(kIdDigits));
  make_fan(id);
  const std::lock_guard lock(mutex_);
  if (!swept_) born_.insert(id.str());
  return id;
}

// Whoever gets the lock syncs for all who asked before.
void BlobStore::sync_fan(const BlobId& id) {
  Fan& fan = fans_[fan_of(id)];
  const uint64_t mine = fan.asked.fetch_add(1) + 1;
  const std::lock_guard lock(fan.mutex);
  if (fan.synced >= mine) return;
  const uint64_t covers = fan.asked.load();
  if (!fan.named) {
    sync_directory(directory_);
    fan.named = true;
  }
  sync_directory(fan_path(id));
  fan.synced = covers;
}

std::optional<BlobReader> BlobStore::open(const BlobId& id) {
  Fd file(::open(path_of(id).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    throw_file_error("cannot open a blob");
  }
  struct stat info{};
  if (fstat(file.get(), &info) != 0) throw_file_error("cannot look at a blob");
  return BlobReader(std::move(file), static_cast<uint64_t>(info.st_size));
}

void BlobStore::del(const BlobId& id) {
  // Not synced: a blob that comes back after a power cut has no row, the next sweep takes it.
  if (unlink(path_of(id).c_str()) != 0 && errno != ENOENT) throw_file_error("cannot delete a blob");
}

Task<BlobId> BlobStore::copy(const BlobId& id) {
  co_return co_await pool_.run([this, id] { return copy_blocking(id); });
}

BlobId BlobStore::copy_blocking(const BlobId& id) {
  const BlobId twin = new_id();
  if (link(path_of(id).c_str(), path_of(twin).c_str()) == 0) {
    sync_fan(twin);
    return twin;
  }
  if (errno == ENOENT) throw Corrupt("the blob to copy does not exist");
  // Too many links on one file, or a file system without them: the bytes are copied.
  constexpr size_t kChunk = 1 << 20;
  const std::optional<BlobReader> source = open(id);
  if (!source) throw Corrupt("the blob to copy does not exist");
  BlobWriter writer = create(source->size());
  for (uint64_t at = 0; at < source->size(); at += kChunk) writer.append(source->read(at, kChunk));
  writer.finish_blocking();
  return writer.id();
}

std::vector<std::string> BlobStore::names_in_fan(size_t fan) const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / fan_name(fan), error)) {
    if (std::string name = entry.path().filename().string(); parse_blob_id(name))
      names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

std::vector<BlobId> BlobStore::list(const std::optional<BlobId>& after, size_t limit) {
  std::vector<BlobId> ids;
  for (size_t fan = after ? fan_of(*after) : 0; fan < kFans && ids.size() < limit; ++fan) {
    for (std::string& name : names_in_fan(fan)) {
      if (ids.size() == limit) break;
      if (!after || name > after->str()) ids.push_back(BlobId(std::move(name)));
    }
  }
  return ids;
}

size_t BlobStore::sweep(const std::function<bool(const BlobId&)>& is_live) {
  size_t removed = 0;
  for (size_t fan = 0; fan < kFans; ++fan) {
    for (std::string& name : names_in_fan(fan)) {
      {
        const std::lock_guard lock(mutex_);
        if (born_.contains(name)) continue;
      }
      const BlobId id(std::move(name));
      if (is_live(id)) continue;
      del(id);
      ++removed;
    }
  }
  const std::lock_guard lock(mutex_);
  swept_ = true;
  born_.clear();
  if (removed > 0) log_info("blobs without an owner were removed", {{"count", std::to_string(removed)}});
  return removed;
}

}  // namespace haneul::store
