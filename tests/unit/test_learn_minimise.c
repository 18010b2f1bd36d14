/* The minimum of a smooth function is found, however it is scaled; it ends when it should, and always with the same
 * bits. */
#include "check.h"
#include "learn/minimise.h"
#include "util/fault.h"

#include <math.h>

/* ---- functions -------------------------------------------------------------------------------------------------- */

typedef struct trial {
    size_t width;
    int calls;   /* of the function */
    int asked;   /* of stop */
    int left;    /* times that stop says no */
    double unit; /* of the valley; 0: 1 */
} trial;

/* The sum of scale^i (x[i] - i - 1)^2 / 2. */
static double bowl(double *gradient, const double *x, double scale, trial *t)
{
    double sum = 0, weight = 1;
    t->calls++;
    for (size_t i = 0; i < t->width; i++, weight *= scale) {
        double distance = x[i] - (double)(i + 1);
        gradient[i] = weight * distance;
        sum += weight * distance * distance / 2;
    }
    return sum;
}

static double round_bowl(double *gradient, const double *x, void *data)
{
    return bowl(gradient, x, 1, data);
}

static double flat_bowl(double *gradient, const double *x, void *data)
{
    return bowl(gradient, x, 10, data);
}

/* Rosenbrock's valley in many dimensions; its minimum is at 1, 1, ... */
static double valley(double *gradient, const double *x, void *data)
{
    trial *t = data;
    double sum = 0, unit = t->unit > 0 ? t->unit : 1;
    t->calls++;
    memset(gradient, 0, t->width * sizeof *gradient);
    for (size_t i = 0; i + 1 < t->width; i++) {
        double across = x[i + 1] - x[i] * x[i], along = 1 - x[i];
        sum += unit * (100 * across * across + along * along);
        gradient[i] += unit * (-400 * x[i] * across - 2 * along);
        gradient[i + 1] += unit * 200 * across;
    }
    return sum;
}

/* x - log(x): no number at and below 0; its minimum is at 1. */
static double wall(double *gradient, const double *x, void *data)
{
    ((trial *)data)->calls++;
    gradient[0] = 1 - 1 / x[0];
    return x[0] - log(x[0]);
}

/* |x - 1|, which no gradient tells the end of. */
static double kink(double *gradient, const double *x, void *data)
{
    ((trial *)data)->calls++;
    gradient[0] = x[0] > 1 ? 1 : -1;
    return fabs(x[0] - 1);
}

/* Only the first number counts. */
static double ditch(double *gradient, const double *x, void *data)
{
    trial *t = data;
    t->calls++;
    memset(gradient, 0, t->width * sizeof *gradient);
    gradient[0] = 2 * x[0];
    return x[0] * x[0];
}

static double no_number(double *gradient, const double *x, void *data)
{
    (void)data;
    gradient[0] = 1;
    return x[0] < 0 ? -INFINITY : x[0] > 0 ? INFINITY : NAN;
}

static int stop_when_told(void *data)
{
    trial *t = data;
    t->asked++;
    return t->left-- <= 0;
}

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

static ar_objective about(double (*value)(double *, const double *, void *), trial *t)
{
    return (ar_objective){.value = value, .data = t, .width = t->width, .tolerance = 1e-8, .most = 1000};
}

static void assert_all_near(const double *x, size_t width, double first, double step, double within)
{
    for (size_t i = 0; i < width; i++)
        if (!(fabs(x[i] - (first + step * (double)i)) <= within)) {
            print_error("x[%zu] = %.9g, not %.9g\n", i, x[i], first + step * (double)i);
            fail();
        }
}

/* ---- minima ----------------------------------------------------------------------------------------------------- */

static void a_round_bowl_takes_few_steps(void **state)
{
    trial t = {.width = 7};
    ar_objective o = about(round_bowl, &t);
    double x[7] = {100, -100, 3, 0, 0, 1e6, -1e-6};
    int steps = -1;
    (void)state;
    assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
    assert_all_near(x, 7, 1, 1, 1e-7);
    assert_true(steps > 0 && steps < 10);
    assert_true(t.calls < 30);
}

static void scales_that_lie_far_apart_are_found_out(void **state)
{
    static const struct {
        size_t width;
        int most;
    } cases[] = {{3, 15}, {4, 30}, {7, 300}}; /* 1 to 100, 1,000, 1,000,000 */
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        trial t = {.width = cases[i].width};
        ar_objective o = about(flat_bowl, &t);
        double x[7] = {0};
        int steps;
        assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
        assert_all_near(x, t.width, 1, 1, 1e-7);
        assert_true(steps < cases[i].most);
    }
}

static void the_unit_of_the_value_does_not_matter(void **state)
{
    (void)state;
    for (int power = -12; power <= 12; power += 3) {
        trial t = {.width = 8, .unit = pow(10, power)};
        ar_objective o = about(valley, &t);
        double x[8] = {0};
        int steps;
        o.tolerance = 1e-8 * t.unit;
        assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
        assert_all_near(x, 8, 1, 0, 1e-6);
        assert_true(steps < 150);
    }
}

static void a_bent_valley_is_followed_to_its_end(void **state)
{
    (void)state;
    for (size_t width = 2; width <= 20; width += 6) {
        trial t = {.width = width};
        ar_objective o = about(valley, &t);
        double x[20];
        int steps;
        for (size_t i = 0; i < width; i++)
            x[i] = i % 2 ? 1 : -1.2;
        assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
        assert_all_near(x, width, 1, 0, 1e-6);
        assert_true(steps < 300);
    }
}

static void steps_to_where_there_is_no_number_are_taken_back(void **state)
{
    static const double starts[] = {1e-3, 0.5, 2, 1000};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        trial t = {.width = 1};
        ar_objective o = about(wall, &t);
        double x = starts[i];
        assert_status(ar_minimise(&x, NULL, &o), ARNY_OK);
        assert_all_near(&x, 1, 1, 0, 1e-6);
    }
}

static void what_does_not_count_stays_as_it_was(void **state)
{
    trial t = {.width = 3};
    ar_objective o = about(ditch, &t);
    double x[] = {5, 6, -7};
    (void)state;
    assert_status(ar_minimise(x, NULL, &o), ARNY_OK);
    assert_true(fabs(x[0]) < 1e-8 && x[1] == 6 && x[2] == -7);
}

/* ---- ends ------------------------------------------------------------------------------------------------------- */

static void a_start_at_the_minimum_takes_no_step(void **state)
{
    trial t = {.width = 3};
    ar_objective o = about(round_bowl, &t);
    double x[] = {1, 2, 3};
    int steps = -1;
    (void)state;
    assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
    assert_int_equal(steps, 0);
    assert_int_equal(t.calls, 1);
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 3);
}

static void nothing_to_move_is_no_failure(void **state)
{
    trial t = {0};
    ar_objective o = about(round_bowl, &t);
    double x = 5;
    int steps = -1;
    (void)state;
    assert_status(ar_minimise(&x, &steps, &o), ARNY_OK);
    assert_int_equal(steps, 0);
    assert_true(x == 5);
}

static void the_tolerance_is_of_the_largest_entry_of_the_gradient(void **state)
{
    trial t = {.width = 3};
    ar_objective o = about(round_bowl, &t);
    double x[] = {1.4, 1.6, 2.6};
    int steps;
    (void)state;
    o.tolerance = 0.5;
    assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
    assert_int_equal(steps, 0);
    o.tolerance = 0.3;
    assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
    assert_true(steps > 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(x[i] - (double)(i + 1)) <= 0.3);
}

static void it_takes_the_most_steps_and_no_more(void **state)
{
    double gradient[2], before = 1e9;
    (void)state;
    for (int most = 0; most <= 5; most++) {
        trial t = {.width = 2};
        ar_objective o = about(valley, &t);
        double x[] = {-1.2, 1};
        int steps = -1;
        o.most = most;
        assert_status(ar_minimise(x, &steps, &o), ARNY_OK);
        assert_int_equal(steps, most);
        double value = valley(gradient, x, &t);
        assert_true(value < before); /* each step is worth something */
        before = value;
    }
}

static void a_tolerance_of_nothing_ends_where_numbers_end(void **state)
{
    trial t = {.width = 8};
    ar_objective o = about(valley, &t);
    double x[8] = {0};
    (void)state;
    o.tolerance = 0;
    o.most = 1 << 30;
    assert_status(ar_minimise(x, NULL, &o), ARNY_OK);
    assert_all_near(x, 8, 1, 0, 1e-6);
}

static void a_kink_ends_it(void **state)
{
    trial t = {.width = 1};
    ar_objective o = about(kink, &t);
    double x = 7.3;
    (void)state;
    o.most = 1 << 30;
    assert_status(ar_minimise(&x, NULL, &o), ARNY_OK);
    assert_true(fabs(x - 1) < 1e-3);
    assert_true(t.calls < 1000);
}

static void a_start_that_is_no_number_is_refused(void **state)
{
    static const double starts[] = {0, 1, -1};
    trial t = {.width = 1};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ar_objective o = about(no_number, &t);
        double x = starts[i];
        int steps = -1;
        assert_status(ar_minimise(&x, &steps, &o), ARNY_E_DATA);
        assert_error_has("not a number at its start");
        assert_int_equal(steps, 0);
        assert_true(x == starts[i]);
    }
    ar_objective o = about(round_bowl, &t);
    double x = NAN;
    assert_status(ar_minimise(&x, NULL, &o), ARNY_E_DATA);
}

static void it_can_be_stopped_before_each_step(void **state)
{
    (void)state;
    for (int left = 0; left < 5; left++) {
        trial t = {.width = 2, .left = left};
        ar_objective o = about(valley, &t);
        double x[] = {-1.2, 1}, same[] = {-1.2, 1};
        int steps = -1;
        o.stop = stop_when_told;
        assert_status(ar_minimise(x, &steps, &o), ARNY_E_CANCELLED);
        assert_error_has("cancelled");
        assert_int_equal(steps, left);
        assert_int_equal(t.asked, left + 1);
        o.stop = NULL;
        o.most = left;
        assert_status(ar_minimise(same, NULL, &o), ARNY_OK);
        assert_memory_equal(x, same, sizeof x); /* as far as it had come */
    }
}

static void twice_gives_the_same_bits(void **state)
{
    double x[2][12];
    int steps[2];
    (void)state;
    for (int run = 0; run < 2; run++) {
        trial t = {.width = 12};
        ar_objective o = about(valley, &t);
        for (size_t i = 0; i < 12; i++)
            x[run][i] = 0.1 * (double)i - 2;
        assert_status(ar_minimise(x[run], &steps[run], &o), ARNY_OK);
    }
    assert_int_equal(steps[0], steps[1]);
    assert_memory_equal(x[0], x[1], sizeof x[0]);
}

static void without_memory_nothing_is_moved(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    trial t = {.width = 2};
    ar_objective o = about(valley, &t);
    double x[] = {-1.2, 1};
    ar_fault_arm(AR_FAULT_ALLOC, 1, 1);
    assert_status(ar_minimise(x, NULL, &o), ARNY_E_MEMORY);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    assert_error_has("memory");
    assert_true(x[0] == -1.2 && x[1] == 1);
    assert_int_equal(t.calls, 0);
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_bowl_takes_few_steps),
        cmocka_unit_test(scales_that_lie_far_apart_are_found_out),
        cmocka_unit_test(the_unit_of_the_value_does_not_matter),
        cmocka_unit_test(a_bent_valley_is_followed_to_its_end),
        cmocka_unit_test(steps_to_where_there_is_no_number_are_taken_back),
        cmocka_unit_test(what_does_not_count_stays_as_it_was),
        cmocka_unit_test(a_start_at_the_minimum_takes_no_step),
        cmocka_unit_test(nothing_to_move_is_no_failure),
        cmocka_unit_test(the_tolerance_is_of_the_largest_entry_of_the_gradient),
        cmocka_unit_test(it_takes_the_most_steps_and_no_more),
        cmocka_unit_test(a_tolerance_of_nothing_ends_where_numbers_end),
        cmocka_unit_test(a_kink_ends_it),
        cmocka_unit_test(a_start_that_is_no_number_is_refused),
        cmocka_unit_test(it_can_be_stopped_before_each_step),
        cmocka_unit_test(twice_gives_the_same_bits),
        cmocka_unit_test(without_memory_nothing_is_moved),
    };
    return RUN(tests);
}
