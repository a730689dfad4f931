// AWS::IAM::Policy, ManagedPolicy, AccessKey and InstanceProfile.

#include <algorithm>
#include <array>

#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/resources/iam_entity.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr std::string_view kGone = "NoSuchEntity";
constexpr std::string_view kGoneException = "NoSuchEntityException";

struct Holder {  // an entity that a policy names
  IamKind kind;
  std::string name;
  friend bool operator==(const Holder&, const Holder&) = default;
};

std::vector<Holder> holders(const Document& properties) {
  static constexpr std::array<std::pair<std::string_view, IamKind>, 3> kLists = {
      {{"Roles", IamKind::kRole}, {"Users", IamKind::kUser}, {"Groups", IamKind::kGroup}}};
  std::vector<Holder> out;
  for (const auto& [list, kind] : kLists) {
    const Document* names = properties.find(list);
    if (names == nullptr) continue;
    for (const Document& name : names->as_array()) out.push_back({kind, scalar_text(name)});
  }
  return out;
}

bool holds(const std::vector<Holder>& list, const Holder& holder) {
  return std::ranges::find(list, holder) != list.end();
}

class PolicyHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::IAM::Policy",
        .properties = {scalar("PolicyName").required(), json("PolicyDocument").required(), scalars("Groups"),
                       scalars("Roles"), scalars("Users")},
        .naming = {.length_max = 64},
        .capability = ResourceType::Capability::kIam};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    const auto list = holders(context.properties);
    if (list.empty()) {
      fail_template("At least one of [Groups,Roles,Users] must be non-empty.");
    }
    context.made(context.physical_id);
    for (const Holder& holder : list) co_await put(context, holder);
    co_return ResourceState{.physical_id = context.physical_id};
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    co_await create(context);
    const auto kept = holders(context.properties);
    const bool is_renamed = context.changed("PolicyName");
    const std::string old_name = scalar_text(*context.old_property("PolicyName"));
    for (const Holder& holder : holders(context.old_properties)) {
      if (is_renamed || !holds(kept, holder)) co_await drop(context, holder, old_name);
    }
    co_return ResourceState{.physical_id = context.physical_id};
  }

  Task<void> remove(const ResourceContext& context) const override {
    for (const Holder& holder : holders(context.properties)) {
      co_await drop(context, holder, context.text("PolicyName"));
    }
  }

 private:
  static Task<void> put(const ResourceContext& context, Holder holder) {
    Document input = iam_name(holder.kind, holder.name);
    input.set("PolicyName", context.text("PolicyName"));
    input.set("PolicyDocument", policy_text(*context.property("PolicyDocument")));
    const std::string name = "Put" + std::string(iam_kind_name(holder.kind)) + "Policy";
    co_await context.call("iam", name, std::move(input));
  }
  static Task<void> drop(const ResourceContext& context, Holder holder, std::string policy) {
    Document input = iam_name(holder.kind, holder.name);
    input.set("PolicyName", std::move(policy));
    const std::string name = "Delete" + std::string(iam_kind_name(holder.kind)) + "Policy";
    co_await take_away(context, name, std::move(input));
  }
};

class ManagedPolicyHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::IAM::ManagedPolicy",
        .properties = {scalar("ManagedPolicyName").replaces(), json("PolicyDocument").required(),
                       scalar("Description").replaces(), scalar("Path").replaces(), scalars("Groups"),
                       scalars("Roles"), scalars("Users")},
        .attributes = {"PolicyArn", "PolicyId"},
        .naming = {.property = "ManagedPolicyName", .length_max = 128},
        .capability = ResourceType::Capability::kIam};
    return kType;
  }

  // The physical id is the ARN, which follows from the decided name, so a second attempt finds what the first
  // made.
  Task<ResourceState> create(const ResourceContext& context) const override {
    std::string path = context.text("Path").empty() ? "/" : context.text("Path");
    const std::string arn =
        "arn:aws:iam::" + context.account().str() + ":policy" + path + context.physical_id;
    Document policy;
    Document answer;
    Document query = Document::Object{{"PolicyArn", arn}};
    if (context.attempt == Attempt::kAgain &&
        co_await context.try_call("iam", "GetPolicy", std::move(query), {kGone, kGoneException}, &answer) &&
        is_ours(context, answer.find("Policy")->find("CreateDate"))) {
      policy = *answer.find("Policy");
    } else {
      Document input = pick(context.properties, {"Description", "Path"});
      input.set("PolicyName", context.physical_id);
      input.set("PolicyDocument", policy_text(*context.property("PolicyDocument")));
      const Document made = co_await context.call("iam", "CreatePolicy", std::move(input));
      policy = *made.find("Policy");
    }
    context.made(arn);
    for (const Holder& holder : holders(context.properties)) co_await change(context, "Attach", holder, arn);
    co_return ResourceState{
        .physical_id = arn,
        .attributes = Document::Object{{"PolicyArn", arn}, {"PolicyId", policy.string_or("PolicyId", "")}}};
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    const std::string arn = context.physical_id;
    if (context.changed("PolicyDocument")) co_await put_version(context, arn);
    const auto before = holders(context.old_properties);
    const auto after = holders(context.properties);
    for (const Holder& holder : after) {
      if (!holds(before, holder)) co_await change(context, "Attach", holder, arn);
    }
    for (const Holder& holder : before) {
      if (!holds(after, holder)) co_await change(context, "Detach", holder, arn);
    }
    co_return ResourceState{.physical_id = arn, .attributes = context.attributes};
  }

  Task<void> remove(const ResourceContext& context) const override {
    for (const Holder& holder : holders(context.properties)) {
      co_await change(context, "Detach", holder, context.physical_id);
    }
    co_await drop_versions(context, context.physical_id);
    Document input = Document::Object{{"PolicyArn", context.physical_id}};
    co_await context.try_call("iam", "DeletePolicy", std::move(input), {kGone, kGoneException});
  }

 private:
  static Task<void> change(const ResourceContext& context, std::string_view verb, Holder holder,
                           std::string arn) {
    Document input = iam_name(holder.kind, holder.name);
    input.set("PolicyArn", std::move(arn));
    const std::string name = std::string(verb) + std::string(iam_kind_name(holder.kind)) + "Policy";
    if (verb == "Attach") {
      co_await context.call("iam", name, std::move(input));
    } else {
      co_await take_away(context, name, std::move(input));
    }
  }

  // Only the default version is kept: a policy holds five at most, and updates would run out of them.
  static Task<void> drop_versions(const ResourceContext& context, std::string arn) {
    Document listed;
    Document query = Document::Object{{"PolicyArn", arn}};
    if (!co_await context.try_call("iam", "ListPolicyVersions", std::move(query), {kGone, kGoneException},
                                   &listed)) {
      co_return;
    }
    for (const Document& version : listed.find("Versions")->as_array()) {
      const Document* is_default = version.find("IsDefaultVersion");
      if (is_default != nullptr && is_default->is_bool() && is_default->as_bool()) continue;
      Document input =
          Document::Object{{"PolicyArn", arn}, {"VersionId", version.string_or("VersionId", "")}};
      co_await context.call("iam", "DeletePolicyVersion", std::move(input));
    }
  }

  static Task<void> put_version(const ResourceContext& context, std::string arn) {
    co_await drop_versions(context, arn);
    Document input = Document::Object{{"PolicyArn", arn},
                                      {"PolicyDocument", policy_text(*context.property("PolicyDocument"))},
                                      {"SetAsDefault", true}};
    co_await context.call("iam", "CreatePolicyVersion", std::move(input));
    co_await drop_versions(context, arn);
  }
};

class AccessKeyHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {.name = "AWS::IAM::AccessKey",
                                       .properties = {scalar("UserName").required().replaces(),
                                                      scalar("Serial").replaces(), scalar("Status")},
                                       .attributes = {"SecretAccessKey"},
                                       .naming = {.source = NameRule::Source::kByService},
                                       .capability = ResourceType::Capability::kIam};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.attempt == Attempt::kAgain) co_await drop_lost_keys(context);
    Document input = Document::Object{{"UserName", context.text("UserName")}};
    const Document made = co_await context.call("iam", "CreateAccessKey", std::move(input));
    const Document& key = *made.find("AccessKey");
    const std::string id = key.string_or("AccessKeyId", "");
    context.made(id);
    if (context.text("Status") == "Inactive") co_await set_status(context, id);
    co_return ResourceState{
        .physical_id = id,
        .attributes = Document::Object{{"SecretAccessKey", key.string_or("SecretAccessKey", "")}}};
  }
  Task<ResourceState> update(const ResourceContext& context) const override {
    if (context.changed("Status")) co_await set_status(context, context.physical_id);
    co_return ResourceState{.physical_id = context.physical_id, .attributes = context.attributes};
  }
  Task<void> remove(const ResourceContext& context) const override {
    Document input =
        Document::Object{{"UserName", context.text("UserName")}, {"AccessKeyId", context.physical_id}};
    co_await context.try_call("iam", "DeleteAccessKey", std::move(input), {kGone, kGoneException});
  }

 private:
  static Task<void> set_status(const ResourceContext& context, std::string id) {
    Document input = Document::Object{
        {"UserName", context.text("UserName")},
        {"AccessKeyId", std::move(id)},
        {"Status", context.text("Status").empty() ? std::string("Active") : context.text("Status")}};
    co_await context.call("iam", "UpdateAccessKey", std::move(input));
  }
  // A key whose secret was lost in a crash is of no use to anybody.
  static Task<void> drop_lost_keys(const ResourceContext& context) {
    Document query = Document::Object{{"UserName", context.text("UserName")}};
    const Document listed = co_await context.call("iam", "ListAccessKeys", std::move(query));
    for (const Document& key : listed.find("AccessKeyMetadata")->as_array()) {
      if (!is_ours(context, key.find("CreateDate"))) continue;
      Document input = Document::Object{{"UserName", context.text("UserName")},
                                        {"AccessKeyId", key.string_or("AccessKeyId", "")}};
      co_await context.call("iam", "DeleteAccessKey", std::move(input));
    }
  }
};

class InstanceProfileHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {.name = "AWS::IAM::InstanceProfile",
                                       .properties = {scalar("InstanceProfileName").replaces(),
                                                      scalar("Path").replaces(), scalars("Roles").required()},
                                       .attributes = {"Arn"},
                                       .naming = {.property = "InstanceProfileName", .length_max = 128},
                                       .capability = ResourceType::Capability::kIam};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    Document profile;
    Document answer;
    if (context.attempt == Attempt::kAgain &&
        co_await context.try_call("iam", "GetInstanceProfile", of_profile(context), {kGone, kGoneException},
                                  &answer) &&
        is_ours(context, answer.find("InstanceProfile")->find("CreateDate"))) {
      profile = *answer.find("InstanceProfile");
    } else {
      Document input = pick(context.properties, {"Path"});
      input.set("InstanceProfileName", context.physical_id);
      const Document made = co_await context.call("iam", "CreateInstanceProfile", std::move(input));
      profile = *made.find("InstanceProfile");
    }
    context.made(context.physical_id);
    for (const Document& role : context.property("Roles")->as_array()) {
      Document input = of_profile(context);
      input.set("RoleName", role);
      if (context.attempt == Attempt::kFirst) {
        co_await context.call("iam", "AddRoleToInstanceProfile", std::move(input));
      } else {
        // A profile holds one role; the first attempt may have put it there.
        co_await context.try_call("iam", "AddRoleToInstanceProfile", std::move(input),
                                  {"LimitExceeded", "LimitExceededException"});
      }
    }
    co_return ResourceState{.physical_id = context.physical_id,
                            .attributes = Document::Object{{"Arn", profile.string_or("Arn", "")}}};
  }
  Task<ResourceState> update(const ResourceContext& context) const override {
    co_await take_roles(context, context.old_properties);
    for (const Document& role : context.property("Roles")->as_array()) {
      Document input = of_profile(context);
      input.set("RoleName", role);
      co_await context.call("iam", "AddRoleToInstanceProfile", std::move(input));
    }
    co_return ResourceState{.physical_id = context.physical_id, .attributes = context.attributes};
  }
  Task<void> remove(const ResourceContext& context) const override {
    co_await take_roles(context, context.properties);
    co_await context.try_call("iam", "DeleteInstanceProfile", of_profile(context), {kGone, kGoneException});
  }

 private:
  static Document of_profile(const ResourceContext& context) {
    return Document::Object{{"InstanceProfileName", context.physical_id}};
  }
  static Task<void> take_roles(const ResourceContext& context, Document properties) {
    const Document* roles = properties.find("Roles");
    if (roles == nullptr) co_return;
    for (const Document& role : roles->as_array()) {
      Document input = of_profile(context);
      input.set("RoleName", role);
      co_await take_away(context, "RemoveRoleFromInstanceProfile", std::move(input));
    }
  }
};

}  // namespace

const ResourceHandler& iam_policy_handler() {
  static const PolicyHandler kHandler;
  return kHandler;
}
const ResourceHandler& iam_managed_policy_handler() {
  static const ManagedPolicyHandler kHandler;
  return kHandler;
}
const ResourceHandler& iam_access_key_handler() {
  static const AccessKeyHandler kHandler;
  return kHandler;
}
const ResourceHandler& iam_instance_profile_handler() {
  static const InstanceProfileHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
