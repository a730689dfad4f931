// Each intrinsic function's value, and what is said when its arguments make no sense.
#include "services/cloudformation/template/resolver.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"
#include "model/error.h"

namespace haneul::cloudformation {
namespace {

Names names() {
  Names names;
  names.values = {
      {"AWS::Region", "eu-west-1"}, {"Env", "live"}, {"Subnets", Document::Array{"s-1", "s-2", "s-3"}}};
  names.mappings = parse_json(R"({"Sizes": {"live": {"Days": 30, "Zones": ["a", "b"]}}})");
  names.conditions = {{"IsLive", true}, {"IsTest", false}};
  names.ref = [](std::string_view id) { return Document("ref of " + std::string(id)); };
  names.attribute = [](std::string_view id, std::string_view attribute) {
    return Document("arn:aws:x:" + std::string(id) + ":" + std::string(attribute));
  };
  names.import = [](const std::string& name) { return "import of " + name; };
  return names;
}

// The value as JSON, or what it is refused with.
std::string resolved(const std::string& yaml, const Names& known = names()) {
  try {
    const auto value = Resolver(known).resolve(parse_yaml(yaml));
    return value ? write_json(*value) : "nothing";
  } catch (const model::ServiceError& error) {
    return error.message();
  }
}

struct Case {
  const char* yaml;
  const char* expected;
};

// The functions as the user guide describes them.
TEST(Resolver, KnowsEveryFunction) {
  const Case cases[] = {
      {"!Ref Env", R"("live")"},
      {"!Ref Bucket", R"("ref of Bucket")"},
      {"!GetAtt Bucket.Arn", R"("arn:aws:x:Bucket:Arn")"},
      {"!GetAtt [Bucket, Nested.Arn]", R"("arn:aws:x:Bucket:Nested.Arn")"},
      {"!Sub 'a-${Env}-${Bucket}-${Bucket.Arn}-${!Env}-${AWS::Region}'",
       R"("a-live-ref of Bucket-arn:aws:x:Bucket:Arn-${Env}-eu-west-1")"},
      {"!Sub ['${Env}-${X}', {X: !Ref Env, Env: mine}]", R"("mine-live")"},
      {"!Sub 'cost $5 and ${Env'", R"("cost $5 and ${Env")"},
      {"!Join ['|', !Ref Subnets]", R"("s-1|s-2|s-3")"},
      {"!Join ['', [a, 1, true]]", R"("a1true")"},
      {"!Split [',', 'a,b,,c']", R"(["a","b","","c"])"},
      {"!Select [1, [a, b]]", R"("b")"},
      {"!Select ['2', !Ref Subnets]", R"("s-3")"},
      {"!Select [0, !GetAZs '']", R"("eu-west-1a")"},
      {"!If [IsLive, big, small]", R"("big")"},
      {"!If [IsTest, big, small]", R"("small")"},
      {"[a, !If [IsTest, b, !Ref 'AWS::NoValue'], c]", R"(["a","c"])"},
      {"{a: 1, b: !Ref 'AWS::NoValue'}", R"({"a":1})"},
      {"!FindInMap [Sizes, !Ref Env, Days]", "30"},
      {"!FindInMap [Sizes, live, Zones]", R"(["a","b"])"},
      {"!Base64 {'Fn::Sub': '${Env}-x'}", R"("bGl2ZS14")"},
      {"!ImportValue {'Fn::Sub': '${Env}-vpc'}", R"("import of live-vpc")"},
      {"!Cidr ['192.168.0.0/24', 3, 5]", R"(["192.168.0.0/27","192.168.0.32/27","192.168.0.64/27"])"},
      {"!Cidr ['10.0.7.9/16', '2', '8']", R"(["10.0.0.0/24","10.0.1.0/24"])"},
      {"!Cidr ['2600:1f18:abc:de00::/56', 2, 64]",
       R"(["2600:1f18:abc:de00::/64","2600:1f18:abc:de01::/64"])"},
      // Policies have conditions of their own.
      {"{Condition: {StringEquals: {a: !Ref Env}}}", R"({"Condition":{"StringEquals":{"a":"live"}}})"},
  };
  for (const Case& one : cases) EXPECT_EQ(resolved(one.yaml), one.expected) << one.yaml;
}

// The language extensions are there when the template asks for them, and only then.
TEST(Resolver, ExtensionsNeedTheirTransform) {
  Names extended = names();
  extended.has_language_extensions = true;
  EXPECT_EQ(resolved("!Length [a, b]", extended), "2");
  EXPECT_EQ(resolved("!ToJsonString {a: !Ref Env}", extended), R"("{\"a\":\"live\"}")");
  EXPECT_EQ(resolved("!FindInMap [Sizes, none, Days, {DefaultValue: 7}]", extended), "7");
  EXPECT_EQ(resolved("!Length [a, b]"),
            "Template error: Fn::Length requires the transform AWS::LanguageExtensions.");
}

// Wrong arguments are said in AWS's words.
TEST(Resolver, RefusesWrongArguments) {
  const Case cases[] = {
      {"!Ref [a]", "Template error: every Ref object must have a single String value."},
      {"{'Fn::GetAtt': Bucket}",
       "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and "
       "the resource attribute"},
      {"!Sub [a]",
       "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
       "string as first argument, and an optional second argument to specify a mapping of values to replace "
       "in the string"},
      {"!Join [a]",
       "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list "
       "of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be "
       "joined."},
      {"!Select [0]",
       "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"},
      {"!Select [3, [a, b]]", "Template error: Fn::Select cannot select nonexistent value at index 3"},
      {"!Select [-1, [a, b]]", "Template error: Fn::Select cannot select nonexistent value at index -1"},
      {"!FindInMap [Sizes, live]",
       "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the "
       "attribute for return value"},
      {"!FindInMap [Sizes, test, Days]", "Template error: Unable to get mapping for Sizes::test::Days"},
      {"!Cidr ['10.0.0.0/24', 257, 5]", "Template error: Fn::Cidr count must be between 1 and 256"},
      {"!Sub '${Subnets}'",
       "Template error: variable Subnets in Fn::Sub expression does not resolve to a "
       "string"},
      {"!Equals [a, b]",
       "Template error: Fn::And, Fn::Or, Fn::Not and Fn::Equals may only be used in conditions."},
      {"{'Fn::Nope': x}", "Template error: Fn::Nope is not supported by Haneul."},
  };
  for (const Case& one : cases) EXPECT_EQ(resolved(one.yaml), one.expected) << one.yaml;
}

// Before resources exist, a change set must still be able to say what it can, and not stumble over the rest.
TEST(Resolver, GivesOnWhatIsUnknown) {
  Names unknown = names();
  unknown.unknown = "?";
  unknown.ref = [](std::string_view) { return Document("?"); };
  unknown.attribute = [](std::string_view, std::string_view) { return Document("?"); };
  for (const char* yaml :
       {"!Select [5, !Split [':', !GetAtt A.Arn]]", "!Select [1, !Split ['/', !Sub 'x/${A}']]",
        "!Base64 {Ref: A}", "!Join ['-', !Split [':', !Ref A]]", "!ImportValue {'Fn::Sub': '${A}'}",
        "!Cidr [!Ref A, 2, 4]", "!FindInMap [Sizes, !Ref A, Days]"}) {
    EXPECT_EQ(resolved(yaml, unknown), R"("?")") << yaml;
  }
  EXPECT_EQ(resolved("!Select [9, !Split [':', 'a:b']]", unknown),
            "Template error: Fn::Select cannot select nonexistent value at index 9");
}

std::string condition(const std::string& yaml) {
  try {
    const auto all = evaluate_conditions(parse_yaml(yaml), names());
    return all.at("C") ? "true" : "false";
  } catch (const model::ServiceError& error) {
    return error.message();
  }
}

// Conditions decide what a stack has at all.
TEST(Conditions, AreEvaluated) {
  const Case cases[] = {
      {"{C: !Equals [!Ref Env, live]}", "true"},
      {"{C: !Equals ['1', 1]}", "true"},
      {"{C: !Not [!Equals [a, a]]}", "false"},
      {"{C: !And [!Condition D, !Not [!Condition E]], D: !Equals [a, a], E: !Equals [a, b]}", "true"},
      {"{C: !Or [!Condition D, !Equals [a, b]], D: !Equals [a, b]}", "false"},
      {"{C: !Equals [!FindInMap [Sizes, !Ref Env, Days], '30']}", "true"},
      {"{C: !And [!Equals [a, a]]}",
       "Template error: every Fn::And object requires a list of at least 2 and "
       "at most 10 boolean parameters."},
      {"{C: !Not [!Equals [a, a], !Equals [a, a]]}",
       "Template error: every Fn::Not object requires a list argument with a single boolean parameter."},
      {"{C: !Not [!Condition C]}",
       "Template format error: Found circular condition dependency between C and C"},
      {"{C: !Condition D}",
       "Template format error: Unresolved condition dependency D in the Conditions block of the template"},
      {"{C: 'yes'}",
       "Template format error: Conditions can only be boolean operations on parameters and other "
       "conditions"},
  };
  for (const Case& one : cases) EXPECT_EQ(condition(one.yaml), one.expected) << one.yaml;
}

}  // namespace
}  // namespace haneul::cloudformation
