#include "aws/arn.h"

#include <algorithm>

namespace haneul::aws {
namespace {

bool is_label(std::string_view text) {  // services and regions: lower-case words with dashes and digits
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource) {
  std::string out;
  out.reserve(11 + service.size() + region.size() + account.size() + resource.size());
  out.append("arn:aws:").append(service).append(":").append(region).append(":").append(account);
  return out.append(":").append(resource);
}

bool is_account_id(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string Arn::str() const { return make_arn(service, region, account, resource); }

std::string_view Arn::resource_type() const {
  const size_t at = resource.find_first_of(":/");
  return at == std::string::npos ? std::string_view() : std::string_view(resource).substr(0, at);
}

std::string_view Arn::resource_id() const {
  const size_t at = resource.find_first_of(":/");
  return at == std::string::npos ? std::string_view(resource) : std::string_view(resource).substr(at + 1);
}

std::optional<Arn> parse_arn(std::string_view text) {
  constexpr std::string_view kPrefix = "arn:aws:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  std::string_view parts[3];
  for (std::string_view& part : parts) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const bool account_ok = parts[2].empty() || parts[2] == "aws" || is_account_id(parts[2]);
  if (parts[0].empty() || text.empty() || !is_label(parts[0]) || !is_label(parts[1]) || !account_ok) {
    return std::nullopt;
  }
  return Arn{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]), std::string(text)};
}

}  // namespace haneul::aws
