#include "platform/runner.h"

#include "base/log.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "platform/failures.h"
#include "store/commit_tracker.h"

namespace haneul::platform {

Task<Document> Runner::run(const RegisteredOperation& operation, const Request& request, Document input,
                           Exchange& exchange, RequestFact& fact) {
  // Checked before access is judged, because the checks name resources that stand in the input.
  if (operation.model->input != nullptr) {
    const auto violations = model::validate(*operation.model->input, input);
    if (!violations.empty()) throw_invalid_input(*request.service, violations);
  }
  const std::shared_ptr<void> typed = operation.bind_input(input);
  // The typed form is all that is used from here on: a large document is not held through a long wait.
  input = Document();
  authorise(operation, request, typed.get(), fact);
  if (operation.park) co_return co_await run_parking(operation, request, typed.get(), exchange);
  co_return co_await run_plain(operation, request, typed.get());
}

void Runner::authorise(const RegisteredOperation& operation, const Request& request, const void* input,
                       RequestFact& fact) {
  if (operation.access_free_reason != nullptr) {
    if (request.caller.kind == Caller::Kind::kAnonymous)
      throw_auth_failure(*request.service, AuthFailure::kMissing);
    return;
  }
  const AccessChecks checks = operation.access(request, input);
  if (!checks.empty()) fact.resource = checks.front().resource;
  for (const AccessCheck& access : checks) {
    const Verdict verdict = authorizer_.judge(request, access);
    if (verdict.allowed) continue;
    fact.denied_because = verdict.message;
    throw_access_denied(request, verdict.message);
  }
}

Task<Document> Runner::run_plain(const RegisteredOperation& operation, const Request& request,
                                 const void* input) {
  Document output;
  std::exception_ptr thrown;
  uint64_t depends_on = 0;
  {
    const store::CommitTracker tracker;
    try {
      output = operation.run(request, input);
    } catch (...) {
      thrown = std::current_exception();
    }
    depends_on = tracker.seq();
  }
  // Refusals wait as well: "it exists already" must not be said of what a crash could take back.
  if (depends_on > 0) co_await db_.wait_durable(depends_on);
  if (thrown) std::rethrow_exception(thrown);
  co_return output;
}

Task<Document> Runner::run_parking(const RegisteredOperation& operation, const Request& request,
                                   const void* input, Exchange& exchange) {
  Document output;
  std::exception_ptr thrown;
  try {
    output = co_await operation.park(request, input, exchange);
  } catch (...) {
    thrown = std::current_exception();
  }
  // A coroutine may have run on several occasions and its commits are not its own to count: all that is
  // ordered by now.
  if (operation.effect == Effect::kWrite) co_await db_.wait_durable(db_.last_ordered());
  if (thrown) std::rethrow_exception(thrown);
  co_return output;
}

}  // namespace haneul::platform
