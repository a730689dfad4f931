// Ruby functions in real sandboxes: handlers, context, gems, errors, log forms.
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class RubyFunction : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> ruby(const std::string& code) {
    return function("ruby3.3", "app.handler", {{"app.rb", code}});
  }
};

// Both documented forms of a handler, and that a directory may stand before the file.
TEST_F(RubyFunction, CallsMethodsAndClassMethods) {
  EXPECT_EQ(invoke(ruby("def handler(event:, context:) = { got: event['a'], t: [nil, 1.5, \"\\u00e9\"] }"),
                   R"({"a":"\u00fc"})")
                .payload,
            "{\"got\":\"\u00fc\",\"t\":[null,1.5,\"\u00e9\"]}");
  const auto of_class =
      function("ruby3.4", "lib/app.Shop.handler",
               {{"lib/app.rb", "class Shop\n  def self.handler(event:, context:) = 'from a class'\nend\n"}});
  EXPECT_EQ(invoke(of_class).payload, "\"from a class\"");
  EXPECT_EQ(invoke(of_class).payload, "\"from a class\"");
  EXPECT_EQ(invoke(ruby("require 'stringio'\ndef handler(event:, context:) = StringIO.new('raw')")).payload,
            "raw");
}

// Every member that the documentation lists, by name.
TEST_F(RubyFunction, PassesTheWholeContext) {
  const auto image = ruby(
      "def handler(event:, context:)\n"
      "  names = %i[function_name function_version invoked_function_arn memory_limit_in_mb aws_request_id\n"
      "             log_group_name log_stream_name deadline_ms identity client_context]\n"
      "  names.to_h { |name| [name, context.public_send(name)] }.merge(\n"
      "    left: context.get_remaining_time_in_millis, trace: ENV['_X_AMZN_TRACE_ID'])\n"
      "end");
  const Document got = parse_json(invoke(image).payload);
  EXPECT_EQ(got.string_or("function_name", ""), image->function_name);
  EXPECT_EQ(got.string_or("function_version", ""), "$LATEST");
  EXPECT_EQ(got.string_or("invoked_function_arn", ""), image->function_arn);
  EXPECT_EQ(got.string_or("memory_limit_in_mb", ""), "128");
  EXPECT_EQ(got.string_or("aws_request_id", ""), "request-1");
  EXPECT_EQ(got.string_or("log_group_name", ""), image->log_group);
  EXPECT_THAT(got.string_or("log_stream_name", ""), HasSubstr("[$LATEST]"));
  EXPECT_THAT(got.string_or("trace", ""), HasSubstr("Root=1-5bef4de7"));
  EXPECT_GT(got.find("deadline_ms")->as_int(), 1'700'000'000'000);
  EXPECT_GT(got.find("left")->as_int(), 0);
  EXPECT_LE(got.find("left")->as_int(), 3000);
  EXPECT_EQ(write_json(*got.find("client_context")), R"({"custom":{"k":"v"},"client":{"app_title":"t"}})");
  EXPECT_TRUE(got.find("identity")->is_null());
}

// The variables that the documentation lists for every managed runtime.
TEST_F(RubyFunction, SetsTheDocumentedVariables) {
  const auto image = ruby("def handler(event:, context:) = ENV.to_h");
  image->variables["MINE"] = "1";
  const Document got = parse_json(invoke(image).payload);
  for (const char* name : {"_HANDLER",
                           "_X_AMZN_TRACE_ID",
                           "AWS_DEFAULT_REGION",
                           "AWS_REGION",
                           "AWS_EXECUTION_ENV",
                           "AWS_LAMBDA_FUNCTION_NAME",
                           "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                           "AWS_LAMBDA_FUNCTION_VERSION",
                           "AWS_LAMBDA_INITIALIZATION_TYPE",
                           "AWS_LAMBDA_LOG_GROUP_NAME",
                           "AWS_LAMBDA_LOG_STREAM_NAME",
                           "AWS_LAMBDA_RUNTIME_API",
                           "LAMBDA_TASK_ROOT",
                           "LAMBDA_RUNTIME_DIR",
                           "LANG",
                           "PATH",
                           "LD_LIBRARY_PATH",
                           "TZ",
                           "GEM_PATH",
                           "RUBYLIB",
                           "MINE"}) {
    EXPECT_NE(got.find(name), nullptr) << name;
  }
  EXPECT_EQ(got.string_or("AWS_EXECUTION_ENV", ""), "AWS_Lambda_ruby3.3");
  EXPECT_EQ(got.find("HANEUL_WAITING"), nullptr);
}

// A failing function's type, message and own frames; the process of a critical one ends.
TEST_F(RubyFunction, ReportsErrors) {
  const InvokeResult raised = invoke(ruby(
      "class Mine < StandardError; end\ndef deep = raise(Mine, 'm')\ndef handler(event:, context:) = deep"));
  EXPECT_EQ(raised.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(raised.error_type, "Function<Mine>");
  EXPECT_EQ(
      raised.payload,
      R"({"errorMessage":"m","errorType":"Function<Mine>","stackTrace":["/var/task/app.rb:2:in `deep'",)"
      R"("/var/task/app.rb:3:in `handler'"]})");
  EXPECT_THAT(sink_.text(), HasSubstr("Error raised from handler method\n{\n  \"errorMessage\": \"m\",\n"));
  const auto critical = ruby("def handler(event:, context:) = nothing_of_this_name");
  const InvokeResult missing = invoke(critical);
  EXPECT_EQ(missing.error_type, "Function<NameError>");
  EXPECT_THAT(missing.payload, HasSubstr("undefined local variable or method `nothing_of_this_name'"));
  EXPECT_THAT(sink_.text(), HasSubstr("Critical exception from handler"));
  const uint64_t before = engine_->status().cold_starts;
  EXPECT_EQ(invoke(critical).error_type, "Function<NameError>");
  EXPECT_EQ(engine_->status().cold_starts, before + 1);
  EXPECT_EQ(invoke(ruby("def handler(event:, context:) = exit(3)")).error_type, "Function<SystemExit>");
}

// What is wrong before the first invocation is an init error of the documented form.
TEST_F(RubyFunction, ReportsInitErrors) {
  const auto failing = [this](const std::string& handler, const std::string& code) {
    return invoke(function("ruby3.2", handler, {{"app.rb", code}}));
  };
  const InvokeResult missing = failing("other.handler", "");
  EXPECT_EQ(missing.status, InvokeStatus::kInitError);
  EXPECT_EQ(missing.error_type, "Init<LoadError>");
  EXPECT_THAT(missing.payload, HasSubstr(R"("errorMessage":"cannot load such file -- other")"));
  EXPECT_EQ(failing("app", "").error_type, "Init<ArgumentError>");
  EXPECT_EQ(failing("app.handler", "def handler(").error_type, "Init<SyntaxError>");
  EXPECT_THAT(failing("app.handler", "raise 'while loading'").payload,
              HasSubstr(R"("stackTrace":["/var/task/app.rb:1:in `<top (required)>'"])"));
  EXPECT_EQ(failing("app.missing", "").error_type, "Function<NoMethodError>");
}

// puts and Logger write one event per call, in the text form of AWS's client.
TEST_F(RubyFunction, LogsInTextForm) {
  invoke(
      ruby("require 'logger'\ndef handler(event:, context:)\n  puts \"a\\nb\", 'c'\n  $stdout.print 'd'\n"
           "  Logger.new($stdout).warn(\"w\\nx\")\n  Logger.new(nil).info('i')\nend"));
  const auto events = sink_.events();
  ASSERT_EQ(events.size(), 7u) << sink_.text();
  EXPECT_EQ(events[2], "a\nb\nc\n");
  EXPECT_THAT(events[3], ContainsRegex("^dW, \\[20[0-9T:.-]+ #[0-9]+\\]  WARN request-1 -- : w\nx\n$"));
  EXPECT_THAT(events[4], ContainsRegex("^I, \\[.*INFO request-1 -- : i\n$"));
}

// The JSON form, its level, and an exception as its message.
TEST_F(RubyFunction, LogsInJsonForm) {
  const auto image = ruby(
      "require 'logger'\ndef handler(event:, context:)\n"
      "  log = Logger.new($stdout, progname: 'shop')\n  log.info('no')\n  begin\n    raise 'bad'\n  rescue "
      "=> e\n    log.error(e)\n  end\n  raise 'end'\nend");
  image->log_format = LogFormat::kJson;
  image->application_log_level = "WARN";
  invoke(image);
  EXPECT_THAT(sink_.text(), testing::Not(HasSubstr("\"no\"")));
  std::vector<Document> records;
  for (const std::string& event : sink_.events()) {
    if (event.starts_with("{\"timestamp\"") && event.find("\"level\"") != std::string::npos)
      records.push_back(parse_json(event));
  }
  ASSERT_EQ(records.size(), 2u) << sink_.text();
  EXPECT_EQ(records[0].string_or("level", ""), "ERROR");
  EXPECT_EQ(records[0].string_or("message", ""), "bad");
  EXPECT_EQ(records[0].string_or("logger", ""), "shop");
  EXPECT_EQ(records[0].string_or("errorType", ""), "RuntimeError");
  EXPECT_EQ(records[0].string_or("requestId", ""), "request-1");
  EXPECT_EQ(records[1].string_or("errorType", ""), "Function<RuntimeError>");
}

// Layers bring plain libraries and gems; a package may bring a bundle.
TEST_F(RubyFunction, FindsLayersAndGems) {
  const std::string specification =
      "Gem::Specification.new { |s| s.name = 'greet'; s.version = '1.0'; s.summary = 's';\n"
      "  s.authors = ['a']; s.files = ['lib/greet.rb'] }\n";
  const auto image = function(
      "ruby3.3", "app.handler",
      {{"app.rb", "require 'plain'\nrequire 'greet'\ndef handler(event:, context:) = [PLAIN, GREET]\n"}});
  image->layer_directories = {
      write_files({{"ruby/lib/plain.rb", "PLAIN = 1\n"},
                   {"ruby/gems/3.3.0/gems/greet-1.0/lib/greet.rb", "GREET = 2\n"},
                   {"ruby/gems/3.3.0/specifications/greet-1.0.gemspec", specification}})};
  EXPECT_EQ(invoke(image).payload, "[1,2]");
  const auto bundled =
      function("ruby3.3", "app.handler",
               {{"app.rb", "require 'greet'\ndef handler(event:, context:) = GREET\n"},
                {"vendor/bundle/ruby/3.3.0/gems/greet-1.0/lib/greet.rb", "GREET = 3\n"},
                {"vendor/bundle/ruby/3.3.0/specifications/greet-1.0.gemspec", specification}});
  EXPECT_EQ(invoke(bundled).payload, "3");
}

// A waiting process must become the function's in all that a function can see.
TEST_F(RubyFunction, StartsFromAWaitingProcess) {
  const std::string code =
      "def handler(event:, context:) = [ENV['WHO'], Dir.pwd, Encoding.default_external.to_s]\n";
  const auto first = ruby(code);
  first->variables["WHO"] = "first";
  EXPECT_EQ(invoke(first).payload, R"(["first","/var/task","UTF-8"])");
  for (int i = 0; i < 3; ++i) {
    const auto next = ruby(code);
    next->variables["WHO"] = "next";
    EXPECT_EQ(invoke(next).payload, R"(["next","/var/task","UTF-8"])");
  }
  const auto plain = ruby(code);
  plain->variables = {{"WHO", "plain"}, {"RUBYOPT", "-W0"}};
  EXPECT_EQ(invoke(plain).payload, R"(["plain","/var/task","UTF-8"])");
}

}  // namespace
}  // namespace haneul::compute::test
