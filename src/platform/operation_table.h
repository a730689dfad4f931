// OperationTable: every operation that a service implements, with what the pipeline must know about it as
// data.
//
//   table.add<op::CreateQueue>({.access = ..., .run = bind_run(this, &Sqs::create_queue)});
//   table.add_parking<op::GetObject>({.access = ..., .effect = Effect::kReadOnly, .run = ...});
//
// A plain operation is a synchronous function of request and typed input. A parking operation is a coroutine
// that may wait (long poll, invoke, streaming bodies); its effects are awaited for durability the same way.
// Leaving out `access` or `run` does not compile. Built at start, constant afterwards.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/document.h"
#include "model/binding.h"
#include "model/validate.h"
#include "platform/access.h"

namespace haneul::platform {

// kReadOnly: writes nothing and reads durable state, so the answer waits for nothing.
enum class Effect { kReadOnly, kWrite };
// kByResourcePolicy: unsigned requests reach the access check as the anonymous caller (S3 objects, function
// URLs).
enum class Unsigned { kRefused, kByResourcePolicy };

template <class F>
class Required {  // a member that an aggregate must be given
 public:
  template <class G>
    requires std::is_constructible_v<std::function<F>, G>
  Required(G run) : run_(std::move(run)) {}
  const std::function<F>& get() const { return run_; }

 private:
  std::function<F> run_;
};

template <class Op>
struct OperationSpec {
  using Input = typename Op::Input;
  using Output = typename Op::Output;
  Access<Input> access;
  Required<Output(const Request&, const Input&)> run;
  Effect effect = Effect::kWrite;
  Unsigned unsigned_requests = Unsigned::kRefused;
};

template <class Op>
struct ParkingSpec {
  using Input = typename Op::Input;
  using Output = typename Op::Output;
  Access<Input> access;
  Required<Task<Output>(const Request&, const Input&, Exchange&)> run;
  Effect effect = Effect::kWrite;
  Unsigned unsigned_requests = Unsigned::kRefused;
};

// The type-erased form the pipeline runs.
struct RegisteredOperation {
  const model::ServiceModel* service = nullptr;
  const model::OperationModel* model = nullptr;
  Effect effect = Effect::kWrite;
  Unsigned unsigned_requests = Unsigned::kRefused;
  const char* access_free_reason = nullptr;
  size_t body_bytes_max = 16u << 20;  // of a body that is not streamed
  std::function<std::shared_ptr<void>(const Document&)> bind_input;
  std::function<AccessChecks(const Request&, const void*)> access;
  std::function<Document(const Request&, const void*)> run;                    // plain operations
  std::function<Task<Document>(const Request&, const void*, Exchange&)> park;  // parking operations
};

class OperationTable {
 public:
  void add_service(const model::ServiceModel& service);

  template <class Op>
  RegisteredOperation& add(OperationSpec<Op> spec) {
    RegisteredOperation entry = erase<Op>(spec);
    entry.run = [run = spec.run.get()](const Request& request, const void* input) {
      return model::unbind(run(request, *static_cast<const typename Op::Input*>(input)));
    };
    return insert(std::move(entry));
  }

  template <class Op>
  RegisteredOperation& add_parking(ParkingSpec<Op> spec) {
    RegisteredOperation entry = erase<Op>(spec);
    entry.park = [run = spec.run.get()](const Request& request, const void* input,
                                        Exchange& exchange) -> Task<Document> {
      co_return model::unbind(
          co_await run(request, *static_cast<const typename Op::Input*>(input), exchange));
    };
    return insert(std::move(entry));
  }

  const RegisteredOperation* find(const model::ServiceModel& service, std::string_view operation) const;
  const model::ServiceModel* service_by_name(std::string_view name) const;  // our folder name
  const std::vector<const model::ServiceModel*>& services() const { return services_; }
  bool implements(const model::ServiceModel& service, std::string_view operation) const;

 private:
  template <class Op, class Spec>
  static RegisteredOperation erase(const Spec& spec) {
    using Input = typename Op::Input;
    RegisteredOperation entry;
    entry.service = &Op::service();
    entry.model = &Op::model();
    entry.effect = spec.effect;
    entry.unsigned_requests = spec.unsigned_requests;
    entry.access_free_reason = spec.access.free_reason();
    entry.bind_input = [](const Document& document) -> std::shared_ptr<void> {
      return std::make_shared<Input>(model::bind<Input>(document));
    };
    entry.access = [access = spec.access](const Request& request, const void* input) {
      return access(request, *static_cast<const Input*>(input));
    };
    return entry;
  }
  RegisteredOperation& insert(RegisteredOperation entry);

  std::vector<const model::ServiceModel*> services_;
  std::map<std::pair<std::string_view, std::string_view>, RegisteredOperation> operations_;
};

// A member function as a `run`: bind_run(this, &Sqs::create_queue).
template <class Service, class Output, class Input>
auto bind_run(Service* self, Output (Service::*function)(const Request&, const Input&)) {
  return [self, function](const Request& request, const Input& input) {
    return (self->*function)(request, input);
  };
}
template <class Service, class Output, class Input>
auto bind_run(Service* self, Task<Output> (Service::*function)(const Request&, const Input&, Exchange&)) {
  return [self, function](const Request& request, const Input& input, Exchange& exchange) {
    return (self->*function)(request, input, exchange);
  };
}

}  // namespace haneul::platform
