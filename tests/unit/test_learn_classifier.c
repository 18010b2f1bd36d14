/* What is learned from examples is what lies in them: classes, when to believe which opinion, how sure one may be. And
 * what is said about it is right: calibration, shares, and their intervals. */
#include "check.h"
#include "learn/classifier.h"
#include "learn/gate.h"
#include "learn/measures.h"
#include "learn/standard.h"
#include "util/fault.h"

#include <math.h>

/* ---- chance ----------------------------------------------------------------------------------------------------- */

static uint64_t seed;

/* 0 to 1 */
static double chance(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    double length = sqrt(-2 * log(chance()));
    return length * cos(6.283185307179586 * chance());
}

static size_t draw(const double *p, size_t count)
{
    double at = chance();
    size_t i = 0;
    while (i + 1 < count && at >= p[i])
        at -= p[i++];
    return i;
}

/* ---- examples --------------------------------------------------------------------------------------------------- */

#define MOST_WIDTH   4
#define MOST_CLASSES 4
#define MOST_ROWS    4000

static float numbers[MOST_ROWS][MOST_WIDTH];
static const float *rows[MOST_ROWS];
static size_t labels[MOST_ROWS];
static double weights[MOST_ROWS];

/* Rows around the centre of their class, which lie `apart`. */
static ar_examples clouds(size_t count, size_t classes, size_t width, double apart)
{
    seed = 1;
    for (size_t n = 0; n < count; n++) {
        labels[n] = n % (classes + 1) % classes; /* the first one is twice as frequent */
        for (size_t i = 0; i < width; i++)
            numbers[n][i] = (float)((i == labels[n] ? apart : 0) + normal());
        rows[n] = numbers[n];
        weights[n] = 0.25 + 2 * chance();
    }
    return (ar_examples){rows, labels, NULL, count};
}

static ar_classifier fitted(const ar_examples *examples, size_t classes, size_t width, double strength)
{
    ar_classifier c;
    assert_status(ar_classifier_new(&c, classes, width), ARNY_OK);
    assert_status(ar_classifier_fit(&c, examples, strength, NULL, NULL), ARNY_OK);
    return c;
}

static void probabilities(double *p, const ar_classifier *classifier, const float *row)
{
    ar_classifier_logits(p, classifier, row);
    ar_softmax(p, classifier->classes);
}

#define assert_near(got, wanted, within) test_assert_near((got), (wanted), (within), #got, __FILE__, __LINE__)

static void test_assert_near(double got, double wanted, double within, const char *what, const char *file, int line)
{
    if (fabs(got - wanted) <= within)
        return;
    print_error("%s is %.9g, not %.9g\n", what, got, wanted);
    _fail(file, line);
}

/* ---- standard features ------------------------------------------------------------------------------------------ */

static void features_get_mean_0_and_variance_1(void **state)
{
    const float a[] = {1, 7, -100}, b[] = {3, 7, 100}, c[] = {5, 7, 100}, d[] = {7, 7, -100};
    const float *const four[] = {a, b, c, d};
    ar_standard s;
    (void)state;
    assert_status(ar_standardise(&s, four, 4, 3), ARNY_OK);
    assert_near(s.mean[0], 4, 1e-12);
    assert_near(s.spread[0], sqrt(5), 1e-12);
    assert_near(s.rows[0], -3 / sqrt(5), 1e-6);
    assert_near(s.rows[9], 3 / sqrt(5), 1e-6);
    assert_true(s.mean[1] == 7 && s.spread[1] == 1 && s.rows[1] == 0); /* it does not move */
    assert_true(s.mean[2] == 0 && s.spread[2] == 100 && s.rows[2] == -1 && s.rows[5] == 1);
    ar_standard_free(&s);
    ar_standard_free(&s);
}

static void no_rows_have_a_standard_too(void **state)
{
    ar_standard s;
    (void)state;
    assert_status(ar_standardise(&s, NULL, 0, 2), ARNY_OK);
    assert_true(s.mean[1] == 0 && s.spread[1] == 1);
    ar_standard_free(&s);
}

/* ---- logits and probabilities ----------------------------------------------------------------------------------- */

static void logits_are_weights_times_features_plus_bias(void **state)
{
    const float row[] = {10, 100};
    double logits[3];
    ar_classifier c;
    (void)state;
    assert_status(ar_classifier_new(&c, 3, 2), ARNY_OK);
    ar_classifier_logits(logits, &c, row);
    assert_true(logits[0] == 0 && logits[1] == 0 && logits[2] == 0);
    memcpy(c.weights, (const float[]){1, 2, 3, 4, 5, 6}, 6 * sizeof(float));
    memcpy(c.bias, (const float[]){0.5f, 0.25f, -1}, 3 * sizeof(float));
    ar_classifier_logits(logits, &c, row);
    assert_true(logits[0] == 410.5 && logits[1] == 520.25 && logits[2] == 629);
    ar_classifier_cool(&c, 4);
    ar_classifier_logits(logits, &c, row);
    assert_true(logits[0] == 102.625 && logits[1] == 130.0625 && logits[2] == 157.25);
    ar_classifier_free(&c);
    ar_classifier_free(&c);
    assert_null(c.weights);
}

static void probabilities_add_up_however_large_the_logits(void **state)
{
    double three[] = {log(1), log(2), log(5)}, large[] = {-1e6, 1e6, 1e6 - log(3)}, huge[] = {1e308, -1e308, 1e308},
           one[] = {-1e300};
    (void)state;
    ar_softmax(three, 3);
    assert_near(three[0], 0.125, 1e-12);
    assert_near(three[1], 0.25, 1e-12);
    assert_near(three[2], 0.625, 1e-12);
    ar_softmax(large, 3);
    assert_true(large[0] == 0);
    assert_near(large[1], 0.75, 1e-9);
    assert_near(large[2], 0.25, 1e-9);
    ar_softmax(huge, 3);
    assert_true(huge[0] == 0.5 && huge[1] == 0 && huge[2] == 0.5);
    ar_softmax(one, 1);
    assert_true(one[0] == 1);
}

static void cross_entropy_is_what_the_label_costs(void **state)
{
    const double logits[] = {log(1), log(2), log(5)}, large[] = {-1e6, 1e6};
    (void)state;
    assert_near(ar_cross_entropy(logits, 3, 0, 1), log(8), 1e-12);
    assert_near(ar_cross_entropy(logits, 3, 2, 1), log(8.0 / 5), 1e-12);
    assert_near(ar_cross_entropy(logits, 3, 1, 0.5), log(30.0 / 4), 1e-12);
    assert_near(ar_cross_entropy(logits, 3, 1, 1e9), log(3), 1e-6);
    assert_near(ar_cross_entropy(large, 2, 0, 1), 2e6, 1e-6);
    assert_near(ar_cross_entropy(large, 2, 1, 1), 0, 1e-12);
    assert_near(ar_cross_entropy(large, 2, 0, 4), 5e5, 1e-6);
}

/* ---- classes ---------------------------------------------------------------------------------------------------- */

static void classes_that_lie_apart_are_told_apart(void **state)
{
    double p[3];
    (void)state;
    ar_examples e = clouds(400, 3, 3, 12);
    ar_classifier c = fitted(&e, 3, 3, 0.1);
    for (size_t n = 0; n < e.count; n++) {
        probabilities(p, &c, rows[n]);
        assert_true(p[labels[n]] > 0.9);
    }
    ar_classifier_free(&c);
}

/* Two normal distributions with variance 1 at -1 and 1: the odds of the second are exp(2 x). */
static void classes_that_overlap_get_the_odds_that_they_have(void **state)
{
    ar_classifier c;
    (void)state;
    seed = 7;
    for (size_t n = 0; n < MOST_ROWS; n++) {
        labels[n] = n % 2;
        numbers[n][0] = (float)(normal() + (labels[n] ? 1 : -1));
        rows[n] = numbers[n];
    }
    ar_examples e = {rows, labels, NULL, MOST_ROWS};
    c = fitted(&e, 2, 1, 1e-3);
    assert_near(c.weights[1] - c.weights[0], 2, 0.15);
    assert_near(c.bias[1] - c.bias[0], 0, 0.1);
    assert_near(c.weights[1] + c.weights[0], 0, 1e-3); /* regularised: neither class is preferred */
    ar_classifier_free(&c);
}

static void each_class_gets_its_share_on_average(void **state)
{
    (void)state;
    for (double strength = 0.1; strength < 2e5; strength *= 100) {
        ar_examples e = clouds(500, 4, 3, 1.5);
        ar_classifier c = fitted(&e, 4, 3, strength);
        double sums[4] = {0}, counts[4] = {0};
        for (size_t n = 0; n < e.count; n++) {
            double p[4];
            probabilities(p, &c, rows[n]);
            counts[labels[n]]++;
            for (size_t i = 0; i < 4; i++)
                sums[i] += p[i];
        }
        for (size_t i = 0; i < 4; i++)
            assert_near(sums[i], counts[i], 0.01);
        assert_near(counts[0], 200, 0);
        ar_classifier_free(&c);
    }
}

/* At the minimum, strength times a weight is what the examples pull at it; the features are standardised there. */
static void assert_balanced(const ar_classifier *c, const ar_examples *e, double strength)
{
    ar_standard s;
    double p[MOST_CLASSES], pull[MOST_WIDTH][MOST_CLASSES] = {{0}};
    assert_status(ar_standardise(&s, e->rows, e->count, c->width), ARNY_OK);
    for (size_t n = 0; n < e->count; n++) {
        probabilities(p, c, e->rows[n]);
        for (size_t i = 0; i < c->width; i++)
            for (size_t k = 0; k < c->classes; k++)
                pull[i][k] +=
                    (e->weights ? e->weights[n] : 1) * ((k == e->labels[n]) - p[k]) * s.rows[n * c->width + i];
    }
    for (size_t i = 0; i < c->width; i++)
        for (size_t k = 0; k < c->classes; k++)
            assert_near(pull[i][k], strength * c->weights[i * c->classes + k] * s.spread[i], 0.01);
    ar_standard_free(&s);
}

static void a_fit_ends_where_nothing_pulls_any_more(void **state)
{
    (void)state;
    for (double strength = 0.01; strength < 2e4; strength *= 10) {
        ar_examples e = clouds(300, 3, 4, 1);
        for (size_t n = 0; n < e.count; n++)
            numbers[n][2] = 1000 * numbers[n][2] - 5000; /* in units of its own */
        for (int weighted = 0; weighted < 2; weighted++) {
            e.weights = weighted ? weights : NULL;
            ar_classifier c = fitted(&e, 3, 4, strength);
            assert_balanced(&c, &e, strength);
            ar_classifier_free(&c);
        }
    }
}

static void weights_shrink_as_strength_grows(void **state)
{
    double before = 1e9, p[3];
    (void)state;
    ar_examples e = clouds(400, 3, 3, 2);
    for (double strength = 1e-3; strength < 2e9; strength *= 10) {
        ar_classifier c = fitted(&e, 3, 3, strength);
        double square = 0;
        for (size_t i = 0; i < 9; i++)
            square += (double)c.weights[i] * c.weights[i];
        assert_true(square < before);
        before = square;
        probabilities(p, &c, rows[0]);
        ar_classifier_free(&c);
    }
    assert_near(p[0], 0.5, 1e-3); /* nothing but how frequent they are */
    assert_near(p[1], 0.25, 1e-3);
}

static void a_feature_that_does_not_move_changes_nothing(void **state)
{
    static const float constants[] = {0, 1, -3, 1000};
    double p[3], q[3];
    (void)state;
    ar_examples e = clouds(300, 3, 3, 1);
    ar_classifier without = fitted(&e, 3, 3, 0.5);
    for (size_t k = 0; k < 4; k++) {
        for (size_t n = 0; n < e.count; n++)
            numbers[n][3] = constants[k];
        ar_classifier with = fitted(&e, 3, 4, 0.5);
        for (size_t n = 0; n < e.count; n++) {
            probabilities(p, &without, rows[n]);
            probabilities(q, &with, rows[n]);
            for (size_t i = 0; i < 3; i++)
                assert_near(q[i], p[i], 1e-4);
        }
        ar_classifier_free(&with);
    }
    ar_classifier_free(&without);
}

/* Without regularisation, for its unit is the spread of the rows, which weights leave alone. */
static void an_example_of_weight_3_counts_like_three_and_one_of_0_like_none(void **state)
{
    enum { COUNT = 60 };
    double counts[COUNT], p[2], q[2];
    size_t more = 0;
    (void)state;
    ar_examples e = clouds(COUNT, 2, 2, 1);
    for (size_t n = 0; n < COUNT; n++)
        counts[n] = (double)(n % 3 == 0 ? 0 : n % 3 == 1 ? 1 : 3);
    e.weights = counts;
    ar_classifier weighted = fitted(&e, 2, 2, 0);
    for (size_t n = 0; n < COUNT; n++)
        for (double i = 0; i < counts[n]; i++, more++) {
            rows[COUNT + more] = rows[n];
            labels[COUNT + more] = labels[n];
        }
    ar_examples repeated = {rows + COUNT, labels + COUNT, NULL, more};
    ar_classifier copied = fitted(&repeated, 2, 2, 0);
    for (size_t n = 0; n < COUNT; n++) {
        probabilities(p, &weighted, rows[n]);
        probabilities(q, &copied, rows[n]);
        assert_near(p[0], q[0], 1e-3);
    }
    ar_classifier_free(&weighted);
    ar_classifier_free(&copied);
}

static void a_class_without_examples_is_never_expected(void **state)
{
    double p[4];
    (void)state;
    ar_examples e = clouds(300, 3, 3, 1);
    ar_classifier c = fitted(&e, 4, 3, 1);
    for (size_t n = 0; n < e.count; n++) {
        probabilities(p, &c, rows[n]);
        assert_true(p[3] < 0.001);
    }
    ar_classifier_free(&c);
}

static void classes_that_lie_apart_give_numbers_without_regularisation_too(void **state)
{
    double p[2];
    (void)state;
    ar_examples e = clouds(50, 2, 2, 50);
    ar_classifier c = fitted(&e, 2, 2, 0);
    for (size_t n = 0; n < e.count; n++) {
        probabilities(p, &c, rows[n]);
        assert_true(p[labels[n]] > 0.99);
    }
    ar_classifier_free(&c);
}

static void no_examples_teach_nothing(void **state)
{
    ar_examples e = {rows, labels, NULL, 0};
    (void)state;
    ar_classifier c = fitted(&e, 2, 2, 1);
    for (size_t i = 0; i < 4; i++)
        assert_true(c.weights[i] == 0);
    assert_true(c.bias[0] == 0 && c.bias[1] == 0);
    ar_classifier_free(&c);
}

static int count_down(void *data)
{
    return (*(int *)data)-- <= 0;
}

static void a_fit_begins_where_the_classifier_stands(void **state)
{
    int left = 3;
    float before[9];
    ar_classifier zeros;
    (void)state;
    ar_examples e = clouds(300, 3, 3, 1);
    ar_classifier c = fitted(&e, 3, 3, 1);
    memcpy(before, c.weights, sizeof before);
    assert_status(ar_classifier_fit(&c, &e, 1, count_down, &left), ARNY_OK); /* it was there, but for rounding */
    for (size_t i = 0; i < 9; i++)
        assert_near(c.weights[i], before[i], 1e-3);
    assert_status(ar_classifier_new(&zeros, 3, 3), ARNY_OK);
    left = 3;
    assert_status(ar_classifier_fit(&zeros, &e, 1, count_down, &left), ARNY_E_CANCELLED); /* others go further */
    ar_classifier_free(&zeros);
    ar_classifier_free(&c);
}

static void a_fit_that_is_cancelled_leaves_the_classifier_as_it_was(void **state)
{
    (void)state;
    ar_examples e = clouds(300, 3, 3, 1);
    ar_classifier c = fitted(&e, 3, 3, 100);
    float before[9], bias[3];
    memcpy(before, c.weights, sizeof before);
    memcpy(bias, c.bias, sizeof bias);
    for (int after = 0; after < 4; after++) {
        int left = after;
        assert_status(ar_classifier_fit(&c, &e, 0.01, count_down, &left), ARNY_E_CANCELLED);
        assert_error_has("cancelled");
        assert_memory_equal(c.weights, before, sizeof before);
        assert_memory_equal(c.bias, bias, sizeof bias);
    }
    ar_classifier_free(&c);
}

static void the_same_examples_give_the_same_bits(void **state)
{
    (void)state;
    ar_examples e = clouds(300, 3, 3, 1);
    ar_classifier one = fitted(&e, 3, 3, 0.3), other = fitted(&e, 3, 3, 0.3);
    assert_memory_equal(one.weights, other.weights, 9 * sizeof(float));
    assert_memory_equal(one.bias, other.bias, 3 * sizeof(float));
    ar_classifier_free(&one);
    ar_classifier_free(&other);
}

/* ---- temperature ------------------------------------------------------------------------------------------------ */

static double logits[MOST_ROWS][3];

/* Logits that are `times` as large as those that the labels were drawn from. */
static void draw_labels(double times)
{
    seed = 11;
    for (size_t n = 0; n < MOST_ROWS; n++) {
        double p[3];
        for (size_t i = 0; i < 3; i++)
            p[i] = logits[n][i] = 2 * normal();
        ar_softmax(p, 3);
        labels[n] = draw(p, 3);
        for (size_t i = 0; i < 3; i++)
            logits[n][i] *= times;
    }
}

static void the_temperature_is_what_the_logits_are_too_large_by(void **state)
{
    static const double times[] = {0.2, 0.5, 1, 1.7, 6};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        draw_labels(times[i]);
        assert_near(ar_temperature(logits[0], labels, MOST_ROWS, 3) / times[i], 1, 0.05);
    }
}

static void no_other_temperature_predicts_better(void **state)
{
    double best = 0, other[2] = {0};
    (void)state;
    draw_labels(2.5);
    double temperature = ar_temperature(logits[0], labels, 300, 3);
    for (size_t n = 0; n < 300; n++) {
        best += ar_cross_entropy(logits[n], 3, labels[n], temperature);
        other[0] += ar_cross_entropy(logits[n], 3, labels[n], temperature * 1.01);
        other[1] += ar_cross_entropy(logits[n], 3, labels[n], temperature / 1.01);
    }
    assert_true(best < other[0] && best < other[1]);
}

static void the_temperature_stays_between_a_twentieth_and_twenty(void **state)
{
    (void)state;
    draw_labels(1);
    for (size_t n = 0; n < MOST_ROWS; n++)
        labels[n] = logits[n][0] > logits[n][1] ? (logits[n][0] > logits[n][2] ? 0 : 2)
                                                : (logits[n][1] > logits[n][2] ? 1 : 2); /* always right */
    assert_near(ar_temperature(logits[0], labels, 100, 3), 0.05, 0.001);
    for (size_t n = 0; n < MOST_ROWS; n++)
        labels[n] = (labels[n] + 1) % 3; /* always wrong */
    assert_near(ar_temperature(logits[0], labels, 100, 3), 20, 0.01);
    assert_true(ar_temperature(logits[0], labels, 0, 3) == 1);
}

/* ---- the gate --------------------------------------------------------------------------------------------------- */

static double a[MOST_ROWS], b[MOST_ROWS];

static ar_gate fitted_gate(size_t count, size_t width, double strength)
{
    ar_gate gate;
    ar_gate_examples e = {rows, a, b, count};
    assert_status(ar_gate_new(&gate, width), ARNY_OK);
    assert_status(ar_gate_fit(&gate, &e, strength, NULL, NULL), ARNY_OK);
    return gate;
}

/* One of the two opinions is right: the first one with the share 1 / (1 + exp(-(slope x + start))). */
static void draw_opinions(size_t count, double slope, double start)
{
    seed = 5;
    for (size_t n = 0; n < count; n++) {
        numbers[n][0] = (float)(10 + 3 * normal());
        numbers[n][1] = (float)normal();
        rows[n] = numbers[n];
        a[n] = chance() < 1 / (1 + exp(-(slope * numbers[n][0] + start)));
        b[n] = 1 - a[n];
    }
}

static void the_share_is_the_logistic_function_of_the_features(void **state)
{
    const float row[] = {10, 100};
    ar_gate gate;
    (void)state;
    assert_status(ar_gate_new(&gate, 2), ARNY_OK);
    assert_true(ar_gate_share(&gate, row) == 0.5);
    gate.weights[0] = 0.5f;
    gate.weights[1] = -0.06f;
    gate.bias = 2;
    assert_near(ar_gate_share(&gate, row), 1 / (1 + exp(-1)), 1e-6);
    gate.weights[1] = 1e30f;
    assert_true(ar_gate_share(&gate, row) == 1);
    gate.weights[1] = -1e30f;
    assert_true(ar_gate_share(&gate, row) == 0);
    ar_gate_free(&gate);
    ar_gate_free(&gate);
    assert_null(gate.weights);
}

static void a_gate_learns_when_to_believe_which_opinion(void **state)
{
    (void)state;
    draw_opinions(MOST_ROWS, 0.8, -6);
    ar_gate gate = fitted_gate(MOST_ROWS, 2, 1e-3);
    assert_near(gate.weights[0], 0.8, 0.08);
    assert_near(gate.weights[1], 0, 0.1);
    assert_near(gate.bias, -6, 0.6);
    ar_gate_free(&gate);
}

static void a_gate_without_a_clue_learns_how_often_the_first_is_right(void **state)
{
    (void)state;
    for (size_t n = 0; n < 1000; n++) {
        numbers[n][0] = 5;
        rows[n] = numbers[n];
        a[n] = n % 10 < 7;
        b[n] = 1 - a[n];
    }
    ar_gate gate = fitted_gate(1000, 1, 0.1);
    assert_near(ar_gate_share(&gate, rows[0]), 0.7, 1e-3);
    ar_gate_free(&gate);
}

static void opinions_that_agree_move_no_gate(void **state)
{
    (void)state;
    draw_opinions(100, 1, 0);
    for (size_t n = 0; n < 100; n++)
        b[n] = a[n] = n % 2 ? 0.9 : 0; /* both may be wrong and certain of it */
    ar_gate gate = fitted_gate(100, 2, 0.1);
    assert_true(gate.weights[0] == 0 && gate.weights[1] == 0 && gate.bias == 0);
    ar_gate_free(&gate);
}

static void a_strong_regularisation_leaves_one_share_for_all(void **state)
{
    size_t right = 0;
    (void)state;
    draw_opinions(1000, 0.8, -8);
    for (size_t n = 0; n < 1000; n++)
        right += a[n] > 0;
    ar_gate gate = fitted_gate(1000, 2, 1e9);
    for (size_t n = 0; n < 1000; n++)
        assert_near(ar_gate_share(&gate, rows[n]), (double)right / 1000, 1e-3);
    ar_gate_free(&gate);
}

static void a_gate_that_is_cancelled_stays_as_it_was(void **state)
{
    int left = 2;
    (void)state;
    draw_opinions(200, 0.8, -8);
    ar_gate gate = fitted_gate(200, 2, 1), before = gate;
    float kept[2];
    ar_gate_examples e = {rows, a, b, 200};
    memcpy(kept, gate.weights, sizeof kept);
    assert_status(ar_gate_fit(&gate, &e, 1e-3, count_down, &left), ARNY_E_CANCELLED);
    assert_memory_equal(gate.weights, kept, sizeof kept);
    assert_true(gate.bias == before.bias);
    ar_gate again = fitted_gate(200, 2, 1);
    assert_memory_equal(again.weights, kept, sizeof kept); /* and the same examples give the same bits */
    assert_true(again.bias == before.bias);
    ar_gate_free(&again);
    ar_gate_free(&gate);
}

/* ---- calibration ------------------------------------------------------------------------------------------------ */

static void calibration_is_measured_in_bins_of_equal_mass(void **state)
{
    ar_outcome o[] = {{0.9, 1}, {0.6, 1}, {0.8, 1}, {0.7, 0}};
    ar_bin bins[8];
    (void)state;
    assert_near(ar_calibration_error(bins, o, 4, 1), 0, 1e-12);
    assert_int_equal(bins[0].count, 4);
    assert_near(bins[0].confidence, 0.75, 1e-12);
    assert_near(bins[0].accuracy, 0.75, 1e-12);

    assert_near(ar_calibration_error(bins, o, 4, 2), 0.15, 1e-12);
    assert_near(bins[0].confidence, 0.65, 1e-12);
    assert_near(bins[0].accuracy, 0.5, 1e-12);
    assert_near(bins[1].confidence, 0.85, 1e-12);
    assert_near(bins[1].accuracy, 1, 1e-12);
    assert_true(o[0].confidence == 0.6 && o[1].confidence == 0.7 && o[3].confidence == 0.9); /* sorted now */

    assert_near(ar_calibration_error(NULL, o, 4, 4), (0.4 + 0.7 + 0.2 + 0.1) / 4, 1e-12);
}

static void bins_take_what_is_there(void **state)
{
    ar_outcome o[] = {{0.5, 0}, {0.5, 1}, {0.5, 1}, {0.9, 1}, {1, 1}};
    ar_bin bins[12];
    (void)state;
    assert_near(ar_calibration_error(bins, o, 5, 2), 0.4 * 0 + 0.6 * 0.2, 1e-12); /* two, then three */
    assert_int_equal(bins[0].count, 2);
    assert_int_equal(bins[1].count, 3);
    assert_near(bins[1].confidence, 0.8, 1e-12);
    assert_near(bins[1].accuracy, 1, 1e-12);

    /* More bins than outcomes: each outcome has one, the others are empty. */
    size_t full = 0;
    assert_near(ar_calibration_error(bins, o, 5, 12), (0.5 + 0.5 + 0.5 + 0.1 + 0) / 5, 1e-12);
    for (size_t i = 0; i < 12; i++) {
        assert_true(bins[i].count <= 1);
        full += bins[i].count;
        assert_true(bins[i].count > 0 || (bins[i].confidence == 0 && bins[i].accuracy == 0));
    }
    assert_int_equal(full, 5);
}

static void no_outcomes_have_no_error(void **state)
{
    ar_bin bins[3] = {{9, 9, 9}, {9, 9, 9}, {9, 9, 9}};
    double low = 5, high = 5;
    (void)state;
    assert_true(ar_calibration_error(bins, NULL, 0, 3) == 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(bins[i].count == 0 && bins[i].confidence == 0 && bins[i].accuracy == 0);
    assert_status(ar_calibration_interval(&low, &high, NULL, 0, 3), ARNY_OK);
    assert_true(low == 0 && high == 0);
}

static ar_outcome outcomes[1000];

/* Right as often as `sure` makes of the confidence. */
static void draw_outcomes(size_t count, double sure)
{
    seed = 3;
    for (size_t n = 0; n < count; n++) {
        outcomes[n].confidence = 0.5 + 0.5 * chance();
        outcomes[n].right = chance() < outcomes[n].confidence * sure;
    }
}

static void the_interval_holds_the_error_of_who_is_too_sure(void **state)
{
    static ar_outcome before[1000];
    double low, high, again[2];
    (void)state;
    draw_outcomes(1000, 0.7);
    memcpy(before, outcomes, sizeof before);
    assert_status(ar_calibration_interval(&low, &high, outcomes, 1000, 10), ARNY_OK);
    assert_memory_equal(outcomes, before, sizeof before);
    double error = ar_calibration_error(NULL, outcomes, 1000, 10);
    assert_near(error, 0.3 * 0.75, 0.03);
    assert_true(low < error && error < high);
    assert_near(high - low, 2 * 1.96 * sqrt(0.52 * 0.48 / 1000), 0.01); /* as wide as that of the accuracy */
    assert_status(ar_calibration_interval(&again[0], &again[1], before, 1000, 10), ARNY_OK);
    assert_true(again[0] == low && again[1] == high); /* the seed is fixed */
}

/* Chance alone: 0.8 times the mean deviation of one outcome times sqrt(bins / count). */
static void the_interval_of_who_is_honest_lies_above_0(void **state)
{
    double low, high;
    (void)state;
    draw_outcomes(1000, 1);
    assert_near(ar_calibration_error(NULL, outcomes, 1000, 10), 0.8 * 0.41 * sqrt(10.0 / 1000), 0.01);
    assert_status(ar_calibration_interval(&low, &high, outcomes, 1000, 10), ARNY_OK);
    assert_true(0.01 < low && low < high && high < 0.08);
    double error = ar_calibration_error(NULL, outcomes, 1000, 10);
    assert_true(low < error && error < high); /* noise that resampling adds is taken out */
}

static void the_interval_of_one_outcome_is_its_error(void **state)
{
    const ar_outcome one = {0.75, 0};
    double low, high;
    (void)state;
    assert_status(ar_calibration_interval(&low, &high, &one, 1, 10), ARNY_OK);
    assert_near(low, 0.75, 1e-12);
    assert_near(high, 0.75, 1e-12);
}

/* ---- shares ----------------------------------------------------------------------------------------------------- */

/* The last four: Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3. */
static void intervals_of_shares_are_wilsons(void **state)
{
    static const struct {
        size_t hits, count;
        double low, high;
    } known[] = {{0, 10, 0, 0.2775},        {10, 10, 0.7225, 1},     {5, 10, 0.2366, 0.7634},
                 {95, 100, 0.8882, 0.9785}, {1, 10, 0.0179, 0.4042}, {81, 263, 0.2553, 0.3662},
                 {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611},      {1, 29, 0.0061, 0.1718}};
    double low, high;
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ar_share_interval(&low, &high, known[i].hits, known[i].count);
        assert_near(low, known[i].low, 6e-5);
        assert_near(high, known[i].high, 6e-5);
    }
}

static void intervals_of_shares_stay_between_0_and_1_and_around_the_share(void **state)
{
    double low, high, mirrored[2];
    (void)state;
    ar_share_interval(&low, &high, 0, 0);
    assert_true(low == 0 && high == 1);
    for (size_t count = 1; count <= 200; count++)
        for (size_t hits = 0; hits <= count; hits++) {
            double share = (double)hits / (double)count;
            ar_share_interval(&low, &high, hits, count);
            ar_share_interval(&mirrored[0], &mirrored[1], count - hits, count);
            if (!(low >= 0 && low <= share && share <= high && high <= 1)) {
                print_error("%zu of %zu: %.17g to %.17g\n", hits, count, low, high);
                fail();
            }
            assert_near(low, 1 - mirrored[1], 1e-12);
        }
}

/* ---- without memory --------------------------------------------------------------------------------------------- */

#ifdef ARNY_FAULTS
/* Calls `attempt` with the first allocation failing, then with the second, until it has all that it asks for. Returns
 * how many failed. */
static int fail_each(int (*attempt)(void))
{
    for (int nth = 1;; nth++) {
        ar_fault_arm(AR_FAULT_ALLOC, nth, 0);
        int status = attempt();
        ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
        if (status == ARNY_OK)
            return nth - 1;
        assert_int_equal(status, ARNY_E_MEMORY);
        assert_error_has("memory");
    }
}

static ar_examples few;

static int try_classifier(void)
{
    ar_classifier c;
    int status = ar_classifier_new(&c, 3, 3);
    if (status)
        return status;
    status = ar_classifier_fit(&c, &few, 1, NULL, NULL);
    for (size_t i = 0; i < 9 && status; i++)
        assert_true(c.weights[i] == 0);
    ar_classifier_free(&c);
    return status;
}

static int try_gate(void)
{
    ar_gate gate;
    ar_gate_examples e = {rows, a, b, 50};
    int status = ar_gate_new(&gate, 2);
    if (!status)
        status = ar_gate_fit(&gate, &e, 1, NULL, NULL);
    ar_gate_free(&gate);
    return status;
}

static int try_interval(void)
{
    double low, high;
    return ar_calibration_interval(&low, &high, outcomes, 20, 5);
}
#endif

static void each_allocation_may_fail(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    few = clouds(50, 3, 3, 1);
    assert_true(fail_each(try_classifier) >= 7);
    draw_opinions(50, 1, 0);
    assert_true(fail_each(try_gate) >= 5);
    draw_outcomes(20, 1);
    assert_true(fail_each(try_interval) >= 1);
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_get_mean_0_and_variance_1),
        cmocka_unit_test(no_rows_have_a_standard_too),
        cmocka_unit_test(logits_are_weights_times_features_plus_bias),
        cmocka_unit_test(probabilities_add_up_however_large_the_logits),
        cmocka_unit_test(cross_entropy_is_what_the_label_costs),
        cmocka_unit_test(classes_that_lie_apart_are_told_apart),
        cmocka_unit_test(classes_that_overlap_get_the_odds_that_they_have),
        cmocka_unit_test(each_class_gets_its_share_on_average),
        cmocka_unit_test(a_fit_ends_where_nothing_pulls_any_more),
        cmocka_unit_test(weights_shrink_as_strength_grows),
        cmocka_unit_test(a_feature_that_does_not_move_changes_nothing),
        cmocka_unit_test(an_example_of_weight_3_counts_like_three_and_one_of_0_like_none),
        cmocka_unit_test(a_class_without_examples_is_never_expected),
        cmocka_unit_test(classes_that_lie_apart_give_numbers_without_regularisation_too),
        cmocka_unit_test(no_examples_teach_nothing),
        cmocka_unit_test(a_fit_begins_where_the_classifier_stands),
        cmocka_unit_test(a_fit_that_is_cancelled_leaves_the_classifier_as_it_was),
        cmocka_unit_test(the_same_examples_give_the_same_bits),
        cmocka_unit_test(the_temperature_is_what_the_logits_are_too_large_by),
        cmocka_unit_test(no_other_temperature_predicts_better),
        cmocka_unit_test(the_temperature_stays_between_a_twentieth_and_twenty),
        cmocka_unit_test(the_share_is_the_logistic_function_of_the_features),
        cmocka_unit_test(a_gate_learns_when_to_believe_which_opinion),
        cmocka_unit_test(a_gate_without_a_clue_learns_how_often_the_first_is_right),
        cmocka_unit_test(opinions_that_agree_move_no_gate),
        cmocka_unit_test(a_strong_regularisation_leaves_one_share_for_all),
        cmocka_unit_test(a_gate_that_is_cancelled_stays_as_it_was),
        cmocka_unit_test(calibration_is_measured_in_bins_of_equal_mass),
        cmocka_unit_test(bins_take_what_is_there),
        cmocka_unit_test(no_outcomes_have_no_error),
        cmocka_unit_test(the_interval_holds_the_error_of_who_is_too_sure),
        cmocka_unit_test(the_interval_of_who_is_honest_lies_above_0),
        cmocka_unit_test(the_interval_of_one_outcome_is_its_error),
        cmocka_unit_test(intervals_of_shares_are_wilsons),
        cmocka_unit_test(intervals_of_shares_stay_between_0_and_1_and_around_the_share),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return RUN(tests);
}
