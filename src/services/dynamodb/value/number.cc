#include "services/dynamodb/value/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace haneul::dynamodb {
namespace {

using Digits = Number::Digits;

constexpr int kDigitsMax = 38;
constexpr int kMagnitudeMax = 125;   // of the first digit: 9.99...E+125
constexpr int kMagnitudeMin = -130;  // 1E-130
constexpr char kNegativeTag = 0x20;
constexpr char kZeroTag = 0x40;
constexpr char kPositiveTag = 0x60;
constexpr int kMagnitudeBias = 512;

constexpr Digits kWidest = ~Digits{0} / 2;  // so that two of them can be added

constexpr std::array<Digits, kDigitsMax + 1> kPowers = [] {
  std::array<Digits, kDigitsMax + 1> out{};
  out[0] = 1;
  for (size_t i = 1; i < out.size(); ++i) out[i] = out[i - 1] * 10;
  return out;
}();

int count_digits(Digits value) {
  int count = 1;
  while (count <= kDigitsMax && value >= kPowers[static_cast<size_t>(count)]) ++count;
  return count;
}

std::string decimal(Digits value) {
  std::string out;
  do out.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
  while ((value /= 10) != 0);
  std::ranges::reverse(out);
  return out;
}

[[noreturn]] void not_a_number(std::string_view text) {
  if (text.empty()) throw NumberError("The parameter cannot be converted to a numeric value");
  throw NumberError(fmt::format("The parameter cannot be converted to a numeric value: {}", text));
}

[[noreturn]] void too_many_digits() {
  throw NumberError("Attempting to store more than 38 significant digits in a Number");
}

[[noreturn]] void overflow() {
  throw NumberError(
      "Number overflow. Attempting to store a number with magnitude larger than supported range");
}

void check_magnitude(int magnitude) {
  if (magnitude > kMagnitudeMax) overflow();
  if (magnitude < kMagnitudeMin) {
    throw NumberError(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  }
}

// Takes the digits of a text, without leading zeros; zeros at the end are counted and not taken.
class DigitReader {
 public:
  void take(char c) {
    if (after_point_) --exponent_;
    if (c == '0') {
      if (count_ > 0) ++zeros_;
      return;
    }
    if (count_ + zeros_ >= kDigitsMax) too_many_digits();
    for (; zeros_ > 0; --zeros_, ++count_) value_ *= 10;
    value_ = value_ * 10 + static_cast<Digits>(c - '0');
    ++count_;
  }
  Digits value() const { return value_; }
  // Of what was read: value() * 10^exponent().
  int exponent() const { return exponent_ + zeros_; }
  bool take_point() { return !std::exchange(after_point_, true); }

 private:
  Digits value_ = 0;
  int count_ = 0;
  int zeros_ = 0;
  int exponent_ = 0;
  bool after_point_ = false;
};

// The exponent behind an "e": of 64 bits; what is absurd is cut to what is out of range anyway.
int read_exponent(std::string_view rest, std::string_view whole) {
  bool negative = false;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty()) not_a_number(whole);
  if (rest[0] < '0' || rest[0] > '9') not_a_number(whole);  // a second sign
  int64_t read = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), read);
  if (error != std::errc{} || end != rest.data() + rest.size()) not_a_number(whole);
  const int out = static_cast<int>(std::min<int64_t>(read, 100'000));
  return negative ? -out : out;
}

// |a| + |b| or |a| - |b| of aligned digits, as far as they fit.
struct Aligned {
  Digits a, b;
  int exponent;
};

Aligned align(const Number& a, const Number& b) {
  const Number& high = a.exponent() >= b.exponent() ? a : b;
  const Number& low = a.exponent() >= b.exponent() ? b : a;
  const int shift = high.exponent() - low.exponent();
  // A digit more than a number may have: 1E38 - 1 has thirty-eight again.
  if (shift > kDigitsMax || high.digits() > kWidest / kPowers[static_cast<size_t>(shift)]) overflow();
  const Digits moved = high.digits() * kPowers[static_cast<size_t>(shift)];
  return &high == &a ? Aligned{moved, low.digits(), low.exponent()}
                     : Aligned{low.digits(), moved, low.exponent()};
}

}  // namespace

Number::Number(int64_t value) {
  const bool negative = value < 0;
  const auto magnitude =
      negative ? Digits{0} - static_cast<Digits>(static_cast<__int128>(value)) : static_cast<Digits>(value);
  *this = normal(negative ? Sign::kNegative : Sign::kPositive, magnitude, 0);
}

Number Number::normal(Sign sign, Digits digits, int exponent) {
  Number out;
  if (digits == 0) return out;
  while (digits % 10 == 0) digits /= 10, ++exponent;
  const int count = count_digits(digits);
  if (count > kDigitsMax) overflow();  // of a sum: a text has been checked
  check_magnitude(exponent + count - 1);
  out.digits_ = digits;
  out.exponent_ = static_cast<int16_t>(exponent);
  out.sign_ = sign;
  return out;
}

bool Number::from_parts(Sign sign, Digits digits, int exponent, Number& out) {
  out = Number();
  if (digits == 0) return sign == Sign::kPositive && exponent == 0;
  if (digits % 10 == 0 || digits >= kPowers[kDigitsMax]) return false;
  const int magnitude = exponent + count_digits(digits) - 1;
  if (magnitude > kMagnitudeMax || magnitude < kMagnitudeMin) return false;
  out.digits_ = digits;
  out.exponent_ = static_cast<int16_t>(exponent);
  out.sign_ = sign;
  return true;
}

Number Number::parse(std::string_view text) {
  std::string_view rest = text;
  Sign sign = Sign::kPositive;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    if (rest[0] == '-') sign = Sign::kNegative;
    rest.remove_prefix(1);
  }
  DigitReader digits;
  bool seen_digit = false;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    const char c = rest[0];
    if (c >= '0' && c <= '9') {
      digits.take(c);
      seen_digit = true;
    } else if (c != '.' || !digits.take_point()) {
      break;
    }
  }
  if (!seen_digit) not_a_number(text);
  int exponent = digits.exponent();
  if (!rest.empty()) {
    if (rest[0] != 'e' && rest[0] != 'E') not_a_number(text);
    exponent += read_exponent(rest.substr(1), text);
  }
  if (digits.value() == 0) check_magnitude(exponent);  // a zero is judged as it is written
  return normal(sign, digits.value(), exponent);
}

std::string Number::text() const {
  if (is_zero()) return "0";
  std::string out = decimal(digits_);
  const int count = static_cast<int>(out.size());
  if (exponent_ >= 0) {
    out.append(static_cast<size_t>(exponent_), '0');
  } else if (-exponent_ < count) {
    out.insert(static_cast<size_t>(count + exponent_), 1, '.');
  } else {
    out.insert(0, "0." + std::string(static_cast<size_t>(-exponent_ - count), '0'));
  }
  if (is_negative()) out.insert(0, 1, '-');
  return out;
}

bool Number::to_int(int64_t& out) const {
  if (is_zero()) return out = 0, true;
  if (exponent_ < 0 || count_digits(digits_) + exponent_ > 18) return false;
  out = static_cast<int64_t>(digits_ * kPowers[static_cast<size_t>(exponent_)]);
  if (is_negative()) out = -out;
  return true;
}

// Pairs of digits, aligned at the decimal point, one byte each; one for the magnitude, one for a minus.
size_t Number::size() const {
  if (is_zero()) return 1;
  const int count = count_digits(digits_);
  const int magnitude = exponent_ + count - 1;
  const int pairs = (count + 1) / 2 + (count % 2 == 0 && magnitude % 2 == 0 ? 1 : 0);
  return static_cast<size_t>(1 + pairs + (is_negative() ? 1 : 0));
}

Number Number::negated() const {
  Number out = *this;
  if (!is_zero()) out.sign_ = is_negative() ? Sign::kPositive : Sign::kNegative;
  return out;
}

Number operator+(const Number& a, const Number& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const auto [x, y, exponent] = align(a, b);
  if (a.sign_ == b.sign_) return Number::normal(a.sign_, x + y, exponent);
  if (x >= y) return Number::normal(a.sign_, x - y, exponent);
  return Number::normal(b.sign_, y - x, exponent);
}

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  if (a.is_zero() || b.is_zero() || a.sign_ != b.sign_) {
    const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.is_negative() ? -1 : 1; };
    return sign(a) <=> sign(b);
  }
  const int count_a = count_digits(a.digits_), count_b = count_digits(b.digits_);
  std::strong_ordering order = a.exponent_ + count_a <=> b.exponent_ + count_b;
  if (order == std::strong_ordering::equal) {
    const int width = std::max(count_a, count_b);
    order = a.digits_ * kPowers[static_cast<size_t>(width - count_a)] <=>
            b.digits_ * kPowers[static_cast<size_t>(width - count_b)];
  }
  return a.is_negative() ? 0 <=> order : order;
}

// A tag for the sign, the magnitude of the first digit, then digits in pairs as bytes 1 to 100 and a zero to
// end them; all but the tag complemented for negative numbers.
void Number::append_key(std::string& out) const {
  if (is_zero()) return out.push_back(kZeroTag);
  out.push_back(is_negative() ? kNegativeTag : kPositiveTag);
  const size_t from = out.size();
  std::string digits = decimal(digits_);
  const int biased = exponent_ + static_cast<int>(digits.size()) - 1 + kMagnitudeBias;
  out.push_back(static_cast<char>(biased >> 8));
  out.push_back(static_cast<char>(biased & 0xFF));
  if (digits.size() % 2 != 0) digits.push_back('0');
  for (size_t i = 0; i < digits.size(); i += 2) {
    out.push_back(static_cast<char>((digits[i] - '0') * 10 + (digits[i + 1] - '0') + 1));
  }
  out.push_back('\0');
  if (!is_negative()) return;
  for (size_t i = from; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

bool Number::take_key(std::string_view& bytes, Number& out) {
  if (bytes.empty()) return false;
  const char tag = bytes[0];
  bytes.remove_prefix(1);
  if (tag == kZeroTag) return out = Number(), true;
  if ((tag != kNegativeTag && tag != kPositiveTag) || bytes.size() < 3) return false;
  const auto flip = static_cast<unsigned char>(tag == kNegativeTag ? 0xFF : 0);
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]) ^ flip; };
  const int magnitude = at(0) * 256 + at(1) - kMagnitudeBias;
  Digits digits = 0;
  size_t i = 2;
  for (; i < bytes.size() && at(i) != 0; ++i) {
    if (at(i) > 100 || i > 2 + kDigitsMax / 2) return false;
    digits = digits * 100 + static_cast<Digits>(at(i) - 1);
  }
  if (i == bytes.size() || digits == 0) return false;
  int count = static_cast<int>(i - 2) * 2;
  if (digits % 10 == 0) digits /= 10, --count;
  bytes.remove_prefix(i + 1);
  return from_parts(tag == kNegativeTag ? Sign::kNegative : Sign::kPositive, digits, magnitude - count + 1,
                    out);
}

}  // namespace haneul::dynamodb
