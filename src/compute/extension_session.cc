// The Extensions API's rules; see the header. Wording of refusals follows AWS's own server.
#include "compute/extension_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "compute/runtime_replies.h"

namespace haneul::compute {

namespace {

using State = Extension::State;
using Kind = Extension::Kind;

constexpr std::string_view kExtensionPrefix = "/2020-01-01/extension/";
constexpr std::string_view kTelemetryPath = "/2022-07-01/telemetry";
constexpr std::string_view kLogsPath = "/2020-08-15/logs";
constexpr size_t kNameBytesMax = 128;
constexpr size_t kUuidLength = 36;

RuntimeReply forbid(std::string_view type, std::string_view message) { return refuse(403, type, message); }

RuntimeReply wrong_state(const Extension& extension, std::string_view wanted, std::string_view who) {
  return forbid(
      "Extension.InvalidExtensionState",
      fmt::format("State transition from {} to {} failed for extension {}. Error: State transition is "
                  "not allowed",
                  name_of(extension.state), wanted, who));
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::string_view("0123456789abcdefABCDEF").find(text[i]) == text.npos)
      return false;
  }
  return true;
}

// What a registration asks for, or why it is malformed.
struct Registration {
  std::vector<std::string> events;
  std::string malformed;
};

Registration parse_registration(std::string_view body) {
  Registration out;
  try {
    const Document request = parse_json(body);
    if (!request.is_object()) return {{}, "the request is not a JSON object"};
    if (const Document* keys = request.find("configurationKeys");
        keys != nullptr && keys->is_array() && !keys->as_array().empty()) {
      return {{}, "configurationKeys are deprecated; use environment variables instead"};
    }
    const Document* events = request.find("events");
    if (events == nullptr || events->is_null()) return out;
    if (!events->is_array()) return {{}, "events is not a list"};
    for (const Document& each : events->as_array()) {
      if (!each.is_string()) return {{}, "events is not a list of strings"};
      out.events.push_back(each.as_string());
    }
  } catch (const ParseError& error) {
    return {{}, error.what()};
  }
  return out;
}

bool asks_for_account(std::string_view features) {
  for (const std::string_view each : split(features, ',')) {
    if (trim(each) == "accountId") return true;
  }
  return false;
}

RuntimeReply make_event(Document body, std::string event_id) {
  RuntimeReply reply = json_reply(200, std::move(body));
  reply.headers.emplace_back("Lambda-Extension-Event-Identifier", std::move(event_id));
  return reply;
}

Document invoke_event(const Invocation& invocation, Timestamp deadline) {
  Document event = Document::object();
  event.set("eventType", "INVOKE");
  event.set("deadlineMs", deadline.time_since_epoch().count());
  event.set("requestId", invocation.request_id.str());
  event.set("invokedFunctionArn", invocation.invoked_arn);
  Document tracing = Document::object();
  tracing.set("type", "X-Amzn-Trace-Id");
  tracing.set("value", invocation.trace_header);
  event.set("tracing", std::move(tracing));
  return event;
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::kStarted: return "Started";
    case State::kRegistered: return "Registered";
    case State::kReady: return "Ready";
    case State::kRunning: return "Running";
    case State::kInitError: return "InitError";
    case State::kExitError: return "ExitError";
    case State::kLaunchError: return "LaunchError";
    case State::kExited: return "Exited";
  }
  return "";
}

std::vector<std::string_view> events_of(const Extension& extension) {
  std::vector<std::string_view> events;
  if (extension.on_invoke) events.emplace_back("INVOKE");
  if (extension.on_shutdown) events.emplace_back("SHUTDOWN");
  return events;
}

ExtensionSession::ExtensionSession(const FunctionImage& image, Random& random, TelemetryHub& hub,
                                   Observer& observer)
    : image_(image), random_(random), hub_(hub), observer_(observer) {}

bool ExtensionSession::serves(std::string_view path) {
  return path.starts_with(kExtensionPrefix) || path == kTelemetryPath || path == kLogsPath;
}

Extension* ExtensionSession::by_name(std::string_view name) const {
  const auto at = std::find_if(extensions_.begin(), extensions_.end(),
                               [&](const auto& each) { return each->name == name; });
  return at == extensions_.end() ? nullptr : at->get();
}

Extension& ExtensionSession::add(std::string name, Kind kind) {
  auto extension = std::make_unique<Extension>();
  extension->name = std::move(name);
  extension->id = random_.uuid();
  extension->kind = kind;
  extensions_.push_back(std::move(extension));
  return *extensions_.back();
}

void ExtensionSession::expect(const std::string& name) { add(name, Kind::kExternal); }

void ExtensionSession::launch_failed(const std::string& name, std::string error_type) {
  Extension* extension = by_name(name);
  if (extension == nullptr) return;
  extension->state = State::kLaunchError;
  extension->error_type = std::move(error_type);
}

void ExtensionSession::exited(const std::string& name) {
  Extension* extension = by_name(name);
  if (extension == nullptr) return;
  extension->parked = nullptr;
  if (extension->state != State::kInitError && extension->state != State::kExitError)
    extension->state = State::kExited;
}

void ExtensionSession::handle(RuntimeRequest request, Answer answer) {
  const std::string_view path = request.path;
  const bool telemetry = path == kTelemetryPath;
  if (telemetry || path == kLogsPath) {
    if (request.method != "PUT") return void(answer(refuse(405, "NotFound", "no such operation")));
    if (Extension* caller = require_caller(request, answer))
      subscribe(*caller, telemetry ? TelemetryApi::kTelemetry : TelemetryApi::kLogs, request, answer);
    return;
  }
  const std::string_view action = path.substr(kExtensionPrefix.size());
  const std::string_view method = action == "event/next" ? "GET" : "POST";
  const bool is_known =
      action == "event/next" || action == "register" || action == "init/error" || action == "exit/error";
  if (!is_known || request.method != method) {
    answer(refuse(is_known ? 405 : 404, "NotFound", "no such operation in the extensions API"));
    return;
  }
  if (action == "register") return enroll(request, answer);
  Extension* caller = require_caller(request, answer);
  if (caller == nullptr) return;
  if (action == "event/next") return next(*caller, answer);
  report_error(*caller, request, answer);
}

Extension* ExtensionSession::require_caller(const RuntimeRequest& request, const Answer& answer) const {
  const std::string& id = request.extension.identifier;
  if (id.empty()) {
    answer(forbid("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"));
    return nullptr;
  }
  if (!is_uuid(id)) {
    answer(forbid("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"));
    return nullptr;
  }
  const auto at = std::find_if(extensions_.begin(), extensions_.end(), [&](const auto& each) {
    return each->state != State::kStarted && equals_ignore_case(each->id, id);
  });
  if (at == extensions_.end()) {
    answer(forbid("Extension.UnknownExtensionIdentifier", "Unknown extension " + id));
    return nullptr;
  }
  return at->get();
}

void ExtensionSession::enroll(const RuntimeRequest& request, const Answer& answer) {
  const std::string& name = request.extension.name;
  if (name.empty() || name.size() > kNameBytesMax || header_safe(name) != name || !is_valid_utf8(name)) {
    answer(forbid("Extension.InvalidExtensionName",
                  name.empty() ? "Empty extension name" : "Bad extension name"));
    return;
  }
  const Registration wanted = parse_registration(request.body);
  if (!wanted.malformed.empty()) return void(answer(forbid("InvalidRequestFormat", wanted.malformed)));
  Extension* known = by_name(name);
  const bool is_external = known != nullptr && known->kind == Kind::kExternal;
  for (const std::string& event : wanted.events) {
    const bool is_shutdown = event == "SHUTDOWN";
    if (event == "INVOKE" || (is_shutdown && is_external)) continue;
    const char* why = is_shutdown ? "ShutdownEventNotSupportedForInternalExtension" : "ErrorInvalidEventType";
    return void(answer(forbid("Extension.InvalidEventType", event.substr(0, 64) + ": " + why)));
  }
  if (!is_external) {
    if (!is_open_)
      return void(answer(forbid("Extension.RegistrationClosed", "Extension registration closed already")));
    if (known != nullptr)
      return void(
          answer(forbid("Extension.InvalidExtensionState", "Extension with this name already registered")));
    if (extensions_.size() >= kExtensionsMax)
      return void(answer(forbid("Extension.TooManyExtensions",
                                fmt::format("Extension limit ({}) reached", kExtensionsMax))));
    known = &add(name, Kind::kInternal);
  } else if (known->state != State::kStarted) {
    return void(answer(wrong_state(*known, "Registered", name)));
  }
  const auto asked = [&](std::string_view event) {
    return std::find(wanted.events.begin(), wanted.events.end(), event) != wanted.events.end();
  };
  known->on_invoke = asked("INVOKE");
  known->on_shutdown = asked("SHUTDOWN");
  known->state = State::kRegistered;
  Document body = Document::object();
  body.set("functionName", image_.function_name);
  body.set("functionVersion", image_.version);
  body.set("handler", image_.handler);
  if (asks_for_account(request.extension.features)) body.set("accountId", image_.account.str());
  RuntimeReply reply = json_reply(200, std::move(body));
  reply.headers.emplace_back("Lambda-Extension-Identifier", known->id);
  answer(std::move(reply));
  observer_.on_extensions_changed();
}

void ExtensionSession::next(Extension& extension, const Answer& answer) {
  if (extension.undelivered) {
    // It lost its connection before the event arrived, and asks again.
    RuntimeReply reply = *extension.undelivered;
    if (answer(std::move(reply))) extension.undelivered.reset();
    return;
  }
  if (extension.state != State::kRegistered && extension.state != State::kRunning) {
    answer(wrong_state(extension, "Ready", extension.id));
    return;
  }
  extension.state = State::kReady;
  extension.parked = answer;
  observer_.on_extensions_changed();
}

void ExtensionSession::report_error(Extension& extension, const RuntimeRequest& request,
                                    const Answer& answer) {
  const bool is_init = request.path.ends_with("init/error");
  const State wanted = is_init ? State::kInitError : State::kExitError;
  if (request.extension.error_type.empty()) {
    answer(forbid("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found"));
    return;
  }
  if (extension.state == wanted) return void(answer(accepted()));  // only the first one counts
  const bool may = extension.state == State::kRegistered ||
                   (!is_init && (extension.state == State::kReady || extension.state == State::kRunning));
  if (!may) return void(answer(wrong_state(extension, name_of(wanted), extension.id)));
  extension.state = wanted;
  extension.error_type = header_safe(to_valid_utf8(request.extension.error_type.substr(0, 256)));
  extension.parked = nullptr;
  answer(accepted());
  observer_.on_extensions_changed();
}

void ExtensionSession::subscribe(Extension& extension, TelemetryApi api, const RuntimeRequest& request,
                                 const Answer& answer) {
  const std::string name(name_of(api));
  if (!is_init_) {
    answer(forbid(name + ".SubscriptionClosed", name + " API subscription is closed already"));
    return;
  }
  auto wanted = parse_subscription(api, request.body);
  if (!wanted) {
    answer(refuse(wanted.error().status, wanted.error().type, wanted.error().message));
    return;
  }
  const TelemetryHub::Subscribed how = hub_.subscribe(extension.name, *wanted);
  if (how == TelemetryHub::Subscribed::kOtherApi) {
    const char* other = api == TelemetryApi::kLogs ? "Telemetry" : "Logs";
    answer(
        refuse(400, name + ".AccessDenied",
               fmt::format("The extension {} is already subscribed to the {}API. You must either subscribe "
                           "to the LogsAPI or the TelemetryAPI",
                           extension.name, other)));
    return;
  }
  if (how == TelemetryHub::Subscribed::kUnreachable) {
    // As AWS answers where there is no such thing: extensions take it for a warning.
    answer(refuse(202, name + ".NotSupported", name + " API is not supported"));
    return;
  }
  if (how == TelemetryHub::Subscribed::kTooMany) {
    answer(forbid(name + ".TooManySubscriptions",
                  fmt::format("Subscription limit ({}) reached", TelemetryHub::kSubscriptionsMax)));
    return;
  }
  answer(json_reply(200, Document("OK")));
  observer_.on_subscribed(extension.name, *wanted, how);
}

bool ExtensionSession::has(Kind kind) const {
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [&](const auto& each) { return each->kind == kind; });
}

bool ExtensionSession::all_registered() const {
  return std::none_of(extensions_.begin(), extensions_.end(),
                      [](const auto& each) { return each->state == State::kStarted; });
}

bool ExtensionSession::all_ready() const {
  return std::all_of(extensions_.begin(), extensions_.end(),
                     [](const auto& each) { return each->state == State::kReady; });
}

bool ExtensionSession::is_invocation_over() const {
  return std::all_of(extensions_.begin(), extensions_.end(), [](const auto& each) {
    return !each->on_invoke || (each->state == State::kReady && !each->undelivered);
  });
}

std::optional<std::string> ExtensionSession::reported_error() const {
  for (const auto& each : extensions_) {
    if (each->state == State::kInitError) return "Extension.InitError";
    if (each->state == State::kExitError) return "Extension.ExitError";
  }
  return std::nullopt;
}

void ExtensionSession::give(Extension& extension, RuntimeReply reply) {
  extension.state = State::kRunning;
  const Answer waiting = std::exchange(extension.parked, {});
  extension.undelivered = std::move(reply);
  if (waiting && waiting(*extension.undelivered)) extension.undelivered.reset();
}

void ExtensionSession::offer(const Invocation& invocation, Timestamp deadline) {
  for (const auto& each : extensions_) {
    if (each->on_invoke && each->state == State::kReady)
      give(*each, make_event(invoke_event(invocation, deadline), random_.uuid()));
  }
}

void ExtensionSession::shut_down(std::string_view reason, Timestamp deadline) {
  Document event = Document::object();
  event.set("eventType", "SHUTDOWN");
  event.set("shutdownReason", reason);
  event.set("deadlineMs", deadline.time_since_epoch().count());
  for (const auto& each : extensions_) {
    const bool listens =
        each->state == State::kReady || each->state == State::kRunning || each->state == State::kRegistered;
    if (each->on_shutdown && listens) give(*each, make_event(event, random_.uuid()));
  }
}

}  // namespace haneul::compute
