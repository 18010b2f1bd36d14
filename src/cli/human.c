/* cli/human.c - see human.h. */
#include "human.h"

#include <stdio.h>
#include <time.h>

const char *human_bytes(char out[HUMAN_BYTES], int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(out, HUMAN_BYTES, "%.*f %s", decimals, value, units[unit]);
    return out;
}

const char *human_ms(char out[HUMAN_BYTES], double ms)
{
    if (ms < 9999.5)
        snprintf(out, HUMAN_BYTES, "%.0f ms", ms);
    else
        snprintf(out, HUMAN_BYTES, "%.1f s", ms / 1000);
    return out;
}

const char *human_pair(char *out, size_t capacity, const char *first, const char *second)
{
    size_t wanted = (size_t)snprintf(out, capacity, "%s %s", first, second);
    if (wanted >= capacity) {
        size_t end = capacity - 1, begin = end;
        while (begin > 0 && ((unsigned char)out[begin - 1] & 0xc0) == 0x80)
            begin--;
        begin -= begin > 0; /* the last character's first byte */
        unsigned char lead = (unsigned char)out[begin];
        if (begin + (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4) > end)
            out[begin] = 0;
    }
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return out;
}

double human_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}
