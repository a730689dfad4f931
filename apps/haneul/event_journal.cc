#include "event_journal.h"

#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace haneul::app {

namespace fs = std::filesystem;

namespace {

constexpr Milliseconds kHalfOfAge = std::chrono::hours(12);
constexpr const char* kCurrent = "current.jsonl";
constexpr const char* kPrevious = "previous.jsonl";

std::string to_line(const KeptEvent& event) {
  return write_json(Document::Object{{"at", event.at.time_since_epoch().count()},
                                     {"requestId", event.request_id},
                                     {"arn", event.invoked_arn},
                                     {"version", event.version},
                                     {"code", event.code},
                                     {"payload", event.payload}}) +
         "\n";
}

KeptEvent from_line(const Document& line) {
  KeptEvent event;
  event.at = Timestamp(Milliseconds(line.find("at")->as_int()));
  event.request_id = line.string_or("requestId", "");
  event.invoked_arn = line.string_or("arn", "");
  event.version = line.string_or("version", "");
  event.code = line.string_or("code", "");
  event.payload = line.string_or("payload", "");
  return event;
}

}  // namespace

EventJournal::EventJournal(fs::path directory, uint64_t bytes_max, const Clock& clock)
    : directory_(std::move(directory)), bytes_max_(bytes_max), clock_(clock) {
  fs::create_directories(directory_);
  fs::permissions(directory_, fs::perms::owner_all);
  // What an earlier server kept may be as old as can be: it counts as the older half.
  std::error_code none;
  if (fs::exists(directory_ / kCurrent)) fs::rename(directory_ / kCurrent, directory_ / kPrevious, none);
  open_current();
}

void EventJournal::open_current() {
  file_.reset(
      open((directory_ / kCurrent).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!file_) throw std::system_error(errno, std::generic_category(), (directory_ / kCurrent).string());
  bytes_ = 0;
  begun_ = clock_.now();
}

void EventJournal::forget_old(Timestamp now) {
  if (bytes_ < bytes_max_ / 2 && now - begun_ < kHalfOfAge) return;
  fs::rename(directory_ / kCurrent, directory_ / kPrevious);
  open_current();
}

void EventJournal::keep(const KeptEvent& event) {
  const std::string line = to_line(event);
  const std::lock_guard lock(mutex_);
  try {
    if (line.size() > bytes_max_ / 2) return;
    forget_old(clock_.now());
    if (write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
      bytes_ += line.size();
  } catch (const std::exception& error) {
    // An invocation does not fail because its event cannot be kept.
    log_warning("an event is not kept", {{"reason", error.what()}});
  }
}

std::optional<KeptEvent> EventJournal::find(const fs::path& directory, const std::string& request_id) {
  std::optional<KeptEvent> found;
  for (const char* name : {kPrevious, kCurrent}) {
    std::ifstream file(directory / name);
    for (std::string text; std::getline(file, text);) {
      if (text.find(request_id) == std::string::npos) continue;
      try {
        const Document line = parse_json(text);
        if (line.string_or("requestId", "") == request_id) found = from_line(line);
      } catch (const ParseError&) {
        // The last line of a server that was killed.
      }
    }
  }
  return found;
}

Task<compute::InvokeResult> KeepingRunner::invoke(std::shared_ptr<const compute::FunctionImage> image,
                                                  compute::Invocation invocation,
                                                  compute::ConcurrencyLimits limits, compute::LogSink& sink) {
  journal_.keep({.at = SystemClock().now(),
                 .request_id = invocation.request_id.str(),
                 .invoked_arn = invocation.invoked_arn,
                 .version = image->version,
                 .code = fs::path(image->code_directory).filename().string(),
                 .payload = invocation.payload});
  return runner_.invoke(std::move(image), std::move(invocation), limits, sink);
}

}  // namespace haneul::app
