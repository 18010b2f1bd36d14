/*
 * util/buf.h - bytes and token ids that grow. Every one has a maximum, so that no input can make it grow for ever.
 * The first failure (ARNY_E_MEMORY, or ARNY_E_DATA at the maximum) stays in it: append freely, ask `status` once.
 */
#ifndef AR_UTIL_BUF_H
#define AR_UTIL_BUF_H

#include <stddef.h>
#include <stdint.h>

typedef struct ar_buf {
    char *ptr; /* NUL after len bytes, once anything was appended; "" before */
    size_t len, cap, max;
    int status; /* 0, or the first failure */
} ar_buf;

/* A maximum may be of 64 bits; where a size has 32, there is none then. */
#define AR_BUF_MAX(maximum) ((uint64_t)(maximum) < SIZE_MAX ? (size_t)(maximum) : SIZE_MAX)
#define AR_BUF_INIT(maximum)                     \
    {                                            \
        (char *)"", 0, 0, AR_BUF_MAX(maximum), 0 \
    }

void ar_buf_init(ar_buf *buf, size_t max);
int ar_buf_reserve(ar_buf *buf, size_t more);
int ar_buf_append(ar_buf *buf, const void *data, size_t bytes);
int ar_buf_puts(ar_buf *buf, const char *text);
int ar_buf_printf(ar_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ar_buf_clear(ar_buf *buf);                 /* keeps the memory, drops the bytes and the status */
void ar_buf_consume(ar_buf *buf, size_t bytes); /* drops from the front */
char *ar_buf_detach(ar_buf *buf);               /* the string becomes the caller's (ar_free); NULL on failure */
void ar_buf_free(ar_buf *buf);

typedef struct ar_tokens {
    int32_t *ptr;
    size_t len, cap, max;
    int status;
} ar_tokens;

void ar_tokens_init(ar_tokens *tokens, size_t max);
int ar_tokens_reserve(ar_tokens *tokens, size_t more);
int ar_tokens_push(ar_tokens *tokens, int32_t id);
int ar_tokens_append(ar_tokens *tokens, const int32_t *ids, size_t count);
void ar_tokens_clear(ar_tokens *tokens);
void ar_tokens_free(ar_tokens *tokens);
/* Length of the longest common prefix. */
size_t ar_tokens_common(const int32_t *a, size_t a_len, const int32_t *b, size_t b_len);

#endif
