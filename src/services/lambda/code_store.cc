#include "services/lambda/code_store.h"

#include <fstream>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/keys.h"

namespace haneul::lambda {

namespace fs = std::filesystem;

namespace {

constexpr const char* kCollectJob = "lambda.collect";

[[noreturn]] void refuse_zip(const ZipFailure& failure) {
  log_debug("a deployment package is refused", {{"reason", failure.detail}});
  switch (failure.fault) {
    case ZipFault::kTooLarge:
      refuse<InvalidParameterValueException>(
          fmt::format("Unzipped size must be smaller than {} bytes", kUnzippedBytesMax));
    case ZipFault::kEmpty: refuse<InvalidParameterValueException>("Uploaded file must be a non-empty zip");
    default:
      refuse<InvalidParameterValueException>(
          "Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
}

}  // namespace

// Keeps a package from being collected between its staging and its row, and removes the payload file when no
// row came.
struct CodeStore::Held {
  CodeStore& owner;
  std::string sha256;
  std::optional<store::BlobId> blob;
  bool is_named = false;

  Held(CodeStore& store, std::string hash) : owner(store), sha256(std::move(hash)) {
    const std::lock_guard lock(owner.mutex_);
    ++owner.held_[sha256];
  }
  ~Held() {
    if (blob && !is_named) owner.parts_.blobs.del(*blob);
    const std::lock_guard lock(owner.mutex_);
    if (--owner.held_[sha256] == 0) owner.held_.erase(sha256);
  }
};

CodeStore::CodeStore(Parts parts) : parts_(std::move(parts)) {
  fs::create_directories(parts_.directory);
  parts_.directory = fs::canonical(parts_.directory);
  drop_old_trees();
}

CodeStore::~CodeStore() {
  const std::unique_lock alone(gate_->mutex);
  gate_->is_closed = true;
}

// Trees of an earlier boot may lack what was in memory only when the machine went down.
void CodeStore::drop_old_trees() {
  const fs::path marker = parts_.directory / "boot";
  std::string boot = "unknown", known;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  std::getline(std::ifstream(marker), known);
  std::vector<fs::path> doomed;
  for (const auto& entry : fs::directory_iterator(parts_.directory)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) doomed.push_back(entry.path());  // half made or half removed
    if (name.starts_with('.') || known == boot || !entry.is_directory()) continue;
    const fs::path aside = parts_.directory / (".old-" + parts_.random.hex(16));
    fs::rename(entry.path(), aside);
    doomed.push_back(aside);
  }
  if (known != boot) std::ofstream(marker, std::ios::trunc) << boot << "\n";
  if (doomed.empty()) return;
  parts_.pool.submit([doomed = std::move(doomed)] {
    std::error_code ignored;
    for (const fs::path& path : doomed) fs::remove_all(path, ignored);
  });
}

void CodeStore::register_jobs() {
  parts_.jobs.handle(kCollectJob, 1, [this](const platform::Job& job) { return collect(job); });
}

Task<CodeStore::Staged> CodeStore::stage(std::string zip) {
  co_return co_await on_pool([this, zip = std::move(zip)] { return stage_blocking(zip); });
}

Task<PackageRef> CodeStore::inspect(std::string zip) {
  co_return co_await on_pool([this, zip = std::move(zip)] { return inspect_blocking(zip); });
}

PackageRef CodeStore::inspect_blocking(const std::string& zip) const {
  const auto contents = check_zip(zip);
  if (!contents) refuse_zip(contents.error());
  return {aws::sha256_hex(zip), static_cast<int64_t>(zip.size()), static_cast<int64_t>(contents->bytes)};
}

CodeStore::Staged CodeStore::stage_blocking(const std::string& zip) {
  Staged staged;
  staged.package = {aws::sha256_hex(zip), static_cast<int64_t>(zip.size()), 0};
  staged.held = std::make_shared<Held>(*this, staged.package.sha256);
  const auto known = parts_.db.read([&](store::ReadTx& tx) { return find(tx, staged.package.sha256); });
  if (known) {
    staged.package.unpacked_bytes = known->unpacked_bytes;
    return staged;
  }
  staged.package = inspect_blocking(zip);
  store::BlobWriter writer = parts_.blobs.create(zip.size());
  writer.append(zip);
  writer.finish_blocking();
  staged.held->blob = writer.id();
  return staged;
}

void CodeStore::unpack_to(const std::string& sha256, std::string_view zip) {
  const fs::path fresh = parts_.directory / (".new-" + parts_.random.hex(16));
  struct Removal {
    const fs::path& path;
    ~Removal() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } const removal{fresh};
  fs::create_directory(fresh);
  fs::permissions(fresh, fs::perms(0755));
  const auto contents = unpack_zip(zip, fresh);
  if (!contents) refuse_zip(contents.error());
  std::error_code taken;  // by another that unpacks the same bytes: as good as ours
  fs::rename(fresh, directory_of(sha256), taken);
}

void CodeStore::add_use(store::Tx& tx, const Staged& staged, std::string_view owner) {
  const store::Key key = keys::package(staged.package.sha256);
  if (!tx.contains(key) && staged.held->blob) {
    tx.put(key, encode(PackageRecord{staged.held->blob->str(), staged.package.bytes,
                                     staged.package.unpacked_bytes}));
    tx.put(keys::blob(staged.held->blob->str()), staged.package.sha256);
    tx.on_commit([held = staged.held] { held->is_named = true; });
  }
  tx.put(keys::use(staged.package.sha256, owner), "");
}

void CodeStore::add_use(store::Tx& tx, const PackageRef& package, std::string_view owner) {
  tx.put(keys::use(package.sha256, owner), "");
}

void CodeStore::drop_use(store::Tx& tx, const PackageRef& package, std::string_view owner) {
  tx.del(keys::use(package.sha256, owner));
  const auto others = tx.scan(keys::packages_scope().shard, keys::uses(package.sha256), {.limit = 1});
  if (!others.empty()) return;
  Document payload = Document::object();
  payload.set("sha256", package.sha256);
  parts_.jobs.add(tx, kCollectJob, parts_.clock.now() + kCollectDelay, std::move(payload));
}

std::string CodeStore::directory_of(const std::string& sha256) const {
  return (parts_.directory / sha256).string();
}

bool CodeStore::is_unpacked(const std::string& sha256) const {
  std::error_code missing;
  return fs::is_directory(directory_of(sha256), missing);
}

std::optional<PackageRecord> CodeStore::find(store::Reader& tx, std::string_view sha256) const {
  const auto bytes = tx.get(keys::package(sha256));
  if (!bytes) return std::nullopt;
  return package_from(*bytes);
}

std::optional<store::BlobReader> CodeStore::open(const std::string& sha256) {
  const auto package = parts_.db.read([&](store::ReadTx& tx) { return find(tx, sha256); });
  if (!package) return std::nullopt;
  return parts_.blobs.open(store::BlobId(package->blob));
}

Task<void> CodeStore::unpack(std::string sha256) {
  co_await on_pool([this, sha256 = std::move(sha256)] { unpack_blocking(sha256); });
}

void CodeStore::unpack_blocking(const std::string& sha256) {
  const Held held(*this, sha256);
  if (is_unpacked(sha256)) return;
  const auto zip = open(sha256);
  if (!zip) throw store::Corrupt("the package " + sha256 + " has no payload file");
  unpack_to(sha256, zip->read(0, zip->size()));
}

bool CodeStore::names_blob(const store::BlobId& id) {
  return parts_.db.write(keys::packages_scope(),
                         [&](store::Tx& tx) { return tx.contains(keys::blob(id.str())); });
}

Task<platform::JobOutcome> CodeStore::collect(const platform::Job& job) {
  const std::string sha256 = job.payload.string_or("sha256", "");
  const bool is_done = co_await on_pool([this, sha256] { return collect_blocking(sha256); });
  if (is_done) co_return platform::JobOutcome::done();
  co_return platform::JobOutcome::again(parts_.clock.now() + Milliseconds(60'000));
}

// The row goes first, durably; then what it named. False: somebody is staging the same bytes right now.
bool CodeStore::collect_blocking(const std::string& sha256) {
  const fs::path doomed = parts_.directory / (".old-" + parts_.random.hex(16));
  {
    const std::lock_guard lock(mutex_);
    if (held_.contains(sha256)) return false;
    const auto blob = parts_.db.write(keys::packages_scope(), [&](store::Tx& tx) -> std::string {
      const auto used = tx.scan(keys::packages_scope().shard, keys::uses(sha256), {.limit = 1});
      const auto package = find(tx, sha256);
      if (!used.empty() || !package) return {};
      tx.del(keys::package(sha256));
      tx.del(keys::blob(package->blob));
      return package->blob;
    });
    if (blob.empty()) return true;
    parts_.db.wait_durable_blocking(parts_.db.last_ordered());
    parts_.blobs.del(store::BlobId(blob));
    std::error_code missing;
    fs::rename(directory_of(sha256), doomed, missing);
  }
  std::error_code ignored;
  fs::remove_all(doomed, ignored);
  return true;
}

}  // namespace haneul::lambda
