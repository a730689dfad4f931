// The embedded engine: one RocksDB in a directory. A commit is one write batch, written to the log without a
// sync; sync() takes a snapshot of what is ordered and then syncs the log, so the snapshot is exactly what is
// known to be durable.
//
// A key on disk is the byte 0x01 (layout version), the shard (2 bytes, big endian) and the key's bytes;
// values are as given. Checksums are XXH3 and are verified on every read; damage is store::Corrupt. Debian's
// RocksDB ends the process on a full disk, so commits that put ask the SpaceGuard first.
#pragma once

#include <filesystem>
#include <memory>

#include "store/engine.h"
#include "store/space.h"

namespace haneul::store {

struct RocksOptions {
  size_t write_buffer_bytes = 8 << 20;
  size_t block_cache_bytes = 0;  // at most; 0: a 32nd of the machine's memory
  int open_files_max = 1024;
};

// Opens or creates the database in the directory (which exists). The guard outlives the engine. Throws
// Unavailable when the directory cannot be used, Corrupt when the database is damaged.
std::unique_ptr<Engine> open_rocks_engine(const std::filesystem::path& directory, SpaceGuard& space,
                                          const RocksOptions& options = {});

}  // namespace haneul::store
