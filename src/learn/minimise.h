/*
 * learn/minimise.h - the minimum of a smooth function, by L-BFGS (Liu and Nocedal 1989; two-loop recursion as in Nocedal
 * and Wright, Numerical Optimization, algorithm 7.4) with a backtracking line search. Deterministic: the same function
 * and start give the same bits.
 */
#ifndef AR_LEARN_MINIMISE_H
#define AR_LEARN_MINIMISE_H

#include <stddef.h>

typedef struct ar_objective {
    /* The value at x, and its gradient into `gradient`. */
    double (*value)(double *gradient, const double *x, void *data);
    void *data;
    size_t width;            /* of x and of the gradient */
    int (*stop)(void *data); /* asked between steps: non-zero ends with ARNY_E_CANCELLED; NULL */
    double tolerance;        /* ends when the gradient's largest entry is below it */
    int most;                /* steps */
} ar_objective;

/* Moves x to a minimum of a function that is bounded from below. *steps (may be NULL): how many it took. The most steps
 * reached is no failure. ARNY_E_MEMORY; ARNY_E_DATA when the function is not finite at the start. */
int ar_minimise(double *x, int *steps, const ar_objective *objective);

#endif
