// Lookup: finding functions, versions, aliases and layers in a transaction, with Lambda's own words for what
// is not there. Thread rule: pure functions of the reader.
#pragma once

#include <memory>
#include <optional>

#include "services/lambda/keys.h"
#include "services/lambda/records.h"
#include "store/tx.h"

namespace haneul::lambda {

struct Core;

std::optional<FunctionRecord> find_function(store::Reader& tx, const FunctionRef& ref);
// The same for who only looks, as each invocation does; null when there is none. A row that was read lately
// is not decoded again: equal bytes mean an equal record.
std::shared_ptr<const FunctionRecord> look_at_function(store::Reader& tx, const FunctionRef& ref);
FunctionRecord require_function(store::Reader& tx, const FunctionRef& ref);
[[noreturn]] void refuse_missing_function(const FunctionRef& ref);
[[noreturn]] void refuse_state(std::string_view state);  // as of a function that is not Active

// The version that the reference's qualifier names; an alias means its main version.
Settings require_version(store::Reader& tx, const FunctionRef& ref);
std::optional<Settings> find_version(store::Reader& tx, const FunctionRef& ref, std::string_view version);
std::optional<AliasRecord> find_alias(store::Reader& tx, const FunctionRef& ref, std::string_view name);
AliasRecord require_alias(store::Reader& tx, const FunctionRef& ref, std::string_view name);

// What an invocation of the reference runs.
struct Resolved {
  FunctionRef ref;
  Settings settings;
  std::optional<Settings> in_force;  // runs in their place when they cannot be made ready
  std::optional<uint32_t> reserved;
  uint32_t account_unreserved = 0;
  bool stops_recursion = true;
  std::string born;  // of the function
};
// An alias's weights pick its version. Refuses a function or version that failed to be made.
Resolved resolve_invocation(store::Reader& tx, const FunctionRef& ref, const Core& core);
int64_t reserved_total(store::Reader& tx, const Place& place);

std::optional<LayerVersion> find_layer_version(store::Reader& tx, const LayerRef& ref);
LayerVersion require_layer_version(store::Reader& tx, const LayerRef& ref);

// The qualifier as policies and event configurations are kept under: "" for the function itself.
std::string stored_qualifier(const FunctionRef& ref);
// Refuses a qualifier that names nothing.
void require_qualifier(store::Reader& tx, const FunctionRef& ref);

inline constexpr std::string_view kFunctionRevision = "GetFunction/GetAlias",
                                  kLayerRevision = "GetLayerPolicy";
void require_revision(const std::optional<std::string>& asked, const std::string& current,
                      std::string_view what);
void require_revision(const std::optional<std::string>& asked, const Settings& settings);

}  // namespace haneul::lambda
