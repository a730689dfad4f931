#include "services/s3/garbage.h"

#include "base/log.h"
#include "services/s3/keys.h"
#include "store/record.h"

namespace haneul::s3 {

void Garbage::drop(store::Tx& tx, std::string_view bucket, const Payload& payload) {
  std::vector<std::string> blobs;
  if (payload.kind == Payload::Kind::kInline) tx.del(keys::data(bucket, payload.id));
  if (payload.kind == Payload::Kind::kBlob) blobs.push_back(payload.id);
  if (payload.kind == Payload::Kind::kParts) {
    const store::Key key = keys::manifest(bucket, payload.id);
    if (const auto row = tx.get(key)) {
      for (const PartRecord& part : manifest_from(store::decode_record(*row))) {
        if (part.payload.kind == Payload::Kind::kInline) tx.del(keys::data(bucket, part.payload.id));
        if (part.payload.kind == Payload::Kind::kBlob) blobs.push_back(part.payload.id);
      }
    }
    tx.del(key);
  }
  if (blobs.empty()) return;
  tx.on_durable([self = shared_from_this(), id = payload.id, blobs = std::move(blobs)]() mutable {
    self->remove(id, std::move(blobs));
  });
}

void Garbage::delete_blob(const std::string& id) { delete_on_pool(id, {id}); }

std::optional<Garbage::Pin> Garbage::pin(const Payload& payload) {
  const std::lock_guard lock(mutex_);
  Use& use = uses_[payload.id];
  if (use.is_going) return std::nullopt;
  ++use.readers;
  return Pin(shared_from_this(), payload.id);
}

void Garbage::unpin(const std::string& payload_id) {
  std::vector<std::string> blobs;
  {
    const std::lock_guard lock(mutex_);
    const auto found = uses_.find(payload_id);
    if (found == uses_.end() || --found->second.readers > 0) return;
    blobs = std::move(found->second.blobs);
    if (blobs.empty()) {
      uses_.erase(found);
      return;
    }
  }
  delete_on_pool(payload_id, std::move(blobs));
}

void Garbage::remove(const std::string& payload_id, std::vector<std::string> blobs) {
  {
    const std::lock_guard lock(mutex_);
    Use& use = uses_[payload_id];
    use.is_going = true;
    if (use.readers > 0) {
      use.blobs = std::move(blobs);
      return;
    }
  }
  delete_on_pool(payload_id, std::move(blobs));
}

void Garbage::delete_on_pool(std::string payload_id, std::vector<std::string> blobs) {
  pool_.submit([self = shared_from_this(), payload_id = std::move(payload_id), blobs = std::move(blobs)] {
    for (const std::string& blob : blobs) {
      try {
        self->blobs_.del(store::BlobId(blob));
      } catch (const std::exception& error) {
        log_warning("a payload without a row stays until the next start",
                    {{"blob", blob}, {"reason", error.what()}});
      }
    }
    const std::lock_guard lock(self->mutex_);
    self->uses_.erase(payload_id);
  });
}

}  // namespace haneul::s3
