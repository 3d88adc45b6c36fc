// Passes bytes between two plain connections in one of three ways, and does nothing else: what is the cheapest?
//
//   passing PORT NODE_PORT copy|splice|mixed
//
// copy: recv and send through one buffer of 32 KiB, as the edge does. splice: through a pipe, so that the bytes stay in the
// kernel; one pipe for all as long as it is empty, one of its own for a direction whose receiver is slow. mixed: recv first,
// and splice only as long as reads fill the buffer. Edge-triggered, one thread; the end of one side ends both.
// `scripts/measure splice` compiles and compares them.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, COPIED = 32 * 1024, SPLICED = 256 * 1024 };

struct side {
  int descriptor;
  struct side *other;
  // What the other side did not take: in a buffer, or in a pipe of its own.
  char *left;
  size_t left_count, piped;
  int pipe[2];
  int is_bulky, is_gone;
};

static enum { COPY, SPLICE, MIXED } way;
static char buffer[COPIED];
static int poller, spare[2];

static void stop(const char *what) {
  perror(what);
  exit(1);
}

static void make_pipe(int *ends) {
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) stop("pipe2");
  fcntl(ends[0], F_SETPIPE_SZ, SPLICED);
}

static void end(struct side *side) {
  if (side->is_gone) return;
  struct side *sides[] = {side, side->other};
  for (int i = 0; i < 2; i++) {
    sides[i]->is_gone = 1;
    close(sides[i]->descriptor);
    free(sides[i]->left);
    if (sides[i]->piped) {
      close(sides[i]->pipe[0]);
      close(sides[i]->pipe[1]);
    }
  }
}

// 0: nothing more now, 1: there may be more, -1: it has ended.
static int copy(struct side *side) {
  ssize_t count = recv(side->descriptor, buffer, COPIED, 0);
  if (count <= 0) return count < 0 && errno == EAGAIN ? 0 : -1;
  side->is_bulky = count == COPIED;
  ssize_t sent = send(side->other->descriptor, buffer, count, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return -1;
  if (sent < 0) sent = 0;
  if (sent < count) {
    side->left_count = count - sent;
    if (!(side->left = malloc(side->left_count))) stop("malloc");
    memcpy(side->left, buffer + sent, side->left_count);
    return 0;
  }
  return count == COPIED;
}

static int through_pipe(struct side *side) {
  unsigned flags = SPLICE_F_NONBLOCK | SPLICE_F_MOVE;
  ssize_t count = splice(side->descriptor, NULL, spare[1], NULL, SPLICED, flags);
  if (count <= 0) return count < 0 && errno == EAGAIN ? 0 : -1;
  side->is_bulky = count >= COPIED;
  ssize_t sent = splice(spare[0], NULL, side->other->descriptor, NULL, count, flags);
  if (sent < 0 && errno != EAGAIN) return -1;
  if (sent < 0) sent = 0;
  if (sent < count) {
    side->piped = count - sent;
    memcpy(side->pipe, spare, sizeof spare);
    make_pipe(spare);
    return 0;
  }
  // Unlike recv: a pipe may be full of small pieces before the socket is empty.
  return 1;
}

static void move(struct side *side) {
  while (!side->left_count && !side->piped) {
    int more = way == COPY || (way == MIXED && !side->is_bulky) ? copy(side) : through_pipe(side);
    if (more < 0) return end(side);
    if (!more) return;
  }
}

// The other side takes more of what this one has sent.
static void move_rest(struct side *side) {
  ssize_t sent = 0;
  if (side->piped) {
    sent = splice(side->pipe[0], NULL, side->other->descriptor, NULL, side->piped,
                  SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return end(side);
    side->piped -= sent;
    if (side->piped) return;
    close(side->pipe[0]);
    close(side->pipe[1]);
  } else if (side->left_count) {
    sent = send(side->other->descriptor, side->left, side->left_count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return end(side);
    side->left_count -= sent;
    memmove(side->left, side->left + sent, side->left_count);
    if (side->left_count) return;
    free(side->left);
    side->left = NULL;
  } else {
    return;
  }
  move(side);
}

static void at_once(int descriptor) {
  int one = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void begin(int client, int node_port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(node_port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int node = socket(AF_INET, SOCK_STREAM, 0);
  if (node < 0 || connect(node, (struct sockaddr *)&address, sizeof address) < 0) stop("connect");
  fcntl(node, F_SETFL, O_NONBLOCK);
  at_once(client);
  at_once(node);
  struct side *sides = calloc(2, sizeof *sides);
  if (!sides) stop("calloc");
  for (int i = 0; i < 2; i++) {
    sides[i].descriptor = i ? node : client;
    sides[i].other = &sides[1 - i];
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &sides[i]};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, sides[i].descriptor, &event) < 0) stop("epoll_ctl");
  }
}

int main(int count, char **arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  const char *ways[] = {"copy", "splice", "mixed"};
  if (count == 4)
    while (way < 3 && strcmp(arguments[3], ways[way])) way++;
  if (count != 4 || way == 3) {
    fputs("usage: passing PORT NODE_PORT copy|splice|mixed\n", stderr);
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  poller = epoll_create1(0);
  make_pipe(spare);
  int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(door, (struct sockaddr *)&address, sizeof address) < 0) stop("bind");
  if (listen(door, 1024) < 0) stop("listen");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
  epoll_ctl(poller, EPOLL_CTL_ADD, door, &event);
  while (1) {
    int ready = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      struct side *side = events[i].data.ptr;
      if (!side) {
        int client = accept4(door, NULL, NULL, SOCK_NONBLOCK);
        if (client >= 0) begin(client, atoi(arguments[2]));
        continue;
      }
      if (events[i].events & EPOLLOUT && !side->is_gone) move_rest(side->other);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !side->is_gone) move(side);
    }
  }
}
