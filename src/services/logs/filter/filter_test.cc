#include "services/logs/filter/filter.h"

#include <gtest/gtest.h>

#include "gen/logs/errors.h"

namespace haneul::logs {
namespace {

bool matches(std::string_view pattern, std::string_view message) {
  return parse_filter(pattern)->matches(message);
}

std::string refusal(std::string_view pattern) {
  try {
    parse_filter(pattern);
  } catch (const InvalidParameterException& error) {
    return error.message();
  }
  return "accepted";
}

// The examples of the user guide for unstructured messages.
TEST(Filter, FindsTerms) {
  EXPECT_TRUE(matches("", "anything"));
  EXPECT_TRUE(matches("ERROR", "[ERROR 400] BAD REQUEST"));
  EXPECT_FALSE(matches("ERROR", "[error 400] bad request"));
  EXPECT_TRUE(matches("ERROR REQUEST", "[ERROR 400] BAD REQUEST"));
  EXPECT_FALSE(matches("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST"));
  EXPECT_TRUE(matches("\"BAD REQUEST\"", "[ERROR 400] BAD REQUEST"));
  EXPECT_FALSE(matches("\"REQUEST BAD\"", "[ERROR 400] BAD REQUEST"));
  EXPECT_FALSE(matches("ERROR -REQUEST", "[ERROR 400] BAD REQUEST"));
  EXPECT_TRUE(matches("ERROR -\"not here\"", "[ERROR 400] BAD REQUEST"));
  EXPECT_TRUE(matches("?ERROR ?WARN", "WARN x"));
  EXPECT_FALSE(matches("?ERROR ?WARN", "INFO x"));
  EXPECT_TRUE(matches("?ERROR INFO", "INFO x")) << "optional terms beside others are ignored";
  EXPECT_TRUE(matches("\"say \\\"hi\\\"\"", "they say \"hi\""));
}

// What AWS refuses must not be accepted here and then match nothing.
TEST(Filter, RefusesWhatTheServiceRefuses) {
  EXPECT_EQ(refusal("?Status: timeout"), "Invalid character(s) in term ':'");
  EXPECT_EQ(refusal("{ $.\"a-b\" = 1 }"), "Invalid character(s) in term '$.\"'");
  EXPECT_EQ(refusal("{ $.a = 1"), "If a filter pattern starts with '{' it must end with '}'");
  EXPECT_EQ(refusal("[a, b"), "If a filter pattern starts with '[' it must end with ']'");
  EXPECT_EQ(refusal("{ $.a = \"x\", $.b = \"y\" }"), "Invalid character(s) in term ','");
  EXPECT_EQ(refusal("%a(b)%"), "Invalid character(s) in term '('");
  EXPECT_EQ(refusal("%a b%"), "Invalid character(s) in term ' '");
  EXPECT_EQ(refusal("[ip, status = 4* && bytes > 1000]"), "Invalid filter pattern");
  for (const char* pattern :
       {"\"open", "%open", "-", "{}", "{ $ = 1 }", "{ $.a }", "{ $.a IS }", "{ $.a[x] = 1 }", "{ ($.a = 1 }",
        "{ $.a > %x% }", "[..., a, ...]", "%[%", "{ $.a = }", "[a=]", "{ $.a IN [1 }"}) {
    EXPECT_NE(refusal(pattern), "accepted") << pattern;
  }
}

// Regular expressions find parts of a message, in all three forms.
TEST(Filter, FindsRegularExpressions) {
  EXPECT_TRUE(matches("%AUTHORIZED%", "UNAUTHORIZED REQUEST"));
  EXPECT_TRUE(matches("%10\\.10\\.0\\.1$%", "from 10.10.0.1"));
  EXPECT_FALSE(matches("-%[0-9]{3}%", "status 404"));
  EXPECT_TRUE(matches("{ $.ip = %^10\\.% }", R"({"ip": "10.1.2.3"})"));
  EXPECT_FALSE(matches("{ $.ip != %^10\\.% }", R"({"ip": "10.1.2.3"})"));
  EXPECT_TRUE(matches("[ip=%127\\.0\\.0\\.[1-9]%, ...]", "127.0.0.1 GET"));
  EXPECT_EQ(refusal("{ $.a = %x% && $.b = %y% && $.c = %z% }"), "Invalid filter pattern");
}

// Access logs are the example of the user guide: brackets and quotes hold one column.
TEST(Filter, ComparesColumns) {
  const std::string_view line =
      R"(127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534)";
  EXPECT_TRUE(matches("[ip, id, user, timestamp, request, status_code, size]", line));
  EXPECT_TRUE(matches("[ip, id, user, timestamp, request, status_code = 4*, size > 1000]", line));
  EXPECT_FALSE(matches("[ip, id, user, timestamp, request, status_code = 4*, size > 1534]", line));
  EXPECT_TRUE(matches(
      "[ip, id, user, timestamp, request=\"*.html*\", status_code=404||status_code=410, size]", line));
  EXPECT_FALSE(
      matches("[ip, id, user, timestamp, request, status_code!=404 && status_code!=410, size]", line));
  EXPECT_TRUE(matches("[..., status_code=4*, size]", line));
  EXPECT_TRUE(matches("[ip=127*, ..., size=1534]", line));
  EXPECT_TRUE(matches("[ip, ...]", line));
  EXPECT_FALSE(matches("[a, b, c, d, e, f, g, h]", line)) << "more columns than the line has";
  EXPECT_TRUE(
      matches("[timestamp=*Z, request_id=\"*-*\", event]", "2016-01-01T00:00:00Z a-b the rest of it"));
}

// TestMetricFilter shows what each column holds; those without a name are counted.
TEST(Filter, ExtractsColumns) {
  const auto filter = parse_filter("[ip, , ..., size]");
  const std::map<std::string, std::string> expected = {
      {"$ip", "1.2.3.4"}, {"$2", "-"}, {"$3", "a b"}, {"$4", "x"}, {"$size", "15"}};
  EXPECT_EQ(filter->extract("1.2.3.4 - [a b] x 15"), expected);
  EXPECT_EQ(parse_filter("[a, b]")->extract("x y z").at("$b"), "y z");
}

constexpr std::string_view kTrail = R"({"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
  "arrayKey": ["value", "another value"],
  "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
  "SomeObject": null, "cluster.name": "c", "detail-type": "d", "ok": true, "bandwidth": 4.5, "code": 503})";

// The comparisons of the user guide.
TEST(Filter, ComparesProperties) {
  EXPECT_TRUE(matches("{ $.eventType = \"UpdateTrail\" }", kTrail));
  EXPECT_TRUE(matches("{ $.eventType = UpdateTrail }", kTrail));
  EXPECT_TRUE(matches("{$.eventType=\"Update*\"}", kTrail));
  EXPECT_FALSE(matches("{ $.eventType != \"UpdateTrail\" }", kTrail));
  EXPECT_TRUE(matches("{ $.sourceIPAddress != 123.123.* }", kTrail));
  EXPECT_TRUE(matches("{ $.arrayKey[0] = \"value\" }", kTrail));
  EXPECT_FALSE(matches("{ $.arrayKey[2] = \"value\" }", kTrail));
  EXPECT_TRUE(matches("{ $.arrayKey[*] = \"another value\" }", kTrail));
  EXPECT_TRUE(matches("{ $.objectList[1].id = 2 }", kTrail));
  EXPECT_TRUE(matches("{ $.objectList[*].id >= 2 }", kTrail));
  EXPECT_TRUE(matches("{ $.detail-type = d }", kTrail));
  EXPECT_TRUE(matches("{ $.code >= 500 }", kTrail));
  EXPECT_TRUE(matches("{ $.code = 5* }", kTrail));
  EXPECT_TRUE(matches("{ $.bandwidth < 4.6 }", kTrail));
  EXPECT_TRUE(matches("{ $.bandwidth > 4.5e-1 }", kTrail));
  EXPECT_FALSE(matches("{ $.eventType > 3 }", kTrail));
  EXPECT_FALSE(matches("{ $.code = 503 }", "code 503, but no JSON"));
  EXPECT_FALSE(matches("{ $.missing != \"x\" }", kTrail));
}

// Null, missing and false are three different things.
TEST(Filter, TellsNullMissingAndBooleans) {
  EXPECT_TRUE(matches("{ $.SomeObject IS NULL }", kTrail));
  EXPECT_FALSE(matches("{ $.missing IS NULL }", kTrail));
  EXPECT_TRUE(matches("{ $.missing NOT EXISTS }", kTrail));
  EXPECT_FALSE(matches("{ $.SomeObject NOT EXISTS }", kTrail));
  EXPECT_TRUE(matches("{ $.ok EXISTS }", kTrail));
  EXPECT_TRUE(matches("{ $.ok IS TRUE }", kTrail));
  EXPECT_FALSE(matches("{ $.ok IS FALSE }", kTrail));
  EXPECT_FALSE(matches("{ $.eventType IS TRUE }", kTrail));
  EXPECT_TRUE(matches("{ $.code IN [500, 503] }", kTrail));
  EXPECT_TRUE(matches("{ $.eventType NOT IN [\"A\", \"B\"] }", kTrail));
}

// "and" binds closer than "or"; parentheses say otherwise.
TEST(Filter, JoinsConditions) {
  EXPECT_TRUE(matches("{ $.code = 1 && $.code = 2 || $.ok IS TRUE }", kTrail));
  EXPECT_FALSE(matches("{ $.code = 1 && ($.code = 2 || $.ok IS TRUE) }", kTrail));
  EXPECT_TRUE(matches("{ ($.code = 503) && (($.ok IS TRUE) || ($.ok IS FALSE)) }", kTrail));
  EXPECT_NE(refusal("{" + std::string(500, '(') + "$.a=1" + std::string(500, ')') + "}"), "accepted");
}

// TestMetricFilter shows what was found under each selector.
TEST(Filter, ExtractsProperties) {
  const std::map<std::string, std::string> expected = {{"$.code", "503"}, {"$.eventType", "UpdateTrail"}};
  EXPECT_EQ(parse_filter("{ $.code > 1 && $.eventType = * || $.no = 1 }")->extract(kTrail), expected);
}

}  // namespace
}  // namespace haneul::logs
