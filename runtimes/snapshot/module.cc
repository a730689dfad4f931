// haneul_snapshot: with it an interpreter that has initialised a function writes its own memory out, so that
// environments of the same version begin there (docs/adr/0011). take(fd) answers False where it was called,
// when the image is written, and True in each process that restore.cc makes of it. Nothing here needs a
// privilege.
//
// Invariant: whatever can change between save_context and the writing of the page it lies in is not read
// after the return. Uses the stable ABI: one file for every Python 3.
#define Py_LIMITED_API 0x03090000
#include <Python.h>
//
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include <asm/prctl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "image.h"

using namespace haneul::snapshot;

// As setjmp and longjmp, which hide the addresses they keep: haneul_save_context answers 0 where it is
// called, and 1 when the image goes on at haneul_resume.
extern "C" {
struct HaneulContext {
  uint64_t registers[6];  // that a function leaves as they were: rbx, rbp, r12 to r15
  uint64_t stack_pointer;
  uint64_t return_to;
  uint32_t vector_control;
  uint16_t float_control;
};
[[gnu::visibility("hidden")]] HaneulContext haneul_context;
[[gnu::returns_twice, gnu::visibility("hidden")]] int haneul_save_context();
[[gnu::visibility("hidden")]] void haneul_resume();
}

asm(R"(
.text
.hidden haneul_save_context
.globl haneul_save_context
.type haneul_save_context, @function
haneul_save_context:
  lea haneul_context(%rip), %rdi
  mov %rbx, (%rdi)
  mov %rbp, 8(%rdi)
  mov %r12, 16(%rdi)
  mov %r13, 24(%rdi)
  mov %r14, 32(%rdi)
  mov %r15, 40(%rdi)
  lea 8(%rsp), %rax
  mov %rax, 48(%rdi)
  mov (%rsp), %rax
  mov %rax, 56(%rdi)
  stmxcsr 64(%rdi)
  fnstcw 68(%rdi)
  xor %eax, %eax
  ret
.size haneul_save_context, .-haneul_save_context
.hidden haneul_resume
.globl haneul_resume
.type haneul_resume, @function
haneul_resume:
  lea haneul_context(%rip), %rdi
  mov (%rdi), %rbx
  mov 8(%rdi), %rbp
  mov 16(%rdi), %r12
  mov 24(%rdi), %r13
  mov 32(%rdi), %r14
  mov 40(%rdi), %r15
  mov 48(%rdi), %rsp
  ldmxcsr 64(%rdi)
  fldcw 68(%rdi)
  mov $1, %eax
  jmp *56(%rdi)
.size haneul_resume, .-haneul_resume
)");

namespace {

constexpr int kSignals = 64;
constexpr uint64_t kStackLimitMax = 64 << 20;
constexpr uint32_t kRseqSignature = 0x53053053;
constexpr uint32_t kRseqBytes = 32;

struct KernelAction {
  uint64_t words[4];  // handler, flags, restorer, mask
};

// What the kernel knows of a process and a new one does not; part of the image.
struct KernelState {
  KernelAction actions[kSignals + 1];
  stack_t signal_stack;
  uint64_t mask;
  void* robust_list;
  size_t robust_list_bytes;
  int* thread_id_address;
  pid_t pid;
};
KernelState kernel_state;

// Beside the image: shared memory is never merged with a neighbour, so it is known by where it begins.
struct Scratch {
  Header header;
  char maps[256 * 1024];
};

[[noreturn]] void die(const char* reason) {
  [[maybe_unused]] ssize_t ignored = write(2, reason, std::strlen(reason));
  _exit(118);
}

void keep_kernel_state() {
  for (int number = 1; number <= kSignals; ++number)
    syscall(SYS_rt_sigaction, number, nullptr, &kernel_state.actions[number], sizeof(uint64_t));
  sigaltstack(nullptr, &kernel_state.signal_stack);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &kernel_state.mask, sizeof(uint64_t));
  syscall(SYS_get_robust_list, 0, &kernel_state.robust_list, &kernel_state.robust_list_bytes);
  if (prctl(PR_GET_TID_ADDRESS, &kernel_state.thread_id_address, 0, 0, 0) != 0)
    kernel_state.thread_id_address = nullptr;
  kernel_state.pid = getpid();
}

// Unless it is registered, the C library must not look for the processor's number there.
void register_rseq() {
  const auto* offset = static_cast<const ptrdiff_t*>(dlsym(RTLD_DEFAULT, "__rseq_offset"));
  const auto* size = static_cast<const unsigned*>(dlsym(RTLD_DEFAULT, "__rseq_size"));
  if (offset == nullptr || size == nullptr || *size == 0) return;
  auto* area = reinterpret_cast<char*>(__builtin_thread_pointer()) + *offset;
  if (syscall(SYS_rseq, area, kRseqBytes, 0, kRseqSignature) == 0) return;
  constexpr int32_t kRegistrationFailed = -2;
  std::memcpy(area + sizeof(int32_t), &kRegistrationFailed, sizeof kRegistrationFailed);
}

// The end of the new process's heap has nothing to do with the image's: sbrk fails from here on, and malloc
// takes its memory from mmap.
void leave_old_heap() {
  if (auto** end = static_cast<void**>(dlsym(RTLD_DEFAULT, "__curbrk")))
    *end = reinterpret_cast<void*>(~15UL);
}

void give_kernel_state() {
  if (getpid() != kernel_state.pid) die("haneul_snapshot: the process id is not that of the image\n");
  if (kernel_state.thread_id_address != nullptr) syscall(SYS_set_tid_address, kernel_state.thread_id_address);
  syscall(SYS_set_robust_list, kernel_state.robust_list, kernel_state.robust_list_bytes);
  register_rseq();
  leave_old_heap();
  for (int number = 1; number <= kSignals; ++number) {
    if (number != SIGKILL && number != SIGSTOP)
      syscall(SYS_rt_sigaction, number, &kernel_state.actions[number], nullptr, sizeof(uint64_t));
  }
  if ((kernel_state.signal_stack.ss_flags & SS_DISABLE) == 0)
    sigaltstack(&kernel_state.signal_stack, nullptr);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kernel_state.mask, nullptr, sizeof(uint64_t));
}

// A line of /proc/self/maps.
struct Line {
  uint64_t begin = 0;
  uint64_t end = 0;
  char access[5] = {};
  uint64_t inode = 0;
  char name[160] = {};
};

bool read_maps(Scratch& scratch) {
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  size_t count = 0;
  ssize_t got = fd < 0 ? -1 : 1;
  while (got > 0 && count < sizeof scratch.maps - 1) {
    got = read(fd, scratch.maps + count, sizeof scratch.maps - 1 - count);
    if (got > 0) count += static_cast<size_t>(got);
  }
  if (fd >= 0) close(fd);
  scratch.maps[count] = 0;
  return got == 0;
}

// Whether memory without access holds something all the same.
bool is_touched(const Line& line) {
  static unsigned char pages[4096];
  const uint64_t step = sizeof pages * kPageBytes;
  for (uint64_t at = line.begin; at < line.end; at += step) {
    const uint64_t bytes = line.end - at < step ? line.end - at : step;
    if (mincore(reinterpret_cast<void*>(at), bytes, pages) != 0) return true;
    for (uint64_t i = 0; i < bytes / kPageBytes; ++i) {
      if ((pages[i] & 1) != 0) return true;
    }
  }
  return false;
}

const char* refusal_of(const Line& line) {
  static char reason[256];
  const bool is_shared = line.access[3] == 's';
  const bool is_anonymous = std::strncmp(line.name, "/dev/zero", 9) == 0;
  if (!is_shared || is_anonymous || line.access[1] != 'w') return nullptr;
  std::snprintf(reason, sizeof reason, "memory is shared with %s", line.name);
  return reason;
}

Kind kind_of(const Line& line) {
  if (std::strcmp(line.name, "[stack]") == 0) return Kind::kStack;
  if (std::strncmp(line.name, "[v", 2) == 0) return Kind::kSystem;
  if (line.access[3] == 's' && std::strncmp(line.name, "/dev/zero", 9) == 0) return Kind::kShared;
  const bool is_readable = line.access[0] == 'r';
  return is_readable || (line.inode == 0 && is_touched(line)) ? Kind::kBytes : Kind::kReserved;
}

uint32_t protection_of(const Line& line) {
  uint32_t protection = PROT_NONE;
  if (line.access[0] == 'r') protection |= PROT_READ;
  if (line.access[1] == 'w') protection |= PROT_WRITE;
  if (line.access[2] == 'x') protection |= PROT_EXEC;
  return protection;
}

// Why there can be no image, or null.
const char* list_regions(Scratch& scratch) {
  if (!read_maps(scratch)) return "the list of its mappings cannot be read";
  Header& header = scratch.header;
  header.total_bytes = whole_pages(sizeof header);
  for (char* at = scratch.maps; *at != 0;) {
    char* end = std::strchr(at, '\n');
    if (end == nullptr) break;
    *end = 0;
    Line line;
    const int fields = std::sscanf(at, "%lx-%lx %4s %*s %*s %lu %159[^\n]", &line.begin, &line.end,
                                   line.access, &line.inode, line.name);
    at = end + 1;
    if (fields < 4) return "the list of its mappings cannot be read";
    if (line.begin == reinterpret_cast<uint64_t>(&scratch) || std::strcmp(line.name, "[vsyscall]") == 0)
      continue;
    if (const char* reason = refusal_of(line)) return reason;
    if (header.region_count == kRegionsMax) return "its memory has too many regions";
    Region& region = header.regions[header.region_count++];
    region = {line.begin, line.end, 0, protection_of(line), kind_of(line)};
    if (region.kind == Kind::kSystem || region.kind == Kind::kReserved) continue;
    region.offset = header.total_bytes;
    header.total_bytes += region.end - region.begin;
  }
  return nullptr;
}

bool write_all(int fd, const void* bytes, uint64_t count) {
  const char* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t done = write(fd, at, count);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    count -= static_cast<uint64_t>(done);
  }
  return true;
}

bool write_region(int fd, const Region& region) {
  auto* memory = reinterpret_cast<void*>(region.begin);
  const uint64_t bytes = region.end - region.begin;
  const bool is_hidden = (region.protection & PROT_READ) == 0;
  if (is_hidden && mprotect(memory, bytes, PROT_READ) != 0) return false;
  const bool is_written = write_all(fd, memory, bytes);
  if (is_hidden) mprotect(memory, bytes, static_cast<int>(region.protection));
  return is_written;
}

const char* write_image(int fd, Scratch& scratch) {
  const char* lost = "the image could not be handed over";
  static const char padding[kPageBytes] = {};
  if (!write_all(fd, &scratch.header, sizeof scratch.header)) return lost;
  if (!write_all(fd, padding, whole_pages(sizeof scratch.header) - sizeof scratch.header)) return lost;
  for (uint64_t i = 0; i < scratch.header.region_count; ++i) {
    const Region& region = scratch.header.regions[i];
    if (region.offset != 0 && !write_region(fd, region)) return lost;
  }
  return nullptr;
}

bool move(uint64_t from, uint64_t bytes, uint64_t to) {
  return syscall(SYS_mremap, from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == static_cast<long>(to);
}

// A restored process must put its vdso where the image expects it, which kernels can be built to forbid:
// tried here, so that the version fails rather than each of its environments.
bool can_move_system(const Header& header) {
  for (uint64_t i = 0; i < header.region_count; ++i) {
    const Region& region = header.regions[i];
    if (region.kind != Kind::kSystem) continue;
    const uint64_t bytes = region.end - region.begin;
    void* place = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return false;
    const auto beside = reinterpret_cast<uint64_t>(place);
    if (!move(region.begin, bytes, beside)) {
      munmap(place, bytes);
      return false;
    }
    if (!move(beside, bytes, region.begin)) die("haneul_snapshot: the vdso cannot be moved back\n");
  }
  return true;
}

uint64_t stack_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur > kStackLimitMax) return kStackLimitMax;
  return limit.rlim_cur;
}

const char* describe(int fd, Scratch& scratch) {
  Header& header = scratch.header;
  header.magic = kMagic;
  header.stack_pointer = haneul_context.stack_pointer;
  header.resume_at = reinterpret_cast<uint64_t>(&haneul_resume);
  header.stack_limit = stack_limit();
  if (syscall(SYS_arch_prctl, ARCH_GET_FS, &header.thread_block) != 0)
    return "its thread cannot be described";
  if (const char* reason = list_regions(scratch)) return reason;
  if (!can_move_system(header)) return "this kernel does not let the vdso be moved";
  return write_image(fd, scratch);
}

enum class Taken { kWritten, kRestored, kRefused };

[[gnu::noinline]] Taken take_image(int fd, const char** reason) {
  keep_kernel_state();
  void* memory = mmap(nullptr, sizeof(Scratch), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    *reason = "there is not enough memory";
    return Taken::kRefused;
  }
  if (haneul_save_context() != 0) {
    give_kernel_state();
    return Taken::kRestored;
  }
  *reason = describe(fd, *static_cast<Scratch*>(memory));
  munmap(memory, sizeof(Scratch));
  return *reason == nullptr ? Taken::kWritten : Taken::kRefused;
}

bool has_timer() {
  for (const auto which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval timer{};
    if (getitimer(which, &timer) == 0 && (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0))
      return true;
  }
  return false;
}

// take(fd) -> bool. To modules that ask to be told of forks a restored process is the child of one.
PyObject* take(PyObject*, PyObject* arguments) {
  int fd = -1;
  if (PyArg_ParseTuple(arguments, "i", &fd) == 0) return nullptr;
  const char* reason = "a timer runs";
  if (has_timer()) {
    PyErr_SetString(PyExc_RuntimeError, reason);
    return nullptr;
  }
  PyOS_BeforeFork();
  const Taken taken = take_image(fd, &reason);
  if (taken == Taken::kRestored) {
    PyOS_AfterFork_Child();
    return PyBool_FromLong(1);
  }
  PyOS_AfterFork_Parent();
  if (taken == Taken::kWritten) return PyBool_FromLong(0);
  PyErr_SetString(PyExc_RuntimeError, reason);
  return nullptr;
}

PyMethodDef methods[] = {{"take", take, METH_VARARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "haneul_snapshot", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_haneul_snapshot() { return PyModule_Create(&definition); }
