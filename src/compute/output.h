// Output: what one environment writes to stdout and stderr becomes log events. Splits at line breaks, turns
// the record separator (U+001E, how our runtime clients mark breaks inside one event) back into line breaks,
// and keeps a flood within bounds: an event is cut at 256 KiB, and beyond a byte rate events are dropped and
// counted in an event of their own.
//
// Thread rule: one thread. Pure: time comes with each call.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace haneul::compute {

struct OutputLimits {
  size_t event_bytes_max = 256 * 1024 - 26;  // as CloudWatch Logs counts an event
  uint64_t burst_bytes = 32ULL * 1024 * 1024;
  uint64_t bytes_per_second = 4ULL * 1024 * 1024;
};

class Output {
 public:
  enum class Source { kStdout, kStderr };
  using Emit = std::function<void(std::string event)>;
  Output(OutputLimits limits, Emit emit) : limits_(limits), emit_(std::move(emit)) {}

  void write(Source source, std::string_view bytes, std::chrono::nanoseconds now);
  // Emits what has no line break yet, and the count of dropped events: before END, and when the environment
  // ends.
  void flush(std::chrono::nanoseconds now);

 private:
  void line(std::string_view text, std::chrono::nanoseconds now);
  bool admit(size_t bytes, std::chrono::nanoseconds now);
  void report_dropped();

  OutputLimits limits_;
  Emit emit_;
  std::string partial_[2];
  double tokens_ = -1;  // bytes that may pass now; negative: not started
  std::chrono::nanoseconds refilled_{0};
  uint64_t dropped_events_ = 0;
  uint64_t dropped_bytes_ = 0;
};

// The last bytes of a log, whole lines preferred by nobody: AWS cuts in the middle as well.
class LogTail {
 public:
  static constexpr size_t kBytesMax = 4096;
  void append(std::string_view event);
  std::string take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

}  // namespace haneul::compute
