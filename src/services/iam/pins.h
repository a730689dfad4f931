// The principals of a policy as IAM knows them (aws/policy/pins.h): which ids to keep when it is stored, and
// what to show of it later: the ARN while that user or role exists, its id once it is gone. Principals of
// accounts that are not of this Haneul are kept as they are. Thread rule: that of the reader.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "services/iam/port.h"
#include "store/db.h"

namespace haneul::iam {

// The principal that does not exist, when one does not. The document parses as a policy of the kind.
std::expected<PinnedPolicy, std::string> pin_principals(store::Reader& reader, const std::string& document,
                                                        aws::policy::PolicyKind kind);
std::string show_pinned(store::Reader& reader, const PinnedPolicy& policy);

}  // namespace haneul::iam
