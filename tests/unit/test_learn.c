/* The numbers behind a gateway's head: minimising, softmax regression, a gate of two opinions, calibration. */
#include "check.h"
#include "learn/classifier.h"
#include "learn/gate.h"
#include "learn/measures.h"
#include "learn/minimise.h"

#include <math.h>

/* A small generator, so that the examples are the same everywhere. */
static double uniform(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24);
}

/* ---- minimising ------------------------------------------------------------------------------------------------- */

static double rosenbrock(double *gradient, const double *x, void *data)
{
    double a = 1 - x[0], b = x[1] - x[0] * x[0];
    (void)data;
    gradient[0] = -2 * a - 400 * x[0] * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
}

static double stretched(double *gradient, const double *x, void *data)
{
    double sum = 0, scale = 1;
    (void)data;
    for (size_t i = 0; i < 6; i++, scale *= 10) {
        sum += scale * (x[i] - 3) * (x[i] - 3);
        gradient[i] = 2 * scale * (x[i] - 3);
    }
    return sum;
}

static double no_number(double *gradient, const double *x, void *data)
{
    (void)x;
    (void)data;
    gradient[0] = 1;
    return NAN;
}

static void a_minimum_is_found(void **state)
{
    (void)state;
    double x[] = {-1.2, 1}, y[6] = {0};
    int steps;
    ar_objective valley = {rosenbrock, NULL, 2, NULL, 1e-8, 500}, bowl = {stretched, NULL, 6, NULL, 1e-6, 500};
    assert_status(ar_minimise(x, &steps, &valley), ARNY_OK);
    assert_true(fabs(x[0] - 1) < 1e-6 && fabs(x[1] - 1) < 1e-6);
    assert_true(steps > 0 && steps < 100);
    assert_status(ar_minimise(y, NULL, &bowl), ARNY_OK);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(y[i] - 3) < 1e-5);
}

static int always(void *data)
{
    (void)data;
    return 1;
}

static void minimising_ends_when_it_is_told_to(void **state)
{
    (void)state;
    double x[] = {-1.2, 1}, y[] = {0};
    int steps;
    ar_objective three = {rosenbrock, NULL, 2, NULL, 1e-8, 3}, stopped = {rosenbrock, NULL, 2, always, 1e-8, 500};
    ar_objective none = {no_number, NULL, 1, NULL, 1e-8, 500};
    assert_status(ar_minimise(x, &steps, &three), ARNY_OK);
    assert_int_equal(steps, 3);
    assert_status(ar_minimise(x, NULL, &stopped), ARNY_E_CANCELLED);
    assert_status(ar_minimise(y, NULL, &none), ARNY_E_DATA);
}

/* ---- softmax regression ----------------------------------------------------------------------------------------- */

#define COUNT   300
#define WIDTH   4
#define CLASSES 3

typedef struct cloud {
    float numbers[COUNT][WIDTH];
    const float *rows[COUNT];
    size_t labels[COUNT];
} cloud;

/* Three clouds that overlap a little; the third feature says nothing, the fourth never moves. */
static void make_cloud(cloud *c)
{
    static const double middle[CLASSES][2] = {{0, 0}, {4, 0}, {0, 4}};
    unsigned random = 1;
    for (size_t i = 0; i < COUNT; i++) {
        size_t label = i % CLASSES;
        for (size_t d = 0; d < 2; d++)
            c->numbers[i][d] = (float)(middle[label][d] + 2 * (uniform(&random) + uniform(&random) - 1));
        c->numbers[i][2] = (float)uniform(&random);
        c->numbers[i][3] = 7;
        c->rows[i] = c->numbers[i];
        c->labels[i] = label;
    }
}

static double weight_of(const ar_classifier *fit)
{
    double sum = 0;
    for (size_t i = 0; i < fit->width * fit->classes; i++)
        sum += (double)fit->weights[i] * fit->weights[i];
    return sum;
}

static void classes_are_told_apart(void **state)
{
    static cloud c;
    ar_classifier fit;
    size_t right = 0;
    double frequency[CLASSES] = {0};
    (void)state;
    make_cloud(&c);
    ar_examples examples = {c.rows, c.labels, NULL, COUNT};
    assert_status(ar_classifier_new(&fit, CLASSES, WIDTH), ARNY_OK);
    assert_status(ar_classifier_fit(&fit, &examples, 1, NULL, NULL), ARNY_OK);
    for (size_t i = 0; i < COUNT; i++) {
        double p[CLASSES];
        ar_classifier_logits(p, &fit, c.rows[i]);
        ar_softmax(p, CLASSES);
        assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-12);
        right += p[c.labels[i]] > 0.5;
        for (size_t k = 0; k < CLASSES; k++)
            frequency[k] += p[k] / COUNT;
    }
    assert_true(right > COUNT * 85 / 100);
    for (size_t k = 0; k < CLASSES; k++) /* the bias is not regularised: at the minimum the means agree */
        assert_true(fabs(frequency[k] - 1.0 / CLASSES) < 1e-3);
    double free_weight = weight_of(&fit);
    assert_status(ar_classifier_fit(&fit, &examples, 100, NULL, NULL), ARNY_OK);
    assert_true(weight_of(&fit) < free_weight / 2);
    assert_status(ar_classifier_fit(&fit, &examples, 1, always, NULL), ARNY_E_CANCELLED);
    ar_classifier_free(&fit);
}

static void a_weight_counts_as_so_many_examples(void **state)
{
    static const float numbers[] = {0, 1, 2, 3, 3};
    static const float *const rows[] = {numbers, numbers + 1, numbers + 2, numbers + 3, numbers + 4};
    static const size_t labels[] = {0, 1, 0, 1, 1};
    static const double weights[] = {1, 1, 1, 2};
    ar_classifier one, two;
    double a[2], b[2];
    (void)state;
    assert_status(ar_classifier_new(&one, 2, 1), ARNY_OK);
    assert_status(ar_classifier_new(&two, 2, 1), ARNY_OK);
    ar_examples twice = {rows, labels, NULL, 5}, weighed = {rows, labels, weights, 4};
    assert_status(ar_classifier_fit(&one, &twice, 1e-9, NULL, NULL), ARNY_OK);
    assert_status(ar_classifier_fit(&two, &weighed, 1e-9, NULL, NULL), ARNY_OK);
    ar_classifier_logits(a, &one, rows[2]);
    ar_classifier_logits(b, &two, rows[2]);
    assert_true(fabs((a[1] - a[0]) - (b[1] - b[0])) < 1e-2);
    ar_classifier_free(&one);
    ar_classifier_free(&two);
}

static void a_temperature_is_found_again(void **state)
{
    enum { MANY = 20000 };
    static double logits[MANY * 2];
    static size_t labels[MANY];
    unsigned random = 5;
    (void)state;
    for (size_t i = 0; i < MANY; i++) { /* labels fall as these logits say; what is shown is three times as sure */
        double u = 4 * uniform(&random) - 2;
        labels[i] = uniform(&random) < 1 / (1 + exp(-u));
        logits[2 * i] = 0;
        logits[2 * i + 1] = 3 * u;
    }
    assert_true(fabs(ar_temperature(logits, labels, MANY, 2) - 3) < 0.2);
    assert_true(ar_temperature(NULL, NULL, 0, 2) == 1);
}

static void large_logits_stay_numbers(void **state)
{
    double p[] = {1e4, -1e4, 0};
    (void)state;
    assert_true(fabs(ar_cross_entropy(p, 3, 1, 1) - 2e4) < 1e-6);
    ar_softmax(p, 3);
    assert_true(p[0] == 1 && p[1] == 0 && p[2] == 0);
}

/* ---- a gate ----------------------------------------------------------------------------------------------------- */

static void a_gate_learns_whom_to_believe(void **state)
{
    static float numbers[COUNT][2];
    static const float *rows[COUNT];
    static double a[COUNT], b[COUNT];
    unsigned random = 3;
    ar_gate gate;
    (void)state;
    for (size_t i = 0; i < COUNT; i++) { /* the first is right where the first number is above a half */
        numbers[i][0] = (float)uniform(&random);
        numbers[i][1] = (float)uniform(&random);
        rows[i] = numbers[i];
        a[i] = numbers[i][0] > 0.5F ? 0.9 : 0.1;
        b[i] = 1 - a[i];
    }
    ar_gate_examples examples = {rows, a, b, COUNT};
    assert_status(ar_gate_new(&gate, 2), ARNY_OK);
    assert_status(ar_gate_fit(&gate, &examples, 0.1, NULL, NULL), ARNY_OK);
    assert_true(ar_gate_share(&gate, (const float[]){0.9F, 0.5F}) > 0.9);
    assert_true(ar_gate_share(&gate, (const float[]){0.1F, 0.5F}) < 0.1);
    assert_status(ar_gate_fit(&gate, &examples, 0.1, always, NULL), ARNY_E_CANCELLED);
    ar_gate_free(&gate);
}

/* ---- calibration ------------------------------------------------------------------------------------------------ */

static void the_calibration_error_is_the_mean_gap_of_bins(void **state)
{
    ar_outcome outcomes[] = {{0.9, 1}, {0.6, 0}, {0.8, 1}, {0.7, 1}};
    ar_bin bins[2];
    double low, high;
    (void)state;
    /* 0.6 and 0.7 were right once in two, 0.8 and 0.9 twice: gaps of 0.15 and 0.15 */
    assert_true(fabs(ar_calibration_error(bins, outcomes, 4, 2) - 0.15) < 1e-12);
    assert_int_equal(bins[0].count, 2);
    assert_true(fabs(bins[0].confidence - 0.65) < 1e-12 && fabs(bins[0].accuracy - 0.5) < 1e-12);
    assert_status(ar_calibration_interval(&low, &high, outcomes, 4, 2), ARNY_OK);
    assert_true(low >= 0 && low <= high && high <= 1);
    assert_true(ar_calibration_error(bins, outcomes, 0, 2) == 0);
    assert_int_equal(bins[1].count, 0);
    assert_true(fabs(ar_calibration_error(NULL, outcomes, 1, 15) - 0.6) < 1e-12);
}

static void a_share_has_wilsons_interval(void **state)
{
    double low, high;
    (void)state;
    ar_share_interval(&low, &high, 0, 10);
    assert_true(fabs(low) < 1e-9 && fabs(high - 0.2775) < 1e-3);
    ar_share_interval(&low, &high, 5, 10);
    assert_true(fabs(low - 0.2366) < 1e-3 && fabs(high - 0.7634) < 1e-3);
    ar_share_interval(&low, &high, 0, 0);
    assert_true(low == 0 && high == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minimum_is_found),
        cmocka_unit_test(minimising_ends_when_it_is_told_to),
        cmocka_unit_test(classes_are_told_apart),
        cmocka_unit_test(a_weight_counts_as_so_many_examples),
        cmocka_unit_test(a_temperature_is_found_again),
        cmocka_unit_test(large_logits_stay_numbers),
        cmocka_unit_test(a_gate_learns_whom_to_believe),
        cmocka_unit_test(the_calibration_error_is_the_mean_gap_of_bins),
        cmocka_unit_test(a_share_has_wilsons_interval),
    };
    return RUN(tests);
}
