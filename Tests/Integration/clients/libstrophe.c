// libstrophe. Arguments, and what it does and prints: README.md.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>

static char *user;
static char **contacts;

static int hear_message(xmpp_conn_t *connection, xmpp_stanza_t *stanza, void *context) {
  (void)connection;
  char *body = xmpp_message_get_body(stanza);
  char *from = xmpp_jid_bare(context, xmpp_stanza_get_from(stanza));
  if (body) printf("message %s %s\n", from, body);
  xmpp_free(context, from);
  if (body) xmpp_free(context, body);
  return 1;
}

static int hear_presence(xmpp_conn_t *connection, xmpp_stanza_t *stanza, void *context) {
  (void)connection;
  if (xmpp_stanza_get_type(stanza)) return 1;
  char *from = xmpp_jid_bare(context, xmpp_stanza_get_from(stanza));
  printf("presence %s\n", from);
  xmpp_free(context, from);
  return 1;
}

static void greet(xmpp_conn_t *connection, xmpp_ctx_t *context) {
  xmpp_handler_add(connection, hear_message, NULL, "message", NULL, context);
  xmpp_handler_add(connection, hear_presence, NULL, "presence", NULL, context);
  xmpp_stanza_t *presence = xmpp_presence_new(context);
  xmpp_send(connection, presence);
  xmpp_stanza_release(presence);
  char body[200];
  snprintf(body, sizeof body, "hello from %s", user);
  for (char **contact = contacts; *contact; contact++) {
    xmpp_stanza_t *message = xmpp_message_new(context, "chat", *contact, NULL);
    xmpp_message_set_body(message, body);
    xmpp_send(connection, message);
    xmpp_stanza_release(message);
  }
}

static void changed(xmpp_conn_t *connection, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *context) {
  if (event == XMPP_CONN_CONNECT) return greet(connection, context);
  printf("over: error %d, stream error %d\n", error, stream_error ? (int)stream_error->type : -1);
  xmpp_stop(context);
}

int main(int count, char **arguments) {
  if (count < 7) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *host = arguments[1], *root = arguments[4];
  unsigned short port = (unsigned short)atoi(arguments[2]);
  int is_direct = strcmp(arguments[3], "directtls") == 0;
  user = arguments[5];
  contacts = arguments + 7;
  xmpp_initialize();
  xmpp_ctx_t *context = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_WARN));
  xmpp_conn_t *connection = xmpp_conn_new(context);
  xmpp_conn_set_jid(connection, user);
  xmpp_conn_set_pass(connection, arguments[6]);
  xmpp_conn_set_cafile(connection, root);
  xmpp_conn_set_flags(connection,
                      is_direct ? XMPP_CONN_FLAG_LEGACY_SSL : XMPP_CONN_FLAG_MANDATORY_TLS);
  if (xmpp_connect_client(connection, host, port, changed, context) != XMPP_EOK) return 1;
  xmpp_run(context);
  xmpp_conn_release(connection);
  xmpp_ctx_free(context);
  xmpp_shutdown();
  return 1;
}
