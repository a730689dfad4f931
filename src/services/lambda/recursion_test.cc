// Recursion: functions that their own doings invoke are stopped, others never are.
#include "services/lambda/recursion.h"

#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

constexpr const char* kRoot = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

FunctionRef ref_of(const std::string& name) {
  return {.place = {AccountId("123456789012"), Region("eu-west-1")}, .name = name, .qualifier = {}};
}
Resolved resolved(const std::string& name) {
  Resolved out;
  out.ref = ref_of(name);
  return out;
}

// The count is that of one function in one chain; it stops after sixteen, unless the function wants to.
TEST(Recursion, CountsOneFunctionInOneChain) {
  std::string header = kRoot;
  for (int i = 0; i < 16; ++i) {
    EXPECT_FALSE(is_runaway(header, resolved("f"))) << i;
    header = with_lineage(header, ref_of("f"));
  }
  EXPECT_TRUE(is_runaway(header, resolved("f")));
  EXPECT_FALSE(is_runaway(header, resolved("g")));
  EXPECT_FALSE(is_runaway(kRoot, resolved("f")));
  Resolved willing = resolved("f");
  willing.stops_recursion = false;
  EXPECT_FALSE(is_runaway(header, willing));
  FunctionRef alias = ref_of("f");
  alias.qualifier = "live";  // a version or an alias is the same function
  EXPECT_EQ(with_lineage(kRoot, alias), with_lineage(kRoot, ref_of("f")));
}

// The header's other fields stay, and its form is the one that AWS writes.
TEST(Recursion, WritesTheLineageField) {
  const std::string first = with_lineage(kRoot, ref_of("f"));
  ASSERT_TRUE(first.starts_with(std::string(kRoot) + ";Lineage=1:")) << first;
  EXPECT_TRUE(first.ends_with(":0"));
  const std::string second = with_lineage(first, ref_of("g"));
  EXPECT_TRUE(second.starts_with(std::string(kRoot) + ";Lineage=2:"));
  EXPECT_EQ(std::ranges::count(second, '|'), 1);
  EXPECT_TRUE(with_lineage(second, ref_of("f")).find(":1|") != std::string::npos);
}

// What strangers write into the field neither overflows nor grows beyond what a header may have.
TEST(Recursion, BoundsWhatStrangersWrite) {
  for (const char* field : {";Lineage=", ";Lineage=:", ";Lineage=1:2:3:4", ";Lineage=x:y:z|a:b|c:-5",
                            ";Lineage=9223372036854775807:aaaaaaaa:9223372036854775807"}) {
    EXPECT_FALSE(is_runaway(std::string(kRoot) + field, resolved("f"))) << field;
    EXPECT_TRUE(with_lineage(std::string(kRoot) + field, ref_of("f")).starts_with(kRoot)) << field;
  }
  std::string header = kRoot;
  for (int i = 0; i < 100; ++i) header = with_lineage(header, ref_of("f" + std::to_string(i)));
  EXPECT_LE(header.size(), 512u);
}

class RecursionOps : public test::LambdaFixture {
 protected:
  RecursionOps() { call<op::CreateFunction>(function("f")); }
  std::string chain_of(int times) {
    std::string header = kRoot;
    for (int i = 0; i < times; ++i)
      header = with_lineage(header, {.place = place(), .name = "f", .qualifier = {}});
    return header;
  }
  Place place() const { return {house.account, Region("eu-west-1")}; }
};

// The setting is shown as it was set, and belongs to the whole function.
TEST_F(RecursionOps, IsSetAndShown) {
  const auto shown = [&] {
    return text(call<op::GetFunctionRecursionConfig>(of({{"FunctionName", "f"}})), "RecursiveLoop");
  };
  EXPECT_EQ(shown(), "Terminate");
  call<op::PutFunctionRecursionConfig>(of({{"FunctionName", "f"}, {"RecursiveLoop", "Allow"}}));
  EXPECT_EQ(shown(), "Allow");
  EXPECT_TRUE(refusal<op::PutFunctionRecursionConfig>(of({{"FunctionName", "f"}, {"RecursiveLoop", "Never"}}))
                  .starts_with("ValidationException"));
  EXPECT_EQ(refusal<op::GetFunctionRecursionConfig>(of({{"FunctionName", "g"}})),
            "ResourceNotFoundException: Function not found: " + arn_start + "g");
  EXPECT_TRUE(refusal<op::GetFunctionRecursionConfig>(of({{"FunctionName", "f:1"}}))
                  .starts_with("InvalidParameterValueException"));
}

// Who calls and waits is told; the function sees itself counted.
TEST_F(RecursionOps, StopsASynchronousLoop) {
  trace_id = chain_of(15);
  invoke("f");
  EXPECT_EQ(functions.invocations.back().trace_header, chain_of(16));
  trace_id = chain_of(16);
  EXPECT_EQ(
      refusal<op::Invoke>(of({{"FunctionName", "f"}, {"Payload", Blob{"{}"}}})),
      "RecursiveInvocationException: Lambda has detected your function being invoked in a recursive loop "
      "with other AWS resources and stopped your function's invocation.");
  EXPECT_EQ(functions.invocations.size(), 1u);
  call<op::PutFunctionRecursionConfig>(of({{"FunctionName", "f"}, {"RecursiveLoop", "Allow"}}));
  invoke("f");
  EXPECT_EQ(functions.invocations.size(), 2u);
}

// An event is accepted, does not run, and goes where failures go, with the chain it belongs to.
TEST_F(RecursionOps, SendsAStoppedEventToItsDestination) {
  call<op::CreateFunction>(function("rescue"));
  call<op::PutFunctionEventInvokeConfig>(
      of({{"FunctionName", "f"},
          {"DestinationConfig", of({{"OnFailure", of({{"Destination", arn_start + "rescue"}})}})}}));
  trace_id = chain_of(16);
  EXPECT_EQ(invoke("f", "Event").find("StatusCode")->as_int(), 202);
  executor.run();
  EXPECT_TRUE(functions.invocations.empty());
  ASSERT_EQ(dispatcher.inputs.size(), 1u);
  const Document record = parse_json(dispatcher.inputs[0].find("Payload")->as_blob());
  EXPECT_EQ(record.find("requestContext")->string_or("condition", ""), "RecursiveInvocationException");
  EXPECT_EQ(record.find("responsePayload"), nullptr);
  EXPECT_EQ(dispatcher.traces.front(), chain_of(17));
}

}  // namespace
}  // namespace haneul::lambda
