/*
 * learn/classifier.h - multinomial logistic regression: p = softmax(W x + b), also called a softmax head.
 *
 *     ar_classifier_new -> ar_classifier_fit(examples, strength) -> ar_classifier_logits -> ar_softmax
 *
 * The features are standardised while it is fitted (mean 0, variance 1), so that one strength of the regularisation
 * suits them all; what comes out takes them as they are.
 */
#ifndef AR_LEARN_CLASSIFIER_H
#define AR_LEARN_CLASSIFIER_H

#include <stddef.h>

typedef struct ar_classifier {
    size_t classes, width;
    float *weights; /* [width][classes] */
    float *bias;    /* [classes] */
} ar_classifier;

/* Rows of features with a class each. */
typedef struct ar_examples {
    const float *const *rows; /* count pointers to `width` floats */
    const size_t *labels;     /* of each row: below classes */
    const double *weights;    /* of each row; NULL: 1 */
    size_t count;
} ar_examples;

/* All zeros. */
int ar_classifier_new(ar_classifier *out, size_t classes, size_t width);
void ar_classifier_free(ar_classifier *classifier);

/* Fits it from where it stands: sum over rows of -log p(label), and strength / 2 times the squared weights (the bias
 * is free). stop: asked between steps; may be NULL. ARNY_E_MEMORY, ARNY_E_CANCELLED. */
int ar_classifier_fit(ar_classifier *classifier, const ar_examples *examples, double strength, int (*stop)(void *data),
                      void *data);

/* W x + b. */
void ar_classifier_logits(double *out, const ar_classifier *classifier, const float *row);

/* Divides weights and bias: the logits become softer by that temperature. */
void ar_classifier_cool(ar_classifier *classifier, double temperature);

/* In place; the sum is 1. */
void ar_softmax(double *logits, size_t count);
/* -log softmax(logits / temperature)[label] */
double ar_cross_entropy(const double *logits, size_t count, size_t label, double temperature);

/* The temperature, 0.05 to 20, by which logits ([count][classes]) of examples that they were not fitted on predict the
 * labels best (Guo et al. 2017, "On Calibration of Modern Neural Networks"). */
double ar_temperature(const double *logits, const size_t *labels, size_t count, size_t classes);

#endif
