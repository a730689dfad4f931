// haneul_restore IMAGE [TRY]: the first program of an environment that begins from a memory image. It maps
// the image privately at the old addresses, moves its own vdso to where the image expects it, and jumps to
// where take() (module.cc) was called. It has no library and no privileges: what it maps is the function's
// own.
//
// It lies at an address where programs do not (CMakeLists.txt). Its stack and vdso are placed by chance; when
// they are in the image's way it executes itself again.
#include <asm/prctl.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "image.h"

using namespace haneul::snapshot;

namespace {

constexpr int kFailed = 117;
constexpr char kTriesMax = '9';

struct Range {
  uint64_t begin;
  uint64_t end;
  bool is_system;
};

Header header;
Range own[64];
size_t own_count;
char text[16 * 1024];

struct Arguments {
  uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
};

long call(long number, const Arguments& with) {
  register uint64_t r10 asm("r10") = with.d;
  register uint64_t r8 asm("r8") = with.e;
  register uint64_t r9 asm("r9") = with.f;
  long result = 0;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(with.a), "S"(with.b), "d"(with.c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

uint64_t address(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

size_t length(const char* line) {
  size_t count = 0;
  while (line[count] != 0) ++count;
  return count;
}

[[noreturn]] void fail(const char* reason) {
  constexpr char kWho[] = "haneul_restore: ";
  call(SYS_write, {2, address(kWho), sizeof kWho - 1});
  call(SYS_write, {2, address(reason), length(reason)});
  call(SYS_write, {2, address("\n"), 1});
  for (;;) call(SYS_exit_group, {kFailed});
}

uint64_t read_number(const char*& at) {
  uint64_t value = 0;
  for (;; ++at) {
    if (*at >= '0' && *at <= '9') {
      value = value * 16 + static_cast<uint64_t>(*at - '0');
    } else if (*at >= 'a' && *at <= 'f') {
      value = value * 16 + static_cast<uint64_t>(*at - 'a' + 10);
    } else {
      return value;
    }
  }
}

// "[vdso]", "[vvar]", "[vvar_vclock]"; not "[vsyscall]", which is outside a program's memory.
bool is_of_system(const char* line, const char* end) {
  for (; line < end; ++line) {
    if (line[0] == '[') return line[1] == 'v' && line[2] != 's';
  }
  return false;
}

void read_own_ranges() {
  const long fd = call(SYS_open, {address("/proc/self/maps"), O_RDONLY | O_CLOEXEC});
  if (fd < 0) fail("its own mappings cannot be read");
  size_t count = 0;
  for (long got = 1; got > 0 && count < sizeof text - 1; count += static_cast<size_t>(got)) {
    got = call(SYS_read, {static_cast<uint64_t>(fd), address(text + count), sizeof text - 1 - count});
    if (got < 0) fail("its own mappings cannot be read");
  }
  call(SYS_close, {static_cast<uint64_t>(fd)});
  for (const char* at = text; *at != 0 && own_count < sizeof own / sizeof *own;) {
    const char* end = at;
    while (*end != 0 && *end != '\n') ++end;
    Range& range = own[own_count++];
    range.begin = read_number(at);
    ++at;
    range.end = read_number(at);
    range.is_system = is_of_system(at, end);
    at = *end == 0 ? end : end + 1;
  }
}

void read_header(int fd) {
  auto* bytes = reinterpret_cast<char*>(&header);
  for (size_t count = 0; count < sizeof header;) {
    const long got =
        call(SYS_pread64, {static_cast<uint64_t>(fd), address(bytes + count), sizeof header - count, count});
    if (got <= 0) fail("the image is not whole");
    count += static_cast<size_t>(got);
  }
  if (header.magic != kMagic || header.region_count > kRegionsMax) fail("this is no image");
}

// Where the stack may grow to, or the end of what lies below it.
uint64_t stack_floor(size_t index) {
  const Region& stack = header.regions[index];
  uint64_t floor = stack.end - header.stack_limit;
  if (floor > stack.begin) floor = stack.begin;
  if (index > 0 && header.regions[index - 1].end + kPageBytes > floor) {
    floor = header.regions[index - 1].end + kPageBytes;
    if (floor > stack.begin) floor = stack.begin;
  }
  return floor;
}

bool is_in_the_way(const Range& range) {
  for (size_t i = 0; i < header.region_count; ++i) {
    const Region& region = header.regions[i];
    const uint64_t begin = region.kind == Kind::kStack ? stack_floor(i) : region.begin;
    if (range.begin < region.end && begin < range.end) return true;
  }
  return false;
}

void map(uint64_t begin, uint64_t end, uint32_t protection, uint64_t flags, int fd, uint64_t offset) {
  const long at = call(SYS_mmap, {begin, end - begin, protection, flags, static_cast<uint64_t>(fd), offset});
  if (at != static_cast<long>(begin)) fail("a region of the image cannot be mapped");
}

void fill(const Region& region, int fd) {
  for (uint64_t count = 0; count < region.end - region.begin;) {
    const long got = call(SYS_pread64, {static_cast<uint64_t>(fd), region.begin + count,
                                        region.end - region.begin - count, region.offset + count});
    if (got <= 0) fail("the image is not whole");
    count += static_cast<uint64_t>(got);
  }
}

void map_region(size_t index, int fd) {
  constexpr uint64_t kFresh = MAP_FIXED_NOREPLACE | MAP_NORESERVE | MAP_ANONYMOUS;
  constexpr uint32_t kWritable = PROT_READ | PROT_WRITE;
  const Region& region = header.regions[index];
  const uint64_t begin = region.begin;
  switch (region.kind) {
    case Kind::kBytes:
      return map(begin, region.end, region.protection, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, region.offset);
    case Kind::kReserved: return map(begin, region.end, PROT_NONE, MAP_PRIVATE | kFresh, -1, 0);
    case Kind::kStack: {
      const uint64_t floor = stack_floor(index);
      if (floor < begin) map(floor, begin, kWritable, MAP_PRIVATE | kFresh, -1, 0);
      return map(begin, region.end, region.protection, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, region.offset);
    }
    case Kind::kShared:
      map(begin, region.end, kWritable, MAP_SHARED | kFresh, -1, 0);
      fill(region, fd);
      if (region.protection != kWritable) call(SYS_mprotect, {begin, region.end - begin, region.protection});
      return;
    case Kind::kSystem: return;
  }
}

void move_system() {
  size_t next = 0;
  for (size_t i = 0; i < header.region_count; ++i) {
    const Region& region = header.regions[i];
    if (region.kind != Kind::kSystem) continue;
    while (next < own_count && !own[next].is_system) ++next;
    if (next == own_count || own[next].end - own[next].begin != region.end - region.begin)
      fail("the image is of another kernel");
    const uint64_t bytes = region.end - region.begin;
    const long at =
        call(SYS_mremap, {own[next].begin, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, region.begin});
    if (at != static_cast<long>(region.begin)) fail("this kernel does not let its vdso be moved");
    ++next;
  }
}

[[noreturn]] void again(uint64_t* stack, char tries) {
  if (tries >= kTriesMax) fail("there is no place for the image");
  const auto** argv = reinterpret_cast<const char**>(stack + 1);
  const char next[] = {static_cast<char>(tries + 1), 0};
  const char* arguments[] = {argv[0], argv[1], next, nullptr};
  call(SYS_execve, {address("/proc/self/exe"), address(arguments), address(argv + *stack + 1)});
  fail("it cannot be executed again");
}

}  // namespace

extern "C" [[noreturn]] void haneul_restore_main(uint64_t* stack) {
  const auto** argv = reinterpret_cast<const char**>(stack + 1);
  if (*stack < 2) fail("IMAGE");
  const int fd = static_cast<int>(call(SYS_open, {address(argv[1]), O_RDONLY | O_CLOEXEC}));
  if (fd < 0) fail("there is no image");
  read_header(fd);
  read_own_ranges();
  for (size_t i = 0; i < own_count; ++i) {
    if (is_in_the_way(own[i])) again(stack, *stack > 2 ? argv[2][0] : '0');
  }
  for (size_t i = 0; i < header.region_count; ++i) map_region(i, fd);
  move_system();
  call(SYS_close, {static_cast<uint64_t>(fd)});
  call(SYS_prctl, {PR_SET_NAME, address("python3")});
  if (call(SYS_arch_prctl, {ARCH_SET_FS, header.thread_block}) != 0) fail("the thread's block cannot be set");
  const uint64_t stack_pointer = header.stack_pointer;
  const uint64_t resume_at = header.resume_at;
  asm volatile("mov %0, %%rsp\n\tjmp *%1" : : "r"(stack_pointer), "r"(resume_at));
  __builtin_unreachable();
}

asm(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
    "haneul_restore_main\n");
