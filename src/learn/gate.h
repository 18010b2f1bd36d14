/*
 * learn/gate.h - a mixture of two opinions: p = s a + (1 - s) b, with s = 1 / (1 + exp(-(w . z + bias))). It learns from
 * features z when to believe the one or the other.
 */
#ifndef AR_LEARN_GATE_H
#define AR_LEARN_GATE_H

#include <stddef.h>

typedef struct ar_gate {
    size_t width;
    float *weights;
    float bias;
} ar_gate;

typedef struct ar_gate_examples {
    const float *const *rows; /* features: count pointers to `width` floats */
    const double *a, *b;      /* what each opinion gives to the true label */
    size_t count;
} ar_gate_examples;

int ar_gate_new(ar_gate *out, size_t width);
void ar_gate_free(ar_gate *gate);

/* Minimises the sum of -log p(true label) plus strength / 2 times the squared weights; the features are standardised
 * meanwhile. */
int ar_gate_fit(ar_gate *gate, const ar_gate_examples *examples, double strength, int (*stop)(void *data), void *data);

/* s: how much of the first opinion. */
double ar_gate_share(const ar_gate *gate, const float *row);

#endif
