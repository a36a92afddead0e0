// echo [pair|name|request] [PORT]: an HTTP server that tells who answers whom; port 8080 unless said otherwise.
//   pair     "POD CLIENT-ADDRESS", what it does without arguments
//   name     "POD"
//   request  the request's first line, the client's and the server's address, and the pod
// Ends at once at SIGTERM. Requests are short and answered one after the other.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void end(int signal) {
  (void)signal;
  _exit(0);
}

// "ADDRESS" or "ADDRESS port N"; an IPv4 peer of this IPv6 socket is shown as IPv4.
static void show(const struct sockaddr_in6 *from, int with_port, char *text, size_t size) {
  char address[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&from->sin6_addr))
    inet_ntop(AF_INET, from->sin6_addr.s6_addr + 12, address, sizeof address);
  else
    inet_ntop(AF_INET6, &from->sin6_addr, address, sizeof address);
  if (with_port)
    snprintf(text, size, "%s port %d", address, ntohs(from->sin6_port));
  else
    snprintf(text, size, "%s", address);
}

static void answer(int connection, const struct sockaddr_in6 *peer, const char *mode, const char *pod) {
  struct timeval patience = {2, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char request[4096];
  size_t length = 0;
  // Closing with unread input would reset the connection, so the whole head is read first.
  while (length < sizeof request - 1) {
    ssize_t got = read(connection, request + length, sizeof request - 1 - length);
    if (got <= 0) break;
    length += got;
    request[length] = 0;
    if (strstr(request, "\r\n\r\n")) break;
  }
  request[length] = 0;
  if (length == 0) return;
  request[strcspn(request, "\r\n")] = 0;

  struct sockaddr_in6 own = {0};
  socklen_t size = sizeof own;
  getsockname(connection, (struct sockaddr *)&own, &size);
  char client[80], server[80], body[5000], out[5200];
  show(peer, strcmp(mode, "request") == 0, client, sizeof client);
  show(&own, 1, server, sizeof server);
  int count;
  if (strcmp(mode, "name") == 0)
    count = snprintf(body, sizeof body, "%s\n", pod);
  else if (strcmp(mode, "request") == 0)
    count = snprintf(body, sizeof body, "%s\nclient %s\nserver %s\npod %s\n", request, client, server, pod);
  else
    count = snprintf(body, sizeof body, "%s %s\n", pod, client);
  count = snprintf(out, sizeof out,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                   count, body);
  for (int sent = 0; sent < count;) {
    ssize_t now = write(connection, out + sent, count - sent);
    if (now <= 0) break;
    sent += now;
  }
}

int main(int count, char **words) {
  const char *mode = "pair";
  int port = 8080, at = 1, one = 1;
  if (at < count && (strcmp(words[at], "pair") == 0 || strcmp(words[at], "name") == 0 || strcmp(words[at], "request") == 0))
    mode = words[at++];
  if (at < count) port = atoi(words[at++]);
  if (at < count || port < 1 || port > 65535) {
    fprintf(stderr, "usage: echo [pair|name|request] [PORT]\n");
    return 2;
  }
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 1024)) {
    perror("listen");
    return 1;
  }
  char pod[256] = "";
  gethostname(pod, sizeof pod - 1);
  // Workers, so that one slow client does not keep the others waiting; they end with process 1.
  for (int worker = 0; worker < 3; worker++)
    if (fork() == 0) break;
  for (;;) {
    struct sockaddr_in6 peer;
    socklen_t size = sizeof peer;
    int connection = accept(listener, (struct sockaddr *)&peer, &size);
    if (connection < 0) continue;
    answer(connection, &peer, mode, pod);
    close(connection);
  }
}
