#include "check.h"

#include "util/fault.h"
#include "util/json.h"
#include "util/mem.h"
#include <math.h>

static ar_json *parse(const char *text)
{
    ar_json *json = NULL;

    assert_status(ar_json_parse(&json, text, strlen(text), "team.json"), 0);
    return json;
}

/* The text is refused with exactly this sentence. */
static void refused_bytes(const char *text, size_t bytes, const char *sentence)
{
    ar_json *json = (ar_json *)1;

    if (ar_json_parse(&json, text, bytes, "t") != ARNY_E_DATA)
        fail_msg("accepted: %.*s", (int)bytes, text ? text : "");
    assert_null(json);
    assert_error(sentence);
}

static void refused(const char *text, const char *sentence)
{
    refused_bytes(text, strlen(text), sentence);
}

/* ---- parsing ------------------------------------------------------------------------------------------- */

static void a_document_is_walked_by_key_and_index(void **state)
{
    ar_json *json = parse("{\"a\": [1, \"two\", null, true], \"b\": {\"c\": 2.5}, \"\": {}}");
    const ar_json_value *root = ar_json_root(json), *a = ar_json_get(root, "a"), *b = ar_json_get(root, "b");

    (void)state;
    assert_int_equal(ar_json_type(root), AR_JSON_OBJECT);
    assert_int_equal(ar_json_count(root), 3);
    assert_string_equal(ar_json_key_at(root, 0), "a");
    assert_string_equal(ar_json_key_at(root, 1), "b");
    assert_string_equal(ar_json_key_at(root, 2), "");
    assert_null(ar_json_key_at(root, 3));
    assert_ptr_equal(ar_json_at(root, 1), b);
    assert_null(ar_json_at(root, 3));
    assert_int_equal(ar_json_type(a), AR_JSON_ARRAY);
    assert_int_equal(ar_json_count(a), 4);
    assert_int_equal(ar_json_type(ar_json_at(a, 0)), AR_JSON_NUMBER);
    assert_int_equal(ar_json_type(ar_json_at(a, 1)), AR_JSON_STRING);
    assert_int_equal(ar_json_type(ar_json_at(a, 2)), AR_JSON_NULL);
    assert_int_equal(ar_json_type(ar_json_at(a, 3)), AR_JSON_BOOL);
    assert_null(ar_json_at(a, 4));
    assert_non_null(ar_json_get(b, "c"));
    assert_null(ar_json_get(b, "d"));
    assert_int_equal(ar_json_count(ar_json_get(root, "")), 0);
    ar_json_free(json);
}

static void nothing_and_the_wrong_type_give_nothing(void **state)
{
    ar_json *json = parse("[1, \"xyz\"]");
    const ar_json_value *root = ar_json_root(json), *one = ar_json_at(root, 0), *text = ar_json_at(root, 1);

    (void)state;
    assert_null(ar_json_get(root, "a"));
    assert_null(ar_json_get(NULL, "a"));
    assert_null(ar_json_get(root, NULL));
    assert_null(ar_json_key_at(root, 0));
    assert_null(ar_json_key_at(NULL, 0));
    assert_null(ar_json_at(one, 0));
    assert_null(ar_json_at(NULL, 0));
    assert_int_equal(ar_json_count(one), 0);
    assert_int_equal(ar_json_count(text), 0);
    assert_int_equal(ar_json_count(NULL), 0);
    assert_int_equal(ar_json_type(NULL), -1);
    assert_null(ar_json_root(NULL));
    ar_json_free(json);
    ar_json_free(NULL);
}

static void comments_and_trailing_commas_are_allowed(void **state)
{
    ar_json *json =
        parse("// a \"comment\" {[\n{ /* one */ \"a\" /* two ] */ : [1, 2,], // three\n \"b\": 3, }\n/* */");

    (void)state;
    assert_int_equal(ar_json_count(ar_json_root(json)), 2);
    assert_int_equal(ar_json_count(ar_json_get(ar_json_root(json), "a")), 2);
    ar_json_free(json);
}

static void a_byte_order_mark_is_skipped_and_not_counted(void **state)
{
    ar_json *json = parse("\xEF\xBB\xBF{\"a\": 1}");
    const ar_json_value *a = ar_json_get(ar_json_root(json), "a");

    (void)state;
    ar_json_fail(ARNY_E_DATA, json, a, "x");
    assert_error("team.json:1:7: a: x");
    ar_json_free(json);
    refused("\xEF\xBB\xBF", "t: it is empty");
}

static void the_text_is_copied(void **state)
{
    char text[] = "{\"key\": \"value\"}";
    ar_json *json = parse(text);
    const char *value = NULL;

    (void)state;
    memset(text, 'x', sizeof text);
    assert_status(ar_json_string(&value, json, ar_json_get(ar_json_root(json), "key")), 0);
    assert_string_equal(value, "value");
    ar_json_fail(ARNY_E_DATA, json, ar_json_get(ar_json_root(json), "key"), "x");
    assert_error("team.json:1:9: key: x");
    ar_json_free(json);
}

static void syntax_errors_name_line_and_column(void **state)
{
    (void)state;
    refused("", "t: it is empty");
    refused_bytes(NULL, 0, "t: it is empty");
    refused("{\n  \"a\": 1\n  \"b\": 2\n}", "t:3:3: unexpected character, expected a comma or a closing brace");
    refused("{\"ä\": \"ö\" x}", "t:1:11: unexpected character, expected a comma or a closing brace");
    refused("[1, 2", "t:1:6: unexpected end of data");
    refused("{\"a\": \"b", "t:1:9: unexpected end of data");
    refused("[1]\r\n]", "t:2:1: unexpected content after document");
    refused("[1]\r]", "t:2:1: unexpected content after document");
    refused("[1]\n\n /* open", "t:3:2: unclosed multiline comment");
    refused("['a']", "t:1:2: unexpected character, expected a valid JSON value");
}

static void what_json_has_not_is_refused(void **state)
{
    static const char *const texts[] = {
        "nul",     "NaN",      "[Infinity]", "[-Infinity]", "[01]",      "[1.]",          "[.5]",      "[+1]",
        "[1e999]", "[-1e999]", "[0x10]",     "{a: 1}",      "[1 2]",     "[,]",           "[1,,]",     "{,}",
        "{\"a\"}", "{\"a\":}", "[\"\t\"]",   "[\"\n\"]",    "[\"\\x\"]", "[\"\\ud800\"]", "# comment", "[1]//\n2",
        "{1: 2}",  "{]",       "[}",         "/",           "//",        "True"};
    ar_json *json;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (ar_json_parse(&json, texts[i], strlen(texts[i]), "t") != ARNY_E_DATA)
            fail_msg("accepted: %s", texts[i]);
        if (strncmp(arny_last_error(), "t:", 2) != 0)
            fail_msg("no place: %s", arny_last_error());
    }
    assert_status(ar_json_parse(&json, NULL, 5, "t"), ARNY_E_ARGUMENT);
}

static void what_is_not_utf8_is_refused_everywhere(void **state)
{
    (void)state;
    refused("[\"\xC0\xAF\"]", "t:1:3: byte 0xC0 is not UTF-8; save the file as UTF-8");
    refused("// \xFF\n[]", "t:1:4: byte 0xFF is not UTF-8; save the file as UTF-8");
    refused("[\"\xED\xA0\x80\"]", "t:1:3: byte 0xED is not UTF-8; save the file as UTF-8");
    refused("[]\n\xC3", "t:2:1: byte 0xC3 is not UTF-8; save the file as UTF-8");
    refused_bytes("\xFF\xFE[\0]\0", 6, "t:1:1: byte 0xFF is not UTF-8; save the file as UTF-8");
}

static void nul_characters_are_refused_in_both_forms(void **state)
{
    (void)state;
    refused_bytes("[1]\0", 4, "t:1:4: a NUL byte is no text");
    refused_bytes("/*\0*/[1]", 8, "t:1:3: a NUL byte is no text");
    refused("[1,\n \"a\\u0000b\"]", "t:2:2: \\u0000 is not allowed in a string");
    refused("{\"a\\u0000\": 1}", "t:1:2: \\u0000 is not allowed in a string");
}

static void nest(char *text, size_t levels, const char *open, const char *inner, const char *close)
{
    *text = '\0';
    for (size_t i = 0; i < levels; i++)
        strcat(text, open);
    strcat(text, inner);
    for (size_t i = 0; i < levels; i++)
        strcat(text, close);
}

static void nesting_is_allowed_to_64_levels(void **state)
{
    static char text[4096];

    (void)state;
    nest(text, 64, "[", "", "]");
    ar_json_free(parse(text));
    nest(text, 64, "{\"a\":", "0", "}");
    ar_json_free(parse(text));
    nest(text, 65, "[", "", "]");
    refused(text, "t:1:65: nested too deep; at most 64 levels are allowed");
    nest(text, 65, "[\n", "", "]");
    refused(text, "t:65:1: nested too deep; at most 64 levels are allowed");
    nest(text, 33, "{\"a\":[", "", "]}");
    refused(text, "t:1:193: nested too deep; at most 64 levels are allowed");
}

static void brackets_in_strings_and_comments_are_no_nesting(void **state)
{
    static char text[4096], inner[1024];
    char *quoted;

    (void)state;
    nest(inner, 100, "[{", "", "");
    quoted = ar_format("\"\\\"\\\\%s\" /* \" %s * / */ // %s\n", inner, inner, inner);
    nest(text, 64, "[", quoted, "]");
    ar_json_free(parse(text));
    ar_free(quoted);
}

static void a_million_open_brackets_cost_nothing(void **state)
{
    size_t bytes = 1000000;
    char *text = malloc(bytes);

    (void)state;
    memset(text, '[', bytes);
    refused_bytes(text, bytes, "t:1:65: nested too deep; at most 64 levels are allowed");
    free(text);
}

static void duplicate_keys_are_refused_at_the_second(void **state)
{
    ar_json *json;

    (void)state;
    refused("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", "t:3:2: key \"a\" stands here again; line 1 has it first");
    refused("{\"agents\": {\"x\": 1, \"y\": {\"k\": [1, {}], \"k\": 2}}}",
            "t:1:41: agents.y: key \"k\" stands here again; line 1 has it first");
    refused("[{}, {\"a\": 1, \"\\u0061\": 2}]", "t:1:15: [1]: key \"a\" stands here again; line 1 has it first");
    refused("{\"\": 1, \"\": 2}", "t:1:9: key \"\" stands here again; line 1 has it first");
    /* of two duplicates, the one that comes first in the text is told */
    refused("{\"b\": 1, \"a\": 1, \"b\": 2, \"a\": 2}", "t:1:18: key \"b\" stands here again; line 1 has it first");
    json = parse("{\"a\": {\"a\": 1}, \"A\": [{\"a\": 1}, {\"a\": 1}], \"ab\": 1}");
    ar_json_free(json);
}

static void very_many_keys_are_checked_in_little_time(void **state)
{
    ar_buf text = AR_BUF_INIT(10000000);
    ar_json *json;

    (void)state;
    ar_buf_puts(&text, "{");
    for (int i = 0; i < 100000; i++)
        ar_buf_printf(&text, "\"k%d\":0,\n", i);
    ar_buf_puts(&text, "}");
    assert_status(ar_json_parse(&json, text.ptr, text.len, "t"), 0);
    ar_json_free(json);
    text.len -= 1;
    ar_buf_puts(&text, "\"k500\":1}");
    refused_bytes(text.ptr, text.len, "t:100001:1: key \"k500\" stands here again; line 501 has it first");
    ar_buf_free(&text);
}

static void each_failed_allocation_is_told_and_leaks_nothing(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    const char *texts[] = {"{\"a\": [1, 2, {\"b\": \"text\"}], // x\n \"c\": 1}", "1",
                           "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"};

    for (size_t i = 0; i < 3; i++) {
        for (long n = 1;; n++) {
            ar_json *json;
            int status;
            long count;

            ar_fault_arm(AR_FAULT_ALLOC, n, 0);
            status = ar_json_parse(&json, texts[i], strlen(texts[i]), "t");
            count = ar_fault_count(AR_FAULT_ALLOC);
            ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
            if (count < n) {
                assert_status(status, 0);
                assert_true(n > 5);
                ar_json_free(json);
                break;
            }
            assert_status(status, ARNY_E_MEMORY);
            assert_null(json);
        }
    }
#else
    SKIP_NO_FAULTS();
#endif
}

/* ---- places -------------------------------------------------------------------------------------------- */

/* Every value of this text is asked for its place, and the text at that place must be how the value begins. */
static const char *const landscape = "// {\"comment\": [1]}\n"
                                     "{ \"a\" /* \"}\" */: \"x\\\"]\\\\\", \"b\":[1,-2.5e3,[],{}],\r\n"
                                     "  \"ü€🙂\": {\"in\": [[true],[null,{\"z\":false}]]}, /**/ \"e\":\t\"\",\n"
                                     "  \"//\": \"/*\", // \"f\": 0,\n"
                                     "  \"g\": 18446744073709551615,\n"
                                     "}\n";

static void assert_begins(const ar_json *json, const ar_json_value *value)
{
    static const char *const first = "ntf\"[{-0123456789";
    const char *at = landscape, *colon;
    unsigned long line, column;

    ar_json_fail(ARNY_E_DATA, json, value, "x");
    line = strtoul(strchr(arny_last_error(), ':') + 1, (char **)&colon, 10);
    column = strtoul(colon + 1, NULL, 10);
    while (--line > 0)
        at = strchr(at, '\n') + 1;
    while (--column > 0)
        for (at++; ((unsigned char)*at & 0xC0) == 0x80;)
            at++;
    assert_non_null(strchr(first, *at));
    switch (ar_json_type(value)) {
    case AR_JSON_NULL: assert_memory_equal(at, "null", 4); break;
    case AR_JSON_STRING: assert_int_equal(*at, '"'); break;
    case AR_JSON_ARRAY: assert_int_equal(*at, '['); break;
    case AR_JSON_OBJECT: assert_int_equal(*at, '{'); break;
    case AR_JSON_BOOL: assert_true(*at == 't' || *at == 'f'); break;
    default: assert_true(*at == '-' || (*at >= '0' && *at <= '9')); break;
    }
    for (size_t i = 0; i < ar_json_count(value); i++)
        assert_begins(json, ar_json_at(value, i));
}

static void every_value_is_found_in_its_text(void **state)
{
    ar_json *json = parse(landscape);

    (void)state;
    assert_begins(json, ar_json_root(json));
    ar_json_free(json);
}

static void assert_place(const ar_json *json, const ar_json_value *value, const char *place)
{
    ar_json_fail(ARNY_E_DATA, json, value, "x");
    assert_error(place);
}

static void places_count_lines_and_characters_and_paths_name_keys(void **state)
{
    ar_json *json = parse(landscape);
    const ar_json_value *root = ar_json_root(json), *b = ar_json_get(root, "b"), *odd = ar_json_get(root, "ü€🙂"),
                        *deep = ar_json_at(ar_json_get(odd, "in"), 1);

    (void)state;
    assert_place(json, root, "team.json:2:1: x");
    assert_place(json, ar_json_get(root, "a"), "team.json:2:18: a: x");
    assert_place(json, b, "team.json:2:32: b: x");
    assert_place(json, ar_json_at(b, 0), "team.json:2:33: b[0]: x");
    assert_place(json, ar_json_at(b, 1), "team.json:2:35: b[1]: x");
    assert_place(json, ar_json_at(b, 3), "team.json:2:45: b[3]: x");
    assert_place(json, odd, "team.json:3:10: [\"ü€🙂\"]: x");
    assert_place(json, ar_json_get(ar_json_at(deep, 1), "z"), "team.json:3:36: [\"ü€🙂\"].in[1][1].z: x");
    assert_place(json, ar_json_get(root, "e"), "team.json:3:57: e: x");
    assert_place(json, ar_json_get(root, "//"), "team.json:4:9: [\"//\"]: x");
    assert_place(json, ar_json_get(root, "g"), "team.json:5:8: g: x");
    ar_json_free(json);

    json = parse("[[1], 2]");
    assert_place(json, ar_json_at(ar_json_at(ar_json_root(json), 0), 0), "team.json:1:3: [0][0]: x");
    assert_place(json, ar_json_at(ar_json_root(json), 1), "team.json:1:7: [1]: x");
    ar_json_free(json);

    json = parse(" \n 5");
    assert_place(json, ar_json_root(json), "team.json:2:2: x");
    ar_json_free(json);
}

static void errors_work_without_a_value_or_a_document(void **state)
{
    ar_json *json = parse("{}"), *unnamed;
    const char *text;

    (void)state;
    assert_int_equal(ar_json_fail(ARNY_E_NOT_FOUND, json, NULL, "no %s", "agents"), ARNY_E_NOT_FOUND);
    assert_error("team.json: no agents");
    assert_int_equal(ar_json_fail(ARNY_E_DATA, NULL, NULL, "alone"), ARNY_E_DATA);
    assert_error("alone");
    assert_status(ar_json_string(&text, json, ar_json_get(ar_json_root(json), "a")), ARNY_E_DATA);
    assert_error("team.json: a string expected, not nothing");
    assert_status(ar_json_parse(&unnamed, "1", 1, NULL), 0);
    ar_json_fail(ARNY_E_DATA, unnamed, ar_json_root(unnamed), "x");
    assert_error("JSON:1:1: x");
    ar_json_free(json);
    ar_json_free(unnamed);
}

static void long_and_hostile_keys_are_shown_short_and_clean(void **state)
{
    static char text[3000];
    ar_json *json;
    const ar_json_value *at;

    (void)state;
    strcpy(text, "{\"\\u001b[31m\\n\": {\"");
    memset(text + strlen(text), 'k', 500);
    strcat(text, "\": 1}}");
    json = parse(text);
    at = ar_json_at(ar_json_at(ar_json_root(json), 0), 0);
    assert_place(json, at, "team.json:1:523: [\"?[31m \"][\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...\"]: x");
    ar_json_free(json);

    nest(text, 63, "{\"a-key-of-some-length\":", "1", "}");
    json = parse(text);
    for (at = ar_json_root(json); ar_json_count(at) > 0;)
        at = ar_json_at(at, 0);
    ar_json_fail(ARNY_E_DATA, json, at, "the sentence stays");
    assert_error_has("a-key-of-some-length.a-key-of-some-length.");
    assert_error_has(": the sentence stays");
    ar_json_free(json);
}

/* ---- values -------------------------------------------------------------------------------------------- */

static const char *const kinds = "{\"s\": \"hot\", \"n\": 0.25, \"i\": -7, \"big\": 18446744073709551615,\n"
                                 " \"t\": true, \"null\": null, \"a\": [1], \"o\": {},\n"
                                 " \"e\": \"\", \"thousand\": 1e3, \"half\": 2.5, \"huge\": 1e300,\n"
                                 " \"max\": 9223372036854775807, \"min\": -9223372036854775808}";

static const ar_json_value *kind(const ar_json *json, const char *key)
{
    const ar_json_value *value = ar_json_get(ar_json_root(json), key);

    assert_non_null(value);
    return value;
}

static void strings_and_bools_are_taken_as_they_are(void **state)
{
    ar_json *json = parse(kinds);
    const char *text = "untouched";
    int flag = 7;

    (void)state;
    assert_status(ar_json_string(&text, json, kind(json, "n")), ARNY_E_DATA);
    assert_error("team.json:1:19: n: a string expected, not 0.25");
    assert_string_equal(text, "untouched");
    assert_status(ar_json_string(&text, json, kind(json, "s")), 0);
    assert_string_equal(text, "hot");
    assert_status(ar_json_string(&text, json, kind(json, "e")), 0);
    assert_string_equal(text, "");
    assert_status(ar_json_bool(&flag, json, kind(json, "null")), ARNY_E_DATA);
    assert_error("team.json:2:21: null: true or false expected, not null");
    assert_int_equal(flag, 7);
    assert_status(ar_json_bool(&flag, json, kind(json, "t")), 0);
    assert_int_equal(flag, 1);
    ar_json_free(json);
}

static void numbers_have_a_range_and_its_ends_belong_to_it(void **state)
{
    ar_json *json = parse(kinds);
    double number = 42;

    (void)state;
    assert_status(ar_json_number(&number, json, kind(json, "s"), 0, 10), ARNY_E_DATA);
    assert_error("team.json:1:7: s: 0 to 10 expected, not \"hot\"");
    assert_true(number == 42);
    assert_status(ar_json_number(&number, json, kind(json, "n"), 0.25, 0.25), 0);
    assert_true(number == 0.25);
    assert_status(ar_json_number(&number, json, kind(json, "n"), 0.26, 1), ARNY_E_DATA);
    assert_error("team.json:1:19: n: 0.26 to 1 expected, not 0.25");
    assert_status(ar_json_number(&number, json, kind(json, "i"), 0, INFINITY), ARNY_E_DATA);
    assert_error("team.json:1:30: i: 0 or more expected, not -7");
    assert_status(ar_json_number(&number, json, kind(json, "thousand"), -INFINITY, 1), ARNY_E_DATA);
    assert_error("team.json:3:23: thousand: 1 or less expected, not 1000");
    assert_status(ar_json_number(&number, json, kind(json, "o"), -INFINITY, INFINITY), ARNY_E_DATA);
    assert_error("team.json:2:42: o: a number expected, not an object");
    assert_status(ar_json_number(&number, json, kind(json, "huge"), -INFINITY, INFINITY), 0);
    assert_true(number == 1e300);
    ar_json_free(json);
}

static void integers_are_whole_and_fit(void **state)
{
    ar_json *json = parse(kinds);
    int64_t number = 42;

    (void)state;
    assert_status(ar_json_integer(&number, json, kind(json, "half"), 1, 10), ARNY_E_DATA);
    assert_error("team.json:3:36: half: a whole number from 1 to 10 expected, not 2.5");
    assert_status(ar_json_integer(&number, json, kind(json, "i"), 1, INT64_MAX), ARNY_E_DATA);
    assert_error("team.json:1:30: i: a whole number, 1 or more, expected, not -7");
    assert_status(ar_json_integer(&number, json, kind(json, "thousand"), INT64_MIN, 10), ARNY_E_DATA);
    assert_error("team.json:3:23: thousand: a whole number, 10 or less, expected, not 1000");
    assert_status(ar_json_integer(&number, json, kind(json, "big"), INT64_MIN, INT64_MAX), ARNY_E_DATA);
    assert_error("team.json:1:41: big: a whole number expected, not 18446744073709551615");
    assert_status(ar_json_integer(&number, json, kind(json, "huge"), INT64_MIN, INT64_MAX), ARNY_E_DATA);
    assert_error_has("not 1e+300");
    assert_status(ar_json_integer(&number, json, kind(json, "a"), INT64_MIN, INT64_MAX), ARNY_E_DATA);
    assert_error_has("not an array");
    assert_status(ar_json_integer(&number, json, kind(json, "t"), 0, 1), ARNY_E_DATA);
    assert_error_has("not true");
    assert_int_equal(number, 42);
    assert_status(ar_json_integer(&number, json, kind(json, "i"), -7, -7), 0);
    assert_int_equal(number, -7);
    assert_status(ar_json_integer(&number, json, kind(json, "thousand"), 0, 1000), 0);
    assert_int_equal(number, 1000);
    assert_status(ar_json_integer(&number, json, kind(json, "max"), INT64_MIN, INT64_MAX), 0);
    assert_true(number == INT64_MAX);
    assert_status(ar_json_integer(&number, json, kind(json, "min"), INT64_MIN, INT64_MAX), 0);
    assert_true(number == INT64_MIN);
    ar_json_free(json);
}

static void containers_are_asked_for_by_type(void **state)
{
    ar_json *json = parse(kinds);

    (void)state;
    assert_status(ar_json_object(json, kind(json, "o")), 0);
    assert_status(ar_json_array(json, kind(json, "a")), 0);
    assert_status(ar_json_object(json, kind(json, "a")), ARNY_E_DATA);
    assert_error("team.json:2:32: a: an object expected, not an array");
    assert_status(ar_json_array(json, kind(json, "o")), ARNY_E_DATA);
    assert_error("team.json:2:42: o: an array expected, not an object");
    assert_status(ar_json_array(json, NULL), ARNY_E_DATA);
    ar_json_free(json);
}

static void long_strings_are_quoted_short_at_a_character(void **state)
{
    ar_json *json = parse("[\"12345678901234567890123456789012345678901234567€ and more\"]");
    double number;

    (void)state;
    assert_status(ar_json_number(&number, json, ar_json_at(ar_json_root(json), 0), 0, 1), ARNY_E_DATA);
    assert_error("team.json:1:2: [0]: 0 to 1 expected, not \"12345678901234567890123456789012345678901234567...\"");
    ar_json_free(json);
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static const char *const agent_keys[] = {"model", "prompt", "temperature", "max_tokens", NULL};

static void an_unknown_key_is_named_with_the_nearest_known(void **state)
{
    ar_json *json = parse("{\n  \"agents\": {\n    \"math\": {\n      \"model\": \"base\",\n"
                          "      \"prompt\": \"\",\n\n    \"temprature\": 0.2 } } }");
    const ar_json_value *math = ar_json_get(ar_json_get(ar_json_root(json), "agents"), "math");
    static const char *const none[] = {NULL}, *const root_keys[] = {"agents", NULL};

    (void)state;
    assert_status(ar_json_only(json, math, agent_keys), ARNY_E_DATA);
    assert_error("team.json:7:5: agents.math: unknown key \"temprature\"; did you mean \"temperature\"?");
    assert_status(ar_json_only(json, ar_json_root(json), agent_keys), ARNY_E_DATA);
    assert_error("team.json:2:3: unknown key \"agents\"; allowed: model, prompt, temperature, max_tokens");
    assert_status(ar_json_only(json, ar_json_root(json), none), ARNY_E_DATA);
    assert_error("team.json:2:3: unknown key \"agents\"; none is allowed here");
    assert_status(ar_json_only(json, ar_json_root(json), root_keys), 0);
    assert_status(ar_json_only(json, ar_json_get(math, "model"), agent_keys), ARNY_E_DATA);
    assert_error_has("an object expected, not \"base\"");
    ar_json_free(json);
    json = parse("{}");
    assert_status(ar_json_only(json, ar_json_root(json), none), 0);
    ar_json_free(json);
}

static void a_long_list_of_keys_is_cut(void **state)
{
    ar_json *json = parse("{\"?\": 1}");
    static char names[40][40];
    const char *keys[41] = {NULL};

    (void)state;
    for (int i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "a-rather-long-name-of-a-key-%d", i);
        keys[i] = names[i];
    }
    assert_status(ar_json_only(json, ar_json_root(json), keys), ARNY_E_DATA);
    assert_error_has("allowed: a-rather-long-name-of-a-key-0, ");
    ar_json_free(json);
}

static void the_nearest_word_is_found_by_edits(void **state)
{
    static const char *const names[] = {"temperature", "top_k", "top_p", "prompt", "model", "models", "", NULL};
    static const char *const letters[] = {"x", "y", NULL};
    char longest[70];

    (void)state;
    assert_string_equal(ar_nearest("temprature", names), "temperature");   /* one missing */
    assert_string_equal(ar_nearest("temperrature", names), "temperature"); /* one too many */
    assert_string_equal(ar_nearest("temperatuer", names), "temperature");  /* neighbours swapped */
    assert_string_equal(ar_nearest("tenperasure", names), "temperature");  /* two others */
    assert_string_equal(ar_nearest("ptompt", names), "prompt");
    assert_string_equal(ar_nearest("porpmt", names), "prompt"); /* two swaps, and 6/3 = 2 */
    assert_string_equal(ar_nearest("model", names), "model");
    assert_string_equal(ar_nearest("modelss", names), "models");
    assert_string_equal(ar_nearest("top_q", names), "top_k"); /* of two as near, the first */
    assert_null(ar_nearest("mxdxl", names));                  /* two, and 5/3 = 1 */
    assert_null(ar_nearest("adapter", names));
    assert_null(ar_nearest("Temperature is a word", names));
    assert_null(ar_nearest("", names));
    assert_null(ar_nearest("a", letters)); /* nothing of it would be left */
    assert_null(ar_nearest("a", (const char *const[]){NULL}));
    memset(longest, 'a', sizeof longest);
    longest[64] = '\0';
    assert_null(ar_nearest(longest, names));
    assert_ptr_equal(ar_nearest(longest, (const char *const[]){longest, NULL}), longest);
    longest[64] = 'a';
    longest[65] = '\0';
    assert_null(ar_nearest(longest, names));
    assert_null(ar_nearest("aaa", (const char *const[]){longest, NULL}));
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static void numbers_are_written_with_so_many_decimals(void **state)
{
    static const struct {
        double value;
        int decimals;
        const char *wanted;
    } cases[] = {{0, 1, "0.0"},
                 {0.97, 4, "0.9700"},
                 {1.96, 1, "2.0"},
                 {1e-7, 9, "0.000000100"},
                 {123456789.125, 3, "123456789.125"},
                 {-1, 3, "0.000"},
                 {NAN, 3, "0.000"},
                 {INFINITY, 3, "0.000"},
                 {1e18, 9, "0.000000000"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_buf out = AR_BUF_INIT(100);
        assert_status(ar_json_decimal(&out, cases[i].value, cases[i].decimals), ARNY_OK);
        assert_string_equal(out.ptr, cases[i].wanted);
        ar_buf_free(&out);
    }
}

static void assert_quoted(const char *text, size_t bytes, const char *wanted)
{
    ar_buf out = AR_BUF_INIT(1000);

    assert_status(ar_json_quote(&out, text, bytes), 0);
    assert_string_equal(out.ptr, wanted);
    ar_buf_free(&out);
}

static void strings_are_quoted_so_that_json_reads_them_back(void **state)
{
    (void)state;
    assert_quoted("", 0, "\"\"");
    assert_quoted(NULL, 0, "\"\"");
    assert_quoted("plain", 5, "\"plain\"");
    assert_quoted("\"a\\b\"", 5, "\"\\\"a\\\\b\\\"\"");
    assert_quoted("\n\r\t\b\f\x01\x1F\x7F/", 9, "\"\\n\\r\\t\\b\\f\\u0001\\u001f\x7F/\"");
    assert_quoted("a\0b", 3, "\"a\\u0000b\"");
    assert_quoted("ü€🙂", 9, "\"ü€🙂\"");
}

static void what_is_not_utf8_is_quoted_as_a_replacement_character(void **state)
{
    (void)state;
    assert_quoted("a\xFFz", 3, "\"a\uFFFDz\"");
    assert_quoted("\xE2\x82(", 3, "\"\uFFFD(\"");
    assert_quoted("\xED\xA0\x80", 3, "\"\uFFFD\uFFFD\uFFFD\"");
    assert_quoted("end\xF0\x9F", 5, "\"end\uFFFD\"");
    assert_quoted("\n\xC0\n", 3, "\"\\n\uFFFD\\n\"");
}

static void every_quoted_text_is_parsed_to_itself(void **state)
{
    char text[128], back[128];
    ar_buf out = AR_BUF_INIT(4000);
    const char *parsed;
    ar_json *json;

    (void)state;
    for (int i = 1; i < 128; i++)
        text[i - 1] = (char)i;
    text[127] = '\0';
    ar_buf_puts(&out, "  ");
    assert_status(ar_json_quote(&out, text, 127), 0);
    json = parse(out.ptr);
    assert_status(ar_json_string(&parsed, json, ar_json_root(json)), 0);
    snprintf(back, sizeof back, "%s", parsed);
    assert_memory_equal(back, text, sizeof text);
    ar_json_free(json);
    ar_buf_free(&out);
}

static void quoting_stops_at_the_maximum_of_the_buffer(void **state)
{
    ar_buf out = AR_BUF_INIT(7), small = AR_BUF_INIT(6);

    (void)state;
    assert_status(ar_json_quote(&out, "abcde", 5), 0);
    assert_status(ar_json_quote(&small, "abcde", 5), ARNY_E_DATA);
    ar_buf_free(&out);
    ar_buf_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_walked_by_key_and_index),
        cmocka_unit_test(nothing_and_the_wrong_type_give_nothing),
        cmocka_unit_test(comments_and_trailing_commas_are_allowed),
        cmocka_unit_test(a_byte_order_mark_is_skipped_and_not_counted),
        cmocka_unit_test(the_text_is_copied),
        cmocka_unit_test(syntax_errors_name_line_and_column),
        cmocka_unit_test(what_json_has_not_is_refused),
        cmocka_unit_test(what_is_not_utf8_is_refused_everywhere),
        cmocka_unit_test(nul_characters_are_refused_in_both_forms),
        cmocka_unit_test(nesting_is_allowed_to_64_levels),
        cmocka_unit_test(brackets_in_strings_and_comments_are_no_nesting),
        cmocka_unit_test(a_million_open_brackets_cost_nothing),
        cmocka_unit_test(duplicate_keys_are_refused_at_the_second),
        cmocka_unit_test(very_many_keys_are_checked_in_little_time),
        cmocka_unit_test(each_failed_allocation_is_told_and_leaks_nothing),
        cmocka_unit_test(every_value_is_found_in_its_text),
        cmocka_unit_test(places_count_lines_and_characters_and_paths_name_keys),
        cmocka_unit_test(errors_work_without_a_value_or_a_document),
        cmocka_unit_test(long_and_hostile_keys_are_shown_short_and_clean),
        cmocka_unit_test(strings_and_bools_are_taken_as_they_are),
        cmocka_unit_test(numbers_have_a_range_and_its_ends_belong_to_it),
        cmocka_unit_test(integers_are_whole_and_fit),
        cmocka_unit_test(containers_are_asked_for_by_type),
        cmocka_unit_test(long_strings_are_quoted_short_at_a_character),
        cmocka_unit_test(an_unknown_key_is_named_with_the_nearest_known),
        cmocka_unit_test(a_long_list_of_keys_is_cut),
        cmocka_unit_test(the_nearest_word_is_found_by_edits),
        cmocka_unit_test(strings_are_quoted_so_that_json_reads_them_back),
        cmocka_unit_test(what_is_not_utf8_is_quoted_as_a_replacement_character),
        cmocka_unit_test(every_quoted_text_is_parsed_to_itself),
        cmocka_unit_test(quoting_stops_at_the_maximum_of_the_buffer),
        cmocka_unit_test(numbers_are_written_with_so_many_decimals),
    };

    return RUN(tests);
}
