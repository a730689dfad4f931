// The Extensions API's rules against extensions that follow them, and some that do not.
#include "compute/extension_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace haneul::compute {
namespace {

using testing::HasSubstr;

struct ExtensionSessionTest : testing::Test, ExtensionSession::Observer {
  void on_extensions_changed() override { ++changes; }
  void on_subscribed(const std::string&, const TelemetrySubscription&, TelemetryHub::Subscribed) override {
    ++subscriptions;
  }
  ExtensionSessionTest() {
    image.account = AccountId("123456789012");
    image.function_name = "f";
    image.handler = "app.handler";
  }
  const RuntimeReply& send(RuntimeRequest request) {
    request.body_bytes = request.body.size();
    session.handle(std::move(request), [this](RuntimeReply reply) {
      if (!connected) return false;
      replies.push_back(std::move(reply));
      return true;
    });
    static const RuntimeReply none{0, {}, {}};
    return replies.empty() ? none : replies.back();
  }
  const RuntimeReply& enroll(const std::string& name, const std::string& body) {
    RuntimeRequest request{"POST", "/2020-01-01/extension/register", body};
    request.extension.name = name;
    return send(std::move(request));
  }
  std::string enrolled(const std::string& name, const std::string& body) {
    for (const auto& [header, value] : enroll(name, body).headers) {
      if (header == "Lambda-Extension-Identifier") return value;
    }
    ADD_FAILURE() << replies.back().body;
    return {};
  }
  const RuntimeReply& next(const std::string& id) {
    RuntimeRequest request{"GET", "/2020-01-01/extension/event/next"};
    request.extension.identifier = id;
    return send(std::move(request));
  }
  const RuntimeReply& error(const std::string& which, const std::string& id, const std::string& type) {
    RuntimeRequest request{"POST", "/2020-01-01/extension/" + which, "{}"};
    request.extension.identifier = id;
    request.extension.error_type = type;
    return send(std::move(request));
  }
  void offer() {
    Invocation invocation;
    invocation.request_id = RequestId("id-1");
    invocation.invoked_arn = "arn";
    session.offer(invocation, Timestamp(Milliseconds(12345)));
  }
  std::string error_type() { return parse_json(replies.back().body).string_or("errorType", ""); }

  FunctionImage image;
  SeededRandom random{7};
  VirtualClock clock;
  Loop loop;
  TelemetryHub hub{loop, clock, nullptr};
  ExtensionSession session{image, random, hub, *this};
  std::vector<RuntimeReply> replies;
  bool connected = true;
  int changes = 0;
  int subscriptions = 0;
};

// The happy path: without it nothing else matters.
TEST_F(ExtensionSessionTest, CarriesEvents) {
  session.expect("ext");
  EXPECT_FALSE(session.all_registered());
  const std::string id = enrolled("ext", R"({"events":["INVOKE","SHUTDOWN"]})");
  EXPECT_EQ(replies.back().body,
            R"({"functionName":"f","functionVersion":"$LATEST","handler":"app.handler"})");
  EXPECT_TRUE(session.all_registered());
  EXPECT_FALSE(session.all_ready());
  next(id);
  EXPECT_EQ(replies.size(), 1u) << "an event before there is one";
  EXPECT_TRUE(session.all_ready());
  offer();
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_THAT(replies.back().body,
              HasSubstr(R"("eventType":"INVOKE","deadlineMs":12345,"requestId":"id-1")"));
  EXPECT_FALSE(session.is_invocation_over());
  next(id);
  EXPECT_TRUE(session.is_invocation_over());
  session.shut_down("spindown", Timestamp(Milliseconds(99)));
  EXPECT_EQ(replies.back().body, R"({"eventType":"SHUTDOWN","shutdownReason":"spindown","deadlineMs":99})");
}

// Only who registered for invocations is waited for, or told.
TEST_F(ExtensionSessionTest, WaitsForThoseConcernedOnly) {
  session.expect("quiet");
  next(enrolled("quiet", R"({"events":["SHUTDOWN"]})"));
  next(enrolled("inner", "{}"));
  const size_t before = replies.size();
  offer();
  EXPECT_EQ(replies.size(), before);
  EXPECT_TRUE(session.is_invocation_over());
}

// Names and events are as documented: the full file name for external ones, SHUTDOWN for those alone, ten in
// all, and each name once.
TEST_F(ExtensionSessionTest, RefusesBadRegistrations) {
  session.expect("ext");
  const auto refused = [&](const std::string& name, const std::string& body, const std::string& type) {
    EXPECT_EQ(enroll(name, body).status, 403) << name << body;
    EXPECT_EQ(error_type(), type) << name << body;
  };
  refused("", "{}", "Extension.InvalidExtensionName");
  refused("bad\nname", "{}", "Extension.InvalidExtensionName");
  refused("ext", "nonsense", "InvalidRequestFormat");
  refused("ext", "[]", "InvalidRequestFormat");
  refused("ext", R"({"events":"INVOKE"})", "InvalidRequestFormat");
  refused("ext", R"({"configurationKeys":["a"]})", "InvalidRequestFormat");
  refused("ext", R"({"events":["RESTORE"]})", "Extension.InvalidEventType");
  refused("./ext", R"({"events":["SHUTDOWN"]})", "Extension.InvalidEventType");
  enrolled("ext", R"({"events":[]})");
  refused("ext", R"({"events":[]})", "Extension.InvalidExtensionState");
  for (int i = 1; i < 10; ++i) enrolled("inner" + std::to_string(i), "{}");
  refused("one too many", "{}", "Extension.TooManyExtensions");
  refused("inner1", "{}", "Extension.InvalidExtensionState");
  session.close_registration();
  refused("late", "{}", "Extension.RegistrationClosed");
}

// Speaking for another needs its identifier; that of one who has not registered is nobody's.
TEST_F(ExtensionSessionTest, KnowsWhoSpeaks) {
  session.expect("ext");
  const std::string unborn = session.all()[0]->id;
  for (const auto& [id, type] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "Extension.MissingExtensionIdentifier"},
           {"me", "Extension.InvalidExtensionIdentifier"},
           {unborn, "Extension.UnknownExtensionIdentifier"},
           {"a1b2c3d4-5678-90ab-cdef-111111111111", "Extension.UnknownExtensionIdentifier"}}) {
    EXPECT_EQ(next(id).status, 403);
    EXPECT_EQ(error_type(), type);
    EXPECT_EQ(error("exit/error", id, "X.Y").status, 403);
    EXPECT_EQ(error_type(), type);
  }
  EXPECT_EQ(session.all()[0]->state, Extension::State::kStarted);
}

// One request at a time, in the order of the page; after an error nothing more.
TEST_F(ExtensionSessionTest, RefusesWhatIsOutOfOrder) {
  const std::string id = enrolled("inner", R"({"events":["INVOKE"]})");
  next(id);
  EXPECT_EQ(next(id).status, 403);
  EXPECT_THAT(replies.back().body,
              HasSubstr("State transition from Ready to Ready failed for extension " + id));
  EXPECT_EQ(error("init/error", id, "X.Y").status, 403);
  EXPECT_EQ(error("exit/error", id, "").status, 403);
  EXPECT_EQ(error_type(), "Extension.MissingHeader");
  EXPECT_EQ(error("exit/error", id, "X.Y").status, 202);
  EXPECT_EQ(error("exit/error", id, "X.Z").status, 202);
  EXPECT_EQ(session.all()[0]->error_type, "X.Y");
  EXPECT_EQ(session.reported_error(), "Extension.ExitError");
  EXPECT_EQ(next(id).status, 403);
  RuntimeRequest wrong{"DELETE", "/2020-01-01/extension/register"};
  EXPECT_EQ(send(std::move(wrong)).status, 405);
  RuntimeRequest unknown{"POST", "/2020-01-01/extension/whatever"};
  EXPECT_EQ(send(std::move(unknown)).status, 404);
}

// An event must not be lost with a connection that broke while it was parked.
TEST_F(ExtensionSessionTest, KeepsAnEventForWhoReturns) {
  const std::string id = enrolled("inner", R"({"events":["INVOKE"]})");
  next(id);
  connected = false;
  offer();
  EXPECT_FALSE(session.is_invocation_over());
  connected = true;
  EXPECT_THAT(next(id).body, HasSubstr("INVOKE"));
  EXPECT_FALSE(session.is_invocation_over());
  next(id);
  EXPECT_TRUE(session.is_invocation_over());
}

// Subscribing is for those who registered, while init lasts, to one of the two interfaces.
TEST_F(ExtensionSessionTest, TakesSubscriptionsDuringInit) {
  const std::string id = enrolled("inner", "{}");
  const auto subscribe = [&](const std::string& path, const std::string& more = "") {
    RuntimeRequest request{
        "PUT", path,
        R"({"schemaVersion":")" + std::string(path == "/2020-08-15/logs" ? "2020-08-15" : "2022-07-01") +
            R"(","types":["function")" + more +
            R"(],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080"}})"};
    request.extension.identifier = id;
    return send(std::move(request)).status;
  };
  EXPECT_EQ(subscribe("/2022-07-01/telemetry"), 200);
  EXPECT_EQ(replies.back().body, "\"OK\"");
  EXPECT_EQ(subscribe("/2022-07-01/telemetry"), 200);
  EXPECT_EQ(subscribe("/2020-08-15/logs"), 400);
  EXPECT_EQ(subscribe("/2022-07-01/telemetry", R"(,"nonsense")"), 400);
  EXPECT_EQ(subscriptions, 2);
  session.end_init();
  EXPECT_EQ(subscribe("/2022-07-01/telemetry"), 403);
  EXPECT_EQ(error_type(), "Telemetry.SubscriptionClosed");
}

// Where nothing leads to who would listen, nobody may believe that telemetry comes.
TEST_F(ExtensionSessionTest, TellsThatThereIsNoTelemetry) {
  hub.close_off();
  RuntimeRequest request{"PUT", "/2022-07-01/telemetry",
                         R"({"schemaVersion":"2022-07-01","types":["function"],)"
                         R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080"}})"};
  request.extension.identifier = enrolled("inner", "{}");
  const RuntimeReply& reply = send(std::move(request));
  EXPECT_EQ(reply.status, 202);
  EXPECT_THAT(reply.body, HasSubstr("Telemetry.NotSupported"));
  EXPECT_EQ(subscriptions, 0);
}

}  // namespace
}  // namespace haneul::compute
