// The handlers of all resource types; registry.cc lists them.
#pragma once

#include "services/cloudformation/resources/resource_handler.h"

namespace haneul::cloudformation {

const ResourceHandler& log_group_handler();
const ResourceHandler& log_stream_handler();
const ResourceHandler& s3_bucket_handler();
const ResourceHandler& s3_bucket_policy_handler();
const ResourceHandler& lambda_function_handler();
const ResourceHandler& lambda_version_handler();
const ResourceHandler& lambda_alias_handler();
const ResourceHandler& lambda_permission_handler();
const ResourceHandler& lambda_layer_version_handler();
const ResourceHandler& lambda_event_invoke_config_handler();
const ResourceHandler& lambda_url_handler();
const ResourceHandler& lambda_event_source_mapping_handler();
const ResourceHandler& dynamodb_table_handler();
const ResourceHandler& iam_role_handler();
const ResourceHandler& iam_user_handler();
const ResourceHandler& iam_group_handler();
const ResourceHandler& iam_policy_handler();
const ResourceHandler& iam_managed_policy_handler();
const ResourceHandler& iam_access_key_handler();
const ResourceHandler& iam_instance_profile_handler();

}  // namespace haneul::cloudformation
