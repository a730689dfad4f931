#include "services/lambda/ops/stream_ops.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "platform/body.h"
#include "protocol/event_stream.h"
#include "services/lambda/ops/invoke_input.h"
#include "services/lambda/recursion.h"

namespace haneul::lambda {

namespace {

constexpr size_t kChunkBytesMax = size_t{64} * 1024;

// The messages of one invocation, made as the client takes them.
class EventBody final : public platform::BodyReader {
 public:
  enum class LogTail { kNo, kYes };
  EventBody(std::shared_ptr<StreamedRun> run, LogTail log_tail) : run_(std::move(run)), log_tail_(log_tail) {}
  EventBody(const EventBody&) = delete;
  EventBody& operator=(const EventBody&) = delete;
  ~EventBody() override { run_->pipe->abandon(); }

  Task<size_t> read(std::span<char> out) override {
    if (sent_ == frame_.size()) {
      sent_ = 0;
      frame_ = co_await next_frame();
    }
    const size_t count = std::min(out.size(), frame_.size() - sent_);
    std::copy_n(frame_.data() + sent_, count, out.data());
    sent_ += count;
    co_return count;
  }
  std::optional<uint64_t> length() const override { return std::nullopt; }

 private:
  Task<std::string> next_frame() {
    std::string chunk(kChunkBytesMax, '\0');
    chunk.resize(co_await run_->pipe->read(chunk));
    if (chunk.empty() && !run_->result.function_error) chunk = next_of_payload();
    if (!chunk.empty())
      co_return encode_event(
          protocol::make_event("PayloadChunk", "application/octet-stream", std::move(chunk)));
    if (is_complete_) co_return std::string();
    is_complete_ = true;
    co_return encode_event(
        protocol::make_event("InvokeComplete", "application/json", write_json(completion())));
  }

  // Of a function that did not stream.
  std::string next_of_payload() {
    std::string out = run_->result.payload.substr(payload_sent_, kChunkBytesMax);
    payload_sent_ += out.size();
    return out;
  }

  Document completion() const {
    const compute::InvokeResult& result = run_->result;
    Document out = Document::object();
    if (run_->error) {
      out.set("ErrorCode", "ServiceException");
      out.set("ErrorDetails", "The function could not be run; the server's log says why.");
      return out;
    }
    if (result.function_error) {
      out.set("ErrorCode", result.error_type.empty() ? *result.function_error : result.error_type);
      out.set("ErrorDetails", result.payload);
    }
    if (log_tail_ == LogTail::kYes) out.set("LogResult", base64_encode(result.log_tail));
    return out;
  }

  std::shared_ptr<StreamedRun> run_;
  LogTail log_tail_;
  std::string frame_;
  size_t sent_ = 0;
  size_t payload_sent_ = 0;
  bool is_complete_ = false;
};

}  // namespace

void StreamOps::register_operations(platform::OperationTable& table) {
  table.add_parking<op::InvokeWithResponseStream>(
      {.access =
           [this](const platform::Request& request, const InvokeWithResponseStreamInput& in) {
             return core_.invoke_check(parse_function(request, in.function_name, in.qualifier));
           },
       .run = platform::bind_run(this, &StreamOps::invoke),
       .effect = platform::Effect::kReadOnly});
}

Task<InvokeWithResponseStreamOutput> StreamOps::invoke(const platform::Request& request,
                                                       const InvokeWithResponseStreamInput& in,
                                                       platform::Exchange& exchange) {
  if (in.tenant_id) throw model::NotImplemented("TenantId is not implemented by Haneul.");
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  compute::Invocation invocation;
  invocation.request_id = request.id;
  invocation.payload = require_payload(in.payload, kSyncPayloadBytesMax);
  invocation.client_context = require_client_context(in.client_context);
  invocation.invoked_arn = ref.qualified_arn();
  Resolved resolved = core_.db.read([&](store::ReadTx& tx) { return resolve_invocation(tx, ref, core_); });
  invocation.trace_header = trace_for(resolved.settings, request.trace_id, trace_decision(request));
  InvokeWithResponseStreamOutput out;
  out.status_code = 204;
  if (in.invocation_type.value_or("RequestResponse") == "DryRun") co_return out;
  if (is_runaway(invocation.trace_header, resolved)) refuse_recursion();
  invocation.trace_header = with_lineage(invocation.trace_header, ref);
  out.status_code = 200;
  out.executed_version = resolved.settings.version;
  out.response_stream_content_type = std::string(protocol::kEventStreamType);
  const auto run = start_streamed(core_, std::move(resolved), std::move(invocation));
  if (!co_await run->pipe->started()) {
    if (run->error) std::rethrow_exception(run->error);
    require_run(run->result);
  }
  const bool wants_tail = in.log_type.value_or("None") == "Tail";
  exchange.response_body =
      std::make_unique<EventBody>(run, wants_tail ? EventBody::LogTail::kYes : EventBody::LogTail::kNo);
  co_return out;
}

}  // namespace haneul::lambda
