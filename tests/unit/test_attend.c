/* Attention over a KV cache: each kernel that this processor can run says what double precision says, and what PyTorch
 * says, the same bits in whatever order its tasks run, and writes nowhere else. */
#include "check.h"
#include <math.h>

#ifdef ARNY_HAVE_PTE

#define VECTOR_BYTES 16
#include "engine/pte/attend.h"
#include "engine/pte/attend_half.h"
#include <float.h>

/* ---- calls, and what they should give --------------------------------------------------------------------------- */

#define GUARD 64 /* floats before and after what is written */

typedef struct sizes {
    size_t rows, heads, kv_heads, width, start, keys;
    int causal, masked;
} sizes;

static uint32_t state;

/* See tests/fixtures/make_attend.py. */
static float number(void)
{
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

static size_t below(size_t end)
{
    return (size_t)((number() + 1) / 2 * (float)end) % end;
}

static float *numbers(size_t count, float factor)
{
    float *out = malloc((count > 0 ? count : 1) * sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++)
        out[i] = factor * number();
    return out;
}

static float guard_of(size_t i)
{
    return (float)i + 0.5f;
}

/* The result of what is not overwritten is not a number. */
static float *guarded(size_t count)
{
    float *all = malloc((count + 2 * GUARD) * sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < count + 2 * GUARD; i++)
        all[i] = i < GUARD || i >= count + GUARD ? guard_of(i) : NAN;
    return all + GUARD;
}

static void free_guarded(float *inside, size_t count)
{
    float *all = inside - GUARD;
    for (size_t i = 0; i < GUARD; i++) {
        assert_true(all[i] == guard_of(i));
        assert_true(all[count + GUARD + i] == guard_of(count + GUARD + i));
    }
    free(all);
}

/* What lies between its rows is not a number. */
static float *new_mask(const sizes *s, size_t stride)
{
    float *mask = malloc((s->rows * stride + 1) * sizeof *mask);
    assert_non_null(mask);
    for (size_t i = 0; i < s->rows * stride; i++) {
        mask[i] = i % stride < s->keys ? 2 * number() : NAN;
        if (mask[i] < -1.5f)
            mask[i] = -INFINITY;
    }
    return mask;
}

static ar_attention new_call(const sizes *s, float scale)
{
    size_t cached = s->keys * s->kv_heads * s->width;
    ar_attention a = {.rows = s->rows, .heads = s->heads, .kv_heads = s->kv_heads, .width = s->width};
    a.query = numbers(s->rows * s->heads * s->width, 4);
    a.key = numbers(cached, 1);
    a.value = numbers(cached, 1);
    a.start = s->start;
    a.keys = s->keys;
    a.causal = s->causal;
    a.scale = scale;
    if (s->masked) {
        a.mask_stride = s->keys + 3;
        a.mask = new_mask(s, a.mask_stride);
    }
    return a;
}

static void free_call(ar_attention *a)
{
    free((void *)a->query);
    free((void *)a->key);
    free((void *)a->value);
    free((void *)a->mask);
}

/* One row of one head in double precision: out, and the sums of the sizes of what is added up for it. */
static void attend_double(double *out, double *sizes_of, double *weights, const ar_attention *a, size_t row,
                          size_t head)
{
    size_t width = a->width, next = a->kv_heads * width, first = head / (a->heads / a->kv_heads) * width;
    size_t keys = a->causal ? a->start + row + 1 : a->keys;
    double top = -INFINITY, total = 0;
    for (size_t j = 0; j < keys; j++) {
        double score = 0;
        for (size_t d = 0; d < width; d++)
            score += (double)a->query[(row * a->heads + head) * width + d] *
                     (double)((const float *)a->key)[j * next + first + d];
        weights[j] = score * (double)a->scale + (a->mask ? (double)a->mask[row * a->mask_stride + j] : 0);
        top = fmax(top, weights[j]);
    }
    memset(out, 0, width * sizeof *out);
    memset(sizes_of, 0, width * sizeof *sizes_of);
    for (size_t j = 0; j < keys && top > -INFINITY; j++)
        total += weights[j] = exp(weights[j] - top);
    for (size_t j = 0; j < keys && top > -INFINITY; j++)
        for (size_t d = 0; d < width; d++) {
            out[d] += weights[j] / total * (double)((const float *)a->value)[j * next + first + d];
            sizes_of[d] += weights[j] / total * fabs((double)((const float *)a->value)[j * next + first + d]);
        }
}

/* Its tasks run one after the other, or the last one first. */
static float *run(ar_attention *a, int backwards)
{
    size_t tasks = ar_attention_tasks(a), work = ar_attention_work(a), parts = ar_attention_parts(a);
    size_t count = a->rows * a->heads * a->width;
    float *out = guarded(count);
    a->out = out;
    a->parts = parts > 0 ? guarded(parts) : NULL;
    for (size_t i = 0; i < tasks; i++) {
        float *space = guarded(work);
        ar_attention_task(a, backwards ? tasks - 1 - i : i, space);
        free_guarded(space, work);
    }
    ar_attention_finish(a);
    if (parts > 0)
        free_guarded(a->parts, parts);
    return out;
}

/*
 * A result may be off by 1e-5 of the weighted sizes of the values that it is made of. A score is a sum of up to 128
 * products: rounding leaves it off by some units of 2^-24 times its largest partial sum, here about 10, so by 1e-6 to
 * 3e-6, and as much is the relative error of its weight. The weights and their sum have it twice at worst; exp and the
 * sums of up to 2048 values add 1e-6.
 */
#define BOUND 1e-5

static double compare(ar_attention *a)
{
    size_t width = a->width, count = a->rows * a->heads * width, keys = a->causal ? a->start + a->rows : a->keys;
    double *expected = malloc((2 * count + keys + 1) * sizeof *expected), most = 0;
    double *sizes_of = expected + count, *weights = sizes_of + count;
    assert_non_null(expected);
    for (size_t i = 0; i < a->rows * a->heads; i++)
        attend_double(expected + i * width, sizes_of + i * width, weights, a, i / a->heads, i % a->heads);
    for (size_t k = 0; (a->kernel = ar_attend_kernel_at(k)) != NULL; k++) {
        float *out = run(a, 0), *again = run(a, 1);
        for (size_t i = 0; i < count; i++) {
            double off = fabs((double)out[i] - expected[i]);
            if (!(off <= BOUND * sizes_of[i]))
                fail_msg("%s, %zu rows, %zu/%zu heads of %zu, start %zu, keys %zu, causal %d, mask %d: "
                         "number %zu is %g, not %g",
                         ar_attend_kernel_name(a->kernel), a->rows, a->heads, a->kv_heads, width, a->start, a->keys,
                         a->causal, a->mask != NULL, i, (double)out[i], expected[i]);
            if (sizes_of[i] > 0)
                most = fmax(most, off / sizes_of[i]);
        }
        assert_memory_equal(out, again, count * sizeof *out);
        free_guarded(out, count);
        free_guarded(again, count);
    }
    free(expected);
    return most;
}

static double compare_sizes(const sizes *s)
{
    ar_attention a = new_call(s, 1 / sqrtf((float)s->width));
    double most = compare(&a);
    free_call(&a);
    return most;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void every_size_is_right(void **unused)
{
    static const size_t shapes[][3] = {{9, 3, 64},  {8, 2, 64}, {6, 2, 128}, {2, 1, 32}, {4, 4, 16},
                                       {14, 2, 24}, {3, 1, 1},  {5, 1, 7},   {6, 1, 33}, {16, 1, 20},
                                       {2, 2, 100}, {7, 7, 5},  {20, 1, 12}};
    double most = 0;
    (void)unused;
    state = 1;
    for (size_t i = 0; i < 280; i++) {
        const size_t *shape = shapes[below(sizeof shapes / sizeof *shapes)];
        sizes s = {.rows = 1 + i % 70, .heads = shape[0], .kv_heads = shape[1], .width = shape[2]};
        s.start = below(4) == 0 ? below(701) : below(150);
        s.keys = s.start + s.rows;
        s.causal = below(3) > 0;
        s.masked = below(3) == 0;
        most = fmax(most, compare_sizes(&s));
    }
    printf("off by %.2g at most\n", most);
}

static void long_contexts_are_right(void **unused)
{
    static const sizes all[] = {
        {1, 9, 3, 64, 0, 1, 1, 0},         {1, 9, 3, 64, 2047, 2048, 1, 0},  {1, 32, 8, 64, 2047, 2048, 1, 0},
        {1, 24, 8, 128, 1500, 1501, 1, 0}, {2, 2, 1, 32, 2046, 2048, 1, 0},  {64, 9, 3, 64, 700, 764, 1, 0},
        {16, 9, 3, 64, 1984, 2000, 1, 1},  {40, 3, 1, 64, 1400, 1440, 0, 1}, {130, 4, 4, 16, 0, 130, 1, 0},
    };
    double most = 0;
    (void)unused;
    state = 2;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        most = fmax(most, compare_sizes(&all[i]));
    printf("off by %.2g at most\n", most);
}

static void a_row_that_sees_nothing_gives_zeros(void **unused)
{
    (void)unused;
    for (size_t rows = 3; rows <= 36; rows += 33)
        for (size_t keys = 0; keys <= 600; keys += 300) {
            sizes s = {.rows = rows, .heads = 4, .kv_heads = 2, .width = 24, .keys = keys, .masked = 1};
            ar_attention a = new_call(&s, 0.2f);
            for (size_t j = 0; j < keys; j++)
                ((float *)a.mask)[a.mask_stride + j] = -INFINITY; /* row 1 */
            compare(&a);
            for (size_t k = 0; (a.kernel = ar_attend_kernel_at(k)) != NULL; k++) {
                float *out = run(&a, 0);
                for (size_t i = 0; i < a.heads * a.width; i++)
                    assert_true(out[a.heads * a.width + i] == 0);
                free_guarded(out, rows * a.heads * a.width);
            }
            free_call(&a);
        }
}

/* What masks are made of that must stay finite: the weights of such a row are all alike. */
static void the_least_number_is_a_mask_too(void **unused)
{
    (void)unused;
    for (size_t rows = 1; rows <= 40; rows += 39) {
        sizes s = {.rows = rows, .heads = 2, .kv_heads = 1, .width = 8, .keys = 200, .masked = 1};
        ar_attention a = new_call(&s, 0.3f);
        for (size_t j = 0; j < rows * a.mask_stride; j++)
            ((float *)a.mask)[j] = -FLT_MAX;
        for (size_t k = 0; (a.kernel = ar_attend_kernel_at(k)) != NULL; k++) {
            float *out = run(&a, 0);
            for (size_t i = 0; i < rows * a.heads * a.width; i++) {
                double mean = 0;
                for (size_t j = 0; j < s.keys; j++)
                    mean += (double)((const float *)a.value)[j * a.width + i % a.width] / (double)s.keys;
                assert_true(fabs((double)out[i] - mean) < 1e-6);
            }
            free_guarded(out, rows * a.heads * a.width);
        }
        free_call(&a);
    }
}

static void no_rows_are_no_tasks(void **unused)
{
    ar_attention a = {.heads = 9, .kv_heads = 3, .width = 64, .start = 5, .causal = 1};
    (void)unused;
    for (size_t k = 0; (a.kernel = ar_attend_kernel_at(k)) != NULL; k++) {
        assert_int_equal(ar_attention_tasks(&a), 0);
        assert_int_equal(ar_attention_parts(&a), 0);
        ar_attention_finish(&a);
    }
}

static void the_result_may_replace_the_queries(void **unused)
{
    (void)unused;
    for (size_t rows = 1; rows <= 70; rows += 23)
        for (size_t start = 0; start <= 500; start += 250) {
            sizes s = {rows, 9, 3, 64, start, start + rows, 1, 0};
            size_t count = rows * s.heads * s.width;
            ar_attention a = new_call(&s, 0.125f);
            for (size_t k = 0; (a.kernel = ar_attend_kernel_at(k)) != NULL; k++) {
                float *out = run(&a, 0), *both = malloc(count * sizeof *both);
                float *work = malloc(ar_attention_work(&a) * sizeof *work);
                ar_attention in_place = a;
                assert_true(both && work);
                memcpy(both, a.query, count * sizeof *both);
                in_place.query = in_place.out = both;
                in_place.parts = malloc((ar_attention_parts(&a) + 1) * sizeof(float));
                assert_non_null(in_place.parts);
                for (size_t i = 0; i < ar_attention_tasks(&a); i++)
                    ar_attention_task(&in_place, i, work);
                ar_attention_finish(&in_place);
                assert_memory_equal(out, both, count * sizeof *out);
                free(in_place.parts);
                free(work);
                free(both);
                free_guarded(out, count);
            }
            free_call(&a);
        }
}

/* Cut to what float16 has; the same numbers once more, as float16. */
static uint16_t *halves(float *numbers_of, size_t count)
{
    uint16_t *out = malloc((count + 1) * sizeof *out);
    assert_non_null(out);
    ar_attend_halve(out, numbers_of, count);
    for (size_t i = 0; i < count; i++)
        numbers_of[i] = float_of_half(out[i]);
    return out;
}

static void keys_of_float16_give_the_same_bits(void **unused)
{
    static const sizes all[] = {{1, 9, 3, 64, 0, 0, 1, 0},   {1, 9, 3, 64, 700, 0, 1, 0}, {64, 9, 3, 64, 200, 0, 1, 0},
                                {7, 4, 2, 33, 130, 0, 1, 0}, {5, 2, 1, 8, 0, 200, 0, 1},  {70, 3, 1, 20, 3, 0, 1, 0}};
    (void)unused;
    state = 5;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        sizes s = all[i];
        s.keys = s.causal ? s.start + s.rows : s.keys;
        ar_attention wide = new_call(&s, 0.125f), half;
        size_t cached = s.keys * s.kv_heads * s.width, count = s.rows * s.heads * s.width;
        uint16_t *keys = halves((float *)wide.key, cached), *values = halves((float *)wide.value, cached);
        half = wide;
        half.key = keys;
        half.value = values;
        half.half = 1;
        for (size_t k = 0; ar_attend_kernel_at(k); k++) {
            wide.kernel = half.kernel = ar_attend_kernel_at(k);
            float *wanted = run(&wide, 0), *got = run(&half, 1);
            assert_memory_equal(got, wanted, count * sizeof *got);
            free_guarded(got, count);
            free_guarded(wanted, count);
        }
        free(keys);
        free(values);
        free_call(&wide);
    }
}

static void float16_is_rounded_to_the_nearest(void **unused)
{
    (void)unused;
    for (size_t k = 0; ar_attend_kernel_at(k); k++) {
        const ar_attend_kernel *kernel = ar_attend_kernel_at(k);
        for (uint32_t half = 0; half < 0x7c00; half++) { /* each number, and what lies between it and the next */
            float number_of[17], here = float_of_half((uint16_t)half), next = float_of_half((uint16_t)(half + 1));
            uint16_t got[17], wanted[4] = {0};
            wanted[0] = (uint16_t)half;
            if (half == 0x7bff)
                next = 65536; /* as if there were one more: the middle is rounded to infinity */
            float middle = here + (next - here) / 2;
            float at[4] = {here, nextafterf(middle, 0), middle, nextafterf(middle, INFINITY)};
            wanted[1] = (uint16_t)half;
            wanted[2] = (uint16_t)(half + half % 2); /* the even one */
            wanted[3] = (uint16_t)(half + 1);
            for (size_t i = 0; i < 17; i++) /* by vectors, and one by one */
                number_of[i] = i % 2 ? -at[i % 4] : at[i % 4];
            kernel->halve(got, number_of, 17);
            for (size_t i = 0; i < 17; i++)
                if (got[i] != (wanted[i % 4] | (i % 2 ? 0x8000 : 0)))
                    fail_msg("%s: %a is %04x, not %04x", kernel->name, (double)number_of[i], got[i], wanted[i % 4]);
        }
        float odd[3] = {INFINITY, -1e30f, NAN};
        uint16_t got[3];
        kernel->halve(got, odd, 3);
        assert_int_equal(got[0], 0x7c00);
        assert_int_equal(got[1], 0xfc00);
        assert_true((got[2] & 0x7fff) > 0x7c00);
        assert_true(isnan(float_of_half(got[2])) && isinf(float_of_half(0x7c00)));
    }
}

static void decoding_has_tasks_for_several_threads(void **unused)
{
    ar_attention a = {.rows = 1, .heads = 9, .kv_heads = 3, .width = 64, .start = 2000, .causal = 1};
    (void)unused;
    for (size_t k = 0; (a.kernel = ar_attend_kernel_at(k)) != NULL; k++) {
        assert_true(ar_attention_tasks(&a) >= 16);
        assert_true(ar_attention_work(&a) + ar_attention_parts(&a) < 16384);
    }
}

static void the_exponential_is_off_by_two_units_at_most(void **unused)
{
    double most = 0;
    (void)unused;
    for (float x = 0; x > -87.2f; x -= 0.00037f) {
        float got = exponential((floats){x, x, x, x})[1], next = nextafterf(got, INFINITY);
        most = fmax(most, fabs((double)got - exp((double)x)) / ((double)next - (double)got));
    }
    printf("off by %.2f units at most\n", most);
    assert_true(most <= 2);
    floats special = exponential((floats){-INFINITY, -0.0f, -FLT_MAX, -88});
    assert_true(special[0] == 0 && special[1] == 1 && special[2] == 0 && special[3] == 0);
}

static void read_numbers(float *out, size_t count, FILE *file)
{
    char word[8] = "";
    assert_int_equal(fscanf(file, " %7s", word), 1);
    assert_string_equal(word, "out");
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fscanf(file, "%f", &out[i]), 1);
}

static void pytorch_says_the_same(void **unused)
{
    const char *root = getenv("ARNY_ROOT");
    char path[4096];
    float scale;
    sizes s;
    uint32_t cases = 0;
    double most = 0;
    (void)unused;
    snprintf(path, sizeof path, "%s/tests/fixtures/attend.vectors", root ? root : ".");
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    while (fscanf(file, " case %zu %zu %zu %zu %zu %zu %d %d %f", &s.rows, &s.heads, &s.kv_heads, &s.width, &s.start,
                  &s.keys, &s.causal, &s.masked, &scale) == 9) {
        size_t count = s.rows * s.heads * s.width;
        float *expected = malloc(count * sizeof *expected);
        assert_non_null(expected);
        read_numbers(expected, count, file);
        state = cases++;
        ar_attention a = new_call(&s, scale);
        for (size_t k = 0; (a.kernel = ar_attend_kernel_at(k)) != NULL; k++) {
            float *out = run(&a, 0);
            for (size_t i = 0; i < count; i++)
                most = fmax(most, fabs((double)out[i] - (double)expected[i]));
            free_guarded(out, count);
        }
        free_call(&a);
        free(expected);
    }
    fclose(file);
    printf("%u cases, off by %.2g at most\n", (unsigned)cases, most);
    assert_int_equal(cases, 8);
    assert_true(most <= 2e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_right),
        cmocka_unit_test(long_contexts_are_right),
        cmocka_unit_test(a_row_that_sees_nothing_gives_zeros),
        cmocka_unit_test(the_least_number_is_a_mask_too),
        cmocka_unit_test(no_rows_are_no_tasks),
        cmocka_unit_test(the_result_may_replace_the_queries),
        cmocka_unit_test(keys_of_float16_give_the_same_bits),
        cmocka_unit_test(float16_is_rounded_to_the_nearest),
        cmocka_unit_test(decoding_has_tasks_for_several_threads),
        cmocka_unit_test(the_exponential_is_off_by_two_units_at_most),
        cmocka_unit_test(pytorch_says_the_same),
    };
    return RUN(tests);
}

#else

int main(void)
{
    return skip_all("this build has no pte engine");
}

#endif
