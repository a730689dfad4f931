/* probes --list          one line per probe: "refused NAME", "killed NAME" or "works NAME"
   probes NAME [ARGUMENT] runs one; exit 0: it was possible, 10: it was refused (the reason is printed) */
#include "probes.h"

#include <stdio.h>
#include <string.h>

static const struct Probe* const kGroups[] = {kCallProbes, kFileProbes, kLimitProbes, kControls};
static const char* const kWords[] = {"refused", "killed", "works"};

static int list(void) {
  for (size_t i = 0; i < sizeof kGroups / sizeof *kGroups; ++i) {
    for (const struct Probe* probe = kGroups[i]; probe->name != NULL; ++probe) {
      printf("%s %s\n", kWords[probe->expectation], probe->name);
    }
  }
  return 0;
}

int main(int count, char** arguments) {
  if (count < 2) return kExitUnknown;
  if (strcmp(arguments[1], "--list") == 0) return list();
  for (size_t i = 0; i < sizeof kGroups / sizeof *kGroups; ++i) {
    for (const struct Probe* probe = kGroups[i]; probe->name != NULL; ++probe) {
      if (strcmp(probe->name, arguments[1]) != 0) continue;
      errno = 0;
      const long result = probe->run(count > 2 ? arguments[2] : "");
      if (result >= 0) {
        printf("possible\n");
        return kExitPossible;
      }
      printf("refused: %s\n", strerror(errno));
      return kExitRefused;
    }
  }
  printf("unknown probe\n");
  return kExitUnknown;
}
