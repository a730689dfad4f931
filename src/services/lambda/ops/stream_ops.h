// InvokeWithResponseStream. https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
// The answer's head leaves when the function begins to stream or has ended; its body is an event stream of
// PayloadChunk messages and one InvokeComplete. A client that goes away does not stop the function.
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class StreamOps {
 public:
  explicit StreamOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  Task<InvokeWithResponseStreamOutput> invoke(const platform::Request& request,
                                              const InvokeWithResponseStreamInput& in,
                                              platform::Exchange& exchange);
  Core& core_;
};

}  // namespace haneul::lambda
