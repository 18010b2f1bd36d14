/* learn/standard.h - features with mean 0 and variance 1, so that one strength of a regularisation suits them all. */
#ifndef AR_LEARN_STANDARD_H
#define AR_LEARN_STANDARD_H

#include <stddef.h>

typedef struct ar_standard {
    size_t width;
    float *rows;           /* [count][width]: (row - mean) / spread */
    double *mean, *spread; /* spread: the deviation, or 1 for a feature that hardly moves */
} ar_standard;

/* Of `count` pointers to `width` floats. On failure there is nothing to free. */
int ar_standardise(ar_standard *out, const float *const *rows, size_t count, size_t width);
void ar_standard_free(ar_standard *standard);

#endif
