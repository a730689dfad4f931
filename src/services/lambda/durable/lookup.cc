#include "services/lambda/durable/lookup.h"

#include "gen/lambda/errors.h"

namespace haneul::lambda {

platform::AccessChecks execution_check(const std::string& action, const std::string& arn) {
  platform::AccessCheck access{.action = action, .resource = arn};
  if (const auto ref = parse_execution_arn(arn)) access.resource_account = ref->place.account;
  return {access};
}

void refuse_missing_execution() { refuse<ResourceNotFoundException>("Durable Execution does not exist"); }

std::optional<ExecutionRef> near_execution(const platform::Request& request, const std::string& arn) {
  auto ref = parse_execution_arn(arn);
  if (!ref || ref->place.account != request.account || ref->place.region != request.region)
    return std::nullopt;
  return ref;
}

ExecutionRef require_near_execution(const platform::Request& request, const std::string& arn) {
  auto ref = near_execution(request, arn);
  if (!ref) refuse_missing_execution();
  return *std::move(ref);
}

ExecutionRecord require_execution(store::Reader& tx, const ExecutionRef& ref) {
  auto head = find_execution(tx, ref.place, ref.id);
  if (!head || head->ref.arn() != ref.arn()) refuse_missing_execution();
  return *std::move(head);
}

size_t page_size(const std::optional<int32_t>& asked) {
  const int32_t count = asked.value_or(0);
  return count == 0 ? kExecutionItemsDefault : static_cast<size_t>(count);
}

}  // namespace haneul::lambda
