// What the documentation lists for a function to find: every member of the context object and every
// environment variable, of Python and Node.js. The other runtimes' are in their own files.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::HasSubstr;

class Documented : public EngineTest {
 protected:
  static std::shared_ptr<FunctionImage> with_credentials(std::shared_ptr<FunctionImage> image) {
    image->credentials = [] {
      return RoleCredentials{"AKIAX", Secret<std::string>("secret"), Secret<std::string>("token"),
                             SystemClock().now() + std::chrono::hours(1)};
    };
    return image;
  }

  // Those of every managed runtime, with their values.
  void expect_variables(const Document& env, const FunctionImage& image, const InvokeResult& result) {
    const std::map<std::string, std::string> exact{
        {"_HANDLER", image.handler},
        {"AWS_DEFAULT_REGION", "eu-west-1"},
        {"AWS_REGION", "eu-west-1"},
        {"AWS_EXECUTION_ENV", "AWS_Lambda_" + image.runtime.requested},
        {"AWS_LAMBDA_FUNCTION_NAME", image.function_name},
        {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
        {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
        {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
        {"AWS_LAMBDA_LOG_GROUP_NAME", image.log_group},
        {"AWS_LAMBDA_LOG_STREAM_NAME", result.log_stream},
        {"AWS_ACCESS_KEY_ID", "AKIAX"},
        {"AWS_SECRET_ACCESS_KEY", "secret"},
        {"AWS_SESSION_TOKEN", "token"},
        {"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"},
        {"LAMBDA_TASK_ROOT", "/var/task"},
        {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
        {"LANG", "en_US.UTF-8"},
        {"TZ", ":UTC"},
        {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"}};
    for (const auto& [name, value] : exact) EXPECT_EQ(env.string_or(name, "(missing)"), value) << name;
    EXPECT_THAT(env.string_or("_X_AMZN_TRACE_ID", ""), HasSubstr("Root=1-5bef4de7"));
    EXPECT_THAT(env.string_or("PATH", ""), HasSubstr("/var/lang/bin:/usr/local/bin:"));
    EXPECT_THAT(env.string_or("LD_LIBRARY_PATH", ""), HasSubstr("/var/task/lib:/opt/lib"));
  }
};

// Code that reads a member which is not there fails in production only where it is read.
TEST_F(Documented, PythonMembersAndVariables) {
  const auto image = with_credentials(
      python("import os\n"
             "def handler(event, c):\n"
             "  names = ['function_name', 'function_version', 'invoked_function_arn', 'memory_limit_in_mb',\n"
             "           'aws_request_id', 'log_group_name', 'log_stream_name', 'tenant_id']\n"
             "  out = {name: getattr(c, name) for name in names}\n"
             "  out['left'] = c.get_remaining_time_in_millis()\n"
             "  out['identity'] = [c.identity.cognito_identity_id, c.identity.cognito_identity_pool_id]\n"
             "  client = c.client_context.client\n"
             "  out['client'] = [client.installation_id, client.app_title, client.app_version_name,\n"
             "                   client.app_version_code, client.app_package_name]\n"
             "  out['sent'] = [c.client_context.custom, c.client_context.env]\n"
             "  out['variables'] = dict(os.environ)\n"
             "  return out\n"));
  const InvokeResult result = invoke(image);
  const Document got = parse_json(result.payload);
  EXPECT_EQ(got.string_or("function_name", ""), image->function_name);
  EXPECT_EQ(got.string_or("function_version", ""), "$LATEST");
  EXPECT_EQ(got.string_or("invoked_function_arn", ""), image->function_arn);
  EXPECT_EQ(got.string_or("memory_limit_in_mb", ""), "128");
  EXPECT_EQ(got.string_or("aws_request_id", ""), "request-1");
  EXPECT_EQ(got.string_or("log_group_name", ""), image->log_group);
  EXPECT_EQ(got.string_or("log_stream_name", ""), result.log_stream);
  EXPECT_TRUE(got.find("tenant_id")->is_null());
  EXPECT_GT(got.find("left")->as_int(), 0);
  EXPECT_EQ(write_json(*got.find("identity")), "[null,null]");
  EXPECT_EQ(write_json(*got.find("client")), R"([null,"t",null,null,null])");
  EXPECT_EQ(write_json(*got.find("sent")), R"([{"k":"v"},null])");
  expect_variables(*got.find("variables"), *image, result);
  EXPECT_EQ(got.find("variables")->string_or("PYTHONPATH", ""), "/var/runtime");
}

// The same of Node.js, whose older context methods are documented as well.
TEST_F(Documented, NodeMembersAndVariables) {
  const auto image = with_credentials(
      node("exports.handler = async (event, c) => ({ ...c, left: c.getRemainingTimeInMillis(),\n"
           "  methods: ['done', 'fail', 'succeed'].map((name) => typeof c[name]),\n"
           "  identity: typeof c.identity, tenantId: 'tenantId' in c, variables: process.env })"));
  const InvokeResult result = invoke(image);
  const Document got = parse_json(result.payload);
  EXPECT_EQ(got.string_or("functionName", ""), image->function_name);
  EXPECT_EQ(got.string_or("functionVersion", ""), "$LATEST");
  EXPECT_EQ(got.string_or("invokedFunctionArn", ""), image->function_arn);
  EXPECT_EQ(got.string_or("memoryLimitInMB", ""), "128");
  EXPECT_EQ(got.string_or("awsRequestId", ""), "request-1");
  EXPECT_EQ(got.string_or("logGroupName", ""), image->log_group);
  EXPECT_EQ(got.string_or("logStreamName", ""), result.log_stream);
  EXPECT_TRUE(got.find("callbackWaitsForEmptyEventLoop")->as_bool());
  EXPECT_GT(got.find("left")->as_int(), 0);
  EXPECT_EQ(got.string_or("identity", ""), "undefined");
  EXPECT_TRUE(got.find("tenantId")->as_bool());
  EXPECT_EQ(write_json(*got.find("methods")), R"(["function","function","function"])");
  EXPECT_EQ(write_json(*got.find("clientContext")), R"({"custom":{"k":"v"},"client":{"app_title":"t"}})");
  expect_variables(*got.find("variables"), *image, result);
  EXPECT_THAT(got.find("variables")->string_or("NODE_PATH", ""),
              HasSubstr("/opt/nodejs/node20/node_modules:"));
}

}  // namespace
}  // namespace haneul::compute::test
