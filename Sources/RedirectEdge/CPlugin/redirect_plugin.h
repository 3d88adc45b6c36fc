/* The interface of redirect-edge's plug-ins, version 1.
 *
 * A plug-in is a provider of your own: a shared library that tells where a user belongs. It stands in
 * the chain by its path, `redirect.provider = db, ./department.so, hash`, and is asked like any other
 * provider: for users whom no provider before it knows. This header is all that it needs: C11 or C++,
 * or any language that can export one C function. docs/plugins.md tells how to write, build and
 * configure one; Sources/RedirectEdge/PluginExamples has one in C and one in Swift.
 *
 * LIFE. The edge loads the library, calls `redirect_plugin_interface`, and `open` with the text of
 * the plug-in's configuration. When library or configuration file change, and at SIGHUP, it opens anew
 * what is there then (from a private copy: the file is not needed any more once it is loaded), and when
 * that is good, new connections use the new state. `close` follows when the last connection that began
 * with the old state has its answer. Thus two states can be open at once, of one library or of two.
 * A library is loaded once for each content and stays mapped until the process ends, when `close` is
 * not promised: a plug-in that has something to save does so before it returns from a call.
 *
 * THREADS. `redirect_plugin_interface`, `open` and `close` are called by one thread at a time, not
 * always the same one, and never by a worker: they may read files and take their time, during which
 * no other file is taken. `lookup` is called by all workers at once, with the same state, also while
 * `open` or `close` of another state runs. It must therefore change nothing that is shared, or only
 * by atomic operations. Between `open` and `close` of a state the edge sees to the order: what `open`
 * wrote, every `lookup` sees; no `lookup` of a state is under way or follows when `close` begins.
 *
 * LOOKUP MUST NOT BLOCK. It stands on the way from accept to answer, and while it runs, its worker
 * serves nobody: no network, no file, no lock that anybody holds for long, no sleep. Memory that
 * `open` has filled, or mapped and touched, is what it should read. A microsecond is fine, a
 * millisecond is slow.
 *
 * NO FUNCTION MAY fork, exec, exit or abort; change signal handlers, masks, the working directory, the
 * locale, the environment or limits of the process; close or write to a descriptor that it has not
 * opened; let an exception or a longjmp out. Descriptors are opened with O_CLOEXEC. Threads that `open`
 * starts block all signals, and have ended before `close` returns.
 *
 * MEMORY. What the edge passes is the edge's and is valid during the call only. What the plug-in
 * allocates it frees itself; the edge never frees it. The struct that `redirect_plugin_interface`
 * returns, and the functions in it, must stay what they are for ever: static, constant data.
 *
 * FAULTS. A `lookup` that returns an error, a code that this header does not name, partition 0, a name
 * that is no node's or a text without an end is a fault: the edge logs it (not each time) and asks the
 * next provider. `open` that fails at the start ends the edge; later the last good state stays. A crash
 * is a crash of the edge: a plug-in runs inside its process, with all its rights, and sees every name.
 *
 * PROMISE. Within version 1 nothing here changes its meaning or its place. Structs may grow at their
 * ends: each says its size, and whoever reads one looks at no field beyond that size. A library built
 * with this header therefore works with every later edge that knows version 1. */
#ifndef REDIRECT_PLUGIN_H
#define REDIRECT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version that this header describes. */
#define REDIRECT_PLUGIN_VERSION 1

/* Bytes of `node` in an answer, with the NUL at its end. Names of nodes have at most 64 bytes. */
#define REDIRECT_PLUGIN_NODE_SIZE 72

/* What a look-up returns; anything else is a fault. */
#define REDIRECT_PLUGIN_ERROR (-1)  /* it cannot tell now: the next provider is asked, and the log says so */
#define REDIRECT_PLUGIN_UNKNOWN 0   /* it does not know the user: the next provider is asked */
#define REDIRECT_PLUGIN_PARTITION 1 /* the user is in the partition `answer->partition` */
#define REDIRECT_PLUGIN_NODE 2      /* the user belongs on the node `answer->node` */

/* Where a user belongs. The edge passes it with `size` set and all else zero. */
struct redirect_plugin_answer {
  uint32_t size;      /* bytes of this struct, as the edge knows it; read only */
  uint32_t partition; /* 1 is the first line of redirect.db.partitions; lines need not exist, see there */
  char node[REDIRECT_PLUGIN_NODE_SIZE]; /* a name of redirect.to, with a NUL at its end */
};

/* What a plug-in can do. No function may be NULL. */
struct redirect_plugin {
  uint32_t version; /* REDIRECT_PLUGIN_VERSION */
  uint32_t size;    /* sizeof(struct redirect_plugin) */

  /* Prepares everything. `configuration` is the contents of the file redirect.plugin.<name>.config,
   * `length` bytes and a NUL that is not counted; empty if there is no such key. Paths that the plug-in
   * reads in it are relative to the working directory of the edge: better write absolute ones.
   *
   * Returns 0, with `*state` set to whatever the other two functions shall get (NULL is fine), or
   * anything else with a text in `error`: why, and what was expected. `error` has room for
   * `error_size` bytes (at least 256), its NUL is among them, and all are zero before. After a failure
   * `close` is not called. */
  int32_t (*open)(const char *configuration, size_t length, void **state, char *error,
                  size_t error_size);

  /* Where does this user belong? `user` is the canonical bare JID `local@domain`, UTF-8, `length` bytes
   * and no NUL behind it, at most 2047 of them; what it says has not been checked by anybody. */
  int32_t (*lookup)(void *state, const uint8_t *user, size_t length,
                    struct redirect_plugin_answer *answer);

  /* Frees what `open` has made. */
  void (*close)(void *state);
};

#if defined(__GNUC__)
#define REDIRECT_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define REDIRECT_PLUGIN_EXPORT
#endif

/* The one symbol that a plug-in exports. `version` is the newest version that the edge speaks; a
 * plug-in that speaks none up to it returns NULL. */
REDIRECT_PLUGIN_EXPORT const struct redirect_plugin *redirect_plugin_interface(uint32_t version);

#ifdef __cplusplus
}
#endif

#endif
