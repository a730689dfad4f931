// How many descriptors this process may have open. Each environment takes some of the server's and some of
// the launcher's, so the limit bounds how many can live at once. Thread rule: before the process starts
// threads.
#pragma once

#include <cstdint>

namespace haneul {

// Raises the limit as far as the machine lets this process: to the kernel's own for one that may
// (CAP_SYS_RESOURCE), else to the hard limit. Returns what it is now.
uint64_t raise_descriptor_limit();

}  // namespace haneul
