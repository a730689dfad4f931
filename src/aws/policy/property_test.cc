// Properties that hold for all policies, tried on random ones. RC_PARAMS="seed=..." replays a failure.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws/policy/evaluate.h"
#include "aws/policy/pattern.h"

namespace haneul::aws::policy {
namespace {

bool slow_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return slow_match(pattern.substr(1), text) || (!text.empty() && slow_match(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         slow_match(pattern.substr(1), text.substr(1));
}

std::string text_of(const std::vector<int>& letters, std::string_view alphabet) {
  std::string out;
  for (const int letter : letters) out.push_back(alphabet[static_cast<size_t>(letter) % alphabet.size()]);
  return out;
}

rc::Gen<std::string> texts(std::string_view alphabet) {
  return rc::gen::map(rc::gen::resize(12, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000))),
                      [=](const std::vector<int>& letters) { return text_of(letters, alphabet); });
}

// The matcher must agree with the plain recursive definition.
TEST(PolicyProperties, WildcardsMatchTheDefinition) {
  EXPECT_TRUE(rc::check([] {
    const std::string pattern = *texts("ab*?");
    const std::string text = *texts("ab");
    RC_ASSERT(Pattern(pattern, {}).matches(text, Context()) == slow_match(pattern, text));
  }));
}

// A pattern of many stars must not take exponential time on a text that nearly matches.
TEST(PolicyProperties, ManyStarsStayFast) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(Pattern(pattern + "b", {}).matches(std::string(5000, 'a'), Context()));
}

std::string random_statement(bool deny) {
  const std::string action = *rc::gen::element<std::string>("*", "s3:*", "s3:Get*", "s3:?etObject", "iam:*");
  const std::string resource =
      *rc::gen::element<std::string>("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::c/*");
  const std::string condition = *rc::gen::element<std::string>(
      "", "", "", R"(,"Condition":{"StringEquals":{"k":"v"}})",
      R"(,"Condition":{"ForAnyValue:StringNotLike":{"k":"v*"}})", R"(,"Condition":{"Null":{"k":"true"}})",
      R"(,"Condition":{"BoolIfExists":{"k":"true"}})");
  const std::string not_action = *rc::gen::element<std::string>("", "", "Not");
  return R"({"Effect":")" + std::string(deny ? "Deny" : "Allow") + R"(",")" + not_action + R"(Action":")" +
         action + R"(","Resource":")" + resource + "\"" + condition + "}";
}

PolicyPtr policy_of(const std::vector<std::string>& statements) {
  std::string json = R"({"Version":"2012-10-17","Statement":[)";
  for (size_t i = 0; i < statements.size(); ++i) json += (i == 0 ? "" : ",") + statements[i];
  return parse_policy(json + "]}", PolicyKind::kIdentity);
}

// Adding a deny statement never allows, adding an allow statement to the identity never takes away, and a
// limit (boundary, session policy) never adds.
TEST(PolicyProperties, DeniesAndLimitsOnlyTakeAway) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::string> statements;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) statements.push_back(random_statement(*rc::gen::inRange(0, 8) == 0));
    const PolicyPtr base = policy_of(statements);
    auto more = statements;
    more.push_back(random_statement(true));
    const PolicyPtr with_deny = policy_of(more);
    more.back() = random_statement(false);
    const PolicyPtr with_allow = policy_of(more);

    Context context;
    if (*rc::gen::arbitrary<bool>()) context.set("k", *rc::gen::element<std::string>("v", "true", "w"));
    const std::string action =
        *rc::gen::element<std::string>("s3:GetObject", "s3:PutObject", "iam:CreateUser");
    const auto judge = [&](const PolicyPtr& policy, const PolicyPtr& boundary, const PolicyPtr& session) {
      const PolicyRef identity[] = {{"p", policy.get()}};
      const PolicyRef sessions[] = {{"s", session.get()}};
      AuthorizationRequest request{
          .principal =
              {Principal::Kind::kUser, "123456789012", "arn:aws:iam::123456789012:user/u", {}, {}, {}, {}},
          .action = action,
          .resource = "arn:aws:s3:::b/k",
          .context = &context,
          .identity = identity,
          .boundary = boundary.get()};
      if (session) request.session = sessions;
      return evaluate(request).allowed();
    };
    const bool allowed = judge(base, nullptr, nullptr);
    RC_CLASSIFY(allowed);
    RC_ASSERT(allowed || !judge(with_deny, nullptr, nullptr));
    RC_ASSERT(!allowed || judge(with_allow, nullptr, nullptr));
    RC_ASSERT(allowed || !judge(base, with_allow, nullptr));
    RC_ASSERT(allowed || !judge(base, nullptr, with_allow));
    RC_ASSERT(judge(base, base, base) == allowed);
  }));
}

}  // namespace
}  // namespace haneul::aws::policy
