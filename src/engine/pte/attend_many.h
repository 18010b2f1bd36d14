/*
 * engine/pte/attend_many.h - attention of many queries, each in a lane of its own. Scores stand as [key][query] and
 * sums of values as [width][query]: the softmax needs no sums across lanes, keys and values are read number by number
 * from where they lie, and any width will do.
 */
#ifndef AR_ENGINE_PTE_ATTEND_MANY_H
#define AR_ENGINE_PTE_ATTEND_MANY_H

#include "engine/pte/attend_half.h"
#include <float.h>

#define MANY (MANY_VECTORS * LANES) /* queries */

typedef struct many {
    float *scores;                                 /* [AR_ATTEND_KEYS][lanes], of a block of keys; then their weights */
    float *query;                                  /* [width][lanes], scaled */
    float *sums;                                   /* [width][lanes], of weighted values */
    float *room;                                   /* for keys and values that are made float32 */
    floats top[MANY_VECTORS], total[MANY_VECTORS]; /* largest score so far, and the sum of the weights relative to it */
} many;

/* out[column][lane] = factor * rows[lane][column] */
INLINE void columns_of(float *out, const float *const *rows, size_t columns, float factor, const size_t lanes)
{
    for (size_t lane = 0; lane < lanes; lane += 4) {
        const float *const *row = rows + lane;
        size_t column = 0;
        for (; column + 4 <= columns; column += 4) {
            four a = load_four(row[0] + column), b = load_four(row[1] + column);
            four c = load_four(row[2] + column), d = load_four(row[3] + column);
            float *to = out + column * lanes + lane;
            transpose(&a, &b, &c, &d);
            store_four(to, a * factor);
            store_four(to + lanes, b * factor);
            store_four(to + 2 * lanes, c * factor);
            store_four(to + 3 * lanes, d * factor);
        }
        for (; column < columns; column++)
            for (size_t i = 0; i < 4; i++)
                out[column * lanes + lane + i] = row[i][column] * factor;
    }
}

/* The way back, for the first `count` lanes: rows[lane][column] = factors[lane] * in[column][lane] */
INLINE void rows_of(float *const *rows, size_t count, const float *in, size_t columns, const float *factors,
                    const size_t lanes)
{
    for (size_t lane = 0; lane < count; lane += 4) {
        size_t column = 0, left = count - lane < 4 ? count - lane : 4;
        for (; column + 4 <= columns && left == 4; column += 4) {
            const float *from = in + column * lanes + lane;
            four factor = load_four(factors + lane);
            four a = load_four(from) * factor, b = load_four(from + lanes) * factor;
            four c = load_four(from + 2 * lanes) * factor, d = load_four(from + 3 * lanes) * factor;
            transpose(&a, &b, &c, &d);
            store_four(rows[lane] + column, a);
            store_four(rows[lane + 1] + column, b);
            store_four(rows[lane + 2] + column, c);
            store_four(rows[lane + 3] + column, d);
        }
        for (; column < columns; column++)
            for (size_t i = 0; i < left; i++)
                rows[lane + i][column] = in[column * lanes + lane + i] * factors[lane + i];
    }
}

/* Lanes without a query repeat the last one. */
INLINE size_t query_of(const ar_attend_piece *piece, size_t lane)
{
    return lane < piece->count ? lane : piece->count - 1;
}

/* What scores are added to: the mask, and -inf where a query does not see a key. */
INLINE void many_mask(float *scores, const ar_attend_piece *piece, size_t from, size_t keys, const size_t vectors)
{
    const ar_attention *a = piece->call;
    const size_t lanes = vectors * LANES;
    if (a->mask) {
        const float *rows[MANY];
        for (size_t lane = 0; lane < lanes; lane++)
            rows[lane] = a->mask + ar_attend_row(piece, query_of(piece, lane)) * a->mask_stride + from;
        columns_of(scores, rows, keys, 1, lanes);
    } else {
        memset(scores, 0, keys * lanes * sizeof *scores);
    }
    if (ar_attend_seen(piece, 0, from, keys) == keys) /* and the queries after it see no fewer */
        return;
    for (size_t v = 0; v < vectors; v++) {
        ints seen = {0};
        for (size_t i = 0; i < LANES; i++)
            seen[i] = (int32_t)ar_attend_seen(piece, query_of(piece, v * LANES + i), from, keys);
        for (size_t j = 0; j < keys; j++) {
            float *at = scores + j * lanes + v * LANES;
            store(at, choose(seen > (int32_t)j, load(at), (floats){0} - INFINITY));
        }
    }
}

/* Scores become weights, relative to the largest score so far. keep: what earlier sums are to be multiplied by. */
INLINE void many_softmax(many *m, floats *keep, size_t keys, const size_t vectors)
{
    const size_t lanes = vectors * LANES;
    floats top[MANY_VECTORS], sum[MANY_VECTORS];
    for (size_t v = 0; v < vectors; v++) {
        top[v] = m->top[v];
        sum[v] = (floats){0};
    }
    for (size_t j = 0; j < keys; j++)
        for (size_t v = 0; v < vectors; v++)
            top[v] = larger(top[v], load(m->scores + j * lanes + v * LANES));
    for (size_t j = 0; j < keys; j++)
        for (size_t v = 0; v < vectors; v++) {
            float *at = m->scores + j * lanes + v * LANES;
            floats weight = exponential(load(at) - top[v]);
            store(at, weight);
            sum[v] += weight;
        }
    for (size_t v = 0; v < vectors; v++) {
        keep[v] = exponential(m->top[v] - top[v]);
        m->total[v] = m->total[v] * keep[v] + sum[v];
        m->top[v] = top[v];
    }
}

/* A block of keys, from number `from` on. */
INLINE void many_keys(many *m, const ar_attend_piece *piece, size_t from, size_t keys, const size_t vectors)
{
    const ar_attention *a = piece->call;
    const size_t lanes = vectors * LANES, width = a->width;
    const kv_block kv = kv_block_of(piece, from, keys, m->room);
    const float *key = kv.key, *value = kv.value;
    const size_t next = kv.next;
    floats keep[MANY_VECTORS];
    size_t j = 0, d = 0;
    many_mask(m->scores, piece, from, keys, vectors);
    for (; j + MANY_ROWS <= keys; j += MANY_ROWS) {
        if (!a->half) /* else they are here already */
            ask_for(key, value, next, width, j, MANY_ROWS, piece->to - from, 0);
        multiply_add(m->scores + j * lanes, lanes, NULL, key + j * next, next, 1, m->query, lanes, width, MANY_ROWS,
                     vectors, 0);
    }
    for (; j < keys; j++)
        multiply_add(m->scores + j * lanes, lanes, NULL, key + j * next, next, 1, m->query, lanes, width, 1, vectors,
                     0);
    many_softmax(m, keep, keys, vectors);
    for (; d + MANY_ROWS <= width; d += MANY_ROWS)
        multiply_add(m->sums + d * lanes, lanes, keep, value + d, 1, next, m->scores, lanes, keys, MANY_ROWS, vectors,
                     0);
    for (; d < width; d++)
        multiply_add(m->sums + d * lanes, lanes, keep, value + d, 1, next, m->scores, lanes, keys, 1, vectors, 0);
}

/* With so many vectors of queries. */
INLINE void attend_vectors(const ar_attend_piece *piece, float *work, const size_t vectors)
{
    const ar_attention *a = piece->call;
    const size_t lanes = vectors * LANES, width = a->width;
    const float *queries[MANY];
    float *outs[MANY], top[MANY] = {0}, total[MANY] = {0}, factors[MANY] = {0};
    many m = {.scores = work};
    m.query = m.scores + AR_ATTEND_KEYS * lanes;
    m.sums = m.query + width * lanes;
    m.room = m.sums + width * lanes;
    for (size_t lane = 0; lane < lanes; lane++)
        queries[lane] = a->query + ar_attend_place(piece, query_of(piece, lane)) * width;
    columns_of(m.query, queries, width, a->scale, lanes);
    memset(m.sums, 0, width * lanes * sizeof *m.sums);
    for (size_t v = 0; v < vectors; v++)
        m.top[v] = (floats){0} - FLT_MAX; /* finite, so that it can be taken from -inf */
    for (size_t from = piece->from; from < piece->to; from += AR_ATTEND_KEYS)
        many_keys(&m, piece, from, piece->to - from < AR_ATTEND_KEYS ? piece->to - from : AR_ATTEND_KEYS, vectors);
    for (size_t v = 0; v < vectors; v++) {
        store(top + v * LANES, m.top[v]);
        store(total + v * LANES, m.total[v]);
    }
    for (size_t i = 0; i < piece->count; i++)
        outs[i] = ar_attend_result(piece, i, top[i], total[i], &factors[i]);
    rows_of(outs, piece->count, m.sums, width, factors, lanes);
}

static void attend_many(const ar_attend_piece *piece, float *work)
{
    if (MANY_VECTORS > 2 && piece->count > 2 * LANES)
        attend_vectors(piece, work, MANY_VECTORS);
    else
        attend_vectors(piece, work, 2);
}

#endif
