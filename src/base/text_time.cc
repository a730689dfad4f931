// The time formats of the AWS wire: ISO 8601 (RFC 3339), its basic form (SigV4) and HTTP dates (RFC
// 9110 5.6.7). Years 0000 to 9999; a moment outside is written as the nearest one inside, and no text reads
// as one outside.
#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>
#include <time.h>

#include "base/text.h"

namespace haneul {
namespace {

namespace ch = std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Fields {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0, millis = 0;
};

Fields fields_of(Timestamp at) {
  constexpr Timestamp kFirst = ch::sys_days(ch::year(0) / 1 / 1);
  constexpr Timestamp kLast = ch::sys_days(ch::year(10000) / 1 / 1) - ch::milliseconds(1);
  at = std::clamp(at, kFirst, kLast);
  const auto day = ch::floor<ch::days>(at);
  const ch::year_month_day date(day);
  const ch::hh_mm_ss time(at - day);
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .hour = static_cast<int>(time.hours().count()),
          .minute = static_cast<int>(time.minutes().count()),
          .second = static_cast<int>(time.seconds().count()),
          .millis = static_cast<int>(time.subseconds().count())};
}

std::optional<Timestamp> timestamp_of(const Fields& f) {
  const ch::year_month_day date = ch::year(f.year) / static_cast<int>(f.month) / static_cast<int>(f.day);
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;  // 60: a leap second
  return ch::sys_days(date) + ch::hours(f.hour) + ch::minutes(f.minute) + ch::seconds(f.second) +
         ch::milliseconds(f.millis);
}

// Fills a pattern: every run of one letter of yMdHmsS takes that field's digits. A time is written several
// times for each request, so no format is interpreted.
std::string fill(std::string_view pattern, const Fields& f) {
  const auto value_of = [&](char letter) -> unsigned {
    switch (letter) {
      case 'y': return static_cast<unsigned>(f.year);
      case 'M': return f.month;
      case 'd': return f.day;
      case 'H': return static_cast<unsigned>(f.hour);
      case 'm': return static_cast<unsigned>(f.minute);
      case 's': return static_cast<unsigned>(f.second);
      default: return static_cast<unsigned>(f.millis);
    }
  };
  std::string out(pattern);
  constexpr std::string_view kLetters = "yMdHmsS";
  unsigned rest = 0;
  for (size_t at = out.size(); at-- > 0;) {
    const char letter = pattern[at];
    if (!kLetters.contains(letter)) continue;
    if (at + 1 == pattern.size() || pattern[at + 1] != letter) rest = value_of(letter);
    out[at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  return out;
}

// Reads from the front of a text; after the first mismatch everything fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool ok() const { return ok_; }
  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }

  int digits(size_t count) {
    int value = 0;
    if (text_.size() < count) ok_ = false;
    for (size_t i = 0; ok_ && i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') ok_ = false;
      value = value * 10 + (text_[i] - '0');
    }
    if (ok_) text_.remove_prefix(count);
    return ok_ ? value : 0;
  }

  bool accept(char c) {
    if (peek() != c || text_.empty()) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) { ok_ = accept(c) && ok_; }

  // ".123456": any number of digits, of which three count.
  int fraction_millis() {
    int value = 0;
    int scale = 100;
    size_t count = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++count) {
      value += (text_.front() - '0') * scale;
      scale /= 10;
    }
    if (count == 0) ok_ = false;
    return value;
  }

 private:
  std::string_view text_;
  bool ok_ = true;
};

ch::minutes scan_offset(Scanner& in) {
  if (in.accept('Z') || in.accept('z')) return {};
  const bool negative = in.accept('-');
  if (!negative) in.expect('+');
  const int hours = in.digits(2);
  in.accept(':');
  const int minutes = in.digits(2);
  const ch::minutes offset = ch::hours(hours) + ch::minutes(minutes);
  return negative ? -offset : offset;
}

std::optional<Timestamp> parse_calendar(const char* format, const std::string& text) {
  tm parts{};
  const char* end = strptime(text.c_str(), format, &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timestamp_of({.year = parts.tm_year + 1900,
                       .month = static_cast<unsigned>(parts.tm_mon + 1),
                       .day = static_cast<unsigned>(parts.tm_mday),
                       .hour = parts.tm_hour,
                       .minute = parts.tm_min,
                       .second = parts.tm_sec});
}

}  // namespace

std::string format_iso8601(Timestamp at) {
  const Fields f = fields_of(at);
  if (f.millis != 0) return format_iso8601_millis(at);
  return fill("yyyy-MM-ddTHH:mm:ssZ", f);
}

std::string format_iso8601_millis(Timestamp at) { return fill("yyyy-MM-ddTHH:mm:ss.SSSZ", fields_of(at)); }

std::string format_basic(Timestamp at) { return fill("yyyyMMddTHHmmssZ", fields_of(at)); }

std::string format_http_date(Timestamp at) {
  const Fields f = fields_of(at);
  const ch::weekday weekday{
      ch::sys_days(ch::year(f.year) / static_cast<int>(f.month) / static_cast<int>(f.day))};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday.c_encoding()], f.day,
                     kMonths[f.month - 1], f.year, f.hour, f.minute, f.second);
}

std::optional<Timestamp> parse_iso8601(std::string_view text) {
  Scanner in(text);
  Fields f;
  f.year = in.digits(4);
  in.expect('-');
  f.month = static_cast<unsigned>(in.digits(2));
  in.expect('-');
  f.day = static_cast<unsigned>(in.digits(2));
  if (!in.accept('t')) in.expect('T');
  f.hour = in.digits(2);
  in.expect(':');
  f.minute = in.digits(2);
  in.expect(':');
  f.second = in.digits(2);
  if (in.accept('.')) f.millis = in.fraction_millis();
  const ch::minutes offset = scan_offset(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  const auto local = timestamp_of(f);
  if (!local) return std::nullopt;
  return *local - offset;
}

std::optional<Timestamp> parse_basic(std::string_view text) {
  Scanner in(text);
  Fields f;
  f.year = in.digits(4);
  f.month = static_cast<unsigned>(in.digits(2));
  f.day = static_cast<unsigned>(in.digits(2));
  in.expect('T');
  f.hour = in.digits(2);
  f.minute = in.digits(2);
  f.second = in.digits(2);
  in.expect('Z');
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return timestamp_of(f);
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr size_t kLongest = 48;
  if (text.size() > kLongest || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::string plain(text);
  int millis = 0;
  if (const size_t dot = text.find('.');
      dot != std::string_view::npos) {  // "20:34:56.456 GMT", as Smithy allows
    size_t end = dot + 1;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    Scanner fraction(text.substr(dot + 1, end - dot - 1));
    millis = fraction.fraction_millis();
    if (!fraction.ok()) return std::nullopt;
    plain = std::string(text.substr(0, dot)) + std::string(text.substr(end));
  }
  // The current form, then the two obsolete ones that RFC 9110 asks recipients to accept.
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    if (const auto at = parse_calendar(format, plain)) return *at + ch::milliseconds(millis);
  }
  return std::nullopt;
}

}  // namespace haneul
