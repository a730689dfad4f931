#include "services/s3/check.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "services/s3/keys.h"
#include "services/s3/records.h"
#include "store/record.h"

namespace haneul::s3 {

namespace {

std::vector<std::string> bucket_names(store::Reader& tx) {
  std::vector<std::string> names;
  for (const store::Entry& row : tx.scan(keys::directory_scope().shard, keys::directory_range())) {
    store::KeyReader reader(row.key);
    reader.text();
    names.push_back(reader.text());
  }
  return names;
}

// One bucket's rows, walked once.
class BucketCheck {
 public:
  BucketCheck(store::Reader& tx, store::BlobStore* blobs, std::string bucket)
      : tx_(tx), blobs_(blobs), bucket_(std::move(bucket)), shard_(keys::bucket_scope(bucket_).shard) {}

  void run() {
    const auto row = tx_.get(keys::bucket_row(bucket_));
    if (!row) return complain("is in the directory and has no row");
    const BucketRecord record = bucket_from(store::decode_record(*row));
    if (!tx_.contains(keys::owned(record.owner, bucket_))) complain("is not in its owner's list");
    check_objects();
    check_versions();
    check_uploads();
    check_strays();
  }

  std::vector<std::string> faults;
  std::set<std::string> blobs_named;

 private:
  void complain(std::string_view what) { faults.push_back(fmt::format("s3 bucket {}: {}", bucket_, what)); }

  void each(const store::KeyRange& range, const std::function<void(const store::Entry&)>& visit) {
    tx_.scan_each({shard_, range.from, range.to}, {}, [&](std::string_view key, std::string_view value) {
      visit({std::string(key), std::string(value)});
      return store::Visit::kContinue;
    });
  }

  void check_payload(const std::string& who, const Payload& payload, uint64_t size) {
    using Kind = Payload::Kind;
    if (payload.kind == Kind::kNone) {
      if (size != 0) complain(who + " has a size and no payload");
      return;
    }
    if (!ids_.insert(payload.id).second) complain(fmt::format("{} shares the payload {}", who, payload.id));
    if (payload.kind == Kind::kInline) check_data(who, payload.id, size);
    if (payload.kind == Kind::kBlob) check_blob(who, payload.id, size);
    if (payload.kind == Kind::kParts) check_manifest(who, payload.id, size);
  }

  void check_data(const std::string& who, const std::string& id, uint64_t size) {
    const auto row = tx_.get(keys::data(bucket_, id));
    if (!row || row->size() != size) complain(fmt::format("{} misses its payload row {}", who, id));
  }

  void check_blob(const std::string& who, const std::string& id, uint64_t size) {
    blobs_named.insert(id);
    if (blobs_ == nullptr) return;
    const auto blob = blobs_->open(store::BlobId(id));
    if (!blob || blob->size() != size)
      complain(fmt::format("{} misses its blob {} of {} bytes", who, id, size));
  }

  void check_manifest(const std::string& who, const std::string& id, uint64_t size) {
    const auto row = tx_.get(keys::manifest(bucket_, id));
    if (!row) return complain(fmt::format("{} misses the list of its parts {}", who, id));
    uint64_t sum = 0;
    for (const PartRecord& part : manifest_from(store::decode_record(*row))) {
      check_payload(fmt::format("{} part {}", who, part.number), part.payload, part.size);
      sum += part.size;
    }
    if (sum != size) complain(fmt::format("{} has {} bytes and parts of {}", who, size, sum));
  }

  void check_objects() {
    each(keys::objects(bucket_), [this](const store::Entry& row) {
      const std::string key = keys::object_of(row.key);
      const ObjectRecord record = object_from(store::decode_record(row.value));
      if (record.is_delete_marker) complain(fmt::format("object {} is a delete marker", key));
      newest_[key] = record.order;
      check_payload("object " + key, record.payload, record.size);
    });
  }

  void check_versions() {
    std::map<std::string, std::pair<int, bool>>
        nulls;  // null versions seen, whether a current object is there
    std::string last_key;
    each(keys::versions(bucket_), [&](const store::Entry& row) {
      const std::string key = keys::object_of(row.key);
      const ObjectRecord record = object_from(store::decode_record(row.value));
      const auto newest = newest_.find(key);
      if (newest != newest_.end() && record.order >= newest->second) {
        complain(fmt::format("version {} of {} is newer than its object", record.version_id, key));
      }
      if (newest == newest_.end() && key != last_key && !record.is_delete_marker) {
        complain(fmt::format("{} has versions, no object row and no delete marker", key));
      }
      if (record.version_id == kNullVersion && ++nulls[key].first > 1) {
        complain(fmt::format("{} has more than one null version", key));
      }
      if (record.version_id == kNullVersion && !tx_.contains(keys::null_version(bucket_, key))) {
        complain(fmt::format("{} has a null version that cannot be found", key));
      }
      check_payload(fmt::format("version {} of {}", record.version_id, key), record.payload, record.size);
      last_key = key;
    });
  }

  void check_uploads() {
    std::set<std::string> uploads;
    each(keys::uploads(bucket_),
         [&](const store::Entry& row) { uploads.insert(keys::upload_of(row.key).upload_id); });
    each(keys::all_parts(bucket_), [&](const store::Entry& row) {
      const keys::PartName name = keys::part_of(row.key);
      const PartRecord part = part_from(store::decode_record(row.value));
      const std::string who = fmt::format("part {} of upload {}", name.number, name.upload_id);
      if (!uploads.contains(name.upload_id)) complain(who + " has no upload");
      check_payload(who, part.payload, part.size);
    });
  }

  // Payload rows that nothing names.
  void check_strays() {
    for (const auto& [range, what] : {std::pair{keys::all_data(bucket_), "payload row"},
                                      std::pair{keys::manifests(bucket_), "list of parts"}}) {
      each(range, [&](const store::Entry& row) {
        const std::string id = keys::object_of(row.key);
        if (!ids_.contains(id)) complain(fmt::format("{} {} belongs to nothing", what, id));
      });
    }
  }

  store::Reader& tx_;
  store::BlobStore* blobs_;
  std::string bucket_;
  store::Shard shard_;
  std::set<std::string> ids_;
  std::map<std::string, uint64_t> newest_;
};

}  // namespace

std::vector<std::string> check(store::Db& db, store::BlobStore& blobs) {
  return db.read([&](store::ReadTx& tx) {
    std::vector<std::string> faults;
    std::set<std::string> seen;
    for (const std::string& name : bucket_names(tx)) {
      BucketCheck one(tx, &blobs, name);
      one.run();
      for (std::string& fault : one.faults) faults.push_back(std::move(fault));
      for (const std::string& blob : one.blobs_named) {
        if (!seen.insert(blob).second) faults.push_back("s3: two buckets name the blob " + blob);
      }
    }
    return faults;
  });
}

std::vector<std::string> named_blobs(store::Db& db) {
  return db.read([&](store::ReadTx& tx) {
    std::vector<std::string> out;
    for (const std::string& name : bucket_names(tx)) {
      BucketCheck one(tx, nullptr, name);
      one.run();
      out.insert(out.end(), one.blobs_named.begin(), one.blobs_named.end());
    }
    return out;
  });
}

}  // namespace haneul::s3
