/* A probe tries one thing that hostile code would try. It returns 0 or more when the thing was possible and
   -1 with errno when it was refused. Controls are things that must be possible: they keep the harness honest.
 */
#pragma once

#include <errno.h>
#include <stddef.h>

typedef long (*ProbeFunction)(const char* argument);

enum Expectation {
  kRefused, /* the program ends with kExitRefused */
  kKilled,  /* the program does not survive the attempt */
  kWorks,   /* a control */
};

enum { kExitPossible = 0, kExitUnknown = 2, kExitRefused = 10 };

struct Probe {
  const char* name;
  ProbeFunction run;
  enum Expectation expectation;
};

/* Each ends with an entry without a name. */
extern const struct Probe kCallProbes[];
extern const struct Probe kFileProbes[];
extern const struct Probe kLimitProbes[];
extern const struct Probe kControls[];

/* Refused, with the given reason. */
static inline long refused(int reason) {
  errno = reason;
  return -1;
}
