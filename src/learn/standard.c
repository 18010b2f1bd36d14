/* learn/standard.c - see standard.h. */
#include "learn/standard.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <string.h>

#define LEAST_SPREAD 1e-6

int ar_standardise(ar_standard *out, const float *const *rows, size_t count, size_t width)
{
    *out = (ar_standard){.width = width};
    out->rows = ar_alloc((count ? count : 1) * width * sizeof *out->rows);
    out->mean = ar_calloc(width, sizeof *out->mean);
    out->spread = ar_calloc(width, sizeof *out->spread);
    if (!out->rows || !out->mean || !out->spread) {
        ar_standard_free(out);
        return ARNY_E_MEMORY;
    }
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < width; i++)
            out->mean[i] += rows[n][i] / (double)count;
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < width; i++) {
            double distance = rows[n][i] - out->mean[i];
            out->spread[i] += distance * distance / (double)count;
        }
    for (size_t i = 0; i < width; i++) {
        out->spread[i] = sqrt(out->spread[i]);
        if (out->spread[i] < LEAST_SPREAD)
            out->spread[i] = 1;
    }
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < width; i++)
            out->rows[n * width + i] = (float)((rows[n][i] - out->mean[i]) / out->spread[i]);
    return ARNY_OK;
}

void ar_standard_free(ar_standard *standard)
{
    ar_free(standard->rows);
    ar_free(standard->mean);
    ar_free(standard->spread);
    memset(standard, 0, sizeof *standard);
}
