#include "platform/pagination.h"

#include "aws/digest.h"
#include "base/text.h"

namespace haneul::platform {

namespace {

constexpr size_t kCheckBytes = 8;

// The check catches a token of another operation or account and one that was cut or edited. It is no secret:
// a position inside one's own listing gives nothing that the listing would not.
std::string check_of(std::string_view operation, const AccountId& account, std::string_view position) {
  std::string text = "haneul-page\n";
  text.append(operation).append("\n").append(account.str()).append("\n").append(position);
  return aws::sha256(text).substr(0, kCheckBytes);
}

}  // namespace

std::string make_page_token(std::string_view operation, const AccountId& account, std::string_view position) {
  return base64_encode(check_of(operation, account, position).append(position));
}

std::optional<std::string> open_page_token(std::string_view operation, const AccountId& account,
                                           std::string_view token) {
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() < kCheckBytes) return std::nullopt;
  std::string position = bytes->substr(kCheckBytes);
  if (check_of(operation, account, position) != bytes->substr(0, kCheckBytes)) return std::nullopt;
  return position;
}

}  // namespace haneul::platform
