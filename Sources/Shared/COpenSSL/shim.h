#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// OpenSSL's macros, which Swift cannot import, under their own names with a trailing underscore.

static inline int SSL_CTX_set_min_proto_version_(SSL_CTX *ctx, int version) {
  return (int)SSL_CTX_set_min_proto_version(ctx, version);
}
static inline int SSL_CTX_set1_groups_list_(SSL_CTX *ctx, const char *list) {
  return (int)SSL_CTX_set1_groups_list(ctx, list);
}
static inline void SSL_CTX_set_mode_(SSL_CTX *ctx, long mode) { SSL_CTX_set_mode(ctx, mode); }
static inline void SSL_CTX_set_session_cache_mode_(SSL_CTX *ctx, long mode) {
  SSL_CTX_set_session_cache_mode(ctx, mode);
}
static inline void SSL_CTX_set_tlsext_servername_callback_(
    SSL_CTX *ctx, int (*callback)(SSL *, int *, void *)) {
  SSL_CTX_set_tlsext_servername_callback(ctx, callback);
}
static inline void SSL_CTX_set_tlsext_servername_arg_(SSL_CTX *ctx, void *argument) {
  SSL_CTX_set_tlsext_servername_arg(ctx, argument);
}
static inline int SSL_CTX_add1_chain_cert_(SSL_CTX *ctx, X509 *certificate) {
  return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}
static inline int SSL_set_tlsext_host_name_(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}
static inline void BIO_set_retry_read_(BIO *bio) { BIO_set_retry_read(bio); }
static inline void BIO_clear_retry_flags_(BIO *bio) { BIO_clear_retry_flags(bio); }

// Options of a server that redirects: no tickets, no renegotiation, no compression, our order of ciphers; a client that
// closes without close_notify is an ordinary end.
static const uint64_t SSL_OP_LEAN_ =
    SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF |
    SSL_OP_CLEANSE_PLAINTEXT;

// Whether the last PEM_read ended because there was nothing more to read, and not because of damage.
static inline int PEM_at_end_(void) {
  unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}
