// Where the text of a template comes from.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "model/error.h"
#include "services/cloudformation/intake.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

bool is_path_style(std::string_view host) {
  if (host == "localhost" || host.starts_with("s3.") || host.starts_with("s3-")) return true;
  const bool is_address =
      host.find_first_not_of("0123456789.") == std::string_view::npos || host.starts_with('[');
  return is_address;
}

// "bucket.s3.eu-west-1.amazonaws.com", "bucket.s3.localhost", "bucket.localhost" -> "bucket"
std::string bucket_of_host(std::string_view host) {
  for (const std::string_view mark : {".s3.", ".s3-", ".localhost"}) {
    const size_t at = host.find(mark);
    if (at != std::string_view::npos && at > 0) return std::string(host.substr(0, at));
  }
  return {};
}

std::string version_of(std::string_view query) {
  for (const std::string_view part : split(query, '&')) {
    if (!part.starts_with("versionId=")) continue;
    return uri_decode(part.substr(10)).value_or("");
  }
  return {};
}

Task<std::string> read_object(platform::Dispatcher& dispatcher, const platform::Request& request,
                              std::string url) {
  const auto address = parse_object_url(url);
  if (!address) fail_template("TemplateURL must be a supported URL.");
  Document input = Document::Object{{"Bucket", address->bucket}, {"Key", address->key}};
  if (!address->version.empty()) input.set("VersionId", address->version);
  // One byte more than is allowed tells that there are too many, and no more than that is read.
  input.set("Range", fmt::format("bytes=0-{}", kTemplateUrlBytesMax));
  const platform::CallContext context{.caller = request.caller,
                                      .account = request.account,
                                      .region = request.region,
                                      .trace_id = request.trace_id,
                                      .source = "cloudformation.amazonaws.com"};
  Document output;
  try {
    output = co_await dispatcher.call(context, "s3", "GetObject", std::move(input));
  } catch (const model::ServiceError& error) {
    fail_template(fmt::format("S3 error: {}", error.message()));
  }
  const Document* body = output.find("Body");
  if (body == nullptr || !body->is_blob()) co_return std::string();
  if (body->as_blob().size() > kTemplateUrlBytesMax) {
    fail_template(fmt::format("Template may not exceed {} bytes in size.", kTemplateUrlBytesMax));
  }
  co_return body->as_blob();
}

}  // namespace

std::optional<ObjectAddress> parse_object_url(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string_view kind = url.substr(0, scheme);
  if (kind != "https" && kind != "http") return std::nullopt;
  std::string_view rest = url.substr(scheme + 3);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view host = rest.substr(0, slash);
  host = host.substr(0, host.rfind(':'));
  rest.remove_prefix(slash + 1);
  const size_t question = rest.find('?');
  ObjectAddress out;
  if (question != std::string_view::npos) out.version = version_of(rest.substr(question + 1));
  auto path = uri_decode(rest.substr(0, question));
  if (!path) return std::nullopt;
  if (is_path_style(host)) {
    const size_t end = path->find('/');
    if (end == std::string::npos) return std::nullopt;
    out.bucket = path->substr(0, end);
    out.key = path->substr(end + 1);
  } else {
    out.bucket = bucket_of_host(host);
    out.key = std::move(*path);
  }
  if (out.bucket.empty() || out.key.empty()) return std::nullopt;
  return out;
}

Task<std::string> read_source(platform::Dispatcher& dispatcher, const platform::Request& request,
                              TemplateSource source) {
  if (source.body && source.url) {
    fail_template("You cannot specify both Template URL and Template Body.");
  }
  if (source.url) co_return co_await read_object(dispatcher, request, *source.url);
  if (!source.body) fail_template("Either Template URL or Template Body must be specified.");
  if (source.body->size() > kTemplateBodyBytesMax) {
    fail_template(
        fmt::format("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                    "Member must have length less than or equal to {}",
                    kTemplateBodyBytesMax));
  }
  co_return *source.body;
}

}  // namespace haneul::cloudformation
