// The subcommands of haneul beside serve. Each returns the process's exit code and prints for a person; what
// a program reads (env, gaps --json, bill --json) is stable. Errors go to standard error as one sentence.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace haneul::app {

struct CommandOptions {
  std::filesystem::path data;
  std::string region = "us-east-1";
  bool json = false;
};

int command_env(const CommandOptions& options);
int command_status(const CommandOptions& options);

struct LogsOptions {
  std::string function;  // a function's name, or a log group that begins with '/'
  bool follow = false;
  int minutes = 60;  // how far back
};
int command_logs(const CommandOptions& options, const LogsOptions& logs);

struct InvokeOptions {
  std::string function;
  std::string payload = "{}";        // JSON, or @FILE
  std::filesystem::path event_file;  // with the payload; empty: none
  bool is_asynchronous = false;
  std::string qualifier;
};
int command_invoke(const CommandOptions& options, const InvokeOptions& invoke);

struct RuntimesOptions {
  enum class Action { kList, kAdd, kRemove };
  Action action = Action::kList;
  std::string runtime;              // nodejs24.x
  std::filesystem::path directory;  // empty: "runtimes" in the data directory
};
int command_runtimes(const CommandOptions& options, const RuntimesOptions& runtimes);

struct ReplayOptions {
  std::string request_id;
  std::string qualifier;  // empty: what the caller used
};
int command_replay(const CommandOptions& options, const ReplayOptions& replay);

struct DevOptions {
  std::filesystem::path template_file;
  std::string stack;                      // empty: the name of the template's directory
  std::vector<std::string> parameters;    // NAME=VALUE
  std::string listen = "127.0.0.1:4566";  // of a server that is started for it
  std::vector<std::string> debug;         // FUNCTION[=PORT]
  std::vector<std::string> without_enforcement;
};
int command_dev(const CommandOptions& options, const DevOptions& dev);

struct BillOptions {
  std::string month;        // 2026-11; empty: this one
  std::string prices_file;  // empty: the built-in table
};
int command_bill(const CommandOptions& options, const BillOptions& bill);

int command_gaps(const CommandOptions& options);
int command_check(const CommandOptions& options);

std::string read_text_file(const std::filesystem::path& file);  // throws std::runtime_error naming it

}  // namespace haneul::app
