#include "services/iam/pins.h"

#include "services/iam/ids.h"
#include "services/iam/rows.h"

namespace haneul::iam {

namespace {

// Unset where the account is of another cloud; empty where it is ours and there is no such user or role.
std::optional<std::string> id_of(store::Reader& reader, const std::string& arn) {
  const auto name = parse_entity_arn(arn);
  if (!name || (name->kind != "role" && name->kind != "user")) return std::nullopt;
  const AccountId account(name->account);
  if (!reader.contains(account_key(account))) return std::nullopt;
  const View view(reader, account);
  const auto id_if_same = [&](const auto& entity) {
    const bool is_same = entity && entity->path == name->path && entity->name == name->name;
    return is_same ? entity->id : std::string();
  };
  return name->kind == "role" ? id_if_same(view.find<record::Role>(name->name))
                              : id_if_same(view.find<record::User>(name->name));
}

template <class T>
std::optional<std::string> arn_with_id(const View& view, std::string_view id) {
  for (const T& entity : view.list<T>()) {
    if (entity.id == id)
      return entity_arn(view.account().str(), RowOf<T>::kArnKind, entity.path, entity.name);
  }
  return std::nullopt;
}

// Seldom asked (a policy that names an id), so every account is looked through.
std::optional<std::string> arn_of_id(store::Reader& reader, std::string_view id) {
  for (const store::Entry& row : reader.scan(accounts_scope().shard, accounts_range())) {
    const View view(reader, AccountId(record::account_from(store::decode_record(row.value)).id));
    auto found = id.starts_with(kRolePrefix) ? arn_with_id<record::Role>(view, id)
                                             : arn_with_id<record::User>(view, id);
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace

std::expected<PinnedPolicy, std::string> pin_principals(store::Reader& reader, const std::string& document,
                                                        aws::policy::PolicyKind kind) {
  const auto named = aws::policy::named_principals(*aws::policy::parse_policy(document, kind));
  PinnedPolicy out;
  std::map<std::string, std::string> arns;
  for (const std::string& id : named.unique_ids) {
    const auto arn = arn_of_id(reader, id);
    if (!arn) return std::unexpected(id);
    arns[id] = *arn;
    out.pins[*arn] = id;
  }
  for (const std::string& arn : named.arns) {
    const auto id = id_of(reader, arn);
    if (!id) continue;
    if (id->empty()) return std::unexpected(arn);
    out.pins[arn] = *id;
  }
  out.text = aws::policy::replace_principals(document, arns);
  return out;
}

std::string show_pinned(store::Reader& reader, const PinnedPolicy& policy) {
  std::map<std::string, std::string> gone;
  for (const auto& [arn, id] : policy.pins) {
    if (id_of(reader, arn) != id) gone[arn] = id;
  }
  return aws::policy::replace_principals(policy.text, gone);
}

}  // namespace haneul::iam
