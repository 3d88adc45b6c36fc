/* table: a plug-in that has some users in a table, for the few who belong elsewhere than the map says.
 * Put it first in the chain, `redirect.provider = ./table.so, db, hash`, and name the table as its
 * configuration, `redirect.plugin.table.config = table.tsv`:
 *
 *     anna@example.com<TAB>imB
 *     bert@example.com<TAB>17
 *
 * Each line is a user in canonical form and a node of redirect.to, or a partition number. Lines are
 * sorted by the users' bytes (LC_ALL=C sort), each user once. The edge reads the table anew when it
 * changes. Build it from the top of the repository:
 *
 *     cc -std=c11 -O2 -Wall -Wextra -fPIC -shared -fvisibility=hidden -I Sources/RedirectEdge/CPlugin \
 *       Sources/RedirectEdge/PluginExamples/c/table.c -o table.so
 */
#include "redirect_plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of the table; `user` and `node` point into its text. */
struct line {
  const char *user;
  size_t user_length;
  const char *node; /* with a NUL at its end; not used if there is a partition */
  uint32_t partition; /* 0: none */
};

/* Nothing of it changes after `table_open`, so all workers may read it at once. */
struct table {
  char *text; /* a copy of the configuration, cut into words by NULs */
  struct line *lines;
  size_t count;
};

static void table_close(void *state) {
  struct table *table = state;
  free(table->lines);
  free(table->text);
  free(table);
}

/* As LC_ALL=C sort does it: bytes first, then the shorter. */
static int compare(const void *first, const void *second) {
  const struct line *a = first, *b = second;
  size_t shorter = a->user_length < b->user_length ? a->user_length : b->user_length;
  int order = memcmp(a->user, b->user, shorter);
  if (order != 0) return order;
  return (a->user_length > b->user_length) - (a->user_length < b->user_length);
}

/* Digits alone are a partition number, as in all other files of the edge: names of nodes never are. */
static int is_number(const char *word) { return word[strspn(word, "0123456789")] == 0; }

/* Cuts one line, which ends with a NUL, into its words. Returns what is wrong with it, NULL if nothing is. */
static const char *read_line(char *text, struct line *line) {
  char *tab = strchr(text, '\t');
  if (tab == NULL || tab == text || tab[1] == 0) return "expected user, tab, node or partition number";
  *tab = 0;
  line->user = text;
  line->user_length = (size_t)(tab - text);
  line->node = tab + 1;
  line->partition = 0;
  if (strlen(line->node) >= REDIRECT_PLUGIN_NODE_SIZE) return "expected a shorter name of a node";
  if (!is_number(line->node)) return NULL;
  errno = 0;
  unsigned long long number = strtoull(line->node, NULL, 10);
  if (errno != 0 || number == 0 || number > UINT32_MAX)
    return "expected a node, or a partition number from 1 to 4294967295";
  line->partition = (uint32_t)number;
  return NULL;
}

/* Cuts the whole text into lines. Returns what is wrong with line `*number`, NULL if nothing is. */
static const char *read_lines(struct table *table, size_t *number) {
  char *next = table->text;
  while (*next != 0) {
    char *start = next, *end = strchr(next, '\n');
    next = end != NULL ? end + 1 : start + strlen(start);
    if (end != NULL) *end = 0;
    ++*number;
    if (*start == 0 || *start == '#') continue;
    struct line *line = &table->lines[table->count];
    const char *fault = read_line(start, line);
    if (fault != NULL) return fault;
    if (table->count > 0 && compare(line - 1, line) >= 0)
      return "expected each user once, sorted by bytes (LC_ALL=C sort)";
    table->count++;
  }
  return NULL;
}

static int32_t table_open(const char *configuration, size_t length, void **state, char *error,
                          size_t error_size) {
  size_t most = 1, number = 0;
  if (memchr(configuration, 0, length) != NULL) {
    snprintf(error, error_size, "there is a NUL in it; expected lines of text");
    return -1;
  }
  for (size_t i = 0; i < length; i++) most += configuration[i] == '\n';
  struct table *table = calloc(1, sizeof *table);
  if (table != NULL) {
    table->text = malloc(length + 1);
    table->lines = calloc(most, sizeof *table->lines);
  }
  if (table == NULL || table->text == NULL || table->lines == NULL) {
    if (table != NULL) table_close(table);
    snprintf(error, error_size, "no memory for a table of %zu bytes", length);
    return -1;
  }
  memcpy(table->text, configuration, length);
  table->text[length] = 0;
  const char *fault = read_lines(table, &number);
  if (fault != NULL) {
    snprintf(error, error_size, "line %zu: %s", number, fault);
    table_close(table);
    return -1;
  }
  *state = table;
  return 0;
}

static int32_t table_lookup(void *state, const uint8_t *user, size_t length,
                            struct redirect_plugin_answer *answer) {
  const struct table *table = state;
  struct line wanted = {.user = (const char *)user, .user_length = length};
  const struct line *found =
      bsearch(&wanted, table->lines, table->count, sizeof wanted, compare);
  if (found == NULL) return REDIRECT_PLUGIN_UNKNOWN;
  if (found->partition > 0) {
    answer->partition = found->partition;
    return REDIRECT_PLUGIN_PARTITION;
  }
  memcpy(answer->node, found->node, strlen(found->node) + 1);
  return REDIRECT_PLUGIN_NODE;
}

const struct redirect_plugin *redirect_plugin_interface(uint32_t version) {
  static const struct redirect_plugin plugin = {
      .version = REDIRECT_PLUGIN_VERSION,
      .size = sizeof plugin,
      .open = table_open,
      .lookup = table_lookup,
      .close = table_close,
  };
  return version >= REDIRECT_PLUGIN_VERSION ? &plugin : NULL;
}
