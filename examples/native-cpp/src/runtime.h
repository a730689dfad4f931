// A client of the Lambda Runtime API in one header: takes events one by one, gives each to a function of text
// to text, and sends back what it returns, or what it throws as the function's error.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#pragma once

#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lambda {

// One keep-alive connection. The address is numeric: "127.0.0.1:9001".
class Connection {
 public:
  explicit Connection(const std::string& address) : host_(address), fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const size_t colon = address.find(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect");
    const int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;

  struct Answer {
    std::string head;
    std::string body;
    // Of a header, whatever the case of its name.
    std::string header(std::string_view name) const {
      for (size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
        const std::string_view line = std::string_view(head).substr(at + 2);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
        const size_t from = line.find_first_not_of(' ', name.size() + 1);
        return std::string(line.substr(from, line.find("\r\n") - from));
      }
      return {};
    }
  };

  Answer get(const std::string& path) {
    return talk("GET " + path + " HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n");
  }
  Answer post(const std::string& path, const std::string& body) {
    return talk("POST " + path + " HTTP/1.1\r\nHost: " + host_ +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

 private:
  Answer talk(const std::string& request) {
    for (size_t sent = 0; sent < request.size();) {
      const ssize_t count = send(fd_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) throw std::runtime_error("send");
      sent += static_cast<size_t>(count);
    }
    size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) receive();
    Answer answer{received_.substr(0, end + 2), {}};
    received_.erase(0, end + 4);
    const std::string length = answer.header("Content-Length");
    const size_t wanted = length.empty() ? 0 : std::stoul(length);
    while (received_.size() < wanted) receive();
    answer.body = received_.substr(0, wanted);
    received_.erase(0, wanted);
    return answer;
  }

  void receive() {
    char piece[16384];
    const ssize_t count = recv(fd_, piece, sizeof piece, 0);
    if (count <= 0) throw std::runtime_error("the runtime API closed the connection");
    received_.append(piece, static_cast<size_t>(count));
  }

  std::string host_;
  int fd_;
  std::string received_;
};

// A text as a JSON string.
inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
  }
  return out + '"';
}

[[noreturn]] inline void serve(const std::function<std::string(const std::string&)>& handler) {
  Connection api(std::getenv("AWS_LAMBDA_RUNTIME_API"));
  const std::string base = "/2018-06-01/runtime/invocation/";
  for (;;) {
    const Connection::Answer event = api.get(base + "next");
    const std::string mine = base + event.header("Lambda-Runtime-Aws-Request-Id");
    std::string answer;
    try {
      answer = handler(event.body);
    } catch (const std::exception& error) {
      api.post(mine + "/error", "{\"errorType\":\"Error\",\"errorMessage\":" + quoted(error.what()) + "}");
      continue;
    }
    api.post(mine + "/response", answer);
  }
}

}  // namespace lambda
