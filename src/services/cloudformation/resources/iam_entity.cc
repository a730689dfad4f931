#include "services/cloudformation/resources/iam_entity.h"

#include <algorithm>
#include <set>

#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

std::string operation(std::string_view verb, IamKind kind, std::string_view rest) {
  return std::string(verb) + std::string(iam_kind_name(kind)) + std::string(rest);
}

std::map<std::string, std::string> inline_policies(const Document* list) {
  std::map<std::string, std::string> out;
  if (list == nullptr) return out;
  for (const Document& policy : list->as_array()) {
    out[scalar_text(*policy.find("PolicyName"))] = policy_text(*policy.find("PolicyDocument"));
  }
  return out;
}

std::set<std::string> texts(const Document* list) {
  std::set<std::string> out;
  if (list == nullptr) return out;
  for (const Document& item : list->as_array()) out.insert(scalar_text(item));
  return out;
}

Task<void> detach(const ResourceContext& context, IamKind kind, std::string arn) {
  Document input = iam_name(kind, context.physical_id);
  input.set("PolicyArn", std::move(arn));
  const std::string name = operation("Detach", kind, "Policy");
  co_await take_away(context, name, std::move(input));
}

Task<void> delete_inline(const ResourceContext& context, IamKind kind, std::string policy) {
  Document input = iam_name(kind, context.physical_id);
  input.set("PolicyName", std::move(policy));
  const std::string name = operation("Delete", kind, "Policy");
  co_await take_away(context, name, std::move(input));
}

}  // namespace

std::string_view iam_kind_name(IamKind kind) {
  switch (kind) {
    case IamKind::kUser: return "User";
    case IamKind::kGroup: return "Group";
    case IamKind::kRole: break;
  }
  return "Role";
}

Document iam_name(IamKind kind, std::string_view name) {
  return Document::Object{{std::string(iam_kind_name(kind)) + "Name", name}};
}

Task<void> take_away(const ResourceContext& context, std::string_view operation, Document input) {
  co_await context.try_call("iam", operation, std::move(input),
                            {"NoSuchEntity", "NoSuchEntityException", "ValidationError", "InvalidInput"});
}

PropertySpec inline_policies_property() {
  return objects("Policies", {scalar("PolicyName").required(), json("PolicyDocument").required()});
}

Task<void> settle_inline_policies(const ResourceContext& context, IamKind kind) {
  const auto before = inline_policies(context.old_property("Policies"));
  const auto after = inline_policies(context.property("Policies"));
  for (const auto& [name, text] : after) {
    const auto old = before.find(name);
    if (old != before.end() && old->second == text) continue;
    Document input = iam_name(kind, context.physical_id);
    input.set("PolicyName", name);
    input.set("PolicyDocument", text);
    const std::string put = operation("Put", kind, "Policy");
    co_await context.call("iam", put, std::move(input));
  }
  for (const auto& [name, text] : before) {
    if (!after.contains(name)) co_await delete_inline(context, kind, name);
  }
}

Task<void> settle_attached_policies(const ResourceContext& context, IamKind kind) {
  const auto before = texts(context.old_property("ManagedPolicyArns"));
  const auto after = texts(context.property("ManagedPolicyArns"));
  for (const std::string& arn : after) {
    if (before.contains(arn)) continue;
    Document input = iam_name(kind, context.physical_id);
    input.set("PolicyArn", arn);
    const std::string attach = operation("Attach", kind, "Policy");
    co_await context.call("iam", attach, std::move(input));
  }
  for (const std::string& arn : before) {
    if (!after.contains(arn)) co_await detach(context, kind, arn);
  }
}

Task<void> settle_boundary(const ResourceContext& context, IamKind kind) {
  if (!context.changed("PermissionsBoundary")) co_return;
  Document input = iam_name(kind, context.physical_id);
  const Document* boundary = context.property("PermissionsBoundary");
  const std::string name = operation(boundary == nullptr ? "Delete" : "Put", kind, "PermissionsBoundary");
  if (boundary != nullptr) input.set("PermissionsBoundary", *boundary);
  co_await context.call("iam", name, std::move(input));
}

Task<void> settle_iam_tags(const ResourceContext& context, IamKind kind) {
  const auto before = context.old_tags();
  const auto after = context.all_tags();
  if (before == after) co_return;
  if (Document dropped = dropped_tags(before, after); !dropped.as_array().empty()) {
    Document input = iam_name(kind, context.physical_id);
    input.set("TagKeys", std::move(dropped));
    const std::string untag = operation("Untag", kind, "");
    co_await context.call("iam", untag, std::move(input));
  }
  if (after.empty()) co_return;
  Document input = iam_name(kind, context.physical_id);
  input.set("Tags", tag_list(after));
  const std::string tag = operation("Tag", kind, "");
  co_await context.call("iam", tag, std::move(input));
}

Task<std::string> move_entity(const ResourceContext& context, IamKind kind) {
  Document input = iam_name(kind, context.physical_id);
  input.set("NewPath", context.text("Path").empty() ? "/" : context.text("Path"));
  const std::string update = operation("Update", kind, "");
  co_await context.call("iam", update, std::move(input));
  const std::string get = operation("Get", kind, "");
  const Document now = co_await context.call("iam", get, iam_name(kind, context.physical_id));
  const Document* entity = now.find(iam_kind_name(kind));
  co_return entity == nullptr ? std::string() : entity->string_or("Arn", "");
}

Task<void> strip_entity(const ResourceContext& context, IamKind kind) {
  for (const auto& [name, text] : inline_policies(context.property("Policies"))) {
    co_await delete_inline(context, kind, name);
  }
  for (const std::string& arn : texts(context.property("ManagedPolicyArns"))) {
    co_await detach(context, kind, arn);
  }
}

Task<bool> find_made_entity(const ResourceContext& context, IamKind kind, Document& out) {
  if (context.attempt == Attempt::kFirst) co_return false;
  Document answer;
  const std::string get = operation("Get", kind, "");
  const bool is_there = co_await context.try_call("iam", get, iam_name(kind, context.physical_id),
                                                  {"NoSuchEntity", "NoSuchEntityException"}, &answer);
  const Document* entity = is_there ? answer.find(iam_kind_name(kind)) : nullptr;
  if (entity == nullptr || !is_ours(context, entity->find("CreateDate"))) co_return false;
  out = *entity;
  co_return true;
}

}  // namespace haneul::cloudformation
