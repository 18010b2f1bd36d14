/*
 * engine/pte/attend_few.h - attention of a few queries, which takes as long as reading the keys and values does: the
 * lanes of a vector lie along the width, and each key and value that is read serves several queries.
 */
#ifndef AR_ENGINE_PTE_ATTEND_FEW_H
#define AR_ENGINE_PTE_ATTEND_FEW_H

#include "engine/pte/attend_half.h"
#include <float.h>

/* A block of keys, and some of a piece's queries. */
typedef struct few_block {
    const float *const *queries;
    const void *key, *value; /* the first; float32 or float16 */
    size_t next;             /* numbers from a key to the next */
    size_t from, keys, width;
    float scale;
    float *scores; /* [queries][AR_ATTEND_KEYS] */
    float *sums;   /* [queries][width] */
} few_block;

/* Of 4 keys, the first of which is number j of the block, with `count` queries. */
INLINE void few_dots(const few_block *b, size_t j, const size_t count, const int half)
{
    size_t keys[4];
    floats sum[8][4];
    size_t d = 0;
    for (size_t i = 0; i < 4; i++) /* the last one again, instead of those that are not there */
        keys[i] = (j + i < b->keys ? j + i : b->keys - 1) * b->next;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 4; k++)
            sum[i][k] = (floats){0};
    for (; d + LANES <= b->width; d += LANES)
        for (size_t k = 0; k < 4; k++) {
            floats key = load_any(b->key, keys[k] + d, half);
            for (size_t i = 0; i < count; i++)
                sum[i][k] += load(b->queries[i] + d) * key;
        }
    for (size_t i = 0; i < count; i++) {
        four dot = sums_of(sum[i][0], sum[i][1], sum[i][2], sum[i][3]);
        for (size_t rest = d; rest < b->width; rest++)
            dot += b->queries[i][rest] *
                   (four){one_of(b->key, keys[0] + rest, half), one_of(b->key, keys[1] + rest, half),
                          one_of(b->key, keys[2] + rest, half), one_of(b->key, keys[3] + rest, half)};
        store_four(b->scores + i * AR_ATTEND_KEYS + j, dot * b->scale);
    }
}

/* sums += weights * values */
INLINE void few_values(const few_block *b, const size_t count, const int half)
{
    size_t d = 0, width = b->width, bytes = half ? sizeof(uint16_t) : sizeof(float);
    const char *value = b->value;
    for (; d + 4 * LANES <= width; d += 4 * LANES)
        multiply_add(b->sums + d, width, NULL, b->scores, AR_ATTEND_KEYS, 1, value + d * bytes, b->next, b->keys, count,
                     4, half);
    for (; d + LANES <= width; d += LANES)
        multiply_add(b->sums + d, width, NULL, b->scores, AR_ATTEND_KEYS, 1, value + d * bytes, b->next, b->keys, count,
                     1, half);
    for (; d < width; d++)
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < b->keys; j++)
                b->sums[i * width + d] += b->scores[i * AR_ATTEND_KEYS + j] * one_of(b->value, j * b->next + d, half);
}

/* Scores of `keys` keys, of which the first `seen` count, become weights relative to the largest score so far. What is
 * returned is what earlier sums are to be multiplied by. */
static float few_softmax(float *scores, size_t seen, size_t keys, const float *mask, float *top, float *total)
{
    floats most = (floats){0} + *top, sum = {0};
    for (size_t j = 0; j < seen && mask; j++)
        scores[j] += mask[j];
    for (size_t j = seen; j < keys || j % LANES > 0; j++)
        scores[j] = -INFINITY;
    for (size_t j = 0; j < keys; j += LANES)
        most = larger(most, load(scores + j));
    float largest = largest_of(most), keep = exponential((floats){0} + (*top - largest))[0];
    for (size_t j = 0; j < keys; j += LANES) {
        floats weight = exponential(load(scores + j) - largest);
        store(scores + j, weight);
        sum += weight;
    }
    *total = *total * keep + sums_of(sum, sum, sum, sum)[0];
    *top = largest;
    return keep;
}

INLINE void few_keys(const few_block *b, const ar_attend_piece *piece, size_t first, float *top, float *total,
                     const size_t count, const int half)
{
    const ar_attention *a = piece->call;
    for (size_t j = 0; j < b->keys; j += 4) {
        ask_for(b->key, b->value, b->next, b->width, j, 4, piece->to - b->from, half);
        few_dots(b, j, count, half);
    }
    for (size_t i = 0; i < count; i++) {
        const float *mask = a->mask ? a->mask + ar_attend_row(piece, first + i) * a->mask_stride + b->from : NULL;
        size_t seen = ar_attend_seen(piece, first + i, b->from, b->keys);
        float keep = few_softmax(b->scores + i * AR_ATTEND_KEYS, seen, b->keys, mask, &top[i], &total[i]);
        for (size_t d = 0; d < b->width; d++)
            b->sums[i * b->width + d] *= keep;
    }
    few_values(b, count, half);
}

INLINE void few_any(const few_block *b, const ar_attend_piece *piece, size_t first, float *top, float *total,
                    size_t count, const int half)
{
    switch (count) {
    case 1: few_keys(b, piece, first, top, total, 1, half); break;
    case 2: few_keys(b, piece, first, top, total, 2, half); break;
#if FEW_ROWS > 2
    case 3: few_keys(b, piece, first, top, total, 3, half); break;
#endif
#if FEW_ROWS > 3
    case 4: few_keys(b, piece, first, top, total, 4, half); break;
#endif
    default: break;
    }
}

static void attend_few(const ar_attend_piece *piece, float *work)
{
    const ar_attention *a = piece->call;
    const float *queries[FEW];
    float top[FEW], total[FEW];
    size_t width = a->width, next = a->kv_heads * width, bytes = a->half ? sizeof(uint16_t) : sizeof(float);
    size_t passes = (piece->count + FEW_ROWS - 1) / FEW_ROWS;
    float *sums = work + piece->count * AR_ATTEND_KEYS;
    for (size_t i = 0; i < piece->count; i++) {
        queries[i] = a->query + ar_attend_place(piece, i) * width;
        top[i] = -FLT_MAX;
        total[i] = 0;
    }
    memset(sums, 0, piece->count * width * sizeof *sums);
    for (size_t from = piece->from; from < piece->to; from += AR_ATTEND_KEYS) {
        few_block b = {.next = next, .from = from, .width = width, .scale = a->scale};
        b.keys = piece->to - from < AR_ATTEND_KEYS ? piece->to - from : AR_ATTEND_KEYS;
        b.key = (const char *)a->key + (from * next + piece->kv_head * width) * bytes;
        b.value = (const char *)a->value + (from * next + piece->kv_head * width) * bytes;
        for (size_t pass = 0; pass < passes; pass++) {
            size_t first = piece->count * pass / passes, end = piece->count * (pass + 1) / passes;
            b.queries = queries + first;
            b.scores = work + first * AR_ATTEND_KEYS;
            b.sums = sums + first * width;
            if (a->half)
                few_any(&b, piece, first, top + first, total + first, end - first, 1);
            else
                few_any(&b, piece, first, top + first, total + first, end - first, 0);
        }
    }
    for (size_t i = 0; i < piece->count; i++) {
        float factor, *out = ar_attend_result(piece, i, top[i], total[i], &factor);
        for (size_t d = 0; d < width; d++)
            out[d] = sums[i * width + d] * factor;
    }
}

#endif
