// Access keys of users and, without a name, of the caller (also the account's root).
#include "services/iam/ids.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

constexpr const char* kActive = "Active";

bool means_root(const Request& request, const auto& input) {
  return !input.user_name && request.caller.kind == platform::Caller::Kind::kRoot;
}

Asked ask_owner(const Deps& deps, const Request& request, const auto& input) {
  if (means_root(request, input)) return {.resource = request.caller.arn, .context = {}, .action = {}};
  return ask_entity<record::User>(deps, request.account, user_or_caller(request, input.user_name));
}

[[noreturn]] void throw_no_key(const std::string& id) {
  throw NoSuchEntityException("The Access Key with id " + id + " cannot be found.");
}

// The keys of the account's root stand in no user's row: they are few, made at the first start or by a
// bootstrap file, and are told from the key that signed.
record::AccessKey require_key(const View& view, const Request& request, const auto& input) {
  auto key = view.find_key(input.access_key_id);
  if (!key || key->account != view.account().str()) throw_no_key(input.access_key_id);
  if (means_root(request, input)) {
    if (!key->user.empty()) throw_no_key(key->id);
    return std::move(*key);
  }
  const auto user = view.require<record::User>(user_or_caller(request, input.user_name));
  if (key->user != user.name) throw_no_key(key->id);
  return std::move(*key);
}

CreateAccessKeyOutput create_access_key(const Deps& deps, const Request& request,
                                        const CreateAccessKeyInput& input) {
  if (means_root(request, input)) {
    throw model::ServiceError(error_shapes::kLimitExceededException,
                              "Keys of the account root are made by a bootstrap file only.");
  }
  record::AccessKey key{.id = make_access_key_id(kLongTermKeyPrefix, request.account, deps.random),
                        .secret = Secret(make_secret_access_key(deps.random)),
                        .account = request.account.str(),
                        .user = {},
                        .active = true,
                        .created_at = in_seconds(request.now)};
  const std::string name = user_or_caller(request, input.user_name);
  deps.directory.write(request.account, [&](Rows& rows) {
    auto user = rows.require<record::User>(name);
    if (user.access_keys.size() >= kAccessKeysPerUser) {
      throw LimitExceededException("Cannot exceed quota for AccessKeysPerUser: " +
                                   std::to_string(kAccessKeysPerUser));
    }
    while (rows.find_key(key.id)) {
      key.id = make_access_key_id(kLongTermKeyPrefix, request.account, deps.random);
    }
    key.user = user.name;
    user.access_keys.push_back(key.id);
    rows.put(user);
    rows.put_key(key);
  });
  return {.access_key = {.user_name = key.user,
                         .access_key_id = key.id,
                         .status = kActive,
                         .secret_access_key = key.secret.reveal(),
                         .create_date = key.created_at}};
}

UpdateAccessKeyOutput update_access_key(const Deps& deps, const Request& request,
                                        const UpdateAccessKeyInput& input) {
  if (input.status != kActive && input.status != "Inactive") {
    throw InvalidInputException("The status " + input.status + " cannot be set.");
  }
  deps.directory.write(request.account, [&](Rows& rows) {
    record::AccessKey key = require_key(rows, request, input);
    key.active = input.status == kActive;
    rows.put_key(key);
  });
  return {};
}

DeleteAccessKeyOutput delete_access_key(const Deps& deps, const Request& request,
                                        const DeleteAccessKeyInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const record::AccessKey key = require_key(rows, request, input);
    if (!key.user.empty()) {
      auto user = rows.require<record::User>(key.user);
      std::erase(user.access_keys, key.id);
      rows.put(user);
    }
    rows.erase_key(key.id);
  });
  return {};
}

ListAccessKeysOutput list_access_keys(const Deps& deps, const Request& request,
                                      const ListAccessKeysInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    std::vector<std::string> ids = {request.caller.access_key_id};
    if (!means_root(request, input)) {
      ids = view.require<record::User>(user_or_caller(request, input.user_name)).access_keys;
    }
    std::ranges::sort(ids);
    auto page = paginate(request, input, std::move(ids), [](const std::string& id) { return id; });
    ListAccessKeysOutput out{
        .access_key_metadata = {}, .is_truncated = page.is_truncated, .marker = page.marker};
    for (const std::string& id : page.items) {
      const auto key = view.find_key(id);
      if (!key) continue;
      out.access_key_metadata.push_back({.user_name = key->user,
                                         .access_key_id = key->id,
                                         .status = key->active ? kActive : "Inactive",
                                         .create_date = key->created_at});
    }
    return out;
  });
}

std::shared_ptr<const record::AccessKey> find_own_key(const Deps& deps, const Request& request,
                                                      const std::string& id) {
  auto key = deps.identities.loader().key(id);
  return key && key->account == request.account.str() ? key : nullptr;
}

GetAccessKeyLastUsedOutput get_access_key_last_used(const Deps& deps, const Request& request,
                                                    const GetAccessKeyLastUsedInput& input) {
  const auto key = find_own_key(deps, request, input.access_key_id);
  if (!key) throw_no_key(input.access_key_id);
  const auto use = deps.key_uses.last_use(key->id);
  AccessKeyLastUsed shown{.last_used_date = std::nullopt, .service_name = "N/A", .region = "N/A"};
  if (use) {
    shown = {.last_used_date = in_seconds(use->at), .service_name = use->service, .region = use->region};
  }
  return {.user_name = key->user, .access_key_last_used = std::move(shown)};
}

Asked ask_last_used(const Deps& deps, const Request& request, const GetAccessKeyLastUsedInput& input) {
  const auto key = find_own_key(deps, request, input.access_key_id);
  if (!key || key->user.empty()) return ask_account();
  return ask_entity<record::User>(deps, request.account, key->user);
}

}  // namespace

void register_access_keys(platform::OperationTable& table, const Deps& deps) {
  add<op::CreateAccessKey>(table, deps, Effect::kWrite, ask_owner<CreateAccessKeyInput>, create_access_key);
  add<op::UpdateAccessKey>(table, deps, Effect::kWrite, ask_owner<UpdateAccessKeyInput>, update_access_key);
  add<op::DeleteAccessKey>(table, deps, Effect::kWrite, ask_owner<DeleteAccessKeyInput>, delete_access_key);
  add<op::ListAccessKeys>(table, deps, Effect::kReadOnly, ask_owner<ListAccessKeysInput>, list_access_keys);
  add<op::GetAccessKeyLastUsed>(table, deps, Effect::kReadOnly, ask_last_used, get_access_key_last_used);
}

}  // namespace haneul::iam
