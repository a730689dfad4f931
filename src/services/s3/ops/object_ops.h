// Operations on single objects: put, get, head, attributes, copy, delete, delete many, tags.
// S3 API reference, the pages of the same names.
#pragma once

#include "gen/s3/operations.h"
#include "platform/operation_table.h"
#include "services/s3/core.h"
#include "services/s3/events.h"
#include "services/s3/ops/shared.h"

namespace haneul::s3 {

class ObjectOps {
 public:
  ObjectOps(Core& core, const Events& events) : core_(core), events_(events) {}
  void register_operations(platform::OperationTable& table);

  Task<PutObjectOutput> put_object(const platform::Request&, const PutObjectInput&, platform::Exchange&);
  Task<CopyObjectOutput> copy_object(const platform::Request&, const CopyObjectInput&, platform::Exchange&);
  Task<GetObjectOutput> get_object(const platform::Request&, const GetObjectInput&, platform::Exchange&);
  Task<HeadObjectOutput> head_object(const platform::Request&, const HeadObjectInput&, platform::Exchange&);
  Task<GetObjectAttributesOutput> get_object_attributes(const platform::Request&,
                                                        const GetObjectAttributesInput&, platform::Exchange&);
  Task<DeleteObjectOutput> delete_object(const platform::Request&, const DeleteObjectInput&,
                                         platform::Exchange&);
  DeleteObjectsOutput delete_objects(const platform::Request&, const DeleteObjectsInput&);
  PutObjectTaggingOutput put_object_tagging(const platform::Request&, const PutObjectTaggingInput&);
  GetObjectTaggingOutput get_object_tagging(const platform::Request&, const GetObjectTaggingInput&);
  DeleteObjectTaggingOutput delete_object_tagging(const platform::Request&, const DeleteObjectTaggingInput&);

 private:
  struct NewObject {  // what a put or copy is about to write
    std::string key;
    ObjectRecord record;
    StagedPayload payload;
    WriteConditions conditions;
    std::string event;
  };
  // Writes the object and its event in one transaction; returns the bucket as it was then.
  BucketPtr commit(const platform::Request& request, const BucketState& bucket, NewObject& object);

  struct Found {
    BucketPtr bucket;
    ObjectRecord record;
  };
  // The object a read means, after its conditions; throws what is to be answered otherwise.
  template <class In>
  Found require_object(store::Reader& tx, const platform::Request& request, const In& in,
                       platform::Exchange* exchange);
  template <class Out, class In>
  Task<Out> read_object(const platform::Request& request, const In& in, platform::Exchange& exchange);
  template <class Out>
  void describe_object(Out& out, const Found& found) const;
  struct Window;
  Window choose_window(store::Reader& tx, const Found& found, const std::optional<std::string>& range,
                       const std::optional<int32_t>& part_number);

  struct Deletion {
    std::string key;
    std::optional<std::string> version_id;
    std::optional<std::string> if_match;
    std::optional<Timestamp> if_modified_at;
    std::optional<int64_t> if_size;
  };
  struct Deleted {
    std::optional<ObjectRecord> marker;   // made now
    std::optional<ObjectRecord> version;  // removed now, when a version was named
  };
  Deleted remove(const platform::Request& request, const BucketState& bucket, const Deletion& deletion);
  template <class In>
  ObjectRecord change_tags(const platform::Request& request, const In& in, Tags tags, const char* event);

  platform::AccessChecks put_access(const platform::Request&, const PutObjectInput&) const;
  platform::AccessChecks copy_access(const platform::Request&, const CopyObjectInput&) const;
  template <class In>
  platform::AccessChecks object_access(const platform::Request&, const In&, std::string action) const;
  // Whether the bucket's policy could allow an unsigned request to delete anything.
  bool may_strangers_delete(const platform::Request&, const BucketState&) const;

  Core& core_;
  const Events& events_;
};

}  // namespace haneul::s3
