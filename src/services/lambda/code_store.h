// CodeStore: the packages of functions and layers. A package's zip is a blob; its tree is unpacked beside,
// under code/<sha256>/, where execution environments mount it read-only. Equal bytes are kept once, for all
// accounts.
//
// Invariants: the zip is durable before a row names it; every version and layer that names a package has a
// "use" row, written and deleted in its own transaction; a package without one is collected later than any
// invocation can last. Trees are not synced: those of before the machine's last start are dropped, and one
// that is missing (of a new package, then, or in a restored backup) is unpacked from the zip.
// Thread rule: any thread; the Tasks on an executor's.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

#include "platform/jobs.h"
#include "services/lambda/records.h"
#include "services/lambda/zip.h"
#include "store/blob/blob_store.h"
#include "store/db.h"

namespace haneul::lambda {

class CodeStore {
 public:
  struct Parts {
    store::Db& db;
    store::BlobStore& blobs;
    BlockingPool& pool;
    platform::Jobs& jobs;
    const Clock& clock;
    Random& random;
    std::filesystem::path directory;  // "code" of the data directory; made when missing
  };
  explicit CodeStore(Parts parts);
  ~CodeStore();  // waits for what is being unpacked

  // A package that is on disk and not yet named. Dropping it before a row names it undoes it.
  struct Held;
  struct Staged {
    PackageRef package;
    std::shared_ptr<Held> held;
  };
  // Checks and stores. Throws InvalidParameterValueException for what is no fit zip.
  Task<Staged> stage(std::string zip);
  // The checks alone (DryRun).
  Task<PackageRef> inspect(std::string zip);

  // In the transaction of the version or layer that names the package. The owner is its ARN.
  void add_use(store::Tx& tx, const Staged& staged, std::string_view owner);
  void add_use(store::Tx& tx, const PackageRef& package, std::string_view owner);  // that has a use already
  void drop_use(store::Tx& tx, const PackageRef& package, std::string_view owner);

  std::string directory_of(const std::string& sha256) const;
  bool is_unpacked(const std::string& sha256) const;
  Task<void> unpack(std::string sha256);
  std::optional<store::BlobReader> open(const std::string& sha256);

  // For BlobStore::sweep: whether a row names the payload file.
  bool names_blob(const store::BlobId& id);

  void register_jobs();  // before Jobs::start

 private:
  friend struct Held;
  void drop_old_trees();
  Staged stage_blocking(const std::string& zip);
  PackageRef inspect_blocking(const std::string& zip) const;
  void unpack_to(const std::string& sha256, std::string_view zip);
  void unpack_blocking(const std::string& sha256);
  Task<platform::JobOutcome> collect(const platform::Job& job);
  bool collect_blocking(const std::string& sha256);
  std::optional<PackageRecord> find(store::Reader& tx, std::string_view sha256) const;

  // Work on the pool that a server's end does not wait for by itself.
  struct Gate {
    std::shared_mutex mutex;  // shared by those who work
    bool is_closed = false;
  };
  template <class F>
  auto on_pool(F work) {
    return parts_.pool.run([gate = gate_, work = std::move(work)] {
      const std::shared_lock working(gate->mutex);
      if (gate->is_closed) throw std::runtime_error("the server stops");
      return work();
    });
  }

  Parts parts_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  std::mutex mutex_;
  std::map<std::string, int> held_;  // packages that are being staged: not collected
};

}  // namespace haneul::lambda
