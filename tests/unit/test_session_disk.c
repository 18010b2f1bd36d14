/* Sessions that outlive their process: what is kept, what is restored, what a kill and a damaged file cost, and that what is
 * forgotten or encrypted can be read by nobody. */
#include "engine/fake/fake.h"
#include "session/session.h"
#include "talk.h"
#include "tmp.h"
#include "util/folder.h"
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define TEAM                                                                                  \
    "{'arny': 1, 'plan': 'hybrid', 'engine': 'fake', 'temperature': 0, 'persist': 'disk', %s" \
    " 'models': {'a': {'fake': 'a.fake'}, 'b': {'fake': 'b.fake'}},"                          \
    " 'agents': {'math': {'model': 'a', 'prompt': 'You count numbers.'}, 'care': {'model': 'b', 'prompt': 'You are kind.'}}}"
#define ANSWERS                                                                                                       \
    "{'say': [{'when': 'one', 'say': 'first'}, {'when': 'two', 'say': 'second'}, {'when': 'three', 'say': 'third'}]," \
    " 'step_us': %d, 'default': 'fine, and so on and on and on'}"

typedef struct place { /* a team's folder and where it keeps things */
    const char *team;
    char *state;
    const uint8_t *key;
    const arny_cipher *cipher;
} place;

typedef struct life { /* of a process, as it were */
    arny_team *team;
    arny_session *session;
    talk t;
} life;

static place make_place(const char *top, int step_us)
{
    char team[1024], answers[512];
    snprintf(team, sizeof team, TEAM, top);
    snprintf(answers, sizeof answers, ANSWERS, step_us);
    return (place){.team = talk_folder(team, "a.fake", answers, "b.fake", answers, NULL),
                   .state = test_path(test_tmpdir(), "deep/state")};
}

static int try_begin(life *l, const place *p, const char *name)
{
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    memset(l, 0, sizeof *l);
    options.state = p->state;
    options.key = p->key;
    options.cipher = p->cipher;
    assert_status(arny_team_open(&l->team, p->team, &options), ARNY_OK);
    int status = arny_session_open(&l->session, l->team, name);
    ar_fake_counts_reset();
    return status;
}

static life begin(const place *p, const char *name)
{
    life l;
    assert_status(try_begin(&l, p, name), ARNY_OK);
    return l;
}

static void end(life *l)
{
    arny_session_free(l->session);
    arny_team_free(l->team);
    talk_assert_nothing_is_open();
}

static void assert_turn(const life *l, size_t index, const char *agent, const char *user, const char *reply)
{
    arny_turn turn;
    assert_status(arny_session_turn(&turn, l->session, index), ARNY_OK);
    assert_string_equal(turn.agent, agent);
    assert_string_equal(turn.user, user);
    assert_string_equal(turn.reply, reply);
}

static char *file_in(const place *p, const char *name)
{
    return test_path(p->state, name);
}

/* How many bytes of this text stand in the files of a folder, and all files are their owner's alone. */
static size_t found(const char *folder, const char *text)
{
    size_t hits = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open)) != NULL;) {
        struct stat info;
        size_t bytes;
        if (entry->d_name[0] == '.')
            continue;
        char *path = test_path(folder, entry->d_name);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 077, 0);
        if (S_ISDIR(info.st_mode)) {
            hits += found(path, text);
        } else {
            char *data = test_read(path, &bytes);
            for (size_t i = 0; i + strlen(text) <= bytes; i++)
                hits += memcmp(data + i, text, strlen(text)) == 0;
            free(data);
        }
        free(path);
    }
    if (open)
        closedir(open);
    return hits;
}

/* ---- a session goes on ------------------------------------------------------------------------------------------ */

static void a_session_goes_on_in_the_next_process(void **state)
{
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    talk_ask(&l.t, l.session, "two", "care");
    end(&l);
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 2);
    assert_turn(&l, 0, "math", "one", "first");
    assert_turn(&l, 1, "care", "two", "second");
    assert_string_equal(arny_session_agent(l.session), "care");
    assert_string_equal(talk_ask(&l.t, l.session, "three", "math"), "third");
    assert_int_equal(l.t.restored, strlen("^^system\nYou count numbers.^\n^user\none^\n^assistant\nfirst"));
    assert_int_equal(l.t.prefilled, strlen("^\n^user\nthree^\n^assistant\n"));
    end(&l);
    l = begin(&p, "ben"); /* somebody else */
    assert_int_equal(arny_session_turn_count(l.session), 0);
    talk_ask(&l.t, l.session, "three", "math");
    assert_int_equal(l.t.restored, 0);
    end(&l);
    free(p.state);
}

/* The fake's words depend on its whole KV: what was restored is what was there. */
static void answers_are_those_of_one_process(void **state)
{
    static const char *const script[][2] = {
        {"hello", "math"}, {"you", "care"}, {"and", "math"}, {"so", "math"}, {"on", "care"}};
    static const char *const tops[] = {"", "'budget': '1300KB',", "'history': 'shared',"};
    (void)state;
    for (size_t t = 0; t < sizeof tops / sizeof *tops; t++) {
        char whole[5][64];
        place p = make_place(tops[t], 0);
        life l = begin(&p, "whole");
        for (size_t i = 0; i < 5; i++)
            snprintf(whole[i], sizeof whole[i], "%s", talk_ask(&l.t, l.session, script[i][0], script[i][1]));
        end(&l);
        for (size_t i = 0; i < 5; i++) {
            l = begin(&p, "parts");
            assert_string_equal(talk_ask(&l.t, l.session, script[i][0], script[i][1]), whole[i]);
            end(&l);
        }
        free(p.state);
    }
}

/* Nobody asked anything for a while, then comes the kill: also what was live is there. */
static void live_kv_survives_a_kill_in_idle_time(void **state)
{
    (void)state;
    place p = make_place("", 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        life l = begin(&p, "anna");
        talk_ask(&l.t, l.session, "one", "math");
        for (;;)
            pause();
    }
    char *kv = file_in(&p, "kv");
    for (int i = 0; i < 1000 && !(ar_fs_is_dir(kv) && test_entries(kv) > 0); i++)
        usleep(10000);
    usleep(20000); /* its rename */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    life l = begin(&p, "anna");
    assert_string_equal(talk_ask(&l.t, l.session, "three", "math"), "third");
    assert_int_equal(l.t.prefilled, strlen("^\n^user\nthree^\n^assistant\n"));
    end(&l);
    free(kv);
    free(p.state);
}

/* ---- the background --------------------------------------------------------------------------------------------- */

static void a_suspended_team_has_let_go_of_everything(void **state)
{
    ar_fake_counts counts;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna"), other;
    talk_ask(&l.t, l.session, "one", "math");
    assert_status(try_begin(&other, &p, "anna"), ARNY_E_BUSY);
    arny_team_free(other.team);
    assert_status(arny_team_suspend(l.team), ARNY_OK);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.contexts, 0);
    assert_int_equal(counts.models, 1); /* parked */
    assert_status(arny_team_suspend(l.team), ARNY_OK);

    other = begin(&p, "anna"); /* another process, as it were: it goes on with the KV */
    assert_int_equal(arny_session_turn_count(other.session), 1);
    assert_string_equal(talk_ask(&other.t, other.session, "two", "math"), "second");
    assert_int_equal(other.t.prefilled, strlen("^\n^user\ntwo^\n^assistant\n"));
    assert_int_equal(talk_try(&l.t, l.session, "three", "math"), ARNY_E_BUSY); /* it has the folder now */
    arny_session_free(other.session);
    arny_team_free(other.team);

    assert_string_equal(talk_ask(&l.t, l.session, "three", "math"), "third");
    assert_int_equal(l.t.prefilled,
                     strlen("^\n^user\nthree^\n^assistant\n")); /* what was said meanwhile came from its snapshot */
    assert_int_equal(arny_session_turn_count(l.session), 3);
    assert_turn(&l, 1, "math", "two", "second");
    end(&l);
    free(p.state);
}

static void a_suspended_team_may_be_closed_or_forgotten(void **state)
{
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    assert_status(arny_team_suspend(l.team), ARNY_OK);
    end(&l);
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 1);
    assert_status(arny_team_suspend(l.team), ARNY_OK);
    assert_status(arny_team_expect(l.team, "math"), ARNY_OK);
    assert_status(arny_session_clear(l.session), ARNY_OK);
    assert_int_equal(arny_session_turn_count(l.session), 0);
    assert_int_equal(found(p.state, "first"), 0);
    talk_ask(&l.t, l.session, "two", "care");
    assert_status(arny_team_suspend(l.team), ARNY_OK);
    assert_status(arny_session_forget(l.team, "anna"), ARNY_OK);
    assert_int_equal(found(p.state, "second"), 0);
    end(&l);
    assert_status(arny_team_suspend(NULL), ARNY_E_ARGUMENT);
    free(p.state);
}

static void what_is_kept_in_memory_outlives_a_suspension(void **state)
{
    arny_session_options options = ARNY_SESSION_OPTIONS_INIT;
    (void)state;
    place p = make_place("", 0);
    arny_team *team = talk_team(p.team);
    arny_session *session;
    talk t = {0};
    options.persist = ARNY_PERSIST_MEMORY;
    assert_status(arny_session_open_with(&session, team, NULL, &options), ARNY_OK);
    talk_ask(&t, session, "one", "math");
    assert_status(arny_team_suspend(team), ARNY_OK);
    assert_string_equal(talk_ask(&t, session, "two", "math"), "second");
    assert_int_equal(t.prefilled, strlen("^\n^user\ntwo^\n^assistant\n"));
    arny_session_free(session);
    arny_team_free(team);
    talk_assert_nothing_is_open();
    free(p.state);
}

static void persistence_is_the_teams_or_the_sessions(void **state)
{
    arny_session_options options = ARNY_SESSION_OPTIONS_INIT;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "kept");
    talk_ask(&l.t, l.session, "one", "math");
    assert_true(l.t.written > 0);
    for (int persist = ARNY_PERSIST_NONE; persist <= ARNY_PERSIST_MEMORY; persist++) {
        arny_session *session;
        options.persist = persist;
        assert_status(arny_session_open_with(&session, l.team, "private", &options), ARNY_OK);
        talk_ask(&l.t, session, "a very private matter", "care");
        arny_session_free(session);
    }
    options.persist = 9;
    arny_session *session;
    assert_status(arny_session_open_with(&session, l.team, "private", &options), ARNY_E_ARGUMENT);
    options.size = 1;
    assert_status(arny_session_open_with(&session, l.team, "private", &options), ARNY_E_ARGUMENT);
    end(&l);
    assert_int_equal(found(p.state, "private"), 0);
    assert_true(found(p.state, "one") > 0);
    free(p.state);
}

static void a_team_without_disk_makes_no_folder(void **state)
{
    (void)state;
    place p = make_place("", 0);
    char *team_json = test_path(p.team, "team.json");
    char *text = test_read(team_json, NULL), *at = strstr(text, "\"disk\"");
    memcpy(at, "\"none\"", 6);
    test_write(team_json, text, strlen(text));
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    assert_int_equal(l.t.written, 0);
    end(&l);
    assert_false(ar_fs_exists(p.state));
    free(text);
    free(team_json);
    free(p.state);
}

static void two_processes_do_not_share_a_folder(void **state)
{
    life other;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    assert_status(try_begin(&other, &p, "ben"), ARNY_E_BUSY);
    assert_non_null(strstr(arny_last_error(), "another process has sessions in this folder"));
    arny_team_free(other.team);
    end(&l);
    l = begin(&p, "ben");
    end(&l);
    free(p.state);
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

static void what_was_never_finished_is_cut_off(void **state)
{
    size_t first, whole, left;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    end(&l);
    char *path = file_in(&p, "sessions/anna.turns");
    free(test_read(path, &first));
    l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "two", "math");
    end(&l);
    char *both = test_read(path, &whole);
    for (size_t cut = 0; cut <= whole; cut++) {
        test_write(path, both, cut);
        l = begin(&p, "anna");
        assert_int_equal(arny_session_turn_count(l.session), cut == whole ? 2 : cut >= first ? 1 : 0);
        end(&l);
        free(test_read(path, &left));
        assert_int_equal(left, cut == whole ? whole : cut >= first ? first : cut >= 16 ? 16 : 0);
    }
    free(both);
    free(path);
    free(p.state);
}

static void a_damaged_turn_in_the_middle_is_left_out(void **state)
{
    size_t bytes;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    talk_ask(&l.t, l.session, "two", "math");
    talk_ask(&l.t, l.session, "three", "math");
    end(&l);
    char *path = file_in(&p, "sessions/anna.turns"), *data = test_read(path, &bytes);
    memcpy(strstr(data + 28, "first"), "worst", 5);
    test_write(path, data, bytes);
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 2);
    assert_turn(&l, 0, "math", "two", "second");
    assert_turn(&l, 1, "math", "three", "third");
    talk_ask(&l.t, l.session, "one", "math");
    end(&l);
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 3);
    end(&l);
    free(data);
    free(path);
    free(p.state);
}

static void a_file_that_is_no_journal_is_told_and_kept(void **state)
{
    life l;
    (void)state;
    place p = make_place("", 0);
    l = begin(&p, "anna");
    end(&l);
    char *path = file_in(&p, "sessions/anna.turns");
    test_write(path, "a letter to my grandmother", 26);
    assert_int_equal(chmod(path, 0600), 0);
    assert_status(try_begin(&l, &p, "anna"), ARNY_E_DATA);
    assert_non_null(strstr(arny_last_error(), "anna.turns: these are no turns"));
    arny_team_free(l.team);
    assert_int_equal(found(p.state, "grandmother"), 1);
    free(path);
    free(p.state);
}

static void a_damaged_snapshot_means_a_prefill(void **state)
{
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    end(&l);
    char *kv = file_in(&p, "kv");
    DIR *folder = opendir(kv);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t bytes;
        if (entry->d_name[0] == '.')
            continue;
        char *path = test_path(kv, entry->d_name), *data = test_read(path, &bytes);
        data[bytes / 2] ^= 1;
        test_write(path, data, bytes);
        free(data);
        free(path);
    }
    closedir(folder);
    l = begin(&p, "anna");
    assert_string_equal(talk_ask(&l.t, l.session, "three", "math"), "third");
    assert_int_equal(l.t.restored, 0);
    end(&l);
    free(kv);
    free(p.state);
}

static void an_agent_that_is_gone_takes_its_turns_along(void **state)
{
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    talk_ask(&l.t, l.session, "two", "care");
    end(&l);
    char *team_json = test_path(p.team, "team.json"), *text = test_read(team_json, NULL),
         *at = strstr(text, "\"care\"");
    memcpy(at, "\"cure\"", 6);
    test_write(team_json, text, strlen(text));
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 1);
    assert_turn(&l, 0, "math", "one", "first");
    end(&l);
    memcpy(at, "\"care\"", 6); /* it is back, and so is what it said */
    test_write(team_json, text, strlen(text));
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 2);
    end(&l);
    free(text);
    free(team_json);
    free(p.state);
}

/* ---- kills ------------------------------------------------------------------------------------------------------ */

/* A process that talks, tells of each done turn through the pipe, and is killed. */
static void talk_until_killed(const place *p, int pipe)
{
    life l = begin(p, "anna");
    for (unsigned i = 0;; i++) {
        const char *text = i % 2 ? "one" : "so much to say";
        talk_ask(&l.t, l.session, text, i % 3 ? "math" : "care");
        if (write(pipe, "x", 1) != 1)
            _exit(1);
    }
}

#ifdef ARNY_EMULATED
#define PACE 10 /* an emulator takes so much longer for the same */
#else
#define PACE 1
#endif

static void a_kill_at_any_moment_costs_no_turn_that_was_done(void **state)
{
    unsigned seed = 7;
    long done = 0;
    (void)state;
    place p = make_place("'budget': '1300KB',", 20);
    for (int round = 0; round < 200; round++) {
        int pipes[2];
        char byte;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(pipes[0]);
            talk_until_killed(&p, pipes[1]);
        }
        close(pipes[1]);
        usleep((useconds_t)(2000 + rand_r(&seed) % 40000) * PACE);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(pipes[0], &byte, 1) == 1)
            done++;
        close(pipes[0]);
        life l = begin(&p, "anna");
        long turns = (long)arny_session_turn_count(l.session);
        assert_true(turns == done || turns == done + 1); /* one may be on the disk before it was told */
        done = turns;
        end(&l);
    }
#ifdef __SANITIZE_THREAD__
    assert_true(done > 20); /* it is a tenth as fast: most processes are killed before their first answer */
#else
    assert_true(done > 200);
#endif
    assert_int_equal(found(p.state, ".tmp"), 0);
    free(p.state);
}

/* ---- privacy ---------------------------------------------------------------------------------------------------- */

static void what_is_forgotten_is_gone(void **state)
{
    (void)state;
    place p = make_place("'budget': '1300KB',", 0);
    life l = begin(&p, "anna");
    arny_session *ben = talk_session(l.team, "ben");
    talk_ask(&l.t, l.session, "one, says anna", "math");
    talk_ask(&l.t, ben, "two, says ben", "math");
    talk_ask(&l.t, l.session, "three, says anna", "care");
    assert_status(arny_session_forget(l.team, "anna"), ARNY_OK);
    assert_int_equal(found(p.state, "anna"), 0);
    assert_int_equal(arny_session_turn_count(l.session), 0);
    talk_ask(&l.t, l.session, "one", "math");
    assert_int_equal(arny_session_turn_count(l.session), 1);
    arny_session_free(ben);
    end(&l);
    assert_true(found(p.state, "ben") > 0);
    l = begin(&p, "cleo"); /* by another process, that has not opened it */
    assert_status(arny_session_forget(l.team, "ben"), ARNY_OK);
    assert_status(arny_session_forget(l.team, "nobody"), ARNY_OK);
    assert_status(arny_session_forget(l.team, "../x"), ARNY_E_ARGUMENT);
    end(&l);
    assert_int_equal(found(p.state, "ben"), 0);
    free(p.state);
}

static int count_name(const char *name, void *data)
{
    (*(int *)data)++;
    return strcmp(name, "stop") == 0 ? 7 : 0;
}

/* Of a session that keeps nothing itself, what an earlier one of that name kept is forgotten too; where nothing was ever kept,
 * nothing is made. */
static void what_an_earlier_session_kept_is_forgotten_too(void **state)
{
    static const arny_session_options in_memory = {sizeof in_memory, ARNY_PERSIST_MEMORY};
    int count = 0;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one, says anna", "math");
    end(&l);
    l = begin(&p, "ben");
    arny_session *anna;
    assert_status(arny_session_open_with(&anna, l.team, "anna", &in_memory), ARNY_OK);
    assert_status(arny_session_forget(l.team, "anna"), ARNY_OK);
    arny_session_free(anna);
    end(&l);
    assert_int_equal(found(p.state, "anna"), 0);
    free(p.state);

    p = make_place("", 0);
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    options.state = p.state;
    assert_status(arny_team_open(&l.team, p.team, &options), ARNY_OK);
    assert_status(arny_session_forget(l.team, "anna"), ARNY_OK);
    assert_status(arny_session_each(l.team, count_name, &count), ARNY_OK);
    assert_int_equal(count, 0);
    arny_team_free(l.team);
    assert_int_not_equal(access(p.state, F_OK), 0);
    free(p.state);
}

static void sessions_on_the_disk_have_names(void **state)
{
    int count = 0;
    (void)state;
    place p = make_place("", 0);
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one", "math");
    assert_status(arny_session_each(l.team, count_name, &count), ARNY_OK);
    assert_int_equal(count, 1);
    arny_session *stop = talk_session(l.team, "stop");
    talk_ask(&l.t, stop, "one", "math");
    assert_int_equal(arny_session_each(l.team, count_name, &count), 7);
    arny_session_free(stop);
    end(&l);
    free(p.state);
}

static void what_is_encrypted_is_read_with_the_key_alone(void **state)
{
    static const uint8_t key[32] = {1, 2, 3}, other[32] = {1, 2, 4};
    life l;
    (void)state;
    place p = make_place("'budget': '1300KB',", 0);
    p.key = key;
    l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one secret", "math");
    talk_ask(&l.t, l.session, "two secrets", "care");
    talk_ask(&l.t, l.session, "three", "math");
    end(&l);
    static const char *const words[] = {"secret", "first", "second", "third", "three", "count", "math", "agent"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_int_equal(found(p.state, words[i]), 0);
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 3);
    talk_ask(&l.t, l.session, "two", "math");
    assert_true(l.t.restored > 40);
    end(&l);
    p.key = other;
    assert_status(try_begin(&l, &p, "anna"), ARNY_E_DATA);
    arny_team_free(l.team);
    p.key = NULL;
    assert_status(try_begin(&l, &p, "anna"), ARNY_E_DATA);
    assert_non_null(strstr(arny_last_error(), "its turns are encrypted"));
    assert_status(arny_session_forget(l.team, "anna"), ARNY_OK); /* without the key, too */
    arny_team_free(l.team);
    l = begin(&p, "anna");
    assert_int_equal(arny_session_turn_count(l.session), 0);
    talk_ask(&l.t, l.session, "one", "math");
    end(&l);
    p.key = key;
    assert_status(try_begin(&l, &p, "anna"), ARNY_E_DATA);
    assert_non_null(strstr(arny_last_error(), "its turns are not encrypted"));
    arny_team_free(l.team);
    free(p.state);
}

/* A cipher of the application's: enough to see that it is used, and with what. */
static int turn_letters(void *out, size_t *written, const void *beside, size_t beside_bytes, const void *data,
                        size_t bytes, void *user_data)
{
    (void)beside;
    assert_true(beside_bytes > 0);
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)out)[i] = (uint8_t)(((const uint8_t *)data)[i] ^ 0x55);
    *written = bytes;
    ++*(int *)user_data;
    return 0;
}

static void an_application_may_encrypt_in_its_own_way(void **state)
{
    int calls = 0;
    arny_cipher cipher = ARNY_CIPHER_INIT;
    (void)state;
    cipher.seal = cipher.open = turn_letters;
    cipher.user_data = &calls;
    place p = make_place("", 0);
    p.cipher = &cipher;
    life l = begin(&p, "anna");
    talk_ask(&l.t, l.session, "one secret", "math");
    end(&l);
    assert_true(calls >= 2); /* the turn, and the KV */
    assert_int_equal(found(p.state, "secret"), 0);
    l = begin(&p, "anna");
    assert_turn(&l, 0, "math", "one secret", "first");
    end(&l);
    free(p.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_goes_on_in_the_next_process),
        cmocka_unit_test(answers_are_those_of_one_process),
        cmocka_unit_test(live_kv_survives_a_kill_in_idle_time),
        cmocka_unit_test(a_suspended_team_has_let_go_of_everything),
        cmocka_unit_test(a_suspended_team_may_be_closed_or_forgotten),
        cmocka_unit_test(what_is_kept_in_memory_outlives_a_suspension),
        cmocka_unit_test(persistence_is_the_teams_or_the_sessions),
        cmocka_unit_test(a_team_without_disk_makes_no_folder),
        cmocka_unit_test(two_processes_do_not_share_a_folder),
        cmocka_unit_test(what_was_never_finished_is_cut_off),
        cmocka_unit_test(a_damaged_turn_in_the_middle_is_left_out),
        cmocka_unit_test(a_file_that_is_no_journal_is_told_and_kept),
        cmocka_unit_test(a_damaged_snapshot_means_a_prefill),
        cmocka_unit_test(an_agent_that_is_gone_takes_its_turns_along),
        cmocka_unit_test(a_kill_at_any_moment_costs_no_turn_that_was_done),
        cmocka_unit_test(what_is_forgotten_is_gone),
        cmocka_unit_test(what_an_earlier_session_kept_is_forgotten_too),
        cmocka_unit_test(sessions_on_the_disk_have_names),
        cmocka_unit_test(what_is_encrypted_is_read_with_the_key_alone),
        cmocka_unit_test(an_application_may_encrypt_in_its_own_way),
    };
    return RUN(tests);
}
