#include "base/yaml.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace haneul {
namespace {

std::string as_json(std::string_view yaml) { return write_json(parse_yaml(yaml)); }

std::string failure(std::string_view yaml) {
  try {
    parse_yaml(yaml);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "accepted";
}

// Kinds decide how templates compare and print; dates, account ids and versions must stay what the author
// wrote.
TEST(Yaml, ResolvesPlainScalars) {
  EXPECT_EQ(as_json("[1, -2, +3, 1.5, .5, true, No, ~, null, '1', \"yes\", abc]"),
            R"([1,-2,3,1.5,0.5,true,false,null,null,"1","yes","abc"])");
  EXPECT_EQ(
      as_json("[2012-10-17, 012345678901, 1.2.3, 22:80, 1e3, 0x1F, 99999999999999999999, -, '', ., 1_000]"),
      R"(["2012-10-17","012345678901","1.2.3","22:80","1e3","0x1F","99999999999999999999","-",)"
      R"("",".","1_000"])");
  EXPECT_EQ(as_json("a: !!str 1\nb: !!int 2\nc: !!float 3\nd: !!map {}\n"),
            R"({"a":"1","b":2,"c":3,"d":{}})");
  EXPECT_EQ(as_json("404: x\ntrue: y\n"), R"({"404":"x","true":"y"})");
  EXPECT_EQ(as_json("a: |\n  x\n  y\nb: >-\n  x\n  y\n"), R"({"a":"x\ny\n","b":"x y"})");
  EXPECT_EQ(as_json(""), "null");
}

// The short forms of CloudFormation; a deployed template depends on each reading as its long form.
TEST(Yaml, ShortTags) {
  EXPECT_EQ(as_json("a: !Ref X\nb: !GetAtt A.B.C\nc: !Sub '${X}'\nd: !Condition Y\ne: !GetAZs ''\n"),
            R"({"a":{"Ref":"X"},"b":{"Fn::GetAtt":["A","B.C"]},"c":{"Fn::Sub":"${X}"},)"
            R"("d":{"Condition":"Y"},"e":{"Fn::GetAZs":""}})");
  EXPECT_EQ(as_json("!Join ['', [!Ref A, !If [C, 1, !Ref 'AWS::NoValue']]]"),
            R"({"Fn::Join":["",[{"Ref":"A"},{"Fn::If":["C",1,{"Ref":"AWS::NoValue"}]}]]})");
  EXPECT_EQ(as_json("!Ref 123"), R"({"Ref":"123"})");
  EXPECT_EQ(as_json("!Transform {Name: AWS::Include}"), R"({"Fn::Transform":{"Name":"AWS::Include"}})");
}

// Errors carry the place: templates are long.
TEST(Yaml, RefusesWithLineAndColumn) {
  EXPECT_EQ(failure("a: 1\nb: 2\na: 3\n"), "duplicate key \"a\" (line 3, column 1)");
  EXPECT_EQ(failure("a: !Nope x"), "unknown tag \"!Nope\" (line 1, column 4)");
  EXPECT_EQ(failure("---\na\n---\nb\n"), "more than one YAML document");
  EXPECT_EQ(failure("a: &x [*x]"), "an alias inside of what it names (line 1, column 8)");
  EXPECT_EQ(failure("a: &x {b: 1}\nc:\n  <<: *x"), "merge keys (<<) are not supported (line 3, column 3)");
  EXPECT_EQ(failure("a: !GetAtt X"),
            "!GetAtt names a resource and an attribute, divided by a dot (line 1, column 4)");
  for (const std::string_view bad :
       {"a: [1", "a: b: c", "\ta: 1", "? [a]\n: b", "*x", "a: \"x", "{a, b", "!!binary aa", "!!set {a}",
        "a: !!int x", "\x04", "a: \xFF", "!<foo> x", "- a\nb: c", "@a"}) {
    EXPECT_THROW(parse_yaml(bad), ParseError) << bad;
  }
}

// "Billion laughs": a few hundred bytes must not become gigabytes.
TEST(Yaml, AliasesAreBounded) {
  EXPECT_EQ(as_json("a: &x {k: [1]}\nb: *x\n"), R"({"a":{"k":[1]},"b":{"k":[1]}})");
  std::string laughs = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) laughs += last + ",";
    laughs += "]\n";
  }
  EXPECT_THROW(parse_yaml(laughs), ParseError);
  std::string heavy = "a: &x " + std::string(100'000, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) heavy += "*x,";
  EXPECT_THROW(parse_yaml(heavy + "]"), ParseError);
}

// Depth bounds recursion of the library and of every walker behind it, also when tags and aliases add levels.
TEST(Yaml, DepthIsBounded) {
  EXPECT_NO_THROW(parse_yaml(std::string(kDepthMax, '[') + std::string(kDepthMax, ']')));
  EXPECT_THROW(parse_yaml(std::string(kDepthMax + 1, '[') + std::string(kDepthMax + 1, ']')), ParseError);
  EXPECT_THROW(parse_yaml(std::string(200'000, '[')), ParseError);
  std::string tags;
  for (int i = 0; i < 100; ++i) tags += "!Not [";
  EXPECT_THROW(parse_yaml(tags + "1" + std::string(100, ']')), ParseError);
}

// The largest template CloudFormation takes is 1 MB; reading one must not be quadratic.
TEST(Yaml, LargeTemplate) {
  std::string text = "Resources:\n";
  for (int i = 0; text.size() < 1'000'000; ++i) {
    text += "  Bucket" + std::to_string(i) +
            ":\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: !Sub 'b${X}'}\n";
  }
  EXPECT_GT(parse_yaml(text).find("Resources")->as_object().size(), 8000U);
}

}  // namespace
}  // namespace haneul
