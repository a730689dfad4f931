// Number: DynamoDB's number, exact. Up to 38 significant decimal digits, zero, or a magnitude from 1E-130 to
// 9.99...E+125; leading and trailing zeros do not count and are not kept. Two numbers that are equal have the
// same text, the same key bytes and the same record bytes.
//
// Source: "Supported data types and naming rules in Amazon DynamoDB", Number. Thread rule: a plain value.
#pragma once

#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace haneul::dynamodb {

// What a text or a result is not a number for; what() is DynamoDB's sentence.
class NumberError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Sign : bool { kPositive, kNegative };

class Number {
 public:
  using Digits = unsigned __int128;  // below 10^38

  Number() = default;  // zero
  explicit Number(int64_t value);
  static Number parse(std::string_view text);  // throws NumberError

  std::string text() const;  // plain, without an exponent: "1E3" reads back as "1000"
  bool is_zero() const { return digits_ == 0; }
  bool is_negative() const { return sign_ == Sign::kNegative; }
  Sign sign() const { return sign_; }
  // A whole number of at most 18 digits, otherwise nothing; for limits and times.
  bool to_int(int64_t& out) const;
  size_t size() const;  // bytes, as DynamoDB counts them

  // Exact; throws NumberError, of an overflow, when the result has more than 38 digits or is out of range.
  friend Number operator+(const Number& a, const Number& b);
  friend Number operator-(const Number& a, const Number& b) { return a + b.negated(); }
  Number negated() const;

  friend std::strong_ordering operator<=>(const Number& a, const Number& b);
  friend bool operator==(const Number& a, const Number& b) = default;

  // Bytes whose order is the order of numbers; no number's bytes are a prefix of another's.
  void append_key(std::string& out) const;
  // Reads what append_key() wrote from the front of `bytes` and takes it away; false when it is no number.
  static bool take_key(std::string_view& bytes, Number& out);

  // The parts, for the record codec: value = (-1)^sign * digits * 10^exponent, digits without trailing
  // zeros.
  Digits digits() const { return digits_; }
  int exponent() const { return exponent_; }
  // From parts as digits() and exponent() gave them; false when they are not normal or out of range.
  static bool from_parts(Sign sign, Digits digits, int exponent, Number& out);

 private:
  static Number normal(Sign sign, Digits digits, int exponent);

  Digits digits_ = 0;
  int16_t exponent_ = 0;
  Sign sign_ = Sign::kPositive;
};

}  // namespace haneul::dynamodb
