#include "check.h"

#include "util/utf8.h"

/* Bytes, how many of them are whole characters, and how many after those are invalid. What remains is incomplete. */
static const struct row {
    const char *text;
    size_t whole, invalid;
} rows[] = {
    {"", 0, 0},
    {"abc", 3, 0},
    {"\xC2\x80", 2, 0}, /* the first and the last character of each length */
    {"\xDF\xBF", 2, 0},
    {"\xE0\xA0\x80", 3, 0},
    {"\xEF\xBF\xBF", 3, 0},
    {"\xF0\x90\x80\x80", 4, 0},
    {"\xF4\x8F\xBF\xBF", 4, 0},
    {"\xED\x9F\xBF", 3, 0}, /* the neighbours of the surrogates */
    {"\xEE\x80\x80", 3, 0},
    {"\x80", 0, 1}, /* a continuation without a start */
    {"a\xBF", 1, 1},
    {"\xC0\xAF", 0, 1}, /* overlong */
    {"\xC1\xBF", 0, 1},
    {"\xE0\x80\xAF", 0, 1},
    {"\xE0\x9F\xBF", 0, 1},
    {"\xF0\x80\x80\xAF", 0, 1},
    {"\xF0\x8F\xBF\xBF", 0, 1},
    {"\xED\xA0\x80", 0, 1}, /* surrogates */
    {"\xED\xBF\xBF", 0, 1},
    {"\xF4\x90\x80\x80", 0, 1}, /* above U+10FFFF */
    {"\xF5\x80\x80\x80", 0, 1},
    {"\xFE", 0, 1},
    {"\xFF", 0, 1},
    {"\xC3(", 0, 1}, /* cut off by another character: the longest start of one is one U+FFFD */
    {"\xE2\x82(", 0, 2},
    {"\xF0\x9F\x99(", 0, 3},
    {"\xF0\x9F\x99\xF0", 0, 3},
    {"x\xE2\x28\xA1", 1, 1},
    {"\xC3", 0, 0}, /* may still be completed */
    {"\xE2\x82", 0, 0},
    {"\xE0\xA0", 0, 0},
    {"\xF0\x9F\x99", 0, 0},
    {"ab\xF4\x8F", 2, 0},
};

static void every_class_of_bytes_is_split_as_unicode_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t whole, invalid, bytes = strlen(rows[i].text);

        ar_utf8_scan(rows[i].text, bytes, &whole, &invalid);
        if (whole != rows[i].whole || invalid != rows[i].invalid)
            fail_msg("row %zu: %zu whole and %zu invalid, not %zu and %zu", i, whole, invalid, rows[i].whole,
                     rows[i].invalid);
        assert_int_equal(ar_utf8_valid(rows[i].text, bytes), rows[i].whole);
    }
}

/* Encodes every number up to 0x1FFFFF by the general pattern: valid exactly when it is a character. */
static void exactly_the_code_points_are_valid(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x1FFFFF; code++) {
        char text[4];
        size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        int character = code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);

        for (size_t i = bytes - 1; i > 0; i--)
            text[i] = (char)(0x80 | ((code >> 6 * (bytes - 1 - i)) & 0x3F));
        text[0] = (char)(bytes == 1 ? code : (0xF00u >> bytes & 0xFF) | code >> 6 * (bytes - 1));
        if ((ar_utf8_valid(text, bytes) == bytes) != character)
            fail_msg("U+%04X", (unsigned)code);
    }
}

static void a_nul_byte_is_a_character_and_lengths_are_respected(void **state)
{
    (void)state;
    assert_int_equal(ar_utf8_valid("a\0b", 3), 3);
    assert_int_equal(ar_utf8_valid("\xC3\xA4", 1), 0);
    assert_int_equal(ar_utf8_valid(NULL, 0), 0);
}

static void a_cut_never_splits_a_character(void **state)
{
    const char *text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82"; /* 1 + 2 + 3 + 4 bytes */
    static const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};

    (void)state;
    for (size_t limit = 0; limit < 12; limit++)
        assert_int_equal(ar_utf8_cut(text, 10, limit), ends[limit]);
    assert_int_equal(ar_utf8_cut("", 0, 5), 0);
    assert_int_equal(ar_utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5); /* no text: anywhere */
    assert_int_equal(ar_utf8_cut("\x80\x80\x80", 3, 1), 1);
}

static void a_line_is_printable_whatever_was_in_it(void **state)
{
    char clean[] = "plain \xC3\xA4", odd[] = "a\nb\tc\rd\x01\x7F\x1B[0m", broken[] = "\xE2\x82(\xFF\xC3", empty[] = "";

    (void)state;
    ar_utf8_line(clean);
    ar_utf8_line(odd);
    ar_utf8_line(broken);
    ar_utf8_line(empty);
    assert_string_equal(clean, "plain \xC3\xA4");
    assert_string_equal(odd, "a b c?d???[0m");
    assert_string_equal(broken, "\?\?(\?\?");
    assert_string_equal(empty, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_of_bytes_is_split_as_unicode_says),
        cmocka_unit_test(exactly_the_code_points_are_valid),
        cmocka_unit_test(a_nul_byte_is_a_character_and_lengths_are_respected),
        cmocka_unit_test(a_cut_never_splits_a_character),
        cmocka_unit_test(a_line_is_printable_whatever_was_in_it),
    };

    return RUN(tests);
}
