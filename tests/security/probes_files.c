/* Files, devices, sockets and descriptors of the host and of other tenants. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "probes.h"

#define PROBE(name) static long name(const char* argument)
#define UNUSED (void)argument

/* Bytes read; a file that can be opened but says nothing is as good as refused. */
static long read_some(const char* path) {
  char bytes[256];
  const int fd = open(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return -1;
  const long count = read(fd, bytes, sizeof bytes);
  close(fd);
  return count > 0 ? count : refused(count < 0 ? errno : ENODATA);
}

static long open_for_write(const char* path) {
  const int fd = open(path, O_WRONLY);
  if (fd >= 0) close(fd);
  return fd;
}

static long any_readable(const char* const* paths) {
  for (; *paths != NULL; ++paths) {
    if (read_some(*paths) > 0) return printf("%s\n", *paths);
  }
  return -1;
}

static long any_writable(const char* const* paths) {
  for (; *paths != NULL; ++paths) {
    if (open_for_write(*paths) >= 0) return printf("%s\n", *paths);
  }
  return -1;
}

PROBE(read_shadow) {
  UNUSED;
  return read_some("/etc/shadow");
}
PROBE(read_host_secrets) {
  UNUSED;
  const char* const kPaths[] = {"/etc/ssl/private/ssl-cert-snakeoil.key",
                                "/etc/gshadow",
                                "/root/.bashrc",
                                "/root/.profile",
                                "/boot/grub/grub.cfg",
                                "/etc/machine-id",
                                "/etc/fstab",
                                "/proc/1/root/etc/shadow",
                                "/proc/self/root/../../etc/shadow",
                                "/var/lib/dpkg/status",
                                "/.dockerenv",
                                "/etc/apt/sources.list",
                                NULL};
  return any_readable(kPaths);
}
PROBE(read_host_path) { return read_some(argument); }
PROBE(list_host_root) {
  UNUSED;
  const char* const kPaths[] = {"/root",    "/home",    "/boot",     "/srv", "/media",
                                "/var/lib", "/var/log", "/run/lock", NULL};
  for (const char* const* path = kPaths; *path != NULL; ++path) {
    if (access(*path, F_OK) == 0) return printf("%s\n", *path);
  }
  return -1;
}
PROBE(see_other_processes) {
  UNUSED;
  DIR* directory = opendir("/proc");
  if (directory == NULL) return -1;
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    const int pid = atoi(entry->d_name);
    if (pid > 0 && pid != getpid()) return printf("%d\n", pid);
  }
  return refused(ENOENT);
}
PROBE(read_sibling_environment) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/environ", atoi(argument));
  return read_some(path);
}
PROBE(read_supervisor) {
  UNUSED;
  const char* const kPaths[] = {"/proc/1/mem",   "/proc/1/environ", "/proc/1/maps",    "/proc/1/cmdline",
                                "/proc/1/stack", "/proc/1/auxv",    "/proc/1/syscall", NULL};
  return any_readable(kPaths);
}
PROBE(list_supervisor_descriptors) {
  UNUSED;
  return opendir("/proc/1/fd") == NULL ? -1 : 0;
}
PROBE(devices) {
  UNUSED;
  const char* const kPaths[] = {"/dev/kvm",
                                "/dev/fuse",
                                "/dev/vda",
                                "/dev/sda",
                                "/dev/nvme0n1",
                                "/dev/mem",
                                "/dev/port",
                                "/dev/kmsg",
                                "/dev/tty",
                                "/dev/console",
                                "/dev/ptmx",
                                "/dev/net/tun",
                                "/dev/vsock",
                                "/dev/vhost-vsock",
                                "/dev/loop-control",
                                "/dev/mapper/control",
                                NULL};
  for (const char* const* path = kPaths; *path != NULL; ++path) {
    if (open(*path, O_RDONLY | O_NONBLOCK) >= 0 || open_for_write(*path) >= 0) return printf("%s\n", *path);
  }
  return -1;
}
PROBE(make_block_device) {
  UNUSED;
  return mknod("/tmp/node", S_IFBLK | 0600, makedev(254, 0));
}
PROBE(make_character_device) {
  UNUSED;
  return mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 1));
}
PROBE(write_core_pattern) {
  UNUSED;
  return open_for_write("/proc/sys/kernel/core_pattern");
}
PROBE(write_sysrq) {
  UNUSED;
  return write(open("/proc/sysrq-trigger", O_WRONLY), "h", 1) == 1 && read_some("/proc/sysrq-trigger") > 0
             ? 0
             : refused(EACCES);
}
PROBE(write_kernel_settings) {
  UNUSED;
  const char* const kPaths[] = {"/proc/sys/kernel/hostname",
                                "/proc/sys/vm/drop_caches",
                                "/proc/sys/net/ipv4/ip_forward",
                                "/proc/sys/kernel/modprobe",
                                "/proc/sys/user/max_user_namespaces",
                                "/proc/sys/fs/mqueue/msg_max",
                                "/proc/sys/kernel/shmmax",
                                NULL};
  return any_writable(kPaths);
}
PROBE(read_kernel_memory) {
  UNUSED;
  const char* const kPaths[] = {"/proc/kcore",       "/proc/kallsyms",   "/proc/kmsg",
                                "/proc/vmallocinfo", "/proc/slabinfo",   "/proc/iomem",
                                "/proc/modules",     "/proc/kpagecount", NULL};
  return any_readable(kPaths);
}
PROBE(read_kernel_tables) {
  UNUSED;
  const char* const kPaths[] = {"/proc/keys",    "/proc/key-users", "/proc/timer_list",
                                "/proc/cmdline", "/proc/config.gz", NULL};
  return any_readable(kPaths);
}
PROBE(reach_sysfs) {
  UNUSED;
  const char* const kPaths[] = {"/sys/class",    "/sys/fs/cgroup", "/sys/kernel",
                                "/sys/firmware", "/sys/block",     NULL};
  for (const char* const* path = kPaths; *path != NULL; ++path) {
    if (access(*path, F_OK) == 0) return printf("%s\n", *path);
  }
  return -1;
}
PROBE(write_root) {
  UNUSED;
  const char* const kPaths[] = {"/x",          "/etc/x",         "/usr/x", "/usr/bin/x", "/var/x",
                                "/var/task/x", "/opt/x",         "/dev/x", "/run/x",     "/mnt/x",
                                "/proc/x",     "/var/runtime/x", "/sys/x", NULL};
  for (const char* const* path = kPaths; *path != NULL; ++path) {
    if (open(*path, O_WRONLY | O_CREAT, 0600) >= 0 || mkdir(*path, 0700) == 0) return printf("%s\n", *path);
  }
  return -1;
}
PROBE(change_program) {
  UNUSED;
  return open_for_write("/usr/bin/env");
}
PROBE(change_own_code) {
  UNUSED;
  if (open_for_write("/var/task/haneul_probes") >= 0 || unlink("/var/task/haneul_probes") == 0) return 0;
  return chmod("/var/task/haneul_probes", 0777);
}
PROBE(set_user_id_programs) {
  UNUSED;
  struct statvfs file_system;
  const char* const kPaths[] = {"/", "/usr", "/tmp", "/dev/shm", "/proc", "/dev", "/var/task", NULL};
  for (const char* const* path = kPaths; *path != NULL; ++path) {
    if (statvfs(*path, &file_system) != 0 || !(file_system.f_flag & ST_NOSUID)) return printf("%s\n", *path);
  }
  return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? refused(EPERM) : 0;
}
PROBE(inherited_descriptors) {
  UNUSED;
  for (int fd = 3; fd < 65536; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) return printf("%d\n", fd);
  }
  return refused(EBADF);
}
PROBE(host_shared_memory) { return shmget((key_t)strtol(argument, NULL, 0), 0, 0); }
PROBE(host_dev_shm) { return read_some(argument); }
PROBE(host_message_queue) { return mq_open(argument, O_RDONLY); }

static long reach(const char* address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  inet_pton(AF_INET, address, &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  return fd < 0 ? -1 : connect(fd, (struct sockaddr*)&to, sizeof to);
}
PROBE(host_loopback_port) { return reach("127.0.0.1", atoi(argument)); }
PROBE(metadata_address) {
  UNUSED;
  return reach("169.254.169.254", 80);
}
PROBE(outside_address) {
  UNUSED;
  return reach("192.0.2.1", 80);
}
PROBE(host_abstract_socket) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const size_t length = strlen(argument);
  memcpy(to.sun_path + 1, argument, length);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  return connect(fd, (struct sockaddr*)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}
PROBE(low_port) {
  UNUSED;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(25)};
  return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr*)&at, sizeof at);
}
PROBE(escape_oom_killer) {
  UNUSED;
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY);
  return fd < 0 ? -1 : write(fd, "-1000", 5);
}
PROBE(write_id_map) {
  UNUSED;
  const int fd = open("/proc/self/uid_map", O_WRONLY);
  return fd < 0 ? -1 : write(fd, "0 0 1", 5);
}

#define REFUSED(name) {#name, name, kRefused}
const struct Probe kFileProbes[] = {
    REFUSED(read_shadow),
    REFUSED(read_host_secrets),
    REFUSED(read_host_path),
    REFUSED(list_host_root),
    REFUSED(see_other_processes),
    REFUSED(read_sibling_environment),
    REFUSED(read_supervisor),
    REFUSED(list_supervisor_descriptors),
    REFUSED(devices),
    REFUSED(make_block_device),
    REFUSED(make_character_device),
    REFUSED(write_core_pattern),
    REFUSED(write_sysrq),
    REFUSED(write_kernel_settings),
    REFUSED(read_kernel_memory),
    REFUSED(read_kernel_tables),
    REFUSED(reach_sysfs),
    REFUSED(write_root),
    REFUSED(change_program),
    REFUSED(change_own_code),
    REFUSED(set_user_id_programs),
    REFUSED(inherited_descriptors),
    REFUSED(host_shared_memory),
    REFUSED(host_dev_shm),
    REFUSED(host_message_queue),
    REFUSED(host_loopback_port),
    REFUSED(metadata_address),
    REFUSED(outside_address),
    REFUSED(host_abstract_socket),
    REFUSED(low_port),
    REFUSED(escape_oom_killer),
    REFUSED(write_id_map),
    {NULL, NULL, kRefused},
};
