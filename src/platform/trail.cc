#include "platform/trail.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace haneul::platform {

namespace {

class Line {
 public:
  Line() { sink_->begin_object(0); }
  void add(std::string_view key, std::string_view value) {
    sink_->key(key);
    sink_->text(value);
  }
  void add_if(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, value);
  }
  void add_value(std::string_view key, const Document& value) {
    sink_->key(key);
    write_to(value, *sink_);
  }
  std::string take() {
    sink_->end_object();
    return sink_->take() + "\n";
  }

 private:
  std::unique_ptr<ByteSink> sink_ = json_sink();
};

std::string to_line(const RequestFact& fact) {
  Line line;
  line.add("time", format_iso8601_millis(fact.at));
  line.add("requestId", fact.id.str());
  line.add_if("account", fact.account.str());
  line.add_if("region", fact.region.str());
  line.add("service", fact.service);
  line.add("operation", fact.operation);
  line.add_if("resource", fact.resource);
  line.add_if("caller", fact.caller_arn);
  line.add_if("accessKeyId", fact.access_key_id);
  line.add_if("sourceIp", fact.source_ip);
  line.add_if("userAgent", fact.user_agent);
  line.add_if("traceId", fact.trace_id);
  line.add_value("readOnly", fact.read_only);
  line.add_value("inside", fact.inside);
  line.add_value("status", fact.status);
  line.add_if("errorCode", fact.error_code);
  line.add_if("errorMessage", fact.error_message);
  line.add_if("deniedBecause", fact.denied_because);
  line.add_value("durationUs", static_cast<int64_t>(fact.duration.count()));
  line.add_value("bytesIn", fact.bytes_in);
  line.add_value("bytesOut", fact.bytes_out);
  return line.take();
}

}  // namespace

Trail::Trail(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
}

Trail::~Trail() {
  if (file_ >= 0) ::close(file_);
}

void Trail::subscribe(FactBus& bus) {
  bus.on_request([this](const RequestFact& fact) { record(fact); });
}

void Trail::open_day(std::chrono::sys_days day) {
  if (file_ >= 0) ::close(file_);
  day_ = day;
  const std::string path = (folder_ / (format_iso8601(day).substr(0, 10) + ".jsonl")).string();
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

void Trail::record(const RequestFact& fact) {
  std::string line = to_line(fact);
  const auto day = std::chrono::floor<std::chrono::days>(fact.at);
  {
    const std::shared_lock lock(mutex_);
    if (day == day_ && file_ >= 0) return write(fact.at, line);
  }
  const std::unique_lock lock(mutex_);
  if (day != day_ || file_ < 0) open_day(day);
  if (file_ < 0) return complain(fact.at, errno);
  write(fact.at, line);
}

// Appends of one file are atomic among each other, so the lock is shared: the system lets writers wait for
// one another without putting them to sleep.
void Trail::write(Timestamp at, std::string& line) {
  if (is_torn_.load(std::memory_order_relaxed)) line.insert(line.begin(), '\n');
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) {
    if (is_torn_.load(std::memory_order_relaxed)) is_torn_ = false;
    return;
  }
  if (written >= 0) is_torn_ = true;
  complain(at, written < 0 ? errno : ENOSPC);  // a part of a line is written when the disk is full
}

void Trail::complain(Timestamp at, int problem) {
  const std::lock_guard lock(complaint_);
  if (at - complained_at_ < std::chrono::minutes(1)) return;
  complained_at_ = at;
  log_error("the trail cannot be written",
            {{"folder", folder_.string()}, {"reason", std::strerror(problem)}});
}

}  // namespace haneul::platform
