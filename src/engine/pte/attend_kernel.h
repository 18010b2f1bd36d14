/*
 * engine/pte/attend_kernel.h - what attend.c asks of a kernel. There is one for each set of vector instructions, all
 * made of the same source: attend_*.c say how much fits in registers, and include attend_few.h and attend_many.h.
 *
 *   VECTOR_BYTES   of a register
 *   FEW            up to so many queries of a KV head are computed as few
 *   FEW_ROWS       queries computed at a time, with 4 keys or 4 vectors of values
 *   MANY_VECTORS   lanes of so many vectors are computed as many,
 *   MANY_ROWS      with so many keys, or numbers of the width, at a time
 */
#ifndef AR_ENGINE_PTE_ATTEND_KERNEL_H
#define AR_ENGINE_PTE_ATTEND_KERNEL_H

#include "engine/pte/attend.h"

#define AR_ATTEND_LINE 16 /* floats of a cache line */
#define AR_ATTEND_KEYS 64 /* of a block: small enough for its values and scores to stay in the nearest cache */

/* Some queries of a KV head over some of its keys. The queries of a KV head are numbered row by row: number i belongs
 * to row i / group, and is there head i % group of the group that shares the KV head. */
typedef struct ar_attend_piece {
    const ar_attention *call;
    size_t group;
    size_t kv_head;
    size_t first, count; /* queries */
    size_t from, to;     /* keys; to may be less than from: none */
    float *parts;        /* where the results of this range go, to be merged; NULL: into call->out, finished */
} ar_attend_piece;

/* A result that is to be merged: width sums of weighted values, the sum of the weights, and the largest score, relative
 * to which the weights are. */
#define AR_ATTEND_PART(width) ((width) + 2)

struct ar_attend_kernel {
    const char *name; /* NULL: not compiled */
    size_t few;       /* so many queries of a KV head, or less, are computed by attend_few */
    size_t many;      /* more of them by attend_many, in blocks of so many */
    void (*attend_few)(const ar_attend_piece *piece, float *work);
    void (*attend_many)(const ar_attend_piece *piece, float *work);
    void (*halve)(uint16_t *to, const float *from, size_t count);
};

extern const ar_attend_kernel ar_attend_base, ar_attend_avx2, ar_attend_avx512;

/* Floats of work that they need, from an address that is a multiple of 64: the last of them are for a block of keys and values
 * that are made float32. */
static inline size_t ar_attend_few_work(size_t queries, size_t width)
{
    return queries * (AR_ATTEND_KEYS + width);
}

static inline size_t ar_attend_many_work(size_t queries, size_t width)
{
    return queries * (AR_ATTEND_KEYS + 2 * width);
}

static inline size_t ar_attend_half_work(const ar_attention *a)
{
    return a->half ? 2 * AR_ATTEND_KEYS * a->width : 0;
}

/* Where query i of a piece stands among [rows][heads]. */
static inline size_t ar_attend_place(const ar_attend_piece *piece, size_t i)
{
    size_t number = piece->first + i;
    return number / piece->group * piece->call->heads + piece->kv_head * piece->group + number % piece->group;
}

static inline size_t ar_attend_row(const ar_attend_piece *piece, size_t i)
{
    return (piece->first + i) / piece->group;
}

/* How many keys, from key `from` on and at most `count`, query i of a piece sees. */
static inline size_t ar_attend_seen(const ar_attend_piece *piece, size_t i, size_t from, size_t count)
{
    size_t end = piece->call->start + ar_attend_row(piece, i) + 1;
    if (!piece->call->causal || end >= from + count)
        return count;
    return end > from ? end - from : 0;
}

/* Where the sums of query i go, and by what they are multiplied on the way. */
static inline float *ar_attend_result(const ar_attend_piece *piece, size_t i, float top, float total, float *factor)
{
    size_t width = piece->call->width, place = ar_attend_place(piece, i);
    if (!piece->parts) {
        *factor = total > 0 ? 1 / total : 0;
        return piece->call->out + place * width;
    }
    float *part = piece->parts + place * AR_ATTEND_PART(width);
    part[width] = total;
    part[width + 1] = top;
    *factor = 1;
    return part;
}

#endif
