#include "debug_option.h"

#include <charconv>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "base/document.h"
#include "dev_package.h"
#include "services/cloudformation/resources/resource_type.h"

namespace haneul::app {

namespace {

constexpr uint16_t kNodePort = 9229;    // where debuggers look by default
constexpr uint16_t kPythonPort = 5678;  // likewise
constexpr uint16_t kRuntimeApiPort = 9001;
constexpr uint16_t kPrivilegedEnd = 1024;

// The port is the same inside, where some are taken.
uint16_t parse_port(std::string_view text, const std::string& written) {
  uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port < kPrivilegedEnd ||
      port == kRuntimeApiPort) {
    throw std::runtime_error("--debug wants FUNCTION=PORT with a port from 1024 on other than 9001, not " +
                             written);
  }
  return port;
}

// What a template says of one of its functions, as far as it can be known before it is deployed.
class TemplateFunctions {
 public:
  TemplateFunctions(const DevOptions& dev, std::string stack)
      : body_(read_local_template(dev.template_file).body), stack_(std::move(stack)) {
    values_["AWS::StackName"] = stack_;
    if (const Document* parameters = body_.find("Parameters")) {
      for (const auto& [name, parameter] : parameters->as_object())
        values_[name] = parameter.string_or("Default", "");
    }
    for (const std::string& each : dev.parameters) {
      const size_t equals = each.find('=');
      if (equals != std::string::npos) values_[each.substr(0, equals)] = each.substr(equals + 1);
    }
  }

  const Document* properties(const std::string& logical_id) const {
    const Document* resource = body_.find("Resources")->find(logical_id);
    if (resource == nullptr || !resource->string_or("Type", "").ends_with("::Function")) return nullptr;
    const Document* found = resource->find("Properties");
    return found == nullptr ? &kNone : found;
  }

  std::string name(const std::string& logical_id, const Document& properties) const {
    const Document* given = properties.find("FunctionName");
    if (given == nullptr) return generated(logical_id);
    if (given->is_string()) return given->as_string();
    if (const Document* parameter = given->find("Ref"); parameter != nullptr && parameter->is_string())
      return value(parameter->as_string(), logical_id);
    if (const Document* text = given->find("Fn::Sub"); text != nullptr && text->is_string())
      return substituted(text->as_string(), logical_id);
    refuse(logical_id);
  }

  std::string runtime(const Document& properties) const {
    if (const std::string own = properties.string_or("Runtime", ""); !own.empty()) return own;
    const Document* globals = body_.find("Globals");
    const Document* common = globals == nullptr ? nullptr : globals->find("Function");
    return common == nullptr ? std::string() : common->string_or("Runtime", "");
  }

 private:
  [[noreturn]] static void refuse(const std::string& logical_id) {
    throw std::runtime_error("--debug " + logical_id +
                             ": its FunctionName is known only when it is deployed: give the name instead");
  }

  std::string generated(const std::string& logical_id) const {
    constexpr size_t kNameMax = 64;
    constexpr size_t kRandom = 13;
    std::string name = cloudformation::generate_name({.property = "FunctionName", .length_max = kNameMax},
                                                     stack_, logical_id, std::string(kRandom, '*'));
    return name.substr(0, name.find('*') + 1);
  }

  std::string value(const std::string& name, const std::string& logical_id) const {
    const auto at = values_.find(name);
    if (at == values_.end() || at->second.empty()) refuse(logical_id);
    return at->second;
  }

  std::string substituted(const std::string& text, const std::string& logical_id) const {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t open = std::min(text.find("${", at), text.size());
      out += text.substr(at, open - at);
      if (open == text.size()) break;
      const size_t close = text.find('}', open);
      if (close == std::string::npos) refuse(logical_id);
      out += value(text.substr(open + 2, close - open - 2), logical_id);
      at = close + 1;
    }
    return out;
  }

  inline static const Document kNone = Document::object();
  Document body_;
  std::string stack_;
  std::map<std::string, std::string> values_;
};

}  // namespace

std::vector<compute::DebugTarget> parse_debug_targets(const std::vector<std::string>& written) {
  std::vector<compute::DebugTarget> out;
  for (const std::string& each : written) {
    const size_t equals = each.rfind('=');
    if (equals == std::string::npos || equals == 0)
      throw std::runtime_error("--debug wants FUNCTION=PORT, not " + each);
    out.push_back({each.substr(0, equals), parse_port(std::string_view(each).substr(equals + 1), each)});
    for (size_t other = 0; other + 1 < out.size(); ++other) {
      if (out[other].port == out.back().port)
        throw std::runtime_error(fmt::format("--debug: port {} is named twice", out.back().port));
    }
  }
  return out;
}

std::vector<std::string> debug_arguments(const DevOptions& dev, const std::string& stack) {
  std::vector<std::string> out;
  if (dev.debug.empty()) return out;
  const TemplateFunctions functions(dev, stack);
  for (const std::string& each : dev.debug) {
    const size_t equals = each.rfind('=');
    const std::string wanted = each.substr(0, equals);
    const Document* properties = functions.properties(wanted);
    const std::string name = properties == nullptr ? wanted : functions.name(wanted, *properties);
    const bool is_python = properties != nullptr && functions.runtime(*properties).starts_with("python");
    uint16_t port = is_python ? kPythonPort : kNodePort;
    if (equals != std::string::npos) port = parse_port(std::string_view(each).substr(equals + 1), each);
    if (equals == std::string::npos && properties == nullptr)
      throw std::runtime_error("--debug " + each + ": the template has no such function: give NAME=PORT");
    out.insert(out.end(), {"--debug", fmt::format("{}={}", name, port)});
  }
  return out;
}

}  // namespace haneul::app
