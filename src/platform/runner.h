// Runner: the part of the pipeline that is the same for calls from the wire and calls made inside the
// process: validate -> authorise -> run -> wait until durable. Authentication and codecs stand before and
// after it. Thread rule: any executor's thread.
#pragma once

#include "platform/authorizer.h"
#include "platform/facts.h"
#include "platform/operation_table.h"
#include "store/db.h"

namespace haneul::platform {

class Runner {
 public:
  Runner(store::Db& db, const Authorizer& authorizer) : db_(db), authorizer_(authorizer) {}

  // Throws model::ServiceError, or what the operation threw. Fills the fact's resource and reason of denial.
  Task<Document> run(const RegisteredOperation& operation, const Request& request, Document input,
                     Exchange& exchange, RequestFact& fact);

 private:
  void authorise(const RegisteredOperation& operation, const Request& request, const void* input,
                 RequestFact& fact);
  Task<Document> run_plain(const RegisteredOperation& operation, const Request& request, const void* input);
  Task<Document> run_parking(const RegisteredOperation& operation, const Request& request, const void* input,
                             Exchange& exchange);

  store::Db& db_;
  const Authorizer& authorizer_;
};

}  // namespace haneul::platform
