/* learn/minimise.c - see minimise.h. */
#include "learn/minimise.h"
#include "util/mem.h"
#include "util/status.h"
#include <float.h>
#include <math.h>
#include <string.h>

#define HISTORY  8    /* pairs of steps and gradient changes that stand for the curvature */
#define DECREASE 1e-4 /* Armijo: the share of the promised decrease that a step must bring */
#define HALVINGS 40

typedef struct search {
    size_t width;
    double *memory; /* all of the below, in a row */
    double *gradient, *direction;
    double *next, *next_gradient;
    double *step[HISTORY], *change[HISTORY];
    double inverse[HISTORY]; /* 1 / (step . change) */
    int pairs, newest;
} search;

static double dot(const double *a, const double *b, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += a[i] * b[i];
    return sum;
}

static double largest(const double *a, size_t width)
{
    double most = 0;
    for (size_t i = 0; i < width; i++)
        most = fabs(a[i]) > most ? fabs(a[i]) : most;
    return most;
}

static int search_init(search *s, size_t width)
{
    memset(s, 0, sizeof *s);
    s->width = width;
    s->memory = ar_calloc(width * (4 + 2 * HISTORY), sizeof *s->memory);
    if (!s->memory)
        return ARNY_E_MEMORY;
    double *at = s->memory;
    s->gradient = at;
    s->direction = at += width;
    s->next = at += width;
    s->next_gradient = at += width;
    for (int i = 0; i < HISTORY; i++) {
        s->step[i] = at += width;
        s->change[i] = at += width;
    }
    return ARNY_OK;
}

/* The direction of descent: minus the inverse curvature, as far as the pairs tell it, times the gradient. */
static void descend(search *s)
{
    double share[HISTORY];
    double *d = s->direction;
    for (size_t i = 0; i < s->width; i++)
        d[i] = -s->gradient[i];
    for (int k = 0; k < s->pairs; k++) {
        int at = (s->newest - k + HISTORY) % HISTORY;
        share[at] = s->inverse[at] * dot(s->step[at], d, s->width);
        for (size_t i = 0; i < s->width; i++)
            d[i] -= share[at] * s->change[at][i];
    }
    if (s->pairs > 0) {
        const double *change = s->change[s->newest];
        double scale = 1 / (s->inverse[s->newest] * dot(change, change, s->width));
        for (size_t i = 0; i < s->width; i++)
            d[i] *= scale;
    }
    for (int k = s->pairs - 1; k >= 0; k--) {
        int at = (s->newest - k + HISTORY) % HISTORY;
        double back = s->inverse[at] * dot(s->change[at], d, s->width);
        for (size_t i = 0; i < s->width; i++)
            d[i] += (share[at] - back) * s->step[at][i];
    }
}

static void remember(search *s, const double *x)
{
    int at = s->pairs == 0 ? 0 : (s->newest + 1) % HISTORY;
    double curvature = 0, square = 0;
    for (size_t i = 0; i < s->width; i++) {
        double change = s->next_gradient[i] - s->gradient[i];
        curvature += (s->next[i] - x[i]) * change;
        square += change * change;
    }
    if (!(curvature > DBL_EPSILON * square)) /* it says nothing; the pair that stands there stays */
        return;
    for (size_t i = 0; i < s->width; i++) {
        s->step[at][i] = s->next[i] - x[i];
        s->change[at][i] = s->next_gradient[i] - s->gradient[i];
    }
    s->inverse[at] = 1 / curvature;
    s->newest = at;
    s->pairs += s->pairs < HISTORY;
}

/* A step along the direction that brings enough. 0 when there is none left: x is as good as numbers can tell. */
static int line_search(search *s, double *value, const double *x, const ar_objective *objective)
{
    double slope = dot(s->gradient, s->direction, s->width);
    double length = s->pairs > 0 ? 1 : 1 / (1 + sqrt(dot(s->gradient, s->gradient, s->width)));
    if (!(slope < 0))
        return 0;
    for (int tries = 0; tries < HALVINGS; tries++) {
        for (size_t i = 0; i < s->width; i++)
            s->next[i] = x[i] + length * s->direction[i];
        double next = objective->value(s->next_gradient, s->next, objective->data);
        if (isfinite(next) && next <= *value + DECREASE * length * slope) {
            *value = next;
            return 1;
        }
        length /= 2;
    }
    return 0;
}

int ar_minimise(double *x, int *steps, const ar_objective *objective)
{
    search s;
    int taken = 0, status = search_init(&s, objective->width);
    if (status)
        return status;
    double value = objective->value(s.gradient, x, objective->data);
    if (!isfinite(value))
        status = ar_fail(ARNY_E_DATA, "what is to be minimised is not a number at its start");
    while (!status && taken < objective->most && largest(s.gradient, s.width) > objective->tolerance) {
        if (objective->stop && objective->stop(objective->data)) {
            status = ar_fail(ARNY_E_CANCELLED, "cancelled");
            break;
        }
        descend(&s);
        if (!line_search(&s, &value, x, objective)) {
            if (s.pairs == 0)
                break;
            s.pairs = 0; /* the curvature was wrong: once more along the gradient */
            continue;
        }
        remember(&s, x);
        memcpy(x, s.next, s.width * sizeof *x);
        memcpy(s.gradient, s.next_gradient, s.width * sizeof *x);
        taken++;
    }
    if (steps)
        *steps = taken;
    ar_free(s.memory);
    return status;
}
