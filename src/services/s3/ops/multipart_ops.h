// Uploads in parts. S3 user guide, "Uploading and copying objects using multipart upload"; API reference, the
// pages of the same names. A completed object keeps its parts where they are, under the upload's id.
#pragma once

#include "gen/s3/operations.h"
#include "platform/operation_table.h"
#include "services/s3/core.h"
#include "services/s3/events.h"
#include "services/s3/ops/shared.h"

namespace haneul::s3 {

class MultipartOps {
 public:
  MultipartOps(Core& core, const Events& events) : core_(core), events_(events) {}
  void register_operations(platform::OperationTable& table);

  CreateMultipartUploadOutput create_multipart_upload(const platform::Request&,
                                                      const CreateMultipartUploadInput&);
  Task<UploadPartOutput> upload_part(const platform::Request&, const UploadPartInput&, platform::Exchange&);
  Task<UploadPartCopyOutput> upload_part_copy(const platform::Request&, const UploadPartCopyInput&,
                                              platform::Exchange&);
  CompleteMultipartUploadOutput complete_multipart_upload(const platform::Request&,
                                                          const CompleteMultipartUploadInput&);
  AbortMultipartUploadOutput abort_multipart_upload(const platform::Request&,
                                                    const AbortMultipartUploadInput&);
  ListPartsOutput list_parts(const platform::Request&, const ListPartsInput&);
  ListMultipartUploadsOutput list_multipart_uploads(const platform::Request&,
                                                    const ListMultipartUploadsInput&);

 private:
  struct NewPart {
    std::string key, upload_id;
    PartRecord record;
    StagedPayload payload;
  };
  // Throws NoSuchUpload.
  UploadRecord require_upload(store::Reader& tx, const BucketState& bucket, const std::string& key,
                              const std::string& upload_id) const;
  void commit_part(const platform::Request& request, const BucketState& seen, NewPart& part);

  struct Completion;  // of an upload: its parts in order and what they add up to
  Completion gather(store::Tx& tx, const BucketState& bucket, const UploadRecord& upload,
                    const CompleteMultipartUploadInput& in) const;
  ObjectRecord write_completed(store::Tx& tx, const platform::Request& request, const BucketState& bucket,
                               const CompleteMultipartUploadInput& in) const;

  template <class In>
  platform::AccessChecks part_access(const platform::Request& request, const In& in,
                                     const char* action) const;

  Core& core_;
  const Events& events_;
};

}  // namespace haneul::s3
