// AWS::IAM::Role, User and Group.

#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/resources/iam_entity.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

class RoleHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::IAM::Role",
        .properties = {scalar("RoleName").replaces(), json("AssumeRolePolicyDocument").required(),
                       scalar("Description"), scalars("ManagedPolicyArns"), scalar("MaxSessionDuration"),
                       scalar("Path").replaces(), scalar("PermissionsBoundary"), inline_policies_property(),
                       tags()},
        .attributes = {"Arn", "RoleId"},
        .naming = {.property = "RoleName", .length_max = 64},
        .capability = ResourceType::Capability::kIam};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    Document role;
    if (!co_await find_made_entity(context, IamKind::kRole, role)) {
      Document input =
          pick(context.properties, {"Description", "MaxSessionDuration", "Path", "PermissionsBoundary"});
      input.set("RoleName", context.physical_id);
      input.set("AssumeRolePolicyDocument", policy_text(*context.property("AssumeRolePolicyDocument")));
      const auto tags = context.all_tags();
      if (!tags.empty()) input.set("Tags", tag_list(tags));
      const Document made = co_await context.call("iam", "CreateRole", std::move(input));
      role = *made.find("Role");
    }
    context.made(context.physical_id);
    co_await settle_attached_policies(context, IamKind::kRole);
    co_await settle_inline_policies(context, IamKind::kRole);
    co_return ResourceState{.physical_id = context.physical_id,
                            .attributes = Document::Object{{"Arn", role.string_or("Arn", "")},
                                                           {"RoleId", role.string_or("RoleId", "")}}};
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    if (context.changed("AssumeRolePolicyDocument")) {
      Document input = iam_name(IamKind::kRole, context.physical_id);
      input.set("PolicyDocument", policy_text(*context.property("AssumeRolePolicyDocument")));
      co_await context.call("iam", "UpdateAssumeRolePolicy", std::move(input));
    }
    if (context.changed("Description") || context.changed("MaxSessionDuration")) {
      Document input = iam_name(IamKind::kRole, context.physical_id);
      const Document* seconds = context.property("MaxSessionDuration");
      input.set("Description", context.text("Description"));
      input.set("MaxSessionDuration", seconds == nullptr ? Document(3600) : *seconds);
      co_await context.call("iam", "UpdateRole", std::move(input));
    }
    co_await settle_boundary(context, IamKind::kRole);
    co_await settle_attached_policies(context, IamKind::kRole);
    co_await settle_inline_policies(context, IamKind::kRole);
    co_await settle_iam_tags(context, IamKind::kRole);
    co_return ResourceState{.physical_id = context.physical_id, .attributes = context.attributes};
  }

  Task<void> remove(const ResourceContext& context) const override {
    co_await strip_entity(context, IamKind::kRole);
    co_await context.try_call("iam", "DeleteRole", iam_name(IamKind::kRole, context.physical_id),
                              {"NoSuchEntity", "NoSuchEntityException"});
  }
};

class UserHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::IAM::User",
        .properties = {scalar("UserName").replaces(), scalars("Groups"), scalars("ManagedPolicyArns"),
                       scalar("Path"), scalar("PermissionsBoundary"), inline_policies_property(), tags()},
        .attributes = {"Arn"},
        .naming = {.property = "UserName", .length_max = 64},
        .capability = ResourceType::Capability::kIam};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    Document user;
    if (!co_await find_made_entity(context, IamKind::kUser, user)) {
      Document input = pick(context.properties, {"Path", "PermissionsBoundary"});
      input.set("UserName", context.physical_id);
      const auto tags = context.all_tags();
      if (!tags.empty()) input.set("Tags", tag_list(tags));
      const Document made = co_await context.call("iam", "CreateUser", std::move(input));
      user = *made.find("User");
    }
    context.made(context.physical_id);
    co_await settle_attached_policies(context, IamKind::kUser);
    co_await settle_inline_policies(context, IamKind::kUser);
    co_await settle_groups(context);
    co_return ResourceState{.physical_id = context.physical_id,
                            .attributes = Document::Object{{"Arn", user.string_or("Arn", "")}}};
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    Document attributes = context.attributes;
    if (context.changed("Path")) attributes.set("Arn", co_await move_entity(context, IamKind::kUser));
    co_await settle_boundary(context, IamKind::kUser);
    co_await settle_attached_policies(context, IamKind::kUser);
    co_await settle_inline_policies(context, IamKind::kUser);
    co_await settle_groups(context);
    co_await settle_iam_tags(context, IamKind::kUser);
    co_return ResourceState{.physical_id = context.physical_id, .attributes = std::move(attributes)};
  }

  Task<void> remove(const ResourceContext& context) const override {
    co_await strip_entity(context, IamKind::kUser);
    if (const Document* groups = context.property("Groups")) {
      for (const Document& group : groups->as_array()) co_await leave(context, scalar_text(group));
    }
    co_await context.try_call("iam", "DeleteUser", iam_name(IamKind::kUser, context.physical_id),
                              {"NoSuchEntity", "NoSuchEntityException"});
  }

 private:
  static Task<void> leave(const ResourceContext& context, std::string group) {
    Document input = Document::Object{{"UserName", context.physical_id}, {"GroupName", std::move(group)}};
    co_await take_away(context, "RemoveUserFromGroup", std::move(input));
  }
  static bool holds(const Document* list, const Document& item) {
    if (list == nullptr) return false;
    for (const Document& other : list->as_array()) {
      if (same_value(other, item)) return true;
    }
    return false;
  }
  static Task<void> settle_groups(const ResourceContext& context) {
    const Document* before = context.old_property("Groups");
    const Document* after = context.property("Groups");
    if (after != nullptr) {
      for (const Document& group : after->as_array()) {
        if (holds(before, group)) continue;
        Document input = Document::Object{{"UserName", context.physical_id}, {"GroupName", group}};
        co_await context.call("iam", "AddUserToGroup", std::move(input));
      }
    }
    if (before == nullptr) co_return;
    for (const Document& group : before->as_array()) {
      if (!holds(after, group)) co_await leave(context, scalar_text(group));
    }
  }
};

class GroupHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::IAM::Group",
        .properties = {scalar("GroupName").replaces(), scalars("ManagedPolicyArns"), scalar("Path"),
                       inline_policies_property()},
        .attributes = {"Arn"},
        .naming = {.property = "GroupName", .length_max = 128},
        .capability = ResourceType::Capability::kIam};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    Document group;
    if (!co_await find_made_entity(context, IamKind::kGroup, group)) {
      Document input = pick(context.properties, {"Path"});
      input.set("GroupName", context.physical_id);
      const Document made = co_await context.call("iam", "CreateGroup", std::move(input));
      group = *made.find("Group");
    }
    context.made(context.physical_id);
    co_await settle_attached_policies(context, IamKind::kGroup);
    co_await settle_inline_policies(context, IamKind::kGroup);
    co_return ResourceState{.physical_id = context.physical_id,
                            .attributes = Document::Object{{"Arn", group.string_or("Arn", "")}}};
  }
  Task<ResourceState> update(const ResourceContext& context) const override {
    Document attributes = context.attributes;
    if (context.changed("Path")) attributes.set("Arn", co_await move_entity(context, IamKind::kGroup));
    co_await settle_attached_policies(context, IamKind::kGroup);
    co_await settle_inline_policies(context, IamKind::kGroup);
    co_return ResourceState{.physical_id = context.physical_id, .attributes = std::move(attributes)};
  }
  Task<void> remove(const ResourceContext& context) const override {
    co_await strip_entity(context, IamKind::kGroup);
    co_await context.try_call("iam", "DeleteGroup", iam_name(IamKind::kGroup, context.physical_id),
                              {"NoSuchEntity", "NoSuchEntityException"});
  }
};

}  // namespace

const ResourceHandler& iam_role_handler() {
  static const RoleHandler kHandler;
  return kHandler;
}
const ResourceHandler& iam_user_handler() {
  static const UserHandler kHandler;
  return kHandler;
}
const ResourceHandler& iam_group_handler() {
  static const GroupHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
