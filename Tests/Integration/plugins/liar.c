/* A plug-in for tests: it does what its configuration says, and most of that is wrong.
 *
 *     say node NAME | partition N | code N | endless | error | sleep MS | nothing
 *                                                                          what look-ups answer
 *     refuse TEXT | refuse-silently | refuse-endlessly                      what `open` does
 *     trace FILE                                                            every open and close, a line each
 *
 * Without `say` it names the node BAKED, so that one library can be told from another. Macros make
 * libraries that are wrong as a whole: VERSION, SIZE, NO_SYMBOL, NO_INTERFACE, NO_LOOKUP, NEEDS. */
#include "redirect_plugin.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef BAKED
#define BAKED "im1"
#endif
#ifndef VERSION
#define VERSION REDIRECT_PLUGIN_VERSION
#endif
#ifndef SIZE
#define SIZE sizeof(struct redirect_plugin)
#endif

#ifdef NEEDS
int nobody_has_this(void);
int (*needed)(void) = nobody_has_this;
#endif

struct liar {
  atomic_int is_open;
  char said[100];
  char trace[300];
};

static void trace(const struct liar *liar, const char *what) {
  char line[200];
  int length = snprintf(line, sizeof line, "%s %s\n", what, BAKED);
  int file = open(liar->trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (write(file, line, (size_t)length) != length) abort();
  close(file);
}

static int32_t liar_open(const char *configuration, size_t length, void **state, char *error,
                         size_t error_size) {
  if (strlen(configuration) != length) abort();
  if (strstr(configuration, "refuse-silently") != NULL) return 7;
  if (strstr(configuration, "refuse-endlessly") != NULL) {
    memset(error, 'x', error_size);
    return -1;
  }
  const char *refusal = strstr(configuration, "refuse ");
  if (refusal != NULL) {
    snprintf(error, error_size, "%s", refusal + 7);
    return -1;
  }
  struct liar *liar = calloc(1, sizeof *liar);
  if (liar == NULL) return -1;
  const char *said = strstr(configuration, "say "), *file = strstr(configuration, "trace ");
  if (said != NULL) sscanf(said + 4, "%99[^\n]", liar->said);
  if (file != NULL) sscanf(file + 6, "%299[^\n]", liar->trace);
  atomic_store(&liar->is_open, 1);
  trace(liar, "open");
  *state = liar;
  return 0;
}

__attribute__((unused)) static int32_t liar_lookup(void *state, const uint8_t *user, size_t length,
                                                   struct redirect_plugin_answer *answer) {
  const struct liar *liar = state;
  char name[60];
  int number;
  if (!atomic_load(&liar->is_open)) trace(liar, "look-up after close");
  if (memchr(user, '@', length) == NULL || answer->size != sizeof *answer) abort();
  if (liar->said[0] == 0) {
    strcpy(answer->node, BAKED);
    return REDIRECT_PLUGIN_NODE;
  }
  if (strcmp(liar->said, "nothing") == 0) return REDIRECT_PLUGIN_UNKNOWN;
  if (strcmp(liar->said, "error") == 0) return REDIRECT_PLUGIN_ERROR;
  if (strcmp(liar->said, "endless") == 0) {
    memset(answer->node, 'x', sizeof answer->node);
    return REDIRECT_PLUGIN_NODE;
  }
  if (strcmp(liar->said, "node") == 0) return REDIRECT_PLUGIN_NODE; /* the empty name */
  if (sscanf(liar->said, "sleep %d", &number) == 1) {
    usleep((useconds_t)number * 1000);
    return REDIRECT_PLUGIN_UNKNOWN;
  }
  if (sscanf(liar->said, "node %59s", name) == 1) {
    strcpy(answer->node, name);
    return REDIRECT_PLUGIN_NODE;
  }
  if (sscanf(liar->said, "partition %u", &answer->partition) == 1) return REDIRECT_PLUGIN_PARTITION;
  if (sscanf(liar->said, "code %d", &number) == 1) return number;
  abort();
}

/* Frees nothing: a look-up that comes too late is to be seen, not to crash. */
static void liar_close(void *state) {
  struct liar *liar = state;
  atomic_store(&liar->is_open, 0);
  trace(liar, "close");
}

#ifndef NO_SYMBOL
const struct redirect_plugin *redirect_plugin_interface(uint32_t version) {
  static const struct redirect_plugin plugin = {
      .version = VERSION,
      .size = SIZE,
      .open = liar_open,
#ifndef NO_LOOKUP
      .lookup = liar_lookup,
#endif
      .close = liar_close,
  };
#ifdef NO_INTERFACE
  return NULL;
#endif
  return version >= 1 ? &plugin : NULL;
}
#else
struct redirect_plugin_answer unused;
const void *functions[] = {liar_open, liar_lookup, liar_close};
#endif
