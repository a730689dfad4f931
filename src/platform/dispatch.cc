// Pipeline as Dispatcher: calls made inside the process.

#include "base/value_sink.h"
#include "model/common_errors.h"
#include "platform/body.h"
#include "platform/failures.h"
#include "platform/pipeline.h"
#include "platform/trace.h"

namespace haneul::platform {

namespace {

const model::Member* streaming_member(const model::Shape* shape) {
  if (shape == nullptr) return nullptr;
  for (const model::Member& member : shape->members) {
    if (member.streaming && member.payload) return &member;
  }
  return nullptr;
}

std::unique_ptr<BodyReader> take_stream(const model::Member* member, Document& input) {
  std::string bytes;
  Document* value = member == nullptr ? nullptr : input.find(member->name);
  if (value != nullptr && value->is_blob()) bytes = value->as_blob();
  if (value != nullptr && value->is_string()) bytes = value->as_string();
  if (member != nullptr) input.erase(member->name);
  return std::make_unique<TextReader>(std::move(bytes));
}

Request make_request(const CallContext& context, const RegisteredOperation& operation,
                     const PipelineParts& parts) {
  Request request;
  request.id = RequestId(parts.random.uuid());
  request.service = operation.service;
  request.operation = operation.model;
  request.account = context.account;
  request.region = context.region;
  request.caller = context.caller;
  request.now = parts.clock.now();
  request.trace_id = accept_trace_header(context.trace_id, request.now, parts.random);
  request.source_ip = context.source;
  request.user_agent = context.source;
  return request;
}

RequestFact make_fact(const Request& request, const RegisteredOperation& operation) {
  RequestFact fact;
  fact.id = request.id;
  fact.at = request.now;
  fact.account = request.account;
  fact.region = request.region;
  fact.service = request.service->name;
  fact.operation = operation.model->name;
  fact.caller_arn = request.caller.arn;
  fact.source_ip = request.source_ip;
  fact.user_agent = request.user_agent;
  fact.trace_id = trace_root(request.trace_id);
  fact.read_only = operation.effect == Effect::kReadOnly;
  fact.inside = true;
  return fact;
}

}  // namespace

Task<Document> Pipeline::call(const CallContext& context, std::string_view service,
                              std::string_view operation, Document input) {
  const model::ServiceModel* model = parts_.table.service_by_name(service);
  if (model == nullptr)
    throw model::NotImplemented("This service is not part of Haneul: " + std::string(service));
  const RegisteredOperation* registered = parts_.table.find(*model, operation);
  if (registered == nullptr)
    throw model::NotImplemented(std::string(operation) + " is not implemented by Haneul.");
  const Request request = make_request(context, *registered, parts_);
  RequestFact fact = make_fact(request, *registered);
  const auto started = parts_.clock.monotonic();
  const std::unique_ptr<BodyReader> body = take_stream(streaming_member(registered->model->input), input);
  Exchange exchange;
  exchange.body = body.get();
  Document output;
  std::exception_ptr thrown;
  try {
    output = settle(co_await runner_.run(*registered, request, std::move(input), exchange, fact));
    const model::Member* streamed = streaming_member(registered->model->output);
    if (streamed != nullptr && exchange.response_body) {
      output.set(streamed->name, Blob{co_await read_all(*exchange.response_body, kStreamBytesMax)});
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  fact.duration = std::chrono::duration_cast<std::chrono::microseconds>(parts_.clock.monotonic() - started);
  fact.status = registered->model->http_status;
  if (!thrown) {
    parts_.facts.publish(fact);
    co_return output;
  }
  const model::ServiceError error = to_service_error(*model, request.id, thrown);
  fact.status = error.shape().status;
  fact.error_code = error.shape().code;
  fact.error_message = error.message();
  parts_.facts.publish(fact);
  throw error;
}

}  // namespace haneul::platform
