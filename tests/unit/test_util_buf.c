#include "check.h"

#include "util/buf.h"
#include "util/fault.h"
#include "util/mem.h"

static void a_new_buffer_is_the_empty_string(void **state)
{
    ar_buf buf = AR_BUF_INIT(10), zero = {0};

    (void)state;
    assert_string_equal(buf.ptr, "");
    assert_int_equal(buf.len, 0);
    assert_status(ar_buf_append(&buf, NULL, 0), 0);
    assert_string_equal(buf.ptr, "");
    ar_buf_clear(&zero);
    ar_buf_consume(&zero, 3);
    ar_buf_free(&zero);
    ar_buf_free(&buf);
    ar_buf_free(&buf);
}

static void appending_keeps_a_nul_behind_the_bytes(void **state)
{
    ar_buf buf;

    (void)state;
    ar_buf_init(&buf, 1000);
    assert_status(ar_buf_puts(&buf, "one "), 0);
    assert_status(ar_buf_append(&buf, "a\0b", 3), 0);
    assert_status(ar_buf_printf(&buf, " %03d", 7), 0);
    assert_status(ar_buf_printf(&buf, "%s", ""), 0);
    assert_int_equal(buf.len, 11);
    assert_memory_equal(buf.ptr, "one a\0b 007", 12);
    ar_buf_free(&buf);
}

static void it_grows_to_exactly_its_maximum(void **state)
{
    ar_buf buf = AR_BUF_INIT(1000);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_status(ar_buf_append(&buf, "x", 1), 0);
    assert_int_equal(buf.len, 1000);
    assert_true(buf.cap <= 1001);
    assert_status(ar_buf_append(&buf, NULL, 0), 0);
    assert_status(ar_buf_append(&buf, "y", 1), ARNY_E_DATA);
    assert_error("it is too long: at most 1000 bytes are allowed here");
    assert_int_equal(buf.len, 1000);
    assert_int_equal(strlen(buf.ptr), 1000);
    ar_buf_free(&buf);
}

static void the_first_failure_stays_until_cleared(void **state)
{
    ar_buf buf = AR_BUF_INIT(4);

    (void)state;
    ar_buf_puts(&buf, "abc");
    assert_status(ar_buf_puts(&buf, "de"), ARNY_E_DATA);
    assert_status(ar_buf_puts(&buf, "f"), ARNY_E_DATA);
    assert_status(ar_buf_printf(&buf, "g"), ARNY_E_DATA);
    assert_status(ar_buf_reserve(&buf, 0), ARNY_E_DATA);
    assert_null(ar_buf_detach(&buf));
    assert_string_equal(buf.ptr, "abc");
    ar_buf_clear(&buf);
    assert_string_equal(buf.ptr, "");
    assert_int_equal(buf.status, 0);
    assert_status(ar_buf_puts(&buf, "defg"), 0);
    assert_string_equal(buf.ptr, "defg");
    ar_buf_free(&buf);
}

static void sizes_that_overflow_are_refused(void **state)
{
    ar_buf buf = AR_BUF_INIT(SIZE_MAX);

    (void)state;
    ar_buf_puts(&buf, "abc");
    assert_status(ar_buf_reserve(&buf, SIZE_MAX - 3), ARNY_E_MEMORY);
    ar_buf_clear(&buf);
    ar_buf_puts(&buf, "abc");
    assert_status(ar_buf_reserve(&buf, SIZE_MAX), ARNY_E_DATA);
    assert_string_equal(buf.ptr, "abc");
    ar_buf_free(&buf);
}

static void reserve_saves_the_later_allocations(void **state)
{
    ar_buf buf = AR_BUF_INIT(1000);
    char *before;

    (void)state;
    assert_status(ar_buf_reserve(&buf, 500), 0);
    before = buf.ptr;
    for (int i = 0; i < 500; i++)
        ar_buf_append(&buf, "x", 1);
    assert_ptr_equal(buf.ptr, before);
    ar_buf_free(&buf);
}

static void consume_drops_from_the_front(void **state)
{
    ar_buf buf = AR_BUF_INIT(100);

    (void)state;
    ar_buf_consume(&buf, 5);
    ar_buf_puts(&buf, "abcdef");
    ar_buf_consume(&buf, 0);
    ar_buf_consume(&buf, 2);
    assert_string_equal(buf.ptr, "cdef");
    assert_int_equal(buf.len, 4);
    ar_buf_consume(&buf, SIZE_MAX);
    assert_string_equal(buf.ptr, "");
    assert_int_equal(buf.len, 0);
    ar_buf_free(&buf);
}

static void a_detached_string_is_the_callers_and_the_buffer_starts_anew(void **state)
{
    ar_buf buf = AR_BUF_INIT(5);
    char *empty = ar_buf_detach(&buf), *text;

    (void)state;
    assert_string_equal(empty, "");
    ar_buf_puts(&buf, "abcde");
    text = ar_buf_detach(&buf);
    assert_string_equal(text, "abcde");
    assert_string_equal(buf.ptr, "");
    assert_status(ar_buf_puts(&buf, "fghij"), 0);
    assert_status(ar_buf_puts(&buf, "k"), ARNY_E_DATA);
    ar_buf_free(&buf);
    ar_free(empty);
    ar_free(text);
}

static void tokens_grow_to_their_maximum_and_no_further(void **state)
{
    ar_tokens tokens;
    const int32_t three[] = {7, 8, 9};

    (void)state;
    ar_tokens_init(&tokens, 100);
    assert_status(ar_tokens_append(&tokens, NULL, 0), 0);
    for (int32_t i = 0; i < 98; i++)
        assert_status(ar_tokens_push(&tokens, i), 0);
    assert_status(ar_tokens_append(&tokens, three, 3), ARNY_E_DATA);
    assert_error("it is too long: at most 100 tokens are allowed here");
    assert_status(ar_tokens_push(&tokens, 1), ARNY_E_DATA);
    assert_int_equal(tokens.len, 98);
    assert_int_equal(tokens.ptr[97], 97);
    ar_tokens_clear(&tokens);
    assert_int_equal(tokens.len, 0);
    assert_status(ar_tokens_append(&tokens, three, 3), 0);
    assert_memory_equal(tokens.ptr, three, sizeof three);
    ar_tokens_free(&tokens);
    ar_tokens_free(&tokens);
}

static void counts_of_tokens_that_overflow_bytes_are_refused(void **state)
{
    ar_tokens tokens;

    (void)state;
    ar_tokens_init(&tokens, SIZE_MAX);
    ar_tokens_push(&tokens, 1);
    assert_status(ar_tokens_reserve(&tokens, SIZE_MAX / 2), ARNY_E_MEMORY);
    ar_tokens_clear(&tokens);
    ar_tokens_push(&tokens, 1);
    assert_status(ar_tokens_reserve(&tokens, SIZE_MAX), ARNY_E_DATA);
    ar_tokens_free(&tokens);
}

static void common_prefix_ends_at_the_first_difference_or_the_shorter_end(void **state)
{
    const int32_t a[] = {1, 2, 3, 4}, b[] = {1, 2, 9, 4};

    (void)state;
    assert_int_equal(ar_tokens_common(a, 4, b, 4), 2);
    assert_int_equal(ar_tokens_common(a, 4, a, 4), 4);
    assert_int_equal(ar_tokens_common(a, 4, a, 3), 3);
    assert_int_equal(ar_tokens_common(a, 0, b, 4), 0);
    assert_int_equal(ar_tokens_common(NULL, 0, NULL, 0), 0);
    assert_int_equal(ar_tokens_common(a + 1, 3, b, 4), 0);
}

static void a_failed_growth_leaves_the_content(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    ar_buf buf = AR_BUF_INIT(1000);
    ar_tokens tokens;

    ar_tokens_init(&tokens, 1000);
    ar_buf_puts(&buf, "abc");
    ar_tokens_push(&tokens, 5);
    ar_fault_arm(AR_FAULT_ALLOC, 1, 1);
    assert_status(ar_buf_reserve(&buf, 500), ARNY_E_MEMORY);
    assert_status(ar_buf_puts(&buf, "d"), ARNY_E_MEMORY);
    assert_status(ar_tokens_reserve(&tokens, 500), ARNY_E_MEMORY);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    assert_string_equal(buf.ptr, "abc");
    assert_int_equal(tokens.ptr[0], 5);
    ar_buf_free(&buf);
    ar_tokens_free(&tokens);
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_the_empty_string),
        cmocka_unit_test(appending_keeps_a_nul_behind_the_bytes),
        cmocka_unit_test(it_grows_to_exactly_its_maximum),
        cmocka_unit_test(the_first_failure_stays_until_cleared),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(reserve_saves_the_later_allocations),
        cmocka_unit_test(consume_drops_from_the_front),
        cmocka_unit_test(a_detached_string_is_the_callers_and_the_buffer_starts_anew),
        cmocka_unit_test(tokens_grow_to_their_maximum_and_no_further),
        cmocka_unit_test(counts_of_tokens_that_overflow_bytes_are_refused),
        cmocka_unit_test(common_prefix_ends_at_the_first_difference_or_the_shorter_end),
        cmocka_unit_test(a_failed_growth_leaves_the_content),
    };

    return RUN(tests);
}
