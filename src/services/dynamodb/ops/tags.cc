// TagResource, UntagResource, ListTagsOfResource.
#include <fmt/format.h>

#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/ops/tag_check.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

TagResourceOutput DynamoDbService::tag_resource(const Request& request, const TagResourceInput& input) {
  const TableName where = tagged_table(request, input.resource_arn);
  if (input.tags.empty()) refuse("Atleast one Tag needs to be provided as Input.");
  require_tags(input.tags);
  change_table(where, [&](store::Tx&, Table& table) {
    for (const Tag& tag : input.tags) table.tags[tag.key] = tag.value;
    require_few_tags(table);
  });
  return {};
}

UntagResourceOutput DynamoDbService::untag_resource(const Request& request, const UntagResourceInput& input) {
  const TableName where = tagged_table(request, input.resource_arn);
  if (input.tag_keys.empty()) refuse("Atleast one Tag Key needs to be provided as Input.");
  change_table(where, [&](store::Tx&, Table& table) {
    for (const std::string& key : input.tag_keys) table.tags.erase(key);
  });
  return {};
}

// A table has no more tags than one page holds, so there is no next token to take.
ListTagsOfResourceOutput DynamoDbService::list_tags(const Request& request,
                                                    const ListTagsOfResourceInput& input) {
  const TableName where = tagged_table(request, input.resource_arn);
  if (input.next_token) refuse(fmt::format("Invalid NextToken: {}", *input.next_token));
  ListTagsOfResourceOutput out;
  out.tags.emplace();
  parts_.db.read([&](store::ReadTx& tx) {
    for (const auto& [key, value] : require_named(tx, where)->tags)
      out.tags->push_back({.key = key, .value = value});
  });
  return out;
}

void DynamoDbService::register_tags(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  table.add<op::TagResource>({.access =
                                  [access](const Request& request, const TagResourceInput& input) {
                                    auto checks =
                                        access.on_arn(request, "dynamodb:TagResource", input.resource_arn);
                                    TableAccess::add_request_tags(checks.front(), input.tags);
                                    return checks;
                                  },
                              .run = bind_run(this, &DynamoDbService::tag_resource)});
  table.add<op::UntagResource>({.access =
                                    [access](const Request& request, const UntagResourceInput& input) {
                                      auto checks = access.on_arn(request, "dynamodb:UntagResource",
                                                                  input.resource_arn);
                                      if (!input.tag_keys.empty())
                                        checks.front().context["aws:TagKeys"] = input.tag_keys;
                                      return checks;
                                    },
                                .run = bind_run(this, &DynamoDbService::untag_resource)});
  table.add<op::ListTagsOfResource>(
      {.access =
           [access](const Request& request, const ListTagsOfResourceInput& input) {
             return access.on_arn(request, "dynamodb:ListTagsOfResource", input.resource_arn);
           },
       .run = bind_run(this, &DynamoDbService::list_tags),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
