// Many viewers as cheaply as the system allows: what they get is thrown away in the kernel, uncopied. Every so many is read for
// marks, to say how old what comes is and what is missing. Some may take nothing, or half of what they should.
//
// viewers PORT COUNT REQUEST-FILE SAMPLE-EVERY STUCK HALF BYTES-A-SECOND
//   REQUEST-FILE: what each one sends. The first STUCK never read, the next HALF read at half of BYTES-A-SECOND.
// It says `ready` when all have been answered and have got something. `begin` and `end` on its input are the bounds of what
// it tells at `end`, one line of JSON; then it goes. A viewer that could not come or was let go ends in `gone`.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { COMING_AT_ONCE = 64, CHUNK = 1 << 16, CARRY = 64, MOST_DELAYS = 1 << 21, HALF_TICK_MS = 50 };
static const char MAGIC[] = "STREAM-PUMP-MARK";
enum { MAGIC_BYTES = 16, MARK_BYTES = MAGIC_BYTES + 1 + 4 + 8 };

enum kind { DRAINS, SAMPLED, STUCK, HALF };
struct viewer {
  int fd;
  enum kind kind;
  int isConnected, hasHead, hasStarted, headState;
  uint64_t bytes, begunBytes, askedNs, keyNs;
  uint32_t mark;
  int hasMark;
  unsigned carried;
  char carry[CARRY];
};

static struct viewer *viewers;
static int count, started, gone, coming, next;
static uint64_t lostMarks;
static float *delays;
static uint32_t delayCount;
static int isMeasuring;
static char request[4096];
static size_t requestBytes;
static int port, sampleEvery, stuck, half;
static double halfBytes;
static char chunk[CARRY + CHUNK];

static uint64_t nowNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void come(int epoll) {
  while (next < count && coming < COMING_AT_ONCE) {
    struct viewer *v = &viewers[next];
    v->kind = next < stuck ? STUCK : next < stuck + half ? HALF : next % sampleEvery == 0 ? SAMPLED : DRAINS;
    v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (v->fd < 0) { perror("socket"); exit(1); }
    if (v->kind == STUCK || v->kind == HALF) {
      int small = 1 << 16;
      setsockopt(v->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(v->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) { perror("connect"); exit(1); }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = v};
    epoll_ctl(epoll, EPOLL_CTL_ADD, v->fd, &event);
    next++;
    coming++;
  }
}

static void leave(int epoll, struct viewer *v) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, v->fd, 0);
  close(v->fd);
  v->fd = -1;
  gone++;
  if (!v->hasStarted) coming--;
}

static void start(int epoll, struct viewer *v) {
  v->hasStarted = 1;
  started++;
  coming--;
  if (v->kind == STUCK || v->kind == HALF) epoll_ctl(epoll, EPOLL_CTL_DEL, v->fd, 0);
}

static void readMarks(struct viewer *v, char *bytes, size_t length) {
  char *at = bytes, *end = bytes + length;
  while ((at = memmem(at, end - at, MAGIC, MAGIC_BYTES)) && end - at >= MARK_BYTES) {
    uint32_t number;
    uint64_t sentNs;
    memcpy(&number, at + MAGIC_BYTES + 1, 4);
    memcpy(&sentNs, at + MAGIC_BYTES + 5, 8);
    number = ntohl(number);
    sentNs = be64toh(sentNs);
    uint64_t now = nowNs();
    if (at[MAGIC_BYTES] == 'K' && !v->keyNs) v->keyNs = now;
    if (isMeasuring) {
      if (v->hasMark && number != v->mark + 1) lostMarks += number - v->mark - 1;
      if (delayCount < MOST_DELAYS) delays[delayCount++] = (now - sentNs) / 1e6f;
    }
    v->hasMark = 1;
    v->mark = number;
    at += MARK_BYTES;
  }
  // A mark may go on in what comes next.
  size_t kept = length < MARK_BYTES - 1 ? length : MARK_BYTES - 1;
  memcpy(v->carry, end - kept, kept);
  v->carried = kept;
}

/** Everything is read as text up to the end of the head, then as its kind has it. 0: gone. */
static int take(struct viewer *v, size_t most) {
  if (v->kind != SAMPLED && v->hasHead) {
    ssize_t got = recv(v->fd, chunk, most, MSG_TRUNC | MSG_DONTWAIT);
    if (got > 0) v->bytes += got;
    return got > 0 ? 1 : got < 0 && errno == EAGAIN ? 2 : 0;
  }
  char *into = chunk + v->carried;
  memcpy(chunk, v->carry, v->carried);
  ssize_t got = recv(v->fd, into, CHUNK < most ? CHUNK : most, MSG_DONTWAIT);
  if (got <= 0) return got < 0 && errno == EAGAIN ? 2 : 0;
  size_t length = v->carried + got;
  char *body = chunk;
  if (!v->hasHead) {
    if (length >= 12 && memcmp(chunk + 9, "200", 3) != 0) {
      fprintf(stderr, "answered %.40s\n", chunk);
      return 0;
    }
    char *end = memmem(chunk, length, "\r\n\r\n", 4);
    if (!end) {
      size_t kept = length < 3 ? length : 3; // the status was in the first piece
      memcpy(v->carry, chunk + length - kept, kept);
      v->carried = kept;
      return 1;
    }
    v->hasHead = 1;
    v->carried = 0;
    body = end + 4;
    length -= body - chunk;
    v->bytes += length;
  } else v->bytes += got;
  if (v->kind == SAMPLED) readMarks(v, body, length);
  return 1;
}

static void ready(int epoll, struct viewer *v, uint32_t events) {
  if (!v->isConnected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) return leave(epoll, v);
    if (!(events & EPOLLOUT)) return;
    v->isConnected = 1;
    v->askedNs = nowNs();
    if (write(v->fd, request, requestBytes) != (ssize_t)requestBytes) return leave(epoll, v);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = v};
    epoll_ctl(epoll, EPOLL_CTL_MOD, v->fd, &event);
    return;
  }
  // Without a copy the kernel lets go of all that there is at once.
  if (take(v, v->kind == SAMPLED ? CHUNK : 16 << 20) == 0) return leave(epoll, v);
  if (!v->hasStarted && v->hasHead && v->bytes > 0) start(epoll, v);
}

static int byValue(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return x < y ? -1 : x > y;
}
static int byBytes(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void begin(void) {
  for (int i = 0; i < count; i++) viewers[i].begunBytes = viewers[i].bytes;
  delayCount = 0;
  lostMarks = 0;
  isMeasuring = 1;
}

static void tell(double seconds) {
  uint64_t *all = calloc(count, sizeof *all), total = 0;
  float *keys = calloc(count, sizeof *keys);
  int well = 0, sampled = 0;
  for (int i = 0; i < count; i++) {
    struct viewer *v = &viewers[i];
    uint64_t got = v->bytes - v->begunBytes;
    total += got;
    if (v->kind == SAMPLED && v->keyNs) keys[sampled++] = (v->keyNs - v->askedNs) / 1e6f;
    if (v->kind == DRAINS || v->kind == SAMPLED) all[well++] = got;
  }
  qsort(all, well, sizeof *all, byBytes);
  qsort(delays, delayCount, sizeof *delays, byValue);
  qsort(keys, sampled, sizeof *keys, byValue);
  printf("{\"viewers\":%d,\"gone\":%d,\"seconds\":%.3f,\"bytes\":%llu,\"leastBytes\":%llu,\"medianBytes\":%llu,\"lostMarks\":%llu,"
         "\"delay50\":%.2f,\"delay99\":%.2f,\"key50\":%.2f,\"keyMost\":%.2f}\n",
         count, gone, seconds, (unsigned long long)total, (unsigned long long)(well ? all[0] : 0),
         (unsigned long long)(well ? all[well / 2] : 0), (unsigned long long)lostMarks,
         delayCount ? delays[delayCount / 2] : -1, delayCount ? delays[(uint64_t)delayCount * 99 / 100] : -1,
         sampled ? keys[sampled / 2] : -1, sampled ? keys[sampled - 1] : -1);
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  port = atoi(argv[1]);
  count = atoi(argv[2]);
  FILE *file = fopen(argv[3], "r");
  if (!file) { perror(argv[3]); return 1; }
  requestBytes = fread(request, 1, sizeof request, file);
  sampleEvery = atoi(argv[4]);
  stuck = atoi(argv[5]);
  half = atoi(argv[6]);
  halfBytes = atof(argv[7]) / 2;
  viewers = calloc(count, sizeof *viewers);
  delays = malloc(MOST_DELAYS * sizeof *delays);
  int epoll = epoll_create1(0);
  fcntl(0, F_SETFL, O_NONBLOCK);
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = 0};
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec every = {{0, HALF_TICK_MS * 1000000}, {0, HALF_TICK_MS * 1000000}};
  timerfd_settime(timer, 0, &every, 0);
  struct epoll_event tick = {.events = EPOLLIN, .data.ptr = &timer};
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &tick);
  int hasSaid = 0;
  uint64_t begunNs = 0;
  for (;;) {
    come(epoll);
    if (!hasSaid && started + gone >= count) {
      printf("ready\n");
      fflush(stdout);
      hasSaid = 1;
    }
    struct epoll_event events[256];
    int many = epoll_wait(epoll, events, 256, 1000);
    for (int i = 0; i < many; i++) {
      if (events[i].data.ptr == &timer) {
        uint64_t ticks;
        if (read(timer, &ticks, sizeof ticks) < 0) continue;
        for (int n = stuck; n < stuck + half; n++)
          if (viewers[n].hasStarted && viewers[n].fd >= 0 && take(&viewers[n], halfBytes * HALF_TICK_MS / 1000 * ticks) == 0)
            leave(epoll, &viewers[n]);
      } else if (events[i].data.ptr == 0) {
        char line[64];
        ssize_t got = read(0, line, sizeof line);
        if (got == 0) return 0;
        if (got > 0 && line[0] == 'b') {
          begin();
          begunNs = nowNs();
        }
        if (got > 0 && line[0] == 'e') {
          tell((nowNs() - begunNs) / 1e9);
          return 0;
        }
      } else ready(epoll, events[i].data.ptr, events[i].events);
    }
  }
}
