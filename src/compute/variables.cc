// Environment variables, see the header.
#include "compute/variables.h"

#include <algorithm>
#include <array>
#include <map>

namespace haneul::compute {

namespace {

// The list in the page named above; PATH, LANG, TZ, LD_LIBRARY_PATH, NODE_PATH and PYTHONPATH may be changed
// by the user.
constexpr std::array kReserved{std::string_view("_HANDLER"),
                               std::string_view("_X_AMZN_TRACE_ID"),
                               std::string_view("AWS_DEFAULT_REGION"),
                               std::string_view("AWS_REGION"),
                               std::string_view("AWS_EXECUTION_ENV"),
                               std::string_view("AWS_LAMBDA_FUNCTION_NAME"),
                               std::string_view("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
                               std::string_view("AWS_LAMBDA_FUNCTION_VERSION"),
                               std::string_view("AWS_LAMBDA_INITIALIZATION_TYPE"),
                               std::string_view("AWS_LAMBDA_LOG_GROUP_NAME"),
                               std::string_view("AWS_LAMBDA_LOG_STREAM_NAME"),
                               std::string_view("AWS_ACCESS_KEY"),
                               std::string_view("AWS_ACCESS_KEY_ID"),
                               std::string_view("AWS_SECRET_ACCESS_KEY"),
                               std::string_view("AWS_SESSION_TOKEN"),
                               std::string_view("AWS_LAMBDA_RUNTIME_API"),
                               std::string_view("LAMBDA_TASK_ROOT"),
                               std::string_view("LAMBDA_RUNTIME_DIR")};

using Variables = std::map<std::string, std::string>;

// Gems of layers and of a packaged bundle are found under the version they were made for, and under the one
// that stands in for it.
void put_ruby(Variables& out, const RuntimeChoice& runtime) {
  std::string path;
  for (const std::string& version : {runtime.requested.substr(4), runtime.version}) {
    if (!path.empty() && !runtime.substituted) break;
    if (!path.empty()) path += ':';
    path += "/var/task/vendor/bundle/ruby/" + version + ".0:/opt/ruby/gems/" + version + ".0";
  }
  out["GEM_PATH"] = path;
  out["RUBYLIB"] = "/var/task:/var/runtime/lib:/opt/ruby/lib";
}

void put_common(Variables& out, const RuntimeChoice& runtime) {
  const RuntimeFamily family = runtime.family;
  out["TZ"] = ":UTC";
  out["LANG"] = family == RuntimeFamily::kProvided ? "C.UTF-8" : "en_US.UTF-8";
  out["PATH"] = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin";
  out["LD_LIBRARY_PATH"] =
      "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";
  if (family == RuntimeFamily::kPython) out["PYTHONPATH"] = "/var/runtime";
  if (family == RuntimeFamily::kRuby) put_ruby(out, runtime);
  if (family == RuntimeFamily::kNode) {
    const std::string major = runtime.requested.substr(6, runtime.requested.size() - 8);
    out["NODE_PATH"] =
        "/opt/nodejs/node" + major +
        "/node_modules:/opt/nodejs/node_modules:/mnt/nodejs-sdk/node_modules:/var/runtime:/var/task";
  }
}

void put_defaults(Variables& out, const VariableInputs& inputs) {
  put_common(out, inputs.image.runtime);
  // The X-Ray SDK then logs where there is no segment, instead of failing the function. There is no daemon.
  out["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR";
  if (inputs.has_ca_bundle) {
    // Python clients bring their own list of roots and must be told; OpenSSL and Node.js (started with
    // --use-openssl-ca) read the system's file, which is ours.
    const std::string bundle(kCaBundleInside);
    out["SSL_CERT_FILE"] = bundle;
    out["AWS_CA_BUNDLE"] = bundle;
    out["REQUESTS_CA_BUNDLE"] = bundle;
  }
}

// What is in a snapshot's memory is not renewed with its environments: clients ask the environment's own
// endpoint when they need credentials, and which log is written is not told.
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
void put_snap_start(Variables& out, const VariableInputs& inputs) {
  out.erase("AWS_LAMBDA_LOG_GROUP_NAME");
  out.erase("AWS_LAMBDA_LOG_STREAM_NAME");
  if (!inputs.credentials) return;
  out["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:9001/2021-04-23/credentials";
  out["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = inputs.credentials_token;
}

void put_reserved(Variables& out, const VariableInputs& inputs) {
  const FunctionImage& image = inputs.image;
  out["AWS_LAMBDA_FUNCTION_NAME"] = image.function_name;
  out["AWS_LAMBDA_FUNCTION_VERSION"] = image.version;
  out["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(image.memory_mb);
  out["AWS_LAMBDA_LOG_GROUP_NAME"] = image.log_group;
  out["AWS_LAMBDA_LOG_STREAM_NAME"] = inputs.log_stream;
  out["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:9001";
  out["AWS_LAMBDA_INITIALIZATION_TYPE"] = name_of(inputs.initialization);
  out["AWS_REGION"] = image.region.str();
  out["AWS_DEFAULT_REGION"] = image.region.str();
  out["LAMBDA_TASK_ROOT"] = "/var/task";
  out["LAMBDA_RUNTIME_DIR"] = "/var/runtime";
  out["_HANDLER"] = image.handler;
  if (image.runtime.family != RuntimeFamily::kProvided) {
    out["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + image.runtime.requested;
  }
  if (image.log_format == LogFormat::kJson) {
    out["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
    if (!image.application_log_level.empty()) out["AWS_LAMBDA_LOG_LEVEL"] = image.application_log_level;
  } else {
    out["AWS_LAMBDA_LOG_FORMAT"] = "Text";
  }
  if (inputs.initialization == Initialization::kSnapStart) return put_snap_start(out, inputs);
  if (inputs.credentials) {
    out["AWS_ACCESS_KEY_ID"] = inputs.credentials->access_key_id;
    out["AWS_SECRET_ACCESS_KEY"] = inputs.credentials->secret_access_key.reveal();
    out["AWS_SESSION_TOKEN"] = inputs.credentials->session_token.reveal();
  }
}

std::vector<std::string> to_entries(const Variables& all) {
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

}  // namespace

std::string_view name_of(Initialization initialization) {
  switch (initialization) {
    case Initialization::kOnDemand: return "on-demand";
    case Initialization::kProvisioned: return "provisioned-concurrency";
    case Initialization::kSnapStart: return "snap-start";
  }
  return {};
}

std::vector<std::string> make_start_variables(const RuntimeChoice& runtime) {
  Variables all;
  put_common(all, runtime);
  return to_entries(all);
}

// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html, "Environment variables"
std::vector<std::string> extension_variables(const std::vector<std::string>& all) {
  constexpr std::array kRuntimeOnly{
      std::string_view("AWS_EXECUTION_ENV"),          std::string_view("AWS_LAMBDA_LOG_GROUP_NAME"),
      std::string_view("AWS_LAMBDA_LOG_STREAM_NAME"), std::string_view("AWS_XRAY_CONTEXT_MISSING"),
      std::string_view("AWS_XRAY_DAEMON_ADDRESS"),    std::string_view("LAMBDA_RUNTIME_DIR"),
      std::string_view("LAMBDA_TASK_ROOT"),           std::string_view("_AWS_XRAY_DAEMON_ADDRESS"),
      std::string_view("_AWS_XRAY_DAEMON_PORT"),      std::string_view("_HANDLER")};
  std::vector<std::string> out;
  for (const std::string& each : all) {
    const std::string_view name = std::string_view(each).substr(0, each.find('='));
    if (std::find(kRuntimeOnly.begin(), kRuntimeOnly.end(), name) == kRuntimeOnly.end()) out.push_back(each);
  }
  return out;
}

bool is_reserved_variable(std::string_view name) {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

std::vector<std::string> make_variables(const VariableInputs& inputs) {
  Variables all;
  put_defaults(all, inputs);
  for (const auto& [name, value] : inputs.image.variables) all[name] = value;
  put_reserved(all, inputs);
  return to_entries(all);
}

}  // namespace haneul::compute
