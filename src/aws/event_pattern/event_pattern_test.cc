// Event patterns, against the tables of EventBridge's and Lambda's developer guides.
#include "aws/event_pattern/event_pattern.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/parse_error.h"

namespace haneul::aws {
namespace {

bool match(std::string_view pattern, std::string_view event) {
  return EventPattern::parse(pattern, PatternDialect::kEventBridge).matches(parse_json(event));
}

std::string refusal(std::string_view pattern, PatternDialect dialect = PatternDialect::kEventBridge) {
  try {
    EventPattern::parse(pattern, dialect);
    return "";
  } catch (const ParseError& error) {
    return error.what();
  }
}

// Lists are alternatives, fields are requirements: the base of every pattern.
TEST(EventPattern, MatchesValuesOfEveryKind) {
  EXPECT_TRUE(match(R"({"a":["x","y"]})", R"({"a":"y","b":1})"));
  EXPECT_FALSE(match(R"({"a":["x"],"b":[2]})", R"({"a":"x","b":1})"));
  EXPECT_TRUE(match(R"({"a":[1]})", R"({"a":1.0})"));
  EXPECT_FALSE(match(R"({"a":[1]})", R"({"a":"1"})"));
  EXPECT_TRUE(match(R"({"a":[null]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[null]})", R"({})"));
  EXPECT_TRUE(match(R"({"a":[""]})", R"({"a":""})"));
  EXPECT_TRUE(match(R"({"a":[true]})", R"({"a":true})"));
  EXPECT_FALSE(match(R"({"a":["X"]})", R"({"a":"x"})"));
  EXPECT_TRUE(match(R"({"a":{"b":{"c":["x"]}}})", R"({"a":{"b":{"c":"x"}}})"));
  EXPECT_FALSE(match(R"({"a":{"b":["x"]}})", R"({"a":"x"})"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":{"x":"x"}})"));
}

// A list in the event matches by any element, and objects in lists match as wholes.
TEST(EventPattern, LooksIntoLists) {
  EXPECT_TRUE(match(R"({"a":["x"]})", R"({"a":["z","x"]})"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":[]})"));
  const char* both = R"({"a":{"k":["1"],"v":["2"]}})";
  EXPECT_TRUE(match(both, R"({"a":[{"k":"0","v":"0"},{"k":"1","v":"2"}]})"));
  EXPECT_FALSE(match(both, R"({"a":[{"k":"1","v":"0"},{"k":"0","v":"2"}]})"));
}

// The comparisons of texts, with and without case.
TEST(EventPattern, ComparesTexts) {
  EXPECT_TRUE(match(R"({"a":[{"prefix":"eu-"}]})", R"({"a":"eu-west-1"})"));
  EXPECT_FALSE(match(R"({"a":[{"prefix":"eu-"}]})", R"({"a":"us-eu-"})"));
  EXPECT_TRUE(match(R"({"a":[{"prefix":{"equals-ignore-case":"EU"}}]})", R"({"a":"eu-west-1"})"));
  EXPECT_TRUE(match(R"({"a":[{"suffix":".png"}]})", R"({"a":"x.png"})"));
  EXPECT_FALSE(match(R"({"a":[{"suffix":".png"}]})", R"({"a":"x.PNG"})"));
  EXPECT_TRUE(match(R"({"a":[{"suffix":{"equals-ignore-case":".png"}}]})", R"({"a":"x.PNG"})"));
  EXPECT_TRUE(match(R"({"a":[{"equals-ignore-case":"Alice"}]})", R"({"a":"aLICE"})"));
  EXPECT_FALSE(match(R"({"a":[{"prefix":"1"}]})", R"({"a":12})"));
}

// Wildcards match greedily, backtrack, and can be escaped.
TEST(EventPattern, MatchesWildcards) {
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"dir/*.png"}]})", R"({"a":"dir/a.png.png"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"dir/*.png"}]})", R"({"a":"dir/a.pngx"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"*a*b*"}]})", R"({"a":"xaabxab"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"a\\*b"}]})", R"({"a":"a*b"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"a\\*b"}]})", R"({"a":"axb"})"));
  EXPECT_NE(refusal(R"({"a":[{"wildcard":"a**b"}]})"), "");
  EXPECT_NE(refusal(R"({"a":[{"wildcard":"a\\b"}]})"), "");
}

// Numbers by range; the bounds are as their signs say.
TEST(EventPattern, ComparesNumbers) {
  const char* range = R"({"a":[{"numeric":[">",0,"<=",5]}]})";
  EXPECT_FALSE(match(range, R"({"a":0})"));
  EXPECT_TRUE(match(range, R"({"a":0.5})"));
  EXPECT_TRUE(match(range, R"({"a":5})"));
  EXPECT_FALSE(match(range, R"({"a":5.01})"));
  EXPECT_FALSE(match(range, R"({"a":"3"})"));
  EXPECT_TRUE(match(R"({"a":[{"numeric":["=",3]}]})", R"({"a":3.0})"));
  EXPECT_NE(refusal(R"({"a":[{"numeric":["<",5,">",7]}]})"), "");
  EXPECT_NE(refusal(R"({"a":[{"numeric":["<",5,"<",7]}]})"), "");
  EXPECT_NE(refusal(R"({"a":[{"numeric":["<"]}]})"), "");
  EXPECT_NE(refusal(R"({"a":[{"numeric":["<",6e9]}]})"), "");
}

// "anything-but" needs the field to be there, and takes lists and comparisons.
TEST(EventPattern, Negates) {
  EXPECT_TRUE(match(R"({"a":[{"anything-but":["x","y"]}]})", R"({"a":"z"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":["x","y"]}]})", R"({"a":"y"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":"x"}]})", R"({})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":404}]})", R"({"a":404})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":{"prefix":"tmp"}}]})", R"({"a":"etc"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"suffix":[".a",".b"]}}]})", R"({"a":"x.b"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"wildcard":"*/lib/*"}}]})", R"({"a":"/usr/lib/x"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"equals-ignore-case":"X"}}]})", R"({"a":"x"})"));
  EXPECT_NE(refusal(R"({"a":[{"anything-but":[]}]})"), "");
  EXPECT_NE(refusal(R"({"a":[{"anything-but":{"numeric":["=",1]}}]})"), "");
}

// Presence is about leaves: an object is none, and what is below an absent field is absent.
TEST(EventPattern, TellsPresence) {
  EXPECT_TRUE(match(R"({"a":[{"exists":true}]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[{"exists":true}]})", R"({"a":{"b":1}})"));
  EXPECT_TRUE(match(R"({"a":[{"exists":false}]})", R"({"b":1})"));
  EXPECT_FALSE(match(R"({"a":[{"exists":false}]})", R"({"a":0})"));
  EXPECT_TRUE(match(R"({"a":{"b":[{"exists":false}]}})", R"({})"));
  EXPECT_TRUE(match(R"({"a":["x",{"exists":false}]})", R"({})"));
}

// Addresses by their network, of both families.
TEST(EventPattern, MatchesNetworks) {
  EXPECT_TRUE(match(R"({"a":[{"cidr":"10.0.0.0/20"}]})", R"({"a":"10.0.15.255"})"));
  EXPECT_FALSE(match(R"({"a":[{"cidr":"10.0.0.0/20"}]})", R"({"a":"10.0.16.0"})"));
  EXPECT_TRUE(match(R"({"a":[{"cidr":"2001:db8::/32"}]})", R"({"a":"2001:db8::1"})"));
  EXPECT_FALSE(match(R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"no address"})"));
  EXPECT_NE(refusal(R"({"a":[{"cidr":"10.0.0.0/33"}]})"), "");
}

// "$or" joins whole patterns and stands beside other requirements; with values it is a field's name.
TEST(EventPattern, JoinsAlternatives) {
  const char* either = R"({"s":["a"],"$or":[{"x":["1"]},{"y":[{"numeric":[">",7]}]}]})";
  EXPECT_TRUE(match(either, R"({"s":"a","x":"1"})"));
  EXPECT_TRUE(match(either, R"({"s":"a","y":8})"));
  EXPECT_FALSE(match(either, R"({"s":"a","y":7})"));
  EXPECT_FALSE(match(either, R"({"s":"b","x":"1"})"));
  EXPECT_TRUE(match(R"({"$or":["x",{"prefix":"y"}]})", R"({"$or":"yes"})"));
}

// What is no pattern is refused with a reason: a filter that is accepted must mean something.
TEST(EventPattern, RefusesWhatIsNoPattern) {
  for (const char* wrong :
       {"", "[]", "\"a\"", "{}", R"({"a":"x"})", R"({"a":[]})", R"({"a":{}})", R"({"a":[["x"]]})",
        R"({"a":[{"prefix":1}]})", R"({"a":[{"like":"x"}]})", R"({"a":[{"prefix":"a","suffix":"b"}]})",
        R"({"a":[{"exists":"yes"}]})", R"({"a":[{"suffix":{"prefix":"x"}}]})"})
    EXPECT_NE(refusal(wrong), "") << wrong;
}

// Lambda's filters know less than EventBridge's rules.
TEST(EventPattern, KnowsDialects) {
  EXPECT_NE(refusal(R"({"a":[{"wildcard":"x*"}]})", PatternDialect::kLambda), "");
  EXPECT_NE(refusal(R"({"a":[{"cidr":"10.0.0.0/8"}]})", PatternDialect::kLambda), "");
  EXPECT_EQ(refusal(R"({"a":[{"suffix":"x"},{"anything-but":["y"]}]})", PatternDialect::kLambda), "");
}

// Lambda drops by the form that the pattern expects of the data, so the form is told.
TEST(EventPattern, TellsForms) {
  const auto pattern = EventPattern::parse(R"({"body":{"x":[1]},"a":["b"],"$or":[{"c":["1"]},{"d":["2"]}]})",
                                           PatternDialect::kLambda);
  EXPECT_EQ(pattern.form_of("body"), EventPattern::Form::kObject);
  EXPECT_EQ(pattern.form_of("a"), EventPattern::Form::kValues);
  EXPECT_EQ(pattern.form_of("d"), EventPattern::Form::kValues);
  EXPECT_EQ(pattern.form_of("x"), EventPattern::Form::kAbsent);
}

}  // namespace
}  // namespace haneul::aws
