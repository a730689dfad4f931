// A caller inside a record: for work that goes on in its caller's name after the request, and after a crash.
// Thread rule: pure functions.
#pragma once

#include "base/document.h"
#include "platform/caller.h"

namespace haneul::platform {

Document to_document(const Caller& caller);
Caller caller_from(const Document& from);

}  // namespace haneul::platform
