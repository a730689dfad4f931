#include "services/lambda/urls/door.h"

#include <algorithm>

#include "gen/lambda/schema.h"
#include "platform/body.h"
#include "services/lambda/invoker.h"
#include "services/lambda/limits.h"
#include "services/lambda/ops/invoke_input.h"
#include "services/lambda/urls/address.h"
#include "services/lambda/urls/answer.h"
#include "services/lambda/urls/cors.h"
#include "services/lambda/urls/event.h"

namespace haneul::lambda {

using platform::HttpRequest;
using platform::HttpResponse;
using platform::RoutedRequest;

namespace {

constexpr size_t kPieceBytes = size_t{16} * 1024;
constexpr std::string_view kForbidden =
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

HttpResponse forbidden() {
  HttpResponse response = url_error(403, kForbidden);
  response.headers.add("x-amzn-ErrorType", "AccessDeniedException");
  return response;
}

// What the function streams, behind what of it was read already. A function that fails in the middle cuts the
// answer off, so that its client does not take a part for the whole.
class StreamBody final : public platform::BodyReader {
 public:
  StreamBody(std::shared_ptr<StreamedRun> run, std::string begun)
      : run_(std::move(run)), begun_(std::move(begun)) {}
  StreamBody(const StreamBody&) = delete;
  StreamBody& operator=(const StreamBody&) = delete;
  ~StreamBody() override { run_->pipe->abandon(); }

  Task<size_t> read(std::span<char> out) override {
    if (sent_ < begun_.size()) {
      const size_t count = std::min(out.size(), begun_.size() - sent_);
      std::copy_n(begun_.data() + sent_, count, out.data());
      sent_ += count;
      co_return count;
    }
    const size_t count = co_await run_->pipe->read(out);
    if (count == 0 && (run_->error || run_->result.function_error)) {
      throw platform::BodyError(platform::BodyError::Kind::kCutOff,
                                "the function failed while it streamed: " + run_->result.error_type);
    }
    co_return count;
  }
  std::optional<uint64_t> length() const override { return std::nullopt; }
  const std::string& begun() const { return begun_; }
  void skip(size_t count) { sent_ = count; }

 private:
  std::shared_ptr<StreamedRun> run_;
  std::string begun_;
  size_t sent_ = 0;
};

// Reads until the prelude's end is there, or as little as tells that a body begins.
enum class Prelude { kNo, kYes };
Task<std::string> read_beginning(compute::ResponsePipe& pipe, Prelude prelude) {
  std::string begun;
  std::string piece(kPieceBytes, '\0');
  for (;;) {
    const size_t count = co_await pipe.read(piece);
    begun.append(piece, 0, count);
    const bool is_enough = prelude == Prelude::kNo || begun.find(kPreludeEnd) != std::string::npos;
    if (count == 0 || is_enough || begun.size() > kPreludeBytesMax) co_return begun;
  }
}

}  // namespace

const model::ServiceModel& UrlDoor::service() const { return service_model(); }

bool UrlDoor::takes(const HttpRequest& http) const { return parse_url_host(http.host).has_value(); }

std::optional<UrlDoor::Url> UrlDoor::find(std::string_view host) const {
  const auto named = parse_url_host(host);
  if (!named) return std::nullopt;
  return core_.db.read([&](store::ReadTx& tx) -> std::optional<Url> {
    const auto owner = tx.get(keys::url_id(named->id));
    if (!owner) return std::nullopt;
    Url url{.owner = owner_from(*owner), .record = {}};
    const auto record = tx.get(keys::url(url.owner, url.owner.qualifier));
    if (!record || url.owner.place.region.str() != named->region) return std::nullopt;
    url.record = url_from(*record);
    return url;
  });
}

Task<HttpResponse> UrlDoor::serve(RoutedRequest& routed) {
  routed.fact.operation = "InvokeFunctionUrl";
  const auto url = find(routed.http.host);
  if (!url) co_return forbidden();
  routed.request.account = url->owner.place.account;
  routed.request.region = url->owner.place.region;
  routed.fact.resource = url->owner.qualified_arn();
  const auto& cors = url->record.cors;
  if (cors) {
    if (auto preflight = answer_preflight(*cors, routed.http)) co_return *std::move(preflight);
  }
  HttpResponse response = co_await invoke(routed, *url);
  if (cors) apply_cors(*cors, routed.http, response);
  response.headers.set("x-amzn-RequestId", routed.request.id.str());
  co_return response;
}

bool UrlDoor::may_invoke(RoutedRequest& routed, const Url& url) const {
  platform::AccessCheck check = core_.function_check({}, url.owner).front();
  check.context["lambda:FunctionUrlAuthType"] = {url.record.auth_type};
  check.context["lambda:InvokedViaFunctionUrl"] = {"true"};
  for (const char* action : {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}) {
    check.action = action;
    const platform::Verdict verdict = authorizer_->judge(routed.request, check);
    if (verdict.allowed) continue;
    routed.fact.denied_because = verdict.message;
    routed.fact.error_code = "AccessDeniedException";
    return false;
  }
  return true;
}

Task<HttpResponse> UrlDoor::invoke(RoutedRequest& routed, const Url& url) const {
  const bool is_signed = url.record.auth_type == "AWS_IAM";
  std::string body;
  if (is_signed) {
    body = co_await routed.read_signed_body(kSyncPayloadBytesMax);
    if (routed.request.caller.kind == platform::Caller::Kind::kAnonymous) {
      routed.fact.denied_because = "the request is not signed";
      co_return forbidden();
    }
  }
  if (!may_invoke(routed, url)) co_return forbidden();
  if (!is_signed) body = co_await platform::read_all(*routed.http.body, kSyncPayloadBytesMax);
  compute::Invocation invocation;
  invocation.request_id = routed.request.id;
  invocation.payload = make_url_event({routed.http, routed.request, url.record.id, body});
  if (invocation.payload.size() > kSyncPayloadBytesMax) co_return url_error(413, "Request Entity Too Large");
  invocation.invoked_arn = url.owner.qualified_arn();
  Resolved resolved =
      core_.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, url.owner, core_); });
  invocation.trace_header =
      trace_for(resolved.settings, routed.request.trace_id, trace_decision(routed.request));
  if (url.record.invoke_mode == "RESPONSE_STREAM")
    co_return co_await answer_streamed(std::move(resolved), std::move(invocation));
  co_return answer_buffered(co_await run_invocation(core_, std::move(resolved), std::move(invocation)));
}

Task<HttpResponse> UrlDoor::answer_streamed(Resolved resolved, compute::Invocation invocation) const {
  const auto run = start_streamed(core_, std::move(resolved), std::move(invocation));
  if (!co_await run->pipe->started()) {
    if (run->error) std::rethrow_exception(run->error);
    co_return answer_raw(std::move(run->result));
  }
  const std::string& type = run->pipe->content_type();
  const Prelude prelude = type == kPreludeType ? Prelude::kYes : Prelude::kNo;
  std::string begun = co_await read_beginning(*run->pipe, prelude);
  auto body = std::make_unique<StreamBody>(run, std::move(begun));
  const std::string& bytes = body->begun();
  // Nothing has left yet: an early failure can still be told by its status.
  if (bytes.empty() && (run->error || run->result.function_error)) co_return bad_gateway();
  HttpResponse response;
  if (prelude == Prelude::kYes) {
    const size_t end = bytes.find(kPreludeEnd);
    auto head = answer_prelude(std::string_view(bytes).substr(0, end));
    if (end == std::string::npos || !head) co_return bad_gateway();
    response = *std::move(head);
    body->skip(end + kPreludeEnd.size());
  } else {
    response.headers.add("Content-Type", type);
  }
  response.stream = std::move(body);
  co_return response;
}

}  // namespace haneul::lambda
