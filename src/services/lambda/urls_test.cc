// Function URLs: their configuration, who may call them, the event and the answer.
#include <gmock/gmock.h>

#include "platform/body.h"
#include "services/lambda/lambda_fixture.h"
#include "services/lambda/urls/address.h"
#include "services/lambda/urls/answer.h"

namespace haneul::lambda::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class FunctionUrls : public LambdaFixture {
 protected:
  void SetUp() override { call<op::CreateFunction>(function("f")); }

  Document make_url(const std::string& auth, Document more = Document::object()) {
    more.set("FunctionName", "f");
    more.set("AuthType", auth);
    Document made = call<op::CreateFunctionUrlConfig>(std::move(more));
    host = text(made, "FunctionUrl").substr(7);
    host = host.substr(0, host.find(':'));
    return made;
  }
  void grant(const std::string& action, const std::string& member, Document value) {
    Document in =
        of({{"FunctionName", "f"}, {"StatementId", member}, {"Action", action}, {"Principal", "*"}});
    in.set(member, std::move(value));
    call<op::AddPermission>(std::move(in));
  }
  void open_to_all() {
    grant("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", "NONE");
    grant("lambda:InvokeFunction", "InvokedViaFunctionUrl", true);
  }

  struct Sent {
    platform::HttpResponse response;
    std::string body;    // also of a streamed response
    std::string broken;  // why its stream broke off
    platform::RequestFact fact;
  };
  platform::HttpRequest get(std::string path = "/") {
    platform::HttpRequest http;
    http.method = "GET";
    http.path = std::move(path);
    http.host = host;
    http.remote_address = "192.0.2.7";
    http.body = std::make_unique<platform::TextReader>("");
    return http;
  }
  // As the pipeline hands it over; `signer` is who a signature would prove.
  Sent send(platform::HttpRequest& http, std::optional<platform::Caller> signer = {}) {
    Sent sent;
    platform::Request request = request_of<op::Invoke>();
    request.operation = nullptr;
    request.caller = platform::Caller::anonymous();
    platform::RoutedRequest routed{http, request, sent.fact, [&](size_t) -> Task<std::string> {
                                     if (signer) request.caller = *signer;
                                     co_return std::string();
                                   }};
    std::promise<void> done;
    spawn(loop, "send",
          [](FunctionUrls& self, platform::RoutedRequest& asked, Sent& out,
             std::promise<void>& promise) -> Task<void> {
            out.response = co_await self.service.url_route().serve(asked);
            out.body = out.response.text;
            std::string piece(5, ' ');
            try {
              while (out.response.stream) {
                const size_t count = co_await out.response.stream->read(piece);
                if (count == 0) break;
                out.body.append(piece, 0, count);
              }
            } catch (const platform::BodyError& error) {
              out.broken = error.what();
            }
            out.response.stream.reset();
            promise.set_value();
          }(*this, routed, sent, done));
    done.get_future().wait();
    return sent;
  }
  int status(std::optional<platform::Caller> signer = {}) {
    auto http = get();
    return send(http, std::move(signer)).response.status;
  }
  std::string host;
};

// One URL for the function and one per alias, found again by list, and gone with what it belongs to.
TEST_F(FunctionUrls, AreConfigured) {
  const Document made = make_url("NONE", of({{"Cors", of({{"AllowOrigins", Document::Array{"*"}}})}}));
  EXPECT_THAT(text(made, "FunctionUrl"), StartsWith("http://"));
  EXPECT_THAT(text(made, "FunctionUrl"), HasSubstr(".lambda-url.eu-west-1.localhost:4566/"));
  EXPECT_EQ(text(made, "InvokeMode"), "BUFFERED");
  EXPECT_THAT(refusal<op::CreateFunctionUrlConfig>(of({{"FunctionName", "f"}, {"AuthType", "NONE"}})),
              StartsWith("ResourceConflictException: Failed to create function url config for [functionArn"));
  const Document changed = call<op::UpdateFunctionUrlConfig>(
      of({{"FunctionName", "f"}, {"AuthType", "AWS_IAM"}, {"Cors", Document::object()}}));
  EXPECT_EQ(text(changed, "AuthType"), "AWS_IAM");
  EXPECT_EQ(text(changed, "FunctionUrl"), text(made, "FunctionUrl"));
  EXPECT_EQ(changed.find("Cors"), nullptr);
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  call<op::CreateAlias>(of({{"FunctionName", "f"}, {"Name", "live"}, {"FunctionVersion", "1"}}));
  const auto of_alias = of({{"FunctionName", "f"}, {"Qualifier", "live"}, {"AuthType", "NONE"}});
  EXPECT_EQ(text(call<op::CreateFunctionUrlConfig>(of_alias), "FunctionArn"), arn_start + "f:live");
  const Document list = call<op::ListFunctionUrlConfigs>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(list.find("FunctionUrlConfigs")->as_array().size(), 2u);
  call<op::DeleteAlias>(of({{"FunctionName", "f"}, {"Name", "live"}}));
  EXPECT_THAT(refusal<op::GetFunctionUrlConfig>(of({{"FunctionName", "f"}, {"Qualifier", "live"}})),
              HasSubstr("ResourceNotFoundException: The resource you requested does not exist."));
  EXPECT_TRUE(check(*house.db, blobs).empty());
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(status(root()), 403);
  EXPECT_TRUE(check(*house.db, blobs).empty());
}

// What makes no URL is refused with Lambda's words.
TEST_F(FunctionUrls, RefuseWhatMakesNone) {
  const auto with = [this](const char* member, Document value) {
    Document in = of({{"FunctionName", "f"}, {"AuthType", "NONE"}});
    in.set(member, std::move(value));
    return refusal<op::CreateFunctionUrlConfig>(std::move(in));
  };
  EXPECT_THAT(with("FunctionName", "none"), HasSubstr("Function does not exist"));
  EXPECT_THAT(with("Qualifier", "none"), HasSubstr("Function does not exist"));
  EXPECT_THAT(with("FunctionName", "f:1"), StartsWith("InvalidParameterValueException"));
  EXPECT_THAT(with("Cors", of({{"AllowMethods", Document::Array{"PATH"}}})),
              StartsWith("InvalidParameterValueException"));
  EXPECT_THAT(refusal<op::AddPermission>(of({{"FunctionName", "f"},
                                             {"StatementId", "s"},
                                             {"Action", "lambda:GetFunction"},
                                             {"Principal", "*"},
                                             {"FunctionUrlAuthType", "NONE"}})),
              HasSubstr("only supported for lambda:InvokeFunctionUrl"));
}

// Since October 2025 both actions must be granted to the public; one of them opens nothing.
TEST_F(FunctionUrls, WithoutAuthNeedBothGrants) {
  make_url("NONE");
  EXPECT_EQ(status(), 403);
  grant("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", "NONE");
  EXPECT_EQ(status(), 403);
  EXPECT_TRUE(functions.invocations.empty());
  grant("lambda:InvokeFunction", "InvokedViaFunctionUrl", true);
  EXPECT_EQ(status(), 200);
  // The grant is for this type of URL; and neither opens the API to strangers.
  call<op::UpdateFunctionUrlConfig>(of({{"FunctionName", "f"}, {"AuthType", "AWS_IAM"}}));
  EXPECT_EQ(status(), 403);
  caller = platform::Caller::anonymous();
  EXPECT_THAT(refusal<op::Invoke>(of({{"FunctionName", "f"}})), HasSubstr("Exception"));
}

// AWS_IAM: who does not sign, or may not, is refused, and nothing of the function is seen.
TEST_F(FunctionUrls, WithIamNeedASigner) {
  make_url("AWS_IAM");
  auto http = get();
  const Sent stranger = send(http);
  EXPECT_EQ(stranger.response.status, 403);
  EXPECT_EQ(text(parse_json(stranger.body), "Message"),
            "Forbidden. For troubleshooting Function URL authorization issues, see: "
            "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html");
  EXPECT_EQ(stranger.fact.denied_because, "the request is not signed");
  platform::Caller user;
  user.kind = platform::Caller::Kind::kUser;
  user.account = house.account;
  user.arn = "arn:aws:iam::123456789012:user/nobody";
  EXPECT_EQ(status(user), 403);
  EXPECT_TRUE(functions.invocations.empty());
  auto again = get();
  again.headers.add("Authorization", "AWS4-HMAC-SHA256 secret");
  const Sent signed_by_root = send(again, root());
  EXPECT_EQ(signed_by_root.response.status, 200);
  const std::string& event = functions.invocations.back().payload;
  EXPECT_THAT(event, HasSubstr(R"("userArn":"arn:aws:iam::123456789012:root")"));
  EXPECT_THAT(event, HasSubstr(R"("accountId":"123456789012","apiId")"));
  EXPECT_THAT(event, testing::Not(HasSubstr("AWS4-HMAC")));
  host = "abcdefghijklmnopqrstuvwxyz234567.lambda-url.eu-west-1.localhost";
  EXPECT_EQ(status(root()), 403);
}

// The event has the form of payload version 2.0, bytes of any kind included.
TEST_F(FunctionUrls, MakeEvents) {
  make_url("NONE");
  open_to_all();
  auto http = get("/a%20b");
  http.query = "x=1&y=%41+b&x=2&z";
  http.headers.add("X-Many", "1");
  http.headers.add("x-many", "2");
  http.headers.add("Cookie", "a=1; b=2");
  http.headers.add("Content-Type", "application/json; charset=utf-8");
  http.body = std::make_unique<platform::TextReader>("{}");
  const Sent sent = send(http);
  EXPECT_EQ(sent.fact.operation, "InvokeFunctionUrl");
  EXPECT_EQ(sent.fact.resource, arn_start + "f");
  const Document event = parse_json(functions.invocations.back().payload);
  EXPECT_EQ(text(event, "rawPath"), "/a%20b");
  EXPECT_EQ(text(event, "body"), "{}");
  EXPECT_EQ(write_json(*event.find("queryStringParameters")), R"({"x":"1,2","y":"A b","z":""})");
  EXPECT_EQ(write_json(*event.find("cookies")), R"(["a=1","b=2"])");
  EXPECT_EQ(text(*event.find("headers"), "x-many"), "1,2");
  EXPECT_EQ(text(*event.find("headers"), "x-forwarded-for"), "192.0.2.7");
  EXPECT_EQ(text(*event.find("requestContext"), "accountId"), "anonymous");
  auto binary = get();
  binary.method = "POST";
  binary.headers.add("Content-Type", "text/plain");
  binary.body = std::make_unique<platform::TextReader>("\xff\x01");
  send(binary);
  const Document second = parse_json(functions.invocations.back().payload);
  EXPECT_EQ(text(second, "body"), "/wE=");
  EXPECT_TRUE(second.find("isBase64Encoded")->as_bool());
}

// A failing or throttled function is told by the statuses AWS uses, without its error document.
TEST_F(FunctionUrls, TellFailures) {
  make_url("NONE");
  open_to_all();
  functions.answer.function_error = "Unhandled";
  auto http = get();
  const Sent failed = send(http);
  EXPECT_EQ(failed.response.status, 502);
  EXPECT_EQ(failed.body, "Internal Server Error");
  functions.answer = {.status = compute::InvokeStatus::kThrottled};
  EXPECT_EQ(status(), 429);
  auto large = get();
  large.body = std::make_unique<platform::TextReader>(std::string(5'000'000, '\x80'));
  EXPECT_EQ(send(large).response.status, 413);
}

// Browsers ask before they send: the configuration answers, and overrides what the function says.
TEST_F(FunctionUrls, ShareAcrossOrigins) {
  make_url("NONE", of({{"Cors", of({{"AllowOrigins", Document::Array{"https://a.example"}},
                                    {"AllowMethods", Document::Array{"GET", "PUT"}},
                                    {"AllowCredentials", true},
                                    {"MaxAge", 60}})}}));
  auto preflight = get();
  preflight.method = "OPTIONS";
  preflight.headers.add("Origin", "https://a.example");
  preflight.headers.add("Access-Control-Request-Method", "PUT");
  Sent sent = send(preflight);
  EXPECT_EQ(sent.response.status, 200);
  EXPECT_EQ(sent.response.headers.get("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(sent.response.headers.get("access-control-allow-methods"), "GET,PUT");
  EXPECT_EQ(sent.response.headers.get("access-control-max-age"), "60");
  preflight.headers.set("Origin", "https://b.example");
  EXPECT_EQ(send(preflight).response.headers.find("access-control-allow-origin"), nullptr);
  EXPECT_TRUE(functions.invocations.empty());
  open_to_all();
  functions.answer.payload = R"({"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*"}})";
  auto http = get();
  http.headers.add("Origin", "https://a.example");
  sent = send(http);
  EXPECT_EQ(sent.response.headers.get("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(sent.response.headers.get("access-control-allow-credentials"), "true");
}

// RESPONSE_STREAM: status and headers from the prelude, then the bytes as they come; a break is a break.
TEST_F(FunctionUrls, Stream) {
  make_url("NONE", of({{"InvokeMode", "RESPONSE_STREAM"}}));
  open_to_all();
  functions.stream_type = std::string(kPreludeType);
  functions.streamed = {R"({"statusCode":201,"headers":{"A":"b"},"coo)",
                        R"(kies":["c=1"]})" + std::string(8, '\0'), "first ", "second"};
  auto http = get();
  Sent sent = send(http);
  EXPECT_EQ(sent.response.status, 201);
  EXPECT_EQ(sent.response.headers.get("a"), "b");
  EXPECT_EQ(sent.response.headers.get("set-cookie"), "c=1");
  EXPECT_EQ(sent.body, "first second");
  functions.answer.function_error = "Unhandled";
  functions.answer.error_type = "RangeError";
  sent = send(http);
  EXPECT_EQ(sent.body, "first second");
  EXPECT_THAT(sent.broken, HasSubstr("RangeError"));
  functions.streamed = {};
  EXPECT_EQ(status(), 502);
  functions.answer = {.payload = R"({"statusCode":201})"};
  functions.stream_type.reset();
  sent = send(http);
  EXPECT_EQ(sent.response.status, 200);
  EXPECT_EQ(sent.body, R"({"statusCode":201})");
}

platform::HttpResponse answer(std::string payload) {
  compute::InvokeResult result;
  result.payload = std::move(payload);
  return answer_buffered(std::move(result));
}

// Any JSON is an answer of its own; an object with a status code describes one.
TEST(UrlAnswer, InfersAndInterprets) {
  EXPECT_EQ(answer(R"("Hello, world!")").text, R"("Hello, world!")");
  EXPECT_EQ(answer(R"({"a":1})").headers.get("content-type"), "application/json");
  const auto custom =
      answer(R"({"statusCode":"404","headers":{"Content-Type":"text/plain","X-N":7,"Content-Length":"9"},)"
             R"("cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true})");
  EXPECT_EQ(custom.status, 404);
  EXPECT_EQ(custom.text, "hi");
  EXPECT_EQ(custom.headers.get("x-n"), "7");
  EXPECT_EQ(custom.headers.get("x-amzn-remapped-content-length"), "9");
  EXPECT_EQ(custom.headers.find("content-length"), nullptr);
  EXPECT_EQ(answer(R"({"statusCode":200,"body":{"a":1}})").text, R"({"a":1})");
  EXPECT_EQ(answer("plain").text, "plain");
  EXPECT_EQ(answer(R"({"statusCode":203})" + std::string(8, '\0') + "rest").text, "rest");
}

// What describes no response must not become one: neither a broken status line nor a smuggled header.
TEST(UrlAnswer, RefusesNonsense) {
  for (const char* payload :
       {R"({"statusCode":99})", R"({"statusCode":"x"})", R"({"statusCode":200,"headers":[]})",
        R"({"statusCode":200,"headers":{"a b":"c"}})", R"({"statusCode":200,"headers":{"a\r\nb":"c"}})",
        R"({"statusCode":200,"headers":{"a":{}}})", R"({"statusCode":200,"cookies":"a"})",
        R"({"statusCode":200,"body":"%","isBase64Encoded":true})"}) {
    EXPECT_EQ(answer(payload).status, 502) << payload;
  }
}

// The address fits the way its reader came, and only real hosts are taken for URLs.
TEST(UrlAddress, FitsItsReader) {
  platform::Request request;
  const auto url = [&](const char* host) {
    request.host = host;
    return make_function_url("id", {request, "eu-west-1", 99});
  };
  EXPECT_EQ(url("127.0.0.1:4566"), "http://id.lambda-url.eu-west-1.localhost:4566/");
  EXPECT_EQ(url("lambda.eu-west-1.amazonaws.com"), "https://id.lambda-url.eu-west-1.on.aws/");
  EXPECT_EQ(url(""), "http://id.lambda-url.eu-west-1.localhost:99/");
  EXPECT_EQ(url("localhost"), "http://id.lambda-url.eu-west-1.localhost/");
  EXPECT_EQ(parse_url_host("id.lambda-url.eu-west-1.on.aws")->id, "id");
  EXPECT_EQ(parse_url_host("id.lambda-url.eu-west-1.localhost")->region, "eu-west-1");
  for (const char* host : {"localhost", "b.s3.localhost", ".lambda-url.r.localhost", "a.lambda-url..on.aws",
                           "a.b.lambda-url.r.on.aws", "a.lambda-url.r.on.aws.example"})
    EXPECT_FALSE(parse_url_host(host)) << host;
}

}  // namespace
}  // namespace haneul::lambda::test
