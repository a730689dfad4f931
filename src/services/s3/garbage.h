// Garbage: payloads that rows no longer name. Data rows go in the transaction itself; blobs go after it is
// durable, on the blocking pool, and not while somebody reads them. What a crash leaves is removed by the
// sweep at the next start. Thread rule: any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/task/loops.h"
#include "services/s3/records.h"
#include "store/blob/blob_store.h"
#include "store/db.h"

namespace haneul::s3 {

class Garbage : public std::enable_shared_from_this<Garbage> {
 public:
  Garbage(store::BlobStore& blobs, BlockingPool& pool) : blobs_(blobs), pool_(pool) {}

  // Removes what the payload consists of: rows at once, blobs once the transaction is durable.
  void drop(store::Tx& tx, std::string_view bucket, const Payload& payload);
  void delete_blob(const std::string& id);  // of a blob that no row ever named

  // While a Pin lives the blobs of the payload stay. Empty when they are going already: look again.
  class Pin {
   public:
    Pin(std::shared_ptr<Garbage> garbage, std::string id)
        : garbage_(std::move(garbage)), id_(std::move(id)) {}
    ~Pin() {
      if (garbage_) garbage_->unpin(id_);
    }
    Pin(Pin&&) noexcept = default;
    Pin& operator=(Pin&&) = delete;

   private:
    std::shared_ptr<Garbage> garbage_;
    std::string id_;
  };
  std::optional<Pin> pin(const Payload& payload);

 private:
  struct Use {
    int readers = 0;
    bool is_going = false;
    std::vector<std::string> blobs;  // to delete when the last reader is gone
  };
  void remove(const std::string& payload_id, std::vector<std::string> blobs);
  void unpin(const std::string& payload_id);
  void delete_on_pool(std::string payload_id, std::vector<std::string> blobs);

  store::BlobStore& blobs_;
  BlockingPool& pool_;
  std::mutex mutex_;
  std::map<std::string, Use> uses_;
};

}  // namespace haneul::s3
