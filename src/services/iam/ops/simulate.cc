// SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysForPrincipalPolicy and
// GetContextKeysForCustomPolicy: one result for each pair of action and resource.
#include "aws/arn.h"
#include "aws/policy/compare.h"
#include "base/text.h"
#include "model/common_errors.h"
#include "services/iam/ids.h"
#include "services/iam/ops/ops.h"
#include "services/iam/simulation.h"

namespace haneul::iam {

namespace {

using aws::policy::PolicyKind;

std::vector<SimulatedPolicy> read_list(const std::optional<std::vector<std::string>>& texts,
                                       const std::string& list_name) {
  std::vector<SimulatedPolicy> out;
  if (!texts) return out;
  for (const std::string& text : *texts) {
    const std::string id = list_name + "." + std::to_string(out.size() + 1);
    try {
      out.push_back({id, text, aws::policy::parse_policy(text, PolicyKind::kIdentity)});
    } catch (const aws::policy::MalformedPolicy& error) {
      throw InvalidInputException("Invalid input: " + id + ": " + error.what());
    }
  }
  return out;
}

// The policies of one principal with their texts.
class Collector {
 public:
  Collector(const Deps& deps, const View& view, Simulation& out) : deps_(deps), view_(view), out_(out) {}

  void collect(const std::string& source_arn) {
    const auto name = parse_entity_arn(source_arn);
    if (!name || name->account != view_.account().str()) {
      throw InvalidInputException("Invalid Entity Arn: " + source_arn +
                                  " does not clearly define entity type and name.");
    }
    out_.principal_arn = source_arn;
    if (name->kind == "user") return collect_user(view_.require<record::User>(name->name));
    if (name->kind == "group") return add(view_.require<record::Group>(name->name));
    if (name->kind == "role") return collect_role(view_.require<record::Role>(name->name));
    throw InvalidInputException("Invalid Entity Arn: " + source_arn +
                                " does not clearly define entity type and name.");
  }

 private:
  void collect_user(const record::User& user) {
    add(user);
    for (const std::string& group : user.groups) {
      if (const auto found = view_.find<record::Group>(group)) add(*found);
    }
    add_boundary(user);
    set_key("aws:username", user.name);
    set_key("aws:userid", user.id);
    set_key("aws:PrincipalType", "User");
  }
  void collect_role(const record::Role& role) {
    add(role);
    add_boundary(role);
    out_.principal_kind = aws::policy::Principal::Kind::kRoleSession;
    out_.issuer_arn = out_.principal_arn;
    set_key("aws:PrincipalType", "AssumedRole");
  }
  void set_key(const char* key, const std::string& value) { out_.context.set(key, value); }
  void add(const record::Entity& entity) {
    for (const auto& [name, text] : entity.inline_policies) {
      out_.identity.push_back({name, text, aws::policy::parse_policy(text, PolicyKind::kIdentity)});
    }
    for (const std::string& arn : entity.attached_policies) out_.identity.push_back(managed(arn));
  }
  void add_boundary(const record::Entity& entity) {
    if (!entity.boundary_arn.empty()) out_.boundary = {managed(entity.boundary_arn)};
  }
  SimulatedPolicy managed(const std::string& arn) const {
    const Loader& loader = deps_.identities.loader();
    std::string text = loader.managed_document(arn);
    if (text.empty()) text = deny_all_text();
    return {arn, text, loader.managed(arn)};
  }

  const Deps& deps_;
  const View& view_;
  Simulation& out_;
};

// Values must be what their type says; a type that is no list takes one value.
void check_context_type(const ContextEntry& entry) {
  using Type = aws::policy::Operator::Type;
  if (!entry.context_key_type) return;
  std::string_view type = *entry.context_key_type;
  const bool is_list = type.ends_with("List");
  if (is_list) type.remove_suffix(4);
  static const std::map<std::string_view, Type> kTypes = {
      {"string", Type::kString}, {"numeric", Type::kNumeric}, {"boolean", Type::kBool},
      {"ip", Type::kIp},         {"binary", Type::kBinary},   {"date", Type::kDate}};
  const auto known = kTypes.find(type);
  if (known == kTypes.end()) return;  // the pipeline refuses what is not in the enumeration
  const auto refuse = [&](const std::string& why) {
    throw InvalidInputException("Invalid ContextKeyValues for " + entry.context_key_name.value_or("") + ": " +
                                why);
  };
  const auto values = entry.context_key_values.value_or(std::vector<std::string>());
  if (!is_list && values.size() > 1) refuse("the type " + std::string(type) + " takes one value");
  for (const std::string& value : values) {
    if (!aws::policy::is_readable_value({.type = known->second}, value)) {
      refuse(value + " is not of the type " + std::string(type));
    }
  }
}

void read_context(const std::optional<std::vector<ContextEntry>>& entries, aws::policy::Context& context) {
  if (!entries) return;
  for (const ContextEntry& entry : *entries) {
    if (!entry.context_key_name) throw InvalidInputException("A context entry has no ContextKeyName.");
    check_context_type(entry);
    context.set_all(*entry.context_key_name, entry.context_key_values.value_or(std::vector<std::string>()));
  }
}

void read_resource_policy(const auto& input, const Request& request, Simulation& simulation) {
  if (input.resource_owner) {
    const auto owner = aws::parse_arn(*input.resource_owner);
    simulation.resource_account = owner ? owner->account : *input.resource_owner;
    if (!aws::is_account_id(simulation.resource_account)) {
      throw InvalidInputException("Invalid ResourceOwner: " + *input.resource_owner);
    }
  }
  if (!input.resource_policy) return;
  try {
    simulation.resource_policy =
        SimulatedPolicy{"ResourcePolicy", *input.resource_policy,
                        aws::policy::parse_policy(*input.resource_policy, PolicyKind::kResource)};
  } catch (const aws::policy::MalformedPolicy& error) {
    throw InvalidInputException(std::string("Invalid input: ResourcePolicy: ") + error.what());
  }
  if (simulation.resource_account.empty()) simulation.resource_account = request.account.str();
}

void read_caller(const std::optional<std::string>& caller_arn, Simulation& simulation) {
  if (!caller_arn) return;
  const auto name = parse_entity_arn(*caller_arn);
  if (!name || name->kind != "user") throw InvalidInputException("CallerArn must be the ARN of a user.");
  simulation.principal_kind = aws::policy::Principal::Kind::kUser;
  simulation.principal_arn = *caller_arn;
  simulation.account = name->account;
}

void refuse_unsupported(const auto& input) {
  if (input.resource_handling_option) {
    throw model::NotImplemented("ResourceHandlingOption is not implemented by Haneul.");
  }
  if constexpr (requires { input.policy_exclusion_list; }) {
    if (!input.policy_exclusion_list) return;
    throw model::NotImplemented("PolicyExclusionList is not implemented by Haneul.");
  } else {
    if (!input.ordered_organization_policy_input_list) return;
    throw model::NotImplemented("OrderedOrganizationPolicyInputList is not implemented by Haneul.");
  }
}

SimulatePolicyResponse run(const Request& request, const auto& input, const Simulation& simulation) {
  std::vector<EvaluationResult> results;
  const std::vector<std::string> all = {"*"};
  for (const std::string& action : input.action_names) {
    if (action.find(':') == std::string::npos) throw InvalidInputException("Invalid Action: " + action);
    for (const std::string& resource : input.resource_arns.value_or(all)) {
      results.push_back(simulate(simulation, action, resource));
    }
  }
  // Pages are told by position, since a pair may be given twice.
  std::vector<size_t> places(results.size());
  for (size_t at = 0; at < places.size(); ++at) places[at] = at;
  auto page = paginate(request, input, std::move(places),
                       [](size_t place) { return std::to_string(1'000'000 + place); });
  SimulatePolicyResponse out{.evaluation_results = std::vector<EvaluationResult>(),
                             .is_truncated = page.is_truncated,
                             .marker = page.marker};
  for (const size_t place : page.items) out.evaluation_results->push_back(std::move(results[place]));
  return out;
}

void add_time(const Request& request, aws::policy::Context& context) {
  context.set("aws:CurrentTime", format_iso8601(request.now));
  const auto seconds = std::chrono::duration_cast<Seconds>(request.now.time_since_epoch()).count();
  context.set("aws:EpochTime", std::to_string(seconds));
}

template <class Input>
void read_rest(const Request& request, const Input& input, Simulation& simulation) {
  auto boundary =
      read_list(input.permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList");
  if (!boundary.empty()) simulation.boundary = std::move(boundary);
  read_caller(input.caller_arn, simulation);
  read_resource_policy(input, request, simulation);
  add_time(request, simulation.context);
  read_context(input.context_entries, simulation.context);
}

SimulatePolicyResponse simulate_custom(const Deps&, const Request& request,
                                       const SimulateCustomPolicyInput& input) {
  refuse_unsupported(input);
  Simulation simulation;
  simulation.account = request.account.str();
  simulation.identity = read_list(input.policy_input_list, "PolicyInputList");
  read_rest(request, input, simulation);
  return run(request, input, simulation);
}

SimulatePolicyResponse simulate_principal(const Deps& deps, const Request& request,
                                          const SimulatePrincipalPolicyInput& input) {
  refuse_unsupported(input);
  Simulation simulation;
  simulation.account = request.account.str();
  deps.directory.read(request.account, [&](const View& view) {
    Collector(deps, view, simulation).collect(input.policy_source_arn);
  });
  for (auto& policy : read_list(input.policy_input_list, "PolicyInputList")) {
    simulation.identity.push_back(std::move(policy));
  }
  read_rest(request, input, simulation);
  return run(request, input, simulation);
}

GetContextKeysForPolicyResponse keys_for_custom(const Deps&, const Request&,
                                                const GetContextKeysForCustomPolicyInput& input) {
  return {.context_key_names = context_keys(read_list(input.policy_input_list, "PolicyInputList"))};
}

GetContextKeysForPolicyResponse keys_for_principal(const Deps& deps, const Request& request,
                                                   const GetContextKeysForPrincipalPolicyInput& input) {
  Simulation simulation;
  deps.directory.read(request.account, [&](const View& view) {
    Collector(deps, view, simulation).collect(input.policy_source_arn);
  });
  for (auto& policy : read_list(input.policy_input_list, "PolicyInputList")) {
    simulation.identity.push_back(std::move(policy));
  }
  return {.context_key_names = context_keys(simulation.identity)};
}

template <class Input>
Asked ask_source(const Deps&, const Request&, const Input& input) {
  return {.resource = input.policy_source_arn, .context = {}, .action = {}};
}

template <class Input>
Asked ask_any(const Deps&, const Request&, const Input&) {
  return ask_account();
}

}  // namespace

void register_simulation(platform::OperationTable& table, const Deps& deps) {
  add<op::SimulateCustomPolicy>(table, deps, Effect::kReadOnly, ask_any<SimulateCustomPolicyInput>,
                                simulate_custom);
  add<op::SimulatePrincipalPolicy>(table, deps, Effect::kReadOnly, ask_source<SimulatePrincipalPolicyInput>,
                                   simulate_principal);
  add<op::GetContextKeysForCustomPolicy>(table, deps, Effect::kReadOnly,
                                         ask_any<GetContextKeysForCustomPolicyInput>, keys_for_custom);
  add<op::GetContextKeysForPrincipalPolicy>(
      table, deps, Effect::kReadOnly, ask_source<GetContextKeysForPrincipalPolicyInput>, keys_for_principal);
}

}  // namespace haneul::iam
