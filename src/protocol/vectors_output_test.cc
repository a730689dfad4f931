#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "protocol/codec.h"
#include "protocol/vectors_support.h"

namespace haneul::protocol {
namespace {

using vectors::Case;
using vectors::CaseSetup;

constexpr AnswerIds kIds{.request_id = "request-1", .host_id = "host-1"};

bool is_error(const Case& test) { return test.data.find("errorCode") != nullptr; }

Document expected_of(const Case& test) {
  const Document& given = *test.data.find("given");
  const Document* output = is_error(test) ? &given.find("errors")->as_array().front() : given.find("output");
  const Document* value = test.data.find(is_error(test) ? "error" : "result");
  if (output == nullptr || value == nullptr) return Document::object();
  return vectors::from_params(*test.shapes, vectors::text_of(*output, "shape"), *value);
}

WireResponse encode(const Case& test, const CaseSetup& setup) {
  const model::Protocol protocol = setup.service.protocols.front();
  const Document value = expected_of(test);
  if (!is_error(test)) {
    const Call call{
        .protocol = protocol, .service = &setup.service, .operation = &setup.operation, .labels = {}};
    return encode_output(call, value, kIds);
  }
  const std::string message = test.data.string_or("errorMessage", "");
  return encode_error(protocol, setup.service,
                      {.shape = setup.operation.errors.front(),
                       .message = message,
                       .fields = &value,
                       .ids = kIds,
                       .method = "POST",
                       .resource = "/"});
}

WireResponse given_response(const Case& test) {
  const Document& response = *test.data.find("response");
  WireResponse out{.status = static_cast<int>(response.find("status_code")->as_int()),
                   .headers = {},
                   .body = vectors::text_of(response, "body")};
  if (vectors::text_of(*test.metadata, "protocol").starts_with("smithy")) out.body = *base64_decode(out.body);
  if (const Document* headers = response.find("headers")) {
    for (const auto& [name, value] : headers->as_object()) out.headers.emplace_back(name, value.as_string());
  }
  return out;
}

void compare(const Case& test, const vectors::ClientAnswer& answer, const Document& expected) {
  EXPECT_EQ(write_json(vectors::canonical(expected)), write_json(vectors::canonical(answer.value)));
  EXPECT_TRUE(vectors::canonical(expected) == vectors::canonical(answer.value));
  if (!is_error(test)) return;
  EXPECT_EQ(test.data.string_or("errorCode", ""), answer.code);
  if (test.data.find("errorMessage") != nullptr)
    EXPECT_EQ(test.data.string_or("errorMessage", ""), answer.message);
}

template <class Check>
void for_each_case(Check check) {
  const auto cases = vectors::load_cases("output");
  if (!cases) GTEST_SKIP() << "the protocol vectors are not here";
  EXPECT_GT(cases->size(), 300U);
  for (const Case& test : *cases) {
    if (!vectors::exception_reason(test.id).empty()) continue;
    SCOPED_TRACE(test.id);
    try {
      check(test);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

// The reader below is only a witness if it understands the answers that real clients are tested with.
TEST(Vectors, TestClientReadsGivenAnswers) {
  for_each_case([](const Case& test) {
    compare(test, vectors::read_answer(test, given_response(test)), expected_of(test));
  });
}

// Every answer that AWS's SDKs are tested to read must come out of our encoders with the same meaning.
TEST(Vectors, Output) {
  for_each_case([](const Case& test) {
    const CaseSetup setup(test);
    const WireResponse response = encode(test, setup);
    compare(test, vectors::read_answer(test, response), expected_of(test));
    const bool is_rpc = setup.service.protocols.front() != model::Protocol::kRestJson &&
                        setup.service.protocols.front() != model::Protocol::kRestXml;
    if (is_error(test) || is_rpc) EXPECT_EQ(response.status, given_response(test).status);
  });
}

}  // namespace
}  // namespace haneul::protocol
