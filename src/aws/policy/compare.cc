#include "aws/policy/compare.h"

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>

#include "base/text.h"

namespace haneul::aws::policy {
namespace {

template <class T>
bool ordered(const T& value, const T& wanted, Operator::Compare compare) {
  switch (compare) {
    case Operator::Compare::kLess: return value < wanted;
    case Operator::Compare::kLessOrEquals: return value <= wanted;
    case Operator::Compare::kGreater: return value > wanted;
    case Operator::Compare::kGreaterOrEquals: return value >= wanted;
    case Operator::Compare::kEquals: break;
  }
  return value == wanted;
}

std::optional<double> read_number(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Timestamp> read_date(std::string_view text) {
  if (const auto seconds = parse_int(text)) {
    constexpr int64_t kSecondsMax = 100'000'000'000'000;  // no overflow in milliseconds
    if (*seconds > kSecondsMax || *seconds < -kSecondsMax) return std::nullopt;
    return Timestamp(Seconds(*seconds));
  }
  std::string whole(text);
  if (text.size() == 10) whole += "T00:00:00Z";
  if (text.size() == 17 && text.ends_with('Z')) whole.insert(16, ":00");  // 2020-04-01T12:30Z
  return parse_iso8601(whole);
}

struct Address {
  std::array<unsigned char, 16> bytes{};
  int family = 0;
};

std::optional<Address> read_address(std::string_view text) {
  Address out;
  const std::string zero_ended(text);
  if (inet_pton(AF_INET, zero_ended.c_str(), out.bytes.data()) == 1) {
    out.family = AF_INET;
    return out;
  }
  if (zero_ended.size() != std::strlen(zero_ended.c_str())) return std::nullopt;
  if (inet_pton(AF_INET6, zero_ended.c_str(), out.bytes.data()) != 1) return std::nullopt;
  out.family = AF_INET6;
  static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(out.bytes.data(), kMapped, sizeof kMapped) == 0) {
    std::memmove(out.bytes.data(), out.bytes.data() + 12, 4);
    out.family = AF_INET;
  }
  return out;
}

struct Range {
  Address base;
  int bits = 0;
};

std::optional<Range> read_range(std::string_view text) {
  const size_t slash = text.find('/');
  const auto base = read_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  const int bits_max = base->family == AF_INET ? 32 : 128;
  Range out{*base, bits_max};
  if (slash == std::string_view::npos) return out;
  const auto bits = parse_int(text.substr(slash + 1));
  if (!bits || *bits < 0 || *bits > bits_max) return std::nullopt;
  out.bits = static_cast<int>(*bits);
  return out;
}

}  // namespace

bool compare_numbers(std::string_view value, std::string_view wanted, Operator::Compare compare) {
  const auto a = read_number(value);
  const auto b = read_number(wanted);
  return a && b && ordered(*a, *b, compare);
}

bool compare_dates(std::string_view value, std::string_view wanted, Operator::Compare compare) {
  const auto a = read_date(value);
  const auto b = read_date(wanted);
  return a && b && ordered(*a, *b, compare);
}

bool ip_in_range(std::string_view address, std::string_view range) {
  const auto at = read_address(address);
  const auto within = read_range(range);
  if (!at || !within || at->family != within->base.family) return false;
  const size_t whole = static_cast<size_t>(within->bits / 8);
  if (std::memcmp(at->bytes.data(), within->base.bytes.data(), whole) != 0) return false;
  const int rest = within->bits % 8;
  if (rest == 0) return true;
  const int mask = 0xff & (0xff << (8 - rest));
  return (at->bytes[whole] & mask) == (within->base.bytes[whole] & mask);
}

bool is_readable_value(const Operator& op, std::string_view value) {
  switch (op.type) {
    case Operator::Type::kNumeric: return read_number(value).has_value();
    case Operator::Type::kDate: return read_date(value).has_value();
    case Operator::Type::kIp: return read_range(value).has_value();
    case Operator::Type::kBool:
    case Operator::Type::kNull:
      return equals_ignore_case(value, "true") || equals_ignore_case(value, "false");
    case Operator::Type::kBinary: return base64_decode(value).has_value();
    default: return true;
  }
}

}  // namespace haneul::aws::policy
