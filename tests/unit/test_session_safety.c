/* A message that speaks of danger to life: the team's own text comes before any token, and the team says whether an
 * agent answers at all. */
#include "talk.h"
#include "tmp.h"

static const char lessons[] = "{'text': 'add numbers', 'agent': 'math'}\n{'text': 'solve sums', 'agent': 'math'}\n"
                              "{'text': 'two numbers', 'agent': 'math'}\n{'text': 'feel lonely', 'agent': 'care'}\n"
                              "{'text': 'so sad', 'agent': 'care'}\n{'text': 'sad and lonely', 'agent': 'care'}\n"
                              "{'text': 'hello', 'agent': 'none'}\n{'text': 'a joke', 'agent': 'none'}\n"
                              "{'text': 'knife arm', 'danger': true}\n{'text': 'the knife', 'danger': true}\n"
                              "{'text': 'my arm knife', 'danger': true}\n{'text': 'arm', 'danger': true}\n"
                              "{'text': 'bread table', 'danger': false}\n{'text': 'the bread', 'danger': false}\n"
                              "{'text': 'my table bread', 'danger': false}\n{'text': 'table', 'danger': false}\n";

typedef struct heard {
    char shape[64], help[256];
    double confidence;
    int reason;
    int64_t tokens;
} heard;

static int hear(const arny_event *event, void *data)
{
    static const char letters[] = "?RLYTDEXS";
    heard *h = data;
    size_t n = strlen(h->shape);
    char letter = letters[event->type];
    if ((n == 0 || h->shape[n - 1] != letter) && n + 1 < sizeof h->shape)
        h->shape[n] = letter;
    if (event->type == ARNY_EVENT_SAFETY) {
        h->confidence = event->confidence;
        snprintf(h->help, sizeof h->help, "%s", event->text ? event->text : "(none)");
    }
    if (event->type == ARNY_EVENT_DONE) {
        h->reason = event->reason;
        h->tokens = event->tokens;
    }
    return 0;
}

static const char *taught(const char *safety)
{
    char team[1024];
    arny_training training;
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    snprintf(team, sizeof team,
             "{'arny': 1, 'plan': 'monolith', 'engine': 'fake',"
             " 'models': {'m': {'fake': 'm.fake'}, 'r': {'fake': 'r.fake'}},"
             " 'gateway': {'model': 'r', 'mode': 'head', 'head': 'gateway.head'%s},"
             " 'agents': {'math': {'model': 'm'}, 'care': {'model': 'm'}}}",
             safety);
    const char *folder = talk_folder(team, "m.fake", "{}", "r.fake", "{'embedding': 64}", NULL);
    const char *data = talk_file(folder, "data.jsonl", lessons);
    arny_team *opened = talk_team(folder);
    options.data = &data;
    options.data_count = 1;
    assert_status(arny_gateway_train(&training, opened, &options), ARNY_OK);
    arny_team_free(opened);
    return folder;
}

static heard ask_in(const char *folder, const char *language, const char *text, const char *agent, size_t *turns)
{
    heard h = {.confidence = -1};
    arny_team *team;
    arny_session *session;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    arny_ask_options ask = ARNY_ASK_OPTIONS_INIT;
    options.language = language;
    ask.agent = agent;
    assert_status(arny_team_open(&team, folder, &options), ARNY_OK);
    assert_status(arny_session_open(&session, team, NULL), ARNY_OK);
    assert_status(arny_session_ask(session, text, &ask, hear, &h), ARNY_OK);
    if (turns)
        *turns = arny_session_turn_count(session);
    arny_session_free(session);
    arny_team_free(team);
    return h;
}

static void danger_is_told_before_any_token(void **state)
{
    (void)state;
    const char *folder = taught("");
    heard h = ask_in(folder, NULL, "sad knife arm", NULL, NULL);
    assert_non_null(strstr(h.shape, "RS"));
    assert_non_null(strstr(h.shape, "YTD"));
    assert_string_equal(h.help, "(none)");
    assert_true(h.confidence > 0.3 && h.confidence <= 1);
    h = ask_in(folder, NULL, "sad bread table", NULL, NULL);
    assert_null(strchr(h.shape, 'S'));
    h = ask_in(folder, NULL, "sad knife arm", "math", NULL);
    assert_null(strchr(h.shape, 'R'));
    assert_non_null(strchr(h.shape, 'S'));
    assert_true(strchr(h.shape, 'S') < strchr(h.shape, 'T'));
}

static void where_no_agent_may_answer_help_is_all(void **state)
{
    size_t turns;
    (void)state;
    const char *folder = taught(", 'safety': {'answer': false, 'help': {'en': 'Call.', 'de': 'Ruf an.'}}");
    heard h = ask_in(folder, NULL, "knife arm", NULL, &turns);
    assert_string_equal(h.help, "Call.");
    assert_int_equal(h.reason, ARNY_REASON_SAFETY);
    assert_int_equal(h.tokens, 0);
    assert_int_equal(turns, 0);
    assert_null(strchr(h.shape, 'T'));
    assert_null(strchr(h.shape, 'Y'));
    h = ask_in(folder, NULL, "knife arm", "care", &turns);
    assert_int_equal(h.reason, ARNY_REASON_SAFETY);
    h = ask_in(folder, NULL, "solve bread table", NULL, &turns);
    assert_int_equal(turns, 1);
    assert_int_not_equal(h.reason, ARNY_REASON_SAFETY);
}

static void help_is_in_the_apps_language(void **state)
{
    static const struct {
        const char *language, *help;
    } cases[] = {{"de", "D"}, {"de-AT", "A"}, {"de_CH.UTF-8", "D"}, {"pt-BR", "P"}, {"pt", "P"}, {"en-GB", "E"},
                 {"fr", "E"}, {NULL, "E"},    {"d", "E"},           {"", "E"},      {"DE", "D"}};
    (void)state;
    const char *folder = taught(", 'safety': {'help': {'en': 'E', 'de': 'D', 'de-AT': 'A', 'pt-BR': 'P'}}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(ask_in(folder, cases[i].language, "knife arm", NULL, NULL).help, cases[i].help);
}

static void the_threshold_of_the_team_counts_above_the_heads(void **state)
{
    (void)state;
    const char *folder = taught(", 'safety': {'threshold': 1}");
    assert_null(strchr(ask_in(folder, NULL, "knife arm", NULL, NULL).shape, 'S'));
    folder = taught(", 'safety': {'threshold': 0.001}");
    assert_non_null(strchr(ask_in(folder, NULL, "hello there", NULL, NULL).shape, 'S'));
}

static void what_cannot_be_meant_is_refused(void **state)
{
    static const struct {
        const char *gateway, *sentence;
    } cases[] = {
        {"'mode': 'head'", "gateway: \"head\" is missing"},
        {"'mode': 'head', 'head': '../x'", "gateway.head"},
        {"'mode': 'head', 'head': 'x', 'examples': []", "gateway.examples: it goes with"},
        {"'mode': 'score', 'head': 'x'", "gateway.head: it goes with \"mode\": \"head\""},
        {"'mode': 'score', 'safety': {}", "gateway.safety: it goes with \"mode\": \"head\""},
        {"'mode': 'head', 'head': 'x', 'safety': {'answer': false}", "\"help\" must say what is shown instead"},
        {"'mode': 'head', 'head': 'x', 'safety': {'help': {}}", "1 to 64 languages expected"},
        {"'mode': 'head', 'head': 'x', 'safety': {'help': {'e1': 'a'}}", "a language expected"},
        {"'mode': 'head', 'head': 'x', 'safety': {'threshold': 2}", "gateway.safety.threshold: 0.001 to 1 expected"},
        {"'mode': 'head', 'head': 'x', 'safety': {'anser': true}", "did you mean \"answer\"?"},
        {"'mode': 'head', 'head': 'x', 'hysteresis': 2", "gateway.hysteresis: 0 to 1 expected"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char team[1024];
        arny_team *opened;
        snprintf(team, sizeof team,
                 "{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'models': {'m': {'fake': 'm.fake'}},"
                 " 'gateway': {%s}, 'agents': {'math': {}}}",
                 cases[i].gateway);
        assert_status(arny_team_open(&opened, talk_folder(team, "m.fake", "{}", NULL), NULL), ARNY_E_DATA);
        assert_error_has(cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(danger_is_told_before_any_token),
        cmocka_unit_test(where_no_agent_may_answer_help_is_all),
        cmocka_unit_test(help_is_in_the_apps_language),
        cmocka_unit_test(the_threshold_of_the_team_counts_above_the_heads),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
    };
    return RUN(tests);
}
