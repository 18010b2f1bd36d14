/*
 * engine/pte/attend_vector.h - vectors of VECTOR_BYTES bytes, in the vector extensions of GCC (from 12 on) and Clang,
 * and what attention is made of. Included by each attend_*.c, which says how wide they are.
 */
#ifndef AR_ENGINE_PTE_ATTEND_VECTOR_H
#define AR_ENGINE_PTE_ATTEND_VECTOR_H

#include "engine/pte/attend_kernel.h"
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define LANES (VECTOR_BYTES / sizeof(float))
#define AHEAD 16 /* keys */
/* For functions whose last arguments are constants: loops over them vanish, and arrays of vectors become registers. */
#define INLINE static inline __attribute__((always_inline))

typedef float floats __attribute__((vector_size(VECTOR_BYTES)));
/* ints are what a comparison gives: -1 where it holds, else 0. */
typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t bits __attribute__((vector_size(VECTOR_BYTES)));
typedef float four __attribute__((vector_size(16)));

INLINE floats load(const float *from)
{
    floats v;
    memcpy(&v, from, sizeof v);
#if VECTOR_BYTES == 64 && !defined(__clang__)
    __asm__("" : "+v"(v)); /* else GCC reads it again at each use, and reading is what takes longest */
#endif
    return v;
}

INLINE void store(float *to, floats v)
{
    memcpy(to, &v, sizeof v);
}

INLINE four load_four(const float *from)
{
    four v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE void store_four(float *to, four v)
{
    memcpy(to, &v, sizeof v);
}

/* where ? a : b, for a comparison */
INLINE floats choose(ints where, floats a, floats b)
{
    return (floats)(((ints)a & where) | ((ints)b & ~where));
}

INLINE floats larger(floats a, floats b)
{
#if VECTOR_BYTES == 64
    return (floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif VECTOR_BYTES == 32
    return (floats)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE__)
    return (floats)_mm_max_ps((__m128)a, (__m128)b);
#else
    return choose(a > b, a, b);
#endif
}

/* In each run of four lanes of a and b, what __builtin_shufflevector(a, b, i, j, k, l) is for vectors of four. */
#define AT(run, i)              (4 * (run) + ((i) < 4 ? (i) : LANES + (i)-4))
#define RUN_OF(run, i, j, k, l) AT(run, i), AT(run, j), AT(run, k), AT(run, l)
#if VECTOR_BYTES == 64
#define SHUFFLE(a, b, i, j, k, l)                                                                      \
    __builtin_shufflevector(a, b, RUN_OF(0, i, j, k, l), RUN_OF(1, i, j, k, l), RUN_OF(2, i, j, k, l), \
                            RUN_OF(3, i, j, k, l))
#elif VECTOR_BYTES == 32
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, RUN_OF(0, i, j, k, l), RUN_OF(1, i, j, k, l))
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#endif

/* The sums over the lanes of four vectors. */
INLINE four sums_of(floats a, floats b, floats c, floats d)
{
    floats ab = SHUFFLE(a, b, 0, 4, 1, 5) + SHUFFLE(a, b, 2, 6, 3, 7);
    floats cd = SHUFFLE(c, d, 0, 4, 1, 5) + SHUFFLE(c, d, 2, 6, 3, 7);
    floats all = SHUFFLE(ab, cd, 0, 1, 4, 5) + SHUFFLE(ab, cd, 2, 3, 6, 7);
    four run[LANES / 4], sums;
    memcpy(run, &all, sizeof all);
    sums = run[0];
    for (size_t i = 1; i < LANES / 4; i++)
        sums += run[i];
    return sums;
}

INLINE float largest_of(floats v)
{
    float lane[LANES];
    store(lane, v);
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            lane[i] = lane[i] > lane[half + i] ? lane[i] : lane[half + i];
    return lane[0];
}

/*
 * e^x for x <= 0, off by two units in the last place at most; 0 where it would be less than the least normal number.
 * x = n ln 2 + r with |r| <= ln 2 / 2, and e^x = 2^n e^r. n is rounded by adding 1.5 * 2^23, where a unit in the last
 * place is 1. ln 2 is taken off in two parts, the first of so few bits that n times it is exact (Cody and Waite 1980).
 * The polynomial for e^r is the one of degree 6, beginning with 1 + r, whose largest relative error there is least,
 * 3.1e-9: by Remez's algorithm, in 50 digits.
 */
INLINE floats exponential(floats x)
{
    const float rounder = 0x1.8p23f;
    floats shifted = x * 0x1.715476p0f + rounder, n = shifted - rounder;
    floats r = (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
    floats p = r * 0x1.6a2352p-10f + 0x1.123a6cp-7f;
    p = p * r + 0x1.5558f4p-5f;
    p = p * r + 0x1.555490p-3f;
    p = p * r + 0x1.fffffcp-2f;
    p = p * (r * r) + r + 1;
    bits scaled = (bits)p + ((bits)shifted << 23);
    return (floats)(scaled & (bits)(x > -87.3f));
}

/* Rows become columns. */
INLINE void transpose(four *a, four *b, four *c, four *d)
{
    four ab = __builtin_shufflevector(*a, *b, 0, 4, 1, 5), cd = __builtin_shufflevector(*c, *d, 0, 4, 1, 5);
    four ab_high = __builtin_shufflevector(*a, *b, 2, 6, 3, 7), cd_high = __builtin_shufflevector(*c, *d, 2, 6, 3, 7);
    *a = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* Asks the memory for the values of `count` keys from number j of a block on, which are used after all its keys, and
 * for the keys that are AHEAD of them. `left` keys are left, from the block's first one on. */
INLINE void ask_for(const void *key, const void *value, size_t next, size_t width, size_t j, size_t count, size_t left,
                    const int half)
{
    const size_t bytes = half ? sizeof(uint16_t) : sizeof(float);
    for (size_t i = j; i < j + count; i++) {
        const char *soon = (const char *)key + (i + AHEAD < left ? i + AHEAD : left - 1) * next * bytes;
        const char *after = (const char *)value + (i < left ? i : left - 1) * next * bytes;
        for (size_t d = 0; d < width * bytes; d += AR_ATTEND_LINE * sizeof(float)) {
            __builtin_prefetch(soon + d);
            __builtin_prefetch(after + d);
        }
    }
}

/* ---- float16 (IEEE 754 binary16) -------------------------------------------------------------------------------- */

/* The processor does it: on AArch64 all do; on x86-64 those with F16C, which came before AVX2. */
#if defined(__aarch64__)
#define HALF_LANES 4
#elif defined(__AVX512F__)
#define HALF_LANES 16
#elif defined(__F16C__)
#define HALF_LANES 8
#else
#define HALF_LANES 1
#endif

/* One number. The exponent moves from a bias of 15 to one of 127 by a multiplication, which makes subnormal numbers normal too. */
INLINE float float_of_half(uint16_t half)
{
    uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13, sign = (uint32_t)(half & 0x8000) << 16, bits_of;
    float value;
    memcpy(&value, &magnitude, sizeof value);
    value *= 0x1p112f;
    memcpy(&bits_of, &value, sizeof value);
    bits_of |= sign | ((half & 0x7c00) == 0x7c00 ? 0x7f800000u : 0); /* infinity, or no number */
    memcpy(&value, &bits_of, sizeof value);
    return value;
}

INLINE floats load_half(const uint16_t *from)
{
#if HALF_LANES == 16 && VECTOR_BYTES == 64
    return (floats)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)from));
#elif HALF_LANES == 8 && VECTOR_BYTES == 32
    return (floats)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)from));
#elif defined(__aarch64__)
    return (floats)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
#else
    floats v;
    for (size_t i = 0; i < LANES; i++)
        v[i] = float_of_half(from[i]);
    return v;
#endif
}

/* Numbers from number `at` on. */
INLINE floats load_any(const void *from, size_t at, const int half)
{
    return half ? load_half((const uint16_t *)from + at) : load((const float *)from + at);
}

INLINE float one_of(const void *from, size_t at, const int half)
{
    return half ? float_of_half(((const uint16_t *)from)[at]) : ((const float *)from)[at];
}

/*
 * c[row][vector] = c[row][vector] * keep[vector] + the sum over k of a(row, k) * b[k][vector]; keep NULL: without keep.
 * What has _next in its name says how far apart neighbours are. half: b is of float16. The sums stay in registers: rows, up to 8, and vectors,
 * up to 4, are constants.
 */
INLINE void multiply_add(float *c, size_t c_next, const floats *keep, const float *a, size_t a_next, size_t a_next_k,
                         const void *b, size_t b_next_k, size_t depth, const size_t rows, const size_t vectors,
                         const int half)
{
    floats sum[8][4];
    for (size_t row = 0; row < rows; row++)
        for (size_t v = 0; v < vectors; v++)
            sum[row][v] = (floats){0};
    for (size_t k = 0; k < depth; k++) {
        floats right[4];
        for (size_t v = 0; v < vectors; v++)
            right[v] = load_any(b, k * b_next_k + v * LANES, half);
        for (size_t row = 0; row < rows; row++) {
            float left = a[row * a_next + k * a_next_k];
            for (size_t v = 0; v < vectors; v++)
                sum[row][v] += left * right[v];
        }
    }
    for (size_t row = 0; row < rows; row++)
        for (size_t v = 0; v < vectors; v++) {
            float *to = c + row * c_next + v * LANES;
            store(to, keep ? load(to) * keep[v] + sum[row][v] : load(to) + sum[row][v]);
        }
}

#endif
