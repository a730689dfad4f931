// The stack behind haneul dev: sent to the server as any client would send it, and waited for.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "client.h"
#include "dev_package.h"

namespace haneul::app {

struct DeployedFunction {
  std::string logical_id;
  std::string name;
  std::string log_group;
  std::string url;  // of its function URL, or empty
};

class DevStack {
 public:
  DevStack(const Client& client, std::string name,
           std::vector<std::pair<std::string, std::string>> parameters);

  enum class Outcome { kCreated, kUpdated, kUnchanged };
  // Sends packages that the server has not, then the template; waits until the stack stands. Throws
  // std::runtime_error with the first resource's reason when it does not.
  Outcome deploy(const LocalTemplate& local);
  // The functions of the stack as it stands.
  std::vector<DeployedFunction> functions() const;
  // The code of one function, without its stack: milliseconds instead of an update.
  void send_code(const std::string& function, const std::string& zip) const;
  const std::string& name() const { return name_; }

 private:
  std::string send_package(const std::string& zip);
  void make_bucket();
  std::string status() const;  // empty: there is none
  void wait_until_it_stands(const std::string& begun_at) const;
  std::string reason_of_failure(const std::string& begun_at) const;

  const Client& client_;
  std::string name_;
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::string bucket_;
  std::set<std::string> sent_;
};

}  // namespace haneul::app
