/* cli/sample.h - times that were measured, and where they lie. */
#ifndef CLI_SAMPLE_H
#define CLI_SAMPLE_H

#include <stddef.h>

typedef struct sample {
    double *at;
    size_t count, room;
} sample;

int sample_init(sample *s, size_t room); /* 0, or -1 without memory */
void sample_free(sample *s);
void sample_add(sample *s, double value); /* beyond the room it is dropped */

/* Sorts it. The value below which that share of them lies (0.5: the median, of two middle ones their mean); 0 for none. */
double sample_share(sample *s, double share);

#endif
