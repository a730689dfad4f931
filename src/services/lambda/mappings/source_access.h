// SourceAccess: reading a mapping's source in the name of its function's role, and Lambda's words for a
// source that cannot be read. Thread rule: one owner at a time.
#pragma once

#include <optional>

#include "platform/event_sources.h"
#include "services/lambda/core.h"
#include "services/lambda/mappings/record.h"

namespace haneul::lambda {

class SourceAccess {
 public:
  SourceAccess(const Core& core, const MappingRecord& mapping) : core_(core), mapping_(mapping) {}
  // As the role is now; throws when the function or its role is gone.
  const platform::CallContext& reader();
  const std::string& role() const { return role_; }  // of the last reader()

 private:
  const Core& core_;
  const MappingRecord& mapping_;
  std::string role_;
  platform::CallContext context_;
  Timestamp renew_at_{};
};

// Refuses a mapping whose source is not there, or may not be read by the function's role, or whose queue
// hides messages for less time than the function may take.
void require_readable(const Core& core, const platform::EventSources& sources, const MappingRecord& mapping);
// The sentence for a refusal of the source: also the last processing result of a mapping that runs.
std::string access_problem(const MappingRecord& mapping, const model::ServiceError& error);

}  // namespace haneul::lambda
