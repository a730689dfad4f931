#include "base/json_check.h"

#include <string>

#include <gtest/gtest.h>

namespace haneul {
namespace {

// Events of functions are handed on as they came: what is JSON must pass, however deep.
TEST(JsonCheck, TakesEveryValue) {
  const std::string deep(100'000, '[');
  for (const std::string& text : {std::string(R"( {"a":[1,-0.5e3,true,null,"\u00e9"]} )"),
                                  std::string("\"x\""), deep + std::string(deep.size(), ']')}) {
    EXPECT_NO_THROW(check_json(text)) << text.substr(0, 80);
  }
}

// What is no JSON must be told before a function is started for it.
TEST(JsonCheck, RefusesTheRest) {
  const std::string with_zero("1\0", 2);
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{bad"), std::string("1 2"), std::string("\"\xff\""),
        std::string("NaN"), std::string("[1,]"), std::string("01"), with_zero, std::string("\"\\ud800\""),
        std::string("'a'")}) {
    EXPECT_THROW(check_json(text), ParseError) << text;
  }
}

}  // namespace
}  // namespace haneul
