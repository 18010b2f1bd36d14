/*
 * engine/pte/attend_vector.h - vectors of AR_ATTEND_BYTES bytes, in the vector extensions of GCC and Clang; what is made
 * of them for attention. Included once by each attend_*.c, which says how wide they are.
 */
#ifndef AR_ENGINE_PTE_ATTEND_VECTOR_H
#define AR_ENGINE_PTE_ATTEND_VECTOR_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#define LANES (AR_ATTEND_BYTES / sizeof(float))
/* For functions whose last arguments are constants, and that keep arrays of vectors in registers. */
#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

typedef float floats __attribute__((vector_size(AR_ATTEND_BYTES)));
typedef int32_t ints __attribute__((vector_size(AR_ATTEND_BYTES))); /* what a comparison gives: -1 where it holds, or 0 */
typedef uint32_t bits __attribute__((vector_size(AR_ATTEND_BYTES)));
typedef float four __attribute__((vector_size(16)));

INLINE floats load(const float *from)
{
    floats v;
    memcpy(&v, from, sizeof v);
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
#if defined(__AVX512F__) && AR_ATTEND_BYTES == 64
    return (floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX__) && AR_ATTEND_BYTES == 32
    return (floats)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE__) && AR_ATTEND_BYTES == 16
    return (floats)_mm_max_ps((__m128)a, (__m128)b);
#else
    return choose(a > b, a, b);
#endif
}

INLINE float largest_of(floats v)
{
    float all[LANES], top;
    store(all, v);
    top = all[0];
    for (size_t i = 1; i < LANES; i++)
        top = all[i] > top ? all[i] : top;
    return top;
}

INLINE float sum_of(floats v)
{
    float all[LANES], sum = 0;
    store(all, v);
    for (size_t i = 0; i < LANES; i++)
        sum += all[i];
    return sum;
}

/*
 * e^x for x <= 0, off by at most 1 unit in the last place or so; 0 where that would be less than the least normal number.
 * x = n ln 2 + r with |r| <= ln 2 / 2, and e^x = 2^n e^r. ln 2 is taken off in two parts, of which the first has so few bits
 * that n times it is exact (Cody and Waite 1980). n is rounded by adding 1.5 * 2^23, where a unit in the last place is 1.
 * The polynomial for e^r is the one of degree 6, beginning with 1 + r, whose largest relative error is least: 3.1e-9
 * (Remez's algorithm, in 50 digits).
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

/*
 * c[row][vector] = c[row][vector] * keep[vector] + the sum over k of a(row, k) * b[k][vector]; keep NULL stands for ones.
 * The sums stay in registers: rows and vectors are constants, and rows * vectors is less than there are of them. The
 * arguments with _next say how far apart in memory neighbours are.
 */
INLINE void multiply_add(float *c, size_t c_next, const floats *keep, const float *a, size_t a_next, size_t a_next_k,
                         const float *b, size_t b_next_k, size_t depth, const size_t rows, const size_t vectors)
{
    floats sum[8][4];
    UNROLL for (size_t row = 0; row < rows; row++)
        UNROLL for (size_t v = 0; v < vectors; v++)
            sum[row][v] = (floats){0};
    for (size_t k = 0; k < depth; k++) {
        floats right[4];
        UNROLL for (size_t v = 0; v < vectors; v++)
            right[v] = load(b + k * b_next_k + v * LANES);
        UNROLL for (size_t row = 0; row < rows; row++) {
            float left = a[row * a_next + k * a_next_k];
            UNROLL for (size_t v = 0; v < vectors; v++)
                sum[row][v] += left * right[v];
        }
    }
    UNROLL for (size_t row = 0; row < rows; row++)
        UNROLL for (size_t v = 0; v < vectors; v++) {
            float *to = c + row * c_next + v * LANES;
            store(to, keep ? load(to) * keep[v] + sum[row][v] : load(to) + sum[row][v]);
        }
}

#endif
