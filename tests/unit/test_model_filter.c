#include "check.h"

#include "model/filter.h"

static ar_filter filter;

static int setup(void **state)
{
    (void)state;
    return ar_filter_init(&filter);
}

static int teardown(void **state)
{
    (void)state;
    ar_filter_free(&filter);
    return 0;
}

static void begin(const char *const *stops)
{
    assert_status(ar_filter_begin(&filter), 0);
    for (size_t i = 0; stops[i] != NULL; i++)
        assert_status(ar_filter_stop(&filter, stops[i]), 0);
}

#define STOPS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Pushes a piece: it gives this text, and `stopped`. */
#define assert_push(piece, wanted, stopped)                                                             \
    do {                                                                                                \
        const char *given;                                                                              \
        size_t given_bytes;                                                                             \
        assert_int_equal(ar_filter_push(&filter, piece, strlen(piece), &given, &given_bytes), stopped); \
        assert_string_equal(given, wanted);                                                             \
        assert_int_equal(given_bytes, strlen(wanted));                                                  \
    } while (0)

#define assert_end(wanted)                                              \
    do {                                                                \
        const char *given;                                              \
        size_t given_bytes;                                             \
        assert_status(ar_filter_end(&filter, &given, &given_bytes), 0); \
        assert_string_equal(given, wanted);                             \
        assert_int_equal(given_bytes, strlen(wanted));                  \
    } while (0)

/* ---- stop strings
 * ----------------------------------------------------------------------------------------- */

static void text_passes_at_once_where_nothing_can_stop_it(void **state)
{
    (void)state;
    begin(STOPS(NULL));
    assert_push("Hello", "Hello", 0);
    assert_push("", "", 0);
    assert_push(" there", " there", 0);
    assert_end("");
    begin(STOPS("END"));
    assert_push("Hello", "Hello", 0);
}

static void a_stop_string_ends_the_answer(void **state)
{
    (void)state;
    begin(STOPS("STOP"));
    assert_push("one STOP two", "one ", 1);
    begin(STOPS("STOP"));
    assert_push("STOP", "", 1);
}

static void a_stop_string_over_many_tokens_is_never_shown_in_part(void **state)
{
    (void)state;
    begin(STOPS("\nUser:"));
    assert_push("Yes.\n", "Yes.", 0);
    assert_push("Us", "", 0);
    assert_push("er", "", 0);
    assert_push(": no", "", 1);
}

static void what_only_looked_like_a_stop_string_is_shown(void **state)
{
    (void)state;
    begin(STOPS("\nUser:"));
    assert_push("Yes.\nUse", "Yes.", 0);
    assert_push("ful", "\nUseful", 0);
    assert_push("\n", "", 0);
    assert_push("\nUser", "\n", 0);
    assert_end("\nUser");
    begin(STOPS("aab"));
    assert_push("aa", "", 0);
    assert_push("a", "a", 0);
    assert_push("b", "", 1);
}

static void the_stop_string_that_is_complete_first_wins(void **state)
{
    (void)state;
    begin(STOPS("abcd", "bc"));
    assert_push("xab", "x", 0);
    assert_push("cd", "a", 1);
    begin(STOPS("abcd", "bc"));
    assert_push("xabcd", "xa", 1);
    begin(STOPS("late", "early"));
    assert_push("an early, late one", "an ", 1);
}

static void of_two_that_are_complete_together_the_longest_wins(void **state)
{
    (void)state;
    begin(STOPS("\n", "end\n"));
    assert_push("the end\n", "the ", 1);
    begin(STOPS("end\n", "\n"));
    assert_push("the end", "the ", 0);
    assert_push("\n", "", 1);
}

static void stop_strings_are_checked(void **state)
{
    char longest[AR_STOP_BYTES_MAX + 2];

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[AR_STOP_BYTES_MAX + 1] = '\0';
    begin(STOPS(NULL));
    assert_status(ar_filter_stop(&filter, ""), ARNY_E_ARGUMENT);
    assert_status(ar_filter_stop(&filter, NULL), ARNY_E_ARGUMENT);
    assert_status(ar_filter_stop(&filter, longest), ARNY_E_ARGUMENT);
    assert_error("a stop string has 1 to 256 bytes, not 257");
    longest[AR_STOP_BYTES_MAX] = '\0';
    for (int i = 0; i < 2 * AR_STOPS_MAX; i++)
        assert_status(ar_filter_stop(&filter, longest), 0);
    assert_status(ar_filter_stop(&filter, "one too many"), ARNY_E_ARGUMENT);

    assert_push(longest + 1, "", 0);
    assert_push("x", "", 1);
}

static void each_answer_begins_with_nothing(void **state)
{
    (void)state;
    begin(STOPS("STOP"));
    assert_push("STO", "", 0);
    begin(STOPS("P"));
    assert_push("STOP", "STO", 1);
    begin(STOPS(NULL));
    assert_push("STOP", "STOP", 0);
    assert_end("");
}

/* ---- characters
 * ------------------------------------------------------------------------------------------- */

static void a_character_is_never_cut(void **state)
{
    (void)state;
    begin(STOPS(NULL));
    assert_push("\xF0\x9F", "", 0);
    assert_push("\x98", "", 0);
    assert_push("\x80!", "\xF0\x9F\x98\x80!", 0);
    assert_push("\xC3", "", 0);
    assert_push("\xA9", "\xC3\xA9", 0);
}

static void broken_bytes_are_shown_once_it_is_certain(void **state)
{
    (void)state;
    begin(STOPS(NULL));
    assert_push("a\xFF", "a\xEF\xBF\xBD", 0);
    assert_push("\xE2\x82", "", 0);
    assert_push("b",
                "\xEF\xBF\xBD"
                "b",
                0);
    assert_push("\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD", 0);
    assert_push("c\xE2\x82", "c", 0);
    assert_end("\xEF\xBF\xBD");
}

static void a_stop_string_may_have_long_characters(void **state)
{
    (void)state;
    begin(STOPS("\xE2\x96\xA0"));
    assert_push("a\xE2", "a", 0);
    assert_push("\x96", "", 0);
    assert_push("\xA1", "\xE2\x96\xA1", 0);
    assert_push("\xE2\x96", "", 0);
    assert_push("\xA0", "", 1);
}

static void an_unfinished_character_before_a_stop_string_is_broken(void **state)
{
    (void)state;
    begin(STOPS("STOP"));
    assert_push("a\xE2\x82ST", "a", 0);
    assert_push("OP", "\xEF\xBF\xBD", 1);
}

/* ---- whatever the split
 * ----------------------------------------------------------------------------------- */

static uint32_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * limit) >> 32);
}

/* Where the text is cut, told in the simplest way; *stopped: by a stop string. */
static size_t cut(const char *text, size_t bytes, char stops[][8], size_t count, int *stopped)
{
    *stopped = 1;
    for (size_t end = 1; end <= bytes; end++)
        for (size_t length = end < 7 ? end : 7; length > 0; length--)
            for (size_t i = 0; i < count; i++)
                if (strlen(stops[i]) == length && memcmp(text + end - length, stops[i], length) == 0)
                    return end - length;
    *stopped = 0;
    return bytes;
}

static void the_output_is_the_text_up_to_the_first_stop_whatever_the_split(void **state)
{
    static const char *const letters[] = {"a", "b", "c", "\n", "\xC3\xA9", "\xF0\x9F\x98\x80"};
    int stopped_often = 0;

    (void)state;
    for (int round = 0; round < 50000; round++) {
        char text[256] = "", stops[3][8] = {"", "", ""}, output[256];
        size_t count = below(4), bytes, wanted, at = 0, given_bytes, output_bytes = 0;
        const char *given;
        int stopped, result = 0;

        seed = (uint32_t)round;
        for (uint32_t i = below(40); i > 0; i--)
            strcat(text, letters[below(6)]);
        bytes = strlen(text);
        assert_status(ar_filter_begin(&filter), 0);
        for (size_t i = 0; i < count; i++) {
            for (uint32_t n = 1 + below(4); n > 0 && strlen(stops[i]) < 4; n--)
                strcat(stops[i], letters[below(5)]);
            assert_status(ar_filter_stop(&filter, stops[i]), 0);
        }
        wanted = cut(text, bytes, stops, count, &stopped);
        stopped_often += stopped;

        while (at < bytes && result == 0) {
            size_t piece = 1 + below(5);
            if (piece > bytes - at)
                piece = bytes - at;
            result = ar_filter_push(&filter, text + at, piece, &given, &given_bytes);
            memcpy(output + output_bytes, given, given_bytes);
            output_bytes += given_bytes;
            assert_true(output_bytes <= wanted);
            at += piece;
        }
        assert_int_equal(result, stopped);
        if (!stopped) {
            assert_status(ar_filter_end(&filter, &given, &given_bytes), 0);
            memcpy(output + output_bytes, given, given_bytes);
            output_bytes += given_bytes;
        }
        assert_int_equal(output_bytes, wanted);
        assert_memory_equal(output, text, wanted);
    }
    assert_in_range(stopped_often, 10000, 45000);
}

/* The same for any bytes: how they are split changes nothing. */
static void broken_bytes_are_the_same_whatever_the_split(void **state)
{
    static const char bytes_of[] = "ab\x80\xBF\xC3\xE2\x82\xF0\x9F\xFF\xED\xA0";

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[32], outputs[2][128];
        size_t bytes = below(sizeof text), output_bytes[2] = {0, 0}, given_bytes;
        const char *given;

        for (size_t i = 0; i < bytes; i++)
            text[i] = bytes_of[below(sizeof bytes_of - 1)];
        for (int split = 0; split < 2; split++) {
            int result = 0;
            begin(STOPS("ab", "b\x80"));
            for (size_t at = 0, piece; at < bytes && result == 0; at += piece) {
                piece = split ? 1 + below(4) : bytes;
                piece = piece > bytes - at ? bytes - at : piece;
                result = ar_filter_push(&filter, text + at, piece, &given, &given_bytes);
                memcpy(outputs[split] + output_bytes[split], given, given_bytes);
                output_bytes[split] += given_bytes;
            }
            if (result == 0) {
                assert_status(ar_filter_end(&filter, &given, &given_bytes), 0);
                memcpy(outputs[split] + output_bytes[split], given, given_bytes);
                output_bytes[split] += given_bytes;
            }
        }
        assert_int_equal(output_bytes[0], output_bytes[1]);
        assert_memory_equal(outputs[0], outputs[1], output_bytes[0]);
    }
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

static const arny_allocator counting = {counting_resize, plain_release, NULL};

static void ordinary_pieces_allocate_nothing(void **state)
{
    const char *given;
    size_t bytes;

    (void)state;
    allocations = 0;
    allocations_allowed = 100;
    arny_set_allocator(&counting);
    begin(STOPS("\nUser:", "abc"));
    for (int i = 0; i < 100000; i++)
        assert_int_equal(ar_filter_push(&filter, "word\xFF\n", 6, &given, &bytes), 0);
    assert_status(ar_filter_end(&filter, &given, &bytes), 0);
    arny_set_allocator(NULL);
    assert_int_equal(allocations, 0);
}

static void a_piece_beyond_the_maximum_is_an_error(void **state)
{
    size_t huge = (1 << 20) + 1, bytes = 1;
    char *piece = calloc(huge, 1);
    const char *given = NULL;

    (void)state;
    begin(STOPS(NULL));
    assert_status(ar_filter_push(&filter, piece, huge, &given, &bytes), ARNY_E_DATA);
    assert_string_equal(given, "");
    assert_int_equal(bytes, 0);
    begin(STOPS(NULL));
    memset(piece, 0xFF, huge);
    assert_int_equal(ar_filter_push(&filter, piece, huge - 1, &given, &bytes), 0);
    assert_int_equal(bytes, 3 * (huge - 1));
    free(piece);
}

static void no_memory_is_an_error(void **state)
{
    ar_filter other;
    int status = ARNY_E_MEMORY;

    (void)state;
    arny_set_allocator(&counting);
    for (allocations_allowed = 0; status != 0 && allocations_allowed < 10; allocations_allowed++) {
        allocations = 0;
        status = ar_filter_init(&other);
        assert_true(status == 0 || status == ARNY_E_MEMORY);
    }
    arny_set_allocator(NULL);
    assert_int_equal(allocations_allowed, 3);
    ar_filter_free(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(text_passes_at_once_where_nothing_can_stop_it),
        TEST(a_stop_string_ends_the_answer),
        TEST(a_stop_string_over_many_tokens_is_never_shown_in_part),
        TEST(what_only_looked_like_a_stop_string_is_shown),
        TEST(the_stop_string_that_is_complete_first_wins),
        TEST(of_two_that_are_complete_together_the_longest_wins),
        TEST(stop_strings_are_checked),
        TEST(each_answer_begins_with_nothing),
        TEST(a_character_is_never_cut),
        TEST(broken_bytes_are_shown_once_it_is_certain),
        TEST(a_stop_string_may_have_long_characters),
        TEST(an_unfinished_character_before_a_stop_string_is_broken),
        TEST(the_output_is_the_text_up_to_the_first_stop_whatever_the_split),
        TEST(broken_bytes_are_the_same_whatever_the_split),
        TEST(ordinary_pieces_allocate_nothing),
        TEST(a_piece_beyond_the_maximum_is_an_error),
        TEST(no_memory_is_an_error),
    };
    return RUN(tests);
}
