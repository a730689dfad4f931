// Listings of objects and of their versions. S3 API reference, the pages of the same names.
#pragma once

#include "gen/s3/operations.h"
#include "platform/operation_table.h"
#include "services/s3/core.h"
#include "services/s3/listing.h"

namespace haneul::s3 {

class ListOps {
 public:
  explicit ListOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

  ListObjectsOutput list_objects(const platform::Request&, const ListObjectsInput&);
  ListObjectsV2Output list_objects_v2(const platform::Request&, const ListObjectsV2Input&);
  ListObjectVersionsOutput list_object_versions(const platform::Request&, const ListObjectVersionsInput&);

 private:
  struct Wanted {
    std::string prefix, delimiter;
    std::string after;  // keys up to and with this one are left out
    enum class Groups {
      kSkipCurrent,
      kKeep
    } groups = Groups::kKeep;  // whether the group `after` is in goes too
    int max = 0;
  };
  struct Page {
    std::vector<Object> objects;
    std::vector<std::string> prefixes;
    bool is_truncated = false;
    std::string last;  // key or prefix the page ends with
    size_t size() const { return objects.size() + prefixes.size(); }
  };
  Page walk(store::Reader& tx, const BucketState& bucket, const Wanted& wanted) const;
  Core& core_;
};

}  // namespace haneul::s3
