#include "options.h"

#include <cstdlib>
#include <stdexcept>

#include <CLI/CLI.hpp>

namespace haneul::load {

namespace {

std::string require_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

}  // namespace

Options read_options(int count, char** arguments) {
  Options options;
  CLI::App app{"Signs requests, sends them over kept connections and prints one JSON line of figures."};
  app.add_option("OPERATION", options.operation, "sts, put, get, dynamodb, invoke, plain, or first")
      ->required()
      ->check(CLI::IsMember({"sts", "put", "get", "dynamodb", "invoke", "plain", "first"}));
  app.add_option("--port", options.port, "Loopback port of the server")->required();
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds);
  app.add_option("--requests", options.requests_max, "Stop after so many");
  app.add_option("--bytes", options.bytes, "Size of an object");
  app.add_option("--keys", options.keys, "Objects or items to spread over")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--bucket", options.bucket);
  app.add_option("--function", options.function);
  app.add_option("--path", options.path, "Path of a plain request");
  app.add_option("--target", options.target, "Operation of DynamoDB");
  app.add_option("--body", options.body,
                 "Request of DynamoDB, in which each KEY stands for the next of so many keys");
  app.add_flag("--scatter", options.scatter, "Take keys in no order, and others in each run");
  app.add_option("--region", options.region);
  app.add_flag("--numbered", options.numbered, "Invoke FUNCTION0, FUNCTION1, ... one after the other");
  app.add_flag("--unsigned", options.unsigned_first, "first: send a plain GET");
  app.add_flag("--stamped", options.stamped,
               "Take the time until the handler's first line, which it answers");
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  options.access_key_id = require_environment("AWS_ACCESS_KEY_ID");
  options.secret_access_key = require_environment("AWS_SECRET_ACCESS_KEY");
  return options;
}

}  // namespace haneul::load
