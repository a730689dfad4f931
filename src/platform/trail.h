// Trail: one JSON line per request - who, what, when, from where, allowed or why not - in trail/<day>.jsonl
// of the data directory. The line is written to the file before the answer leaves, so a crash of the process
// loses none; the file is synced by the operating system. A trail that cannot be written is reported in the
// log once a minute and never fails a request. Thread rule: any thread; lines are written whole.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "base/clock.h"
#include "platform/facts.h"

namespace haneul::platform {

class Trail {
 public:
  explicit Trail(std::filesystem::path folder);
  ~Trail();
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;
  void subscribe(FactBus& bus);

 private:
  void record(const RequestFact& fact);
  void open_day(std::chrono::sys_days day);
  void write(Timestamp at, std::string& line);
  void complain(Timestamp at, int problem);

  std::filesystem::path folder_;
  std::shared_mutex mutex_;  // of the day and its file; writing them is shared
  std::chrono::sys_days day_{};
  int file_ = -1;
  std::atomic<bool> is_torn_ = false;  // the last line is there in part
  std::mutex complaint_;
  Timestamp complained_at_{};
};

}  // namespace haneul::platform
