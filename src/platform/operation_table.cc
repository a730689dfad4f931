#include "platform/operation_table.h"

#include "base/check.h"

namespace haneul::platform {

void OperationTable::add_service(const model::ServiceModel& service) {
  for (const model::ServiceModel* known : services_) {
    if (known == &service) return;
  }
  services_.push_back(&service);
}

RegisteredOperation& OperationTable::insert(RegisteredOperation entry) {
  add_service(*entry.service);
  const auto key = std::make_pair(entry.service->name, entry.model->name);
  const auto [at, is_new] = operations_.emplace(key, std::move(entry));
  HANEUL_CHECK(is_new, "an operation is registered once");
  return at->second;
}

const RegisteredOperation* OperationTable::find(const model::ServiceModel& service,
                                                std::string_view operation) const {
  const auto found = operations_.find({service.name, operation});
  return found == operations_.end() ? nullptr : &found->second;
}

const model::ServiceModel* OperationTable::service_by_name(std::string_view name) const {
  for (const model::ServiceModel* service : services_) {
    if (service->name == name) return service;
  }
  return nullptr;
}

bool OperationTable::implements(const model::ServiceModel& service, std::string_view operation) const {
  return find(service, operation) != nullptr;
}

}  // namespace haneul::platform
