// What an execution environment is made of, and what is known about it: the words that the server and the
// launcher share. The launcher validates every field again (validate.h); nothing here is trusted because of
// where it came from.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/fd.h"

namespace haneul::sandbox {

using EnvironmentId = uint64_t;

// A host file or directory shown inside. The source is an absolute, canonical path: no "..", no symbolic link
// on the way (the server resolves its data directory once). What it holds must be readable by everybody: the
// environment runs under a user id of its own. The target must exist in the root (/var/task, /opt,
// /var/runtime, /var/lang, /etc/resolv.conf, /etc/hosts, /etc/ssl/certs/ca-certificates.crt,
// /etc/pki/tls/certs/ca-bundle.crt, ...), or lie directly below /mnt.
struct Mount {
  enum class Mode : uint8_t { kReadOnly, kReadWrite };
  std::string source;
  std::string target;
  Mode mode = Mode::kReadOnly;
};

// A listening socket made inside the environment's network namespace and passed to the server. Any address
// that is not 127.0.0.0/8 or ::1 must be link-local IPv4 (169.254.0.0/16) and is added to the loopback
// interface.
struct ListenSpec {
  enum class Protocol : uint8_t { kTcp, kUdp };
  Protocol protocol = Protocol::kTcp;
  std::string address;
  uint16_t port = 0;
};

// Where a main process comes from: executed for its environment, forked from a zygote, or executed ahead and
// waiting.
enum class Origin : uint8_t { kExecuted, kForked, kWaited };

// A program that has loaded a runtime and waits. It must not depend on any function, and sees nothing of one:
// only what stands here. Either one process whose forks become environments (it calls haneul_zygote.serve(),
// runtimes/python), or a process in each environment, used once (it reads its variables from descriptor 3,
// sandbox/waiting_program.h).
struct Zygote {
  enum class Way : uint8_t { kForked, kWaiting };
  Way way = Way::kForked;
  std::string tenant;  // whose: forks share memory layout and hash seed
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<Mount> mounts;             // read-only
};

// What makes an environment end: its main process, executed with it; or only kill(), when nothing is executed
// with it and programs come by Launcher::run.
enum class Life : uint8_t { kOfMain, kOfItsOwn };

// Whether the main process runs a virtual machine (guest_launch.h): it then finds, at /mnt/root, what a
// program of this environment would see below /, and KVM's device if it is to use it.
enum class Guest : uint8_t { kNone, kEmulated, kWithKvm };

// A program for an environment with a life of its own.
struct ProgramSpec {
  std::vector<std::string> argv;         // argv[0] is an absolute path inside
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  std::string working_directory = "/";   // inside
};

// Counted within its environment, from 1; 0 is the main process of Life::kOfMain.
using ProgramId = uint32_t;

struct Program {
  ProgramId id = 0;
  Fd stdout_fd;  // read ends, non-blocking
  Fd stderr_fd;
};

struct EnvironmentSpec {
  Life life = Life::kOfMain;
  std::vector<std::string> argv;         // argv[0] is an absolute path inside; none with a life of its own
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  std::string working_directory = "/";   // inside
  std::string hostname = "sandbox";
  std::vector<Mount> mounts;
  std::vector<ListenSpec> listeners;
  uint64_t memory_bytes = 0;  // everything, /tmp and /dev/shm included; no swap
  uint64_t tmp_bytes = 0;  // size of /tmp, which is memory: add it to memory_bytes when it should not compete
  uint32_t cpu_permille = 1000;  // 1000 is one core
  uint32_t pids_max = 1024;      // processes and threads
  uint32_t files_max = 1024;     // RLIMIT_NOFILE
  Guest guest = Guest::kNone;
  // Where the main process may come from instead of being executed: it then has argv's effect without argv.
  // What is not ready yet is executed; a zygote is started for the next time.
  std::optional<Zygote> zygote;
};

struct Environment {
  EnvironmentId id = 0;
  pid_t pid = 0;  // the first process, as the host sees it; for display only
  Origin origin = Origin::kExecuted;
  std::vector<Fd> listeners;  // in the order of EnvironmentSpec::listeners; non-blocking, listening or bound
  Fd stdout_fd;               // read ends, non-blocking; none with a life of its own
  Fd stderr_fd;
};

struct Usage {
  uint64_t memory_peak_bytes = 0;
  uint64_t memory_bytes = 0;
  uint64_t cpu_nanoseconds = 0;
};

// How the main process (argv), or a program, ended. When the main process ends, whatever it left running is
// killed before this is reported.
struct ExitStatus {
  int exit_code = 0;        // when signal is 0
  int signal = 0;           // the signal that ended it; SIGKILL when kill() or the out-of-memory killer did
  bool oom_killed = false;  // the memory limit was reached
  Usage usage;              // final figures
};

class SandboxError : public std::runtime_error {
 public:
  enum class Kind : uint8_t {
    kInvalidSpec,   // the request is malformed or refers to what may not be mounted
    kSetupFailed,   // the kernel refused a step; the message names step and reason
    kUnavailable,   // this host or these privileges cannot isolate; the message names what is missing
    kNotFound,      // no such environment (any more)
    kLauncherGone,  // the launcher process has ended, and every environment with it
    kTimeout,
  };
  SandboxError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace haneul::sandbox
