// Dispatcher: any operation by name with a document value, made inside the process: CloudFormation's
// handlers, event targets, workflow tasks. The call goes through the same validation, authorisation,
// durability, meter and trail as one from the wire; only signature and codec are left out. There is no back
// door: the caller given is the caller judged.
//
// A streaming payload travels as a blob member of the input under its model name; a streamed answer comes
// back the same way (bounded at kStreamBytesMax). Errors are thrown as model::ServiceError. Thread rule: on
// an executor's thread.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "base/task/task.h"
#include "platform/caller.h"

namespace haneul::platform {

inline constexpr size_t kStreamBytesMax = 256u << 20;

struct CallContext {
  Caller caller;
  AccountId account;
  Region region;
  std::string trace_id;
  std::string source;  // for the trail: "cloudformation.amazonaws.com"
};

class Dispatcher {
 public:
  virtual ~Dispatcher() = default;
  virtual Task<Document> call(const CallContext& context, std::string_view service,
                              std::string_view operation, Document input) = 0;
};

}  // namespace haneul::platform
