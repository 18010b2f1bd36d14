/* A team: what is in it, routing, warming, memory; and its handle, which may go before its sessions. */
#include "engine/fake/fake.h"
#include "talk.h"
#include "team/team.h"
#include "tmp.h"
#include "util/thread.h"

#include <math.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define ROUTES                                                                    \
    "{'say': [{'when': 'solve', 'say': {'math': 0.8, 'care': 0.1, 'none': 0.1}}," \
    "         {'when': 'sad', 'say': {'math': 0.1, 'care': 0.8, 'none': 0.1}}],"  \
    " 'default': {'math': 0.2, 'care': 0.2, 'none': 0.6}}"
#define AGENTS                                                                                 \
    "'agents': {'math': {'description': 'numbers', 'prompt': 'You count.', 'temperature': 0}," \
    "           'care': {'prompt': 'You are kind to people.', 'temperature': 0}}"
#define GATEWAY "'gateway': {'model': 'router', 'calibrate': false}"

static const char *monolith(void)
{
    return talk_folder("{'arny': 1, 'plan': 'monolith', 'engine': 'fake',"
                       " 'models': {'base': {'fake': 'base.fake'}, 'router': {'fake': 'router.fake'}}," GATEWAY ","
                       " 'agents': {'math': {'model': 'base', 'description': 'numbers', 'prompt': 'You count.',"
                       "                     'temperature': 0},"
                       "            'care': {'model': 'base', 'prompt': 'You are kind to people.',"
                       "                     'temperature': 0}}}",
                       "base.fake", "{'default': 'fine'}", "router.fake", ROUTES, NULL);
}

static const char *hybrid(const char *rest)
{
    char team[1024];
    snprintf(team, sizeof team,
             "{'arny': 1, 'plan': 'hybrid', 'engine': 'fake', %s"
             " 'models': {'a': {'fake': 'a.fake'}, 'b': {'fake': 'b.fake'}, 'router': {'fake': 'router.fake'}}," GATEWAY
             ", 'agents': {'math': {'model': 'a', 'prompt': 'You count.', 'temperature': 0},"
             "             'care': {'model': 'b', 'prompt': 'You are kind.', 'temperature': 0}}}",
             rest);
    return talk_folder(team, "a.fake", "{'default': 'one'}", "b.fake", "{'default': 'two'}", "router.fake", ROUTES,
                       NULL);
}

static const char *without_gateway(void)
{
    return talk_folder("{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'models': {'m': {'fake': 'm.fake'}}," AGENTS
                       "}",
                       "m.fake", "{'default': 'fine'}", NULL);
}

static void free_team(arny_team *team)
{
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

/* ---- what is in it ---------------------------------------------------------------------------------------------- */

static void a_team_tells_what_is_in_it(void **state)
{
    (void)state;
    arny_team *team = talk_team(without_gateway());
    assert_int_equal(arny_team_agent_count(team), 2);
    assert_string_equal(arny_team_agent_name(team, 0), "math");
    assert_string_equal(arny_team_agent_name(team, 1), "care");
    assert_string_equal(arny_team_agent_description(team, 0), "numbers");
    assert_string_equal(arny_team_agent_description(team, 1), "");
    assert_null(arny_team_agent_name(team, 2));
    assert_null(arny_team_agent_name(team, SIZE_MAX));
    assert_null(arny_team_agent_description(team, 2));
    assert_string_equal(arny_team_plan(team), "monolith");
    assert_string_equal(arny_team_engine(team), "fake");
    assert_int_equal(arny_team_budget(team), 0);
    free_team(team);
}

static void of_no_team_there_is_nothing_to_tell(void **state)
{
    (void)state;
    assert_int_equal(arny_team_agent_count(NULL), 0);
    assert_null(arny_team_agent_name(NULL, 0));
    assert_null(arny_team_agent_description(NULL, 0));
    assert_null(arny_team_plan(NULL));
    assert_null(arny_team_engine(NULL));
    assert_int_equal(arny_team_budget(NULL), 0);
    arny_team_free(NULL);
}

static void opening_opens_no_model(void **state)
{
    ar_fake_counts counts;
    (void)state;
    ar_fake_counts_reset();
    arny_team *team = talk_team(monolith());
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 0);
    free_team(team);
}

static void options_override_the_file(void **state)
{
    arny_team *team;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    (void)state;
    options.budget = 123 << 20;
    assert_status(arny_team_open(&team, hybrid("'budget': '50MB',"), &options), ARNY_OK);
    assert_int_equal(arny_team_budget(team), 123 << 20);
    free_team(team);
    options.budget = 0;
    assert_status(arny_team_open(&team, hybrid("'budget': '50MB',"), &options), ARNY_OK);
    assert_true(arny_team_budget(team) > 40 << 20);
    free_team(team);
}

static void a_wrong_call_is_an_error(void **state)
{
    arny_team *team;
    (void)state;
    assert_status(arny_team_open(NULL, "x", NULL), ARNY_E_ARGUMENT);
    assert_status(arny_team_open(&team, NULL, NULL), ARNY_E_ARGUMENT);
    assert_null(team);
    assert_status(arny_team_open(&team, "/nowhere", NULL), ARNY_E_NOT_FOUND);
    assert_null(team);
    assert_status(arny_team_warm(NULL, NULL, NULL), ARNY_E_ARGUMENT);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void team_and_sessions_may_be_freed_in_any_order(void **state)
{
    talk t = {0};
    (void)state;
    for (int order = 0; order < 4; order++) {
        arny_team *team = talk_team(monolith());
        arny_session *one = talk_session(team, "one"), *two = talk_session(team, "two");
        talk_ask(&t, one, "solve", NULL);
        if (order & 1)
            arny_team_free(team);
        arny_session_free(order & 2 ? two : one);
        talk_ask(&t, order & 2 ? one : two, "sad", NULL); /* still works */
        assert_string_equal(t.agent, "care");
        arny_session_free(order & 2 ? one : two);
        if (!(order & 1))
            arny_team_free(team);
        talk_assert_nothing_is_open();
    }
}

/* ---- routing ---------------------------------------------------------------------------------------------------- */

static void a_route_is_a_distribution(void **state)
{
    arny_decision *decision;
    double sum = 0;
    (void)state;
    arny_team *team = talk_team(monolith());
    assert_status(arny_team_route(&decision, team, "solve it"), ARNY_OK);
    assert_string_equal(arny_decision_agent(decision), "math");
    assert_true(fabs(arny_decision_confidence(decision) - 0.8) < 0.02);
    assert_int_equal(arny_decision_count(decision), 3);
    for (size_t i = 0; i < 3; i++)
        sum += arny_decision_scores(decision)[i].p;
    assert_true(fabs(sum - 1) < 1e-9);
    assert_true(arny_decision_ms(decision) > 0);
    arny_decision_free(decision);
    assert_status(arny_team_route(&decision, team, "what?"), ARNY_OK);
    assert_string_equal(arny_decision_agent(decision), "none");
    arny_decision_free(decision);
    free_team(team);
}

static const char *router_text(arny_team *team)
{
    return talk_text(ar_residency_peek(team->residency, team->config->agent_count));
}

static void turns_are_routed_with_the_one_before(void **state)
{
    static const char *const turns[] = {"first", "I am sad", "and why?"};
    arny_decision *decision;
    (void)state;
    arny_team *team = talk_team(monolith());
    assert_status(arny_team_route_turns(&decision, team, turns, 3), ARNY_OK);
    arny_decision_free(decision);
    assert_non_null(strstr(router_text(team), "\nMessage: I am sad\nAgent: care\n\nMessage: and why?\nAgent:"));
    assert_null(strstr(router_text(team), "first"));
    free_team(team);
}

static void a_turn_that_is_wrong_is_an_error(void **state)
{
    static const char *const bad[][3] = {
        {"", "b", "c"}, {"a", " \n", "c"}, {"a", "b", "\t"}, {"\xff", "b", "c"}, {"a", "b", "\xff"}};
    static const char *const null[] = {"a", NULL, "c"};
    arny_decision *decision;
    (void)state;
    arny_team *team = talk_team(monolith());
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_status(arny_team_route_turns(&decision, team, bad[i], 3), ARNY_E_DATA);
        assert_null(decision);
    }
    assert_status(arny_team_route_turns(&decision, team, null, 3), ARNY_E_ARGUMENT);
    assert_status(arny_team_route_turns(&decision, team, NULL, 1), ARNY_E_ARGUMENT);
    assert_status(arny_team_route_turns(&decision, team, null, 0), ARNY_E_ARGUMENT);
    assert_status(arny_team_route(&decision, team, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_team_route(NULL, team, "x"), ARNY_E_ARGUMENT);
    assert_status(arny_team_route(&decision, NULL, "x"), ARNY_E_ARGUMENT);
    free_team(team);

    team = talk_team(without_gateway());
    assert_status(arny_team_route(&decision, team, "x"), ARNY_E_ARGUMENT);
    assert_error_has("the team has no gateway to route with");
    free_team(team);
}

/* ---- warming ---------------------------------------------------------------------------------------------------- */

static int keep_progress(double progress, void *data)
{
    double *last = data;
    assert_true(progress >= *last && progress <= 1);
    *last = progress;
    return 0;
}

static void after_warming_a_switch_prefills_the_message_alone(void **state)
{
    talk t = {0};
    ar_fake_counts counts;
    double progress = 0;
    (void)state;
    arny_team *team = talk_team(monolith());
    assert_status(arny_team_warm(team, keep_progress, &progress), ARNY_OK);
    assert_true(progress == 1);
    arny_session *session = talk_session(team, NULL);
    ar_fake_counts_reset();
    for (int round = 0; round < 2; round++)
        for (int agent = 0; agent < 2; agent++) {
            int64_t user = 1 + 5 + 2 + 1 + 1 + 1 + 10; /* im_start "user\n" "hi" im_end "\n" im_start "assistant\n" */
            int64_t end = round ? 2 : 0;               /* im_end "\n" of the reply before */
            talk_ask(&t, session, "hi", arny_team_agent_name(team, (size_t)agent));
            assert_int_equal(t.from, ARNY_FROM_HOT);
            assert_int_equal(t.prefilled, end + user);
            assert_string_equal(t.shape, "YTD");
        }
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 0);
    arny_session_free(session);
    free_team(team);
}

static void warming_twice_costs_nothing(void **state)
{
    ar_fake_counts counts;
    (void)state;
    arny_team *team = talk_team(monolith());
    assert_status(arny_team_warm(team, NULL, NULL), ARNY_OK);
    ar_fake_counts_reset();
    assert_status(arny_team_warm(team, NULL, NULL), ARNY_OK);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 0);
    assert_int_equal(counts.prefilled, 1); /* the last token of the gateway's question, for its logits */
    free_team(team);
}

static void who_fits_beside_the_others_is_warmed(void **state)
{
    static const struct {
        const char *budget;
        long opens;
    } cases[] = {{"", 3}, {"'budget': '2400KB',", 2}, {"'budget': '1300KB',", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_fake_counts counts;
        ar_fake_counts_reset();
        arny_team *team = talk_team(hybrid(cases[i].budget));
        assert_status(arny_team_warm(team, NULL, NULL), ARNY_OK);
        ar_fake_counts_get(&counts);
        assert_int_equal(counts.opens, cases[i].opens);
        assert_int_equal(counts.parks, 0);
        free_team(team);
    }
}

static int stop_late(double progress, void *data)
{
    (void)data;
    return progress > 0.6;
}

static void warming_can_be_stopped(void **state)
{
    talk t = {0};
    (void)state;
    arny_team *team = talk_team(monolith());
    assert_status(arny_team_warm(team, stop_late, NULL), ARNY_E_CANCELLED);
    arny_session *session = talk_session(team, NULL);
    assert_string_equal(talk_ask(&t, session, "solve", NULL), "fine");
    arny_session_free(session);
    free_team(team);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static void an_estimate_has_a_row_for_each_agent_and_the_gateway(void **state)
{
    arny_team_estimate total;
    arny_agent_estimate rows[4];
    size_t count;
    (void)state;
    arny_team *team = talk_team(hybrid(""));
    assert_status(arny_team_estimate_memory(&total, rows, 4, &count, team), ARNY_OK);
    assert_int_equal(count, 3);
    assert_int_equal(total.size, sizeof total);
    assert_string_equal(rows[0].agent, "math");
    assert_string_equal(rows[2].agent, "gateway");
    assert_int_equal(rows[0].weights, 1 << 20);
    int64_t all = 0;
    for (size_t i = 0; i < 3; i++)
        all += rows[i].weights + rows[i].kv + rows[i].compute;
    assert_int_equal(total.peak, all);
    assert_true(total.fits && total.budget == 0);
    rows[1].agent = NULL;
    assert_status(arny_team_estimate_memory(&total, rows, 1, NULL, team), ARNY_OK);
    assert_null(rows[1].agent);
    assert_status(arny_team_estimate_memory(&total, NULL, 0, &count, team), ARNY_OK);
    assert_int_equal(count, 3);
    assert_status(arny_team_estimate_memory(&total, NULL, 1, &count, team), ARNY_E_ARGUMENT);
    assert_status(arny_team_estimate_memory(NULL, rows, 4, &count, team), ARNY_E_ARGUMENT);
    assert_status(arny_team_estimate_memory(&total, rows, 4, &count, NULL), ARNY_E_ARGUMENT);
    free_team(team);

    team = talk_team(hybrid("'budget': '1MB',"));
    assert_status(arny_team_estimate_memory(&total, NULL, 0, NULL, team), ARNY_OK);
    assert_int_equal(total.fits, 0);
    free_team(team);
}

static void a_budget_that_is_too_small_is_told_when_somebody_asks(void **state)
{
    talk t = {0};
    (void)state;
    arny_team *team = talk_team(hybrid("'budget': '2MB',")); /* the gateway fits, an agent beside it does not */
    arny_session *session = talk_session(team, NULL);
    assert_status(talk_try(&t, session, "solve", NULL), ARNY_E_BUDGET);
    assert_non_null(strstr(t.message, "and the budget is 2 MB: a budget of 3 MB would do"));
    arny_session_free(session);
    free_team(team);
}

static void memory_tells_who_is_there(void **state)
{
    talk t = {0};
    arny_memory total;
    arny_agent_memory rows[3];
    size_t count;
    (void)state;
    arny_team *team = talk_team(hybrid("'budget': '2500KB',"));
    arny_session *session = talk_session(team, NULL);
    assert_status(arny_team_memory(&total, rows, 3, &count, team), ARNY_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rows[i].state, ARNY_STATE_CLOSED);
    talk_ask(&t, session, "solve", NULL);
    talk_ask(&t, session, "sad", NULL);
    assert_status(arny_team_memory(&total, rows, 3, &count, team), ARNY_OK);
    assert_int_equal(rows[0].state, ARNY_STATE_PARKED);
    assert_true(rows[0].snapshot > 0 || rows[0].context > 0);
    assert_string_equal(rows[0].model, "a");
    assert_int_equal(rows[1].state, ARNY_STATE_OPEN);
    assert_int_equal(rows[2].state, ARNY_STATE_OPEN);
    assert_string_equal(rows[2].agent, "gateway");
    assert_true(total.rss > 0 && total.anon > 0 && total.peak >= total.rss && total.budget == arny_team_budget(team));
    assert_true(total.file > 0 && total.left > 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rows[i].resident, 0); /* a fake file is never mapped */
    assert_status(arny_team_memory(&total, NULL, 0, NULL, team), ARNY_OK);
    assert_status(arny_team_memory(&total, NULL, 2, NULL, team), ARNY_E_ARGUMENT);
    assert_status(arny_team_memory(NULL, rows, 2, NULL, team), ARNY_E_ARGUMENT);
    arny_session_free(session);
    free_team(team);
}

static void *ask_often(void *data)
{
    talk t = {0};
    arny_session *session = talk_session(data, "asker");
    for (int i = 0; i < 20; i++)
        talk_ask(&t, session, i % 2 ? "solve" : "sad", NULL);
    arny_session_free(session);
    return NULL;
}

static void questions_about_a_team_may_come_while_it_answers(void **state)
{
    arny_memory total;
    arny_team_estimate estimate;
    arny_agent_estimate estimates[3];
    arny_agent_memory rows[3];
    arny_decision *decision;
    ar_thread thread;
    (void)state;
    arny_team *team = talk_team(hybrid(""));
    assert_status(ar_thread_start(&thread, ask_often, team), ARNY_OK);
    for (int i = 0; i < 20; i++) {
        assert_status(arny_team_memory(&total, rows, 3, NULL, team), ARNY_OK);
        assert_status(arny_team_estimate_memory(&estimate, estimates, 3, NULL, team), ARNY_OK);
        assert_status(arny_team_route(&decision, team, "solve"), ARNY_OK);
        assert_string_equal(arny_decision_agent(decision), "math");
        arny_decision_free(decision);
    }
    ar_thread_join(thread);
    free_team(team);
}

/* ---- a team of one ---------------------------------------------------------------------------------------------- */

static void a_model_is_a_team_of_one(void **state)
{
    char engine[] = "fake";
    talk t = {0};
    arny_team *team;
    arny_decision *decision;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    (void)state;
    const char *file = talk_model(test_tmpdir(), "one.fake", "{'say': [{'when': 'hello', 'say': 'hi'}]}");
    options.engine = engine;
    options.context = 128;
    assert_status(arny_team_open_model(&team, file, &options, "Be kind."), ARNY_OK);
    memset(engine, '#', sizeof engine - 1); /* the options are the caller's again */
    assert_int_equal(arny_team_agent_count(team), 1);
    assert_string_equal(arny_team_agent_name(team, 0), "assistant");
    assert_string_equal(arny_team_agent_description(team, 0), "");
    assert_string_equal(arny_team_plan(team), "monolith");
    assert_string_equal(arny_team_engine(team), "fake");
    assert_status(arny_team_route(&decision, team, "hello"), ARNY_E_ARGUMENT);
    assert_status(arny_team_warm(team, NULL, NULL), ARNY_OK);
    arny_session *session = talk_session(team, NULL);
    arny_sampling greedy = {.top_p = 1, .repeat_penalty = 1};
    arny_ask_options ask = ARNY_ASK_OPTIONS_INIT;
    ask.sampling = &greedy;
    assert_status(arny_session_ask(session, "hello", &ask, talk_event, &t), ARNY_OK);
    assert_string_equal(t.reply, "hi");
    assert_string_equal(t.shape, "YTD");
    assert_string_equal(t.agent, "assistant");
    assert_string_equal(talk_text(ar_residency_peek(team->residency, 0)),
                        TALK_SYSTEM("Be kind.") TALK_USER("hello") "hi");
    assert_int_equal(ar_residency_peek(team->residency, 0)->capacity, 128);
    arny_session_free(session);
    free_team(team);
}

static void a_team_of_one_is_checked(void **state)
{
    arny_team *team;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    (void)state;
    const char *file = talk_model(test_tmpdir(), "one.fake", "{}");
    assert_status(arny_team_open_model(&team, "/nowhere.fake", NULL, NULL), ARNY_E_NOT_FOUND);
    assert_null(team);
    assert_status(arny_team_open_model(NULL, file, NULL, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_team_open_model(&team, NULL, NULL, NULL), ARNY_E_ARGUMENT);
    options.adapter = "x";
    assert_status(arny_team_open_model(&team, file, &options, NULL), ARNY_E_ARGUMENT);
    options.adapter = NULL;
    options.context = 3;
    assert_status(arny_team_open_model(&team, file, &options, NULL), ARNY_E_ARGUMENT);
    assert_status(arny_team_open_model(&team, file, NULL, NULL), ARNY_OK);
    free_team(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_tells_what_is_in_it),
        cmocka_unit_test(of_no_team_there_is_nothing_to_tell),
        cmocka_unit_test(opening_opens_no_model),
        cmocka_unit_test(options_override_the_file),
        cmocka_unit_test(a_wrong_call_is_an_error),
        cmocka_unit_test(team_and_sessions_may_be_freed_in_any_order),
        cmocka_unit_test(a_route_is_a_distribution),
        cmocka_unit_test(turns_are_routed_with_the_one_before),
        cmocka_unit_test(a_turn_that_is_wrong_is_an_error),
        cmocka_unit_test(after_warming_a_switch_prefills_the_message_alone),
        cmocka_unit_test(warming_twice_costs_nothing),
        cmocka_unit_test(who_fits_beside_the_others_is_warmed),
        cmocka_unit_test(warming_can_be_stopped),
        cmocka_unit_test(an_estimate_has_a_row_for_each_agent_and_the_gateway),
        cmocka_unit_test(a_budget_that_is_too_small_is_told_when_somebody_asks),
        cmocka_unit_test(memory_tells_who_is_there),
        cmocka_unit_test(questions_about_a_team_may_come_while_it_answers),
        cmocka_unit_test(a_model_is_a_team_of_one),
        cmocka_unit_test(a_team_of_one_is_checked),
    };
    return RUN(tests);
}
