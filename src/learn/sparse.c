/* learn/sparse.c - see sparse.h. */
#include "learn/sparse.h"
#include "learn/minimise.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define MOST_STEPS 200
#define TOLERANCE  1e-2 /* of the gradient of a sum over thousands of examples */
#define MOST_SHARE 20
#define DOUBT      4 /* pulls the shares to those of the first opinion alone, as so many examples would */

int ar_sparse_reserve(ar_sparse *row, size_t cap)
{
    if (cap <= row->cap)
        return ARNY_OK;
    uint32_t *places = ar_resize(row->places, cap, sizeof *places);
    if (places)
        row->places = places;
    float *values = places ? ar_resize(row->values, cap, sizeof *values) : NULL;
    if (!values)
        return ARNY_E_MEMORY;
    row->values = values;
    row->cap = cap;
    return ARNY_OK;
}

void ar_sparse_free(ar_sparse *row)
{
    ar_free(row->places);
    ar_free(row->values);
    memset(row, 0, sizeof *row);
}

void ar_sparse_add(double *logits, const ar_classifier *classifier, const ar_sparse *row)
{
    size_t classes = classifier->classes;
    for (size_t c = 0; c < classes; c++)
        logits[c] += classifier->bias[c];
    for (size_t i = 0; i < row->count; i++) {
        const float *weights = classifier->weights + row->places[i] * classes;
        for (size_t c = 0; c < classes; c++)
            logits[c] += (double)weights[c] * row->values[i];
    }
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

typedef struct fitting {
    const ar_sparse *rows;
    const size_t *labels;
    size_t count, classes, width;
    double *p; /* [classes] */
    double strength;
    int (*stop)(void *data);
    void *data;
} fitting;

/* x: weights [width][classes], then the biases. */
static double loss(double *gradient, const double *x, void *data)
{
    fitting *f = data;
    size_t classes = f->classes, weights = classes * f->width;
    double sum = 0, *p = f->p;
    for (size_t i = 0; i < weights; i++) {
        gradient[i] = f->strength * x[i];
        sum += f->strength / 2 * x[i] * x[i];
    }
    memset(gradient + weights, 0, classes * sizeof *gradient);
    for (size_t n = 0; n < f->count; n++) {
        const ar_sparse *row = &f->rows[n];
        memcpy(p, x + weights, classes * sizeof *p);
        for (size_t i = 0; i < row->count; i++)
            for (size_t c = 0; c < classes; c++)
                p[c] += x[row->places[i] * classes + c] * row->values[i];
        sum += ar_cross_entropy(p, classes, f->labels[n], 1);
        ar_softmax(p, classes);
        p[f->labels[n]] -= 1;
        for (size_t c = 0; c < classes; c++)
            gradient[weights + c] += p[c];
        for (size_t i = 0; i < row->count; i++)
            for (size_t c = 0; c < classes; c++)
                gradient[row->places[i] * classes + c] += p[c] * row->values[i];
    }
    return sum;
}

static int asked_to_stop(void *data)
{
    const fitting *f = data;
    return f->stop && f->stop(f->data);
}

int ar_sparse_fit(ar_classifier *classifier, const ar_sparse *rows, const size_t *labels, size_t count, double strength,
                  int (*stop)(void *data), void *data)
{
    size_t classes = classifier->classes, weights = classes * classifier->width;
    fitting f = {rows, labels, count, classes, classifier->width, NULL, strength, stop, data};
    double *x = ar_alloc((weights + classes) * sizeof *x);
    f.p = ar_alloc(classes * sizeof *f.p);
    int status = x && f.p ? ARNY_OK : ARNY_E_MEMORY;
    for (size_t i = 0; i < weights && !status; i++)
        x[i] = classifier->weights[i];
    for (size_t c = 0; c < classes && !status; c++)
        x[weights + c] = classifier->bias[c];
    ar_objective objective = {loss, &f, weights + classes, asked_to_stop, TOLERANCE, MOST_STEPS};
    if (!status)
        status = ar_minimise(x, NULL, &objective);
    for (size_t i = 0; i < weights && !status; i++)
        classifier->weights[i] = (float)x[i];
    for (size_t c = 0; c < classes && !status; c++)
        classifier->bias[c] = (float)x[weights + c];
    ar_free(f.p);
    ar_free(x);
    return status;
}

/* ---- blend ------------------------------------------------------------------------------------------------------ */

typedef struct blending {
    const double *opinions[2];
    const size_t *labels;
    size_t count, classes;
    double *p; /* [classes] */
    int asked[2];
} blending;

static double blend_loss(double *gradient, const double *share, void *data)
{
    blending *b = data;
    double sum = DOUBT / 2.0 * ((share[0] - 1) * (share[0] - 1) + share[1] * share[1]);
    gradient[0] = DOUBT * (share[0] - 1);
    gradient[1] = DOUBT * share[1];
    for (size_t n = 0; n < b->count; n++) {
        const double *first = b->opinions[0] + n * b->classes, *second = b->opinions[1] + n * b->classes;
        for (size_t c = 0; c < b->classes; c++)
            b->p[c] = share[0] * first[c] + share[1] * second[c];
        sum += ar_cross_entropy(b->p, b->classes, b->labels[n], 1);
        ar_softmax(b->p, b->classes);
        b->p[b->labels[n]] -= 1;
        for (size_t c = 0; c < b->classes; c++) {
            gradient[0] += b->p[c] * first[c];
            gradient[1] += b->p[c] * second[c];
        }
    }
    for (size_t i = 0; i < 2; i++)
        gradient[i] = b->asked[i] ? gradient[i] : 0;
    return sum;
}

int ar_blend(double share[2], const double *first, const double *second, const size_t *labels, size_t count,
             size_t classes)
{
    blending b = {{first, second}, labels, count, classes, ar_alloc(classes * sizeof *b.p), {1, 1}};
    ar_objective objective = {blend_loss, &b, 2, NULL, 1e-6 * (double)(count + 1), MOST_STEPS};
    share[0] = 1;
    share[1] = 0;
    int status = b.p ? ar_minimise(share, NULL, &objective) : ARNY_E_MEMORY;
    for (size_t i = 0; i < 2 && !status; i++)
        if (share[i] < 0) { /* an opinion that misleads is not asked, and the other one counts as it does alone */
            b.asked[i] = 0;
            share[i] = 0;
            status = ar_minimise(share, NULL, &objective);
        }
    for (size_t i = 0; i < 2; i++)
        share[i] = share[i] < 0 ? 0 : share[i] > MOST_SHARE ? MOST_SHARE : share[i];
    ar_free(b.p);
    return status;
}
