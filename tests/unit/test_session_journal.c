/* The file of a session's turns by itself: what the fuzzer of it has found, and what it cannot try. */
#include "check.h"
#include "comma.h"
#include "session/journal.h"
#include "team_text.h"
#include "tmp.h"
#include "util/folder.h"

#define HEAD_BYTES 16
#define AGENTS     2

static char *path; /* each test's own */
static ar_team_config *config;
static ar_seal plain, key, other;
static const ar_digest whose = {{1}};

typedef struct visit { /* of a process that has this session */
    ar_journal journal;
    ar_history history;
    double p[AGENTS + 1];
} visit;

static int enter(visit *v, const ar_seal *seal)
{
    memset(v, 0, sizeof *v);
    assert_status(ar_history_init(&v->history, config), ARNY_OK);
    int status = ar_journal_open(&v->journal, &v->history, v->p, path, &whose, seal);
    if (status)
        ar_history_free(&v->history);
    return status;
}

static void leave(visit *v)
{
    ar_journal_close(&v->journal);
    ar_history_free(&v->history);
}

static void add(visit *v, const char *user)
{
    static const double p[AGENTS + 1] = {0.25, 0.625, 0.125};
    ar_turn turn = {.user = (char *)(uintptr_t)user, .reply = (char *)(uintptr_t) "yes", .model = 7};
    int64_t written = 0;
    assert_status(ar_journal_add(&written, &v->journal, config, &turn, p), ARNY_OK);
}

static void write_turns(const ar_seal *seal, const char *const *users)
{
    visit v;
    assert_status(enter(&v, seal), ARNY_OK);
    for (; *users; users++)
        add(&v, *users);
    leave(&v);
}

static int begin(void **state)
{
    (void)state;
    path = test_path(test_tmpdir(), "anna.turns");
    assert_status(ar_seal_init(&key, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL), ARNY_OK);
    assert_status(ar_seal_init(&other, (const uint8_t *)"0123456789abcdef0123456789abcdeF", NULL), ARNY_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(path);
    return 0;
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void turns_come_back_where_numbers_have_a_comma(void **state)
{
    static const char *const users[] = {"one", "two", NULL};
    visit v;
    (void)state;
    if (!test_comma_begin())
        SKIP("needs localedef and the sources of locales: apt-get install locales");
    write_turns(&plain, users);
    assert_status(enter(&v, &plain), ARNY_OK);
    test_comma_end();
    assert_int_equal(v.history.turn_count, 2);
    assert_true(v.p[0] == 0.25 && v.p[1] == 0.625 && v.p[2] == 0.125);
    leave(&v);
}

static void another_key_is_told_also_where_the_first_turn_is_damaged(void **state)
{
    static const char *const users[] = {"one", "two", "three", NULL};
    size_t bytes, after;
    visit v;
    (void)state;
    write_turns(&key, users);
    char *file = test_read(path, &bytes);
    file[HEAD_BYTES + 40] ^= 1;
    test_write(path, file, bytes);
    assert_status(enter(&v, &other), ARNY_E_DATA);
    assert_error_has("it cannot be decrypted: another key, or it was changed");
    char *kept = test_read(path, &after);
    assert_int_equal(after, bytes);
    assert_memory_equal(kept, file, bytes);
    assert_status(enter(&v, &key), ARNY_OK);
    assert_int_equal(v.history.turn_count, 2);
    leave(&v);
    free(file);
    free(kept);
}

/* Whichever byte of a turn in the middle is changed, its length too: that turn is lost, and no other. */
static void a_damaged_turn_costs_no_other(void **state)
{
    static const char *const users[] = {"one", "two", "three", NULL}, *const first[] = {"one", NULL};
    const ar_seal *seals[] = {&plain, &key};
    size_t begin_at, bytes, record;
    visit v;
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_status(ar_file_remove(path), ARNY_OK);
        write_turns(seals[i], first);
        free(test_read(path, &begin_at));
        assert_status(ar_file_remove(path), ARNY_OK);
        write_turns(seals[i], users);
        char *file = test_read(path, &bytes);
        record = begin_at - HEAD_BYTES; /* "one" and "two" are equally long */
        for (size_t at = begin_at; at < begin_at + record; at++) {
            file[at] ^= 0x41;
            test_write(path, file, bytes);
            file[at] ^= 0x41;
            assert_status(enter(&v, seals[i]), ARNY_OK);
            if (v.history.turn_count != 2 || strcmp(v.history.turns[0].user, "one") != 0 ||
                strcmp(v.history.turns[1].user, "three") != 0)
                fail_msg("byte %zu of %zu changed: %zu turns", at, bytes, v.history.turn_count);
            add(&v, "four");
            leave(&v);
            assert_status(enter(&v, seals[i]), ARNY_OK);
            assert_int_equal(v.history.turn_count, 3);
            assert_string_equal(v.history.turns[2].user, "four");
            leave(&v);
        }
        free(file);
    }
}

static void a_short_file_of_somebody_else_is_kept(void **state)
{
    static const char *const texts[] = {"x", "a letter", "arny turns 2 p", "arny turns 1 x\n", "ARNY"};
    size_t bytes;
    visit v;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        test_write(path, texts[i], strlen(texts[i]));
        assert_status(enter(&v, &plain), ARNY_E_DATA);
        assert_error_has("anna.turns: these are no turns");
        assert_status(enter(&v, &key), ARNY_E_DATA);
        char *kept = test_read(path, &bytes);
        assert_int_equal(bytes, strlen(texts[i]));
        assert_string_equal(kept, texts[i]);
        free(kept);
    }
}

static void a_head_that_was_never_finished_is_nobodys(void **state)
{
    static const char heads[2][HEAD_BYTES] = {"arny turns 1 p\n", "arny turns 1 s\n"};
    static const char *const users[] = {"one", NULL};
    visit v;
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t bytes = 0; bytes < HEAD_BYTES; bytes++) {
            test_write(path, heads[i], bytes);
            write_turns(&plain, users);
            assert_status(enter(&v, &plain), ARNY_OK);
            assert_int_equal(v.history.turn_count, 1);
            leave(&v);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turns_come_back_where_numbers_have_a_comma, begin, end),
        cmocka_unit_test_setup_teardown(another_key_is_told_also_where_the_first_turn_is_damaged, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_turn_costs_no_other, begin, end),
        cmocka_unit_test_setup_teardown(a_short_file_of_somebody_else_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_head_that_was_never_finished_is_nobodys, begin, end),
    };
#ifndef ARNY_HAVE_CRYPTO
    return skip_all("needs a build with OpenSSL or libsodium");
#endif
    make_team_folder();
    config = good_team("{'arny':1,'plan':'monolith','models':{'m':{'fake':'base.fake'}},'agents':{'a':{},'b':{}}}");
    int failed = RUN(tests);
    ar_team_config_free(config);
    return failed;
}
