#include "util/buf.h"

#include "util/mem.h"
#include "util/status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BYTES  64
#define FIRST_TOKENS 64

/* What a capacity grows to: at least `needed`, twice the old one if `most` allows it. */
static size_t grown(size_t capacity, size_t needed, size_t first, size_t most)
{
    size_t doubled = capacity < first ? first : capacity > most / 2 ? most : capacity * 2;

    if (doubled > most)
        doubled = most;
    return doubled > needed ? doubled : needed;
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

void ar_buf_init(ar_buf *buf, size_t max)
{
    *buf = (ar_buf)AR_BUF_INIT(max);
}

int ar_buf_reserve(ar_buf *buf, size_t more)
{
    size_t needed, capacity, most;
    char *ptr;

    if (buf->status != 0)
        return buf->status;
    if (more > buf->max - buf->len)
        return buf->status = ar_fail(ARNY_E_DATA, "it is too long: at most %zu bytes are allowed here", buf->max);
    if (buf->len + more == SIZE_MAX)
        return buf->status = ar_no_memory();
    needed = buf->len + more + 1;
    if (needed <= buf->cap)
        return 0;

    most = buf->max == SIZE_MAX ? SIZE_MAX : buf->max + 1;
    capacity = grown(buf->cap, needed, FIRST_BYTES, most);
    ptr = ar_resize(buf->cap > 0 ? buf->ptr : NULL, capacity, 1);
    if (ptr == NULL)
        return buf->status = ARNY_E_MEMORY;
    ptr[buf->len] = '\0';
    buf->ptr = ptr;
    buf->cap = capacity;
    return 0;
}

int ar_buf_append(ar_buf *buf, const void *data, size_t bytes)
{
    if (ar_buf_reserve(buf, bytes) != 0)
        return buf->status;
    if (bytes > 0)
        memcpy(buf->ptr + buf->len, data, bytes);
    buf->len += bytes;
    buf->ptr[buf->len] = '\0';
    return 0;
}

int ar_buf_puts(ar_buf *buf, const char *text)
{
    return ar_buf_append(buf, text, strlen(text));
}

int ar_buf_printf(ar_buf *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return buf->status = buf->status != 0 ? buf->status : ar_no_memory();
    if (ar_buf_reserve(buf, (size_t)length) != 0)
        return buf->status;
    va_start(args, format);
    vsnprintf(buf->ptr + buf->len, (size_t)length + 1, format, args);
    va_end(args);
    buf->len += (size_t)length;
    return 0;
}

void ar_buf_clear(ar_buf *buf)
{
    buf->len = 0;
    buf->status = 0;
    if (buf->cap > 0)
        buf->ptr[0] = '\0';
}

void ar_buf_consume(ar_buf *buf, size_t bytes)
{
    if (bytes > buf->len)
        bytes = buf->len;
    if (bytes == 0)
        return;
    buf->len -= bytes;
    memmove(buf->ptr, buf->ptr + bytes, buf->len + 1);
}

char *ar_buf_detach(ar_buf *buf)
{
    char *text;

    if (ar_buf_reserve(buf, 0) != 0) /* an empty one has no memory yet */
        return NULL;
    text = buf->ptr;
    ar_buf_init(buf, buf->max);
    return text;
}

void ar_buf_free(ar_buf *buf)
{
    if (buf->cap > 0)
        ar_free(buf->ptr);
    ar_buf_init(buf, buf->max);
}

/* ---- token ids ----------------------------------------------------------------------------------------- */

void ar_tokens_init(ar_tokens *tokens, size_t max)
{
    *tokens = (ar_tokens){NULL, 0, 0, max, 0};
}

int ar_tokens_reserve(ar_tokens *tokens, size_t more)
{
    size_t capacity;
    int32_t *ptr;

    if (tokens->status != 0)
        return tokens->status;
    if (more > tokens->max - tokens->len)
        return tokens->status =
                   ar_fail(ARNY_E_DATA, "it is too long: at most %zu tokens are allowed here", tokens->max);
    if (tokens->len + more <= tokens->cap)
        return 0;

    capacity = grown(tokens->cap, tokens->len + more, FIRST_TOKENS, tokens->max);
    ptr = ar_resize(tokens->ptr, capacity, sizeof *ptr);
    if (ptr == NULL)
        return tokens->status = ARNY_E_MEMORY;
    tokens->ptr = ptr;
    tokens->cap = capacity;
    return 0;
}

int ar_tokens_push(ar_tokens *tokens, int32_t id)
{
    return ar_tokens_append(tokens, &id, 1);
}

int ar_tokens_append(ar_tokens *tokens, const int32_t *ids, size_t count)
{
    if (ar_tokens_reserve(tokens, count) != 0)
        return tokens->status;
    if (count > 0)
        memcpy(tokens->ptr + tokens->len, ids, count * sizeof *ids);
    tokens->len += count;
    return 0;
}

void ar_tokens_clear(ar_tokens *tokens)
{
    tokens->len = 0;
    tokens->status = 0;
}

void ar_tokens_free(ar_tokens *tokens)
{
    ar_free(tokens->ptr);
    ar_tokens_init(tokens, tokens->max);
}

size_t ar_tokens_common(const int32_t *a, size_t a_len, const int32_t *b, size_t b_len)
{
    size_t shorter = a_len < b_len ? a_len : b_len;
    size_t at = 0;

    while (at < shorter && a[at] == b[at])
        at++;
    return at;
}
