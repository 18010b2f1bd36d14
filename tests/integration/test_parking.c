/* What a team says of its memory is what the system sees: pages of a parked model are gone, and come back. */
#include "real.h"
#include "talk.h"
#include "tmp.h"
#include <sys/stat.h>
#include <unistd.h>

static void parked_pages_are_gone_and_come_back(void **state)
{
    static const char team_json[] =
        "{\"arny\": 1, \"plan\": \"hybrid\", \"temperature\": 0, \"threads\": 1, \"context\": 512, \"max_tokens\": 2,"
        " \"models\": {\"a\": {\"gguf\": \"a.gguf\"}, \"b\": {\"gguf\": \"b.gguf\", \"chat\": \"gemma\"}},"
        " \"agents\": {\"ann\": {\"model\": \"a\"}, \"ben\": {\"model\": \"b\"}}}";
    static const char *const files[] = {"a.gguf", "b.gguf"};
    const char *folder = test_tmpdir();
    char *path = test_path(folder, "team.json");
    int64_t bytes[2];
    arny_team *team;
    arny_session *session;
    arny_memory total;
    arny_agent_memory rows[2];
    static talk t;
    (void)state;
    test_write(path, team_json, strlen(team_json));
    free(path);
    for (int i = 0; i < 2; i++) {
        struct stat info;
        path = test_path(folder, files[i]);
        assert_int_equal(symlink(real_path(i == 0 ? REAL_SMOL : REAL_GEMMA), path), 0);
        assert_int_equal(stat(path, &info), 0);
        bytes[i] = info.st_size;
        free(path);
    }
    assert_status(arny_team_open(&team, folder, NULL), ARNY_OK);
    assert_status(arny_session_open(&session, team, NULL), ARNY_OK);
    for (int round = 0; round < 2; round++) {
        talk_ask(&t, session, "How many legs has a spider?", "ann");
        talk_ask(&t, session, "And two of them?", "ben");
        assert_status(arny_team_memory(&total, rows, 2, NULL, team), ARNY_OK);
        assert_int_equal(rows[0].state, ARNY_STATE_OPEN);
        for (int i = 0; i < 2; i++) /* all but parts that nobody read, such as words that were not said */
            if (rows[i].resident < bytes[i] * 7 / 10 || rows[i].resident > bytes[i] + 65536)
                fail_msg("%s: %lld of %lld bytes are resident", files[i], (long long)rows[i].resident,
                         (long long)bytes[i]);
        assert_true(total.file > rows[0].resident + rows[1].resident);

        assert_status(arny_team_pressure(team, ARNY_PRESSURE_LOW), ARNY_OK); /* ben spoke last, and stays */
        assert_status(arny_agent_preload(team, "ben", NULL, NULL), ARNY_OK);
        assert_status(arny_team_memory(&total, rows, 2, NULL, team), ARNY_OK);
        assert_int_equal(rows[0].state, ARNY_STATE_PARKED);
        if (rows[0].resident > bytes[0] / 20)
            fail_msg("%lld bytes of a parked model are resident", (long long)rows[0].resident);
        assert_int_equal(rows[1].state, ARNY_STATE_OPEN);
        assert_true(rows[1].resident > bytes[1] * 7 / 10);
    }
    arny_session_free(session);
    arny_team_free(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parked_pages_are_gone_and_come_back),
    };
    if (!real_ready())
        return REAL_SKIPPED;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
