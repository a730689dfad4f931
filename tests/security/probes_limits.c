/* Taking more than was given: processes, memory, disk, descriptors, watches, limits. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes.h"

#define PROBE(name) static long name(const char* argument)
#define UNUSED (void)argument

PROBE(many_processes) {
  UNUSED;
  enum { kCount = 3000 };
  static pid_t pids[kCount];
  int count = 0;
  for (; count < kCount; ++count) {
    pids[count] = fork();
    if (pids[count] < 0) break;
    if (pids[count] == 0) {
      pause();
      _exit(0);
    }
  }
  const int reason = errno;
  for (int i = 0; i < count; ++i) kill(pids[i], SIGKILL);
  for (int i = 0; i < count; ++i) waitpid(pids[i], NULL, 0);
  return count == kCount ? 0 : refused(reason);
}

PROBE(much_memory) {
  UNUSED;
  const size_t bytes = (size_t)1 << 30;
  char* memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -1;
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  return 0;
}

PROBE(much_shared_memory) {
  UNUSED;
  const int fd = memfd_create("probe", 0);
  static char block[1 << 20];
  for (int i = 0; i < 1024; ++i) {
    if (write(fd, block, sizeof block) < 0) return -1;
  }
  return 0;
}

PROBE(much_disk) {
  UNUSED;
  const int fd = open("/tmp/probe", O_RDWR | O_CREAT, 0600);
  if (fd < 0) return -1;
  const int reason = posix_fallocate(fd, 0, (off_t)2 << 30);
  return reason == 0 ? 0 : refused(reason);
}

PROBE(many_files) {
  UNUSED;
  char name[32] = "/tmp/f";
  for (int i = 0; i < 1000000; ++i) {
    name[6] = (char)('a' + i % 26);
    name[7] = (char)('a' + i / 26 % 26);
    name[8] = (char)('a' + i / 676 % 26);
    name[9] = (char)('a' + i / 17576 % 26);
    const int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) return -1;
    close(fd);
  }
  return 0;
}

PROBE(many_descriptors) {
  UNUSED;
  for (int i = 0; i < 5000; ++i) {
    if (dup(0) < 0) return -1;
  }
  return 0;
}

PROBE(many_watchers) {
  UNUSED;
  for (int i = 0; i < 500; ++i) {
    if (inotify_init1(0) < 0) return -1;
  }
  return 0;
}

static long raise_limit(int resource) {
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  return setrlimit((__rlimit_resource_t)resource, &all);
}
PROBE(raise_core_limit) {
  UNUSED;
  return raise_limit(RLIMIT_CORE);
}
PROBE(raise_file_limit) {
  UNUSED;
  const struct rlimit more = {4096, 4096};
  return setrlimit(RLIMIT_NOFILE, &more);
}
PROBE(raise_process_limit) {
  UNUSED;
  return raise_limit(RLIMIT_NPROC);
}
PROBE(raise_lock_limit) {
  UNUSED;
  return raise_limit(RLIMIT_MEMLOCK);
}
PROBE(core_dump) {
  UNUSED;
  struct rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_max == 0 ? refused(EPERM) : 0;
}

#define REFUSED(name) {#name, name, kRefused}
const struct Probe kLimitProbes[] = {
    REFUSED(many_processes),
    REFUSED(much_disk),
    REFUSED(many_files),
    REFUSED(many_descriptors),
    REFUSED(many_watchers),
    REFUSED(raise_core_limit),
    REFUSED(raise_file_limit),
    REFUSED(raise_process_limit),
    REFUSED(raise_lock_limit),
    REFUSED(core_dump),
    {"much_memory", much_memory, kKilled},
    {"much_shared_memory", much_shared_memory, kKilled},
    {NULL, NULL, kRefused},
};
