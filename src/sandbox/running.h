// One environment as the launcher keeps it, from clone to the last process reaped.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include <sys/resource.h>

#include "sandbox/cell.h"
#include "sandbox/environment_process.h"
#include "sandbox/messages.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

// A program of an environment with a life of its own.
struct RunningProgram {
  uint64_t serial = 0;       // who asked for it; 0 once answered
  std::vector<Fd> handover;  // for the server: output, errors
  Fd process;                // pidfd, once it is known
};

struct Running {
  EnvironmentId id = 0;
  Life life = Life::kOfMain;
  bool is_guest = false;  // its main process runs a virtual machine
  Cell cell;
  pid_t init_pid = 0;
  Fd init;          // pidfd: readable when process 1 has ended, and with it all others
  Fd main_process;  // pidfd of the main process, once it is known
  pid_t main_pid = 0;
  Fd status;                 // StatusMessage datagrams
  std::vector<Fd> handover;  // for the server: listeners, output, errors
  uint64_t start_serial = 0;
  bool supervised = false;  // process 1 has started the main process
  bool started = false;     // and the main process has told who it is
  std::chrono::steady_clock::time_point start_deadline;
  bool out_of_memory = false;
  std::string failure;
  std::optional<StatusMessage> ended;
  std::map<ProgramId, RunningProgram> programs;
  ProgramId last_program = 0;
  std::vector<StatusMessage> program_news;  // started, failed or ended; the server is to be told
  std::vector<uint64_t> kill_serials;
  std::vector<uint64_t> freeze_serials;
  std::chrono::steady_clock::time_point freeze_deadline;

  void kill_all();     // asks; init becomes readable when it is done
  void read_status();  // takes in everything the environment has said
  Usage usage();
  void note_end(const rusage& used);  // of everything that has been in it
  ExitStatus exit_status();
  ExitStatus exit_status_of(const StatusMessage& program_ended);
  void run(const Request& request);         // gives the order; throws SandboxError
  Fd open_socket() const;                   // TCP, unconnected, in the environment's network
  int process_of(ProgramId program) const;  // its pidfd, or -1

 private:
  Usage last_usage_;  // of its processes, where no group counts
  void hear_of_main(const StatusMessage& message, pid_t sender);
  void hear_of_program(const StatusMessage& message, pid_t sender);
};

// Starts the program in a cell whose process awaits its order, to wait there for launch().
void start_waiting(const Zygote& program, Cell& cell);
// Whether a program that waits in the cell can become this.
bool can_become(const Cell& cell, const EnvironmentSpec& spec);

// Makes the sockets and pipes and gives the cell's process its order; it reports over status.
std::unique_ptr<Running> launch(const EnvironmentSpec& spec, Cell cell);

}  // namespace haneul::sandbox
