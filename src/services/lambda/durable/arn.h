// The names of durable executions on the wire: ARNs, callback ids and checkpoint tokens.
//
//   arn:aws:lambda:<region>:<account>:function:<function>:<version>/durable-execution/<name>/<id>
//
// Callback ids and tokens are opaque to clients. A callback id says which operation it is of, so that it is
// found without a row of its own; the operation knows the whole id, so a made-up one opens nothing. A token
// says nothing: the execution knows the one that counts.
// https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "services/lambda/names.h"

namespace haneul::lambda {

struct ExecutionRef {
  Place place;
  std::string function;
  std::string version;  // a number or $LATEST
  std::string name;
  std::string id;

  std::string arn() const;
  std::string function_arn() const;  // with the version
};
std::optional<ExecutionRef> parse_execution_arn(std::string_view text);

struct CallbackRef {
  Place place;
  std::string execution;  // id
  std::string operation;  // id
};
std::string make_callback_id(const CallbackRef& ref, Random& random);
std::optional<CallbackRef> parse_callback_id(std::string_view text);

std::string make_checkpoint_token(const std::string& execution, Random& random);

}  // namespace haneul::lambda
