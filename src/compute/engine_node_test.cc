// Node.js and custom runtimes in real sandboxes.
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class NodeFunction : public EngineTest {};
class CustomRuntime : public EngineTest {};

// All three ways of answering are in use: promise, callback, and the older context methods.
TEST_F(NodeFunction, AnswersInEveryStyle) {
  EXPECT_EQ(invoke(node("exports.handler = async (e, c) => ({ who: e.who, id: c.awsRequestId, t: "
                        "c.getRemainingTimeInMillis() > 0 })"),
                   R"({"who":"you"})")
                .payload,
            R"({"who":"you","id":"request-1","t":true})");
  const auto callback = node("exports.handler = (e, c, done) => setTimeout(() => done(null, 'later'), 5)");
  EXPECT_EQ(invoke(callback).payload, "\"later\"");
  EXPECT_EQ(invoke(callback).payload, "\"later\"");
  EXPECT_EQ(invoke(node("exports.handler = (e, c) => c.succeed(7)")).payload, "7");
  EXPECT_EQ(invoke(node("exports.handler = (e, c) => { setTimeout(() => c.done(null, 8), 1) }")).payload,
            "8");
  EXPECT_EQ(invoke(node("exports.handler = () => {}")).payload, "null");
}

// With the flag off the answer must not wait for what the function left running.
TEST_F(NodeFunction, WaitsForTheLoopUnlessToldNotTo) {
  const auto image = node(
      "exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = e.wait;\n"
      "  setTimeout(() => console.log('timer'), 200); done(null, 1); }");
  const InvokeResult fast = invoke(image, R"({"wait":false})");
  EXPECT_EQ(fast.payload, "1");
  EXPECT_THAT(fast.log_tail, testing::Not(HasSubstr("timer")));
  const InvokeResult slow =
      invoke(node("exports.handler = (e, c, done) => {\n"
                  "  setTimeout(() => console.log('timer'), 200); done(null, 1); }"));
  EXPECT_EQ(slow.payload, "1");
  EXPECT_THAT(slow.log_tail, HasSubstr("timer"));
}

// Console lines have Lambda's form, one call is one event.
TEST_F(NodeFunction, LogsConsoleCalls) {
  invoke(node("exports.handler = async () => { console.log('a\\nb', {x: 1}); console.error('e'); }"));
  const auto events = sink_.events();
  ASSERT_EQ(events.size(), 6u) << sink_.text();
  EXPECT_THAT(events[2], ContainsRegex("^20[0-9-]+T[0-9:.]+Z\trequest-1\tINFO\ta\nb \\{ x: 1 \\}\n$"));
  EXPECT_THAT(events[3], ContainsRegex("Z\trequest-1\tERROR\te\n$"));
  const auto json = node("exports.handler = async () => { console.debug('no'); console.warn('w'); }");
  json->log_format = LogFormat::kJson;
  json->application_log_level = "INFO";
  invoke(json);
  const auto later = sink_.events();
  const Document record = parse_json(later[later.size() - 2]);
  EXPECT_EQ(record.string_or("level", ""), "WARN");
  EXPECT_EQ(record.string_or("message", ""), "w");
}

// Errors of every origin: thrown, rejected, called back, uncaught, unhandled.
TEST_F(NodeFunction, ReportsErrors) {
  const InvokeResult thrown =
      invoke(node("class Mine extends Error { constructor(m) { super(m); this.name = 'Mine' } }\n"
                  "exports.handler = async () => { throw new Mine('m') }"));
  EXPECT_EQ(thrown.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(thrown.error_type, "Mine");
  EXPECT_THAT(thrown.payload,
              HasSubstr(R"("errorType":"Mine","errorMessage":"m","trace":["Mine: m","    at )"));
  EXPECT_THAT(sink_.text(),
              HasSubstr("\tERROR\tInvoke Error \t{\"errorType\":\"Mine\",\"errorMessage\":\"m\""));
  EXPECT_THAT(invoke(node("exports.handler = (e, c, done) => done(new TypeError('t'))")).payload,
              HasSubstr(R"("errorType":"TypeError")"));
  const InvokeResult uncaught =
      invoke(node("exports.handler = (e, c, done) => { setTimeout(() => { throw new Error('late') }, 1) }"));
  EXPECT_THAT(uncaught.payload, HasSubstr(R"("errorMessage":"late")"));
  const InvokeResult unhandled =
      invoke(node("exports.handler = (e, c, done) => { Promise.reject(new Error('lost')); setTimeout(() => "
                  "done(null, 1), 50) }"));
  EXPECT_EQ(unhandled.error_type, "Runtime.UnhandledPromiseRejection");
  EXPECT_THAT(unhandled.payload, HasSubstr(R"("errorMessage":"Error: lost")"));
}

// The errors of HTTP clients lead back to themselves; a function that throws one must not end for it.
TEST_F(NodeFunction, ReportsErrorsThatJsonCannotShow) {
  const std::string code =
      "const self = new RangeError('self'); self.self = self; self.list = [self];\n"
      "const plain = new RangeError('plain'); plain.config = {}; plain.config.config = plain.config;\n"
      "const getter = new RangeError('getter'); Object.defineProperty(getter, 'bad', { enumerable: true,\n"
      "  get() { throw new Error('no') } });\n"
      "exports.handler = async e => { console.error({ self, plain, getter }[e.how]);\n"
      "  throw { self, plain, getter }[e.how] }";
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const auto image = node(code);
    image->log_format = format;
    for (const std::string how : {"self", "plain", "getter"}) {
      const InvokeResult result = invoke(image, R"({"how":")" + how + "\"}");
      EXPECT_THAT(result.payload, HasSubstr(R"({"errorType":"RangeError","errorMessage":")" + how + "\""));
    }
  }
  EXPECT_EQ(invoke(node("exports.handler = async () => { throw Object.create(null) }")).error_type,
            "handled");
}

// A message that was cut in the middle of a character is JSON all the same, and reaches the caller as it is.
TEST_F(NodeFunction, ReportsMessagesThatWereCut) {
  const InvokeResult result =
      invoke(node("exports.handler = async () => { throw new RangeError('\\ud83d') }"));
  EXPECT_EQ(result.error_type, "RangeError");
  EXPECT_THAT(result.payload, HasSubstr(R"({"errorType":"RangeError","errorMessage":"\ud83d","trace":[)"));
}

// What has caused an error is most of what the log can tell.
TEST_F(NodeFunction, LogsErrorsInsideOfErrors) {
  invoke(
      node("exports.handler = async () => {\n"
           "  const e = new Error('outer'); e.inner = new TypeError('inner'); throw e }"));
  EXPECT_THAT(sink_.text(),
              HasSubstr(R"("inner":{"errorType":"TypeError","errorMessage":"inner","stack":[)"));
}

// A process that ends after what it could not handle must not be given the next invocation.
TEST_F(NodeFunction, EndsAlone) {
  const auto image = node(
      "exports.handler = async e => {\n"
      "  if (e.how === 'rejected') Promise.reject(new Error('lost'));\n"
      "  if (e.how === 'thrown') setTimeout(() => { throw new Error('late') }, 1);\n"
      "  if (e.how) await new Promise(() => setTimeout(() => {}, 10000));\n"
      "  return 1; }");
  for (const char* how : {R"({"how":"rejected"})", R"({"how":"thrown"})"}) {
    EXPECT_EQ(invoke(image, how).status, InvokeStatus::kFunctionError);
    const InvokeResult next = invoke(image);
    EXPECT_EQ(next.payload, "1");
    EXPECT_TRUE(next.init_duration.has_value());
  }
}

// Loading: what is missing is named by AWS's types.
TEST_F(NodeFunction, ReportsInitErrors) {
  const auto type_of = [this](const std::string& handler, const std::string& code) {
    return invoke(function("nodejs20.x", handler, {{"index.js", code}})).error_type;
  };
  EXPECT_EQ(type_of("index.handler", "require('not-there')"), "Runtime.ImportModuleError");
  EXPECT_EQ(type_of("other.handler", ""), "Runtime.ImportModuleError");
  EXPECT_EQ(type_of("index.missing", ""), "Runtime.HandlerNotFound");
  EXPECT_EQ(type_of("index", ""), "Runtime.MalformedHandlerName");
  EXPECT_EQ(type_of("index.handler", "exports.handler = ("), "Runtime.UserCodeSyntaxError");
  EXPECT_EQ(type_of("index.handler", "throw new RangeError('r')"), "RangeError");
}

// Who misses a dependency must be told its name, not that of the handler's own file.
TEST_F(NodeFunction, NamesTheModuleThatIsMissing) {
  EXPECT_THAT(invoke(node("require('not-there')")).payload,
              HasSubstr(R"("errorMessage":"Error: Cannot find module 'not-there'\nRequire stack:\n)"));
  const InvokeResult imported =
      invoke(function("nodejs20.x", "app.handler", {{"app.mjs", "import 'not-there'"}}));
  EXPECT_EQ(imported.error_type, "Error");
  EXPECT_THAT(imported.payload, HasSubstr("Cannot find package 'not-there' imported from /var/task/app.mjs"));
}

// ES modules are the default of new projects; layers must be found from both kinds of module.
TEST_F(NodeFunction, LoadsModulesAndLayers) {
  const Files layer{
      {"nodejs/node_modules/cjs-lib/index.js", "module.exports = { v: 1 }"},
      {"nodejs/node_modules/esm-lib/package.json", R"({"name":"esm-lib","type":"module","main":"m.js"})"},
      {"nodejs/node_modules/esm-lib/m.js", "export const v = 2"}};
  const auto esm = function("nodejs22.x", "src/app.handler",
                            {{"src/app.mjs",
                              "import lib from 'cjs-lib'; import { v } from 'esm-lib';\n"
                              "export const handler = async () => [lib.v, v]"}});
  esm->layer_directories = {write_files(layer)};
  const InvokeResult result = invoke(esm);
  EXPECT_EQ(result.payload, "[1,2]");
  const auto cjs = node("const lib = require('cjs-lib'); exports.handler = async () => lib.v");
  cjs->layer_directories = esm->layer_directories;
  EXPECT_EQ(invoke(cjs).payload, "1");
  const auto typed = function(
      "nodejs20.x", "app.handler",
      {{"package.json", R"({"type":"module"})"}, {"app.js", "export const handler = async () => 3"}});
  EXPECT_EQ(invoke(typed).payload, "3");
}

// provided.*: any program that speaks the runtime API, here the shell loop of AWS's own tutorial.
TEST_F(CustomRuntime, RunsABootstrap) {
  const std::string bootstrap =
      "#!/usr/bin/perl\nuse IO::Socket::INET;\n"
      "while (1) {\n"
      "  my $s = IO::Socket::INET->new(PeerAddr => $ENV{AWS_LAMBDA_RUNTIME_API}) or die;\n"
      "  print $s \"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\";\n"
      "  my ($id, $n); while (<$s>) { $id = $1 if /Request-Id: (\\S+)/i; $n = $1 if /Content-Length: "
      "(\\d+)/i; last if /^\\r/ }\n"
      "  read $s, my $event, $n; close $s; $| = 1; print \"got $event\\n\";\n"
      "  my $o = \"\\\"$ENV{_HANDLER} $event\\\"\"; $o =~ s/[{}]//g;\n"
      "  $s = IO::Socket::INET->new(PeerAddr => $ENV{AWS_LAMBDA_RUNTIME_API}) or die;\n"
      "  print $s \"POST /2018-06-01/runtime/invocation/$id/response HTTP/1.1\\r\\nHost: "
      "x\\r\\nContent-Length: \" . length($o) . \"\\r\\n\\r\\n$o\";\n"
      "  <$s>; close $s;\n}\n";
  const auto image = function("provided.al2023", "my.handler", {{"bootstrap", bootstrap}});
  EXPECT_EQ(invoke(image).payload, "\"my.handler \"");
  EXPECT_EQ(invoke(image).payload, "\"my.handler \"");
  EXPECT_EQ(engine_->status().cold_starts, 1u);
  EXPECT_THAT(sink_.text(), HasSubstr("got {}\n"));
}

// Without an executable there is nothing to run; the type is the one AWS uses.
TEST_F(CustomRuntime, NamesAMissingBootstrap) {
  const InvokeResult result = invoke(function("provided.al2", "x", {{"readme", ""}}));
  EXPECT_EQ(result.status, InvokeStatus::kInitError);
  EXPECT_EQ(result.error_type, "Runtime.InvalidEntrypoint");
  EXPECT_THAT(result.payload, HasSubstr("Couldn't find valid bootstrap(s)"));
}

// Wrapper scripts change how a managed runtime starts; the runtime's own command line is their argument.
TEST_F(CustomRuntime, HonoursExecWrappers) {
  const auto image = function("python3.11", "app.handler",
                              {{"app.py", "import os\ndef handler(e, c): return os.environ['WRAPPED']\n"},
                               {"wrap", "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n"}});
  image->variables["AWS_LAMBDA_EXEC_WRAPPER"] = "/var/task/wrap";
  EXPECT_EQ(invoke(image).payload, "\"yes\"");
  const auto changed = std::make_shared<FunctionImage>(*image);
  changed->variables["AWS_LAMBDA_EXEC_WRAPPER"] = "/opt/none";
  changed->revision = "2";
  EXPECT_EQ(invoke(changed).error_type, "Runtime.InvalidEntrypoint");
}

}  // namespace
}  // namespace haneul::compute::test
