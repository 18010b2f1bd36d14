/*
 * model/filter.c - see filter.h.
 *
 * The answer is read as if its bytes came one at a time: the stop string that is complete first ends it, and
 * of several that are complete with the same byte the longest. So the text does not depend on how it is
 * split.
 */
#include "model/filter.h"

#include "util/status.h"
#include "util/utf8.h"
#include <string.h>

#define RESERVED    (64u * 1024)   /* bytes; a token has a few */
#define HELD_MAX    (1024u * 1024) /* bytes; only a hostile vocabulary has such a token */
#define OUT_MAX     (3 * HELD_MAX) /* each byte may become a U+FFFD */
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

int ar_filter_init(ar_filter *filter)
{
    int status;

    filter->stop_count = 0;
    ar_buf_init(&filter->held, HELD_MAX);
    ar_buf_init(&filter->out, OUT_MAX);
    if ((status = ar_buf_reserve(&filter->held, RESERVED)) != 0 ||
        (status = ar_buf_reserve(&filter->out, RESERVED)) != 0)
        ar_filter_free(filter);
    return status;
}

void ar_filter_free(ar_filter *filter)
{
    ar_buf_free(&filter->held);
    ar_buf_free(&filter->out);
    filter->stop_count = 0;
}

int ar_filter_begin(ar_filter *filter)
{
    filter->stop_count = 0;
    ar_buf_clear(&filter->held);
    ar_buf_clear(&filter->out);
    return 0;
}

int ar_filter_stop(ar_filter *filter, const char *stop)
{
    size_t bytes = stop == NULL ? 0 : strlen(stop);

    if (bytes == 0 || bytes > AR_STOP_BYTES_MAX)
        return ar_fail(ARNY_E_ARGUMENT, "a stop string has 1 to %d bytes, not %zu", AR_STOP_BYTES_MAX, bytes);
    if (filter->stop_count == 2 * AR_STOPS_MAX)
        return ar_fail(ARNY_E_ARGUMENT, "too many stop strings: at most %d, with those of the chat template",
                       2 * AR_STOPS_MAX);
    filter->stops[filter->stop_count] = stop;
    filter->stop_bytes[filter->stop_count++] = bytes;
    return 0;
}

/* The first stop string that is complete at byte `from` + 1 or later. Returns 1, and where it begins. */
static int find_stop(const ar_filter *filter, size_t from, size_t *begin)
{
    for (size_t end = from + 1; end <= filter->held.len; end++) {
        size_t longest = 0;
        for (size_t i = 0; i < filter->stop_count; i++) {
            size_t bytes = filter->stop_bytes[i];
            if (bytes <= end && bytes > longest && memcmp(filter->held.ptr + end - bytes, filter->stops[i], bytes) == 0)
                longest = bytes;
        }
        if (longest > 0) {
            *begin = end - longest;
            return 1;
        }
    }
    return 0;
}

/* Where the first unfinished stop string may begin, or the length of what is held. */
static size_t unfinished(const ar_filter *filter)
{
    size_t len = filter->held.len;

    for (size_t at = len < AR_STOP_BYTES_MAX ? 0 : len - AR_STOP_BYTES_MAX + 1; at < len; at++)
        for (size_t i = 0; i < filter->stop_count; i++)
            if (len - at < filter->stop_bytes[i] && memcmp(filter->held.ptr + at, filter->stops[i], len - at) == 0)
                return at;
    return len;
}

/* Moves up to `bytes` of what is held to `out`, whole characters only. U+FFFD stands for each sequence
 * that can never become one; with `last` nothing follows, so neither can an unfinished one. */
static int give(ar_filter *filter, size_t bytes, int last)
{
    size_t at = 0, whole, invalid;

    while (at < bytes) {
        ar_utf8_scan(filter->held.ptr + at, bytes - at, &whole, &invalid);
        ar_buf_append(&filter->out, filter->held.ptr + at, whole);
        at += whole;
        if (invalid == 0 && last)
            invalid = bytes - at;
        if (invalid > 0)
            ar_buf_append(&filter->out, REPLACEMENT, strlen(REPLACEMENT));
        else if (at < bytes)
            break; /* an unfinished character: its other bytes are still to come */
        at += invalid;
    }
    ar_buf_consume(&filter->held, at);
    return filter->out.status;
}

/* `result`, with the text; or the failure, with none. */
static int given(const ar_filter *filter, int status, int result, const char **text, size_t *bytes)
{
    *text = status == 0 ? filter->out.ptr : "";
    *bytes = status == 0 ? filter->out.len : 0;
    return status == 0 ? result : status;
}

int ar_filter_push(ar_filter *filter, const char *piece, size_t piece_bytes, const char **text, size_t *bytes)
{
    size_t before = filter->held.len, begin;
    int status;

    ar_buf_clear(&filter->out);
    status = ar_buf_append(&filter->held, piece, piece_bytes);
    if (status == 0 && find_stop(filter, before, &begin)) {
        status = give(filter, begin, 1);
        ar_buf_clear(&filter->held);
        return given(filter, status, 1, text, bytes);
    }
    if (status == 0)
        status = give(filter, unfinished(filter), 0);
    return given(filter, status, 0, text, bytes);
}

int ar_filter_end(ar_filter *filter, const char **text, size_t *bytes)
{
    int status = filter->held.status;

    ar_buf_clear(&filter->out);
    if (status == 0)
        status = give(filter, filter->held.len, 1);
    return given(filter, status, 0, text, bytes);
}
