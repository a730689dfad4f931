// ResponsePipe: the bytes of a streamed answer on their way from an execution environment to whoever invoked
// the function. Holds a bounded amount: a function that writes faster than its client reads is made to wait.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
//
// Order: open, write..., finish on the producer's side; started, read... or abandon on the consumer's.
// finish() comes also without open(): then the function did not stream. What is written after finish() or
// abandon() is thrown away. Thread rule: one producer thread (an environment's loop), one consuming
// coroutine; finish() from any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/task/completion.h"
#include "base/task/task.h"

namespace haneul::compute {

class ResponsePipe {
 public:
  static constexpr size_t kHeldBytesMax = size_t{256} * 1024;

  enum class Flow { kGoOn, kWait };

  void open(std::string content_type);
  // kWait: enough is held; `resume` is called once, from the consumer's thread, when there is room again.
  Flow write(std::string_view bytes, std::function<void()> resume);
  void finish();

  // True when the function streams; false when it has ended without.
  Task<bool> started();
  const std::string& content_type() const { return content_type_; }  // once started
  Task<size_t> read(std::span<char> out);  // at least one byte, or 0: finished and all read
  void abandon();
  uint64_t written() const;  // bytes so far, also those thrown away

 private:
  Task<void> wait_for_change(std::unique_lock<std::mutex>& lock);
  void wake(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::string held_;
  size_t taken_ = 0;  // of held_, from its beginning
  std::string content_type_;
  bool is_open_ = false;
  bool is_finished_ = false;
  bool is_abandoned_ = false;
  uint64_t written_ = 0;
  std::function<void()> resume_;
  std::optional<Completion<bool>> waiter_;
};

}  // namespace haneul::compute
