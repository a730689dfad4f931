// Trail: one JSON line per request - who, what, when, from where, allowed or why not - in trail/<day>.jsonl
// of the data directory. The line is written to the file before the answer leaves, so a crash of the process
// loses none; the file is synced by the operating system. A trail that cannot be written is reported in the
// log once a minute and never fails a request. Thread rule: any thread; lines are written whole.
#pragma once

#include <filesystem>
#include <mutex>
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
  void open_day(const std::string& day);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::string day_;
  int file_ = -1;
  bool is_torn_ = false;  // the last line is there in part
  Timestamp complained_at_{};
};

}  // namespace haneul::platform
