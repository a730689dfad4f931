// Lambda's records: functions, versions, aliases, policies, event configurations, layers and packages as they
// are stored, with their Document forms. Pure data; no store, no clock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/document.h"

namespace haneul::lambda {

using TextMap = std::map<std::string, std::string>;

struct PackageRef {
  std::string sha256;  // of the zip, hexadecimal
  int64_t bytes = 0;
  int64_t unpacked_bytes = 0;
};

struct LayerUse {
  std::string arn;  // of the layer version
  PackageRef package;
};

inline constexpr std::string_view kActive = "Active", kPending = "Pending", kFailed = "Failed",
                                  kSuccessful = "Successful", kInProgress = "InProgress";

// How far something is: the function's or version's own state, or its last update.
struct Condition {
  std::string status;
  std::string reason, code;  // while it is not well
};

struct DurableSettings {
  int64_t timeout_seconds = 0;  // of an execution, all its invocations and waits together
  int64_t retention_days = 14;  // of its history after its end
};

// What one version is: code and configuration.
struct Settings {
  std::string version = "$LATEST";
  std::string runtime, role, handler, description;
  int64_t timeout = 3;
  int64_t memory_mb = 128;
  int64_t tmp_mb = 512;
  TextMap environment;
  bool has_environment = false;  // an empty Environment is answered as one
  std::vector<LayerUse> layers;
  std::string architecture;
  std::string tracing = "PassThrough";
  std::string log_format = "Text";
  std::string application_log_level;  // with JSON only, as is the next
  std::string system_log_level;
  std::string log_group;
  PackageRef package;
  std::string runtime_updates = "Auto";    // when the runtime may change
  std::string runtime_pin;                 // the ARN of the only runtime version it runs on; empty: any
  std::optional<DurableSettings> durable;  // invocations of it are durable executions
  bool snap_start = false;                 // published versions begin from snapshots
  std::string revision;                    // of what runs: environments are kept by it
  std::string shown_revision;   // the RevisionId where it is another: of state, policy and publishing too
  std::string former_revision;  // the RevisionId before it became ready; still good for a change
  Timestamp modified_at{};
  Condition state{"Active", {}, {}};            // or Pending, Failed
  Condition last_update{"Successful", {}, {}};  // or InProgress, Failed
};

struct FunctionRecord {
  std::string name;
  Settings latest;
  std::optional<Settings> in_force;  // what runs while an update of `latest` is not ready, or failed
  TextMap tags;
  std::optional<int64_t> reserved;  // concurrency
  int64_t last_version = 0;
  std::optional<std::string> published_description;  // of $LATEST, when it was published last
  std::string recursive_loop = "Terminate";
  std::string born;  // differs from that of an earlier function of the name
};

struct AliasRecord {
  std::string name, version, description;
  std::map<std::string, double> weights;  // of further versions
  std::string revision;
};

struct PolicyRecord {  // of a function, an alias, a version or a layer version
  Document statements = Document::array();
  std::string revision;
  std::map<std::string, std::string> pins;  // aws/policy/pins.h
  std::string id = "default";               // of the document; empty: it has none
};

struct EventConfig {
  std::optional<int64_t> retries_max;
  std::optional<int64_t> age_seconds_max;
  std::string on_success, on_failure;  // ARNs
  Timestamp modified_at{};
};

struct LayerVersion {
  int64_t version = 0;
  std::string description, license;
  std::optional<std::vector<std::string>> runtimes, architectures;  // as given, perhaps empty
  PackageRef package;
  Timestamp created_at{};
  PolicyRecord policy;
};

struct PackageRecord {
  std::string blob;
  int64_t bytes = 0;
  int64_t unpacked_bytes = 0;
};

std::string encode(const FunctionRecord& record);
std::string encode(const Settings& record);
std::string encode(const AliasRecord& record);
std::string encode(const PolicyRecord& record);
std::string encode(const EventConfig& record);
std::string encode(const LayerVersion& record);
std::string encode(const PackageRecord& record);
FunctionRecord function_from(std::string_view bytes);
Settings settings_from(std::string_view bytes);
AliasRecord alias_from(std::string_view bytes);
PolicyRecord policy_from(std::string_view bytes);
EventConfig event_config_from(std::string_view bytes);
LayerVersion layer_version_from(std::string_view bytes);
PackageRecord package_from(std::string_view bytes);

// The RevisionId that the API shows.
const std::string& revision_id(const Settings& settings);
// Something about it is new that environments need not know of.
void renew_revision_id(Settings& settings, std::string id);

// Equal for versions between which nothing changed that a published version keeps.
std::string fingerprint(const Settings& settings);

}  // namespace haneul::lambda
