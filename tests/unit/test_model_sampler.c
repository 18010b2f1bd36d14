#include "check.h"

#include "model/sampler.h"
#include <math.h>

#define PLAIN                                                        \
    {                                                                \
        .temperature = 1, .top_p = 1, .repeat_penalty = 1, .seed = 1 \
    }

static ar_sampler *begun(int32_t vocabulary, const arny_sampling *sampling)
{
    ar_sampler *sampler;

    assert_status(ar_sampler_new(&sampler, vocabulary), 0);
    assert_status(ar_sampler_begin(sampler, sampling), 0);
    return sampler;
}

/* One draw from logits that stay as they are. */
static int32_t next(ar_sampler *sampler, const float *logits, size_t count)
{
    float copy[256];

    memcpy(copy, logits, count * sizeof *logits);
    return ar_sampler_next(sampler, copy);
}

/* ---- parameters
 * ------------------------------------------------------------------------------------------- */

static void parameters_out_of_range_are_named(void **state)
{
    static const struct {
        arny_sampling sampling;
        const char *name;
    } bad[] = {
        {{.temperature = -1, .top_p = 1, .repeat_penalty = 1}, "temperature"},
        {{.temperature = 10.5f, .top_p = 1, .repeat_penalty = 1}, "temperature"},
        {{.temperature = NAN, .top_p = 1, .repeat_penalty = 1}, "temperature"},
        {{.top_k = -1, .top_p = 1, .repeat_penalty = 1}, "top_k"},
        {{.top_p = 0, .repeat_penalty = 1}, "top_p"},
        {{.top_p = 1.01f, .repeat_penalty = 1}, "top_p"},
        {{.top_p = NAN, .repeat_penalty = 1}, "top_p"},
        {{.top_p = 1, .min_p = -0.1f, .repeat_penalty = 1}, "min_p"},
        {{.top_p = 1, .min_p = 1.1f, .repeat_penalty = 1}, "min_p"},
        {{.top_p = 1, .min_p = NAN, .repeat_penalty = 1}, "min_p"},
        {{.top_p = 1, .repeat_penalty = 0}, "repeat_penalty"},
        {{.top_p = 1, .repeat_penalty = INFINITY}, "repeat_penalty"},
        {{.top_p = 1, .repeat_penalty = NAN}, "repeat_penalty"},
        {{.top_p = 1, .repeat_penalty = 1, .repeat_last = -1}, "repeat_last"},
        {{.top_p = 1, .repeat_penalty = 1, .repeat_last = 1025}, "repeat_last"},
    };
    static const arny_sampling good[] = {
        PLAIN,
        {.temperature = 0, .top_p = 1, .repeat_penalty = 1},
        {.temperature = 10, .top_k = INT32_MAX, .top_p = 1e-6f, .min_p = 1, .repeat_penalty = 10, .repeat_last = 1024},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_status(ar_sampling_check(&bad[i].sampling), ARNY_E_ARGUMENT);
        assert_error_has(bad[i].name);
        assert_error_has("expected");
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_status(ar_sampling_check(&good[i]), 0);
}

static void a_refused_begin_changes_nothing(void **state)
{
    static const arny_sampling greedy = {.top_p = 1, .repeat_penalty = 1}, bad = {.temperature = 11};
    static const float logits[] = {1, 2, 2};
    ar_sampler *sampler = begun(3, &greedy);

    (void)state;
    assert_status(ar_sampler_begin(sampler, &bad), ARNY_E_ARGUMENT);
    assert_int_equal(next(sampler, logits, 3), 1);
    ar_sampler_free(sampler);
    ar_sampler_free(NULL);
    assert_status(ar_sampler_new(&sampler, 0), ARNY_E_ARGUMENT);
    assert_null(sampler);
}

/* ---- greedy
 * ----------------------------------------------------------------------------------------------- */

static int32_t greedy(const float *logits, int32_t count)
{
    static const arny_sampling sampling = {.top_p = 1, .repeat_penalty = 1};
    ar_sampler *sampler = begun(count, &sampling);
    int32_t token = next(sampler, logits, (size_t)count);

    ar_sampler_free(sampler);
    return token;
}

#define GREEDY(...) \
    greedy((const float[]){__VA_ARGS__}, (int32_t)(sizeof((const float[]){__VA_ARGS__}) / sizeof(float)))

static void greedy_is_the_first_of_the_largest(void **state)
{
    (void)state;
    assert_int_equal(GREEDY(1, 3, 2), 1);
    assert_int_equal(GREEDY(1, 3, 3, 3), 1);
    assert_int_equal(GREEDY(5), 0);
    assert_int_equal(GREEDY(-5, -4, -INFINITY), 1);
    assert_int_equal(GREEDY(0, INFINITY, 9, INFINITY), 1);
}

static void greedy_never_picks_what_is_not_a_number(void **state)
{
    (void)state;
    assert_int_equal(GREEDY(NAN, 1, NAN), 1);
    assert_int_equal(GREEDY(1, NAN), 0);
    assert_int_equal(GREEDY(NAN, NAN), -1);
    assert_int_equal(GREEDY(-INFINITY, -INFINITY), -1);
    assert_int_equal(GREEDY(-INFINITY, NAN), -1);
}

/* ---- distributions
 * ---------------------------------------------------------------------------------------- */

enum { SMALL = 16 };

/* Of SMALL tokens: the probabilities by the definition, with a sort; 0 for what is cut. */
static void define(double *p, const float *logits, const arny_sampling *s)
{
    int order[SMALL], kept = s->top_k > 0 && s->top_k < SMALL ? s->top_k : SMALL;
    double all = 0, share = 0, sum = 0;

    for (int i = 0; i < SMALL; i++) {
        int at = i;
        for (; at > 0 && logits[order[at - 1]] < logits[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (int i = 0; i < kept; i++)
        all += exp((double)logits[order[i]]);
    for (int i = 0; i < kept; i++)
        if (share >= (double)s->top_p * all && i > 0)
            kept = i;
        else
            share += exp((double)logits[order[i]]);
    memset(p, 0, SMALL * sizeof *p);
    for (int i = 0; i < kept; i++)
        if (exp((double)logits[order[i]] - (double)logits[order[0]]) >= (double)s->min_p)
            sum += p[order[i]] = exp((double)logits[order[i]] / (double)s->temperature);
    for (int i = 0; i < SMALL; i++)
        p[i] /= sum;
}

/* Draws often; the chi-square statistic must stay under its 99.99 % quantile (Wilson and Hilferty 1931),
 * and what has no probability must never come. */
static void check_distribution(const float *logits, const arny_sampling *sampling)
{
    enum { DRAWS = 40000 };
    ar_sampler *sampler = begun(SMALL, sampling);
    int counts[SMALL] = {0}, freedom = -1;
    double p[SMALL], chi = 0, limit;

    define(p, logits, sampling);
    for (int i = 0; i < DRAWS; i++) {
        int32_t token = next(sampler, logits, SMALL);
        assert_in_range(token, 0, SMALL - 1);
        counts[token]++;
    }
    for (int i = 0; i < SMALL; i++) {
        double expected = p[i] * DRAWS;
        if (p[i] == 0)
            assert_int_equal(counts[i], 0);
        if (expected < 5)
            continue; /* too rare for the statistic */
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
        freedom++;
    }
    if (freedom > 0) {
        double n = freedom, cube = 1 - 2 / (9 * n) + 3.719 * sqrt(2 / (9 * n));
        limit = n * cube * cube * cube;
        assert_true(chi < limit);
    }
    ar_sampler_free(sampler);
}

static const float uneven[SMALL] = {0.5f, 2, -1, 1.5f, 0, 3, -2, 1, 2, 0.25f, -0.5f, 2.5f, 1.25f, -3, 0.75f, 1.75f};

static void draws_follow_the_softmax(void **state)
{
    arny_sampling s = PLAIN;

    (void)state;
    check_distribution(uneven, &s);
    s.temperature = 0.5f;
    check_distribution(uneven, &s);
    s.temperature = 4;
    check_distribution(uneven, &s);
}

static void draws_follow_the_definition_of_each_cut(void **state)
{
    static const int32_t top_k[] = {0, 1, 2, 5, 15, 16, 40};
    static const float top_p[] = {1, 0.9f, 0.5f, 0.1f, 1e-6f}, min_p[] = {0, 0.1f, 0.5f, 1};

    (void)state;
    for (size_t k = 0; k < 7; k++)
        for (size_t p = 0; p < 5; p++)
            for (size_t m = 0; m < 4; m++) {
                arny_sampling s = {.temperature = 0.8f,
                                   .top_k = top_k[k],
                                   .top_p = top_p[p],
                                   .min_p = min_p[m],
                                   .repeat_penalty = 1,
                                   .seed = 1000 + 100 * k + 10 * p + m};
                check_distribution(uneven, &s);
            }
}

static void of_equal_tokens_those_with_small_ids_are_kept(void **state)
{
    static const float equal[SMALL] = {0};
    arny_sampling s = PLAIN;

    (void)state;
    s.top_k = 5;
    check_distribution(equal, &s);
    s.top_k = 0;
    s.top_p = 0.3f;
    check_distribution(equal, &s);
}

static void numbers_that_are_none_are_never_picked(void **state)
{
    static const float odd[] = {NAN, 1, -INFINITY, 1, NAN}, endless[] = {1, INFINITY, 1e30f, INFINITY},
                       nothing[] = {NAN, -INFINITY, NAN};
    static const arny_sampling variants[] = {
        PLAIN,
        {.temperature = 1, .top_k = 3, .top_p = 0.9f, .min_p = 0.1f, .repeat_penalty = 1, .seed = 2},
        {.temperature = 10, .top_p = 0.999f, .repeat_penalty = 1.5f, .repeat_last = 8, .seed = 3},
    };

    (void)state;
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
        int seen = 0;
        ar_sampler *sampler = begun(5, &variants[v]);
        for (int i = 0; i < 1000; i++) {
            int32_t token = next(sampler, odd, 5);
            assert_true(token == 1 || token == 3);
        }
        ar_sampler_free(sampler);
        sampler = begun(4, &variants[v]);
        for (int i = 0; i < 1000; i++) {
            int32_t token = next(sampler, endless, 4);
            assert_true(token == 1 || token == 3);
            seen |= token;
        }
        assert_int_equal(seen, 3);
        ar_sampler_free(sampler);
        sampler = begun(3, &variants[v]);
        for (int i = 0; i < 10; i++)
            assert_int_equal(next(sampler, nothing, 3), -1);
        ar_sampler_free(sampler);
    }
}

static void the_smallest_temperature_is_nearly_greedy(void **state)
{
    arny_sampling s = PLAIN;
    ar_sampler *sampler;

    (void)state;
    s.temperature = 1e-30f;
    sampler = begun(SMALL, &s);
    for (int i = 0; i < 100; i++)
        assert_int_equal(next(sampler, uneven, SMALL), 5);
    ar_sampler_free(sampler);
}

/* A vocabulary of real size: the k best of many, whatever their order. */
static void the_best_of_a_large_vocabulary_are_kept(void **state)
{
    enum { LARGE = 50000, K = 40 };
    static float logits[LARGE];
    arny_sampling s = PLAIN;
    ar_sampler *sampler;

    (void)state;
    for (int order = 0; order < 3; order++) {
        for (uint32_t i = 0; i < LARGE; i++)
            logits[i] = (float)(order == 0 ? i : order == 1 ? LARGE - 1 - i : i * 7919u % LARGE) * 1e-4f;
        s.top_k = K;
        sampler = begun(LARGE, &s);
        for (int i = 0; i < 200; i++)
            assert_true(logits[ar_sampler_next(sampler, logits)] >= (LARGE - K) * 1e-4f - 1e-6f);
        ar_sampler_free(sampler);
    }
}

/* ---- seeds
 * ------------------------------------------------------------------------------------------------ */

static void draw_many(int32_t *out, size_t count, uint64_t seed)
{
    arny_sampling s = PLAIN;
    ar_sampler *sampler;

    s.seed = seed;
    sampler = begun(SMALL, &s);
    for (size_t i = 0; i < count; i++)
        out[i] = next(sampler, uneven, SMALL);
    ar_sampler_free(sampler);
}

static void the_same_seed_gives_the_same_tokens(void **state)
{
    int32_t a[100], b[100];

    (void)state;
    draw_many(a, 100, 42);
    draw_many(b, 100, 42);
    assert_memory_equal(a, b, sizeof a);
    draw_many(b, 100, 43);
    assert_memory_not_equal(a, b, sizeof a);
    draw_many(a, 100, 43 | (uint64_t)1 << 63);
    assert_memory_not_equal(a, b, sizeof a);
}

static void seed_0_is_another_each_time(void **state)
{
    int32_t a[100], b[100];

    (void)state;
    draw_many(a, 100, 0);
    draw_many(b, 100, 0);
    assert_memory_not_equal(a, b, sizeof a);
}

static void a_new_answer_begins_with_its_seed(void **state)
{
    arny_sampling s = PLAIN;
    ar_sampler *sampler;
    int32_t first[50];

    (void)state;
    s.seed = 7;
    s.repeat_penalty = 2;
    s.repeat_last = 8;
    sampler = begun(SMALL, &s);
    for (int i = 0; i < 50; i++)
        first[i] = next(sampler, uneven, SMALL);
    assert_status(ar_sampler_begin(sampler, &s), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(next(sampler, uneven, SMALL), first[i]);
    ar_sampler_free(sampler);
}

/* They pin the generator and the draw: a change of them changes every text that somebody made with a seed. */
static void tokens_of_a_seed_stay_the_same_for_ever(void **state)
{
    static const int32_t golden[] = {8, 5, 14, 12, 11, 1, 5, 12, 8, 1, 5, 8, 9, 12, 12, 3};
    int32_t tokens[sizeof golden / sizeof *golden];

    (void)state;
    draw_many(tokens, sizeof tokens / sizeof *tokens, 2024);
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        assert_int_equal(tokens[i], golden[i]);
}

/* ---- repeat penalty
 * --------------------------------------------------------------------------------------- */

static ar_sampler *repeating(float penalty, int32_t last)
{
    arny_sampling s = {.top_p = 1, .repeat_penalty = penalty, .repeat_last = last};

    return begun(4, &s);
}

static void each_seen_token_is_punished_once(void **state)
{
    float logits[] = {4, -1, 3.5f, NAN};
    ar_sampler *sampler = repeating(2, 8);

    (void)state;
    for (int i = 0; i < 3; i++) {
        ar_sampler_accept(sampler, 0);
        ar_sampler_accept(sampler, 1);
        ar_sampler_accept(sampler, 3);
    }
    assert_int_equal(ar_sampler_next(sampler, logits), 2);
    assert_true(logits[0] == 2 && logits[1] == -2 && logits[2] == 3.5f && isnan(logits[3]));
    ar_sampler_free(sampler);
}

static void its_own_tokens_are_seen(void **state)
{
    static const float logits[] = {4, 3.5f, 3, 1};
    ar_sampler *sampler = repeating(1.5f, 8);

    (void)state;
    assert_int_equal(next(sampler, logits, 4), 0);
    assert_int_equal(next(sampler, logits, 4), 1);
    assert_int_equal(next(sampler, logits, 4), 2);
    assert_int_equal(next(sampler, logits, 4), 0);
    ar_sampler_free(sampler);
}

static void only_the_last_tokens_are_seen(void **state)
{
    static const float logits[] = {4, 3, 2, 1};
    ar_sampler *sampler = repeating(10, 2);

    (void)state;
    ar_sampler_accept(sampler, 0);
    ar_sampler_accept(sampler, 1);
    assert_int_equal(next(sampler, logits, 4), 2); /* 0 and 1 were seen */
    assert_int_equal(next(sampler, logits, 4), 0); /* 1 and 2 */
    assert_int_equal(next(sampler, logits, 4), 1); /* 2 and 0 */
    ar_sampler_free(sampler);

    sampler = repeating(10, 0);
    ar_sampler_accept(sampler, 0);
    assert_int_equal(next(sampler, logits, 4), 0);
    ar_sampler_free(sampler);

    sampler = repeating(10, 1024);
    ar_sampler_accept(sampler, 0);
    for (int i = 0; i < 1023; i++)
        ar_sampler_accept(sampler, 1);
    assert_int_equal(next(sampler, logits, 4), 2);
    assert_int_equal(next(sampler, logits, 4), 0);
    ar_sampler_free(sampler);
}

static void a_penalty_of_1_is_off(void **state)
{
    float logits[] = {0.1f, 3, 0.3f, 0.7f}, before[4];
    ar_sampler *sampler = repeating(1, 8);

    (void)state;
    memcpy(before, logits, sizeof logits);
    ar_sampler_accept(sampler, 1);
    assert_int_equal(ar_sampler_next(sampler, logits), 1);
    assert_memory_equal(before, logits, sizeof logits);
    ar_sampler_free(sampler);
}

static void tokens_that_do_not_exist_are_not_seen(void **state)
{
    static const float logits[] = {4, 3, 2, 1};
    ar_sampler *sampler = repeating(2, 8);

    (void)state;
    ar_sampler_accept(sampler, -1);
    ar_sampler_accept(sampler, 4);
    ar_sampler_accept(sampler, INT32_MAX);
    assert_int_equal(next(sampler, logits, 4), 0);
    ar_sampler_free(sampler);
}

/* ---- memory
 * ----------------------------------------------------------------------------------------------- */

static long allocations, allocations_allowed;

static void *counting_resize(void *pointer, size_t bytes, void *user_data)
{
    (void)user_data;
    return ++allocations > allocations_allowed ? NULL : realloc(pointer, bytes);
}

static void plain_release(void *pointer, void *user_data)
{
    (void)user_data;
    free(pointer);
}

static void memory_is_taken_only_at_creation(void **state)
{
    static const arny_allocator counting = {counting_resize, plain_release, NULL};
    static const arny_sampling s = {.temperature = 1,
                                    .top_k = 8,
                                    .top_p = 0.9f,
                                    .min_p = 0.01f,
                                    .repeat_penalty = 1.1f,
                                    .repeat_last = 64,
                                    .seed = 1};
    ar_sampler *sampler = NULL;
    int status = ARNY_E_MEMORY;

    (void)state;
    arny_set_allocator(&counting);
    for (allocations_allowed = 0; status == ARNY_E_MEMORY; allocations_allowed++) {
        assert_null(sampler);
        allocations = 0;
        status = ar_sampler_new(&sampler, SMALL);
    }
    assert_status(status, 0);
    allocations = 0;
    assert_status(ar_sampler_begin(sampler, &s), 0);
    for (int i = 0; i < 1000; i++)
        assert_in_range(next(sampler, uneven, SMALL), 0, SMALL - 1);
    assert_int_equal(allocations, 0);
    ar_sampler_free(sampler);
    arny_set_allocator(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_out_of_range_are_named),
        cmocka_unit_test(a_refused_begin_changes_nothing),
        cmocka_unit_test(greedy_is_the_first_of_the_largest),
        cmocka_unit_test(greedy_never_picks_what_is_not_a_number),
        cmocka_unit_test(draws_follow_the_softmax),
        cmocka_unit_test(draws_follow_the_definition_of_each_cut),
        cmocka_unit_test(of_equal_tokens_those_with_small_ids_are_kept),
        cmocka_unit_test(numbers_that_are_none_are_never_picked),
        cmocka_unit_test(the_smallest_temperature_is_nearly_greedy),
        cmocka_unit_test(the_best_of_a_large_vocabulary_are_kept),
        cmocka_unit_test(the_same_seed_gives_the_same_tokens),
        cmocka_unit_test(seed_0_is_another_each_time),
        cmocka_unit_test(a_new_answer_begins_with_its_seed),
        cmocka_unit_test(tokens_of_a_seed_stay_the_same_for_ever),
        cmocka_unit_test(each_seen_token_is_punished_once),
        cmocka_unit_test(its_own_tokens_are_seen),
        cmocka_unit_test(only_the_last_tokens_are_seen),
        cmocka_unit_test(a_penalty_of_1_is_off),
        cmocka_unit_test(tokens_that_do_not_exist_are_not_seen),
        cmocka_unit_test(memory_is_taken_only_at_creation),
    };
    return RUN(tests);
}
