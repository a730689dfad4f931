// haneul: server and command line in one binary. This file reads the command line; system.cc is the wiring
// diagram.

#include <iostream>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "commands.h"
#include "debug_option.h"
#include "installation.h"
#include "sandbox/enforcement.h"
#include "sandbox/launcher.h"
#include "serve.h"

namespace {

using namespace haneul::app;

struct CommandLine {
  ServeOptions serve;
  CommandOptions common;
  LogsOptions logs;
  InvokeOptions invoke;
  BillOptions bill;
  RuntimesOptions runtimes;
  DevOptions dev;
  ReplayOptions replay;
  std::string listen = "127.0.0.1:4566";
  std::vector<std::string> debug;
  bool verbose = false;
};

void add_data_option(CLI::App* command, CommandLine& line) {
  command->add_option("--data", line.common.data, "Data directory")->capture_default_str();
}

void add_without(CLI::App* command, std::vector<std::string>& words) {
  command
      ->add_option("--without-enforcement", words,
                   "Guarantees that an ordinary user's server may go without, should they not be possible")
      ->delimiter(',')
      ->check(CLI::IsMember(haneul::sandbox::enforcement_words()))
      ->allow_extra_args(false);
}

void add_serve(CLI::App& app, CommandLine& line) {
  CLI::App* serve = app.add_subcommand("serve", "Run the server until SIGINT or SIGTERM");
  add_data_option(serve, line);
  serve->add_option("--listen", line.listen, "ADDRESS:PORT to serve on, HTTP and TLS alike")
      ->capture_default_str();
  serve->add_option("--debug-port", line.serve.debug_port,
                    "Loopback port of the debug pages (0: any free one)");
  serve->add_option("--bootstrap", line.serve.bootstrap_file,
                    "YAML file of accounts, users and keys to make");
  serve->add_option("--runtimes", line.serve.runtimes,
                    "Directory of the runtime clients (default: beside the binary)");
  serve->add_option("--added-runtimes", line.serve.added_runtimes,
                    "Directory of added runtimes (default: in the data directory)");
  serve
      ->add_option("--keep-events", line.serve.keep_events_mib,
                   "MiB of functions' events to keep for haneul replay, for a day at most (default: none)")
      ->check(CLI::Range(0, 65536));
  serve
      ->add_option("--account-concurrency", line.serve.account_concurrency,
                   "Invocations of functions at once, in each account and region")
      ->check(CLI::Range(200, 100000))
      ->capture_default_str();
  serve->add_flag("--throttle-tables", line.serve.throttle_tables,
                  "Refuse what exceeds the capacity of DynamoDB's tables (default: nothing is throttled)");
  serve->add_option("--node-sdk", line.serve.node_sdk, "Directory with node_modules for Node.js functions");
  add_without(serve, line.serve.without_enforcement);
  serve
      ->add_option("--isolation", line.serve.isolation,
                   "What divides functions: process, microvm (refused where no guest boots), or "
                   "microvm-emulated (the same without KVM: slow, for tests)")
      ->check(CLI::IsMember({"process", "microvm", "microvm-emulated"}))
      ->capture_default_str();
  serve->add_option("--guest-kernel", line.serve.guest_kernel,
                    "Directory of an unpacked kernel package for virtual machines (default: /)");
  serve
      ->add_option("--debug", line.debug,
                   "FUNCTION=PORT: it waits for a debugger on this loopback port; as often as needed")
      ->allow_extra_args(false);
  serve->add_flag("--verbose", line.verbose, "Log what happens, not only what goes wrong");
}

void add_commands(CLI::App& app, CommandLine& line) {
  CLI::App* env =
      app.add_subcommand("env", "Print export lines for the AWS CLI and SDKs: eval \"$(haneul env)\"");
  add_data_option(env, line);
  env->add_option("--region", line.common.region, "Region to work in")->capture_default_str();

  CLI::App* status = app.add_subcommand("status", "Show whether a server runs, where, and how it does");
  add_data_option(status, line);
  status->add_flag("--json", line.common.json, "For programs");

  CLI::App* logs = app.add_subcommand("logs", "Show what a function printed");
  add_data_option(logs, line);
  logs->add_option("FUNCTION", line.logs.function, "Function name, or a log group beginning with /")
      ->required();
  logs->add_flag("-f,--follow", line.logs.follow, "Go on until interrupted");
  logs->add_option("--minutes", line.logs.minutes, "How far back")
      ->check(CLI::Range(1, 20160))
      ->capture_default_str();
  logs->add_option("--region", line.common.region, "Region of the function")->capture_default_str();

  CLI::App* invoke = app.add_subcommand("invoke", "Call a function: answer on stdout, log on stderr");
  add_data_option(invoke, line);
  invoke->add_option("FUNCTION", line.invoke.function, "Function name or ARN")->required();
  invoke->add_option("-p,--payload", line.invoke.payload, "JSON, or @FILE")->capture_default_str();
  invoke->add_option("-e,--event", line.invoke.event_file, "File with the event, instead of a payload");
  invoke->add_flag("--async", line.invoke.is_asynchronous, "Do not wait for the answer");
  invoke->add_option("--qualifier", line.invoke.qualifier, "Version or alias");
  invoke->add_option("--region", line.common.region, "Region of the function")->capture_default_str();

  CLI::App* bill = app.add_subcommand("bill", "Show what was used, by service and resource, and its price");
  add_data_option(bill, line);
  bill->add_option("--month", line.bill.month, "For example 2026-11 (default: this month)");
  bill->add_option("--prices", line.bill.prices_file, "Price table (default: the built-in one)");
  bill->add_flag("--json", line.common.json, "For programs");

  CLI::App* gaps = app.add_subcommand("gaps", "List what is not supported, from the models and the code");
  gaps->add_flag("--json", line.common.json,
                 "For programs: implemented and missing operations, refused fields");

  CLI::App* check =
      app.add_subcommand("check", "Check the invariants of a data directory that no server uses");
  add_data_option(check, line);
}

void add_runtimes(CLI::App& app, CommandLine& line) {
  using Action = RuntimesOptions::Action;
  CLI::App* runtimes =
      app.add_subcommand("runtimes", "List the runtimes of functions; add and remove Node.js");
  runtimes->require_subcommand(1);
  const auto add_action = [&](const char* name, const char* text, Action action) {
    CLI::App* command = runtimes->add_subcommand(name, text);
    add_data_option(command, line);
    command->add_option("--directory", line.runtimes.directory,
                        "Where added runtimes are (default: in the data directory)");
    command->callback([&line, action] { line.runtimes.action = action; });
    return command;
  };
  CLI::App* list = add_action("list", "Show which runtime is served by what", Action::kList);
  list->add_flag("--json", line.common.json, "For programs");
  CLI::App* add = add_action("add", "Fetch an exact version of Node.js with npm", Action::kAdd);
  add->add_option("RUNTIME", line.runtimes.runtime, "nodejs18.x to nodejs26.x")->required();
  CLI::App* remove = add_action("remove", "Remove what was added", Action::kRemove);
  remove->add_option("RUNTIME", line.runtimes.runtime, "For example nodejs24.x")->required();
}

void add_replay(CLI::App& app, CommandLine& line) {
  CLI::App* replay = app.add_subcommand("replay", "Give a function an event again that it had before");
  add_data_option(replay, line);
  replay->add_option("REQUEST_ID", line.replay.request_id, "From the function's log")->required();
  replay->add_option("--qualifier", line.replay.qualifier, "Version or alias to give it to instead");
  replay->add_option("--region", line.common.region, "Region of the function")->capture_default_str();
}

void add_dev(CLI::App& app, CommandLine& line) {
  CLI::App* dev = app.add_subcommand("dev", "Deploy a template, send what changes on disk, show logs");
  add_data_option(dev, line);
  dev->add_option("TEMPLATE", line.dev.template_file, "SAM or CloudFormation template")
      ->required()
      ->check(CLI::ExistingFile);
  dev->add_option("--stack", line.dev.stack, "Name of the stack (default: of the template's directory)");
  dev->add_option("--parameter", line.dev.parameters, "NAME=VALUE, as often as needed");
  dev->add_option("--listen", line.dev.listen, "ADDRESS:PORT of the server, when none runs yet")
      ->capture_default_str();
  dev->add_option("--debug", line.dev.debug,
                  "FUNCTION[=PORT], by name or logical id: it waits for a debugger; as often as needed")
      ->allow_extra_args(false);
  add_without(dev, line.dev.without_enforcement);
  dev->add_option("--region", line.common.region, "Region of the stack")->capture_default_str();
}

bool read_listen(CommandLine& line) {
  const size_t colon = line.listen.rfind(':');
  if (colon == std::string::npos) return false;
  line.serve.address = line.listen.substr(0, colon);
  if (line.serve.address.starts_with('[')) line.serve.address = line.serve.address.substr(1, colon - 2);
  const int port = std::atoi(line.listen.c_str() + colon + 1);
  if (port < 0 || port > 65535 || line.listen.size() == colon + 1) return false;
  line.serve.port = static_cast<uint16_t>(port);
  return true;
}

int run(CLI::App& app, CommandLine& line) {
  if (line.verbose) haneul::set_log_level(haneul::LogLevel::kInfo);
  line.serve.data = line.common.data;
  if (app.got_subcommand("serve")) {
    if (!read_listen(line)) throw std::runtime_error("--listen wants ADDRESS:PORT, not " + line.listen);
    line.serve.debug = parse_debug_targets(line.debug);
    return serve(line.serve);
  }
  if (app.got_subcommand("env")) return command_env(line.common);
  if (app.got_subcommand("status")) return command_status(line.common);
  if (app.got_subcommand("logs")) return command_logs(line.common, line.logs);
  if (app.got_subcommand("invoke")) return command_invoke(line.common, line.invoke);
  if (app.got_subcommand("bill")) return command_bill(line.common, line.bill);
  if (app.got_subcommand("dev")) return command_dev(line.common, line.dev);
  if (app.got_subcommand("replay")) return command_replay(line.common, line.replay);
  if (app.got_subcommand("runtimes")) return command_runtimes(line.common, line.runtimes);
  if (app.got_subcommand("gaps")) return command_gaps(line.common);
  return command_check(line.common);
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto code = haneul::sandbox::run_launcher_command(argc, argv)) return *code;
  CLI::App app{"Haneul, the serverless cloud you own: AWS serverless applications on machines you control."};
  app.require_subcommand(1);
  CommandLine line;
  line.common.data = default_data_directory();
  add_serve(app, line);
  add_commands(app, line);
  add_runtimes(app, line);
  add_dev(app, line);
  add_replay(app, line);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(app, line);
  } catch (const std::exception& error) {
    std::cerr << "haneul: " << error.what() << "\n";
    return 1;
  }
}
