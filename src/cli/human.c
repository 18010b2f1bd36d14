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

double human_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}
