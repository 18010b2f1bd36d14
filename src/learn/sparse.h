/*
 * learn/sparse.h - multinomial logistic regression on rows that are mostly zeros, and how to blend its opinion with
 * another one's. The features are taken as they are.
 */
#ifndef AR_LEARN_SPARSE_H
#define AR_LEARN_SPARSE_H

#include "learn/classifier.h"
#include <stdint.h>

/* What is not zero in a row. Zero-initialise it; it may be filled again. */
typedef struct ar_sparse {
    size_t count, cap;
    uint32_t *places; /* ascending, each once */
    float *values;
} ar_sparse;

int ar_sparse_reserve(ar_sparse *row, size_t cap);
void ar_sparse_free(ar_sparse *row);

/* Fits the classifier from where it stands to rows with a label each: sum over rows of -log p(label), and strength / 2
 * times the squared weights (the bias is free). Places are below its width. stop: asked between steps; may be NULL.
 * ARNY_E_MEMORY, ARNY_E_CANCELLED. */
int ar_sparse_fit(ar_classifier *classifier, const ar_sparse *rows, const size_t *labels, size_t count, double strength,
                  int (*stop)(void *data), void *data);

/* Adds W x + b. */
void ar_sparse_add(double *logits, const ar_classifier *classifier, const ar_sparse *row);

/* By how much each of two opinions counts: the shares, 0 to 20, by which share[0] first + share[1] second predicts the
 * labels best; where there are few examples they stay near 1 and 0. Both are logits [count][classes] of examples that neither was fitted on. ARNY_E_MEMORY. */
int ar_blend(double share[2], const double *first, const double *second, const size_t *labels, size_t count,
             size_t classes);

#endif
