// What environments do for SnapStart: the one that a version's memory image is taken from, and those that
// begin from it. https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
#include <fmt/format.h>

#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "compute/environment.h"
#include "compute/environment_process.h"

namespace haneul::compute {

namespace {

constexpr std::string_view kRefused = "Runtime.SnapshotError";
constexpr std::string_view kRefusal = "The initialized function cannot be part of a snapshot: ";

RuntimeFault refusal(std::string_view reason) {
  return {error_document(kRefused, fmt::format("{}{}", kRefusal, reason)), std::string(kRefused)};
}

}  // namespace

Task<InitOutcome> Environment::start_for_snapshot(std::chrono::milliseconds limit, SnapshotDraft& draft) {
  beginning_ = Beginning::kSnapshot;
  draft_ = &draft;
  InitOutcome outcome = co_await start(limit, InitPhase::kInit);
  draft_ = nullptr;
  co_return outcome;
}

Task<InitOutcome> Environment::restore(SnapshotPtr snapshot, std::chrono::milliseconds limit) {
  beginning_ = Beginning::kRestored;
  snapshot_ = std::move(snapshot);
  co_return co_await start(limit, InitPhase::kInit);
}

std::string_view Environment::credentials_token() const {
  if (draft_ != nullptr) return draft_->token;
  return snapshot_ ? std::string_view(snapshot_->token) : std::string_view();
}

void Environment::tell_start(InitPhase phase) {
  if (beginning_ == Beginning::kRestored) {
    platform_.restore_start();
  } else {
    platform_.init_start(phase);
  }
}

void Environment::tell_restore(const InitOutcome& outcome) {
  std::optional<InitStatus> failure;
  if (outcome.kind == InitOutcome::Kind::kTimeout) {
    failure = InitStatus::kTimeout;
  } else if (outcome.kind != InitOutcome::Kind::kReady) {
    failure = InitStatus::kError;
  }
  platform_.restore_done(failure, outcome.fault.error_type);
  platform_.restore_report(outcome.duration, failure, outcome.fault.error_type);
  if (process_) process_->hub.end_history();
}

// Their processes would have to be part of it.
bool Environment::refuses_snapshot(const std::vector<std::string>& extensions) {
  if (draft_ == nullptr || extensions.empty()) return false;
  init_fault_ = refusal("it has external extensions");
  return true;
}

// The runtime has said that its image comes. When it does not come whole, the runtime may yet say why.
Task<Environment::Event> Environment::await_image(std::chrono::nanoseconds until) {
  if (!process_->extensions.empty()) {
    init_fault_ = refusal("it has registered an extension");
    co_return Event::kInitError;
  }
  const auto reason = co_await shared_->snapshots.receive(*draft_, *image_, process_->image_listener.get());
  if (!reason) co_return Event::kReady;
  const auto soon = std::min<std::chrono::nanoseconds>(until, now() + std::chrono::seconds(1));
  const Event event = co_await next_event(soon);
  if (event == Event::kInitError || event == Event::kExited) co_return event;
  init_fault_ = refusal(*reason);
  co_return Event::kInitError;
}

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
std::optional<std::string> Environment::credentials(std::string_view authorization) {
  const std::string_view token = credentials_token();
  if (!credentials_ || token.empty() || !aws::constant_time_equal(authorization, token)) return std::nullopt;
  // What is fetched while a snapshot is taken must be fetched again in each environment that begins from it:
  // the SDKs do so shortly before they expire.
  constexpr std::chrono::minutes kSoon{1};
  Timestamp expires = credentials_->expires;
  if (beginning_ == Beginning::kSnapshot)
    expires = std::min(expires, shared_->services.clock.now() + Milliseconds(kSoon));
  Document out = Document::object();
  out.set("AccessKeyId", credentials_->access_key_id);
  out.set("SecretAccessKey", credentials_->secret_access_key.reveal());
  out.set("Token", credentials_->session_token.reveal());
  out.set("Expiration", format_iso8601(expires));
  return write_json(out);
}

// What the restore itself takes is not billed.
void Environment::note_restore(InvokeResult& result, const InitOutcome& outcome) {
  result.restore_duration = outcome.duration;
  result.billed_restore = round_up(outcome.code_duration);
}

InvokeResult Environment::fail_restore(const Invocation& invocation, const InitOutcome& outcome) {
  InvokeResult result = new_result();
  platform_.start(invocation);
  note_restore(result, outcome);
  result.function_error = "Unhandled";
  if (outcome.kind == InitOutcome::Kind::kTimeout) {
    result.status = InvokeStatus::kRestoreTimeout;
    result.error_type = "Lambda.SnapStartTimeoutException";
    result.payload =
        error_document(result.error_type, "Lambda couldn't restore the snapshot within the timeout limit.");
  } else {
    result.status = InvokeStatus::kRestoreError;
    result.error_type = outcome.fault.error_type;
    result.payload =
        outcome.fault.body.empty() ? error_document(result.error_type, outcome.reason) : outcome.fault.body;
  }
  close_log(result, invocation, std::nullopt);
  return result;
}

}  // namespace haneul::compute
