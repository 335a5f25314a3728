// The least that a server can do: one loop, one ring of the newest bytes, and every RUN_MS one send to each viewer of what it has
// not got yet. No key frames, no manners, no limits; a viewer that falls out of the ring goes on at its end.
//
// loop FEED-PORT RUN_MS: prints the port that viewers come to.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

enum { RING = 8 << 20, MOST = 20000 };
static char ring[RING];
static uint64_t head;
static struct { int fd; uint64_t at; int isPlaying; } viewers[MOST];
static int count;

static int listening(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in on = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof on;
  if (bind(fd, (struct sockaddr *)&on, sizeof on) < 0 || listen(fd, 4096) < 0) exit(1);
  getsockname(fd, (struct sockaddr *)&on, &size);
  printf("%d\n", ntohs(on.sin_port));
  fflush(stdout);
  return fd;
}

static int feed(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) exit(1);
  const char ask[] = "GET / HTTP/1.0\r\n\r\n";
  if (write(fd, ask, sizeof ask - 1) < 0) exit(1);
  char byte;
  for (int ends = 0; ends < 4;) { // its head, thrown away
    if (read(fd, &byte, 1) != 1) exit(1);
    ends = byte == '\r' || byte == '\n' ? ends + 1 : 0;
  }
  return fd;
}

static void leave(int n) {
  close(viewers[n].fd);
  viewers[n].fd = -1;
}

static void sendAll(void) {
  for (int n = 0; n < count; n++) {
    if (viewers[n].fd < 0 || !viewers[n].isPlaying || viewers[n].at == head) continue;
    if (head - viewers[n].at > RING) viewers[n].at = head - RING / 2;
    size_t from = viewers[n].at % RING, length = head - viewers[n].at, first = RING - from < length ? RING - from : length;
    struct iovec parts[2] = {{ring + from, first}, {ring, length - first}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = length > first ? 2 : 1};
    ssize_t sent = sendmsg(viewers[n].fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) viewers[n].at += sent;
    else if (errno != EAGAIN) leave(n);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int source = feed(atoi(argv[1])), door = listening(), epoll = epoll_create1(0);
  long ms = atol(argv[2]);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec every = {{ms / 1000, ms % 1000 * 1000000}, {ms / 1000, ms % 1000 * 1000000}};
  timerfd_settime(timer, 0, &every, 0);
  int own[] = {source, door, timer};
  for (int i = 0; i < 3; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = MOST + i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, own[i], &event);
  }
  for (;;) {
    struct epoll_event events[256];
    int many = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < many; i++) {
      uint32_t which = events[i].data.u32;
      if (which == MOST) {
        size_t from = head % RING;
        ssize_t got = read(source, ring + from, RING - from);
        if (got <= 0) return 0;
        head += got;
      } else if (which == MOST + 1) {
        int fd = accept4(door, 0, 0, SOCK_NONBLOCK), on = 1;
        if (fd < 0 || count == MOST) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        viewers[count].fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = count++};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
      } else if (which == MOST + 2) {
        uint64_t ticks;
        if (read(timer, &ticks, sizeof ticks) > 0) sendAll();
      } else {
        char asked[4096];
        ssize_t got = recv(viewers[which].fd, asked, sizeof asked, MSG_DONTWAIT);
        if (got <= 0) {
          leave(which);
          continue;
        }
        const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n";
        if (!viewers[which].isPlaying && send(viewers[which].fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0) {
          viewers[which].isPlaying = 1;
          viewers[which].at = head;
        }
      }
    }
  }
}
