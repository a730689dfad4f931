#include "platform/pipeline.h"

#include <gtest/gtest.h>

#include "aws/policy/policy.h"
#include "base/task/manual_executor.h"
#include "gen/sts/errors.h"
#include "gen/sts/operations.h"
#include "platform/body.h"
#include "store/memory/memory_engine.h"

namespace haneul::platform {
namespace {

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

// One user whose policies each test chooses.
class OneUser final : public IdentitySource {
 public:
  Lookup find_credential(std::string_view id, std::string_view token) const override {
    if (id != kKeyId) return {};
    if (!token.empty()) return {.state = TokenState::kInvalidToken, .credential = {}};
    Credential credential;
    credential.secret_access_key = Secret<std::string>(std::string(kSecret));
    credential.caller.kind = Caller::Kind::kUser;
    credential.caller.account = AccountId("123456789012");
    credential.caller.arn = "arn:aws:iam::123456789012:user/ann";
    credential.active = is_active;
    return {.state = TokenState::kOk, .credential = credential};
  }
  PolicySet policies_of(const Caller&) const override {
    PolicySet set;
    if (!policy.empty()) {
      set.identity.push_back({"p", aws::policy::parse_policy(policy, aws::policy::PolicyKind::kIdentity)});
    }
    return set;
  }
  std::string policy;
  bool is_active = true;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    table.add<sts::op::GetAccessKeyInfo>(
        {.access = [](const Request&,
                      const sts::GetAccessKeyInfoInput&) { return check("sts:GetAccessKeyInfo", "*"); },
         .run =
             [this](const Request& request, const sts::GetAccessKeyInfoInput& input) {
               ++runs;
               if (input.access_key_id == "AKIAAAAAAAAAAAAAFAIL") throw std::runtime_error("a defect");
               return sts::GetAccessKeyInfoOutput{.account = request.account.str()};
             }});
    bus.on_request([this](const RequestFact& fact) { facts.push_back(fact); });
    pipeline = std::make_unique<Pipeline>(PipelineParts{
        .table = table, .db = *db, .identities = identities, .clock = clock, .random = random, .facts = bus});
  }

  HttpRequest signed_request(const std::string& body, std::string_view secret = kSecret) {
    HttpRequest http = unsigned_request(body);
    const auto signature = aws::sign_request({http.method, http.path, http.query, http.headers.entries()},
                                             {.access_key_id = kKeyId,
                                              .secret = secret,
                                              .now = clock.now(),
                                              .region = "us-east-1",
                                              .service = "sts",
                                              .payload_hash = aws::sha256_hex(body)});
    for (const auto& [name, value] : signature.add) http.headers.add(name, value);
    return http;
  }
  static HttpRequest unsigned_request(const std::string& body) {
    HttpRequest http;
    http.method = "POST";
    http.path = "/";
    http.host = "sts.amazonaws.com";
    http.headers.add("Host", "sts.amazonaws.com");
    http.headers.add("Content-Type", "application/x-www-form-urlencoded");
    http.body = std::make_unique<TextReader>(body);
    return http;
  }
  HttpResponse answer(HttpRequest http) { return executor.run_until_done(pipeline->handle(http)); }

  VirtualClock clock;
  SeededRandom random{1};
  ManualExecutor executor{clock};
  std::unique_ptr<store::Db> db = store::make_memory_db();
  OneUser identities;
  OperationTable table;
  FactBus bus;
  std::vector<RequestFact> facts;
  std::unique_ptr<Pipeline> pipeline;
  int runs = 0;

  const std::string allow_all =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
  const std::string ask = "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE";
};

// The whole way of a good request, and its one fact for meter and trail.
TEST_F(PipelineTest, AnswersASignedAllowedRequest) {
  identities.policy = allow_all;
  const HttpResponse response = answer(signed_request(ask));
  EXPECT_EQ(response.status, 200) << response.text;
  EXPECT_NE(response.text.find("<Account>123456789012</Account>"), std::string::npos) << response.text;
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].operation, "GetAccessKeyInfo");
  EXPECT_EQ(facts[0].bytes_in, ask.size());
  EXPECT_EQ(facts[0].error_code, "");
}

// Nothing works unsigned; an operation must not even begin.
TEST_F(PipelineTest, RefusesUnsigned) {
  identities.policy = allow_all;
  const HttpResponse response = answer(unsigned_request(ask));
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(response.text.find("MissingAuthenticationToken"), std::string::npos) << response.text;
  EXPECT_EQ(runs, 0);
}

// A signature by another secret, over another body, from another time, or by an inactive key proves nothing.
TEST_F(PipelineTest, RefusesWrongSignatures) {
  identities.policy = allow_all;
  EXPECT_NE(answer(signed_request(ask, "other")).text.find("SignatureDoesNotMatch"), std::string::npos);
  HttpRequest changed = signed_request(ask);
  changed.body = std::make_unique<TextReader>(ask + "&X=1");
  EXPECT_NE(answer(std::move(changed)).text.find("SignatureDoesNotMatch"), std::string::npos);
  HttpRequest old = signed_request(ask);
  clock.advance(std::chrono::minutes(16));
  EXPECT_NE(answer(std::move(old)).text.find("SignatureDoesNotMatch"), std::string::npos);
  identities.is_active = false;
  EXPECT_NE(answer(signed_request(ask)).text.find("InvalidClientTokenId"), std::string::npos);
  EXPECT_EQ(runs, 0);
}

// Denied means denied, and the denial says who, what and why, to the client and in the trail.
TEST_F(PipelineTest, RefusesWithoutAPolicy) {
  const HttpResponse response = answer(signed_request(ask));
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(response.text.find("User: arn:aws:iam::123456789012:user/ann is not authorized to perform: "
                               "sts:GetAccessKeyInfo"),
            std::string::npos)
      << response.text;
  EXPECT_EQ(runs, 0);
  EXPECT_FALSE(facts.at(0).denied_because.empty());
}

// What the model has and we do not must be told by name, with 501; what nobody has is another error.
TEST_F(PipelineTest, NamesWhatIsNotThere) {
  identities.policy = allow_all;
  const HttpResponse missing = answer(signed_request("Action=GetSessionToken&Version=2011-06-15"));
  EXPECT_EQ(missing.status, 501);
  EXPECT_NE(missing.text.find("GetSessionToken"), std::string::npos);
  const HttpResponse unknown = answer(signed_request("Action=Nonsense&Version=2011-06-15"));
  EXPECT_NE(unknown.text.find("InvalidAction"), std::string::npos) << unknown.text;
}

// Input that breaks the model's constraints must be refused with AWS's sentence before anything runs.
TEST_F(PipelineTest, ValidatesInput) {
  identities.policy = allow_all;
  const HttpResponse response =
      answer(signed_request("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AK"));
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.text.find("Member must have length greater than or equal to 16"), std::string::npos)
      << response.text;
  EXPECT_EQ(runs, 0);
}

// A defect of ours must not tell its story to the client, nor end the server.
TEST_F(PipelineTest, HidesDefects) {
  identities.policy = allow_all;
  const HttpResponse response =
      answer(signed_request("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAAAAAAAAAAAAAFAIL"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.text.find("a defect"), std::string::npos);
}

// Calls made inside the process are judged like any other: there is no back door.
TEST_F(PipelineTest, JudgesInsideCalls) {
  CallContext context{.caller = identities.find_credential(kKeyId, "").credential->caller,
                      .account = AccountId("123456789012"),
                      .region = Region("us-east-1"),
                      .trace_id = {},
                      .source = "test"};
  const Document input = Document::Object{{"AccessKeyId", "AKIAIOSFODNN7EXAMPLE"}};
  EXPECT_THROW(executor.run_until_done(pipeline->call(context, "sts", "GetAccessKeyInfo", input)),
               model::ServiceError);
  identities.policy = allow_all;
  const Document output = executor.run_until_done(pipeline->call(context, "sts", "GetAccessKeyInfo", input));
  EXPECT_EQ(output.string_or("Account", ""), "123456789012");
}

}  // namespace
}  // namespace haneul::platform
