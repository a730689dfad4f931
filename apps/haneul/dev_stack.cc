#include "dev_stack.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "base/xml.h"

namespace haneul::app {

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;
constexpr size_t kTemplateBodyBytesMax = 51'200;
constexpr std::chrono::milliseconds kPause(25);

struct Refused : std::runtime_error {
  Refused(std::string code, const std::string& message)
      : std::runtime_error(message), code(std::move(code)) {}
  std::string code;
};

const XmlElement* below(const XmlElement* from, std::initializer_list<std::string_view> path) {
  for (const std::string_view step : path) from = from == nullptr ? nullptr : from->find(step);
  return from;
}

std::string text_of(const XmlElement* from, std::string_view name) {
  const XmlElement* found = below(from, {name});
  return found == nullptr ? std::string() : found->text;
}

XmlElement ask(const Client& client, const std::string& action, const Parameters& parameters) {
  std::string body = "Action=" + action + "&Version=2010-05-15";
  for (const auto& [name, value] : parameters) body += "&" + uri_encode(name) + "=" + uri_encode(value);
  const ClientResponse response =
      client.call({.service = "cloudformation",
                   .body = body,
                   .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}});
  XmlElement answer = parse_xml(response.body);
  if (response.status == 200) return answer;
  const XmlElement* error = answer.find("Error");
  throw Refused(text_of(error, "Code"), text_of(error, "Message"));
}

void require_ok(const ClientResponse& response, const std::string& what) {
  if (response.status < 300) return;
  throw std::runtime_error(fmt::format("{}: {} {}", what, response.status, response.body));
}

std::string lambda_path(const std::string& function, std::string_view rest) {
  return "/2015-03-31/functions/" + uri_encode(function) + std::string(rest);
}

}  // namespace

DevStack::DevStack(const Client& client, std::string name, Parameters parameters)
    : client_(client), name_(std::move(name)), parameters_(std::move(parameters)) {
  const XmlElement who =
      parse_xml(client
                    .call({.service = "sts",
                           .body = "Action=GetCallerIdentity&Version=2011-06-15",
                           .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}})
                    .body);
  const std::string account = text_of(below(&who, {"GetCallerIdentityResult"}), "Account");
  bucket_ = "haneul-dev-" + account + "-" + client.region();
}

void DevStack::make_bucket() {
  ClientRequest request{.method = "PUT", .service = "s3", .path = "/" + bucket_};
  if (client_.region() != "us-east-1") {
    request.body = "<CreateBucketConfiguration><LocationConstraint>" + client_.region() +
                   "</LocationConstraint></CreateBucketConfiguration>";
  }
  const ClientResponse response = client_.call(request);
  if (response.body.find("BucketAlreadyOwnedByYou") == std::string::npos) require_ok(response, bucket_);
}

std::string DevStack::send_package(const std::string& zip) {
  std::string key = name_ + "/" + aws::sha256_hex(zip);
  if (sent_.contains(key)) return key;
  if (sent_.empty()) make_bucket();
  require_ok(client_.call({.method = "PUT", .service = "s3", .path = "/" + bucket_ + "/" + key, .body = zip}),
             key);
  sent_.insert(key);
  return key;
}

std::string DevStack::status() const {
  try {
    const XmlElement answer = ask(client_, "DescribeStacks", {{"StackName", name_}});
    return text_of(below(&answer, {"DescribeStacksResult", "Stacks", "member"}), "StackStatus");
  } catch (const Refused& refused) {
    if (refused.code != "ValidationError") throw;
    return {};
  }
}

DevStack::Outcome DevStack::deploy(const LocalTemplate& local) {
  std::map<std::string, std::string> keys;
  for (const LocalCode& code : local.codes) {
    std::string& key = keys[code.path.string()];
    if (key.empty()) key = send_package(pack(code.path));
  }
  const std::string body = write_json(with_packages(local, bucket_, keys));
  Parameters parameters{{"StackName", name_},
                        {"Capabilities.member.1", "CAPABILITY_IAM"},
                        {"Capabilities.member.2", "CAPABILITY_NAMED_IAM"},
                        {"Capabilities.member.3", "CAPABILITY_AUTO_EXPAND"}};
  if (body.size() <= kTemplateBodyBytesMax) {
    parameters.emplace_back("TemplateBody", body);
  } else {
    const std::string key = send_package(body);
    parameters.emplace_back("TemplateURL",
                            fmt::format("https://{}.s3.{}.amazonaws.com/{}", bucket_, client_.region(), key));
  }
  for (size_t i = 0; i < parameters_.size(); ++i) {
    parameters.emplace_back(fmt::format("Parameters.member.{}.ParameterKey", i + 1), parameters_[i].first);
    parameters.emplace_back(fmt::format("Parameters.member.{}.ParameterValue", i + 1), parameters_[i].second);
  }
  const std::string before = status();
  // What a failed creation left stands in the way of the next.
  if (before == "ROLLBACK_COMPLETE" || before == "ROLLBACK_FAILED") {
    ask(client_, "DeleteStack", {{"StackName", name_}});
    while (!status().empty() && !status().ends_with("DELETE_COMPLETE")) std::this_thread::sleep_for(kPause);
  }
  const bool is_new = before.empty() || before.starts_with("ROLLBACK_") || before == "DELETE_COMPLETE";
  const std::string begun_at = format_iso8601_millis(SystemClock().now());
  try {
    ask(client_, is_new ? "CreateStack" : "UpdateStack", parameters);
  } catch (const Refused& refused) {
    if (std::string_view(refused.what()).starts_with("No updates are to be performed"))
      return Outcome::kUnchanged;
    throw;
  }
  wait_until_it_stands(begun_at);
  return is_new ? Outcome::kCreated : Outcome::kUpdated;
}

void DevStack::wait_until_it_stands(const std::string& begun_at) const {
  for (;;) {
    const std::string now = status();
    if (now == "CREATE_COMPLETE" || now == "UPDATE_COMPLETE") return;
    if (now.empty() || now.ends_with("_FAILED") || now.ends_with("ROLLBACK_COMPLETE")) {
      throw std::runtime_error("the stack did not come to stand: " + reason_of_failure(begun_at));
    }
    std::this_thread::sleep_for(kPause);
  }
}

// The earliest failure since then is the cause of the others.
std::string DevStack::reason_of_failure(const std::string& begun_at) const {
  const XmlElement answer = ask(client_, "DescribeStackEvents", {{"StackName", name_}});
  const XmlElement* events = below(&answer, {"DescribeStackEventsResult", "StackEvents"});
  std::string reason = "no reason was given";
  if (events == nullptr) return reason;
  for (const XmlElement& event : events->children) {
    if (text_of(&event, "Timestamp") < begun_at) break;
    if (!text_of(&event, "ResourceStatus").ends_with("_FAILED")) continue;
    reason = text_of(&event, "LogicalResourceId") + ": " + text_of(&event, "ResourceStatusReason");
  }
  return reason;
}

std::vector<DeployedFunction> DevStack::functions() const {
  const XmlElement answer = ask(client_, "DescribeStackResources", {{"StackName", name_}});
  const XmlElement* resources = below(&answer, {"DescribeStackResourcesResult", "StackResources"});
  std::vector<DeployedFunction> out;
  if (resources == nullptr) return out;
  for (const XmlElement& each : resources->children) {
    if (text_of(&each, "ResourceType") != "AWS::Lambda::Function") continue;
    DeployedFunction function{.logical_id = text_of(&each, "LogicalResourceId"),
                              .name = text_of(&each, "PhysicalResourceId"),
                              .log_group = {},
                              .url = {}};
    const ClientResponse described = client_.call(
        {.method = "GET", .service = "lambda", .path = lambda_path(function.name, "/configuration")});
    require_ok(described, function.name);
    const Document configuration = parse_json(described.body);
    const Document* logging = configuration.find("LoggingConfig");
    function.log_group = "/aws/lambda/" + function.name;
    if (logging != nullptr) function.log_group = logging->string_or("LogGroup", function.log_group);
    const ClientResponse url =
        client_.call({.method = "GET",
                      .service = "lambda",
                      .path = "/2021-10-31/functions/" + uri_encode(function.name) + "/url"});
    if (url.status == 200) function.url = parse_json(url.body).string_or("FunctionUrl", "");
    out.push_back(std::move(function));
  }
  return out;
}

void DevStack::send_code(const std::string& function, const std::string& zip) const {
  const Document input = Document::Object{{"ZipFile", base64_encode(zip)}};
  require_ok(client_.call({.method = "PUT",
                           .service = "lambda",
                           .path = lambda_path(function, "/code"),
                           .body = write_json(input),
                           .headers = {{"Content-Type", "application/json"}}}),
             function);
}

}  // namespace haneul::app
