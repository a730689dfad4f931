// Which interpreter runs a function. Lambda's runtime identifiers name versions that the machine may not
// have: then the machine's own version stands in (for Java the oldest that is new enough: class files run on
// later ones), and the substitution is reported (configuration, INIT_START line), never silent.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace haneul::compute {

enum class RuntimeFamily { kPython, kNode, kProvided, kRuby, kJava };

struct RuntimeChoice {
  RuntimeFamily family = RuntimeFamily::kProvided;
  std::string requested;  // "python3.13"
  std::string actual;     // "python3.11"; equal to requested when nothing is substituted
  bool substituted = false;
  std::string version;      // of the actual one: "3.11", "20"
  std::string interpreter;  // absolute path inside; empty for provided.*
  std::string home;         // of an added runtime: the host's directory that is shown at /var/lang; or empty
};

struct RuntimeRefusal {
  std::string reason;  // fit for InvalidParameterValueException
};

// What this machine has; made once at start. Thread rule: constant after construction.
class RuntimeCatalog {
 public:
  struct Installed {
    RuntimeFamily family;
    std::string version;      // "3.11" for Python, "20" for Node.js, "3.1" for Ruby, "17" for Java
    std::string interpreter;  // absolute path inside
    std::string home = {};    // of an added one
  };
  explicit RuntimeCatalog(std::vector<Installed> installed, std::string added_directory = {})
      : installed_(std::move(installed)), added_directory_(std::move(added_directory)) {}
  // Asks Node.js for its version; the others' files tell. What is added to the directory later, or removed,
  // counts from the next question on.
  static RuntimeCatalog of_this_machine(std::string added_directory = {});

  std::variant<RuntimeChoice, RuntimeRefusal> resolve(std::string_view requested) const;
  const std::vector<Installed>& installed() const { return installed_; }

 private:
  std::vector<Installed> known() const;

  std::vector<Installed> installed_;
  std::string added_directory_;  // nodejs24.x/bin/node; or empty
};

}  // namespace haneul::compute
