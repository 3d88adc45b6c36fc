// Both ends of relayed sessions: a node that says back what it hears, and clients that check every byte of it.
//
//   relayed node PORT
//   relayed clients PORT SESSIONS tls|plain
//
// The node answers a stream header with features, an <auth/> with <success/>, and then is an echo. The clients open all
// sessions, say `open SECONDS` and take one command a line from standard input; each is answered by one line of JSON:
//
//   bulk BYTES SESSIONS           so many bytes there and back over some of the sessions, 256 KiB of each on the way
//   stanzas COUNT SIZE SESSIONS   messages of a size, one of each session on the way, as fast as they come back
//   paced COUNT SIZE RATE         so many a second over all sessions in turn, and how long each took
//
// Exit code 1 and a word on standard error if a byte is wrong or a session ends. One thread each, so that a core of its own
// is enough. One file, because `scripts/measure relay` compiles it by itself.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 256 * 1024, PIECE = 16 * 1024, WINDOW = 256 * 1024, OPENING = 32 };
// What a session carries is this, again and again: a length that no buffer is a multiple of.
enum { PATTERN = 65521 };
enum { ADDRESSES = 8 };

static unsigned char pattern[PATTERN + BUFFER];
static unsigned char buffer[BUFFER];
static int poller;

static void stop(const char *what) {
  fprintf(stderr, "relayed: %s (%s)\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void watch(int operation, int descriptor, uint32_t flags, void *data) {
  struct epoll_event event = {.events = flags, .data.ptr = data};
  if (epoll_ctl(poller, operation, descriptor, &event) < 0) stop("epoll_ctl");
}

static void at_once(int descriptor) {
  int one = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

// The node

struct visit {
  int descriptor;
  // 0: a header is awaited, 1: a login, 2: an echo.
  int stage;
  int heard, rest, sent;
  char *text;
};

static void say(struct visit *visit, const char *text) {
  if (send(visit->descriptor, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
    stop("node: it cannot be said");
}

static void hear(struct visit *visit, int count) {
  const char *ends[] = {"<stream:stream", "</auth>"};
  const char *answers[] = {
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' "
      "xmlns:stream='http://etherx.jabber.org/streams' from='im.example'><stream:features>"
      "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
      "</mechanisms></stream:features>",
      "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"};
  if (!visit->text && !(visit->text = calloc(1, 4096))) stop("memory");
  if (visit->heard + count > 4095) stop("node: it says too much");
  memcpy(visit->text + visit->heard, buffer, count);
  visit->heard += count;
  if (!memmem(visit->text, visit->heard, ends[visit->stage], strlen(ends[visit->stage])) ||
      visit->text[visit->heard - 1] != '>')
    return;
  say(visit, answers[visit->stage]);
  free(visit->text);
  visit->text = NULL;
  visit->heard = 0;
  visit->stage++;
}

static void leave(struct visit *visit) {
  close(visit->descriptor);
  free(visit->text);
  free(visit);
}

static void echo(struct visit *visit, uint32_t flags) {
  if (visit->rest) {
    if (!(flags & (EPOLLOUT | EPOLLERR))) return;
    ssize_t sent = send(visit->descriptor, visit->text + visit->sent, visit->rest, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return leave(visit);
    if (sent < 0) return;
    visit->sent += sent;
    visit->rest -= sent;
    if (visit->rest) return;
    free(visit->text);
    visit->text = NULL;
    watch(EPOLL_CTL_MOD, visit->descriptor, EPOLLIN, visit);
  }
  ssize_t count = recv(visit->descriptor, buffer, BUFFER, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return leave(visit);
  if (visit->stage < 2) return hear(visit, count);
  ssize_t sent = send(visit->descriptor, buffer, count, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return leave(visit);
  if (sent < 0) sent = 0;
  if (sent == count) return;
  visit->rest = count - sent;
  visit->sent = 0;
  if (!(visit->text = malloc(visit->rest))) stop("memory");
  memcpy(visit->text, buffer + sent, visit->rest);
  watch(EPOLL_CTL_MOD, visit->descriptor, EPOLLOUT, visit);
}

static void node(int port) {
  int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(door, (struct sockaddr *)&address, sizeof address) < 0) stop("bind");
  if (listen(door, 1024) < 0) stop("listen");
  watch(EPOLL_CTL_ADD, door, EPOLLIN, NULL);
  struct epoll_event events[EVENTS];
  while (1) {
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr) {
        echo(events[i].data.ptr, events[i].events);
        continue;
      }
      int descriptor = accept4(door, NULL, NULL, SOCK_NONBLOCK);
      if (descriptor < 0) continue;
      at_once(descriptor);
      struct visit *visit = calloc(1, sizeof *visit);
      if (!visit) stop("memory");
      visit->descriptor = descriptor;
      watch(EPOLL_CTL_ADD, descriptor, EPOLLIN, visit);
    }
  }
}

// The clients

struct session {
  int descriptor;
  SSL *ssl;
  enum { CLOSED, CONNECTING, SHAKING, GREETED, LOGGING_IN, OPEN } stage;
  // Bytes of the pattern that were sent, that have come back, and that the command at hand wants to send.
  uint64_t sent, received, wanted;
  double began;
  int is_waiting;
};

static SSL_CTX *context;
static struct session *sessions;
static int session_count, open_count, next_to_open, server_port;
// The command at hand: how long messages are (0: bulk), how many are to be sent, and have come back.
static int size;
static long to_send, to_come;
static double *delays;
static long delay_count;

static int is_patient(struct session *session, int result) {
  if (!session->ssl) return result < 0 && errno == EAGAIN;
  int error = SSL_get_error(session->ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static int take(struct session *session, void *target, int room) {
  if (!session->ssl) return recv(session->descriptor, target, room, 0);
  ERR_clear_error();
  return SSL_read(session->ssl, target, room);
}

static int give(struct session *session, const void *source, int count) {
  if (!session->ssl) return send(session->descriptor, source, count, MSG_NOSIGNAL);
  ERR_clear_error();
  return SSL_write(session->ssl, source, count);
}

static void dial(void) {
  struct session *session = &sessions[next_to_open];
  int one = 1;
  session->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (session->descriptor < 0) stop("socket");
  at_once(session->descriptor);
  // The port is chosen when connecting: unique for the whole connection, not for the address.
  setsockopt(session->descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  struct sockaddr_in own = {.sin_family = AF_INET}, server = {.sin_family = AF_INET};
  own.sin_addr.s_addr = htonl(0x7f010001 + next_to_open % ADDRESSES);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons(server_port);
  if (bind(session->descriptor, (struct sockaddr *)&own, sizeof own) < 0) stop("bind");
  if (connect(session->descriptor, (struct sockaddr *)&server, sizeof server) < 0 &&
      errno != EINPROGRESS)
    stop("connect");
  session->stage = CONNECTING;
  watch(EPOLL_CTL_ADD, session->descriptor, EPOLLOUT, session);
  next_to_open++;
}

static void say_all(struct session *session, const char *text) {
  if (give(session, text, strlen(text)) != (int)strlen(text)) stop("clients: it cannot be said");
}

// From the connection to the echo.
static void enter(struct session *session) {
  char text[512];
  if (session->stage == CONNECTING) {
    int fault = 0;
    socklen_t length = sizeof fault;
    getsockopt(session->descriptor, SOL_SOCKET, SO_ERROR, &fault, &length);
    errno = fault;
    if (fault) stop("clients: no connection");
    if (context) {
      session->ssl = SSL_new(context);
      SSL_set_fd(session->ssl, session->descriptor);
      SSL_set_tlsext_host_name(session->ssl, "im.example");
      SSL_set_connect_state(session->ssl);
    }
    session->stage = SHAKING;
    watch(EPOLL_CTL_MOD, session->descriptor, EPOLLIN, session);
  }
  if (session->stage == SHAKING) {
    int result = session->ssl ? SSL_do_handshake(session->ssl) : 1;
    if (result != 1) {
      if (!is_patient(session, result)) stop("clients: no TLS");
      return;
    }
    snprintf(text, sizeof text,
             "<?xml version='1.0'?><stream:stream to='im.example' from='user%05d@im.example' "
             "version='1.0' xml:lang='en' xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>",
             (int)(session - sessions));
    say_all(session, text);
    session->stage = GREETED;
  }
  while (1) {
    int count = take(session, buffer, BUFFER - 1);
    if (count <= 0) {
      if (count == 0 || !is_patient(session, count)) stop("clients: the greeting ended");
      return;
    }
    buffer[count] = 0;
    if (session->stage == GREETED && strstr((char *)buffer, "</stream:features>")) {
      say_all(session, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                       "AHVzZXIAc2VjcmV0</auth>");
      session->stage = LOGGING_IN;
    } else if (session->stage == LOGGING_IN && strstr((char *)buffer, "<success")) {
      session->stage = OPEN;
      open_count++;
      if (next_to_open < session_count) dial();
      return;
    }
  }
}

static void begin_message(struct session *session) {
  to_send--;
  session->wanted += size;
  session->began = now();
}

static void push(struct session *session) {
  while (session->sent < session->wanted) {
    uint64_t room = size ? (uint64_t)size : WINDOW - (session->sent - session->received);
    uint64_t count = session->wanted - session->sent;
    if (count > room) count = room;
    if (count > PIECE) count = PIECE;
    if (count == 0 || (!size && count < PIECE && session->wanted - session->sent > count)) return;
    int sent = give(session, pattern + session->sent % PATTERN, count);
    if (sent <= 0) {
      if (!is_patient(session, sent)) stop("clients: a session ended");
      if (!session->is_waiting)
        watch(EPOLL_CTL_MOD, session->descriptor, EPOLLIN | EPOLLOUT, session);
      session->is_waiting = 1;
      return;
    }
    session->sent += sent;
  }
}

static void pull(struct session *session) {
  while (1) {
    int count = take(session, buffer, BUFFER);
    if (count <= 0) {
      if (count == 0 || !is_patient(session, count)) stop("clients: a session ended");
      return;
    }
    if (memcmp(buffer, pattern + session->received % PATTERN, count)) stop("clients: a wrong byte");
    session->received += count;
    if (!size) {
      to_come -= count;
    } else if (session->received == session->sent) {
      to_come--;
      if (delays) delays[delay_count++] = now() - session->began;
      // Without a rate: the next one at once.
      if (!delays && to_send > 0) begin_message(session);
    }
    // What a short read leaves behind the poller will tell.
    if (!session->ssl && count < BUFFER) break;
  }
}

static void serve(struct epoll_event *event) {
  struct session *session = event->data.ptr;
  if (session->stage != OPEN) return enter(session);
  if (session->is_waiting && event->events & EPOLLOUT) {
    session->is_waiting = 0;
    watch(EPOLL_CTL_MOD, session->descriptor, EPOLLIN, session);
  }
  if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) pull(session);
  push(session);
}

static void turn(double seconds) {
  static struct epoll_event events[EVENTS];
  struct timespec time = {.tv_sec = seconds, .tv_nsec = (seconds - (long)seconds) * 1e9};
  int count = epoll_pwait2(poller, events, EVENTS, seconds < 0 ? NULL : &time, NULL);
  for (int i = 0; i < count; i++) serve(&events[i]);
}

static int by_value(const void *first, const void *second) {
  double difference = *(const double *)first - *(const double *)second;
  return (difference > 0) - (difference < 0);
}

static void run_bulk(long bytes, int count) {
  size = 0;
  to_come = bytes / count * count;
  for (int i = 0; i < count; i++) {
    struct session *session = &sessions[(long)i * session_count / count];
    session->wanted += bytes / count;
    push(session);
  }
  while (to_come > 0) turn(1);
}

static void run_stanzas(long messages, int bytes, int count) {
  size = bytes;
  to_send = to_come = messages;
  for (int i = 0; i < count && to_send > 0; i++) {
    struct session *session = &sessions[(long)i * session_count / count];
    begin_message(session);
    push(session);
  }
  while (to_come > 0) turn(1);
}

static void run_paced(long messages, int bytes, double rate) {
  size = bytes;
  to_send = to_come = messages;
  delay_count = 0;
  if (!(delays = calloc(messages, sizeof *delays))) stop("memory");
  double begin = now();
  long place = 0, sent = 0;
  while (to_come > 0) {
    // Who has not got its last one back yet is left out; not longer than once round, or nothing would ever come back.
    for (int tries = 0; to_send > 0 && tries < session_count && now() >= begin + sent / rate; tries++) {
      // A step that has no divisor in common with any number of sessions that is no multiple of it.
      place = (place + 7919) % session_count;
      struct session *session = &sessions[place];
      if (session->sent != session->received) continue;
      begin_message(session);
      push(session);
      sent++;
    }
    double next = begin + sent / rate - now();
    turn(to_send > 0 ? (next > 0 ? next : 0) : 1);
  }
  qsort(delays, delay_count, sizeof *delays, by_value);
}

static void clients(void) {
  if (!(sessions = calloc(session_count, sizeof *sessions))) stop("memory");
  double begin = now();
  for (int i = 0; i < OPENING && i < session_count; i++) dial();
  while (open_count < session_count) turn(1);
  printf("open %.3f\n", now() - begin);
  fflush(stdout);
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    long first, second;
    double third;
    struct rusage usage;
    begin = now();
    if (sscanf(line, "bulk %ld %ld", &first, &second) == 2) run_bulk(first, second);
    else if (sscanf(line, "stanzas %ld %ld %lf", &first, &second, &third) == 3)
      run_stanzas(first, second, third);
    else if (sscanf(line, "paced %ld %ld %lf", &first, &second, &third) == 3)
      run_paced(first, second, third);
    else stop("clients: an unknown command");
    double seconds = now() - begin;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"seconds\": %.6f, \"user\": %ld.%06ld, \"system\": %ld.%06ld", seconds,
           usage.ru_utime.tv_sec, usage.ru_utime.tv_usec, usage.ru_stime.tv_sec,
           usage.ru_stime.tv_usec);
    if (delays)
      printf(", \"median\": %.9f, \"p99\": %.9f", delays[delay_count / 2],
             delays[delay_count * 99 / 100]);
    puts("}");
    fflush(stdout);
    free(delays);
    delays = NULL;
  }
}

int main(int count, char **arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  unsigned int value = 1;
  for (int i = 0; i < PATTERN; i++) pattern[i] = (value = value * 1103515245 + 12345) >> 16;
  for (int i = PATTERN; i < PATTERN + BUFFER; i++) pattern[i] = pattern[i - PATTERN];
  poller = epoll_create1(0);
  if (count == 3 && !strcmp(arguments[1], "node")) {
    node(atoi(arguments[2]));
  } else if (count == 5 && !strcmp(arguments[1], "clients")) {
    server_port = atoi(arguments[2]);
    session_count = atoi(arguments[3]);
    if (!strcmp(arguments[4], "tls")) {
      context = SSL_CTX_new(TLS_client_method());
      SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
      SSL_CTX_set1_groups_list(context, "X25519");
      SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
      SSL_CTX_set_read_ahead(context, 1);
      SSL_CTX_set_default_read_buffer_len(context, 4 * PIECE);
    }
    clients();
  } else {
    fputs("usage: relayed node PORT | relayed clients PORT SESSIONS tls|plain\n", stderr);
    return 2;
  }
  return 0;
}
