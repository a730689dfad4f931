// What the operations share: places, ARNs, refusals, and the forms in which the API shows things.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gen/cloudformation/types.h"
#include "platform/access.h"
#include "platform/request.h"
#include "services/cloudformation/engine/evaluation.h"
#include "services/cloudformation/records.h"
#include "services/cloudformation/stack_rows.h"

namespace haneul::cloudformation {

Place place_of(const platform::Request& request);
// The resource an access check names: the stack as given, by ARN or by name with any id.
std::string stack_arn(const platform::Request& request, std::string_view name_or_id);
platform::AccessChecks check_stack(const platform::Request& request, std::string_view action,
                                   std::string_view name_or_id);
// The action, and iam:PassRole when a role is given.
platform::AccessChecks check_stack_and_role(const platform::Request& request, std::string_view action,
                                            std::string_view name_or_id,
                                            const std::optional<std::string>& role_arn);

// "Stack with id X does not exist", as a ValidationError.
[[noreturn]] void fail_no_stack(std::string_view name_or_id);
StackRecord require_stack(store::Reader& tx, const Place& place, std::string_view name_or_id);

// By name within a stack, or by ARN; ChangeSetNotFoundException when there is none.
std::pair<StackRecord, ChangeSet> require_change_set(store::Reader& tx, const Place& place,
                                                     const std::optional<std::string>& stack_name,
                                                     const std::string& name_or_id);

// A field that Haneul does not act on: NotImplemented naming it.
[[noreturn]] void refuse_field(std::string_view name);
template <class T>
void refuse(const std::optional<T>& field, std::string_view name) {
  if (field) refuse_field(name);
}
template <class T>
void refuse(const std::optional<std::vector<T>>& field, std::string_view name) {
  if (field && !field->empty()) refuse_field(name);
}

void require_stack_name(const std::string& name);
std::vector<GivenParameter> given_parameters(const std::optional<std::vector<Parameter>>& parameters);
Document tags_document(const std::optional<std::vector<Tag>>& tags);

std::vector<Parameter> shown_parameters(const Spec& spec);
std::vector<Tag> shown_tags(const Spec& spec);
template <class T>
std::optional<std::vector<T>> list_or_nothing(std::vector<T> list) {
  if (list.empty()) return std::nullopt;
  return list;
}
inline std::optional<std::string> text_or_nothing(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// The state in which an operation may begin.
bool is_in_progress(std::string_view status);

// Where a page begins; a token that is not ours is a ValidationError.
std::string page_start(const platform::Request& request, const std::optional<std::string>& token);
std::string page_token(const platform::Request& request, std::string_view position);

}  // namespace haneul::cloudformation
