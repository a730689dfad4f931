// The API of event source mappings.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/mappings/mappings.h"

namespace haneul::lambda {

class MappingOps {
 public:
  MappingOps(Core& core, Mappings& mappings) : core_(core), mappings_(mappings) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  CreateEventSourceMappingOutput create(const Request& request, const CreateEventSourceMappingInput& in);
  GetEventSourceMappingOutput get(const Request& request, const GetEventSourceMappingInput& in);
  UpdateEventSourceMappingOutput update(const Request& request, const UpdateEventSourceMappingInput& in);
  DeleteEventSourceMappingOutput remove(const Request& request, const DeleteEventSourceMappingInput& in);
  ListEventSourceMappingsOutput list(const Request& request, const ListEventSourceMappingsInput& in);

  Core& core_;
  Mappings& mappings_;
};

// Tags of mappings: "arn:aws:lambda:REGION:ACCOUNT:event-source-mapping:UUID".
std::optional<std::string> mapping_uuid_of(const platform::Request& request, const std::string& arn);
platform::AccessChecks mapping_check(const Core& core, const platform::Request& request, std::string action,
                                     const std::string& uuid);
MappingRecord require_mapping(store::Reader& tx, const platform::Request& request, std::string_view uuid);

}  // namespace haneul::lambda
