// ImportSource: the objects of an import, listed and read in S3 in the name of who asked for it, whose rights
// are judged each time. Thread rule: calls of the dispatcher, on an executor's thread.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "platform/dispatcher.h"
#include "services/dynamodb/transfer/import.h"

namespace haneul::dynamodb {

struct SourceFailure {
  // kObject: it has been changed or removed meanwhile. kMoment: S3 has its own troubles, which pass.
  enum class Of { kImport, kObject, kMoment };
  std::string code, message;
  Of of = Of::kImport;
};

class ImportSource {
 public:
  ImportSource(platform::Dispatcher& dispatcher, const Import& given);
  // The first object behind the key; none: there are no more.
  Task<std::expected<std::optional<SourceObject>, SourceFailure>> next(const std::string& after);
  // A stretch of the object, as it was when it was listed.
  Task<std::expected<std::string, SourceFailure>> read(const SourceObject& object, uint64_t from);

 private:
  Task<std::expected<Document, SourceFailure>> call(std::string_view operation, Document input);
  Task<std::expected<bool, SourceFailure>> list(const std::string& after);

  platform::Dispatcher& dispatcher_;
  const S3BucketSource source_;
  const platform::CallContext context_;
  std::vector<SourceObject> listed_;  // the last one is the next
};

}  // namespace haneul::dynamodb
