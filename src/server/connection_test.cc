// The connection's rules over memory: framing, order of answers, refusals. No sockets, no time.
#include "server/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/task/manual_executor.h"
#include "server/testing.h"

namespace haneul::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConnectionTest : public ::testing::Test {
 protected:
  // What the server sends when the client sends these pieces and then half-closes.
  std::string talk(std::vector<std::string> pieces) {
    MemoryTransport transport(std::move(pieces));
    transport.at_end = at_end_;
    const ConnectionInfo info{.listener = "main", .remote_address = "127.0.0.1"};
    const ConnectionContext context{handler_, clock_, limits_, counters_, stopping_};
    executor_.run_until_done(serve_connection(transport, info, context));
    writes_ = transport.writes;
    return without_dates(transport.output);
  }

  static std::string without_dates(std::string text) {
    for (size_t at = 0; (at = text.find("Date: ")) != std::string::npos;) {
      text.erase(at, text.find("\r\n", at) + 2 - at);
    }
    return text;
  }

  static int count_of(const std::string& text, const std::string& what) {
    int count = 0;
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++count;
    return count;
  }

  VirtualClock clock_;
  ManualExecutor executor_{clock_};
  EchoHandler handler_;
  HttpLimits limits_;
  ServerCounters counters_;
  std::atomic<bool> stopping_{false};
  std::optional<TransportError::Kind> at_end_;
  size_t writes_ = 0;
};

TEST_F(ConnectionTest, AnswersAPlainRequestInOneWrite) {
  // The common case, byte by byte: what the head looks like, and that a small answer costs one system call.
  EXPECT_EQ(talk({"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"}),
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nGET /a?b=c");
  EXPECT_EQ(writes_, 1U);
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrder) {
  // Clients may send the next request before the answer: nothing may be lost or mixed up, wherever the bytes
  // are split.
  const std::string two =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfirst"
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\n"
      "GET /third HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string expected = talk({two});
  EXPECT_THAT(expected, HasSubstr("\r\n\r\nfirstHTTP/1.1 200"));
  EXPECT_THAT(expected, HasSubstr("6\r\nsecond\r\n0\r\n\r\nHTTP/1.1 200"));
  EXPECT_THAT(expected, EndsWith("GET /third?"));
  const std::string again =
      "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "6;ext=\"1\"\r\nsecond\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string whole = talk({again});
  EXPECT_THAT(whole, HasSubstr("\r\n\r\n9HTTP/1.1 200"));
  for (size_t cut = 1; cut < again.size(); ++cut) {
    EXPECT_EQ(talk({again.substr(0, cut), again.substr(cut)}), whole) << "cut at " << cut;
  }
  std::vector<std::string> bytes;
  for (const char c : again) bytes.emplace_back(1, c);
  EXPECT_EQ(talk(bytes), whole);
}

TEST_F(ConnectionTest, SendsContinueOnlyToAHandlerThatReads) {
  // A client that waits for the server's leave must get it before the body is read, and a final answer
  // instead when the handler does not want the body; then the connection ends, since the client may or may
  // not send it.
  const std::string head = " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  EXPECT_THAT(talk({"PUT /count" + head, "abc"}),
              StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3"));
  const std::string refused = talk({"PUT /other" + head, "GET /x HTTP/1.1\r\n"});
  EXPECT_THAT(refused, Not(HasSubstr("100 Continue")));
  EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(count_of(refused, "HTTP/1.1 "), 1);
  EXPECT_THAT(talk({"PUT /count" + head + "abc"}), Not(HasSubstr("100 Continue")));
  EXPECT_THAT(talk({"PUT /x HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n"}), StartsWith("HTTP/1.1 417 "));
}

TEST_F(ConnectionTest, SendsContinueBeforeAnEmptyBodyToo) {
  // A client that asked for leave and got a final answer at once may be confused about the next answer
  // (botocore is), so an empty body is no exception: leave first, or the connection ends.
  const std::string head = " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n";
  EXPECT_THAT(talk({"PUT /count" + head}),
              StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n0"));
  EXPECT_THAT(talk({"PUT /other" + head}), HasSubstr("Connection: close\r\n"));
}

TEST_F(ConnectionTest, RefusesAmbiguousFraming) {
  // Request smuggling lives on framing that two parties read differently: each of these ends the connection
  // with a 400.
  const std::vector<std::string> heads = {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                          "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                                          "Content-Length: 3\r\nContent-Length: 3\r\n",
                                          "Content-Length: 3, 3\r\n",
                                          "Content-Length: -1\r\n",
                                          "Content-Length: 0x3\r\n",
                                          "Content-Length: 99999999999999999999\r\n",
                                          "Content-Length:\r\n",
                                          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                          "Bad Name: 1\r\n",
                                          "X : 1\r\n",
                                          "Host: y\r\n"};
  for (const std::string& head : heads) {
    const std::string answer =
        talk({"POST /count HTTP/1.1\r\nHost: x\r\n" + head + "\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n"});
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << head;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << head;
    EXPECT_EQ(count_of(answer, "HTTP/1.1 "), 1) << head;
  }
  EXPECT_THAT(talk({"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"}),
              StartsWith("HTTP/1.1 501"));
  EXPECT_THAT(talk({"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"}),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(talk({"GET / HTTP/1.1\r\n\r\n"}), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(talk({"GET / HTTP/3.0\r\nHost: x\r\n\r\n"}), StartsWith("HTTP/1.1 505"));
  EXPECT_THAT(talk({"\x16\x03\x01 garbage\r\n\r\n"}), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(counters_.requests_refused.load(), heads.size() + 5);
  EXPECT_EQ(counters_.requests_in_flight.load(), 0);
}

TEST_F(ConnectionTest, RefusesMalformedChunks) {
  // A chunk size that is not one must reach the handler as an error and never as the end of the body.
  for (const std::string chunk :
       {"zz\r\nabc", "-1\r\nabc", "3\r\nabcX", "fffffffffffffffff\r\nabc", "3\nabc\n0\n\n"}) {
    const std::string answer = talk(
        {"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "\r\n0\r\n\r\n"});
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << chunk;
    EXPECT_EQ(handler_.last_body_error, static_cast<int>(platform::BodyError::Kind::kMalformed)) << chunk;
  }
}

TEST_F(ConnectionTest, TellsACutBodyFromAWholeOne) {
  // An upload that breaks off must not be stored: the reader throws kCutOff for sized and chunked bodies
  // alike.
  for (const std::string body : {"Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
                                 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    handler_.last_body_error = -1;
    talk({"POST /count HTTP/1.1\r\nHost: x\r\n" + body});
    EXPECT_EQ(handler_.last_body_error, static_cast<int>(platform::BodyError::Kind::kCutOff)) << body;
  }
  at_end_ = TransportError::Kind::kTimeout;
  talk({"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"});
  EXPECT_EQ(handler_.last_body_error, static_cast<int>(platform::BodyError::Kind::kTimeout));
}

TEST_F(ConnectionTest, LimitsTheHead) {
  // One client must not make the server hold an endless head, however it is cut up.
  limits_.head_bytes_max = 2048;
  limits_.request_line_bytes_max = 256;
  limits_.header_count_max = 4;
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_THAT(talk({start + "A: " + std::string(4096, 'a') + "\r\n\r\n"}), StartsWith("HTTP/1.1 431 "));
  std::vector<std::string> trickle{start + "A: "};
  for (int i = 0; i < 400; ++i) trickle.emplace_back("aaaaaaaaaa");
  EXPECT_THAT(talk(trickle), StartsWith("HTTP/1.1 431 "));
  std::vector<std::string> lines{start};
  for (int i = 0; i < 400; ++i) lines.emplace_back("A: aaaaaaaaaa\r\n");
  EXPECT_THAT(talk(lines), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(talk({start + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n"}), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(talk({"GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"}),
              StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(talk({"GET /" + std::string(300, 'a')}), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(talk({start + "A: " + std::string(1000, 'a') + "\r\n\r\n"}), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ConnectionTest, DrainsASmallUnreadBodyAndClosesOnALargeOne) {
  // A refused upload keeps its connection when the rest is small, and never has its bytes taken for the next
  // request.
  limits_.drain_bytes_max = 1000;
  const auto answers = [&](size_t size) {
    return talk({"PUT /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                 std::string(size, 'b') + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n"});
  };
  EXPECT_THAT(answers(1000), EndsWith("GET /next?"));
  const std::string closed = answers(1001);
  EXPECT_THAT(closed, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(count_of(closed, "HTTP/1.1 "), 1);
}

TEST_F(ConnectionTest, FramesEveryKindOfAnswer) {
  // HEAD, 204 and 304 carry no body; streams are sized, chunked, or, for HTTP/1.0, end with the connection.
  const auto get = [&](const std::string& line) { return talk({line + "\r\nHost: x\r\n\r\n"}); };
  EXPECT_EQ(get("HEAD /entity?4096 HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n");
  EXPECT_EQ(get("HEAD /size?70 HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n");
  EXPECT_EQ(get("GET /entity?4096 HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(get("GET /status?204 HTTP/1.1"), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(get("GET /status?304 HTTP/1.1"), "HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_EQ(get("GET /size?3 HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nxxx");
  EXPECT_EQ(writes_, 1U);
  EXPECT_EQ(get("GET /size?0 HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(get("GET /chunked?3 HTTP/1.1"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxxx\r\n0\r\n\r\n");
  EXPECT_EQ(get("GET /chunked?0 HTTP/1.1"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(get("GET /chunked?3 HTTP/1.0"), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nxxx");
  const std::string large = get("GET /size?1000000 HTTP/1.1");
  EXPECT_EQ(large.size() - large.find("\r\n\r\n") - 4, 1'000'000U);
}

TEST_F(ConnectionTest, NeverPassesOffAPartForTheWhole) {
  // A stream that fails before its first byte becomes a 500; one that fails later or is too short ends the
  // connection.
  const std::string next = "\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_THAT(talk({"GET /fails?0 HTTP/1.1" + next}), StartsWith("HTTP/1.1 500 "));
  for (const std::string path : {"/fails?10", "/short?10"}) {
    const std::string answer = talk({"GET " + path + " HTTP/1.1" + next});
    EXPECT_THAT(answer, EndsWith("\r\n\r\nxxxxxxxxxx")) << path;
  }
  EXPECT_THAT(talk({"GET /throws HTTP/1.1" + next}), StartsWith("HTTP/1.1 500 "));
}

TEST_F(ConnectionTest, KeepsOrEndsTheConnectionAsAsked) {
  // Persistence by version and header (RFC 9112, 9.3), and by the server that is stopping.
  const std::string next = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto answers = [&](const std::string& first) {
    return count_of(talk({first + next}), "HTTP/1.1 200");
  };
  EXPECT_EQ(answers("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 2);
  EXPECT_EQ(answers("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), 2);
  EXPECT_THAT(talk({"\r\n\r\n\r\n" + next}), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(talk({"\r\n", "\r\n", "\r\n" + next}), talk({"\r\n\r\n\r\n" + next}));
  EXPECT_EQ(answers("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n"), 1);
  EXPECT_EQ(answers("GET / HTTP/1.0\r\n\r\n"), 1);
  EXPECT_EQ(answers("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 2);
  stopping_ = true;
  EXPECT_EQ(answers("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 1);
}

TEST_F(ConnectionTest, TakesTheHostFromHeaderOrTarget) {
  // Virtual-host buckets are routed by this name, so it must be one name, without port and case.
  const auto who = [&](const std::string& target, const std::string& host) {
    const std::string answer = talk({"GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"});
    return answer.starts_with("HTTP/1.1 200") ? answer.substr(answer.rfind('\n') + 1) : answer.substr(9, 3);
  };
  EXPECT_EQ(who("/who", "Bucket.S3.localhost:4566"), "main 127.0.0.1 bucket.s3.localhost");
  EXPECT_EQ(who("/who", "[::1]:4566"), "main 127.0.0.1 [::1]");
  EXPECT_EQ(who("http://B.localhost:4566/who", "b.localhost"), "main 127.0.0.1 b.localhost");
  EXPECT_EQ(who("http://b.localhost?x", "b.localhost"), "GET /?x");
  EXPECT_EQ(who("http://other/who", "b.localhost"), "400");
  EXPECT_EQ(who("/who", "a b"), "400");
  EXPECT_EQ(who("/who", "a/b"), "400");
  EXPECT_EQ(who("/who", "a:b"), "400");
  EXPECT_EQ(who("who", "a"), "400");
  EXPECT_EQ(who("ftp://a/who", "a"), "400");
}

TEST_F(ConnectionTest, ShedsLoadWithoutCallingTheHandler) {
  // Over the limit an answer costs next to nothing: the handler, which would throw here, is not asked.
  limits_.in_flight_max = 0;
  EXPECT_THAT(talk({"GET /throws HTTP/1.1\r\nHost: x\r\n\r\n"}), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(counters_.requests_shed.load(), 1U);
}

TEST_F(ConnectionTest, LetsNoStoredValueWriteHeaders) {
  // Object metadata and response-content-* parameters reach header values: a line break in them must stay in
  // its line.
  const std::string answer = talk({"GET /inject HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_THAT(answer, HasSubstr("X-Meta: a  X-Forged: b\r\n"));
}

}  // namespace
}  // namespace haneul::server
