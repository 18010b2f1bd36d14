/* util/little.h - numbers in files: little-endian, byte by byte, on any machine. */
#ifndef AR_UTIL_LITTLE_H
#define AR_UTIL_LITTLE_H

#include <stddef.h>
#include <stdint.h>

static inline void ar_put_little(uint8_t *at, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> (8 * i));
}

static inline uint64_t ar_get_little(const void *at, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number |= (uint64_t)((const uint8_t *)at)[i] << (8 * i);
    return number;
}

#endif
