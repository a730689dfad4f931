/* A custom runtime in as few lines as it takes: asks the Runtime API for an event, answers, and again. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether the head and the body that it announces are there. */
static int is_whole(const char* answer, size_t length) {
  const char* end = strstr(answer, "\r\n\r\n");
  const char* announced = strcasestr(answer, "content-length:");
  if (end == NULL) return 0;
  return announced == NULL || length >= (size_t)(end + 4 - answer) + strtoul(announced + 15, NULL, 10);
}

static int ask(const char* request, char* answer, size_t size) {
  struct sockaddr_in api = {.sin_family = AF_INET, .sin_port = htons(9001)};
  inet_pton(AF_INET, "127.0.0.1", &api.sin_addr);
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr*)&api, sizeof api) != 0) return 1;
  if (write(connection, request, strlen(request)) < 0) return 1;
  size_t length = 0;
  answer[0] = '\0';
  while (!is_whole(answer, length)) {
    const ssize_t count = read(connection, answer + length, size - length - 1);
    if (count <= 0) return 1;
    length += (size_t)count;
    answer[length] = '\0';
  }
  return close(connection);
}

int main(void) {
  for (;;) {
    char event[65536];
    char request[1024];
    char done[4096];
    if (ask("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n", event, sizeof event) != 0)
      return 1;
    const char* at = strcasestr(event, "lambda-runtime-aws-request-id:");
    if (at == NULL) return 1;
    char id[64];
    sscanf(strchr(at, ':') + 1, " %63[^\r]", id);
    snprintf(request, sizeof request,
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: a\r\n"
             "Content-Length: 15\r\n\r\n{\"native\":true}",
             id);
    if (ask(request, done, sizeof done) != 0) return 1;
  }
}
