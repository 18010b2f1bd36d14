/* A gateway is taught from examples: what it learns, what it refuses, and that nothing is lost on the way. */
#include "talk.h"
#include "tmp.h"

#include <dirent.h>
#include <math.h>

/* ---- a team and its data ---------------------------------------------------------------------------------------- */

#define AGENTS "'math': {'model': 'm'}, 'care': {'model': 'm'}"

static const char *folder_of(const char *gateway, const char *agents, const char *router)
{
    char team[1024];
    snprintf(team, sizeof team,
             "{'arny': 1, 'plan': 'monolith', 'engine': 'fake',"
             " 'models': {'m': {'fake': 'm.fake'}, 'r': {'fake': 'r.fake'}},"
             " 'gateway': {'model': 'r', 'mode': 'head', 'head': 'gateway.head'%s}, 'agents': {%s}}",
             gateway, agents);
    return talk_folder(team, "m.fake", "{}", "r.fake", router, NULL);
}

/* The fake engine's embedding is a sum of a vector for each word, so words are what a head learns. */
static const char lessons[] = "{'text': 'add two numbers', 'agent': 'math'}\n"
                              "{'text': 'solve the equation', 'agent': 'math'}\n"
                              "{'text': 'what is the sum of numbers', 'agent': 'math'}\n"
                              "{'text': 'equation with two numbers', 'agent': 'math'}\n"
                              "{'text': 'solve the sum', 'agent': 'math'}\n"
                              "{'text': 'i feel lonely', 'agent': 'care'}\n"
                              "{'text': 'so sad and tired', 'agent': 'care'}\n"
                              "{'text': 'i feel tired today', 'agent': 'care'}\n"
                              "{'text': 'lonely and sad', 'agent': 'care'}\n"
                              "{'text': 'sad today', 'agent': 'care'}\n"
                              "{'text': 'hello there', 'agent': 'none'}\n"
                              "{'text': 'tell me a joke', 'agent': 'none'}\n"
                              "{'text': 'weather in paris', 'agent': 'none'}\n"
                              "{'text': 'a joke about paris', 'agent': 'none'}\n"
                              "{'text': 'hello weather', 'agent': 'none'}\n";

static int try_train(const char *folder, const char *data, arny_training *training)
{
    arny_team *team = talk_team(folder);
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    options.data = &data;
    options.data_count = 1;
    int status = arny_gateway_train(training, team, &options);
    arny_team_free(team);
    return status;
}

static const char *taught_team(const char *more)
{
    char text[8192];
    arny_training training;
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}");
    snprintf(text, sizeof text, "%s%s", lessons, more);
    assert_status(try_train(folder, talk_file(folder, "data.jsonl", text), &training), ARNY_OK);
    assert_int_equal(training.size, sizeof training);
    return folder;
}

static const char *routed(arny_team *team, const char *const *turns, size_t count)
{
    static char agent[64];
    arny_decision *decision;
    assert_status(arny_team_route_turns(&decision, team, turns, count), ARNY_OK);
    double sum = 0;
    for (size_t i = 0; i < arny_decision_count(decision); i++)
        sum += arny_decision_scores(decision)[i].p;
    assert_true(fabs(sum - 1) < 1e-9);
    snprintf(agent, sizeof agent, "%s", arny_decision_agent(decision));
    arny_decision_free(decision);
    return agent;
}

static void assert_routed(const char *folder, const char *message, const char *agent)
{
    arny_team *team = talk_team(folder);
    assert_string_equal(routed(team, &message, 1), agent);
    arny_team_free(team);
}

/* ---- what it learns --------------------------------------------------------------------------------------------- */

static void messages_with_the_words_of_an_agent_are_its_own(void **state)
{
    (void)state;
    const char *folder = taught_team("");
    assert_routed(folder, "solve two numbers", "math");
    assert_routed(folder, "tired and lonely", "care");
    assert_routed(folder, "hello paris", "none");
    talk_assert_nothing_is_open();
}

static void the_same_data_gives_the_same_bytes(void **state)
{
    (void)state;
    size_t bytes, again;
    const char *folder = taught_team("");
    char *path = test_path(folder, "gateway.head"), *data = test_path(folder, "data.jsonl"), *first, *second;
    arny_training training;
    first = test_read(path, &bytes);
    assert_status(try_train(folder, data, &training), ARNY_OK);
    second = test_read(path, &again);
    assert_int_equal(bytes, again);
    assert_memory_equal(first, second, bytes);
    free(first);
    free(second);
    free(path);
    free(data);
}

/* Judged by themselves these lessons are easy; people who mean something else by half of the words make it doubtful. */
static void what_calibrates_decides_how_sure_it_is(void **state)
{
    static const char agreeing[] = "{'text': 'solve numbers', 'agent': 'math'}\n"
                                   "{'text': 'feel sad', 'agent': 'care'}\n"
                                   "{'text': 'joke weather', 'agent': 'none'}\n";
    static const char doubtful[] = "{'text': 'solve numbers', 'agent': 'math'}\n"
                                   "{'text': 'solve equation', 'agent': 'care'}\n"
                                   "{'text': 'feel sad', 'agent': 'care'}\n"
                                   "{'text': 'feel tired', 'agent': 'none'}\n"
                                   "{'text': 'joke weather', 'agent': 'none'}\n"
                                   "{'text': 'joke paris', 'agent': 'math'}\n";
    (void)state;
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}"), *message = "add two numbers";
    const char *data = talk_file(folder, "data.jsonl", lessons);
    const char *files[] = {talk_file(folder, "agreeing.jsonl", agreeing),
                           talk_file(folder, "doubtful.jsonl", doubtful)};
    double sure[2], accuracy[2];
    for (size_t i = 0; i < 2; i++) {
        arny_team *team = talk_team(folder);
        arny_training training;
        arny_decision *decision;
        arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
        options.data = &data;
        options.calibration = &files[i];
        options.data_count = options.calibration_count = 1;
        assert_status(arny_gateway_train(&training, team, &options), ARNY_OK);
        assert_int_equal(training.messages, 15);
        assert_status(arny_team_route(&decision, team, message), ARNY_OK);
        assert_string_equal(arny_decision_agent(decision), "math");
        sure[i] = arny_decision_confidence(decision);
        accuracy[i] = training.accuracy;
        arny_decision_free(decision);
        arny_team_free(team);
    }
    assert_true(accuracy[0] == 1);
    assert_true(accuracy[1] == 0.5);
    assert_true(sure[0] > 0.9);
    assert_true(sure[1] > 1.0 / 3 && sure[1] < 0.75);
}

static void agents_may_stand_in_another_order(void **state)
{
    (void)state;
    const char *folder = taught_team("");
    const char *other = folder_of("", "'care': {'model': 'm'}, 'math': {'model': 'm'}", "{'embedding': 64}");
    size_t bytes;
    char *from = test_path(folder, "gateway.head"), *to = test_path(other, "gateway.head");
    char *head = test_read(from, &bytes);
    test_write(to, head, bytes);
    assert_routed(other, "solve two numbers", "math");
    assert_routed(other, "tired and lonely", "care");
    free(head);
    free(from);
    free(to);
}

static const char conversations[] = "{'turns': ['add two numbers', 'again please'], 'agents': ['math', 'math']}\n"
                                    "{'turns': ['so sad and tired', 'again please'], 'agents': ['care', 'care']}\n"
                                    "{'turns': ['solve the sum', 'another one'], 'agents': ['math', 'math']}\n"
                                    "{'turns': ['i feel lonely', 'another one'], 'agents': ['care', 'care']}\n"
                                    "{'turns': ['tell me a joke', 'another one'], 'agents': ['none', 'none']}\n"
                                    "{'turns': ['i feel lonely', 'and why'], 'agents': ['care', 'care']}\n"
                                    "{'turns': ['solve the sum', 'and why'], 'agents': ['math', 'math']}\n"
                                    "{'turns': ['solve the equation', 'i feel lonely'], 'agents': ['math', 'care']}\n"
                                    "{'turns': ['i feel tired today', 'add two numbers'], 'agents': ['care', 'math']}\n"
                                    "{'turns': ['sad today', 'solve the equation'], 'agents': ['care', 'math']}\n"
                                    "{'turns': ['solve the sum', 'lonely and sad'], 'agents': ['math', 'care']}\n"
                                    "{'turns': ['hello there', 'solve the sum'], 'agents': ['none', 'math']}\n"
                                    "{'turns': ['solve the sum', 'tell me a joke'], 'agents': ['math', 'none']}\n";

static void a_message_that_leans_on_the_one_before_stays_with_it(void **state)
{
    static const char *const after_math[] = {"solve two numbers", "again please"};
    static const char *const after_care[] = {"tired and lonely", "again please"};
    static const char *const goes[] = {"solve two numbers", "i feel sad"};
    static const char *const longer[] = {"hello there", "weather", "a joke",        "hello",      "paris",
                                         "hello",       "there",   "i feel lonely", "another one"};
    (void)state;
    arny_team *team = talk_team(taught_team(conversations));
    assert_string_equal(routed(team, after_math, 2), "math");
    assert_string_equal(routed(team, after_care, 2), "care");
    assert_string_equal(routed(team, goes, 2), "care");
    assert_string_equal(routed(team, longer, 9), "care");
    arny_team_free(team);
}

static const char dangers[] = "{'text': 'the knife is on my arm', 'danger': true}\n"
                              "{'text': 'my arm my knife', 'danger': true}\n"
                              "{'text': 'a knife on the arm', 'danger': true}\n"
                              "{'text': 'knife and arm', 'danger': true}\n"
                              "{'text': 'bread on the table', 'danger': false}\n"
                              "{'text': 'my bread my table', 'danger': false}\n"
                              "{'text': 'a table and bread', 'danger': false}\n"
                              "{'text': 'the bread', 'danger': false}\n";

static void danger_is_told_beside_the_agent(void **state)
{
    (void)state;
    arny_decision *decision;
    arny_team *team = talk_team(taught_team(dangers));
    assert_status(arny_team_route(&decision, team, "knife on arm"), ARNY_OK);
    double high = arny_decision_danger(decision);
    arny_decision_free(decision);
    assert_status(arny_team_route(&decision, team, "bread on table"), ARNY_OK);
    double low = arny_decision_danger(decision);
    arny_decision_free(decision);
    arny_team_free(team);
    assert_true(high > 0.5 && high <= 1);
    assert_true(low < 0.5 && low >= 0);
    team = talk_team(taught_team(""));
    assert_status(arny_team_route(&decision, team, "knife on arm"), ARNY_OK);
    assert_true(arny_decision_danger(decision) == -1);
    arny_decision_free(decision);
    arny_team_free(team);
}

static void danger_is_told_from_the_alarm_on(void **state)
{
    (void)state;
    arny_training training;
    char text[8192];
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}");
    snprintf(text, sizeof text, "%s%s", lessons, dangers);
    assert_status(try_train(folder, talk_file(folder, "data.jsonl", text), &training), ARNY_OK);
    assert_int_equal(training.messages, 15);
    assert_int_equal(training.dangers, 8);
    assert_int_equal(training.turns, 0);
    assert_true(training.accuracy > 0.5 && training.accuracy <= 1);
    assert_true(training.alarm >= 0.02 && training.alarm <= 0.5);
    assert_true(training.danger_recall >= 0.97 && training.danger_recall <= 1);
    assert_true(training.danger_false >= 0 && training.danger_false <= 1);
    assert_true(training.strength >= 3 && training.strength <= 10000 && training.temperature >= 0 &&
                training.spelling >= 0);
}

static void conversations_are_counted_by_their_later_turns(void **state)
{
    (void)state;
    arny_training training;
    char text[8192];
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}");
    snprintf(text, sizeof text, "%s%s", lessons, conversations);
    assert_status(try_train(folder, talk_file(folder, "data.jsonl", text), &training), ARNY_OK);
    assert_int_equal(training.messages, 15 + 13); /* the first turn of each stands alone */
    assert_int_equal(training.turns, 13);
    assert_int_equal(training.dangers, 0);
    assert_true(training.turn_accuracy > 0.3 && training.turn_accuracy <= 1);
    assert_true(training.alarm == 0 && training.danger_recall == 0 && training.danger_false == 0);
}

static void one_turn_is_a_message_alone(void **state)
{
    static const char *const turns[] = {"tired and lonely", NULL};
    static const char *const later[] = {"x", "y",           "again please", "solve the sum",     "x",
                                        "y", "hello there", "a joke",       "solve two numbers", "again please"};
    (void)state;
    arny_decision *one, *same;
    arny_team *team = talk_team(taught_team(conversations));
    assert_status(arny_team_route(&one, team, turns[0]), ARNY_OK);
    assert_status(arny_team_route_turns(&same, team, turns, 1), ARNY_OK);
    assert_true(arny_decision_confidence(one) == arny_decision_confidence(same));
    arny_decision_free(one);
    arny_decision_free(same);
    for (size_t first = 0; first < 2; first++) { /* what is more than 8 turns ago changes nothing */
        assert_status(arny_team_route_turns(&one, team, later + first, 10 - first), ARNY_OK);
        assert_status(arny_team_route_turns(&same, team, later + 2, 8), ARNY_OK);
        assert_string_equal(arny_decision_agent(one), "math");
        assert_true(arny_decision_confidence(one) == arny_decision_confidence(same));
        arny_decision_free(one);
        arny_decision_free(same);
    }
    assert_status(arny_team_route_turns(&one, team, turns, 0), ARNY_E_ARGUMENT);
    assert_status(arny_team_route_turns(&one, team, turns, 2), ARNY_E_ARGUMENT); /* one is NULL */
    assert_error_has("turn 1 is NULL");
    assert_null(one);
    arny_team_free(team);
}

static void where_none_is_no_answer_only_agents_are_learned(void **state)
{
    (void)state;
    arny_decision *decision;
    const char *folder = folder_of(", 'none': false", AGENTS, "{'embedding': 64}");
    const char *data = talk_file(folder, "data.jsonl",
                                 "{'text': 'solve numbers', 'agent': 'math'}\n"
                                 "{'text': 'add numbers', 'agent': 'math'}\n"
                                 "{'text': 'so sad', 'agent': 'care'}\n"
                                 "{'text': 'feel sad', 'agent': 'care'}\n");
    arny_training training;
    assert_status(try_train(folder, data, &training), ARNY_OK);
    assert_routed(folder, "numbers solve add", "math");
    assert_routed(folder, "sad feel so", "care");
    arny_team *team = talk_team(folder);
    assert_status(arny_team_route(&decision, team, "xyzzy"), ARNY_OK);
    assert_int_equal(arny_decision_count(decision), 2);
    arny_decision_free(decision);
    arny_team_free(team);
    data = talk_file(folder, "data.jsonl", "{'text': 'a', 'agent': 'math'}\n{'text': 'b', 'agent': 'none'}\n");
    assert_status(try_train(folder, data, &training), ARNY_E_DATA);
    assert_error_has("data.jsonl:2:24: agent: \"none\" is no answer of this team's gateway");
}

static void a_team_routes_with_what_it_was_just_taught(void **state)
{
    static const char message[] = "solve two numbers";
    (void)state;
    const char *turns[] = {message};
    arny_training training;
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    const char *folder = taught_team(""), *data;
    arny_team *team = talk_team(folder);
    assert_string_equal(routed(team, turns, 1), "math");
    char *swapped = strdup(lessons); /* math and care have the same length */
    for (char *at = swapped; *at; at++)
        if (strncmp(at, "'math'", 6) == 0 || strncmp(at, "'care'", 6) == 0)
            memcpy(at, at[1] == 'm' ? "'care'" : "'math'", 6);
    data = talk_file(folder, "data.jsonl", swapped);
    free(swapped);
    options.data = &data;
    options.data_count = 1;
    assert_status(arny_gateway_train(&training, team, &options), ARNY_OK);
    assert_string_equal(routed(team, turns, 1), "care");
    arny_team_free(team);
}

/* ---- what it refuses -------------------------------------------------------------------------------------------- */

static void refuse_data(const char *text, const char *sentence)
{
    arny_training training;
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}");
    size_t before;
    const char *data = talk_file(folder, "data.jsonl", text);
    before = test_entries(folder);
    assert_status(try_train(folder, data, &training), ARNY_E_DATA);
    assert_error_has(sentence);
    assert_int_equal(test_entries(folder), before);
    talk_assert_nothing_is_open();
}

static void data_that_cannot_be_right_is_refused_with_its_place(void **state)
{
    (void)state;
    refuse_data("", "there is no message in it");
    refuse_data("{'text': 'a', 'agent': 'math'}\n{'text': 'b', 'agent': 'maths'}\n", "data.jsonl:2:24: agent: ");
    refuse_data("{'text': 'a', 'agent': 'maths'}\n", "did you mean \"math\"");
    refuse_data("{'text': 'a', 'agent': 'math'}\n\n{'text': 'b'}\n", "data.jsonl:3:1: \"agent\" is missing");
    refuse_data("{'text': 'a', 'agent': 'math'}\n{'text': 'b', 'agent': 'math'}\n", "all messages are for \"math\"");
    refuse_data("{'text': 'a', 'agent': 'math'}\n{'text': 'b', 'agent': 'care'}\n", "there is no message for \"none\"");
    refuse_data("{'text': 'a', 'agent': 'math'}\n{'text': 'a', 'agent': 'care'}\n",
                "data.jsonl:2: this message is for \"care\" here and for \"math\" in");
    refuse_data("{'text': 'a', 'danger': true}\n{'text': 'a', 'danger': false}\n", "one must be wrong");
    refuse_data("{'text': 'a', 'danger': true}\n", "no message has an \"agent\"");
    refuse_data("{'text': 'a', 'turns': ['b'], 'agent': 'math'}\n", "either \"text\" or \"turns\" expected");
    refuse_data("{'turns': ['a', 'b'], 'agents': ['math']}\n", "one agent for each turn expected");
    refuse_data("{'text': ' ', 'agent': 'math'}\n", "the message is empty");
    refuse_data("{'text': '\xff', 'agent': 'math'}\n", "data.jsonl");
    refuse_data("not json\n", "data.jsonl:1:");
    refuse_data("{'text': 'a', 'agent': 'math', 'labl': 1}\n", "data.jsonl:1:");
}

static void danger_needs_both_answers(void **state)
{
    char text[8192];
    (void)state;
    snprintf(text, sizeof text, "%s{'text': 'my knife', 'danger': true}\n{'text': 'the knife', 'danger': true}\n",
             lessons);
    refuse_data(text, "data.jsonl: \"danger\" is the same for all messages; some with true and some with false");
    snprintf(text, sizeof text, "%s{'text': 'my bread', 'danger': false}\n", lessons);
    refuse_data(text, "data.jsonl: \"danger\" is the same for all messages; some with true and some with false");
}

static void a_gateway_that_scores_is_not_trained(void **state)
{
    arny_training training;
    (void)state;
    const char *folder = talk_folder("{'arny': 1, 'plan': 'monolith', 'engine': 'fake',"
                                     " 'models': {'m': {'fake': 'm.fake'}}, 'gateway': {}, 'agents': {" AGENTS "}}",
                                     "m.fake", "{}", NULL);
    const char *data = talk_file(folder, "data.jsonl", lessons);
    assert_status(try_train(folder, data, &training), ARNY_E_ARGUMENT);
    assert_error_has("team.json: only a gateway with \"mode\": \"head\" is trained");
    folder = talk_folder("{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'models': {'m': {'fake': 'm.fake'}},"
                         " 'agents': {" AGENTS "}}",
                         "m.fake", "{}", NULL);
    assert_status(try_train(folder, data, &training), ARNY_E_ARGUMENT);
    assert_error_has("team.json: only a gateway with \"mode\": \"head\" is trained");
}

static void a_line_without_end_is_refused(void **state)
{
    (void)state;
    arny_training training;
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}");
    size_t bytes = (2 << 20);
    char *line = malloc(bytes), *path = test_path(folder, "data.jsonl");
    assert_non_null(line);
    memset(line, 'x', bytes);
    test_write(path, line, bytes);
    assert_status(try_train(folder, path, &training), ARNY_E_DATA);
    assert_error_has("data.jsonl:1: a line of more than 1048576 bytes");
    free(line);
    free(path);
}

static void refuse_head(const char *folder, const char *other, const char *sentence)
{
    size_t bytes;
    arny_decision *decision;
    char *from = test_path(folder, "gateway.head"), *to = test_path(other, "gateway.head");
    char *head = test_read(from, &bytes);
    test_write(to, head, bytes);
    arny_team *team = talk_team(other);
    assert_status(arny_team_route(&decision, team, "hello"), ARNY_E_DATA);
    assert_error_has(sentence);
    assert_error_has("arny gateway train");
    arny_team_free(team);
    free(head);
    free(from);
    free(to);
}

static void a_head_of_another_team_is_refused(void **state)
{
    (void)state;
    const char *folder = taught_team("");
    refuse_head(folder, folder_of("", AGENTS, "{'embedding': 64, 'context': 99}"), "trained for another model");
    refuse_head(folder, folder_of("", AGENTS, "{'embedding': 32}"), "trained for another model");
    refuse_head(folder, folder_of("", AGENTS ", 'plan': {'model': 'm'}", "{'embedding': 64}"),
                "it was not trained for plan");
    refuse_head(folder, folder_of("", "'math': {'model': 'm'}", "{'embedding': 64}"),
                "it knows an agent that this team has not: care");
    refuse_head(folder, folder_of(", 'none': false", AGENTS, "{'embedding': 64}"),
                "it knows an agent that this team has not: none");
}

static void a_head_that_is_cut_or_changed_is_refused(void **state)
{
    (void)state;
    size_t bytes;
    arny_decision *decision;
    const char *folder = taught_team("");
    char *path = test_path(folder, "gateway.head"), *head = test_read(path, &bytes);
    for (size_t at = 0; at < bytes; at += at < 200 ? 1 : 61) {
        test_write(path, head, at);
        arny_team *team = talk_team(folder);
        assert_status(arny_team_route(&decision, team, "hello"), ARNY_E_DATA);
        assert_error_has("gateway.head");
        arny_team_free(team);
        head[at] ^= 0x40;
        test_write(path, head, bytes);
        team = talk_team(folder);
        assert_status(arny_team_route(&decision, team, "hello"), ARNY_E_DATA);
        arny_team_free(team);
        head[at] ^= 0x40;
    }
    free(head);
    free(path);
}

static void a_team_without_its_head_says_how_to_make_it(void **state)
{
    (void)state;
    arny_decision *decision;
    arny_team *team = talk_team(folder_of("", AGENTS, "{'embedding': 64}"));
    assert_status(arny_team_route(&decision, team, "hello"), ARNY_E_NOT_FOUND);
    assert_error_has("the gateway has no head yet; make it with: arny gateway train --team ");
    arny_team_free(team);
}

/* ---- stopping --------------------------------------------------------------------------------------------------- */

typedef struct stopping {
    long asked, stop_at; /* stop_at counts from 1; 0: never */
    long embedding;      /* how often it was asked while messages were embedded */
    double last;
} stopping;

static int may_go_on(double progress, void *data)
{
    stopping *s = data;
    assert_true(progress >= s->last && progress <= 1);
    s->last = progress;
    s->embedding += progress < 0.6;
    return ++s->asked == s->stop_at;
}

static int train_at(const char *folder, const char *data, const char *out, const char *cache, stopping *s)
{
    arny_training training;
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    arny_team *team = talk_team(folder);
    options.data = &data;
    options.data_count = 1;
    options.out = out;
    options.cache = cache;
    options.progress = s ? may_go_on : NULL;
    options.user_data = s;
    int status = arny_gateway_train(&training, team, &options);
    arny_team_free(team);
    return status;
}

static void assert_file(const char *path, const char *bytes, size_t count)
{
    size_t now;
    char *there = test_read(path, &now);
    assert_int_equal(now, count);
    assert_memory_equal(there, bytes, count);
    free(there);
}

static void training_can_be_stopped_and_the_old_head_stays(void **state)
{
    (void)state;
    char text[8192];
    size_t bytes;
    stopping whole = {0};
    const char *folder = taught_team(""), *other = folder_of("", AGENTS, "{'embedding': 64}");
    char *path = test_path(folder, "gateway.head"), *head = test_read(path, &bytes);
    snprintf(text, sizeof text, "%s%s%s", lessons, conversations, dangers);
    const char *data = talk_file(folder, "data.jsonl", text);
    size_t entries = test_entries(folder), others = test_entries(other);
    assert_status(train_at(other, data, NULL, NULL, &whole), ARNY_OK);
    assert_int_equal(test_entries(other), others + 1);
    assert_true(whole.embedding > 100 && whole.asked > whole.embedding + 100 && whole.last > 0.9);
    for (long at = 1; at <= whole.asked;
         at += at <= whole.embedding ? 1 : 17) { /* each text, and many a step of a fit */
        stopping s = {.stop_at = at};
        assert_status(train_at(folder, data, NULL, NULL, &s), ARNY_E_CANCELLED);
        assert_int_equal(s.asked, at); /* it is not asked again */
        assert_file(path, head, bytes);
        assert_int_equal(test_entries(folder), entries);
    }
    assert_routed(folder, "solve two numbers", "math");
    free(head);
    free(path);
    talk_assert_nothing_is_open();
}

static void nothing_is_left_of_a_head_that_was_never_finished(void **state)
{
    (void)state;
    stopping s = {.stop_at = 40};
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}"), *data = talk_file(folder, "data.jsonl", lessons);
    size_t entries = test_entries(folder);
    char *nowhere = test_path(folder, "nowhere/gateway.head"), *elsewhere = test_path(folder, "other.head");
    assert_status(train_at(folder, data, NULL, NULL, &s), ARNY_E_CANCELLED);
    assert_int_equal(test_entries(folder), entries);
    assert_status(train_at(folder, data, nowhere, NULL, NULL), ARNY_E_WRITE);
    assert_error_has("nowhere/gateway.head");
    assert_int_equal(test_entries(folder), entries);
    assert_status(train_at(folder, data, folder, NULL, NULL), ARNY_E_WRITE); /* a folder is no file */
    assert_int_equal(test_entries(folder), entries);
    assert_status(train_at(folder, data, elsewhere, NULL, NULL), ARNY_OK); /* that one, and not the team's */
    assert_int_equal(test_entries(folder), entries + 1);
    free(test_read(elsewhere, NULL));
    free(nowhere);
    free(elsewhere);
    talk_assert_nothing_is_open();
}

static void an_engine_that_fails_leaves_the_old_head(void **state)
{
    (void)state;
    size_t bytes;
    const char *from = taught_team("");
    const char *folder = folder_of("", AGENTS, "{'embedding': 64, 'fail': {'embed': true}}");
    const char *data = talk_file(folder, "data.jsonl", lessons);
    char *old = test_path(from, "gateway.head"), *head = test_read(old, &bytes);
    char *path = test_path(folder, "gateway.head");
    test_write(path, head, bytes);
    assert_status(train_at(folder, data, NULL, NULL, NULL), ARNY_E_ENGINE);
    assert_error_has("data.jsonl:1: ");
    assert_error_has("told to fail in embed");
    assert_file(path, head, bytes);
    free(head);
    free(old);
    free(path);
}

/* ---- the cache of embeddings ------------------------------------------------------------------------------------- */

static char *only_file_of(const char *folder)
{
    char *path = NULL;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.') {
            assert_null(path);
            path = test_path(folder, entry->d_name);
        }
    closedir(dir);
    assert_non_null(path);
    return path;
}

static void what_was_embedded_once_is_not_embedded_again(void **state)
{
    (void)state;
    size_t bytes;
    char text[8192];
    stopping fresh = {0}, cached = {0}, more = {0}, other = {0};
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}"), *cache = test_tmpdir();
    const char *data = talk_file(folder, "data.jsonl", lessons);
    char *path = test_path(folder, "gateway.head");
    assert_status(train_at(folder, data, NULL, NULL, NULL), ARNY_OK);
    char *head = test_read(path, &bytes);
    assert_status(train_at(folder, data, NULL, cache, &fresh), ARNY_OK);
    assert_file(path, head, bytes);
    assert_int_equal(test_entries(cache), 1);
    assert_status(train_at(folder, data, NULL, cache, &cached), ARNY_OK);
    assert_file(path, head, bytes);
    assert_int_equal(test_entries(cache), 1);
    /* The engine asks at each token, and a few times while it opens; a message that is known is asked about once. */
    assert_true(fresh.embedding > 15 * 10);
    assert_true(cached.embedding <= 15 + 10);
    snprintf(text, sizeof text, "%s{'text': 'one that is new', 'agent': 'none'}\n", lessons);
    data = talk_file(folder, "more.jsonl", text);
    assert_status(train_at(folder, data, NULL, cache, &more), ARNY_OK);
    assert_true(more.embedding > cached.embedding && more.embedding < cached.embedding + 25);
    assert_int_equal(test_entries(cache), 1);
    /* Another model's, or another prefix's, are others. */
    data = talk_file(folder, "data.jsonl", lessons);
    const char *changed = folder_of("", AGENTS, "{'embedding': 64, 'context': 99}");
    assert_status(train_at(changed, data, NULL, cache, &other), ARNY_OK);
    assert_int_equal(other.embedding, fresh.embedding);
    assert_int_equal(test_entries(cache), 2);
    const char *prefixed = folder_of(", 'prompt': 'query: '", AGENTS, "{'embedding': 64}");
    assert_status(train_at(prefixed, data, NULL, cache, NULL), ARNY_OK);
    assert_int_equal(test_entries(cache), 3);
    free(head);
    free(path);
}

static void a_cache_that_is_damaged_is_as_good_as_none(void **state)
{
    (void)state;
    size_t bytes, cached;
    stopping fresh = {0};
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}"), *cache = test_tmpdir();
    const char *data = talk_file(folder, "data.jsonl", lessons);
    char *path = test_path(folder, "gateway.head");
    assert_status(train_at(folder, data, NULL, cache, &fresh), ARNY_OK);
    char *head = test_read(path, &bytes), *vectors_path = only_file_of(cache);
    char *vectors = test_read(vectors_path, &cached);
    for (size_t keep = 0; keep < cached; keep += keep < 64 ? 1 : 97) {
        test_write(vectors_path, vectors, keep);
        assert_status(train_at(folder, data, NULL, cache, NULL), ARNY_OK);
        assert_file(path, head, bytes);
        assert_file(vectors_path, vectors, cached); /* it is whole again */
    }
    for (size_t at = 0; at < 24; at++) { /* its head */
        stopping again = {0};
        vectors[at] ^= 1;
        test_write(vectors_path, vectors, cached);
        vectors[at] ^= 1;
        assert_status(train_at(folder, data, NULL, cache, &again), ARNY_OK);
        assert_int_equal(again.embedding, fresh.embedding);
        assert_file(path, head, bytes);
    }
    free(vectors);
    free(vectors_path);
    free(head);
    free(path);
}

static void without_a_place_for_the_cache_it_is_embedded_each_time(void **state)
{
    (void)state;
    stopping stopped = {.stop_at = 60};
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}");
    const char *data = talk_file(folder, "data.jsonl", lessons);
    char *nowhere = test_path(folder, "nowhere");
    size_t entries = test_entries(folder);
    assert_status(train_at(folder, data, NULL, nowhere, &stopped), ARNY_E_CANCELLED);
    assert_null(strstr(arny_last_error(), "nowhere")); /* that is not why it ended */
    assert_int_equal(test_entries(folder), entries);
    assert_status(train_at(folder, data, NULL, nowhere, NULL), ARNY_OK);
    assert_int_equal(test_entries(folder), entries + 1);
    const char *broken = folder_of("", AGENTS, "{'embedding': 64, 'fail': {'embed': true}}");
    assert_status(train_at(broken, data, NULL, nowhere, NULL), ARNY_E_ENGINE);
    assert_error_has("data.jsonl:1: ");
    assert_error_has("told to fail in embed");
    free(nowhere);
}

static void what_was_embedded_before_it_was_stopped_is_kept(void **state)
{
    (void)state;
    stopping stopped = {.stop_at = 200}, fresh = {0}, again = {0};
    const char *folder = folder_of("", AGENTS, "{'embedding': 64}"), *cache = test_tmpdir();
    const char *data = talk_file(folder, "data.jsonl", lessons);
    assert_status(train_at(folder, data, NULL, NULL, &fresh), ARNY_OK);
    assert_true(fresh.embedding > 200);
    assert_status(train_at(folder, data, NULL, cache, &stopped), ARNY_E_CANCELLED);
    assert_int_equal(test_entries(cache), 1);
    assert_status(train_at(folder, data, NULL, cache, &again), ARNY_OK);
    assert_true(again.embedding < fresh.embedding - 100);
}

/* ---- counting --------------------------------------------------------------------------------------------------- */

static int count_outcomes(const arny_outcome *outcome, void *data)
{
    assert_non_null(outcome->text);
    assert_non_null(outcome->decided);
    ++*(int *)data;
    return 0;
}

static void evaluation_counts_what_is_right(void **state)
{
    static const char questions[] = "{'text': 'solve two numbers', 'agent': 'math', 'kind': 'easy'}\n"
                                    "{'text': 'tired and lonely', 'agent': 'care', 'kind': 'easy', 'lang': 'en'}\n"
                                    "{'text': 'hello paris', 'agent': 'none'}\n"
                                    "{'text': 'lonely and sad', 'agent': 'math', 'kind': 'wrong'}\n"
                                    "{'turns': ['solve the sum', 'again please'], 'agent': 'math'}\n"
                                    "{'text': 'knife on arm', 'danger': true}\n"
                                    "{'text': 'bread on table', 'danger': false}\n";
    char more[8192];
    int seen = 0;
    (void)state;
    snprintf(more, sizeof more, "%s%s", conversations, dangers);
    const char *folder = taught_team(more), *data = talk_file(folder, "questions.jsonl", questions);
    arny_team *team = talk_team(folder);
    arny_report *report;
    arny_eval_options options = ARNY_EVAL_OPTIONS_INIT;
    options.data = &data;
    options.data_count = 1;
    options.each = count_outcomes;
    options.user_data = &seen;
    assert_status(arny_gateway_eval(&report, team, &options), ARNY_OK);
    const arny_eval_figures *f = arny_report_figures(report);
    assert_int_equal(seen, 7);
    assert_int_equal(f->right.count, 5);
    assert_int_equal(f->right.hits, 4);
    assert_int_equal(f->none.count, 1);
    assert_int_equal(f->turns.count, 1);
    assert_int_equal(f->danger.count, 1);
    assert_int_equal(f->danger.hits, 1);
    assert_int_equal(f->alarms.count, 1);
    assert_int_equal(f->alarms.hits, 0);
    assert_true(f->ece >= 0 && f->ece <= 1 && f->ece_low <= f->ece_high);
    assert_int_equal(arny_report_label_count(report), 3);
    assert_string_equal(arny_report_label(report, 2), "none");
    assert_null(arny_report_label(report, 3));
    assert_int_equal(arny_report_confusion(report, 0, 0), 2);
    assert_int_equal(arny_report_confusion(report, 0, 1), 1);
    int64_t binned = 0;
    for (size_t i = 0; i < arny_report_bin_count(report); i++)
        binned += arny_report_bin(report, i)->count;
    assert_int_equal(binned, 5);
    int easy = 0;
    for (size_t i = 0; i < arny_report_slice_count(report); i++) {
        const arny_slice *slice = arny_report_slice(report, i);
        if (strcmp(slice->name, "easy") == 0) {
            easy++;
            assert_string_equal(slice->by, "kind");
            assert_int_equal(slice->right.count, 2);
            assert_int_equal(slice->right.hits, 2);
        }
    }
    assert_int_equal(easy, 1);
    arny_report_free(report);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void a_wrong_call_is_an_error(void **state)
{
    arny_training training;
    arny_report *report;
    arny_train_options train = ARNY_TRAIN_OPTIONS_INIT;
    arny_eval_options eval = ARNY_EVAL_OPTIONS_INIT;
    const char *data = "nowhere.jsonl";
    (void)state;
    arny_team *team = talk_team(folder_of("", AGENTS, "{'embedding': 64}"));
    assert_status(arny_gateway_train(&training, team, &train), ARNY_E_ARGUMENT);
    assert_status(arny_gateway_eval(&report, team, &eval), ARNY_E_ARGUMENT);
    train.data = eval.data = &data;
    train.data_count = eval.data_count = 1;
    assert_status(arny_gateway_train(NULL, team, &train), ARNY_E_ARGUMENT);
    assert_status(arny_gateway_train(&training, NULL, &train), ARNY_E_ARGUMENT);
    assert_status(arny_gateway_train(&training, team, &train), ARNY_E_NOT_FOUND);
    assert_status(arny_gateway_eval(&report, team, &eval), ARNY_E_NOT_FOUND);
    assert_null(report);
    train.calibration_count = 1;
    assert_status(arny_gateway_train(&training, team, &train), ARNY_E_ARGUMENT);
    train.calibration_count = 0;
    data = NULL;
    assert_status(arny_gateway_train(&training, team, &train), ARNY_E_ARGUMENT);
    assert_status(arny_gateway_eval(&report, team, &eval), ARNY_E_ARGUMENT);
    train.size = eval.size = 1;
    assert_status(arny_gateway_train(&training, team, &train), ARNY_E_ARGUMENT);
    assert_status(arny_gateway_eval(&report, team, &eval), ARNY_E_ARGUMENT);
    arny_team_free(team);
    arny_report_free(NULL);
    assert_null(arny_report_figures(NULL));
    assert_int_equal(arny_report_bin_count(NULL) + arny_report_slice_count(NULL) + arny_report_label_count(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_with_the_words_of_an_agent_are_its_own),
        cmocka_unit_test(the_same_data_gives_the_same_bytes),
        cmocka_unit_test(what_calibrates_decides_how_sure_it_is),
        cmocka_unit_test(agents_may_stand_in_another_order),
        cmocka_unit_test(a_message_that_leans_on_the_one_before_stays_with_it),
        cmocka_unit_test(danger_is_told_beside_the_agent),
        cmocka_unit_test(danger_is_told_from_the_alarm_on),
        cmocka_unit_test(conversations_are_counted_by_their_later_turns),
        cmocka_unit_test(one_turn_is_a_message_alone),
        cmocka_unit_test(where_none_is_no_answer_only_agents_are_learned),
        cmocka_unit_test(a_team_routes_with_what_it_was_just_taught),
        cmocka_unit_test(data_that_cannot_be_right_is_refused_with_its_place),
        cmocka_unit_test(danger_needs_both_answers),
        cmocka_unit_test(a_gateway_that_scores_is_not_trained),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(a_head_of_another_team_is_refused),
        cmocka_unit_test(a_head_that_is_cut_or_changed_is_refused),
        cmocka_unit_test(a_team_without_its_head_says_how_to_make_it),
        cmocka_unit_test(training_can_be_stopped_and_the_old_head_stays),
        cmocka_unit_test(nothing_is_left_of_a_head_that_was_never_finished),
        cmocka_unit_test(an_engine_that_fails_leaves_the_old_head),
        cmocka_unit_test(what_was_embedded_once_is_not_embedded_again),
        cmocka_unit_test(a_cache_that_is_damaged_is_as_good_as_none),
        cmocka_unit_test(without_a_place_for_the_cache_it_is_embedded_each_time),
        cmocka_unit_test(what_was_embedded_before_it_was_stopped_is_kept),
        cmocka_unit_test(evaluation_counts_what_is_right),
        cmocka_unit_test(a_wrong_call_is_an_error),
    };
    return RUN(tests);
}
