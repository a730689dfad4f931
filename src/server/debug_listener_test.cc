// The debug port's rules, called as a handler: who may ask, what each page says, and that the server's
// counters are readable.
#include "server/debug_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/task/manual_executor.h"

namespace haneul::server {
namespace {

using ::testing::HasSubstr;

class FixedPages final : public DebugPages {
 public:
  Health health() override { return {state, "{\"state\":\"x\"}"}; }
  std::string metrics() override { return server_metrics(counters); }
  std::string config() override { return "{\"port\":4566}"; }
  std::string requests() override { return "[]"; }
  Health::State state = Health::State::kServing;
  ServerCounters counters;
};

class DebugTest : public ::testing::Test {
 protected:
  platform::HttpResponse ask(std::string path, std::string host = "localhost", std::string method = "GET") {
    platform::HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.host = std::move(host);
    VirtualClock clock;
    return ManualExecutor(clock).run_until_done(handler_.handle(request));
  }
  FixedPages pages_;
  DebugHandler handler_{pages_};
};

TEST_F(DebugTest, ShowsItsPages) {
  // Each page reaches its callback, and a failing process says so in the status, which is all a probe reads.
  EXPECT_EQ(ask("/config").text, "{\"port\":4566}");
  EXPECT_EQ(ask("/requests").text, "[]");
  EXPECT_EQ(ask("/health").status, 200);
  pages_.state = DebugPages::Health::State::kFailing;
  EXPECT_EQ(ask("/health").status, 503);
  EXPECT_EQ(ask("/secrets").status, 404);
  pages_.counters.requests = 7;
  EXPECT_THAT(ask("/metrics").text,
              HasSubstr("# TYPE haneul_http_requests_total counter\nhaneul_http_requests_total 7\n"));
}

TEST_F(DebugTest, AnswersNobodyButThePersonAtTheMachine) {
  // A web page that rebinds its name to 127.0.0.1 would otherwise read the configuration through the user's
  // browser.
  EXPECT_EQ(ask("/config", "evil.example").status, 403);
  EXPECT_EQ(ask("/config", "").status, 403);
  EXPECT_EQ(ask("/config", "127.0.0.1").status, 200);
  EXPECT_EQ(ask("/config", "localhost", "POST").status, 405);
}

TEST_F(DebugTest, ListensOnLoopbackOnly) {
  // The debug port has no authentication: an address others can reach must be refused, not warned about.
  Loops loops(1);
  const SystemClock clock;
  Server server(loops, handler_, clock, nullptr);
  EXPECT_THROW(open_debug_listener(server, handler_, "0.0.0.0", 0), ListenError);
  EXPECT_GT(open_debug_listener(server, handler_, "127.0.0.1", 0), 0);
}

}  // namespace
}  // namespace haneul::server
