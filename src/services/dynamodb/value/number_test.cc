// DynamoDB's numbers: what they accept and refuse, their text, size, order and arithmetic.
#include "services/dynamodb/value/number.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace haneul::dynamodb {
namespace {

std::string text_of(std::string_view given) { return Number::parse(given).text(); }

std::string refusal(std::string_view given) {
  try {
    Number::parse(given);
  } catch (const NumberError& error) {
    return error.what();
  }
  return "accepted";
}

std::string key_of(const Number& number) {
  std::string out;
  number.append_key(out);
  return out;
}

// A client that writes 1e3 and one that writes 1000 must meet in the same item.
TEST(Number, TextIsPlainAndWithoutNeedlessZeros) {
  EXPECT_EQ(text_of("0"), "0");
  EXPECT_EQ(text_of("-0.000"), "0");
  EXPECT_EQ(text_of("0e125"), "0");
  EXPECT_EQ(text_of("007"), "7");
  EXPECT_EQ(text_of("+1.500"), "1.5");
  EXPECT_EQ(text_of("1e3"), "1000");
  EXPECT_EQ(text_of("-12.5E-3"), "-0.0125");
  EXPECT_EQ(text_of("100"), "100");
  EXPECT_EQ(text_of(".5"), "0.5");
  EXPECT_EQ(text_of("5."), "5");
  EXPECT_EQ(text_of("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678");
  EXPECT_EQ(text_of("1e125"), "1" + std::string(125, '0'));
  EXPECT_EQ(text_of("1e-130"), "0." + std::string(129, '0') + "1");
}

// Zeros around thirty-eight digits are no digits.
TEST(Number, CountsSignificantDigitsOnly) {
  const std::string most(38, '9');
  EXPECT_EQ(text_of("000" + most + "000"), most + "000");
  EXPECT_EQ(refusal(most + "9"), "Attempting to store more than 38 significant digits in a Number");
  EXPECT_EQ(refusal("1" + std::string(37, '0') + "1"),
            "Attempting to store more than 38 significant digits in a Number");
}

// The ranges of the documentation, at their edges.
TEST(Number, RefusesWhatIsOutOfRange) {
  const std::string over =
      "Number overflow. Attempting to store a number with magnitude larger than supported range";
  const std::string under =
      "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  EXPECT_EQ(refusal("9.9999999999999999999999999999999999999E+125"), "accepted");
  EXPECT_EQ(refusal("1E126"), over);
  EXPECT_EQ(refusal("-1E126"), over);
  EXPECT_EQ(refusal("1E-131"), under);
  EXPECT_EQ(refusal("1E9223372036854775807"), over);
  EXPECT_EQ(refusal("1E-9223372036854775807"), under);
}

// A zero has the exponent that it is written with: AWS measures it before it is reduced.
TEST(Number, RefusesZerosOutOfRange) {
  EXPECT_EQ(refusal("0e125"), "accepted");
  EXPECT_EQ(refusal("0e-130"), "accepted");
  EXPECT_TRUE(refusal("0e126").starts_with("Number overflow"));
  EXPECT_TRUE(refusal("0e-131").starts_with("Number underflow"));
}

// A text that is no number must not become one.
TEST(Number, RefusesWhatIsNoNumber) {
  for (const char* text : {"-", "abc", "1a", "1e", "1e+", "1.2.3", "1 ", " 1", "0x10", "NaN", "Infinity",
                           "1e--5", "1e5x", "1e9223372036854775808"}) {
    EXPECT_EQ(refusal(text), fmt::format("The parameter cannot be converted to a numeric value: {}", text));
  }
  EXPECT_EQ(refusal(""), "The parameter cannot be converted to a numeric value");
}

// Counters are exact however large; a result with too many digits is refused, not rounded.
TEST(Number, AddsExactly) {
  const auto sum = [](std::string_view a, std::string_view b) {
    return (Number::parse(a) + Number::parse(b)).text();
  };
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("-5", "5"), "0");
  EXPECT_EQ(sum("99999999999999999999999999999999999999", "1"), "1" + std::string(38, '0'));
  EXPECT_EQ(sum("100000000000000000000000000000000000000", "-1"), std::string(38, '9'));
  EXPECT_EQ(sum("1e100", "0"), "1" + std::string(100, '0'));
  EXPECT_THROW(sum("1e100", "1"), NumberError);
  EXPECT_THROW(sum("9.9e125", "9.9e125"), NumberError);
  EXPECT_EQ((Number::parse("3") - Number::parse("4.5")).text(), "-1.5");
}

// Queries walk keys in byte order: it must be the order of the numbers.
TEST(Number, KeyBytesAreInTheOrderOfNumbers) {
  std::mt19937 dice(7);
  std::vector<Number> numbers = {Number(), Number(1), Number(-1), Number::parse("1e125"),
                                 Number::parse("-1e-130")};
  for (int i = 0; i < 2000; ++i) {
    const auto digits = static_cast<int64_t>(dice() % 100000);
    numbers.push_back(Number::parse(
        fmt::format("{}{}e{}", dice() % 2 == 0 ? "-" : "", digits, static_cast<int>(dice() % 12) - 6)));
  }
  for (size_t i = 1; i < numbers.size(); ++i) {
    const Number &a = numbers[i - 1], &b = numbers[i];
    EXPECT_EQ(a < b, key_of(a) < key_of(b)) << a.text() << " " << b.text();
    EXPECT_EQ(a < b, std::stod(a.text()) < std::stod(b.text())) << a.text() << " " << b.text();
    const std::string bytes = key_of(a) + "rest";
    std::string_view rest = bytes;
    Number back;
    ASSERT_TRUE(Number::take_key(rest, back));
    EXPECT_EQ(back, a);
    EXPECT_EQ(rest, "rest");
  }
}

// The sizes that the documentation's rule gives.
TEST(Number, SizeCountsPairsOfDigits) {
  EXPECT_EQ(Number().size(), 1u);
  EXPECT_EQ(Number::parse("5").size(), 2u);
  EXPECT_EQ(Number::parse("-5").size(), 3u);
  EXPECT_EQ(Number::parse("55").size(), 2u);
  EXPECT_EQ(Number::parse("5.5").size(), 3u);
  EXPECT_EQ(Number::parse(std::string(38, '9')).size(), 20u);
}

// Times and limits are read as machine numbers.
TEST(Number, GivesWholeNumbers) {
  int64_t out = 0;
  EXPECT_TRUE(Number::parse("-1.2e3").to_int(out));
  EXPECT_EQ(out, -1200);
  EXPECT_FALSE(Number::parse("1.5").to_int(out));
  EXPECT_FALSE(Number::parse("1e19").to_int(out));
  EXPECT_EQ(Number(INT64_MIN).text(), "-9223372036854775808");
}

}  // namespace
}  // namespace haneul::dynamodb
