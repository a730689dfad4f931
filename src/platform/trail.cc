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

void set_if(Document& line, std::string_view key, const std::string& value) {
  if (!value.empty()) line.set(key, value);
}

std::string to_line(const RequestFact& fact) {
  Document line = Document::object();
  line.set("time", format_iso8601_millis(fact.at));
  line.set("requestId", fact.id.str());
  set_if(line, "account", fact.account.str());
  set_if(line, "region", fact.region.str());
  line.set("service", fact.service);
  line.set("operation", fact.operation);
  set_if(line, "resource", fact.resource);
  set_if(line, "caller", fact.caller_arn);
  set_if(line, "accessKeyId", fact.access_key_id);
  set_if(line, "sourceIp", fact.source_ip);
  set_if(line, "userAgent", fact.user_agent);
  set_if(line, "traceId", fact.trace_id);
  line.set("readOnly", fact.read_only);
  line.set("inside", fact.inside);
  line.set("status", fact.status);
  set_if(line, "errorCode", fact.error_code);
  set_if(line, "errorMessage", fact.error_message);
  set_if(line, "deniedBecause", fact.denied_because);
  line.set("durationUs", static_cast<int64_t>(fact.duration.count()));
  line.set("bytesIn", fact.bytes_in);
  line.set("bytesOut", fact.bytes_out);
  return write_json(line) + "\n";
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

void Trail::open_day(const std::string& day) {
  if (file_ >= 0) ::close(file_);
  day_ = day;
  const std::string path = (folder_ / (day + ".jsonl")).string();
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

void Trail::record(const RequestFact& fact) {
  std::string line = to_line(fact);
  const std::lock_guard lock(mutex_);
  const std::string day = format_iso8601(fact.at).substr(0, 10);
  if (day != day_ || file_ < 0) open_day(day);
  if (is_torn_) line.insert(line.begin(), '\n');
  const ssize_t written = file_ < 0 ? -1 : ::write(file_, line.data(), line.size());
  const int problem = written < 0 ? errno : ENOSPC;  // a part of a line is written when the disk is full
  is_torn_ = written < 0 ? is_torn_ : written < static_cast<ssize_t>(line.size());
  if (written >= 0 && !is_torn_) return;
  if (fact.at - complained_at_ < std::chrono::minutes(1)) return;
  complained_at_ = fact.at;
  log_error("the trail cannot be written",
            {{"folder", folder_.string()}, {"reason", std::strerror(problem)}});
}

}  // namespace haneul::platform
