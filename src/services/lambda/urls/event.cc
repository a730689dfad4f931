#include "services/lambda/urls/event.h"

#include <ctime>
#include <unordered_map>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul::lambda {

using platform::Caller;

namespace {

bool is_signed(const UrlCall& call) { return call.request.caller.kind != Caller::Kind::kAnonymous; }

// What a function must not learn: with them it could act as its caller.
bool is_secret(std::string_view name) {
  return equals_ignore_case(name, "authorization") || equals_ignore_case(name, "x-amz-security-token");
}

// Values of the same name joined by commas, in the order in which the names came. Indexed, since a stranger
// decides how many there are.
class Joined {
 public:
  void add(std::string name, std::string_view value) {
    const auto [known, is_new] = places_.try_emplace(name, entries_.size());
    if (is_new) {
      entries_.emplace_back(std::move(name), to_valid_utf8(value));
    } else {
      std::string& text = entries_[known->second].second.as_string();
      text += ',';
      text += to_valid_utf8(value);
    }
  }
  bool empty() const { return entries_.empty(); }
  Document take() { return Document(std::move(entries_)); }

 private:
  Document::Object entries_;
  std::unordered_map<std::string, size_t> places_;
};

Document headers_of(const UrlCall& call) {
  Joined joined;
  for (const auto& [name, value] : call.http.headers.entries()) {
    if (is_signed(call) && is_secret(name)) continue;
    joined.add(to_lower(name), value);
  }
  joined.add("x-forwarded-for", call.http.remote_address);
  Document out = joined.take();
  const std::string_view host = call.request.host;
  const size_t colon = host.rfind(':');
  const std::string_view usual = call.http.over_tls ? "443" : "80";
  out.set("x-forwarded-proto", call.http.over_tls ? "https" : "http");
  out.set("x-forwarded-port",
          colon == std::string_view::npos ? std::string(usual) : to_valid_utf8(host.substr(colon + 1)));
  out.set("x-amzn-trace-id", call.request.trace_id);
  return out;
}

Document cookies_of(const UrlCall& call) {
  Document out = Document::array();
  for (const auto& [name, value] : call.http.headers.entries()) {
    if (!equals_ignore_case(name, "cookie")) continue;
    for (const std::string_view each : split(value, ';')) {
      if (!trim(each).empty()) out.push(to_valid_utf8(trim(each)));
    }
  }
  return out;
}

Joined query_of(std::string_view query) {
  Joined out;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    const auto decoded = [](std::string_view text) {
      return to_valid_utf8(uri_decode(text, Plus::kBlank).value_or(std::string(text)));
    };
    out.add(decoded(pair.substr(0, equals)), decoded(value));
  }
  return out;
}

Document authorizer_of(const Caller& caller) {
  Document iam = Document::object();
  iam.set("accessKey", caller.access_key_id);
  iam.set("accountId", caller.account.str());
  iam.set("callerId", caller.unique_id);
  iam.set("cognitoIdentity", nullptr);
  iam.set("principalOrgId", nullptr);
  iam.set("userArn", caller.arn);
  iam.set("userId", caller.unique_id);
  Document out = Document::object();
  out.set("iam", std::move(iam));
  return out;
}

// 12/Mar/2020:19:03:58 +0000
std::string access_log_time(Timestamp at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", parts.tm_mday, kMonths[parts.tm_mon],
                     parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Document context_of(const UrlCall& call) {
  const platform::Request& request = call.request;
  Document http = Document::object();
  http.set("method", call.http.method);
  http.set("path", to_valid_utf8(call.http.path));
  http.set("protocol", "HTTP/1.1");
  http.set("sourceIp", call.http.remote_address);
  http.set("userAgent", to_valid_utf8(request.user_agent));
  Document out = Document::object();
  out.set("accountId", is_signed(call) ? request.account.str() : "anonymous");
  out.set("apiId", call.url_id);
  if (is_signed(call)) {
    out.set("authentication", nullptr);
    out.set("authorizer", authorizer_of(request.caller));
  }
  out.set("domainName", call.http.host);
  out.set("domainPrefix", call.url_id);
  out.set("http", std::move(http));
  out.set("requestId", request.id.str());
  out.set("routeKey", "$default");
  out.set("stage", "$default");
  out.set("time", access_log_time(request.now));
  out.set("timeEpoch", int64_t{request.now.time_since_epoch().count()});
  return out;
}

// Everything but these types travels as base64, forms included, as on AWS.
bool is_text(const platform::Headers& headers, std::string_view body) {
  if (!headers.get("Content-Encoding").empty() || !is_valid_utf8(body)) return false;
  const std::string type = to_lower(trim(split(headers.get("Content-Type"), ';').front()));
  return type.starts_with("text/") || type == "application/json" || type == "application/xml" ||
         type == "application/javascript" || type.ends_with("+json") || type.ends_with("+xml");
}

}  // namespace

std::string make_url_event(const UrlCall& call) {
  Document out = Document::object();
  out.set("version", "2.0");
  out.set("routeKey", "$default");
  out.set("rawPath", to_valid_utf8(call.http.path));
  out.set("rawQueryString", to_valid_utf8(call.http.query));
  if (Document cookies = cookies_of(call); !cookies.as_array().empty())
    out.set("cookies", std::move(cookies));
  out.set("headers", headers_of(call));
  if (Joined query = query_of(call.http.query); !query.empty())
    out.set("queryStringParameters", query.take());
  out.set("requestContext", context_of(call));
  const bool as_text = is_text(call.http.headers, call.body);
  if (!call.body.empty()) out.set("body", as_text ? std::string(call.body) : base64_encode(call.body));
  out.set("isBase64Encoded", !call.body.empty() && !as_text);
  return write_json(out);
}

}  // namespace haneul::lambda
