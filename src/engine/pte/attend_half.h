/*
 * engine/pte/attend_half.h - keys and values of float16: there are half as many bytes to read. Few queries make them float32 as they
 * are read; for many queries a block of them is made float32 before, because each of its numbers is read again and again.
 */
#ifndef AR_ENGINE_PTE_ATTEND_HALF_H
#define AR_ENGINE_PTE_ATTEND_HALF_H

#include "engine/pte/attend_vector.h"

/* Adding a number whose last place is that of the result rounds to the nearest, ties to even. */
INLINE uint16_t half_of_float(float value)
{
    uint32_t bits_of, sign, rounder;
    float magnitude = fabsf(value), added;
    memcpy(&bits_of, &value, sizeof value);
    sign = bits_of >> 16 & 0x8000;
    bits_of &= 0x7fffffff;
    if (bits_of >= 0x477ff000) /* 65,520 and more */
        return (uint16_t)(sign | (bits_of > 0x7f800000 ? 0x7e00 : 0x7c00));
    rounder = (bits_of & 0x7f800000) < 0x38800000 ? 0x33800000u + (23u << 23) : (bits_of & 0x7f800000) + (13u << 23);
    memcpy(&added, &rounder, sizeof added);
    magnitude = (magnitude + added) - added;
    magnitude *= 0x1p-112f;
    memcpy(&bits_of, &magnitude, sizeof bits_of);
    return (uint16_t)(sign | bits_of >> 13);
}

INLINE void widen(float *to, const uint16_t *from, size_t count)
{
    size_t i = 0;
#if HALF_LANES > 1
    for (; i + HALF_LANES <= count; i += HALF_LANES) {
#if defined(__aarch64__)
        vst1q_f32(to + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from + i))));
#elif defined(__AVX512F__)
        _mm512_storeu_ps(to + i, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(from + i))));
#else
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(from + i))));
#endif
    }
#endif
    for (; i < count; i++)
        to[i] = float_of_half(from[i]);
}

static inline void halve(uint16_t *to, const float *from, size_t count)
{
    size_t i = 0;
#if HALF_LANES > 1
    for (; i + HALF_LANES <= count; i += HALF_LANES) {
#if defined(__aarch64__)
        vst1_u16(to + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(from + i))));
#elif defined(__AVX512F__)
        _mm256_storeu_si256((__m256i *)(void *)(to + i),
                            _mm512_cvtps_ph(_mm512_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
#else
        _mm_storeu_si128((__m128i *)(void *)(to + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
#endif
    }
#endif
    for (; i < count; i++)
        to[i] = half_of_float(from[i]);
}

typedef struct kv_block { /* keys and values of a KV head, from one of them on */
    const float *key, *value;
    size_t next; /* floats from a key to the next */
} kv_block;

/* As they lie in the cache, or made float32 in `room`. */
INLINE kv_block kv_block_of(const ar_attend_piece *piece, size_t from, size_t keys, float *room)
{
    const ar_attention *a = piece->call;
    size_t next = a->kv_heads * a->width, at = from * next + piece->kv_head * a->width;
    if (!a->half)
        return (kv_block){(const float *)a->key + at, (const float *)a->value + at, next};
    float *value = room + AR_ATTEND_KEYS * a->width;
    for (size_t j = 0; j < keys; j++) {
        const uint16_t *key_at = (const uint16_t *)a->key + at + j * next,
                       *value_at = (const uint16_t *)a->value + at + j * next;
        size_t ahead = j + AHEAD < keys ? AHEAD * next : 0;
        for (size_t d = 0; d < a->width; d += 2 * AR_ATTEND_LINE) {
            __builtin_prefetch(key_at + ahead + d);
            __builtin_prefetch(value_at + ahead + d);
        }
        widen(room + j * a->width, key_at, a->width);
        widen(value + j * a->width, value_at, a->width);
    }
    return (kv_block){room, value, a->width};
}

#endif
