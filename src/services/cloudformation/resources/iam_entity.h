// What users, groups and roles have in common in templates: inline policies, attached managed policies,
// boundaries and tags, brought from what they were to what they shall be. The operations' names follow from
// the kind: PutRolePolicy, PutUserPolicy, PutGroupPolicy.
#pragma once

#include "services/cloudformation/resources/resource_handler.h"

namespace haneul::cloudformation {

enum class IamKind { kUser, kGroup, kRole };
std::string_view iam_kind_name(IamKind kind);            // "User"
Document iam_name(IamKind kind, std::string_view name);  // {"UserName": name}

Task<void> settle_inline_policies(const ResourceContext& context, IamKind kind);
Task<void> settle_attached_policies(const ResourceContext& context, IamKind kind);
Task<void> settle_boundary(const ResourceContext& context, IamKind kind);
Task<void> settle_iam_tags(const ResourceContext& context, IamKind kind);
// Gives a user or group its Path; the ARN that follows from it.
Task<std::string> move_entity(const ResourceContext& context, IamKind kind);
// Takes away what would keep the entity from being deleted.
Task<void> strip_entity(const ResourceContext& context, IamKind kind);
// After a crash: whether the first attempt made the entity; its description then stands in `out`.
Task<bool> find_made_entity(const ResourceContext& context, IamKind kind, Document& out);

// Takes something away that may never have been there: it is gone, or its name or ARN is one that IAM
// refuses, so that what failed to be made can still be rolled back.
Task<void> take_away(const ResourceContext& context, std::string_view operation, Document input);

PropertySpec inline_policies_property();

}  // namespace haneul::cloudformation
