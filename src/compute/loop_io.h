// Small pieces of input and output on a loop, with Asio behind them: a timer that can be taken back, a pipe
// that is read as it fills, and the resolver's UDP socket. Thread rule: created, used and destroyed on the
// loop's thread; callbacks come there, none after destruction.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "base/task/loops.h"

namespace haneul::compute {

class LoopTimer {
 public:
  explicit LoopTimer(Loop& loop);
  ~LoopTimer();
  void arm(std::chrono::milliseconds delay, std::function<void()> due);  // replaces an earlier one
  void cancel();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class PipeReader {
 public:
  PipeReader(Loop& loop, Fd pipe, std::function<void(std::string_view)> take);
  ~PipeReader();
  // Takes what is in the pipe now, at most a bounded amount: a writer that never stops must not hold up the
  // loop.
  void drain();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class DnsResponder {
 public:
  DnsResponder(Loop& loop, Fd socket);
  ~DnsResponder();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace haneul::compute
