/* gateway/grams.c - see grams.h. */
#include "gateway/grams.h"
#include "gateway/embed.h"
#include "util/buf.h"
#include "util/hash.h"
#include "util/status.h"
#include "util/utf8.h"
#include <math.h>
#include <stdlib.h>

#define SHORTEST 2
#define LONGEST  5
#define WEIGHTS  (1u << 18) /* the most in a head */

size_t ar_grams_width(size_t labels, size_t messages)
{
    size_t width = AR_GRAMS_MOST;
    while (width > AR_GRAMS_LEAST && (width * labels > WEIGHTS || width > 8 * messages))
        width /= 2;
    return width;
}

static int by_place(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static const char *next_character(const char *at, const char *end)
{
    do
        at++;
    while (at < end && ((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

/* The runs of a word with the blank before and after it. */
static void add_word(ar_sparse *row, const char *word, const char *end, size_t width)
{
    for (size_t length = SHORTEST; length <= LONGEST; length++) {
        const char *from = word, *to = word;
        for (size_t i = 0; i < length && to < end; i++)
            to = next_character(to, end);
        for (;;) {
            row->places[row->count++] = (uint32_t)(ar_hash(AR_HASH_BEGIN, from, (size_t)(to - from)) % width);
            if (to == end)
                break;
            from = next_character(from, end);
            to = next_character(to, end);
        }
        if (from == word)
            return; /* longer ones would be the same */
    }
}

/* Each place once, with a value that grows slowly with how often it was hit. */
static void count_places(ar_sparse *row)
{
    size_t found = 0;
    double squares = 0;
    qsort(row->places, row->count, sizeof *row->places, by_place);
    for (size_t i = 0, times = 1; i < row->count; i++, times++) {
        if (i + 1 < row->count && row->places[i + 1] == row->places[i])
            continue;
        row->places[found] = row->places[i];
        row->values[found] = (float)(1 + log((double)times));
        squares += (double)row->values[found] * row->values[found];
        found++;
        times = 0;
    }
    row->count = found;
    for (size_t i = 0; i < found; i++)
        row->values[i] = (float)(row->values[i] / sqrt(squares));
}

int ar_grams(ar_sparse *row, const char *message, size_t width)
{
    ar_buf line = AR_BUF_INIT(1 << 16);
    ar_buf_puts(&line, " ");
    int status = ar_embed_text(&line, "", message);
    if (!status)
        status = ar_buf_puts(&line, " ");
    if (!status)
        status = ar_sparse_reserve(row, (LONGEST - SHORTEST + 1) * line.len);
    row->count = 0;
    if (!status) {
        ar_utf8_lower(line.ptr, line.len);
        const char *word = line.ptr, *last = line.ptr + line.len - 1;
        while (word < last) { /* word and last are at blanks */
            const char *end = word + 1;
            while (*end != ' ')
                end++;
            if (end > word + 1)
                add_word(row, word, end + 1, width);
            word = end;
        }
        count_places(row);
    }
    ar_buf_free(&line);
    return status;
}
