// Guarantees of an environment that an ordinary user may not be able to give: each has a word, by which an
// operator goes without it (serve --without-enforcement memory,cpu). Invariant: what is neither enforced nor
// named keeps every environment from starting.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/capabilities_report.h"
#include "sandbox/cgroups.h"
#include "sandbox/standing.h"

namespace haneul::sandbox {

// Every word, enforced here or not.
const std::vector<std::string>& enforcement_words();

// What control groups and ids cannot do here; the factory does the rest.
struct GroupsOfUser {
  std::unique_ptr<CgroupFactory> factory;
  std::vector<Unenforced> unenforced;
};
GroupsOfUser make_groups_of_user(const CgroupHost& host, const std::string& parent);
Unenforced shared_ids();

// Into the report: as accepted when the operator named it, else as missing as well.
void report_unenforced(SandboxCapabilities& report, std::vector<Unenforced> found,
                       const std::vector<std::string>& without);

}  // namespace haneul::sandbox
