// The offline check: packages, their payload files and those who use them.
#include <fmt/format.h>

#include "aws/digest.h"
#include "base/text.h"
#include "services/lambda/keys.h"
#include "services/lambda/mappings/record.h"
#include "services/lambda/records.h"
#include "services/lambda/service.h"
#include "services/lambda/urls/record.h"
#include "store/record.h"

namespace haneul::lambda {

namespace {

constexpr size_t kPieceBytes = 1 << 20;

std::string payload_hash(const store::BlobReader& blob) {
  aws::Hasher hasher(aws::HashKind::kSha256);
  for (uint64_t at = 0; at < blob.size(); at += kPieceBytes) hasher.update(blob.read(at, kPieceBytes));
  return hex_encode(hasher.finish());
}

// Every id leads to a function URL that bears it.
void check_urls(store::Reader& tx, std::vector<std::string>& wrong) {
  for (const store::Entry& row : tx.scan(keys::url_ids_scope().shard, keys::url_ids())) {
    const std::string id = keys::text_at(row.key, 0);
    const FunctionRef owner = owner_from(row.value);
    const auto url = tx.get(keys::url(owner, owner.qualifier));
    if (!url || url_from(*url).id != id)
      wrong.push_back(fmt::format("lambda: URL {} is not that of {}", id, owner.qualified_arn()));
    if (!tx.contains(keys::function(owner.place, owner.name)))
      wrong.push_back(fmt::format("lambda: URL {} is of {}, which is not there", id, owner.arn()));
  }
}

// Every mapping can be found at a start, and what is found is there.
void check_mappings(store::Reader& tx, std::vector<std::string>& wrong) {
  for (const store::Entry& row : tx.scan(keys::mapping_ids_scope().shard, keys::mapping_ids())) {
    const std::string uuid = keys::text_at(row.key, 0);
    const Document owner = store::decode_record(row.value);
    const Place place{AccountId(owner.string_or("account", "")), Region(owner.string_or("region", ""))};
    const auto mapping = tx.get(keys::mapping(place, uuid));
    if (!mapping || mapping_from(*mapping).uuid != uuid)
      wrong.push_back(fmt::format("lambda: event source mapping {} is known and not there", uuid));
  }
}

}  // namespace

std::vector<std::string> check(store::Db& db, store::BlobStore& blobs) {
  std::vector<std::string> wrong;
  const store::Shard shard = keys::packages_scope().shard;
  db.read([&](store::ReadTx& tx) {
    for (const store::Entry& row : tx.scan(shard, keys::packages())) {
      const std::string sha256 = keys::text_at(row.key, 0);
      const PackageRecord package = package_from(row.value);
      const auto blob = blobs.open(store::BlobId(package.blob));
      if (!blob) {
        wrong.push_back(fmt::format("lambda: package {} has no payload file {}", sha256, package.blob));
      } else if (payload_hash(*blob) != sha256) {
        wrong.push_back(fmt::format("lambda: the payload file of package {} holds other bytes", sha256));
      }
      if (tx.get(keys::blob(package.blob)) != sha256)
        wrong.push_back(
            fmt::format("lambda: payload file {} is not known to be of package {}", package.blob, sha256));
    }
    for (const store::Entry& row : tx.scan(shard, keys::all_uses())) {
      const std::string sha256 = keys::text_at(row.key, 0);
      if (tx.contains(keys::package(sha256))) continue;
      wrong.push_back(
          fmt::format("lambda: {} uses package {}, which is not there", keys::text_at(row.key, 1), sha256));
    }
    check_urls(tx, wrong);
    check_mappings(tx, wrong);
  });
  return wrong;
}

}  // namespace haneul::lambda
