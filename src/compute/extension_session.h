// ExtensionSession: the state machine of the Lambda Extensions API (2020-01-01) for one start of an execution
// environment, and the doors of the Telemetry and Logs APIs, without any transport. It knows the extensions,
// decides which request is allowed when, and answers each exactly once.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
//
//   (executed) started -> register -> registered -> (next) ready -> event -> running -> (next) ready
//   registered -> init/error | registered, ready, running -> exit/error
//
// Invariant: only who holds an extension's identifier, a random one, speaks for it. Thread rule: one thread
// (the environment's loop); callbacks come from within handle().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "compute/image.h"
#include "compute/runtime_session.h"
#include "compute/telemetry_hub.h"

namespace haneul::compute {

struct Extension {
  enum class Kind { kExternal, kInternal };  // a program of a layer, or a part of the runtime's process
  enum class State { kStarted, kRegistered, kReady, kRunning, kInitError, kExitError, kLaunchError, kExited };
  std::string name;
  std::string id;  // a UUID
  Kind kind = Kind::kInternal;
  State state = State::kStarted;
  bool on_invoke = false;
  bool on_shutdown = false;
  std::string error_type;
  RuntimeSession::Answer parked;
  std::optional<RuntimeReply> undelivered;
};
std::string_view name_of(Extension::State state);                     // "Ready"
std::vector<std::string_view> events_of(const Extension& extension);  // "INVOKE", "SHUTDOWN"

class ExtensionSession {
 public:
  static constexpr size_t kExtensionsMax = 10;

  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void on_extensions_changed() = 0;
    virtual void on_subscribed(const std::string& extension, const TelemetrySubscription& what,
                               TelemetryHub::Subscribed how) = 0;
  };

  ExtensionSession(const FunctionImage& image, Random& random, TelemetryHub& hub, Observer& observer);
  static bool serves(std::string_view path);
  void handle(RuntimeRequest request, RuntimeSession::Answer answer);

  // Names of external ones, before they are executed: what registers under another name is internal.
  void expect(const std::string& name);
  void launch_failed(const std::string& name, std::string error_type);
  void exited(const std::string& name);
  void close_registration() { is_open_ = false; }
  void end_init() { is_init_ = false; }  // no more subscriptions

  bool empty() const { return extensions_.empty(); }
  bool has(Extension::Kind kind) const;
  bool all_registered() const;  // the external ones
  bool all_ready() const;
  bool is_invocation_over() const;
  // "Extension.InitError" and the like: one has reported an error, after which no invocation can go well.
  std::optional<std::string> reported_error() const;
  void offer(const Invocation& invocation, Timestamp deadline);
  void shut_down(std::string_view reason, Timestamp deadline);  // to the external ones that asked for it
  const std::vector<std::unique_ptr<Extension>>& all() const { return extensions_; }

 private:
  using Answer = RuntimeSession::Answer;
  void enroll(const RuntimeRequest& request, const Answer& answer);
  void next(Extension& extension, const Answer& answer);
  void report_error(Extension& extension, const RuntimeRequest& request, const Answer& answer);
  void subscribe(Extension& extension, TelemetryApi api, const RuntimeRequest& request, const Answer& answer);
  Extension* by_name(std::string_view name) const;
  Extension* require_caller(const RuntimeRequest& request, const Answer& answer) const;
  Extension& add(std::string name, Extension::Kind kind);
  void give(Extension& extension, RuntimeReply reply);

  const FunctionImage& image_;
  Random& random_;
  TelemetryHub& hub_;
  Observer& observer_;
  std::vector<std::unique_ptr<Extension>> extensions_;
  bool is_open_ = true;
  bool is_init_ = true;
};

}  // namespace haneul::compute
