// CodeSource: the zip of a function or layer, from the request itself or out of a bucket. The object is read
// as the caller: who may not read it cannot make a function of it.
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

struct CodeSource {
  const std::optional<Blob>& zip_file;
  const MaybeText& s3_bucket;
  const MaybeText& s3_key;
  const MaybeText& s3_object_version;
  const MaybeText& s3_object_storage_mode;
};

// Throws InvalidParameterValueException when there is none, or both, or it cannot be had.
Task<std::string> fetch_zip(const Core& core, const platform::Request& request, CodeSource source);

}  // namespace haneul::lambda
