/* A whole conversation with each allocation, and each read, failing in turn: never a crash, never a leak, always an
 * error with a sentence, and the next message is answered. Needs a build with ARNY_FAULTS. */
#include "engine/fake/fake.h"
#include "session/session.h"
#include "talk.h"
#include "util/fault.h"

#include <limits.h>

#ifdef ARNY_FAULTS

static const char *folder;

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define ROUTES                                                                    \
    "{'say': [{'when': 'solve', 'say': {'math': 0.8, 'care': 0.1, 'none': 0.1}}," \
    "         {'when': 'sad', 'say': {'math': 0.1, 'care': 0.8, 'none': 0.1}}]}"

static void make_team_folder_of(const char *plan, const char *history)
{
    static const char words[] = "{'say': [{'when': 'solve', 'say': 'x = 5'}], 'default': 'poor you END'}";
    char team[1024];
    int hybrid = strcmp(plan, "hybrid") == 0;
    snprintf(team, sizeof team,
             "{'arny': 1, 'plan': '%s', 'engine': 'fake', 'temperature': 0, 'history': '%s', 'budget': '3MB',"
             " 'models': {'a': {'fake': 'a.fake'}, 'b': {'fake': 'b.fake'}, 'router': {'fake': 'r.fake'}},"
             " 'gateway': {'model': 'router', 'examples': [{'text': '2+2', 'agent': 'math'}]},"
             " 'stop': ['END'], 'max_tokens': 20,"
             " 'agents': {'math': {'model': 'a', 'prompt': 'You count.'},"
             "            'care': {'model': '%s', 'prompt': 'You are kind.'}}}",
             plan, history, hybrid ? "b" : "a");
    folder = talk_folder(team, "a.fake", words, "b.fake", words, "r.fake", ROUTES, NULL);
}

static int failures; /* of the run */
static long counted; /* most operations that a run had before it was disarmed */
static enum ar_fault armed;

/* A call that failed says why, in so many words. */
static int check(int status)
{
    if (status == ARNY_OK)
        return status;
    failures++;
    if (status != ARNY_E_MEMORY && status != ARNY_E_IO) {
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

/* What the session's agent holds is what its turns say: nothing of a failed turn is left. */
static void assert_whole(arny_team *team, arny_session *session, size_t seat)
{
    char text[4096];
    size_t at, bytes = 0;
    arny_turn turn;
    int shared = team->config->history == AR_HISTORY_SHARED;
    const char *me = arny_team_agent_name(team, seat);
    at = (size_t)snprintf(text, sizeof text, TALK_SYSTEM("%s"), team->config->agents[seat].prompt);
    for (size_t i = 0; i < arny_session_turn_count(session); i++) {
        assert_status(arny_session_turn(&turn, session, i), ARNY_OK);
        if (!shared && strcmp(turn.agent, me) != 0)
            continue;
        at += (size_t)snprintf(text + at, sizeof text - at, TALK_USER("%s"), turn.user);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", turn.reply);
        bytes = at; /* the last one is not closed yet */
        at += (size_t)snprintf(text + at, sizeof text - at, TALK_END);
    }
    text[bytes] = '\0';
    const char *there = talk_text(ar_residency_peek(team->residency, seat));
    assert_int_equal(strncmp(there, text, bytes), 0); /* then perhaps what a stop string left */
}

/* One message, which may fail; then, without faults, another, which may not. */
static void ask_under_fire(arny_team *team, arny_session *session, const char *text, const char *reply)
{
    talk t = {0};
    size_t turns = arny_session_turn_count(session);
    int status = check(arny_session_ask(session, text, NULL, talk_event, &t));
    int kept = arny_session_turn_count(session) != turns;
    assert_true(t.shape[0] && strchr("DE", t.shape[strlen(t.shape) - 1]));
    assert_int_equal(kept, status == ARNY_OK);
    if (status == ARNY_OK)
        assert_string_equal(t.reply, reply);
    else
        assert_int_equal(t.status, status);
    if (status == ARNY_OK)
        return;
    disarm();
    assert_string_equal(talk_ask(&t, session, text, NULL), reply);
    assert_whole(team, session, ar_team_config_agent(team->config, t.agent));
}

static void converse(void)
{
    arny_team *team = NULL;
    arny_session *session = NULL;
    arny_decision *decision;
    if (check(arny_team_open(&team, folder, NULL)) == ARNY_OK &&
        check(arny_session_open(&session, team, NULL)) == ARNY_OK) {
        ask_under_fire(team, session, "solve it", "x = 5");
        ask_under_fire(team, session, "so sad", "poor you ");
        ask_under_fire(team, session, "solve that", "x = 5");
        ask_under_fire(team, session, "sad again", "poor you ");
        if (check(arny_team_route(&decision, team, "solve")) == ARNY_OK)
            arny_decision_free(decision);
        check(arny_team_warm(team, NULL, NULL));
    } else {
        assert_null(session);
    }
    disarm();
    arny_session_free(session);
    arny_team_free(team);
    talk_assert_nothing_is_open();
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

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static const char *const plans[][2] = {{"monolith", "own"}, {"hybrid", "shared"}};

static void each_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        make_team_folder_of(plans[i][0], plans[i][1]);
        assert_true(fail_each(AR_FAULT_ALLOC, converse) > 200);
    }
}

static void each_read_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        make_team_folder_of(plans[i][0], plans[i][1]);
        assert_true(fail_each(AR_FAULT_READ, converse) > 5);
    }
}

/* The same with a stream: it ends, and tells of what was lost. */
static void pull(void)
{
    arny_stream *stream;
    talk t = {0};
    arny_team *team = NULL;
    arny_session *session = NULL;
    if (check(arny_team_open(&team, folder, NULL)) || check(arny_session_open(&session, team, NULL)))
        goto out;
    if (check(arny_session_start(&stream, session, "solve it", NULL)) == ARNY_OK) {
        arny_event *event;
        int status;
        while ((status = arny_stream_next(&event, stream, -1)) == ARNY_OK) {
            talk_event(event, &t);
            arny_event_free(event);
        }
        if (status != ARNY_E_END) {
            check(status);
            assert_status(arny_stream_next(&event, stream, -1), ARNY_E_END);
        } else {
            assert_true(strchr("DE", t.shape[strlen(t.shape) - 1]) != NULL);
            failures += t.status != ARNY_OK;
        }
        arny_stream_free(stream);
        disarm();
        talk_ask(&t, session, "solve that", NULL);
        assert_string_equal(t.reply, "x = 5");
    } else {
        assert_null(stream);
    }
out:
    disarm();
    arny_session_free(session);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void each_allocation_of_a_stream_may_fail(void **state)
{
    (void)state;
    make_team_folder_of("monolith", "own");
    assert_true(fail_each(AR_FAULT_ALLOC, pull) > 150);
}

/* One model without a team. */
static const char *file;

static void generate(void)
{
    talk t = {0};
    arny_model *model;
    arny_request request = ARNY_REQUEST_INIT;
    arny_sampling greedy = {.top_p = 1, .repeat_penalty = 1};
    request.prompt = "solve it";
    request.system = "You count.";
    request.sampling = &greedy;
    if (check(arny_model_open(&model, file, NULL)))
        return;
    for (int i = 0; i < 2; i++) {
        talk_begin(&t);
        if (check(arny_model_generate(model, &request, talk_event, &t)))
            assert_string_equal(t.shape, "E");
        disarm();
    }
    assert_string_equal(t.reply, "x = 5");
    arny_model_free(model);
    talk_assert_nothing_is_open();
}

static void each_allocation_of_a_generation_may_fail(void **state)
{
    (void)state;
    make_team_folder_of("monolith", "own");
    char path[512];
    snprintf(path, sizeof path, "%s/a.fake", folder);
    file = path;
    assert_true(fail_each(AR_FAULT_ALLOC, generate) > 30);
}

/* The same posted to a receiver: it hears one end in any case, or NULL. */
static void note_end(arny_event *event, void *data)
{
    int *ends = data;
    if (!event || event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR)
        (*ends)++;
    failures += !event || event->type == ARNY_EVENT_ERROR;
    arny_event_free(event);
}

static void post(void)
{
    int ends = 0;
    arny_model *model;
    arny_stream *stream;
    const char *stop[] = {"END"};
    arny_request request = ARNY_REQUEST_INIT;
    request.prompt = "solve it";
    request.system = "You count.";
    request.stop = stop;
    request.stop_count = 1;
    if (check(arny_model_open(&model, file, NULL)))
        return;
    if (check(arny_model_post(&stream, model, &request, note_end, &ends)) == ARNY_OK) {
        arny_stream_free(stream);
        assert_int_equal(ends, 1);
    }
    disarm();
    arny_model_free(model);
    talk_assert_nothing_is_open();
}

static void each_allocation_of_a_posted_request_may_fail(void **state)
{
    (void)state;
    make_team_folder_of("monolith", "own");
    char path[512];
    snprintf(path, sizeof path, "%s/a.fake", folder);
    file = path;
    assert_true(fail_each(AR_FAULT_ALLOC, post) > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_read_may_fail),
        cmocka_unit_test(each_allocation_of_a_stream_may_fail),
        cmocka_unit_test(each_allocation_of_a_generation_may_fail),
        cmocka_unit_test(each_allocation_of_a_posted_request_may_fail),
    };
    return RUN(tests);
}

#else

int main(void)
{
    return skip_all("needs a build with ARNY_FAULTS: ./dev test asan");
}

#endif
