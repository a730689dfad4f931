#include "client.h"

#include <memory>
#include <stdexcept>

#include <curl/curl.h>

#include "aws/digest.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/text.h"

namespace haneul::app {

namespace {

struct CurlDelete {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDelete>;
using HeaderList = std::unique_ptr<curl_slist, ListDelete>;

size_t take_body(char* data, size_t size, size_t count, void* out) {
  static_cast<ClientResponse*>(out)->body.append(data, size * count);
  return size * count;
}

size_t take_header(char* data, size_t size, size_t count, void* out) {
  const std::string_view line = trim({data, size * count});
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    static_cast<ClientResponse*>(out)->headers.emplace_back(to_lower(line.substr(0, colon)),
                                                            trim(line.substr(colon + 1)));
  }
  return size * count;
}

void append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  (void)list.release();
  list.reset(longer);
}

ClientResponse perform(CURL* handle, const std::string& url) {
  ClientResponse response;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &response);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, 960L);  // above the longest invocation
  const CURLcode result = curl_easy_perform(handle);
  if (result != CURLE_OK) {
    throw std::runtime_error("no answer from " + url + ": " + curl_easy_strerror(result));
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace

std::string ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Client::Client(const std::filesystem::path& data, std::string region) : region_(std::move(region)) {
  const auto running = find_running_server(data);
  if (!running) {
    throw std::runtime_error("no server runs on " + data.string() + " (start one: haneul serve --data " +
                             data.string() + ")");
  }
  server_ = *running;
  credentials_ = read_root_credentials(data);
}

ClientResponse Client::call(const ClientRequest& request) const {
  const CurlHandle handle(curl_easy_init());
  if (!handle) throw std::runtime_error("the HTTP client could not be started");
  const std::string host = server_.endpoint.substr(server_.endpoint.find("//") + 2);
  std::vector<aws::HeaderEntry> headers(request.headers.begin(), request.headers.end());
  headers.emplace_back("Host", host);
  const aws::SignedHeaders signature =
      aws::sign_request({request.method, request.path, request.query, headers},
                        {.access_key_id = credentials_.access_key_id,
                         .secret = credentials_.secret_access_key.reveal(),
                         .now = SystemClock().now(),
                         .region = region_,
                         .service = request.service,
                         .payload_hash = aws::sha256_hex(request.body),
                         .payload_header = aws::SignOptions::PayloadHeader::kSend});
  HeaderList list;
  for (const auto& [name, value] : headers) append(list, name + ": " + value);
  for (const auto& [name, value] : signature.add) append(list, name + ": " + value);
  append(list, "Expect:");
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, request.body.c_str());
  }
  const std::string query = request.query.empty() ? "" : "?" + request.query;
  return perform(handle.get(), server_.endpoint + request.path + query);
}

ClientResponse get_plain(const std::string& url) {
  const CurlHandle handle(curl_easy_init());
  if (!handle) throw std::runtime_error("the HTTP client could not be started");
  return perform(handle.get(), url);
}

}  // namespace haneul::app
