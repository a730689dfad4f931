// Reading templates: both notations give the same, and what is wrong is said in AWS's words.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/error.h"
#include "services/cloudformation/intake.h"
#include "services/cloudformation/template/references.h"

namespace haneul::cloudformation {
namespace {

const StackIdentity kIdentity = {
    .place = {.account = AccountId("111122223333"), .region = Region("eu-west-1")},
    .name = "app",
    .id = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/id"};

// What the template is refused with; empty when it is taken.
std::string refusal(const std::string& text, std::vector<GivenParameter> given = {}) {
  try {
    make_spec(kIdentity, {.text = text,
                          .given = std::move(given),
                          .previous = {},
                          .capabilities = {"CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}});
  } catch (const model::ServiceError& error) {
    return error.message();
  }
  return {};
}

const std::string kGroup = "Resources:\n  A: {Type: AWS::Logs::LogGroup}\n";
std::string with_name(const std::string& value) {
  return "Resources:\n  A: {Type: AWS::Logs::LogGroup}\n  B:\n    Type: AWS::Logs::LogGroup\n    "
         "Properties:\n"
         "      LogGroupName: " +
         value + "\n";
}

// People write YAML with short tags, tools write JSON: there is one meaning.
TEST(Template, IsTheSameInBothNotations) {
  const Document yaml = parse_template_text(R"(
AWSTemplateFormatVersion: 2010-09-09
Resources:
  A:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Join ["-", [!Ref "AWS::StackName", !Select [0, !Split [",", "a,b"]], !GetAtt B.Arn]]
      Tags: !If [IsLive, [{Key: k, Value: !Sub "${AWS::Region}"}], !Ref "AWS::NoValue"]
)");
  const Document json = parse_template_text(R"({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"A": {
    "Type": "AWS::Logs::LogGroup", "Properties": {
      "LogGroupName": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"},
        {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}, {"Fn::GetAtt": ["B", "Arn"]}]]},
      "Tags": {"Fn::If": ["IsLive", [{"Key": "k", "Value": {"Fn::Sub": "${AWS::Region}"}}],
        {"Ref": "AWS::NoValue"}]}}}}})");
  EXPECT_EQ(yaml, json);
}

struct Case {
  std::string text;
  std::string message;
};

void expect_refusals(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(refusal(one.text), one.message) << one.text;
}

// Tools and people search for these sentences.
TEST(Template, RefusesWhatIsNotWellFormed) {
  expect_refusals({
      {"{\n  \"Resources\": {,\n}", "Template format error: JSON not well-formed. (line 2, column 17)"},
      {"Resources:\n  A:\n    Type: X\n   B: {}\n",
       "Template format error: YAML not well-formed. (line 4, column 4)"},
      {"Resources:\n  A: {Type: X, Properties: {P: !GetAttr B.C}}\n",
       "Template format error: YAML not well-formed. (line 2, column 32)"},
      {"- a\n", "Template format error: unsupported structure."},
      {"just words", "Template format error: unsupported structure."},
      {"{\"Resources\": {}}", "Template format error: At least one Resources member must be defined."},
      {"Description: none", "Template format error: At least one Resources member must be defined."},
      {"Resources:\n  A: {Properties: {}}\n",
       "Template format error: [/Resources/A] Every Resources object must contain a Type member."},
      {"Resources:\n  A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: }}\n",
       "[/Resources/A/Properties/LogGroupName] 'null' values are not allowed in templates"},
      {"AWSTemplateFormatVersion: 2012-01-01\n" + kGroup,
       "Template format error: unsupported value for AWSTemplateFormatVersion."},
      {"Bogus: 1\nOther: 2\n" + kGroup, "Invalid template property or properties [Bogus, Other]"},
      {"Resources:\n  A: {Type: AWS::Logs::LogGroup, Propertys: {}}\n",
       "Invalid template resource property 'Propertys'"},
      {"Resources:\n  A-b: {Type: AWS::Logs::LogGroup}\n",
       "Template format error: Resource name A-b is non alphanumeric."},
      {"Resources:\n  A: {Type: AWS::Logs::LogGroop}\n  B: {Type: AWS::EC9::Thing}\n",
       "Template format error: Unrecognized resource types: [AWS::EC9::Thing, AWS::Logs::LogGroop]"},
      {kGroup + "Outputs: {O: {Description: d}}",
       "Template format error: Every Outputs member must contain a Value object"},
      {kGroup + "Outputs: {O: {Value: [a, b]}}",
       "Template format error: The Value field of every Outputs member must evaluate to a String and not a "
       "List."},
      {kGroup + "Outputs: {O: {Value: x, Export: {Name: 'a b'}}}",
       "Template format error: Output O is malformed. The Name field of every Export member must be "
       "specified "
       "and consist only of alphanumeric characters, colons, or hyphens."},
      {"Parameters: {P: {Default: x}}\n" + kGroup,
       "Template format error: Every Parameters object must contain a Type member."},
      {"Parameters: {P: {Type: Strin}}\n" + kGroup,
       "Template format error: Unrecognized parameter type: Strin"},
      {"Mappings: {M: {a: b}}\n" + kGroup,
       "Template format error: Every Mappings attribute must be a map; M.a is none."},
  });
}

// References are judged before anything is made.
TEST(Template, RefusesReferencesToNothing) {
  const std::string in_resources =
      "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template";
  expect_refusals({
      {with_name("!Ref Nope"), in_resources},
      {with_name("!Sub '${Nope}-x'"), in_resources},
      {with_name("!Sub ['${L}-x', {L: !Ref Nope}]"), in_resources},
      {with_name("!Sub ['${L}-x', {L: y}]"), ""},
      {with_name("!Sub '${!Nope}-x'"), ""},
      {with_name("!GetAtt Nope.Arn"),
       "Template error: instance of Fn::GetAtt references undefined resource Nope"},
      {with_name("!GetAtt A.Size"),
       "Template error: resource A does not support attribute type Size in Fn::GetAtt"},
      {with_name("!Sub '${A.Size}'"),
       "Template error: resource A does not support attribute type Size in Fn::GetAtt"},
      {with_name("!Sub '${VAR:-default}'"),
       "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
       "underscores, periods, and colons"},
      {"Resources:\n  B: {Type: AWS::Logs::LogGroup, DependsOn: [Nope]}\n", in_resources},
      {kGroup + "Outputs: {O: {Value: !Ref Nope}}",
       "Template format error: Unresolved resource dependencies [Nope] in the Outputs block of the template"},
      {"Resources:\n  B: {Type: AWS::Logs::LogGroup, Condition: Nope}\n",
       "Template format error: Unresolved condition dependency Nope in the Resources block of the template"},
      {kGroup + "Outputs: {O: {Value: x, Condition: Nope}}",
       "Template format error: Unresolved condition dependency Nope in the Outputs block of the template"},
      {with_name("!If [Nope, a, b]"), "Template error: unresolved condition dependency Nope in Fn::If"},
      {with_name("!FindInMap [Nope, a, b]"),
       "Template error: Mapping named 'Nope' is not present in the 'Mappings' section of template."},
      {"Mappings: {M: {k: {a: 1}}}\n" + with_name("!FindInMap [M, x, a]"),
       "Template error: Unable to get mapping for M::x::a"},
      {"Conditions: {C: !Equals [!Ref A, x]}\n" + kGroup,
       "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions "
       "block of the template"},
  });
}

// A resource that its condition leaves out cannot be referred to, unless by the branch that is not taken.
TEST(Template, RefusesReferencesToWhatIsLeftOut) {
  const std::string head =
      "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: AWS::Logs::LogGroup, Condition: Never}\n"
      "  B: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: ";
  EXPECT_EQ(
      refusal(head + "!Ref A}}\n"),
      "Template format error: Unresolved resource dependencies [A] in the Resources block of the template");
  EXPECT_EQ(refusal(head + "!If [Never, !Ref A, b]}}\n"), "");
  EXPECT_EQ(
      refusal(head + "b}}\nOutputs: {O: {Value: !GetAtt A.Arn}}\n"),
      "Template format error: Unresolved resource dependencies [A] in the Outputs block of the template");
  EXPECT_EQ(refusal(head + "b}}\nOutputs: {O: {Condition: Never, Value: !GetAtt A.Arn}}\n"), "");
}

// Resources that wait for each other would never be made.
TEST(Template, RefusesCircles) {
  EXPECT_EQ(refusal("Resources:\n  A: {Type: AWS::Logs::LogGroup, DependsOn: B}\n"
                    "  B: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub '${C}'}}\n"
                    "  C: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !GetAtt A.Arn}}\n"
                    "  D: {Type: AWS::Logs::LogGroup, DependsOn: A}\n"),
            "Circular dependency between resources: [A, B, C]");
  EXPECT_EQ(refusal("Resources:\n  A: {Type: AWS::Logs::LogGroup, DependsOn: A}\n"),
            "Circular dependency between resources: [A]");
  // Two circles, and what stands between them.
  EXPECT_EQ(refusal("Resources:\n  A: {Type: AWS::Logs::LogGroup, DependsOn: A}\n"
                    "  B: {Type: AWS::Logs::LogGroup, DependsOn: [A, Z]}\n  Z: {Type: AWS::Logs::LogGroup}\n"
                    "  C: {Type: AWS::Logs::LogGroup, DependsOn: [B, D]}\n"
                    "  D: {Type: AWS::Logs::LogGroup, DependsOn: C}\n"),
            "Circular dependency between resources: [A, B, C, D]");
}

// A property without effect would be a lie: unknown ones are refused by name, before anything is made.
TEST(Template, RefusesPropertiesThatAreNotThere) {
  const auto group = [](const std::string& properties) {
    return "Resources:\n  A: {Type: AWS::Logs::LogGroup, Properties: {" + properties + "}}\n";
  };
  expect_refusals({
      {group("Colour: red"), "[/Resources/A] Encountered unsupported property Colour"},
      {group("LogGroupName: {a: b}"), "[/Resources/A] Value of property LogGroupName must be of type String"},
      {group("Tags: [{Key: k}]"), "[/Resources/A] Property Tags.Value cannot be empty."},
      {group("Tags: {Key: k}"), "[/Resources/A] Value of property Tags must be of type List"},
      {group("Tags: {Condition: k}"), "[/Resources/A] Value of property Tags must be of type List"},
      {"Resources:\n  A: {Type: AWS::Logs::LogStream}\n",
       "[/Resources/A] Property LogGroupName cannot be empty."},
  });
}

// What is not supported is refused by its name, not ignored.
TEST(Template, NamesWhatIsNotSupported) {
  EXPECT_EQ(refusal("Rules: {R: {}}\n" + kGroup),
            "Template format error: Rules are not supported by Haneul.");
  EXPECT_EQ(refusal("Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>'}}\n" + kGroup),
            "Template format error: Parameter P has type AWS::SSM::Parameter::Value<String>, and Systems "
            "Manager parameters are not supported by Haneul.");
  EXPECT_EQ(refusal("Transform: My::Macro\n" + kGroup), "No transform named My::Macro found.");
  EXPECT_NE(refusal(with_name("'{{resolve:ssm:x}}'")), "");
  EXPECT_NE(refusal(with_name("!Transform {Name: AWS::Include}")), "");
  EXPECT_NE(refusal("Resources:\n  A: {Type: AWS::Logs::LogGroup, CreationPolicy: {}}\n"), "");
  EXPECT_NE(refusal("Resources:\n  A: {Type: AWS::Logs::LogGroup, DeletionPolicy: Snapshot}\n"), "");
}

// Quotas keep one template from taking everybody's memory.
TEST(Template, KeepsItsLimits) {
  std::string resources = "Resources:\n";
  for (int i = 0; i < 501; ++i) resources += fmt::format("  A{}: {{Type: AWS::Logs::LogGroup}}\n", i);
  EXPECT_EQ(refusal(resources),
            "Template format error: Number of resources, 501, is greater than maximum allowed, 500");
  std::string outputs = kGroup + "Outputs:\n";
  for (int i = 0; i < 201; ++i) outputs += fmt::format("  O{}: {{Value: x}}\n", i);
  EXPECT_EQ(refusal(outputs),
            "Template format error: Number of outputs, 201, is greater than maximum allowed, 200");
  std::string nested = "x";
  for (int i = 0; i < 120; ++i) nested = "!Sub ['${a}', {a: " + nested + "}]";
  EXPECT_NE(refusal(with_name(nested)), "");
  // Each level repeats the one below it eight times.
  std::string bomb = "aaaaaaaaaaaaaaaa";
  for (int i = 0; i < 12; ++i) {
    bomb = "!Sub ['${a}${a}${a}${a}${a}${a}${a}${a}', {a: " + bomb + "}]";
  }
  EXPECT_EQ(refusal(with_name(bomb)), "Template error: the resolved value is too large.");
  // Many that are each within their limit.
  std::string half = "aaaaaaaaaaaaaaaa";
  for (int i = 0; i < 5; ++i) half = "!Sub ['${a}${a}${a}${a}${a}${a}${a}${a}', {a: " + half + "}]";
  std::string many = "Resources:\n";
  for (int i = 0; i < 40; ++i) {
    many += fmt::format("  A{}: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: {}}}}}\n", i, half);
  }
  EXPECT_EQ(refusal(many), "Template error: the resolved values are too large.");
}

std::string parameter(const std::string& declaration) {
  return "Parameters: {P: {" + declaration + "}}\n" + kGroup;
}

// Values are checked against their declaration before anything exists.
TEST(Parameters, AreChecked) {
  struct Given {
    std::string declaration, value, message;
  };
  const std::vector<Given> cases = {
      {"Type: String, AllowedValues: [a, b]", "c", "Parameter 'P' must be one of AllowedValues"},
      {"Type: String, AllowedPattern: '[a-z]+'", "ab", ""},
      {"Type: String, AllowedPattern: '[a-z]+'", "A", "Parameter 'P' must match pattern [a-z]+"},
      {"Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: small letters", "A",
       "Parameter P failed to satisfy constraint: small letters"},
      {"Type: String, MinLength: 3", "ab", "Parameter 'P' must contain at least 3 characters"},
      {"Type: String, MaxLength: '3'", "abcd", "Parameter 'P' must contain at most 3 characters"},
      {"Type: Number", "x", "Parameter 'P' must be a number."},
      {"Type: Number, MinValue: 3", "2", "Parameter 'P' must be a number not less than 3"},
      {"Type: Number, MaxValue: 3", "4", "Parameter 'P' must be a number not greater than 3"},
      {"Type: List<Number>", "1, 2", ""},
      {"Type: List<Number>", "1,x", "Parameter 'P' must be a number."},
      {"Type: CommaDelimitedList, AllowedValues: [a, b]", "a,b", ""},
  };
  for (const Given& one : cases) {
    EXPECT_EQ(refusal(parameter(one.declaration), {{.key = "P", .value = one.value}}), one.message)
        << one.declaration;
  }
  EXPECT_EQ(refusal(parameter("Type: String")), "Parameters: [P] must have values");
  EXPECT_EQ(refusal(kGroup, {{.key = "Q", .value = "v"}}), "Parameters: [Q] do not exist in the template");
  EXPECT_EQ(refusal(parameter("Type: String"),
                    {{.key = "P", .value = "", .source = GivenParameter::Source::kPrevious}}),
            "Invalid input for parameter key P. Cannot specify usePreviousValue as true for a parameter key "
            "not in the previous template");
}

// Account numbers begin with zeros, and versions look like numbers: text must stay as it was written.
TEST(Parameters, KeepTheirText) {
  const Spec spec = make_spec(
      kIdentity,
      {.text =
           "Parameters: {A: {Type: String, Default: '0123'}, B: {Type: Number, Default: 1.50}}\n" + kGroup,
       .given = {},
       .previous = {}});
  EXPECT_EQ(spec.parameters.at("A"), "0123");
  EXPECT_EQ(spec.parameters.at("B"), "1.5");
}

// IAM resources need a yes; named ones a bigger one.
TEST(Capabilities, AreAskedFor) {
  const auto need = [](const std::string& properties, std::vector<std::string> given) -> std::string {
    try {
      make_spec(kIdentity,
                {.text = "Resources: {U: {Type: 'AWS::IAM::User', Properties: {" + properties + "}}}",
                 .given = {},
                 .previous = {},
                 .capabilities = std::move(given)});
    } catch (const model::ServiceError& error) {
      return std::string(error.shape().code) + ": " + error.message();
    }
    return "taken";
  };
  const std::string code = "InsufficientCapabilitiesException: ";
  EXPECT_EQ(need("Path: /x/", {}), code + "Requires capabilities : [CAPABILITY_IAM]");
  EXPECT_EQ(need("Path: /x/", {"CAPABILITY_IAM"}), "taken");
  EXPECT_EQ(need("Path: /x/", {"CAPABILITY_NAMED_IAM"}), "taken");
  EXPECT_EQ(need("UserName: ann", {"CAPABILITY_IAM"}),
            code + "Requires capabilities : [CAPABILITY_NAMED_IAM]");
}

}  // namespace
}  // namespace haneul::cloudformation
