// haneul_zygote: the module with which an interpreter that has loaded the runtime client becomes a zygote.
// Its one function, serve(), forks process 1 of an environment for each order of the launcher, and returns
// only in the main process of such an environment: isolated in full, without privileges, with nothing open
// but its three standard descriptors, and with the function's variables as the result. Uses the stable ABI
// (https://docs.python.org/3/c-api/stable.html): one file for every Python 3.
#define Py_LIMITED_API 0x03090000
#include <Python.h>
//
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/environment_process.h"
#include "sandbox/kernel.h"
#include "sandbox/messages.h"
#include "sandbox/zygote_messages.h"

namespace {

using namespace haneul;
using namespace haneul::sandbox;

struct Setup {
  uint64_t namespace_flags = 0;
  Fd root_template;
  std::optional<SeccompFilter> filter;
};

struct Order {
  std::vector<Fd> fds;  // see ZygoteOrder
  Fd group;
};

// Waits for the launcher's next message; ends the zygote when there is no launcher any more.
Received wait_for_message() {
  Received received;
  pollfd ready{kZygoteControl, POLLIN, 0};
  while (!receive_message(kZygoteControl, received)) {
    if (received.closed) _exit(0);
    poll(&ready, 1, -1);
  }
  return received;
}

void answer(const ZygoteAnswer& answer, std::vector<Fd> fds = {}) {
  const std::string bytes(reinterpret_cast<const char*>(&answer), sizeof answer);
  if (send_message(kZygoteControl, bytes, fds) != 0) _exit(1);
}

Setup receive_setup() {
  Received received = wait_for_message();
  ZygoteSetup head;
  if (received.bytes.size() <= sizeof head || received.fds.size() != 1) _exit(1);
  std::memcpy(&head, received.bytes.data(), sizeof head);
  Setup setup;
  setup.namespace_flags = head.namespace_flags;
  setup.root_template = std::move(received.fds[0]);
  setup.filter.emplace(std::string_view(received.bytes).substr(sizeof head));
  return setup;
}

// Init made itself unreadable; what runs the function must be able to read its own /proc entries. The
// interpreter's own signal settings were reset with the launcher's.
void restore_program() {
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  prctl(PR_SET_NAME, "python3", 0, 0, 0);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

// Runs in process 1, and returns in the main process alone.
EnvironmentSpec become_main(const Setup& setup, Order order) {
  constexpr size_t kNamed = 3;
  const int status = order.fds[0].get();
  std::vector<Fd> entrances;
  for (size_t i = kNamed; i < order.fds.size(); ++i) entrances.push_back(std::move(order.fds[i]));
  const Isolation isolation{*setup.filter, setup.root_template};
  try {
    Assignment assignment = become_environment({isolation, order.fds[1], order.fds[2], entrances, status});
    const Fd input = require_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
    PyOS_BeforeFork();
    const pid_t main_process = require(fork(), "fork");
    if (main_process != 0) supervise(status, main_process);
    PyOS_AfterFork_Child();
    const MainEntry entry{assignment.spec.working_directory.c_str(), status, input.get(),
                          assignment.output.get(), assignment.errors.get()};
    if (const char* step = enter_main(entry)) fail_step(step);
    restore_program();
    return std::move(assignment.spec);
  } catch (const std::exception& error) {
    report_failure(status, error.what());
  }
}

Order take_order() {
  Received received = wait_for_message();
  constexpr size_t kFdsMin = 3;
  ZygoteOrder head;
  if (received.bytes.size() != sizeof head || received.fds.size() < kFdsMin) _exit(1);
  std::memcpy(&head, received.bytes.data(), sizeof head);
  Order order;
  order.fds = std::move(received.fds);
  if (head.has_group != 0) {
    order.group = std::move(order.fds.at(kFdsMin));
    order.fds.erase(order.fds.begin() + kFdsMin);
  }
  return order;
}

PyObject* to_list(const std::vector<std::string>& texts) {
  PyObject* list = PyList_New(0);
  for (const std::string& text : texts) {
    PyObject* bytes = PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
    PyList_Append(list, bytes);
    Py_DecRef(bytes);
  }
  return list;
}

PyObject* serve(PyObject*, PyObject*) {
  const Setup setup = receive_setup();
  answer({.kind = ZygoteAnswer::Kind::kReady});
  for (;;) {
    Order order = take_order();
    try {
      ForkedChild child =
          fork_into(setup.namespace_flags, order.group ? order.group.get() : -1, Parentage::kSibling);
      if (child.pid == 0) return to_list(become_main(setup, std::move(order)).environment);
      std::vector<Fd> fds;
      fds.push_back(std::move(child.pidfd));
      answer({.kind = ZygoteAnswer::Kind::kForked, .pid = child.pid}, std::move(fds));
    } catch (const SandboxError&) {
      answer({.kind = ZygoteAnswer::Kind::kFailed, .error = errno});
    }
  }
}

PyMethodDef methods[] = {{"serve", serve, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "haneul_zygote", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_haneul_zygote() { return PyModule_Create(&definition); }
