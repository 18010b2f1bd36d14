#include "check.h"

#include "util/fault.h"
#include "util/mem.h"

/* A hook that counts, and fails when told to. */
struct counter {
    int resized, released, fail;
};

static void *counted_resize(void *pointer, size_t bytes, void *user_data)
{
    struct counter *counter = user_data;

    counter->resized++;
    return counter->fail ? NULL : realloc(pointer, bytes);
}

static void counted_release(void *pointer, void *user_data)
{
    ((struct counter *)user_data)->released++;
    assert_non_null(pointer);
    free(pointer);
}

static void allocations_are_zeroed_when_asked_and_grow_with_their_bytes(void **state)
{
    unsigned char *zeroed = ar_calloc(3, 5);
    char *text = ar_alloc(4);

    (void)state;
    assert_non_null(zeroed);
    for (int i = 0; i < 15; i++)
        assert_int_equal(zeroed[i], 0);
    memcpy(text, "abc", 4);
    text = ar_resize(text, 1000, 2);
    assert_string_equal(text, "abc");
    ar_free(zeroed);
    ar_free(text);
    ar_free(NULL);
}

static void no_bytes_are_still_a_block(void **state)
{
    void *a = ar_alloc(0), *b = ar_calloc(0, 8), *c = ar_resize(NULL, 8, 0);

    (void)state;
    assert_true(a != NULL && b != NULL && c != NULL);
    a = ar_resize(a, 0, 0);
    assert_non_null(a);
    ar_free(a);
    ar_free(b);
    ar_free(c);
}

static void a_product_that_overflows_is_no_memory(void **state)
{
    char *text = ar_strdup("stays");

    (void)state;
    assert_null(ar_calloc(SIZE_MAX / 2, 3));
    assert_error_has("no memory");
    assert_null(ar_resize(text, SIZE_MAX, 2));
    assert_null(ar_resize(text, 2, SIZE_MAX));
    assert_string_equal(text, "stays");
    ar_free(text);
}

static void copies_of_strings(void **state)
{
    char *whole = ar_strdup("grüß"), *cut = ar_strndup("abcdef", 3), *shorter = ar_strndup("ab\0cd", 5),
         *empty = ar_strndup("abc", 0), *longer = ar_strndup("abc", SIZE_MAX / 4);

    (void)state;
    assert_string_equal(whole, "grüß");
    assert_string_equal(cut, "abc");
    assert_string_equal(shorter, "ab");
    assert_string_equal(empty, "");
    assert_string_equal(longer, "abc");
    assert_null(ar_strdup(NULL));
    assert_null(ar_strndup(NULL, 7));
    ar_free(whole);
    ar_free(cut);
    ar_free(shorter);
    ar_free(empty);
    ar_free(longer);
}

static void format_gives_a_string_of_any_length(void **state)
{
    char *empty = ar_format("%s", ""), *text = ar_format("%s-%05d", "id", 42), *wide = ar_format("%5000d", 1);

    (void)state;
    assert_string_equal(empty, "");
    assert_string_equal(text, "id-00042");
    assert_int_equal(strlen(wide), 5000);
    ar_free(empty);
    ar_free(text);
    ar_free(wide);
}

static void hook_gets_every_allocation(void **state)
{
    struct counter counter = {0, 0, 0};
    arny_allocator allocator = {counted_resize, counted_release, &counter};
    char *text;

    (void)state;
    assert_status(arny_set_allocator(&allocator), ARNY_OK);
    allocator.resize = NULL; /* it was copied */
    text = ar_strdup("abc");
    text = ar_resize(text, 10, 1);
    ar_free(text);
    ar_free(NULL);
    assert_int_equal(counter.resized, 2);
    assert_int_equal(counter.released, 1);

    counter.fail = 1;
    assert_null(ar_alloc(1));
    assert_null(ar_calloc(1, 1));
    assert_null(ar_strdup("a"));
    assert_null(ar_format("a"));
    assert_error_has("no memory");
    assert_status(arny_set_allocator(NULL), ARNY_OK);
    text = ar_alloc(1);
    assert_non_null(text);
    ar_free(text);
    assert_int_equal(counter.released, 1);
}

static void hook_without_both_functions_is_refused(void **state)
{
    arny_allocator none = {NULL, counted_release, NULL}, half = {counted_resize, NULL, NULL};
    char *text;

    (void)state;
    assert_status(arny_set_allocator(&none), ARNY_E_ARGUMENT);
    assert_status(arny_set_allocator(&half), ARNY_E_ARGUMENT);
    assert_error_has("release");
    text = ar_strdup("the old one is still in use");
    assert_non_null(text);
    ar_free(text);
}

static void injected_fault_fails_that_allocation_only(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    void *first, *third;

    ar_fault_arm(AR_FAULT_ALLOC, 2, 0);
    first = ar_alloc(1);
    assert_null(ar_alloc(1));
    third = ar_alloc(1);
    assert_true(first != NULL && third != NULL);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    ar_free(first);
    ar_free(third);
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_zeroed_when_asked_and_grow_with_their_bytes),
        cmocka_unit_test(no_bytes_are_still_a_block),
        cmocka_unit_test(a_product_that_overflows_is_no_memory),
        cmocka_unit_test(copies_of_strings),
        cmocka_unit_test(format_gives_a_string_of_any_length),
        cmocka_unit_test(hook_gets_every_allocation),
        cmocka_unit_test(hook_without_both_functions_is_refused),
        cmocka_unit_test(injected_fault_fails_that_allocation_only),
    };

    return RUN(tests);
}
