// The form of a memory image: what take() (module.cc) writes and haneul_restore (restore.cc) maps. A header
// in whole pages, then the bytes of each region of kind kBytes, page by page. An image is of the machine,
// kernel and programs it was taken with; whoever stores it sees to that (src/compute/snapshots.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace haneul::snapshot {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kMagic = 0x31'67'6d'69'6e'61'68'00;  // "\0hanimg1"
inline constexpr size_t kRegionsMax = 4000;

enum class Kind : uint32_t {
  kBytes,     // private memory with content
  kReserved,  // private memory without access and without content
  kStack,     // as kBytes, below which there is room to grow
  kSystem,    // the kernel's: vdso and what belongs to it
  kShared,    // anonymous memory that is shared with later forks, with content
};

struct Region {
  uint64_t begin;
  uint64_t end;
  uint64_t offset;  // of its bytes in the image
  uint32_t protection;
  Kind kind;
};

struct Header {
  uint64_t magic;
  uint64_t total_bytes;   // of the image
  uint64_t thread_block;  // the FS base
  uint64_t stack_pointer;
  uint64_t resume_at;
  uint64_t stack_limit;  // how far the stack may grow
  uint64_t region_count;
  Region regions[kRegionsMax];
};

constexpr uint64_t whole_pages(uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

}  // namespace haneul::snapshot
