#include "services/iam/key_uses.h"

#include "base/log.h"
#include "store/errors.h"

namespace haneul::iam {

namespace {

constexpr Seconds kWriteEvery{60};

KeyUse use_from(const Document& document) {
  const Document* at = document.find("at");
  return {.at = Timestamp(Milliseconds(at == nullptr ? 0 : at->as_int())),
          .service = document.string_or("service", ""),
          .region = document.string_or("region", "")};
}

Document to_document(const KeyUse& use) {
  return Document::Object{
      {"at", use.at.time_since_epoch().count()}, {"service", use.service}, {"region", use.region}};
}

// A full disk must not refuse requests that only read.
template <class Write>
void write_if_possible(const std::string& id, const Write& write) {
  try {
    write();
  } catch (const store::Error& error) {
    log_warning("the use of credentials was not written", {{"id", id}, {"reason", error.what()}});
  }
}

}  // namespace

void KeyUses::credential_used(const platform::Caller& caller, std::string_view service, const Region& region,
                              Timestamp at) {
  const bool is_role = caller.kind == platform::Caller::Kind::kRoleSession;
  if (!is_role && (caller.token_issued_at || caller.access_key_id.empty())) return;
  // AROA...:session is a use of AROA...
  const std::string id =
      is_role ? caller.unique_id.substr(0, caller.unique_id.find(':')) : caller.access_key_id;
  const KeyUse use{at, std::string(service), region.str()};
  {
    const std::lock_guard lock(mutex_);
    Kept& kept = uses_[id];
    kept.use = use;
    if (kept.written_at + kWriteEvery > at) return;
    kept.written_at = at;
  }
  write_if_possible(id, [&] { is_role ? write_role_use(caller, id, use) : write_key_use(id, use); });
}

void KeyUses::write_key_use(const std::string& access_key_id, const KeyUse& use) const {
  directory_.db().write(access_key_scope(access_key_id), [&](store::Tx& tx) {
    // A key that was deleted meanwhile leaves no trace.
    if (!tx.contains(access_key_key(access_key_id))) return;
    tx.put(access_key_use_key(access_key_id), store::encode_record(to_document(use)));
  });
}

void KeyUses::write_role_use(const platform::Caller& caller, const std::string& role_id,
                             const KeyUse& use) const {
  directory_.db().write(role_use_scope(role_id), [&](store::Tx& tx) {
    const auto role = View(tx, caller.account).find<record::Role>(caller.name);
    if (!role || role->id != role_id) return;
    tx.put(role_use_key(role_id), store::encode_record(to_document(use)));
  });
}

std::optional<KeyUse> KeyUses::last_use(std::string_view access_key_id) const {
  return find(access_key_id, access_key_use_key(access_key_id));
}

std::optional<KeyUse> KeyUses::last_use_of_role(std::string_view role_id) const {
  return find(role_id, role_use_key(role_id));
}

std::optional<KeyUse> KeyUses::find(std::string_view id, const store::Key& row) const {
  {
    const std::lock_guard lock(mutex_);
    const auto found = uses_.find(std::string(id));
    if (found != uses_.end()) return found->second.use;
  }
  const auto bytes = directory_.db().read([&](store::ReadTx& tx) { return tx.get(row); });
  if (!bytes) return std::nullopt;
  return use_from(store::decode_record(*bytes));
}

}  // namespace haneul::iam
