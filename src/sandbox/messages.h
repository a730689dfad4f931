// Requests and replies between server and launcher: one datagram each (SOCK_SEQPACKET), file descriptors
// beside it. serial pairs a reply with its request; 0 marks an event that nobody asked for (the end of an
// environment).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/capabilities_report.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

constexpr size_t kMessageBytesMax = 160 * 1024;
constexpr size_t kPassedFdsMax = 40;

struct Request {
  // kWait is the launcher's own, to process 1 of an environment: start a program that waits. kRun goes on to
  // process 1 as it is, with the program's number.
  enum class Verb : uint8_t { kStart = 1, kFreeze, kThaw, kKill, kUsage, kSignal, kWait, kRun, kSocket };
  uint64_t serial = 0;
  Verb verb = Verb::kStart;
  EnvironmentId id = 0;
  int32_t signal_number = 0;
  ProgramId program = 0;  // kSignal and kRun
  EnvironmentSpec spec;   // kStart, kWait, and of kRun: argv, environment, working_directory
};

struct Reply {
  // kStarted answers kStart; kOpened has kRun's outputs or kSocket's socket. kProgramEnded is an event like
  // kExited.
  enum class Kind : uint8_t { kDone = 1, kFailed, kExited, kHello, kStarted, kOpened, kProgramEnded };
  uint64_t serial = 0;
  Kind kind = Kind::kDone;
  EnvironmentId id = 0;
  int32_t pid = 0;
  ProgramId program = 0;
  Origin origin = Origin::kExecuted;
  SandboxError::Kind error = SandboxError::Kind::kSetupFailed;
  std::string message;
  ExitStatus status;                 // kExited, kProgramEnded; status.usage also answers kUsage
  SandboxCapabilities capabilities;  // kHello
  std::vector<Fd> fds;  // not part of the bytes: listeners, then standard output, then standard error
};

std::string key_of(const Zygote& zygote);  // equal for equal zygotes only
std::string encode(const Request& request);
std::string encode(const Reply& reply);
Request decode_request(std::string_view bytes);  // throws kInvalidSpec
Reply decode_reply(std::string_view bytes);

// Returns 0 or the errno value. EAGAIN means the peer does not keep up.
int send_message(int socket, const std::string& bytes, const std::vector<Fd>& fds);
// Returns whether a message came; false at the end of the connection or when there is nothing to read
// (EAGAIN).
struct Received {
  std::string bytes;
  std::vector<Fd> fds;
  pid_t sender = 0;  // when the socket has SO_PASSCRED
  bool closed = false;
};
bool receive_message(int socket, Received& out);

}  // namespace haneul::sandbox
