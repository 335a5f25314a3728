// A relay of a group as udpxy is one (https://github.com/pcherenkov/udpxy: a process for each client, one datagram at a time, as it is
// configured when it comes): every viewer has a process that joins the group, reads a datagram and writes it.
//
// relay GROUP PORT: prints the port that viewers come to.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int joined(const char *group, int port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), yes = 1, room = 2 << 20;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(group)};
  struct ip_mreq mreq = {.imr_multiaddr = at.sin_addr, .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) exit(1);
  if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof mreq) < 0) exit(1);
  return fd;
}

static void serve(int viewer, const char *group, int port) {
  static char bytes[65536];
  const char head[] = "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n";
  if (read(viewer, bytes, sizeof bytes) <= 0 || write(viewer, head, sizeof head - 1) < 0) exit(0);
  int from = joined(group, port), yes = 1;
  setsockopt(viewer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  for (;;) {
    ssize_t got = recv(from, bytes, sizeof bytes, 0);
    if (got > 0 && write(viewer, bytes, got) < 0) exit(0);
  }
}

int main(int count, char **args) {
  if (count != 3) return 2;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in on = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof on;
  if (bind(fd, (struct sockaddr *)&on, sizeof on) < 0 || listen(fd, 4096) < 0) return 1;
  getsockname(fd, (struct sockaddr *)&on, &size);
  printf("%d\n", ntohs(on.sin_port));
  fflush(stdout);
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    int viewer = accept(fd, 0, 0);
    if (viewer < 0) continue;
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM); // it leaves with its parent
      close(fd);
      serve(viewer, args[1], atoi(args[2]));
    }
    close(viewer);
  }
}
