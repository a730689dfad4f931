// DescribeStackResource(s), ListStackResources, ListExports and ListImports.

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

// Planned, but nothing said of them yet.
bool is_shown(const Resource& resource) { return !resource.status.empty(); }

StackResource shown(const StackRecord& stack, const Resource& resource) {
  StackResource out;
  out.stack_name = stack.name;
  out.stack_id = stack.id;
  out.logical_resource_id = resource.logical_id;
  out.physical_resource_id = text_or_nothing(resource.physical_id);
  out.resource_type = resource.type;
  out.timestamp = resource.updated_at;
  out.resource_status = resource.status;
  out.resource_status_reason = text_or_nothing(resource.status_reason);
  out.drift_information = StackResourceDriftInformation{.stack_resource_drift_status = "NOT_CHECKED"};
  return out;
}

}  // namespace

std::optional<StackRecord> find_holder(store::Reader& tx, const Place& place,
                                       const std::string& physical_id) {
  for (StackRecord& stack : load_stacks(tx, place)) {
    if (stack.deleted_at) continue;
    for (const auto& [name, resource] : load_resources(tx, place, stack.uuid)) {
      if (resource.physical_id == physical_id) return std::move(stack);
    }
  }
  return std::nullopt;
}

DescribeStackResourceOutput CloudFormation::describe_stack_resource(const Request& request,
                                                                    const DescribeStackResourceInput& input) {
  const Place place = place_of(request);
  return parts_.db.read([&](store::ReadTx& tx) {
    const auto stack_found = find_stack(tx, place, input.stack_name);
    if (!stack_found) fail_template(fmt::format("Stack '{}' does not exist", input.stack_name));
    const StackRecord& stack = *stack_found;
    const ResourceMap resources = load_resources(tx, place, stack.uuid);
    const auto found = resources.find(input.logical_resource_id);
    if (found == resources.end() || !is_shown(found->second)) {
      fail_template(
          fmt::format("Resource {} does not exist for stack {}", input.logical_resource_id, stack.name));
    }
    const Resource& resource = found->second;
    StackResourceDetail detail;
    detail.stack_name = stack.name;
    detail.stack_id = stack.id;
    detail.logical_resource_id = resource.logical_id;
    detail.physical_resource_id = text_or_nothing(resource.physical_id);
    detail.resource_type = resource.type;
    detail.last_updated_timestamp = resource.updated_at;
    detail.resource_status = resource.status;
    detail.resource_status_reason = text_or_nothing(resource.status_reason);
    if (!resource.metadata.is_null()) detail.metadata = write_json(resource.metadata);
    detail.drift_information = StackResourceDriftInformation{.stack_resource_drift_status = "NOT_CHECKED"};
    return DescribeStackResourceOutput{.stack_resource_detail = std::move(detail)};
  });
}

DescribeStackResourcesOutput CloudFormation::describe_stack_resources(
    const Request& request, const DescribeStackResourcesInput& input) {
  const Place place = place_of(request);
  if (!input.stack_name && !input.physical_resource_id) {
    fail_template("Either stack name or physical resource id must be specified.");
  }
  if (input.stack_name && input.physical_resource_id) {
    fail_template("You cannot specify both stack name and physical resource id.");
  }
  return parts_.db.read([&](store::ReadTx& tx) {
    std::optional<StackRecord> stack;
    if (input.stack_name) {
      stack = require_stack(tx, place, *input.stack_name);
    } else {
      stack = find_holder(tx, place, *input.physical_resource_id);
      if (!stack) fail_template(fmt::format("Stack for {} does not exist", *input.physical_resource_id));
    }
    DescribeStackResourcesOutput output;
    output.stack_resources.emplace();
    for (const auto& [name, resource] : load_resources(tx, place, stack->uuid)) {
      if (!is_shown(resource) || (input.logical_resource_id && name != *input.logical_resource_id)) continue;
      output.stack_resources->push_back(shown(*stack, resource));
    }
    return output;
  });
}

ListStackResourcesOutput CloudFormation::list_stack_resources(const Request& request,
                                                              const ListStackResourcesInput& input) {
  const Place place = place_of(request);
  const std::string after = page_start(request, input.next_token);
  return parts_.db.read([&](store::ReadTx& tx) {
    const StackRecord stack = require_stack(tx, place, input.stack_name);
    const ResourceMap resources = load_resources(tx, place, stack.uuid);
    ListStackResourcesOutput output;
    output.stack_resource_summaries.emplace();
    for (auto at = resources.upper_bound(after); at != resources.end(); ++at) {
      const Resource& resource = at->second;
      if (!is_shown(resource)) continue;
      if (output.stack_resource_summaries->size() == kStacksPage) {
        output.next_token = page_token(request, output.stack_resource_summaries->back().logical_resource_id);
        break;
      }
      StackResourceSummary summary;
      summary.logical_resource_id = resource.logical_id;
      summary.physical_resource_id = text_or_nothing(resource.physical_id);
      summary.resource_type = resource.type;
      summary.last_updated_timestamp = resource.updated_at;
      summary.resource_status = resource.status;
      summary.resource_status_reason = text_or_nothing(resource.status_reason);
      summary.drift_information =
          StackResourceDriftInformationSummary{.stack_resource_drift_status = "NOT_CHECKED"};
      output.stack_resource_summaries->push_back(std::move(summary));
    }
    return output;
  });
}

ListExportsOutput CloudFormation::list_exports(const Request& request, const ListExportsInput& input) {
  const Place place = place_of(request);
  const std::string after = page_start(request, input.next_token);
  return parts_.db.read([&](store::ReadTx& tx) {
    ListExportsOutput output;
    output.exports.emplace();
    for (const ExportRow& row : load_exports(tx, place)) {
      if (row.name <= after) continue;
      if (output.exports->size() == kStacksPage) {
        output.next_token = page_token(request, *output.exports->back().name);
        break;
      }
      const auto stack = load_stack(tx, place, row.uuid);
      output.exports->push_back(
          {.exporting_stack_id = stack ? stack->id : row.uuid, .name = row.name, .value = row.value});
    }
    return output;
  });
}

ListImportsOutput CloudFormation::list_imports(const Request& request, const ListImportsInput& input) {
  const Place place = place_of(request);
  page_start(request, input.next_token);
  return parts_.db.read([&](store::ReadTx& tx) {
    if (!load_export(tx, place, input.export_name)) {
      fail_template(fmt::format("Export '{}' is not found.", input.export_name));
    }
    auto names = importers(tx, place, input.export_name);
    if (names.empty())
      fail_template(fmt::format("Export '{}' is not imported by any stack.", input.export_name));
    return ListImportsOutput{.imports = std::move(names)};
  });
}

}  // namespace haneul::cloudformation
