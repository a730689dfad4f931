// The list of all resource types: a new type is a line here.

#include <map>

#include "services/cloudformation/resources/handlers.h"

namespace haneul::cloudformation {

namespace {

const std::map<std::string_view, const ResourceHandler*>& registry() {
  static const auto kHandlers = [] {
    std::map<std::string_view, const ResourceHandler*> out;
    for (const ResourceHandler* handler : {&log_group_handler(),
                                           &log_stream_handler(),
                                           &s3_bucket_handler(),
                                           &s3_bucket_policy_handler(),
                                           &lambda_function_handler(),
                                           &lambda_version_handler(),
                                           &lambda_alias_handler(),
                                           &lambda_permission_handler(),
                                           &lambda_layer_version_handler(),
                                           &lambda_event_invoke_config_handler(),
                                           &lambda_url_handler(),
                                           &lambda_event_source_mapping_handler(),
                                           &dynamodb_table_handler(),
                                           &iam_role_handler(),
                                           &iam_user_handler(),
                                           &iam_group_handler(),
                                           &iam_policy_handler(),
                                           &iam_managed_policy_handler(),
                                           &iam_access_key_handler(),
                                           &iam_instance_profile_handler()}) {
      out[handler->type().name] = handler;
    }
    return out;
  }();
  return kHandlers;
}

}  // namespace

const ResourceHandler* find_handler(std::string_view type_name) {
  const auto found = registry().find(type_name);
  return found == registry().end() ? nullptr : found->second;
}

std::string_view reason_of_refusal(std::string_view type_name) {
  if (type_name == "AWS::DynamoDB::GlobalTable") {
    return "tables have no replicas in other regions; AWS::DynamoDB::Table makes the table of one region";
  }
  return {};
}

std::vector<const ResourceHandler*> all_handlers() {
  std::vector<const ResourceHandler*> out;
  for (const auto& [name, handler] : registry()) out.push_back(handler);
  return out;
}

}  // namespace haneul::cloudformation
