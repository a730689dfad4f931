// The function of a provided.* runtime that bench/run invokes: a Runtime API loop and nothing else. Answers
// the wall clock, in microseconds, of the moment at which it had the event.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

int connect_to(const std::string& api) {
  const size_t colon = api.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(api.c_str() + colon + 1)));
  if (inet_pton(AF_INET, api.substr(0, colon).c_str(), &address.sin_addr) != 1) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

std::string header(const std::string& head, const char* name) {
  const char* at = ::strcasestr(head.c_str(), name);
  if (at == nullptr) return {};
  std::string value(at + std::string(name).size());
  value.resize(value.find("\r\n"));
  value.erase(0, value.find_first_not_of(": "));
  return value;
}

// Sends a request and reads its answer to the end; returns the head, or nothing when the API is gone.
std::string exchange(int fd, const std::string& request) {
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return {};
  std::string answer;
  char block[4096];
  for (;;) {
    const ssize_t got = recv(fd, block, sizeof block, 0);
    if (got <= 0) return {};
    answer.append(block, static_cast<size_t>(got));
    const size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::string head = answer.substr(0, end + 2);
    const size_t length = static_cast<size_t>(std::atol(header(head, "\r\ncontent-length").c_str()));
    if (answer.size() >= end + 4 + length) return head;
  }
}

}  // namespace

int main() {
  const char* api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (api == nullptr) return 1;
  const int fd = connect_to(api);
  const std::string tail = std::string(" HTTP/1.1\r\nHost: ") + api + "\r\n";
  for (;;) {
    const std::string head = exchange(fd, "GET /2018-06-01/runtime/invocation/next" + tail + "\r\n");
    if (head.empty()) return 1;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string body =
        std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    const std::string id = header(head, "\r\nlambda-runtime-aws-request-id");
    if (exchange(fd, "POST /2018-06-01/runtime/invocation/" + id + "/response" + tail +
                         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
            .empty())
      return 1;
  }
}
