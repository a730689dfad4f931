// Python functions in real sandboxes: what a handler sees, answers, logs, and how each failure is reported.
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

class PythonFunction : public EngineTest {};

// The smallest function must work, cold and warm, with the log lines that every tool around Lambda parses.
TEST_F(PythonFunction, AnswersAndReports) {
  const auto image = python(
      "n = 0\ndef handler(event, context):\n  global n\n  n += 1\n  print('hello', event['who'])\n"
      "  return {'n': n, 'text': 'h\u00e9'}\n");
  const InvokeResult cold = invoke(image, R"({"who":"you"})");
  EXPECT_EQ(cold.status, InvokeStatus::kOk) << cold.payload << cold.reason;
  EXPECT_EQ(parse_json(cold.payload).find("n")->as_int(), 1);
  EXPECT_EQ(parse_json(cold.payload).string_or("text", ""), "h\u00e9");
  EXPECT_FALSE(cold.function_error);
  ASSERT_TRUE(cold.init_duration);
  EXPECT_GT(cold.max_memory_mb, 0u);
  const InvokeResult warm = invoke(image, R"({"who":"me"})");
  EXPECT_EQ(parse_json(warm.payload).find("n")->as_int(), 2);
  EXPECT_FALSE(warm.init_duration);
  const auto events = sink_.events();
  ASSERT_EQ(events.size(), 9u) << sink_.text();
  EXPECT_EQ(events[0], "INIT_START Runtime Version: python3.11\n");
  EXPECT_EQ(events[1], "START RequestId: request-1 Version: $LATEST\n");
  EXPECT_EQ(events[2], "hello you\n");
  EXPECT_EQ(events[3], "END RequestId: request-1\n");
  EXPECT_THAT(events[4],
              ContainsRegex("^REPORT RequestId: request-1\tDuration: [0-9.]+ ms\tBilled Duration: [0-9]+ ms\t"
                            "Memory Size: 128 MB\tMax Memory Used: [0-9]+ MB\tInit Duration: [0-9.]+ ms\t\n"
                            "XRAY TraceId: 1-5bef4de7-ad49b0e87f6ef6c87fc2e700\tSegmentId: 9a9197af795a6419"
                            "\tSampled: true\t\n$"));
  EXPECT_THAT(warm.log_tail, StartsWith("START RequestId: request-2"));
  EXPECT_EQ(sink_.stream_count(), 1u);
}

// Functions written for SnapStart register their hooks wherever they run; without a snapshot none is called.
TEST_F(PythonFunction, LoadsWithHooksForSnapshots) {
  const auto image = python(
      "from snapshot_restore_py import register_after_restore, register_before_snapshot\n"
      "ran = []\n"
      "@register_before_snapshot\ndef close():\n  ran.append('close')\n"
      "@register_after_restore\ndef open_again():\n  ran.append('open')\n"
      "register_after_restore(ran.append, 'argument')\n"
      "def handler(event, context):\n  return [ran, close.__name__, open_again.__name__]\n");
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.payload, R"([[], "close", "open_again"])") << result.reason;
}

// Handlers read their context; a missing attribute breaks real programs.
TEST_F(PythonFunction, SeesItsContextAndEnvironment) {
  const auto image = python(
      "import os\n"
      "def handler(event, c):\n"
      "  return [c.function_name, c.memory_limit_in_mb, c.aws_request_id, c.invoked_function_arn, "
      "c.log_group_name,\n"
      "    c.log_stream_name, c.get_remaining_time_in_millis(), c.client_context.custom['k'], "
      "c.client_context.client.app_title,\n"
      "    c.identity.cognito_identity_id, c.function_version, dict(os.environ), os.getcwd()]\n");
  image->variables["COLOUR"] = "blue";
  image->variables["AWS_REGION"] = "never";
  image->credentials = [] {
    return RoleCredentials{"AKIAX", Secret<std::string>("secret"), Secret<std::string>("token"),
                           SystemClock().now() + std::chrono::hours(1)};
  };
  const InvokeResult result = invoke(image);
  ASSERT_EQ(result.status, InvokeStatus::kOk) << result.payload << result.reason;
  const Document out = parse_json(result.payload);
  const auto& list = out.as_array();
  EXPECT_EQ(list[0].as_string(), image->function_name);
  EXPECT_EQ(list[1].as_string(), "128");
  EXPECT_EQ(list[2].as_string(), "request-1");
  EXPECT_EQ(list[3].as_string(), image->function_arn);
  EXPECT_EQ(list[4].as_string(), image->log_group);
  EXPECT_EQ(list[5].as_string(), result.log_stream);
  EXPECT_GT(list[6].as_int(), 1000);
  EXPECT_LE(list[6].as_int(), 3000);
  EXPECT_EQ(list[7].as_string(), "v");
  EXPECT_EQ(list[8].as_string(), "t");
  const Document& env = list[11];
  EXPECT_EQ(env.string_or("COLOUR", ""), "blue");
  EXPECT_EQ(env.string_or("AWS_REGION", ""), "eu-west-1");
  EXPECT_EQ(env.string_or("AWS_SESSION_TOKEN", ""), "token");
  EXPECT_EQ(env.string_or("AWS_LAMBDA_RUNTIME_API", ""), "127.0.0.1:9001");
  EXPECT_EQ(env.string_or("_HANDLER", ""), "app.handler");
  EXPECT_THAT(env.string_or("_X_AMZN_TRACE_ID", ""), HasSubstr("Root=1-5bef4de7"));
  EXPECT_EQ(list[12].as_string(), "/var/task");
}

// An exception reaches the caller as Lambda's error document, without frames of the runtime client.
TEST_F(PythonFunction, ReportsExceptions) {
  const auto image = python("def handler(event, context):\n  raise ValueError('bad thing')\n");
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(result.function_error, "Unhandled");
  EXPECT_EQ(result.error_type, "ValueError");
  const Document document = parse_json(result.payload);
  EXPECT_EQ(document.string_or("errorMessage", ""), "bad thing");
  EXPECT_EQ(document.string_or("requestId", ""), "request-1");
  const auto& trace = document.find("stackTrace")->as_array();
  ASSERT_EQ(trace.size(), 1u) << result.payload;
  EXPECT_THAT(trace[0].as_string(), StartsWith("  File \"/var/task/app.py\", line 2, in handler\n"));
  EXPECT_THAT(sink_.text(), HasSubstr("[ERROR] ValueError: bad thing\nTraceback (most recent call last):\n"));
}

// A report must reach the caller though its text cannot be logged as it is, or has nowhere to go.
TEST_F(PythonFunction, ReportsWhatItCannotLog) {
  const auto image = python(
      "import sys\n"
      "def handler(event, context):\n"
      "  if event['how'] == 'half': raise ValueError('\\ud800 half')\n"
      "  sys.stdout.close()\n"
      "  raise KeyError('closed')\n");
  EXPECT_EQ(invoke(image, R"({"how":"half"})").error_type, "ValueError");
  EXPECT_THAT(sink_.text(), HasSubstr("[ERROR] ValueError: \\ud800 half\n"));
  EXPECT_EQ(invoke(image, R"({"how":"closed"})").error_type, "KeyError");
  EXPECT_THAT(sink_.text(), HasSubstr("[ERROR] KeyError: 'closed'\n"));
}

// Logging is configured as on AWS: level, time, request id; a record of two lines is one event.
TEST_F(PythonFunction, LogsRecords) {
  const auto image = python(
      "import logging\nlog = logging.getLogger()\nlog.setLevel('INFO')\n"
      "def handler(event, context):\n  log.info('two\\nlines')\n");
  invoke(image);
  EXPECT_THAT(sink_.events()[2],
              ContainsRegex("^\\[INFO\\]\t20[0-9-]+T[0-9:]+\\.[0-9]{3}Z\trequest-1\ttwo\nlines\n$"));
  const auto json = function("python3.11", "app.handler",
                             {{"app.py",
                               "import logging\nlog = logging.getLogger('x')\ndef handler(event, context):\n"
                               "  log.debug('no')\n  log.warning('w', extra={'a': 1})\n"}});
  json->log_format = LogFormat::kJson;
  json->application_log_level = "INFO";
  invoke(json);
  const auto events = sink_.events();
  const Document record = parse_json(events[events.size() - 2]);
  EXPECT_EQ(record.string_or("message", ""), "w");
  EXPECT_EQ(record.string_or("level", ""), "WARNING");
  EXPECT_EQ(record.string_or("requestId", ""), "request-2");
  EXPECT_EQ(record.find("a")->as_int(), 1);
}

// Each way in which loading a handler fails has its own type; users search for these words.
TEST_F(PythonFunction, ReportsInitErrors) {
  struct Case {
    std::string handler, code, type, message;
  };
  for (const Case& each : std::initializer_list<Case>{
           {"app.handler", "import nowhere_to_be_found", "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nowhere_to_be_found'"},
           {"other.handler", "", "Runtime.ImportModuleError",
            "Unable to import module 'other': No module named 'other'"},
           {"app.missing", "", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'app'"},
           {"app.handler", "def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"},
           {"nodot", "", "Runtime.MalformedHandlerName", "Bad handler 'nodot'"},
           {"app.handler", "raise KeyError('k')", "KeyError", "'k'"}}) {
    const InvokeResult result = invoke(function("python3.11", each.handler, {{"app.py", each.code}}));
    EXPECT_EQ(result.status, InvokeStatus::kInitError) << each.type;
    EXPECT_EQ(result.error_type, each.type);
    EXPECT_EQ(parse_json(result.payload).string_or("errorType", ""), each.type);
    EXPECT_THAT(parse_json(result.payload).string_or("errorMessage", ""), StartsWith(each.message));
    EXPECT_THAT(sink_.text(), HasSubstr("Phase: init\tStatus: error\tError Type: " + each.type));
    EXPECT_THAT(sink_.text(), HasSubstr("Phase: invoke\tStatus: error\tError Type: " + each.type));
  }
}

// A handler may live in a package, named with dots or slashes; layers and their order must be honoured.
TEST_F(PythonFunction, FindsHandlersAndLayers) {
  const std::string code = "import lib, other\ndef handler(e, c): return [lib.V, other.V]\n";
  for (const char* handler : {"pkg.sub.app.handler", "pkg/sub/app.handler"}) {
    const auto image = function("python3.13", handler, {{"pkg/sub/app.py", code}});
    image->layer_directories = {
        write_files({{"python/lib.py", "V = 1"}, {"python/lib/python3.13/site-packages/other.py", "V = 3"}}),
        write_files({{"python/lib.py", "V = 2"}})};
    const InvokeResult result = invoke(image);
    EXPECT_EQ(result.payload, "[2, 3]") << handler;
    EXPECT_TRUE(image->runtime.substituted);
    EXPECT_THAT(sink_.text(), HasSubstr("python3.11 (in place of python3.13)"));
  }
}

// What cannot be said in JSON is the function's error, not a crash of the runtime.
TEST_F(PythonFunction, ReportsWhatCannotBeMarshalled) {
  const InvokeResult result = invoke(python("def handler(e, c): return {1, 2}\n"));
  EXPECT_EQ(result.error_type, "Runtime.MarshalError");
  EXPECT_THAT(result.payload, HasSubstr("Object of type set is not JSON serializable"));
  const InvokeResult decimal =
      invoke(python("import decimal\ndef handler(e, c): return decimal.Decimal('2.5')\n"));
  EXPECT_EQ(decimal.payload, "2.5");
}

// The SDK is part of Lambda's Python: a function that brings none must find it.
TEST_F(PythonFunction, HasTheSdk) {
  const auto image = python("import boto3\ndef handler(e, c): return boto3.__name__\n");
  image->timeout = std::chrono::seconds(20);
  EXPECT_EQ(invoke(image).payload, "\"boto3\"");
}

// The interpreter starts without its site module: what programs use of it must be there all the same.
TEST_F(PythonFunction, HasWhatSiteProvides) {
  const auto image = function("python3.11", "app.handler",
                              {{"app.py",
                                "import os\ndef handler(e, c):\n  if e.get('q'): exit(5)\n"
                                "  return os.environ.get('HOOKED')\n"},
                               {"hooks/sitecustomize.py", "import os\nos.environ['HOOKED'] = 'yes'\n"}});
  EXPECT_EQ(invoke(image).payload, "null");
  EXPECT_THAT(invoke(image, R"({"q":1})").payload, HasSubstr("exit status 5"));
  const auto hooked = std::make_shared<FunctionImage>(*image);
  hooked->revision = "2";
  hooked->variables["PYTHONPATH"] = "/var/task/hooks:/var/runtime";
  EXPECT_EQ(invoke(hooked).payload, "\"yes\"");
}

}  // namespace
}  // namespace haneul::compute::test
