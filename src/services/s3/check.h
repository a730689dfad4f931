// The offline check of S3's rows: what `haneul check` says about a store that nobody writes to.
#pragma once

#include <string>
#include <vector>

#include "store/blob/blob_store.h"
#include "store/db.h"

namespace haneul::s3 {

// A sentence for each invariant that does not hold: payloads are there and have their size, histories are
// ordered, parts have their upload, no payload has two owners, buckets are in their owner's list.
std::vector<std::string> check(store::Db& db, store::BlobStore& blobs);

// Every blob that a row of S3 names, as of the newest ordered state.
std::vector<std::string> named_blobs(store::Db& db);

}  // namespace haneul::s3
