/* What runtimes need and therefore must work. Each would fail in a sandbox that refused everything. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes.h"

#define PROBE(name) static long name(const char* argument)
#define UNUSED (void)argument

static void* thread_body(void* argument) { return argument; }

/* Runs a program to its end; 0 when it succeeded. */
static long run(const char* path) {
  const pid_t pid = fork();
  if (pid == 0) {
    execl(path, path, "--list", NULL);
    _exit(127);
  }
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  return status == 0 ? 0 : refused(ENOEXEC);
}

static long copy_self(int to) {
  const int from = open("/proc/self/exe", O_RDONLY);
  struct stat file;
  if (from < 0 || fstat(from, &file) != 0) return -1;
  return copy_file_range(from, NULL, to, NULL, (size_t)file.st_size, 0) > 0 ||
                 syscall(SYS_sendfile, to, from, NULL, (size_t)file.st_size) > 0
             ? 0
             : -1;
}

PROBE(memory_file) {
  UNUSED;
  return memfd_create("probe", 0);
}
PROBE(execute_memory_file) {
  UNUSED;
  const int fd = memfd_create("probe", 0);
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return fd < 0 || copy_self(fd) < 0 ? -1 : run(path);
}
PROBE(execute_from_tmp) {
  UNUSED;
  const int fd = open("/tmp/program", O_CREAT | O_WRONLY, 0700);
  if (fd < 0 || copy_self(fd) < 0) return -1;
  close(fd);
  return run("/tmp/program");
}
PROBE(generated_code) {
  UNUSED;
  const unsigned char kReturn = 0xc3;
  unsigned char* page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return -1;
  *page = kReturn;
  return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
PROBE(threads) {
  UNUSED;
  pthread_t thread;
  for (int i = 0; i < 64; ++i) {
    const int reason = pthread_create(&thread, NULL, thread_body, NULL);
    if (reason != 0) return refused(reason);
    pthread_join(thread, NULL);
  }
  return 0;
}
PROBE(event_descriptors) {
  UNUSED;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  const int fds[] = {epoll_create1(0), eventfd(0, 0), signalfd(-1, &set, 0),
                     timerfd_create(CLOCK_MONOTONIC, 0), inotify_init1(0)};
  for (size_t i = 0; i < sizeof fds / sizeof *fds; ++i) {
    if (fds[i] < 0) return -1;
  }
  struct epoll_event event = {.events = EPOLLIN};
  return epoll_ctl(fds[0], EPOLL_CTL_ADD, fds[1], &event);
}
PROBE(random_bytes) {
  UNUSED;
  char bytes[16];
  return getrandom(bytes, sizeof bytes, 0) == 16 && read(open("/dev/urandom", O_RDONLY), bytes, 16) == 16
             ? 0
             : -1;
}
PROBE(scheduling) {
  UNUSED;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0 || sched_yield() != 0) return -1;
  return setpriority(PRIO_PROCESS, 0, 5);
}
PROBE(limits) {
  UNUSED;
  struct rlimit limit;
  return prlimit(0, RLIMIT_NOFILE, NULL, &limit);
}
PROBE(private_shared_memory) {
  UNUSED;
  const int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (segment < 0 || shmat(segment, NULL, 0) == (void*)-1) return -1;
  return shm_open("/probe", O_CREAT | O_RDWR, 0600);
}
PROBE(semaphores_and_queues) {
  UNUSED;
  if (sem_open("/probe", O_CREAT, 0600, 1) == SEM_FAILED) return -1;
  return mq_open("/probe", O_CREAT | O_RDWR, 0600, NULL);
}
PROBE(loopback_connection) {
  UNUSED;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8080)};
  inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (bind(server, (struct sockaddr*)&at, sizeof at) != 0 || listen(server, 1) != 0) return -1;
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr*)&at, sizeof at);
}
PROBE(unix_sockets) {
  UNUSED;
  int pair[2];
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
}
PROBE(list_interfaces) {
  UNUSED;
  struct {
    struct nlmsghdr header;
    struct rtgenmsg body;
  } request = {{sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
  char answer[8192];
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0 || send(fd, &request, sizeof request, 0) < 0) return -1;
  return recv(fd, answer, sizeof answer, 0);
}
PROBE(own_process_files) {
  UNUSED;
  const char* const kPaths[] = {"/proc/self/status",
                                "/proc/self/maps",
                                "/proc/meminfo",
                                "/proc/cpuinfo",
                                "/proc/stat",
                                "/proc/self/cgroup",
                                "/proc/mounts",
                                "/sys/devices/system/cpu/online",
                                "/etc/passwd",
                                "/etc/resolv.conf",
                                "/etc/ssl/certs/ca-certificates.crt",
                                "/etc/ld.so.cache"};
  for (size_t i = 0; i < sizeof kPaths / sizeof *kPaths; ++i) {
    char byte;
    const int fd = open(kPaths[i], O_RDONLY);
    if (fd < 0 || read(fd, &byte, 1) != 1) return printf("%s\n", kPaths[i]) * 0 - 1;
    close(fd);
  }
  return 0;
}
PROBE(work_in_tmp) {
  UNUSED;
  if (mkdir("/tmp/d", 0755) != 0 || symlink("d", "/tmp/l") != 0 || mkfifo("/tmp/p", 0600) != 0) return -1;
  const int fd = open("/tmp/d/f", O_CREAT | O_RDWR, 0644);
  return fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 ? -1 : rename("/tmp/d/f", "/tmp/g");
}

#define WORKS(name) {#name, name, kWorks}
const struct Probe kControls[] = {
    WORKS(memory_file),
    WORKS(execute_memory_file),
    WORKS(execute_from_tmp),
    WORKS(generated_code),
    WORKS(threads),
    WORKS(event_descriptors),
    WORKS(random_bytes),
    WORKS(scheduling),
    WORKS(limits),
    WORKS(private_shared_memory),
    WORKS(semaphores_and_queues),
    WORKS(loopback_connection),
    WORKS(unix_sockets),
    WORKS(list_interfaces),
    WORKS(own_process_files),
    WORKS(work_in_tmp),
    {NULL, NULL, kWorks},
};
