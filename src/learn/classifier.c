/* learn/classifier.c - see classifier.h. */
#include "learn/classifier.h"
#include "learn/minimise.h"
#include "learn/standard.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <string.h>

#define MOST_STEPS 300
#define TOLERANCE  1e-3 /* of the gradient of a sum over thousands of examples */

int ar_classifier_new(ar_classifier *out, size_t classes, size_t width)
{
    *out = (ar_classifier){.classes = classes, .width = width};
    out->weights = ar_calloc(classes * width, sizeof *out->weights);
    out->bias = ar_calloc(classes, sizeof *out->bias);
    if (out->weights && out->bias)
        return ARNY_OK;
    ar_classifier_free(out);
    return ARNY_E_MEMORY;
}

void ar_classifier_free(ar_classifier *classifier)
{
    ar_free(classifier->weights);
    ar_free(classifier->bias);
    memset(classifier, 0, sizeof *classifier);
}

void ar_classifier_logits(double *out, const ar_classifier *classifier, const float *row)
{
    size_t classes = classifier->classes;
    for (size_t c = 0; c < classes; c++)
        out[c] = classifier->bias[c];
    for (size_t i = 0; i < classifier->width; i++) {
        const float *weights = classifier->weights + i * classes;
        for (size_t c = 0; c < classes; c++)
            out[c] += (double)weights[c] * row[i];
    }
}

void ar_classifier_cool(ar_classifier *classifier, double temperature)
{
    for (size_t i = 0; i < classifier->classes * classifier->width; i++)
        classifier->weights[i] = (float)(classifier->weights[i] / temperature);
    for (size_t c = 0; c < classifier->classes; c++)
        classifier->bias[c] = (float)(classifier->bias[c] / temperature);
}

static double top_of(const double *logits, size_t count)
{
    double top = logits[0];
    for (size_t i = 1; i < count; i++)
        top = logits[i] > top ? logits[i] : top;
    return top;
}

void ar_softmax(double *logits, size_t count)
{
    double top = top_of(logits, count), sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += logits[i] = exp(logits[i] - top);
    for (size_t i = 0; i < count; i++)
        logits[i] /= sum;
}

double ar_cross_entropy(const double *logits, size_t count, size_t label, double temperature)
{
    double top = top_of(logits, count), sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += exp((logits[i] - top) / temperature);
    return log(sum) - (logits[label] - top) / temperature;
}

/* ---- temperature ------------------------------------------------------------------------------------------------ */

static double loss_at(double temperature, const double *logits, const size_t *labels, size_t count, size_t classes)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += ar_cross_entropy(logits + i * classes, classes, labels[i], temperature);
    return sum;
}

/* The loss has one minimum in 1 / temperature, so in its logarithm: golden section. */
double ar_temperature(const double *logits, const size_t *labels, size_t count, size_t classes)
{
    const double ratio = (sqrt(5) - 1) / 2;
    double low = log(0.05), high = log(20);
    if (count == 0)
        return 1;
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    double at_a = loss_at(exp(a), logits, labels, count, classes),
           at_b = loss_at(exp(b), logits, labels, count, classes);
    while (high - low > 1e-4) {
        if (at_a <= at_b) {
            high = b, b = a, at_b = at_a;
            a = high - ratio * (high - low);
            at_a = loss_at(exp(a), logits, labels, count, classes);
        } else {
            low = a, a = b, at_a = at_b;
            b = low + ratio * (high - low);
            at_b = loss_at(exp(b), logits, labels, count, classes);
        }
    }
    return exp((low + high) / 2);
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

typedef struct fitting {
    const ar_examples *examples;
    size_t classes, width;
    ar_standard standard;
    double *p; /* [classes] */
    double strength;
    int (*stop)(void *data);
    void *data;
} fitting;

/* x: weights [width][classes], then the biases. */
static double loss(double *gradient, const double *x, void *data)
{
    fitting *f = data;
    size_t classes = f->classes, width = f->width, weights = classes * width;
    double sum = 0;
    for (size_t i = 0; i < weights; i++) {
        gradient[i] = f->strength * x[i];
        sum += f->strength / 2 * x[i] * x[i];
    }
    memset(gradient + weights, 0, classes * sizeof *gradient);
    for (size_t n = 0; n < f->examples->count; n++) {
        const float *row = f->standard.rows + n * width;
        double *p = f->p, weight = f->examples->weights ? f->examples->weights[n] : 1;
        size_t label = f->examples->labels[n];
        memcpy(p, x + weights, classes * sizeof *p);
        for (size_t i = 0; i < width; i++)
            for (size_t c = 0; c < classes; c++)
                p[c] += x[i * classes + c] * row[i];
        sum += weight * ar_cross_entropy(p, classes, label, 1);
        ar_softmax(p, classes);
        p[label] -= 1;
        for (size_t c = 0; c < classes; c++)
            gradient[weights + c] += p[c] *= weight;
        for (size_t i = 0; i < width; i++)
            for (size_t c = 0; c < classes; c++)
                gradient[i * classes + c] += p[c] * row[i];
    }
    return sum;
}

static int asked_to_stop(void *data)
{
    const fitting *f = data;
    return f->stop && f->stop(f->data);
}

int ar_classifier_fit(ar_classifier *classifier, const ar_examples *examples, double strength, int (*stop)(void *data),
                      void *data)
{
    size_t classes = classifier->classes, width = classifier->width, weights = classes * width;
    fitting f = {
        .examples = examples, .classes = classes, .width = width, .strength = strength, .stop = stop, .data = data};
    double *x = ar_calloc(weights + classes, sizeof *x);
    f.p = ar_calloc(classes, sizeof *f.p);
    int status = x && f.p ? ar_standardise(&f.standard, examples->rows, examples->count, width) : ARNY_E_MEMORY;
    if (status)
        goto out;
    const double *mean = f.standard.mean, *spread = f.standard.spread;
    /* From here on in standardised features: w' = w * spread, b' = b + w . mean. */
    for (size_t c = 0; c < classes; c++)
        x[weights + c] = classifier->bias[c];
    for (size_t i = 0; i < width; i++)
        for (size_t c = 0; c < classes; c++) {
            x[i * classes + c] = classifier->weights[i * classes + c] * spread[i];
            x[weights + c] += classifier->weights[i * classes + c] * mean[i];
        }
    ar_objective objective = {loss, &f, weights + classes, asked_to_stop, TOLERANCE, MOST_STEPS};
    status = ar_minimise(x, NULL, &objective);
    if (status)
        goto out;
    for (size_t i = 0; i < width; i++)
        for (size_t c = 0; c < classes; c++) {
            double weight = x[i * classes + c] / spread[i];
            classifier->weights[i * classes + c] = (float)weight;
            x[weights + c] -= weight * mean[i];
        }
    for (size_t c = 0; c < classes; c++)
        classifier->bias[c] = (float)x[weights + c];
out:
    ar_standard_free(&f.standard);
    ar_free(f.p);
    ar_free(x);
    return status;
}
