// FunctionImage: everything an execution environment of one function version is made from, resolved and
// unpacked by the Lambda service. It never changes: an update of the function is a new image with a new
// revision, and environments of the old one are retired.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/strong.h"
#include "compute/runtime_choice.h"

namespace haneul::compute {

struct RoleCredentials {
  std::string access_key_id;
  Secret<std::string> secret_access_key;
  Secret<std::string> session_token;
  Timestamp expires;
};

enum class LogFormat { kText, kJson };

// Why an environment was initialised: because an invocation came, or ahead of any; or it begins where the
// version's snapshot was taken, or is the one it is taken from.
enum class Initialization { kOnDemand, kProvisioned, kSnapStart };

struct FunctionImage {
  AccountId account;
  Region region;
  std::string function_name;
  std::string function_arn;  // unqualified
  std::string version = "$LATEST";
  std::string revision;  // changes with anything below
  RuntimeChoice runtime;
  std::string handler;
  std::string architecture = "x86_64";
  std::string code_directory;                  // absolute, canonical, unpacked, readable by everybody
  std::vector<std::string> layer_directories;  // in the function's order: a later one wins
  std::map<std::string, std::string>
      variables;  // the user's; reserved names have been refused by the service
  uint32_t memory_mb = 128;
  uint32_t tmp_mb = 512;
  std::chrono::milliseconds timeout{3000};
  std::string log_group;
  LogFormat log_format = LogFormat::kText;
  std::string application_log_level;      // with kJson only: TRACE .. FATAL, or empty
  std::string system_log_level = "INFO";  // with kJson: DEBUG, INFO or WARN
  bool has_snapshot = false;              // a published version with SnapStart
  // Called once per new environment, on the loop's thread; must not block. Empty: the function has no
  // credentials.
  std::function<RoleCredentials()> credentials;

  std::string key() const { return function_arn + ":" + version; }
};

// Concurrency tokens, counted exactly. A function with a reservation has its own count; all others share what
// the account has left (its limit minus all reservations: the service does that sum).
struct ConcurrencyLimits {
  uint32_t account_unreserved = 1000;
  std::optional<uint32_t> reserved;
};

// Which of the two a function's invocations are counted in.
enum class ConcurrencyShare { kAccount, kReservation };

}  // namespace haneul::compute
