// Java functions in real sandboxes: handlers of every form, context, class path, errors, logs, memory, the
// archive of classes. The functions are those of tests/functions/java.
#include <fstream>
#include <sstream>

#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Files files_below(const fs::path& directory) {
  Files files;
  for (const auto& each : fs::recursive_directory_iterator(directory)) {
    if (each.is_regular_file()) files[fs::relative(each.path(), directory)] = read_file(each.path());
  }
  return files;
}

class JavaFunction : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> java(const std::string& handler) {
    const auto image = function("java17", "example.Functions" + handler, files_below(HANEUL_TEST_FUNCTIONS));
    image->memory_mb = 256;
    image->timeout = std::chrono::seconds(30);
    return image;
  }
};

// The two interfaces and methods of every documented signature.
TEST_F(JavaFunction, AnswersInEveryStyle) {
  const auto orders = java("$Orders");
  const std::string event =
      R"({"items":[{"name":"n","count":2,"size":"LARGE","unknown":1},{"count":3}],"paid":true})";
  const std::string first = R"("first":{"name":"n","count":2,"size":"LARGE"},"paid":true,"calls":)";
  EXPECT_EQ(invoke(orders, event).payload, R"({"count":5,)" + first + "1}");
  EXPECT_EQ(invoke(orders, event).payload, R"({"count":5,)" + first + "2}");
  EXPECT_EQ(invoke(java("$Bytes"), "[1]").payload, "<[1]>");
  EXPECT_EQ(invoke(java("::upper"), "\"\u00e9a\"").payload, "\"\u00c9A\"");
  EXPECT_EQ(invoke(java("::sum"), "[1,2,3]").payload, "6");
  EXPECT_EQ(invoke(java("::copy"), R"({"a":1})").payload, R"({"a":1})");
  EXPECT_EQ(invoke(java("::quiet")).payload, "null");
}

// Every member that the documentation lists, and the trace header where the X-Ray SDK looks for it.
TEST_F(JavaFunction, PassesTheWholeContext) {
  const auto image = java("::context");
  const Document got = parse_json(invoke(image).payload);
  EXPECT_EQ(got.string_or("awsRequestId", ""), "request-1");
  EXPECT_EQ(got.string_or("logGroupName", ""), image->log_group);
  EXPECT_THAT(got.string_or("logStreamName", ""), HasSubstr("[$LATEST]"));
  EXPECT_EQ(got.string_or("functionName", ""), image->function_name);
  EXPECT_EQ(got.string_or("functionVersion", ""), "$LATEST");
  EXPECT_EQ(got.string_or("invokedFunctionArn", ""), image->function_arn);
  EXPECT_EQ(got.string_or("identity", ""), "null");
  EXPECT_EQ(write_json(*got.find("custom")), R"({"k":"v"})");
  EXPECT_EQ(write_json(*got.find("environment")), "{}");
  EXPECT_EQ(got.string_or("appTitle", ""), "t");
  EXPECT_GT(got.find("remaining")->as_int(), 0);
  EXPECT_EQ(got.find("memory")->as_int(), 256);
  EXPECT_TRUE(got.find("logger")->as_bool());
  EXPECT_THAT(got.string_or("traceProperty", ""), HasSubstr("Root=1-5bef4de7"));
  EXPECT_EQ(got.string_or("traceId", "a"), got.string_or("traceProperty", "b"));
}

// The variables that the documentation lists for every managed runtime.
TEST_F(JavaFunction, SetsTheDocumentedVariables) {
  const auto image = java("::variables");
  image->variables["MINE"] = "1";
  const Document got = parse_json(invoke(image).payload);
  for (const char* name :
       {"_HANDLER", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "LD_LIBRARY_PATH", "TZ", "MINE"}) {
    EXPECT_NE(got.find(name), nullptr) << name;
  }
  EXPECT_EQ(got.string_or("AWS_EXECUTION_ENV", ""), "AWS_Lambda_java17");
}

// Type, message and the function's own frames; the process of an error of the JVM ends.
TEST_F(JavaFunction, ReportsErrors) {
  const InvokeResult thrown = invoke(java("::divide"), R"({"by":0})");
  EXPECT_EQ(thrown.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(thrown.error_type, "java.lang.IllegalArgumentException");
  EXPECT_THAT(thrown.payload,
              HasSubstr(R"({"errorMessage":"by zero","errorType":"java.lang.IllegalArgumentException",)"
                        R"("stackTrace":["example.Functions.divide(Functions.java:)"));
  EXPECT_THAT(thrown.payload, testing::Not(HasSubstr("haneul")));
  EXPECT_THAT(sink_.text(), HasSubstr("by zero: java.lang.IllegalArgumentException\n"));
  EXPECT_THAT(sink_.text(), HasSubstr("Caused by: java.lang.ArithmeticException: inner\n"));
  const InvokeResult unreadable = invoke(java("::upper"), R"({"not":"text"})");
  EXPECT_EQ(unreadable.error_type, "java.lang.RuntimeException");
  EXPECT_THAT(unreadable.payload, HasSubstr(R"("errorMessage":"An error occurred during JSON parsing")"));
  const auto deep = java("::recurse");
  EXPECT_EQ(invoke(deep, "0").error_type, "java.lang.StackOverflowError");
  const uint64_t before = engine_->status().cold_starts;
  EXPECT_EQ(invoke(deep, "0").error_type, "java.lang.StackOverflowError");
  EXPECT_EQ(engine_->status().cold_starts, before + 1);
  EXPECT_EQ(invoke(java("::fill")).error_type, "java.lang.OutOfMemoryError");
}

// A wrong name is told at each invocation, failing code of the function is an init error, as on AWS.
TEST_F(JavaFunction, ReportsWhatCannotBeLoaded) {
  const InvokeResult missing = invoke(java("Missing"));
  EXPECT_EQ(missing.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(missing.payload, R"({"errorMessage":"Class not found: example.FunctionsMissing",)"
                             R"("errorType":"java.lang.ClassNotFoundException"})");
  EXPECT_THAT(invoke(java("::nothing")).payload,
              HasSubstr("No public method named nothing with appropriate method signature"));
  EXPECT_THAT(invoke(java("$NoHandler")).payload,
              HasSubstr("Class does not implement an appropriate handler interface: "));
  const InvokeResult constructor = invoke(java("$BadConstructor"));
  EXPECT_EQ(constructor.status, InvokeStatus::kInitError);
  EXPECT_EQ(constructor.error_type, "java.lang.IllegalStateException");
  const InvokeResult start = invoke(java("$BadStart"));
  EXPECT_EQ(start.status, InvokeStatus::kInitError);
  EXPECT_THAT(start.payload, HasSubstr(R"("errorMessage":"Error loading class example.Functions$BadStart)"));
}

// Code for a later version than the machine's fails as a JVM fails.
TEST_F(JavaFunction, RefusesLaterClassFiles) {
  const auto image = java("$Bytes");
  const fs::path file = fs::path(image->code_directory) / "example/Functions$Bytes.class";
  std::string bytes = read_file(file);
  bytes[7] = 120;  // the major version
  std::ofstream(file, std::ios::binary) << bytes;
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.error_type, "java.lang.UnsupportedClassVersionError");
  EXPECT_THAT(result.payload, HasSubstr("Error loading class example.Functions$Bytes"));
}

// One call is one event, in both forms, with levels.
TEST_F(JavaFunction, LogsInBothForms) {
  invoke(java("::log"));
  EXPECT_THAT(sink_.events(),
              testing::IsSupersetOf({"a\nb\n", "[DEBUG] c\n", "[WARN] d\n", "e\nf\n", "g\n"}));
  const auto json = java("::log");
  json->log_format = LogFormat::kJson;
  json->application_log_level = "WARN";
  const size_t before = sink_.events().size();
  invoke(json);
  const auto events = sink_.events();
  std::vector<Document> records;
  for (size_t i = before; i < events.size(); ++i) {
    if (events[i].find("AWSRequestId") != std::string::npos) records.push_back(parse_json(events[i]));
  }
  ASSERT_EQ(records.size(), 2u) << sink_.text();
  EXPECT_EQ(records[0].string_or("message", ""), "a\nb");
  EXPECT_EQ(records[0].string_or("level", ""), "UNDEFINED");
  EXPECT_EQ(records[1].string_or("message", ""), "d");
  EXPECT_EQ(records[1].string_or("level", ""), "WARN");
  EXPECT_EQ(records[1].string_or("AWSRequestId", ""), "request-2");
}

// Packages: classes or jars below lib, layers' jars, copies of libraries that the runtime uses as well.
TEST_F(JavaFunction, FindsItsClassPath) {
  const std::string jar = read_file(HANEUL_TEST_FUNCTIONS ".jar");
  const auto packed = function("java21", "example.Functions::upper", {{"lib/functions.jar", jar}});
  EXPECT_EQ(invoke(packed, "\"a\"").payload, "\"A\"");
  const auto layered = function("java17", "example.Functions::library", {{"readme", ""}});
  layered->layer_directories = {write_files({{"java/lib/functions.jar", jar}})};
  EXPECT_EQ(invoke(layered).payload, "\"the function's own\"");
  const std::string interfaces = read_file(HANEUL_RUNTIMES "/java/lib/haneul-runtime.jar");
  const auto copied = function("java11", "example.Functions$Orders",
                               {{"lib/aws-lambda-java-core.jar", interfaces}, {"lib/functions.jar", jar}});
  EXPECT_THAT(invoke(copied, R"({"items":[{"count":2}]})").payload, HasSubstr(R"("count":2)"));
}

// The classes of AWS's event library have their own rules between JSON and fields.
TEST_F(JavaFunction, ReadsEventClasses) {
  EXPECT_EQ(invoke(java("::queue"),
                   R"({"Records":[{"eventSourceARN":"arn","detail-type":"t","sentAt":1.5,"body":"b"}]})")
                .payload,
            "\"arn t 1500 b\"");
}

// The heap follows the function's memory; what JAVA_TOOL_OPTIONS says wins.
TEST_F(JavaFunction, TakesItsOptions) {
  const auto plain = parse_json(invoke(java("::machine")).payload);
  EXPECT_NEAR(static_cast<double>(plain.find("heap")->as_int()), 210, 8);
  EXPECT_EQ(plain.string_or("encoding", ""), "UTF-8");
  const auto image = java("::machine");
  image->variables["JAVA_TOOL_OPTIONS"] = "-Dtool=yes -Xmx64m -XX:+UseParallelGC -XX:TieredStopAtLevel=4";
  const auto own = parse_json(invoke(image).payload);
  EXPECT_LE(own.find("heap")->as_int(), 64);
  EXPECT_EQ(own.string_or("tool", ""), "yes");
}

// Clients trust what the sandbox's file of authorities holds, without a key store of Java's own.
TEST_F(JavaFunction, TrustsTheSystem) {
  EngineConfig config = default_config();
  config.ca_bundle_file = "/etc/ssl/certs/ca-certificates.crt";
  restart_engine(config);
  const std::string count = invoke(java("::trusted")).payload;
  EXPECT_GT(std::atoi(count.c_str()), 50) << count;
}

// A JVM that was started ahead must become the function's in all that a function can see.
TEST_F(JavaFunction, StartsFromAWaitingProcess) {
  bool waited = false;
  for (int tries = 0; tries < 100 && !waited; ++tries) {
    const auto image = java("::origin");
    image->variables["WHO"] = "function " + std::to_string(tries);
    const Document got = parse_json(invoke(image).payload);
    EXPECT_EQ(got.string_or("who", ""), "function " + std::to_string(tries));
    EXPECT_EQ(got.string_or("directory", ""), "/var/task");
    EXPECT_EQ(got.string_or("real", ""), "/var/task");
    waited = got.find("waited")->as_bool();
  }
  EXPECT_TRUE(waited);
}

// The first start of a JVM makes the archive; later ones use it and behave the same.
TEST_F(JavaFunction, StartsFromAnArchive) {
  const fs::path archives = directory_ / "work/java";
  fs::path made;
  // Others start meanwhile, without it.
  for (int tries = 0; tries < 200 && made.empty(); ++tries) {
    EXPECT_EQ(invoke(java("::sum"), "[1]").payload, "1");
    for (const auto& each : fs::directory_iterator(archives)) {
      if (each.path().extension() != ".new" && fs::exists(each.path() / "classes.jsa")) made = each.path();
    }
  }
  ASSERT_FALSE(made.empty());
  const auto shared = java("$Orders");
  shared->variables["JAVA_TOOL_OPTIONS"] = "-Xlog:class+load";
  EXPECT_THAT(invoke(shared, R"({"items":[{"count":2}]})").payload, HasSubstr(R"("count":2)"));
  EXPECT_THAT(sink_.text(), ContainsRegex("haneul.runtime.Main source: shared objects file \\(top\\)"));
}

}  // namespace
}  // namespace haneul::compute::test
