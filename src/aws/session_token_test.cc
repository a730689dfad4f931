#include "aws/session_token.h"

#include <gtest/gtest.h>

namespace haneul::aws {
namespace {

// Temporary credentials live in these tokens: what goes in must come out, and two seals must differ.
TEST(SessionToken, OpensWhatItSealed) {
  SeededRandom random(3);
  const std::string key(kTokenKeyBytes, 'k');
  for (const std::string& content : {std::string(), std::string("x"), std::string(3000, '\0')}) {
    const std::string token = seal_token(key, content, random);
    EXPECT_NE(token, seal_token(key, content, random));
    EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(open_token(key, token), content);
  }
}

// A forged token is a stolen identity: any change of any character, of the length or the key is refused.
TEST(SessionToken, RefusesEveryChange) {
  SeededRandom random(4);
  const std::string key(kTokenKeyBytes, 'k');
  const std::string token = seal_token(key, "account and role", random);
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : std::string("AQgwz09-_+/= ")) {
      std::string changed = token;
      changed[i] = c;
      if (changed != token) EXPECT_FALSE(open_token(key, changed)) << i;
    }
    EXPECT_FALSE(open_token(key, token.substr(0, i)));
  }
  EXPECT_FALSE(open_token(key, token + "A"));
  EXPECT_FALSE(open_token(std::string(kTokenKeyBytes, 'l'), token));
}

}  // namespace
}  // namespace haneul::aws
