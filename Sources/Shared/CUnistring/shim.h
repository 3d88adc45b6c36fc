#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* The normalization forms are of an incomplete type, which Swift cannot refer to. */
static inline uint32_t *rd_nfc(const uint32_t *text, size_t count, uint32_t *buffer, size_t *room) {
  return u32_normalize(UNINORM_NFC, text, count, buffer, room);
}

static inline uint32_t *rd_nfkc(const uint32_t *text, size_t count, uint32_t *buffer, size_t *room) {
  return u32_normalize(UNINORM_NFKC, text, count, buffer, room);
}

/* The result when it did not fit the buffer. */
static inline void rd_free(uint32_t *text) {
  free(text);
}
