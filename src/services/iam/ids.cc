#include "services/iam/ids.h"

#include "aws/arn.h"

namespace haneul::iam {

namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kKeyIdTail = 16;  // 80 bits: one random, 40 of the account, 39 random
constexpr int kAccountBits = 40;
constexpr uint64_t kAccountEnd = 1'000'000'000'000;

}  // namespace

std::string make_unique_id(std::string_view prefix, Random& random) {
  return std::string(prefix) + random.text(17, kBase32);
}

std::string make_access_key_id(std::string_view prefix, const AccountId& account, Random& random) {
  uint64_t number = 0;
  for (const char digit : account.str()) number = number * 10 + static_cast<uint64_t>(digit - '0');
  std::string bits(1, '0' + static_cast<char>(random.below(2)));
  for (int bit = kAccountBits - 1; bit >= 0; --bit) bits += ((number >> bit) & 1) != 0 ? '1' : '0';
  bits += random.text(39, "01");
  std::string out(prefix);
  for (size_t at = 0; at < bits.size(); at += 5) {
    size_t letter = 0;
    for (size_t bit = 0; bit < 5; ++bit) letter = letter * 2 + (bits[at + bit] == '1' ? 1 : 0);
    out += kBase32[letter];
  }
  return out;
}

std::string make_secret_access_key(Random& random) {
  return random.text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

std::optional<AccountId> account_of_key_id(std::string_view access_key_id) {
  if (access_key_id.size() != 4 + kKeyIdTail) return std::nullopt;
  uint64_t head = 0;  // the first 45 bits
  for (const char letter : access_key_id.substr(4, 9)) {
    const size_t value = kBase32.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    head = head << 5 | value;
  }
  const uint64_t number = (head >> 4) & ((uint64_t{1} << kAccountBits) - 1);
  if (number >= kAccountEnd) return std::nullopt;
  std::string digits = std::to_string(number);
  digits.insert(0, 12 - digits.size(), '0');
  return AccountId(std::move(digits));
}

std::string entity_arn(std::string_view account, std::string_view kind, std::string_view path,
                       std::string_view name) {
  std::string resource(kind);
  resource.append(path).append(name);
  return aws::make_arn("iam", "", account, resource);
}

std::string root_arn(std::string_view account) { return aws::make_arn("iam", "", account, "root"); }

std::optional<EntityName> parse_entity_arn(std::string_view arn) {
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || parsed->service != "iam" || !parsed->region.empty()) return std::nullopt;
  const std::string& resource = parsed->resource;
  const size_t first = resource.find('/');
  const size_t last = resource.rfind('/');
  if (first == std::string::npos || last + 1 == resource.size()) return std::nullopt;
  return EntityName{.account = parsed->account,
                    .kind = resource.substr(0, first),
                    .path = resource.substr(first, last - first + 1),
                    .name = resource.substr(last + 1)};
}

}  // namespace haneul::iam
