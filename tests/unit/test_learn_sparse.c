/* Logistic regression on rows of which most is zero: it finds what separates them, and as much as an exact solution says;
 * and of two opinions, the one that knows more counts more. */
#include "check.h"
#include "learn/sparse.h"
#include "util/mem.h"

#include <math.h>
#include <string.h>

static ar_sparse row_of(const uint32_t *places, size_t count, float value)
{
    ar_sparse row = {0};
    assert_status(ar_sparse_reserve(&row, count), ARNY_OK);
    for (size_t i = 0; i < count; i++) {
        row.places[i] = places[i];
        row.values[i] = value;
    }
    row.count = count;
    return row;
}

static void places_of_a_class_speak_for_it(void **state)
{
    static const uint32_t places[6][2] = {{0, 1}, {0, 2}, {3, 4}, {3, 5}, {6, 7}, {6, 1}};
    static const size_t labels[6] = {0, 0, 1, 1, 2, 2};
    ar_classifier c;
    ar_sparse rows[6];
    (void)state;
    assert_status(ar_classifier_new(&c, 3, 8), ARNY_OK);
    for (size_t i = 0; i < 6; i++)
        rows[i] = row_of(places[i], 2, 0.7f);
    assert_status(ar_sparse_fit(&c, rows, labels, 6, 0.01, NULL, NULL), ARNY_OK);
    for (size_t i = 0; i < 6; i++) {
        double p[3] = {0};
        ar_sparse_add(p, &c, &rows[i]);
        ar_softmax(p, 3);
        assert_true(p[labels[i]] > 0.9);
        ar_sparse_free(&rows[i]);
    }
    ar_classifier_free(&c);
}

/* One place, two labels: at the minimum of sum log(1 + exp(-y w)) + strength / 2 (w/2)^2 2, the gradient is nothing. */
static void the_minimum_is_where_the_gradient_is_nothing(void **state)
{
    static const uint32_t place[1] = {0};
    static const size_t labels[4] = {0, 0, 0, 1};
    ar_classifier c;
    ar_sparse rows[4];
    (void)state;
    assert_status(ar_classifier_new(&c, 2, 1), ARNY_OK);
    for (size_t i = 0; i < 4; i++)
        rows[i] = row_of(place, 1, i < 2 ? 1.0f : 0.5f);
    assert_status(ar_sparse_fit(&c, rows, labels, 4, 0.5, NULL, NULL), ARNY_OK);
    double gradient = 0.5 * c.weights[0], of_bias = 0;
    for (size_t i = 0; i < 4; i++) {
        double p[2] = {0};
        ar_sparse_add(p, &c, &rows[i]);
        ar_softmax(p, 2);
        gradient += (p[0] - (labels[i] == 0)) * rows[i].values[0];
        of_bias += p[0] - (labels[i] == 0);
        ar_sparse_free(&rows[i]);
    }
    assert_true(fabs(gradient) < 0.02 && fabs(of_bias) < 0.02);
    ar_classifier_free(&c);
}

static int at_once(void *data)
{
    return ++*(int *)data > 0;
}

static void it_can_be_stopped(void **state)
{
    static const uint32_t place[1] = {0};
    static const size_t labels[2] = {0, 1};
    int asked = 0;
    ar_classifier c;
    ar_sparse rows[2];
    (void)state;
    assert_status(ar_classifier_new(&c, 2, 2), ARNY_OK);
    rows[0] = row_of(place, 1, 1);
    rows[1] = row_of(place, 0, 1);
    assert_status(ar_sparse_fit(&c, rows, labels, 2, 0.1, at_once, &asked), ARNY_E_CANCELLED);
    assert_true(asked > 0 && c.weights[0] == 0);
    ar_sparse_free(&rows[0]);
    ar_sparse_free(&rows[1]);
    ar_classifier_free(&c);
}

#define MANY 400

/* Opinions on MANY examples: right with these chances of a hundred, and always as sure. */
static void opinion(double *logits, size_t *labels, unsigned right, unsigned seed)
{
    uint32_t state = seed;
    for (size_t i = 0; i < MANY; i++) {
        state = state * 1664525u + 1013904223u;
        labels[i] = i % 2;
        size_t says = (state >> 16) % 100 < right ? labels[i] : 1 - labels[i];
        logits[2 * i] = says == 0 ? 1 : -1;
        logits[2 * i + 1] = -logits[2 * i];
    }
}

static void who_knows_more_counts_more(void **state)
{
    static double good[2 * MANY], fair[2 * MANY], wrong[2 * MANY], none[2 * MANY];
    size_t labels[MANY];
    double share[2];
    (void)state;
    opinion(good, labels, 95, 1);
    opinion(fair, labels, 75, 2);
    opinion(wrong, labels, 20, 3);
    assert_status(ar_blend(share, good, fair, labels, MANY, 2), ARNY_OK);
    assert_true(share[0] > share[1] && share[1] > 0.1);
    /* logits of +-1 mean a probability of e^(2 share) / (e^(2 share) + 1): of 95 %, a share of log(19) / 2 */
    assert_true(fabs(share[0] - log(19) / 2) < 0.35 && fabs(share[1] - log(3) / 2) < 0.25);
    assert_status(ar_blend(share, good, none, labels, MANY, 2), ARNY_OK);
    assert_true(fabs(share[0] - log(19) / 2) < 0.35 && share[1] == 0);
    assert_status(ar_blend(share, good, wrong, labels, MANY, 2), ARNY_OK);
    assert_true(share[0] > 1 && share[1] == 0);
    assert_status(ar_blend(share, wrong, fair, labels, MANY, 2), ARNY_OK);
    assert_true(share[0] == 0 && share[1] > 0.3);
    assert_status(ar_blend(share, good, good, labels, MANY, 2), ARNY_OK);
    assert_true(fabs(share[0] + share[1] - log(19) / 2) < 0.35);
}

static void few_examples_change_little(void **state)
{
    static const double first[] = {3, 0, 0, 3}, second[] = {0, 5, 5, 0};
    static const size_t labels[] = {0, 1};
    double share[2];
    (void)state;
    assert_status(ar_blend(share, first, second, labels, 2, 2), ARNY_OK);
    assert_true(share[0] > 0.8 && share[0] < 2 && share[1] == 0);
    assert_status(ar_blend(share, first, second, labels, 0, 2), ARNY_OK);
    assert_true(fabs(share[0] - 1) < 1e-9 && share[1] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_of_a_class_speak_for_it),
        cmocka_unit_test(the_minimum_is_where_the_gradient_is_nothing),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(who_knows_more_counts_more),
        cmocka_unit_test(few_examples_change_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
