#include "platform/caller.h"

namespace haneul::platform {

Caller Caller::of_service(std::string service, AccountId source_account, std::string source_arn) {
  Caller caller;
  caller.kind = Kind::kService;
  caller.arn = service;
  caller.service = std::move(service);
  // The confused-deputy keys: for whom, and through which resource, the service acts.
  caller.context["aws:SourceAccount"] = {source_account.str()};
  caller.context["aws:SourceArn"] = {std::move(source_arn)};
  return caller;
}

}  // namespace haneul::platform
