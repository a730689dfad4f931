// HANEUL_CHECK ends the process with a message when an invariant of ours is broken. Input never triggers it:
// bad input gets a modelled error instead.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace haneul {

[[noreturn]] inline void check_failed(const char* file, int line, const char* condition, const char* reason) {
  std::fprintf(stderr, "haneul: broken invariant at %s:%d: %s (%s)\n", file, line, condition, reason);
  std::abort();
}

}  // namespace haneul

#define HANEUL_CHECK(condition, reason) \
  ((condition) ? (void)0 : ::haneul::check_failed(__FILE__, __LINE__, #condition, reason))
