/* learn/gate.c - see gate.h. */
#include "learn/gate.h"
#include "learn/minimise.h"
#include "learn/standard.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <string.h>

#define MOST_STEPS 300
#define TOLERANCE  1e-4
#define LEAST_P    1e-6 /* an opinion that is wrong and certain costs no more than this */

int ar_gate_new(ar_gate *out, size_t width)
{
    *out = (ar_gate){.width = width, .weights = ar_calloc(width, sizeof(float))};
    return out->weights ? ARNY_OK : ARNY_E_MEMORY;
}

void ar_gate_free(ar_gate *gate)
{
    ar_free(gate->weights);
    memset(gate, 0, sizeof *gate);
}

static double logistic(double u)
{
    return 1 / (1 + exp(-u));
}

double ar_gate_share(const ar_gate *gate, const float *row)
{
    double u = gate->bias;
    for (size_t i = 0; i < gate->width; i++)
        u += (double)gate->weights[i] * row[i];
    return logistic(u);
}

typedef struct fitting {
    const ar_gate_examples *examples;
    ar_standard standard;
    double strength;
    int (*stop)(void *data);
    void *data;
} fitting;

static double loss(double *gradient, const double *x, void *data)
{
    const fitting *f = data;
    const ar_gate_examples *e = f->examples;
    size_t width = f->standard.width;
    double sum = 0;
    for (size_t i = 0; i < width; i++) {
        gradient[i] = f->strength * x[i];
        sum += f->strength / 2 * x[i] * x[i];
    }
    gradient[width] = 0;
    for (size_t n = 0; n < e->count; n++) {
        const float *row = f->standard.rows + n * width;
        double u = x[width];
        for (size_t i = 0; i < width; i++)
            u += x[i] * row[i];
        double s = logistic(u), p = s * e->a[n] + (1 - s) * e->b[n] + LEAST_P;
        sum -= log(p);
        double by_u = -(e->a[n] - e->b[n]) / p * s * (1 - s);
        for (size_t i = 0; i < width; i++)
            gradient[i] += by_u * row[i];
        gradient[width] += by_u;
    }
    return sum;
}

static int asked_to_stop(void *data)
{
    const fitting *f = data;
    return f->stop && f->stop(f->data);
}

int ar_gate_fit(ar_gate *gate, const ar_gate_examples *examples, double strength, int (*stop)(void *data), void *data)
{
    fitting f = {.examples = examples, .strength = strength, .stop = stop, .data = data};
    double *x = ar_calloc(gate->width + 1, sizeof *x);
    int status = x ? ar_standardise(&f.standard, examples->rows, examples->count, gate->width) : ARNY_E_MEMORY;
    ar_objective objective = {loss, &f, gate->width + 1, asked_to_stop, TOLERANCE, MOST_STEPS};
    if (!status)
        status = ar_minimise(x, NULL, &objective);
    if (!status) {
        double bias = x[gate->width];
        for (size_t i = 0; i < gate->width; i++) {
            double weight = x[i] / f.standard.spread[i];
            gate->weights[i] = (float)weight;
            bias -= weight * f.standard.mean[i];
        }
        gate->bias = (float)bias;
    }
    ar_standard_free(&f.standard);
    ar_free(x);
    return status;
}
