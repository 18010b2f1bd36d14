/* learn/measures.h - how good probabilities are: calibration, and intervals for shares. */
#ifndef AR_LEARN_MEASURES_H
#define AR_LEARN_MEASURES_H

#include <stddef.h>

/* Numbers in ascending order, in place. */
void ar_sort(double *numbers, size_t count);

/* A decision on an example whose label is known. */
typedef struct ar_outcome {
    double confidence; /* the probability of what was decided */
    int right;
} ar_outcome;

typedef struct ar_bin {
    size_t count;
    double confidence, accuracy; /* means */
} ar_bin;

/* Expected calibration error over bins of equal mass: the mean of |accuracy - confidence|, weighted by count. Sorts the
 * outcomes. Fills out[0 .. bins - 1] (NULL: does not). */
double ar_calibration_error(ar_bin *out, ar_outcome *outcomes, size_t count, size_t bins);

/* 95 % interval of it: how far 1,000 resamples with a fixed seed spread around their own mean, laid around the error.
 * Resampling adds noise, and so does having few outcomes: also a perfect gateway has an error above 0, the larger the
 * more bins an outcome has. ARNY_E_MEMORY. */
int ar_calibration_interval(double *low, double *high, const ar_outcome *outcomes, size_t count, size_t bins);

/* 95 % interval of a share (Wilson 1927). 0 and 1 when there is nothing. */
void ar_share_interval(double *low, double *high, size_t hits, size_t count);

#endif
