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

}  // namespace

void KeyUses::credential_used(const platform::Caller& caller, std::string_view service, const Region& region,
                              Timestamp at) {
  if (caller.token_issued_at || caller.access_key_id.empty()) return;
  const KeyUse use{at, std::string(service), region.str()};
  {
    const std::lock_guard lock(mutex_);
    Kept& kept = uses_[caller.access_key_id];
    kept.use = use;
    if (kept.written_at + kWriteEvery > at) return;
    kept.written_at = at;
  }
  write(caller.access_key_id, use);
}

void KeyUses::write(const std::string& access_key_id, const KeyUse& use) const {
  try {
    directory_.db().write(access_key_scope(access_key_id), [&](store::Tx& tx) {
      // A key that was deleted meanwhile leaves no trace.
      if (!tx.contains(access_key_key(access_key_id))) return;
      tx.put(
          access_key_use_key(access_key_id),
          store::encode_record(Document::Object{
              {"at", use.at.time_since_epoch().count()}, {"service", use.service}, {"region", use.region}}));
    });
  } catch (const store::Error& error) {
    // A full disk must not refuse requests that only read.
    log_warning("the use of an access key was not written",
                {{"key", access_key_id}, {"reason", error.what()}});
  }
}

std::optional<KeyUse> KeyUses::last_use(std::string_view access_key_id) const {
  {
    const std::lock_guard lock(mutex_);
    const auto found = uses_.find(std::string(access_key_id));
    if (found != uses_.end()) return found->second.use;
  }
  const auto bytes =
      directory_.db().read([&](store::ReadTx& tx) { return tx.get(access_key_use_key(access_key_id)); });
  if (!bytes) return std::nullopt;
  return use_from(store::decode_record(*bytes));
}

}  // namespace haneul::iam
