// Splitting and bounding of function output.
#include "compute/output.h"

#include <algorithm>

#include <fmt/format.h>

namespace haneul::compute {

namespace {
constexpr char kRecordSeparator = '\x1e';
}

void Output::write(Source source, std::string_view bytes, std::chrono::nanoseconds now) {
  std::string& partial = partial_[static_cast<size_t>(source)];
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t room = limits_.event_bytes_max - partial.size();
    if (end == std::string_view::npos || end > room) {
      const size_t count = std::min(bytes.size(), room);
      partial.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      if (partial.size() < limits_.event_bytes_max) continue;
    } else {
      partial.append(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    }
    line(partial, now);
    partial.clear();
  }
}

void Output::flush(std::chrono::nanoseconds now) {
  for (std::string& partial : partial_) {
    if (!partial.empty()) line(partial, now);
    partial.clear();
  }
  report_dropped();
}

void Output::line(std::string_view text, std::chrono::nanoseconds now) {
  if (!admit(text.size() + 1, now)) {
    ++dropped_events_;
    dropped_bytes_ += text.size();
    return;
  }
  report_dropped();
  std::string event(text);
  std::replace(event.begin(), event.end(), kRecordSeparator, '\n');
  emit_(std::move(event));
}

bool Output::admit(size_t bytes, std::chrono::nanoseconds now) {
  if (tokens_ < 0) tokens_ = static_cast<double>(limits_.burst_bytes);
  const double elapsed = std::chrono::duration<double>(now - refilled_).count();
  refilled_ = now;
  tokens_ = std::min(static_cast<double>(limits_.burst_bytes),
                     tokens_ + elapsed * static_cast<double>(limits_.bytes_per_second));
  if (tokens_ < static_cast<double>(bytes)) return false;
  tokens_ -= static_cast<double>(bytes);
  return true;
}

void Output::report_dropped() {
  if (dropped_events_ == 0) return;
  emit_(fmt::format(
      "[haneul] {} log events ({} bytes) were dropped: the function writes faster than {} bytes per second",
      dropped_events_, dropped_bytes_, limits_.bytes_per_second));
  dropped_events_ = 0;
  dropped_bytes_ = 0;
}

void LogTail::append(std::string_view event) {
  text_.append(event);
  text_ += '\n';
  if (text_.size() > kBytesMax) text_.erase(0, text_.size() - kBytesMax);
}

}  // namespace haneul::compute
