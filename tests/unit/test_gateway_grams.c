/* How a message is spelt, as numbers: the same for the same words, whatever their case and the blanks between them. */
#include "check.h"
#include "gateway/grams.h"
#include "util/mem.h"
#include "util/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 32768

static ar_sparse grams_of(const char *message)
{
    ar_sparse row = {0};
    assert_status(ar_grams(&row, message, PLACES), ARNY_OK);
    double squares = 0;
    for (size_t i = 0; i < row.count; i++) {
        assert_true(row.places[i] < PLACES && row.values[i] > 0);
        assert_true(i == 0 || row.places[i] > row.places[i - 1]);
        squares += (double)row.values[i] * row.values[i];
    }
    assert_true(row.count == 0 || fabs(squares - 1) < 1e-5);
    return row;
}

static double alike(const char *a, const char *b)
{
    ar_sparse x = grams_of(a), y = grams_of(b);
    double sum = 0;
    for (size_t i = 0, j = 0; i < x.count && j < y.count;) {
        if (x.places[i] == y.places[j])
            sum += (double)x.values[i++] * y.values[j++];
        else if (x.places[i] < y.places[j])
            i++;
        else
            j++;
    }
    ar_sparse_free(&x);
    ar_sparse_free(&y);
    return sum;
}

static void a_word_has_its_runs_of_two_to_five(void **state)
{
    (void)state;
    ar_sparse row = grams_of("ab"); /* of " ab ": " a", "ab", "b "; " ab", "ab "; " ab " */
    assert_int_equal(row.count, 6);
    ar_sparse_free(&row);
    row = grams_of("é"); /* of " é ": " é", "é "; " é " */
    assert_int_equal(row.count, 3);
    ar_sparse_free(&row);
    row = grams_of("नमस्ते"); /* six characters and two blanks: 7 + 6 + 5 + 4 */
    assert_int_equal(row.count, 22);
    ar_sparse_free(&row);
}

static void blanks_and_case_do_not_count(void **state)
{
    (void)state;
    assert_true(fabs(alike("Solve it", "  sOLVE \n\t IT ") - 1) < 1e-5);
    assert_true(fabs(alike("ÄRGER ÜBER ŁÓDŹ", "ärger über łódź") - 1) < 1e-5);
    assert_true(fabs(alike("one two", "two one") - 1) < 1e-5);
    assert_true(alike("solve", "dance") < 0.2);
    assert_true(alike("solving", "solves") > 0.3);
}

static void what_comes_again_counts_little_more(void **state)
{
    (void)state;
    double again = alike("yes no", "yes yes yes no");
    assert_true(again > 0.8 && again < 0.999);
}

static void a_message_may_be_anything(void **state)
{
    char *longest = malloc(100001);
    (void)state;
    ar_sparse row = grams_of("");
    assert_int_equal(row.count, 0);
    ar_sparse_free(&row);
    row = grams_of(" \n ");
    assert_int_equal(row.count, 0);
    ar_sparse_free(&row);
    for (size_t i = 0; i < 100000; i++)
        longest[i] = (char)(i % 7 == 6 ? ' ' : 'a' + i % 23);
    longest[100000] = 0;
    row = grams_of(longest);
    assert_true(row.count > 100 && row.count < 6000); /* both ends of it */
    ar_sparse_free(&row);
    memset(longest, 'x', 100000);
    row = grams_of(longest);
    assert_true(row.count > 0 && row.count < 20);
    ar_sparse_free(&row);
    free(longest);
}

static void a_row_is_filled_again(void **state)
{
    ar_sparse row = {0}, other = grams_of("short");
    (void)state;
    assert_status(ar_grams(&row, "a longer message comes first", PLACES), ARNY_OK);
    assert_status(ar_grams(&row, "short", PLACES), ARNY_OK);
    assert_int_equal(row.count, other.count);
    assert_memory_equal(row.places, other.places, row.count * sizeof *row.places);
    assert_memory_equal(row.values, other.values, row.count * sizeof *row.values);
    ar_sparse_free(&row);
    ar_sparse_free(&other);
}

static void there_are_no_more_places_than_are_of_use(void **state)
{
    (void)state;
    assert_int_equal(ar_grams_width(4, 100000), 32768);
    assert_int_equal(ar_grams_width(8, 100000), 32768);
    assert_int_equal(ar_grams_width(9, 100000), 16384);
    assert_int_equal(ar_grams_width(129, 100000), 1024);
    assert_int_equal(ar_grams_width(4, 1024), 8192);
    assert_int_equal(ar_grams_width(4, 1), 256);
    assert_int_equal(ar_grams_width(4, 0), 256);
}

static void capitals_become_small(void **state)
{
    char text[] = "ABCxyz@[` ÀÖ×ØÞßàÿ ĀāĂŃŇŹŻž İıĸŉŸſ ΩЖ नZ";
    (void)state;
    ar_utf8_lower(text, strlen(text));
    assert_string_equal(text, "abcxyz@[` àö×øþßàÿ āāăńňźżž İıĸŉŸſ ΩЖ नz");
    char cut[] = "\xc3";
    ar_utf8_lower(cut, 1);
    assert_string_equal(cut, "\xc3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_has_its_runs_of_two_to_five),
        cmocka_unit_test(blanks_and_case_do_not_count),
        cmocka_unit_test(what_comes_again_counts_little_more),
        cmocka_unit_test(a_message_may_be_anything),
        cmocka_unit_test(a_row_is_filled_again),
        cmocka_unit_test(there_are_no_more_places_than_are_of_use),
        cmocka_unit_test(capitals_become_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
