// Versions: publishing what $LATEST is now, and dropping what nobody names any more; used by the operations
// on functions and versions. Pure functions of a transaction.
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

// Fixed before the transaction, since its body may run twice.
struct PublishFacts {
  std::string revision;            // of the version
  std::string latest_revision_id;  // publishing renews that of $LATEST
  Timestamp now;
};
// Makes the next version of the function, or gives the last one when nothing changed since. Writes the
// function's record.
Settings publish(store::Tx& tx, const Core& core, const FunctionRef& ref, FunctionRecord& function,
                 const PublishFacts& facts, const MaybeText& description = {});

// Who names a version's packages.
std::string package_owner(const FunctionRef& ref, std::string_view version);
void add_uses(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& settings);
void drop_uses(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& settings);
// `gone` stops to name what none of `kept` names, all of the same version.
void replace_uses(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& gone,
                  const std::vector<const Settings*>& kept);

// Bytes of all packages of the place, as the account's limit counts them.
int64_t stored_bytes(store::Reader& tx, const Place& place);
void require_storage(store::Reader& tx, const Place& place, int64_t more);

}  // namespace haneul::lambda
