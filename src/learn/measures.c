/* learn/measures.c - see measures.h. */
#include "learn/measures.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 1000
#define Z95       1.959964 /* the normal distribution's 97.5 % */

static int by_confidence(const void *a, const void *b)
{
    const ar_outcome *left = a, *right = b;
    if (left->confidence != right->confidence)
        return left->confidence < right->confidence ? -1 : 1;
    return left->right - right->right;
}

double ar_calibration_error(ar_bin *out, ar_outcome *outcomes, size_t count, size_t bins)
{
    double error = 0;
    if (count > 1)
        qsort(outcomes, count, sizeof *outcomes, by_confidence);
    for (size_t b = 0; b < bins; b++) {
        size_t from = count * b / bins, to = count * (b + 1) / bins;
        ar_bin bin = {to - from, 0, 0};
        for (size_t i = from; i < to; i++) {
            bin.confidence += outcomes[i].confidence / (double)bin.count;
            bin.accuracy += outcomes[i].right / (double)bin.count;
        }
        if (bin.count > 0)
            error += fabs(bin.accuracy - bin.confidence) * (double)bin.count / (double)count;
        if (out)
            out[b] = bin;
    }
    return error;
}

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void ar_sort(double *numbers, size_t count)
{
    if (count > 1)
        qsort(numbers, count, sizeof *numbers, by_size);
}

int ar_calibration_interval(double *low, double *high, const ar_outcome *outcomes, size_t count, size_t bins)
{
    uint64_t random = 1;
    double errors[RESAMPLES], mean = 0;
    *low = *high = 0;
    if (count == 0)
        return ARNY_OK;
    ar_outcome *sample = ar_calloc(count, sizeof *sample);
    if (!sample)
        return ARNY_E_MEMORY;
    for (size_t r = 0; r < RESAMPLES; r++) {
        for (size_t i = 0; i < count; i++)
            sample[i] = outcomes[next_random(&random) % count];
        errors[r] = ar_calibration_error(NULL, sample, count, bins);
        mean += errors[r] / RESAMPLES;
    }
    memcpy(sample, outcomes, count * sizeof *sample);
    double error = ar_calibration_error(NULL, sample, count, bins);
    ar_sort(errors, RESAMPLES);
    *low = fmax(0, error + errors[RESAMPLES / 40] - mean);
    *high = fmin(1, error + errors[RESAMPLES - 1 - RESAMPLES / 40] - mean);
    ar_free(sample);
    return ARNY_OK;
}

void ar_share_interval(double *low, double *high, size_t hits, size_t count)
{
    *low = 0, *high = 1;
    if (count == 0)
        return;
    double n = (double)count, p = (double)hits / n, square = Z95 * Z95;
    double middle = (p + square / (2 * n)) / (1 + square / n);
    double half = Z95 / (1 + square / n) * sqrt(p * (1 - p) / n + square / (4 * n * n));
    *low = hits > 0 ? middle - half : 0; /* as it is but for rounding */
    *high = hits < count ? middle + half : 1;
}
