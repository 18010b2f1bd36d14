/*
 * engine/pte/attend_many.h - attention of many queries: a lane of a vector for each. Scores stand as [key][query], weighted
 * values as [width][query], so that the softmax needs no sums across lanes, the keys and values are read one number at a
 * time, from where they lie, and any width will do.
 */
#ifndef AR_ENGINE_PTE_ATTEND_MANY_H
#define AR_ENGINE_PTE_ATTEND_MANY_H

#include "engine/pte/attend_kernel.h"
#include "engine/pte/attend_vector.h"
#include <float.h>

#define MANY_LANES (MANY_VECTORS * LANES)

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

/* What is added to the scores of a block of keys: the mask, and -inf where a query does not see a key. */
INLINE void many_mask(float *scores, const ar_attend_piece *piece, size_t from, size_t count, const size_t vectors)
{
    const ar_attention *a = piece->call;
    const size_t lanes = vectors * LANES;
    if (a->mask) {
        const float *rows[MANY_LANES];
        for (size_t i = 0; i < lanes; i++)
            rows[i] = a->mask + ar_attend_row(piece, i < piece->count ? i : piece->count - 1) * a->mask_stride + from;
        columns_of(scores, rows, count, 1, lanes);
    } else {
        memset(scores, 0, count * lanes * sizeof *scores);
    }
    if (ar_attend_seen(piece, 0, from, count) == count) /* and the queries after it see no fewer */
        return;
    for (size_t v = 0; v < vectors; v++) {
        ints seen = {0};
        for (size_t i = 0; i < LANES; i++)
            seen[i] = (int32_t)ar_attend_seen(piece, v * LANES + i, from, count);
        for (size_t j = 0; j < count; j++) {
            float *at = scores + j * lanes + v * LANES;
            store(at, choose(seen > (int32_t)j, load(at), (floats){0} - INFINITY));
        }
    }
}

/* Scores become weights, relative to the largest score so far; keep: what those of earlier blocks are to be multiplied by. */
INLINE void many_softmax(float *scores, size_t count, floats *top, floats *total, floats *keep, const size_t vectors)
{
    for (size_t v = 0; v < vectors; v++) {
        float *first = scores + v * LANES;
        floats most = top[v], sum = {0};
        for (size_t j = 0; j < count; j++)
            most = larger(most, load(first + j * vectors * LANES));
        for (size_t j = 0; j < count; j++) {
            floats weight = exponential(load(first + j * vectors * LANES) - most);
            store(first + j * vectors * LANES, weight);
            sum += weight;
        }
        keep[v] = exponential(top[v] - most);
        total[v] = total[v] * keep[v] + sum;
        top[v] = most;
    }
}

INLINE void attend_vectors(const ar_attend_piece *piece, float *work, const size_t vectors)
{
    const ar_attention *a = piece->call;
    const size_t lanes = vectors * LANES;
    const size_t next = a->kv_heads * a->width; /* from a key to the next */
    size_t width = a->width;
    float *scores = work, *query = scores + AR_ATTEND_MANY_KEYS * lanes, *sums = query + width * lanes;
    const float *queries[MANY_LANES];
    float *outs[MANY_LANES], tops[MANY_LANES] = {0}, totals[MANY_LANES] = {0}, factors[MANY_LANES] = {0};
    floats top[MANY_VECTORS], total[MANY_VECTORS], keep[MANY_VECTORS];

    for (size_t i = 0; i < lanes; i++) /* lanes without a query repeat the last one */
        queries[i] = a->query + ar_attend_place(piece, i < piece->count ? i : piece->count - 1) * width;
    columns_of(query, queries, width, a->scale, lanes);
    memset(sums, 0, width * lanes * sizeof *sums);
    for (size_t v = 0; v < vectors; v++) {
        top[v] = (floats){0} - FLT_MAX;
        total[v] = (floats){0};
    }
    for (size_t from = piece->from; from < piece->to; from += AR_ATTEND_MANY_KEYS) {
        size_t count = piece->to - from < AR_ATTEND_MANY_KEYS ? piece->to - from : AR_ATTEND_MANY_KEYS, j = 0, d = 0;
        const float *key = a->key + from * next + piece->kv_head * width;
        const float *value = a->value + from * next + piece->kv_head * width;
        many_mask(scores, piece, from, count, vectors);
        for (; j + MANY_ROWS <= count; j += MANY_ROWS)
            multiply_add(scores + j * lanes, lanes, NULL, key + j * next, next, 1, query, lanes, width, MANY_ROWS, vectors);
        for (; j < count; j++)
            multiply_add(scores + j * lanes, lanes, NULL, key + j * next, next, 1, query, lanes, width, 1, vectors);
        many_softmax(scores, count, top, total, keep, vectors);
        for (; d + MANY_ROWS <= width; d += MANY_ROWS)
            multiply_add(sums + d * lanes, lanes, keep, value + d, 1, next, scores, lanes, count, MANY_ROWS, vectors);
        for (; d < width; d++)
            multiply_add(sums + d * lanes, lanes, keep, value + d, 1, next, scores, lanes, count, 1, vectors);
    }
    for (size_t v = 0; v < vectors; v++) {
        store(tops + v * LANES, top[v]);
        store(totals + v * LANES, total[v]);
    }
    for (size_t i = 0; i < piece->count; i++)
        outs[i] = ar_attend_result(piece, i, tops[i], totals[i], &factors[i]);
    rows_of(outs, piece->count, sums, width, factors, lanes);
}

static void attend_many(const ar_attend_piece *piece, float *work)
{
    if (piece->count <= 2 * LANES)
        attend_vectors(piece, work, 2);
    else
        attend_vectors(piece, work, MANY_VECTORS);
}

#endif
