/* A gateway is taught, asked and evaluated with each allocation, read and write failing in turn: never a crash, never a
 * leak, always an error with a sentence; the head's file has its old bytes or its new ones, and the same team still
 * routes. Needs a build with ARNY_FAULTS. */
#include "talk.h"
#include "tmp.h"
#include "util/fault.h"

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#ifdef ARNY_FAULTS

/* ---- a team, the head that it has and the one that it is to learn ------------------------------------------------ */

static const char before[] = "{'text': 'solve sums', 'agent': 'math'}\n{'text': 'so sad', 'agent': 'care'}\n";
static const char lessons[] = "{'text': 'solve sums', 'agent': 'math', 'kind': 'k', 'lang': 'en', 'source': 's',"
                              " 'danger': false}\n"
                              "{'text': 'add sums', 'agent': 'math', 'danger': false}\n"
                              "{'turns': ['so sad', 'and why'], 'agents': ['care', 'care']}\n"
                              "{'turns': ['solve it', 'and why'], 'agents': ['math', 'math']}\n"
                              "{'turns': ['sad', 'solve it', 'so sad'], 'agents': ['care', 'math', 'care']}\n"
                              "{'turns': ['sad sad', 'again'], 'agent': 'care'}\n"
                              "{'text': 'knife', 'danger': true}\n{'text': 'bread', 'danger': false}\n"
                              "{'text': 'so so sad', 'danger': false}\n";

typedef struct bytes {
    char *ptr;
    size_t count;
} bytes;

static const char *folder, *data, *cache;
static char *head_path;
static bytes old_head, new_head;

static bytes read_bytes(const char *path)
{
    bytes all;
    all.ptr = test_read(path, &all.count);
    return all;
}

static int is_head(bytes wanted)
{
    bytes there = read_bytes(head_path);
    int same = there.count == wanted.count && memcmp(there.ptr, wanted.ptr, wanted.count) == 0;
    free(there.ptr);
    return same;
}

static arny_training training;

static int train(arny_team *team, const char *path)
{
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    options.data = &path;
    options.data_count = 1;
    options.calibration = &path;
    options.calibration_count = 1;
    options.cache = cache;
    return arny_gateway_train(&training, team, &options);
}

static bytes teach(const char *text)
{
    const char *path = talk_file(folder, "data.jsonl", text);
    arny_team *team = talk_team(folder);
    assert_status(train(team, path), ARNY_OK);
    arny_team_free(team);
    return read_bytes(head_path);
}

static int make(void **state)
{
    (void)state;
    cache = test_tmpdir();
    folder = talk_folder("{'arny': 1, 'plan': 'monolith', 'engine': 'fake',"
                         " 'models': {'m': {'fake': 'm.fake'}, 'r': {'fake': 'r.fake'}},"
                         " 'gateway': {'model': 'r', 'mode': 'head', 'head': 'gateway.head', 'none': false,"
                         "             'safety': {'answer': false, 'help': {'en': 'Call.', 'de': 'Ruf an.'}}},"
                         " 'agents': {'math': {'model': 'm'}, 'care': {'model': 'm'}}}",
                         "m.fake", "{'default': 'fine'}", "r.fake", "{'embedding': 16}", NULL);
    head_path = test_path(folder, "gateway.head");
    old_head = teach(before);
    new_head = teach(lessons);
    data = talk_file(folder, "data.jsonl", lessons);
    return !is_head(new_head) || is_head(old_head);
}

static int clean(void **state)
{
    (void)state;
    free(head_path);
    free(old_head.ptr);
    free(new_head.ptr);
    return 0;
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static int failures; /* of the run */
static long counted; /* most operations that a run had before it was disarmed */
static enum ar_fault armed;

/* A call that failed says why, in so many words. */
static int check(int status)
{
    if (status == ARNY_OK)
        return status;
    failures++;
    if (status != ARNY_E_MEMORY && status != ARNY_E_IO && status != ARNY_E_WRITE) {
        print_error("%s: %s\n", arny_status_name(status), arny_last_error());
        fail();
    }
    assert_true(strlen(arny_last_error()) > 10);
    return status;
}

static void disarm(void)
{
    long count = ar_fault_count(armed);
    counted = count > counted ? count : counted;
    ar_fault_arm(armed, 0, 0);
}

/* Runs `script` with the first operation failing, then with the second, and so on to the last. Returns how many runs
 * failed; the others did without what they did not get. */
static long fail_each(enum ar_fault kind, void (*script)(void))
{
    long failed = 0;
    armed = kind;
    counted = 0;
    ar_fault_arm(kind, LONG_MAX, 0);
    script();
    long all = counted;
    for (long nth = 1; nth <= all; nth++) {
        failures = 0;
        ar_fault_arm(kind, nth, 0);
        script();
        failed += failures > 0;
    }
    return failed;
}

/* ---- what is done under fire ------------------------------------------------------------------------------------- */

static void assert_routes(arny_team *team, const char *message, const char *agent)
{
    arny_decision *decision;
    assert_status(arny_team_route(&decision, team, message), ARNY_OK);
    assert_string_equal(arny_decision_agent(decision), agent);
    arny_decision_free(decision);
}

static void learn(void)
{
    arny_team *team = NULL;
    test_write(head_path, old_head.ptr, old_head.count);
    size_t entries = test_entries(folder);
    if (check(arny_team_open(&team, folder, NULL)) == ARNY_OK) {
        int status = check(train(team, data));
        disarm();
        assert_int_equal(test_entries(folder), entries); /* nothing beside it */
        assert_true(test_entries(cache) <= 1);
        /* A rename that is done and cannot be synced is told as a failure too. */
        assert_true(is_head(status ? old_head : new_head) || (armed == AR_FAULT_FSYNC && is_head(new_head)));
        assert_routes(team, "solve sums", "math");
        assert_routes(team, "so sad", "care");
    }
    disarm();
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

/* With nothing in the cache. */
static void learn_afresh(void)
{
    DIR *dir = opendir(cache);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    closedir(dir);
    learn();
}

static void route(void)
{
    static const char *const turns[] = {"so sad", "and why", "again"};
    arny_team *team = NULL;
    arny_decision *decision = NULL;
    if (check(arny_team_open(&team, folder, NULL)) == ARNY_OK) {
        for (size_t i = 0; i < 3; i++) { /* what failed once works when it is asked again */
            if (check(arny_team_route_turns(&decision, team, turns, 3)) == ARNY_OK) {
                assert_string_equal(arny_decision_agent(decision), "care");
                arny_decision_free(decision);
            } else {
                assert_null(decision);
                disarm();
            }
        }
        assert_true(failures <= 1);
    }
    disarm();
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void evaluate(void)
{
    arny_team *team = NULL;
    arny_report *report = NULL;
    arny_eval_options options = ARNY_EVAL_OPTIONS_INIT;
    options.data = &data;
    options.data_count = 1;
    if (check(arny_team_open(&team, folder, NULL)) == ARNY_OK) {
        if (check(arny_gateway_eval(&report, team, &options)) == ARNY_OK)
            assert_int_equal(arny_report_figures(report)->right.count, 6);
        else
            assert_null(report);
        disarm();
        arny_report_free(report);
        assert_status(arny_gateway_eval(&report, team, &options), ARNY_OK);
        assert_int_equal(arny_report_figures(report)->right.count, 6);
        arny_report_free(report);
    }
    disarm();
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

/* A message that is answered, and one that speaks of danger. */
static void ask(void)
{
    static const char *const messages[] = {"solve sums", "knife knife", "so sad"};
    arny_team *team = NULL;
    arny_session *session = NULL;
    talk t = {0};
    if (check(arny_team_open(&team, folder, NULL)) == ARNY_OK &&
        check(arny_session_open(&session, team, NULL)) == ARNY_OK) {
        for (size_t i = 0; i < 3; i++) {
            if (check(talk_try(&t, session, messages[i], NULL)))
                disarm();
            else
                assert_int_equal(t.reason, i == 1 ? ARNY_REASON_SAFETY : ARNY_REASON_STOP);
        }
        disarm();
        assert_string_equal(talk_ask(&t, session, "so sad", NULL), "fine");
        assert_string_equal(talk_ask(&t, session, "knife knife", NULL), "");
    }
    disarm();
    arny_session_free(session);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void each_allocation_of_a_training_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(AR_FAULT_ALLOC, learn) > 200);
    assert_true(fail_each(AR_FAULT_ALLOC, learn_afresh) > 200);
}

static void each_read_of_a_training_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(AR_FAULT_READ, learn) > 3);
}

static void each_write_of_a_head_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(AR_FAULT_WRITE, learn) > 0);
    assert_true(fail_each(AR_FAULT_FSYNC, learn) > 1);
    assert_true(fail_each(AR_FAULT_RENAME, learn) > 0);
}

static void each_allocation_and_read_of_a_decision_may_fail(void **state)
{
    (void)state;
    test_write(head_path, new_head.ptr, new_head.count);
    assert_true(fail_each(AR_FAULT_ALLOC, route) > 50);
    assert_true(fail_each(AR_FAULT_READ, route) > 3);
}

static void each_allocation_and_read_of_an_evaluation_may_fail(void **state)
{
    (void)state;
    test_write(head_path, new_head.ptr, new_head.count);
    assert_true(fail_each(AR_FAULT_ALLOC, evaluate) > 100);
    assert_true(fail_each(AR_FAULT_READ, evaluate) > 3);
}

static void each_allocation_of_an_answer_to_danger_may_fail(void **state)
{
    (void)state;
    test_write(head_path, new_head.ptr, new_head.count);
    assert_true(fail_each(AR_FAULT_ALLOC, ask) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_training_may_fail),
        cmocka_unit_test(each_read_of_a_training_may_fail),
        cmocka_unit_test(each_write_of_a_head_may_fail),
        cmocka_unit_test(each_allocation_and_read_of_a_decision_may_fail),
        cmocka_unit_test(each_allocation_and_read_of_an_evaluation_may_fail),
        cmocka_unit_test(each_allocation_of_an_answer_to_danger_may_fail),
    };
    return cmocka_run_group_tests(tests, make, clean);
}

#else

int main(void)
{
    return skip_all("needs a build with ARNY_FAULTS: ./dev test asan");
}

#endif
