/* System calls that reach for the kernel, other processes or other namespaces. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probes.h"

#define PROBE(name) static long name(const char* argument)
#define UNUSED (void)argument

/* Any refusal but EPERM, ENOSYS and EACCES means that the kernel looked at the arguments: the call was
 * reachable. */
static long unless_reached(long result) {
  return result < 0 && errno != EPERM && errno != ENOSYS && errno != EACCES ? 0 : result;
}

PROBE(ptrace_sibling) { return ptrace(PTRACE_ATTACH, atoi(argument), 0, 0); }
PROBE(ptrace_child) {
  UNUSED;
  return ptrace(PTRACE_TRACEME, 0, 0, 0);
}
PROBE(read_sibling_memory) {
  char bytes[8];
  struct iovec here = {bytes, 8}, there = {(void*)0x400000, 8};
  return unless_reached(process_vm_readv(atoi(argument), &here, 1, &there, 1, 0));
}
PROBE(write_sibling_memory) {
  char bytes[8] = {0};
  struct iovec here = {bytes, 8}, there = {(void*)0x400000, 8};
  return unless_reached(process_vm_writev(atoi(argument), &here, 1, &there, 1, 0));
}
PROBE(signal_sibling) { return kill(atoi(argument), 0); }
PROBE(signal_everybody) {
  UNUSED;
  return kill(-1, 0);
}
PROBE(kill_init) {
  UNUSED;
  kill(1, SIGKILL);
  kill(1, SIGSTOP);
  usleep(20000);
  return refused(EPERM); /* reached only when process 1, and so this one, still runs */
}
PROBE(steal_init_descriptor) {
  UNUSED;
  const long pidfd = syscall(SYS_pidfd_open, 1, 0);
  return pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}
PROBE(compare_kernel_pointers) {
  UNUSED;
  return unless_reached(syscall(SYS_kcmp, getpid(), 1, 0, 0, 0));
}

PROBE(mount_tmpfs) {
  UNUSED;
  return mount("t", "/tmp", "tmpfs", 0, 0);
}
PROBE(remount_root) {
  UNUSED;
  return mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0);
}
PROBE(unmount_proc_sys) {
  UNUSED;
  return umount2("/proc/sys", MNT_DETACH);
}
PROBE(new_mount_api) {
  UNUSED;
  return syscall(SYS_fsopen, "tmpfs", 0);
}
PROBE(clone_mount_tree) {
  UNUSED;
  return syscall(SYS_open_tree, AT_FDCWD, "/", 1);
}
PROBE(pivot) {
  UNUSED;
  return unless_reached(syscall(SYS_pivot_root, ".", "."));
}
PROBE(change_root) {
  UNUSED;
  return chroot("/tmp");
}

PROBE(user_namespace) {
  UNUSED;
  return unshare(CLONE_NEWUSER);
}
PROBE(user_namespace_mount) {
  UNUSED;
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) ? -1 : mount("t", "/tmp", "tmpfs", 0, 0);
}
PROBE(user_namespace_raw_socket) {
  UNUSED;
  return unshare(CLONE_NEWUSER | CLONE_NEWNET) ? -1 : socket(AF_INET, SOCK_RAW, 255);
}
static long clone_into(unsigned long flags) {
  const long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid((pid_t)pid, NULL, 0);
  return pid;
}
PROBE(clone_user_namespace) {
  UNUSED;
  return clone_into(CLONE_NEWUSER);
}
PROBE(clone_pid_namespace) {
  UNUSED;
  return clone_into(CLONE_NEWPID);
}
PROBE(clone_net_namespace) {
  UNUSED;
  return clone_into(CLONE_NEWNET);
}
PROBE(clone3_user_namespace) {
  UNUSED;
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) _exit(0);
  return pid;
}
PROBE(enter_namespace) {
  UNUSED;
  const int fd = open("/proc/self/ns/user", O_RDONLY);
  return fd < 0 ? -1 : unless_reached(setns(fd, 0));
}
PROBE(set_host_name) {
  UNUSED;
  return sethostname("x", 1);
}

PROBE(raw_icmp) {
  UNUSED;
  return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}
PROBE(raw_ipv6) {
  UNUSED;
  return socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
}
PROBE(packet_socket) {
  UNUSED;
  return socket(AF_PACKET, SOCK_RAW, 0);
}
PROBE(netlink_audit) {
  UNUSED;
  return socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
}
PROBE(netlink_netfilter) {
  UNUSED;
  return socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
}
PROBE(netlink_uevents) {
  UNUSED;
  return socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
}
PROBE(vsock) {
  UNUSED;
  return socket(AF_VSOCK, SOCK_STREAM, 0);
}
PROBE(vsock_high_bits) {
  UNUSED;
  return syscall(SYS_socket, AF_VSOCK | 1L << 32, SOCK_STREAM, 0);
}
PROBE(raw_high_bits) {
  UNUSED;
  return syscall(SYS_socket, AF_INET | 1L << 32, SOCK_RAW | 1L << 32, IPPROTO_ICMP);
}
PROBE(kernel_crypto) {
  UNUSED;
  return socket(AF_ALG, SOCK_SEQPACKET, 0);
}
PROBE(odd_families) {
  UNUSED;
  for (int family = 0; family < 128; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK) continue;
    for (int type = 1; type <= SOCK_PACKET; ++type) {
      if (socket(family, type, 0) >= 0) return family;
    }
  }
  return -1;
}
PROBE(odd_protocols) {
  UNUSED;
  const int kProtocols[] = {IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE, 262 /* MPTCP */};
  const int kTypes[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_DCCP};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      if (socket(AF_INET, kTypes[j], kProtocols[i]) >= 0) return 0;
    }
  }
  return -1;
}
PROBE(change_network) {
  UNUSED;
  struct {
    struct nlmsghdr header;
    struct ifinfomsg body;
  } request = {{sizeof request, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
               {.ifi_index = 1, .ifi_change = IFF_UP}};
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
  } answer = {0};
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0 || send(fd, &request, sizeof request, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0)
    return -1;
  return answer.error.error < 0 ? refused(-answer.error.error) : 0;
}

PROBE(session_keyring) {
  UNUSED;
  return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 1);
}
PROBE(add_key) {
  UNUSED;
  return syscall(SYS_add_key, "user", "probe", "x", 1, -4);
}
PROBE(request_key) {
  UNUSED;
  return unless_reached(syscall(SYS_request_key, "user", "probe", 0, -4));
}
PROBE(load_bpf) {
  UNUSED;
  union bpf_attr attributes = {
      .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}
PROBE(io_uring) {
  UNUSED;
  struct io_uring_params parameters = {0};
  return syscall(SYS_io_uring_setup, 4, &parameters);
}
PROBE(user_faults) {
  UNUSED;
  return syscall(SYS_userfaultfd, 0);
}
PROBE(perf_events) {
  UNUSED;
  struct perf_event_attr attributes = {
      .type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_CPU_CLOCK};
  return syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}
PROBE(load_module) {
  UNUSED;
  return unless_reached(syscall(SYS_init_module, "", 0, ""));
}
PROBE(load_module_file) {
  UNUSED;
  return unless_reached(syscall(SYS_finit_module, 0, "", 0));
}
PROBE(load_kernel) {
  UNUSED;
  return unless_reached(syscall(SYS_kexec_load, 0, 0, 0, 0));
}
PROBE(open_by_handle) {
  UNUSED;
  return unless_reached(syscall(SYS_open_by_handle_at, AT_FDCWD, "", 0));
}
PROBE(name_to_handle) {
  UNUSED;
  return unless_reached(syscall(SYS_name_to_handle_at, AT_FDCWD, "/", 0, 0, 0));
}
PROBE(kernel_log) {
  UNUSED;
  char text[64];
  return klogctl(3, text, sizeof text);
}
PROBE(no_address_randomisation) {
  UNUSED;
  return personality(ADDR_NO_RANDOMIZE);
}
PROBE(set_clock) {
  UNUSED;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return clock_settime(CLOCK_REALTIME, &now);
}
PROBE(adjust_clock) {
  UNUSED;
  struct timex nothing = {0};
  return adjtimex(&nothing);
}
PROBE(become_root) {
  UNUSED;
  return setuid(0);
}
PROBE(become_root_group) {
  UNUSED;
  return setgid(0);
}
PROBE(join_groups) {
  UNUSED;
  const gid_t group = 0;
  return syscall(SYS_setgroups, 1, &group);
}
PROBE(port_access) {
  UNUSED;
  return unless_reached(syscall(SYS_iopl, 3));
}
PROBE(segment_table) {
  UNUSED;
  return syscall(SYS_modify_ldt, 0, "", 0);
}
PROBE(swap_off) {
  UNUSED;
  return unless_reached(swapoff("/nowhere"));
}
PROBE(restart_machine) {
  UNUSED;
  return unless_reached(syscall(SYS_reboot, 0, 0, 0, 0));
}
PROBE(watch_file_system) {
  UNUSED;
  return syscall(SYS_fanotify_init, 0, O_RDONLY);
}
PROBE(process_accounting) {
  UNUSED;
  return unless_reached(acct(NULL));
}
PROBE(type_into_terminal) {
  UNUSED;
  return unless_reached(ioctl(0, TIOCSTI, "x"));
}
PROBE(type_into_terminal_high_bits) {
  UNUSED;
  return unless_reached(syscall(SYS_ioctl, 0, TIOCSTI | 1L << 32, "x"));
}
PROBE(supervise_calls) {
  UNUSED;
  return unless_reached(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0));
}
PROBE(real_time_schedule) {
  UNUSED;
  struct sched_param parameters = {.sched_priority = 10};
  return sched_setscheduler(0, SCHED_FIFO, &parameters);
}
PROBE(raise_priority) {
  UNUSED;
  return setpriority(PRIO_PROCESS, 0, -10);
}

#ifdef __x86_64__
PROBE(call_32_bit) { /* getpid by the 32-bit gate, which numbers calls differently */
  UNUSED;
  long result = 20;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
  return result;
}
PROBE(call_x32) {
  UNUSED;
  return syscall(0x40000000 | 39);
}
#endif

#define REFUSED(name) {#name, name, kRefused}
const struct Probe kCallProbes[] = {
    REFUSED(ptrace_sibling),
    REFUSED(ptrace_child),
    REFUSED(read_sibling_memory),
    REFUSED(write_sibling_memory),
    REFUSED(signal_sibling),
    REFUSED(signal_everybody),
    REFUSED(kill_init),
    REFUSED(steal_init_descriptor),
    REFUSED(compare_kernel_pointers),
    REFUSED(mount_tmpfs),
    REFUSED(remount_root),
    REFUSED(unmount_proc_sys),
    REFUSED(new_mount_api),
    REFUSED(clone_mount_tree),
    REFUSED(pivot),
    REFUSED(change_root),
    REFUSED(user_namespace),
    REFUSED(user_namespace_mount),
    REFUSED(user_namespace_raw_socket),
    REFUSED(clone_user_namespace),
    REFUSED(clone_pid_namespace),
    REFUSED(clone_net_namespace),
    REFUSED(clone3_user_namespace),
    REFUSED(enter_namespace),
    REFUSED(set_host_name),
    REFUSED(raw_icmp),
    REFUSED(raw_ipv6),
    REFUSED(packet_socket),
    REFUSED(netlink_audit),
    REFUSED(netlink_netfilter),
    REFUSED(netlink_uevents),
    REFUSED(vsock),
    REFUSED(vsock_high_bits),
    REFUSED(raw_high_bits),
    REFUSED(kernel_crypto),
    REFUSED(odd_families),
    REFUSED(odd_protocols),
    REFUSED(change_network),
    REFUSED(session_keyring),
    REFUSED(add_key),
    REFUSED(request_key),
    REFUSED(load_bpf),
    REFUSED(io_uring),
    REFUSED(user_faults),
    REFUSED(perf_events),
    REFUSED(load_module),
    REFUSED(load_module_file),
    REFUSED(load_kernel),
    REFUSED(open_by_handle),
    REFUSED(name_to_handle),
    REFUSED(kernel_log),
    REFUSED(no_address_randomisation),
    REFUSED(set_clock),
    REFUSED(adjust_clock),
    REFUSED(become_root),
    REFUSED(become_root_group),
    REFUSED(join_groups),
    REFUSED(port_access),
    REFUSED(segment_table),
    REFUSED(swap_off),
    REFUSED(restart_machine),
    REFUSED(watch_file_system),
    REFUSED(process_accounting),
    REFUSED(type_into_terminal),
    REFUSED(type_into_terminal_high_bits),
    REFUSED(supervise_calls),
    REFUSED(real_time_schedule),
    REFUSED(raise_priority),
#ifdef __x86_64__
    {"call_32_bit", call_32_bit, kKilled},
    {"call_x32", call_x32, kKilled},
#endif
    {NULL, NULL, kRefused},
};
