/* Counts allocations by thread, for the test "a plain connection allocates nothing".
 *
 * Preloaded (LD_PRELOAD) into an edge that is otherwise unchanged. Each thread has a line in a shared
 * file, named by the environment variable ALLOCATIONS, which the test reads while the edge runs:
 * thread id, connections accepted, allocations (malloc, calloc, realloc, aligned ones). A thread that
 * accepts connections is a worker; what the control plane allocates stands on other lines.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 256 };

struct line {
  int64_t thread, accepted, allocations;
};

static struct line *lines;
static int64_t next_line;
static __thread struct line *mine;
/* Before the file is mapped, and for threads beyond THREADS, counts go here and are lost. */
static struct line nowhere;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("ALLOCATIONS");
  if (path == NULL) return;
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0 || ftruncate(file, sizeof(struct line) * THREADS) != 0) abort();
  void *memory =
      mmap(NULL, sizeof(struct line) * THREADS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) abort();
  close(file);
  lines = memory;
}

static struct line *own_line(void) {
  if (mine != NULL) return mine;
  if (lines == NULL) return &nowhere;
  int64_t place = __atomic_fetch_add(&next_line, 1, __ATOMIC_RELAXED);
  if (place >= THREADS) return &nowhere;
  mine = &lines[place];
  mine->thread = gettid();
  return mine;
}

static void count(void) { own_line()->allocations++; }

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  count();
  *memory = __libc_memalign(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
  static int (*real)(int, struct sockaddr *, socklen_t *, int);
  if (real == NULL) real = (int (*)(int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4");
  int connection = real(listener, address, length, flags);
  if (connection >= 0) own_line()->accepted++;
  return connection;
}
