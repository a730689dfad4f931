#include "sandbox/enforcement.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace haneul::sandbox {
namespace {

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

// "pids" is enforced without control groups too: RLIMIT_NPROC counts within the environment's own user
// namespace (Linux 5.14).
const std::vector<std::string>& enforcement_words() {
  static const std::vector<std::string> kWords = {"memory", "cpu", "pids", "freeze", "accounting", "uids"};
  return kWords;
}

GroupsOfUser make_groups_of_user(const CgroupHost& host, const std::string& parent) {
  GroupsOfUser out;
  std::vector<std::string> controllers;
  std::string reason = "no control group is delegated to this user";
  for (const CgroupMount& mount : host.mounts) {
    if (!mount.is_v2 || out.factory) continue;
    try {
      out.factory = make_delegated_cgroup_factory(mount.path, parent, controllers);
    } catch (const SandboxError& error) {
      if (error.kind() != SandboxError::Kind::kUnavailable) reason += fmt::format(" ({})", error.what());
    }
  }
  if (!has(controllers, "memory"))
    out.unenforced.push_back(
        {"memory", "the memory limit of functions: one can take all that this user may"});
  if (!has(controllers, "cpu"))
    out.unenforced.push_back({"cpu", "the processor share of functions: one can take every processor"});
  if (!out.factory) {
    out.unenforced.push_back({"freeze", "standing still between invocations: functions may go on running"});
    out.factory = make_no_cgroups();
  }
  if (!has(controllers, "memory"))
    out.unenforced.push_back(
        {"accounting",
         "the memory figures of invocations: they are of one process of the function, not of all"});
  for (Unenforced& each : out.unenforced) each.why = reason;
  if (!controllers.empty()) {
    for (Unenforced& each : out.unenforced) each.why = "this controller is not delegated to this user";
  }
  return out;
}

Unenforced shared_ids() {
  return {
      "uids",
      "a user id of its own for each environment: all have this user's id and groups, divided by namespaces",
      "no newuidmap, or no lines for this user in /etc/subuid and /etc/subgid"};
}

void report_unenforced(SandboxCapabilities& report, std::vector<Unenforced> found,
                       const std::vector<std::string>& without) {
  for (Unenforced& each : found) {
    each.is_accepted = has(without, each.word);
    if (!each.is_accepted)
      report.missing.push_back(fmt::format("{} cannot be enforced - {}: {}", each.word, each.what, each.why));
    report.unenforced.push_back(std::move(each));
  }
}

}  // namespace haneul::sandbox
