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

// Texts that were cut in the middle of a character are common, and JavaScript writes them like this.
TEST(JsonCheck, TakesHalvesOfCharacters) {
  for (const char* text : {R"("\ud83d")", R"({"\uDE00":["\ud83d\ude00","\uDBFFx","\\ud83d"]})"})
    EXPECT_NO_THROW(check_json(text)) << text;
  for (const char* text : {R"(["\ud83d)", R"("\ud83g")", R"("\ud8")", R"("\ud83d" "\ud83d")"})
    EXPECT_THROW(check_json(text), ParseError) << text;
}

// What is no JSON must be told before a function is started for it.
TEST(JsonCheck, RefusesTheRest) {
  const std::string with_zero("1\0", 2);
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{bad"), std::string("1 2"), std::string("\"\xff\""),
        std::string("NaN"), std::string("[1,]"), std::string("01"), with_zero, std::string("'a'")}) {
    EXPECT_THROW(check_json(text), ParseError) << text;
  }
}

}  // namespace
}  // namespace haneul
