#include "check.h"

#include <arny/sys/engine.h>

#include "util/mem.h"
#include "util/status.h"
#include "util/thread.h"
#include "util/utf8.h"

/* Runs first: nothing has failed yet on this thread. */
static void error_is_empty_before_the_first_failure(void **state)
{
    (void)state;
    assert_error("");
}

static void context_alone_is_the_sentence_when_none_stands_there(void **state)
{
    (void)state;
    assert_int_equal(ar_fail_in(ARNY_E_DATA, "opening %s", "a.gguf"), ARNY_E_DATA);
    assert_error("opening a.gguf");
}

static void fail_records_the_sentence_and_returns_the_status(void **state)
{
    (void)state;
    assert_int_equal(ar_fail(ARNY_E_IO, "%s: %d of %d", "x", 1, 2), ARNY_E_IO);
    assert_error("x: 1 of 2");
    assert_int_equal(arny_engine_fail(ARNY_E_ENGINE, "%s", "no"), ARNY_E_ENGINE);
    assert_error("no");
}

static void context_comes_in_front_and_may_be_stacked(void **state)
{
    (void)state;
    ar_fail(ARNY_E_DATA, "bad magic");
    assert_int_equal(ar_fail_in(ARNY_E_DATA, "model %s", "base"), ARNY_E_DATA);
    assert_int_equal(ar_fail_in(ARNY_E_ENGINE, "team.json"), ARNY_E_ENGINE);
    assert_error("team.json: model base: bad magic");
}

static void last_error_may_be_an_argument_of_the_next(void **state)
{
    (void)state;
    ar_fail(ARNY_E_DATA, "inner");
    ar_fail(ARNY_E_DATA, "outer (%s) outer", arny_last_error());
    assert_error("outer (inner) outer");
    ar_fail_in(ARNY_E_DATA, "again %s", arny_last_error());
    assert_error("again outer (inner) outer: outer (inner) outer");
}

static void long_sentences_are_cut_at_a_character(void **state)
{
    char text[4000];

    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        size_t length;

        memset(text, 'x', lead);
        for (size_t i = lead; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x99\x82", 5);
        ar_fail(ARNY_E_DATA, "%s", text);
        length = strlen(arny_last_error());
        assert_true(length <= 1023 && length >= 1020);
        assert_int_equal((length - lead) % 4, 0);
        assert_int_equal(ar_utf8_valid(arny_last_error(), length), length);
        assert_memory_equal(arny_last_error(), text, length);
    }
}

static void a_sentence_of_exactly_the_maximum_stays_whole(void **state)
{
    char text[1025];

    (void)state;
    memset(text, 'y', sizeof text);
    text[1023] = '\0';
    ar_fail(ARNY_E_DATA, "%s", text);
    assert_error(text);
    text[1023] = 'z';
    text[1024] = '\0';
    ar_fail(ARNY_E_DATA, "%s", text);
    assert_int_equal(strlen(arny_last_error()), 1023);
}

static void context_in_front_of_a_full_sentence_keeps_its_beginning(void **state)
{
    char text[2000];

    (void)state;
    memset(text, 'y', sizeof text);
    text[sizeof text - 1] = '\0';
    ar_fail(ARNY_E_DATA, "%s", text);
    ar_fail_in(ARNY_E_DATA, "context");
    assert_int_equal(strlen(arny_last_error()), 1023);
    assert_memory_equal(arny_last_error(), "context: yyy", 12);
    ar_fail_in(ARNY_E_DATA, "%s", text);
    assert_int_equal(strlen(arny_last_error()), 1023);
    assert_memory_equal(arny_last_error(), "yyyy", 4);
}

static void what_files_put_into_a_sentence_cannot_reach_the_terminal(void **state)
{
    (void)state;
    ar_fail(ARNY_E_DATA, "a\x1B[31m\nb\t\x7F\xC3(\xFF");
    assert_error("a?[31m b \?\?(?");
}

static void *fails_elsewhere(void *data)
{
    snprintf(data, 64, "[%s]", arny_last_error());
    ar_fail(ARNY_E_DATA, "theirs");
    return NULL;
}

static void each_thread_has_its_own_sentence(void **state)
{
    char seen[64] = "";
    ar_thread thread;

    (void)state;
    ar_fail(ARNY_E_DATA, "mine");
    assert_status(ar_thread_start(&thread, fails_elsewhere, seen), 0);
    ar_thread_join(thread);
    assert_string_equal(seen, "[]");
    assert_error("mine");
}

static void every_status_has_a_name(void **state)
{
    static const char *const names[] = {"ok",    "argument",    "not-found", "data",    "memory", "budget", "io",
                                        "write", "unsupported", "cancelled", "context", "busy",   "engine", "end"};

    (void)state;
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        assert_string_equal(arny_status_name(-i), names[i]);
    for (int i = 1; i <= 13; i++)
        assert_true(strlen(arny_status_remedy(-i)) > 20);
    assert_string_equal(arny_status_remedy(0), "");
    assert_string_equal(arny_status_remedy(-14), "");
    assert_string_equal(arny_status_name(-14), "unknown");
    assert_string_equal(arny_status_name(1), "unknown");
    assert_string_equal(arny_status_name(INT32_MIN), "unknown");
}

static void version_is_that_of_the_header(void **state)
{
    char version[32];

    (void)state;
    snprintf(version, sizeof version, "%d.%d.%d", ARNY_VERSION_MAJOR, ARNY_VERSION_MINOR, ARNY_VERSION_PATCH);
    assert_string_equal(arny_version(), version);
}

static void no_memory_has_a_sentence(void **state)
{
    (void)state;
    assert_int_equal(ar_no_memory(), ARNY_E_MEMORY);
    assert_error_has("no memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_empty_before_the_first_failure),
        cmocka_unit_test(context_alone_is_the_sentence_when_none_stands_there),
        cmocka_unit_test(fail_records_the_sentence_and_returns_the_status),
        cmocka_unit_test(context_comes_in_front_and_may_be_stacked),
        cmocka_unit_test(last_error_may_be_an_argument_of_the_next),
        cmocka_unit_test(long_sentences_are_cut_at_a_character),
        cmocka_unit_test(a_sentence_of_exactly_the_maximum_stays_whole),
        cmocka_unit_test(context_in_front_of_a_full_sentence_keeps_its_beginning),
        cmocka_unit_test(what_files_put_into_a_sentence_cannot_reach_the_terminal),
        cmocka_unit_test(each_thread_has_its_own_sentence),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(version_is_that_of_the_header),
        cmocka_unit_test(no_memory_has_a_sentence),
    };

    return RUN(tests);
}
