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
#include "store/db.h"

namespace haneul::cloudformation {

Place place_of(const platform::Request& request);
// The resource an access check names: the ARN of the stack that the request is about; of one that is not
// there its name with any id.
std::string arn_of_stack(store::Db& db, const platform::Request& request, const std::string& name_or_id);
std::string arn_of_change_set_stack(store::Db& db, const platform::Request& request,
                                    const std::optional<std::string>& stack_name,
                                    const std::string& change_set);
std::string arn_of_holder(store::Db& db, const platform::Request& request,
                          const DescribeStackResourcesInput& input);
platform::AccessChecks check_stack(std::string_view action, std::string arn);
// The action, and iam:PassRole when a role is given.
platform::AccessChecks check_stack_and_role(std::string_view action, std::string arn,
                                            const std::optional<std::string>& role_arn);

std::optional<StackRecord> find_holder(store::Reader& tx, const Place& place, const std::string& physical_id);
// The stack with the change set of that ARN.
std::optional<StackRecord> find_stack_of_change_set(store::Reader& tx, const Place& place,
                                                    const std::string& arn);

// "Stack with id X does not exist", as a ValidationError.
[[noreturn]] void fail_no_stack(std::string_view name_or_id);
StackRecord require_stack(store::Reader& tx, const Place& place, std::string_view name_or_id);
// As DescribeStackEvents and the operations that change a stack say it: "Stack [X] does not exist".
StackRecord require_stack_to_change(store::Reader& tx, const Place& place, std::string_view name_or_id);

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
// LimitExceededException when the account has as many stacks as it may.
void require_room(store::Reader& tx, const Place& place);
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
// A failure that was not rolled back: the next update goes on from there.
bool has_failed_without_rollback(const StackRecord& stack);

// Where a page begins; a token that is not ours is a ValidationError.
std::string page_start(const platform::Request& request, const std::optional<std::string>& token);
std::string page_token(const platform::Request& request, std::string_view position);

}  // namespace haneul::cloudformation
