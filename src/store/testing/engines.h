// The engines that every test of transactions runs on, behind one face: open, and open again after an end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/memory/memory_engine.h"
#include "store/rocks/rocks_engine.h"
#include "store/testing/temp_directory.h"

namespace haneul::store {

class TestStore {
 public:
  virtual ~TestStore() = default;
  virtual std::unique_ptr<Engine> open() = 0;  // the earlier engine is gone
};

class MemoryTestStore final : public TestStore {
 public:
  std::unique_ptr<Engine> open() override { return std::make_unique<MemoryEngine>(disk_); }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

class RocksTestStore final : public TestStore {
 public:
  RocksTestStore() : space_(directory_.path(), {.ballast_bytes = 0}) {}
  std::unique_ptr<Engine> open() override {
    // A tiny write buffer, so that tables and compactions take part.
    return open_rocks_engine(directory_.path(), space_, {.write_buffer_bytes = 64 << 10});
  }

 private:
  TempDirectory directory_;
  SpaceGuard space_;
};

struct EngineKind {
  const char* name;
  std::function<std::unique_ptr<TestStore>()> make;
};

inline const EngineKind kMemoryKind{"memory", [] { return std::make_unique<MemoryTestStore>(); }};
inline const EngineKind kRocksKind{"rocks", [] { return std::make_unique<RocksTestStore>(); }};

}  // namespace haneul::store
