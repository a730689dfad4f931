#include "services/lambda/code_url.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/text.h"

namespace haneul::lambda {

namespace {

constexpr std::string_view kPath = "/_haneul/lambda/code/";

std::string sign(const Core& core, std::string_view sha256, std::string_view expires) {
  const auto digest = aws::hmac_sha256(core.url_key.reveal(), fmt::format("code/{}/{}", sha256, expires));
  return hex_encode(aws::view(digest));
}

std::string_view query_value(std::string_view query, std::string_view name) {
  for (const std::string_view pair : split(query, '&')) {
    const size_t at = pair.find('=');
    if (at != std::string_view::npos && pair.substr(0, at) == name) return pair.substr(at + 1);
  }
  return {};
}

// Reads the payload file piece by piece: packages are small and were just asked for, so it is in memory.
class PackageBody final : public platform::BodyReader {
 public:
  explicit PackageBody(store::BlobReader blob) : blob_(std::move(blob)) {}
  Task<size_t> read(std::span<char> out) override {
    const std::string piece = blob_.read(at_, out.size());
    std::copy(piece.begin(), piece.end(), out.begin());
    at_ += piece.size();
    co_return piece.size();
  }
  std::optional<uint64_t> length() const override { return blob_.size(); }

 private:
  store::BlobReader blob_;
  uint64_t at_ = 0;
};

platform::HttpResponse refuse_url() {
  platform::HttpResponse response;
  response.status = 403;
  response.headers.add("Content-Type", "application/xml");
  response.text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Request has "
      "expired or its signature does not match</Message></Error>";
  return response;
}

}  // namespace

std::string make_code_url(const Core& core, const platform::Request& request, const PackageRef& package) {
  const auto expires = std::chrono::floor<Seconds>(core.clock.now()) + kCodeUrlDuration;
  const std::string until = std::to_string(expires.time_since_epoch().count());
  return fmt::format("{}://{}{}{}?X-Haneul-Expires={}&X-Haneul-Signature={}",
                     request.over_tls ? "https" : "http", request.host.empty() ? "localhost" : request.host,
                     kPath, package.sha256, until, sign(core, package.sha256, until));
}

std::optional<platform::HttpResponse> CodeUrlHook::intercept(const platform::HttpRequest& http,
                                                             const platform::Resolver::Target&) {
  const std::string_view path = http.path;
  if (!path.starts_with(kPath)) return std::nullopt;
  const std::string sha256(path.substr(kPath.size()));
  const std::string_view expires = query_value(http.query, "X-Haneul-Expires");
  const auto seconds = parse_int(expires);
  const bool is_signed =
      aws::constant_time_equal(sign(core_, sha256, expires), query_value(http.query, "X-Haneul-Signature"));
  const bool is_read = http.method == "GET" || http.method == "HEAD";
  if (!is_read || !seconds || !is_signed || Timestamp(Seconds(*seconds)) < core_.clock.now())
    return refuse_url();
  auto blob = core_.code.open(sha256);
  if (!blob) return refuse_url();
  platform::HttpResponse response;
  response.headers.add("Content-Type", "application/zip");
  response.stream = std::make_unique<PackageBody>(*std::move(blob));
  return response;
}

}  // namespace haneul::lambda
