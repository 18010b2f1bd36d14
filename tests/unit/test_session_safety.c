/* A message that speaks of danger to life: the team's own text comes before any token, and the team says whether an
 * agent answers at all. */
#include "gateway/gateway.h"
#include "talk.h"
#include "team_text.h"
#include "tmp.h"

#include <math.h>

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

static void help_in_the_language_itself_is_better_than_in_a_dialect(void **state)
{
    static const struct {
        const char *language, *help;
    } cases[] = {{"de", "D"},         {"de-AT", "D"}, {"de-CH", "C"}, {"pt_BR.UTF-8", "B"}, {"pt-PT", "B"},
                 {"pt_PT@euro", "B"}, {"C", "C"},     {"POSIX", "C"}, {"pt-b", "B"},        {"deu", "C"}};
    (void)state;
    const char *folder = taught(", 'safety': {'help': {'de-CH': 'C', 'de': 'D', 'pt-BR': 'B'}}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(ask_in(folder, cases[i].language, "knife arm", NULL, NULL).help, cases[i].help);
}

static void it_comes_after_the_decision_and_before_the_agent_is_ready(void **state)
{
    arny_decision *decision;
    (void)state;
    const char *folder = taught(", 'safety': {'help': {'en': 'Call.'}}");
    heard h = ask_in(folder, NULL, "sad knife arm", NULL, NULL);
    assert_string_equal(h.shape, "LRSLYTD");
    assert_int_equal(h.reason, ARNY_REASON_STOP);
    arny_team *team = talk_team(folder);
    assert_status(arny_team_route(&decision, team, "sad knife arm"), ARNY_OK);
    assert_true(arny_decision_danger(decision) == h.confidence);
    arny_decision_free(decision);
    arny_team_free(team);
    assert_string_equal(ask_in(folder, NULL, "sad knife arm", "math", NULL).shape, "LSLYTD");
    assert_string_equal(ask_in(folder, NULL, "sad bread", NULL, NULL).shape, "LRLYTD");
    assert_string_equal(ask_in(folder, NULL, "sad bread", "math", NULL).shape, "LYTD"); /* asked in silence */
}

static void a_head_that_knows_no_danger_tells_none(void **state)
{
    (void)state;
    const char *folder = taught(", 'safety': {'threshold': 0.001, 'answer': false, 'help': {'en': 'Call.'}}");
    const char *data = talk_file(folder, "data.jsonl",
                                 "{'text': 'sums', 'agent': 'math'}\n{'text': 'sad', 'agent': "
                                 "'care'}\n{'text': 'hello', 'agent': 'none'}\n");
    arny_training training;
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    arny_team *team = talk_team(folder);
    options.data = &data;
    options.data_count = 1;
    assert_status(arny_gateway_train(&training, team, &options), ARNY_OK);
    arny_team_free(team);
    assert_null(strchr(ask_in(folder, NULL, "knife arm", NULL, NULL).shape, 'S'));
}

/* ---- in a conversation ------------------------------------------------------------------------------------------ */

#define STOPS ", 'safety': {'answer': false, 'help': {'en': 'Call.'}}"

static heard say(arny_session *session, const char *text, const char *agent)
{
    heard h = {.confidence = -1};
    arny_ask_options ask = ARNY_ASK_OPTIONS_INIT;
    ask.agent = agent;
    assert_status(arny_session_ask(session, text, &ask, hear, &h), ARNY_OK);
    return h;
}

static void a_conversation_goes_on_as_if_it_had_not_been_said(void **state)
{
    arny_turn turn;
    char replies[2][256];
    (void)state;
    const char *folder = taught(STOPS);
    for (int with = 0; with < 2; with++) {
        arny_team *team = talk_team(folder);
        arny_session *session = talk_session(team, NULL);
        say(session, "so sad", NULL);
        if (with) {
            heard h = say(session, "knife arm knife", NULL);
            assert_string_equal(h.shape, "RSD");
            assert_int_equal(h.reason, ARNY_REASON_SAFETY);
            assert_int_equal(h.tokens, 0);
            assert_string_equal(say(session, "knife arm knife", "math").shape, "SD");
            assert_int_equal(arny_session_turn_count(session), 1);
            assert_string_equal(arny_session_agent(session), "care");
        }
        assert_string_equal(say(session, "feel lonely", NULL).shape, "RYTD");
        assert_int_equal(arny_session_turn_count(session), 2);
        assert_status(arny_session_turn(&turn, session, 1), ARNY_OK);
        assert_string_equal(turn.user, "feel lonely");
        assert_string_equal(turn.agent, "care");
        snprintf(replies[with], sizeof replies[with], "%s", turn.reply); /* the fake's words depend on its whole KV */
        arny_session_free(session);
        arny_team_free(team);
        talk_assert_nothing_is_open();
    }
    assert_string_equal(replies[1], replies[0]);
}

static void an_agent_that_the_app_pinned_is_stopped_too(void **state)
{
    (void)state;
    arny_team *team = talk_team(taught(STOPS));
    arny_session *session = talk_session(team, NULL);
    assert_status(arny_session_use(session, "math"), ARNY_OK);
    heard h = say(session, "knife arm", NULL);
    assert_string_equal(h.shape, "LSD");
    assert_string_equal(h.help, "Call.");
    assert_int_equal(h.reason, ARNY_REASON_SAFETY);
    assert_int_equal(arny_session_turn_count(session), 0);
    assert_null(arny_session_agent(session));
    assert_string_equal(say(session, "table bread", NULL).shape, "LYTD");
    assert_string_equal(arny_session_agent(session), "math");
    arny_session_free(session);
    arny_team_free(team);
}

static int stop_at_safety(const arny_event *event, void *data)
{
    hear(event, data);
    return event->type == ARNY_EVENT_SAFETY;
}

static void an_app_may_stop_the_answer_when_it_hears_of_danger(void **state)
{
    heard h = {.confidence = -1};
    (void)state;
    arny_team *team = talk_team(taught(""));
    arny_session *session = talk_session(team, NULL);
    assert_status(arny_session_ask(session, "knife arm", NULL, stop_at_safety, &h), ARNY_OK);
    assert_null(strchr(h.shape, 'T'));
    assert_null(strchr(h.shape, 'E'));
    assert_int_equal(h.reason, ARNY_REASON_CANCELLED);
    assert_int_equal(arny_session_turn_count(session), 0);
    assert_int_equal(say(session, "so sad", NULL).reason, ARNY_REASON_STOP);
    arny_session_free(session);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void an_app_that_stops_where_no_agent_may_answer_has_cancelled(void **state)
{
    heard h = {.confidence = -1};
    (void)state;
    arny_team *team = talk_team(taught(STOPS));
    arny_session *session = talk_session(team, NULL);
    assert_status(arny_session_ask(session, "knife arm", NULL, stop_at_safety, &h), ARNY_OK);
    assert_int_equal(h.reason, ARNY_REASON_CANCELLED);
    arny_session_free(session);
    arny_team_free(team);
}

static void a_stream_hands_out_the_text_too(void **state)
{
    arny_stream *stream;
    arny_event *event;
    char json[512], wanted[512];
    int told = 0;
    (void)state;
    arny_team *team = talk_team(taught(", 'safety': {'answer': false, 'help': {'en': 'Call \u201cthem\u201d.'}}"));
    arny_session *session = talk_session(team, NULL);
    assert_status(arny_session_start(&stream, session, "knife arm", NULL), ARNY_OK);
    while (arny_stream_next(&event, stream, -1) == ARNY_OK) {
        if (event->type == ARNY_EVENT_SAFETY) {
            told++;
            assert_string_equal(event->text, "Call \xe2\x80\x9cthem\xe2\x80\x9d.");
            assert_int_equal(event->text_len, strlen(event->text));
            assert_int_equal(event->id, -1);
            assert_null(event->agent);
            snprintf(wanted, sizeof wanted,
                     "{\"event\":\"safety\",\"kind\":\"danger\",\"confidence\":%.4f,\"text\":\"%s\"}",
                     event->confidence, event->text);
            assert_status(arny_event_json(json, sizeof json, NULL, event), ARNY_OK);
            assert_string_equal(json, wanted);
        }
        assert_true(event->type != ARNY_EVENT_TOKEN && event->type != ARNY_EVENT_ERROR);
        if (event->type == ARNY_EVENT_DONE) {
            assert_status(arny_event_json(json, sizeof json, NULL, event), ARNY_OK);
            assert_non_null(strstr(json, "\"reason\":\"safety\""));
        }
        arny_event_free(event);
    }
    assert_int_equal(told, 1);
    arny_stream_free(stream);
    arny_session_free(session);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void without_help_the_event_has_no_text(void **state)
{
    arny_event event = {.size = sizeof event, .type = ARNY_EVENT_SAFETY, .confidence = 0.75, .id = -1};
    char json[256];
    (void)state;
    assert_status(arny_event_json(json, sizeof json, NULL, &event), ARNY_OK);
    assert_string_equal(json, "{\"event\":\"safety\",\"kind\":\"danger\",\"confidence\":0.7500,\"text\":null}");
}

/* ---- hysteresis -------------------------------------------------------------------------------------------------- */

enum { MATH, CARE, NOBODY };

static size_t answerer(const ar_team_config *config, double math, double care, double none, size_t current)
{
    const double p[] = {math, care, none};
    return ar_decision_answerer(config, p, current);
}

static ar_team_config *config_of(const char *gateway)
{
    char text[512];
    ar_team_config *config;
    snprintf(text, sizeof text,
             "{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'models': {'m': {'fake': 'm.fake'}},"
             " 'gateway': {%s}, 'agents': {'math': {}, 'care': {}}}",
             gateway);
    assert_status(ar_team_config_read(&config, talk_folder(text, "m.fake", "{}", NULL), NULL), ARNY_OK);
    return config;
}

static void who_spoke_last_goes_on_unless_another_is_more_probable_by_the_hysteresis(void **state)
{
    (void)state;
    ar_team_config *config = config_of("'hysteresis': 0.3, 'threshold': 0.3");
    assert_int_equal(answerer(config, 0.55, 0.45, 0, CARE), CARE);
    assert_int_equal(answerer(config, 0.64, 0.36, 0, CARE), CARE);
    assert_int_equal(answerer(config, 0.66, 0.34, 0, CARE), MATH);
    assert_int_equal(answerer(config, 0.45, 0.55, 0, MATH), MATH);
    assert_int_equal(answerer(config, 0.55, 0.45, 0, MATH), MATH);
    assert_int_equal(answerer(config, 0.55, 0.45, 0, NOBODY), MATH); /* nobody has spoken yet */
    ar_team_config_free(config);

    config = config_of("'threshold': 0.3"); /* none unless the team says so */
    assert_int_equal(answerer(config, 0.51, 0.49, 0, CARE), MATH);
    ar_team_config_free(config);

    config = config_of("'hysteresis': 1, 'threshold': 0");
    assert_int_equal(answerer(config, 0.99, 0.01, 0, CARE), CARE);
    ar_team_config_free(config);
}

static void who_goes_on_by_the_hysteresis_need_not_reach_the_threshold(void **state)
{
    (void)state; /* the threshold asks how sure the decision is, and this one is sure: not somebody else */
    ar_team_config *config = config_of("'hysteresis': 0.3, 'threshold': 0.5, 'fallback': 'math'");
    assert_int_equal(answerer(config, 0.6, 0.35, 0.05, CARE), CARE);
    assert_int_equal(answerer(config, 0.7, 0.25, 0.05, CARE), MATH);
    ar_team_config_free(config);
}

static void none_and_the_threshold_count_as_without_hysteresis(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        ar_team_config *config = config_of(with ? "'hysteresis': 0.3, 'threshold': 0.6, 'fallback': 'math'"
                                                : "'threshold': 0.6, 'fallback': 'math'");
        assert_int_equal(answerer(config, 0.05, 0.2, 0.75, CARE), MATH); /* none, by far */
        assert_int_equal(answerer(config, 0.05, 0.45, 0.5, CARE), MATH); /* none, and close */
        assert_int_equal(answerer(config, 0.1, 0.5, 0.4, CARE), MATH);   /* not sure enough */
        assert_int_equal(answerer(config, 0.2, 0.8, 0, MATH), CARE);     /* sure enough, by more than 0.3 */
        ar_team_config_free(config);
        config = config_of(with ? "'hysteresis': 0.3, 'threshold': 0.6" : "'threshold': 0.6");
        assert_int_equal(answerer(config, 0.1, 0.2, 0.7, CARE), CARE);
        assert_int_equal(answerer(config, 0.2, 0.1, 0.7, NOBODY), MATH);
        ar_team_config_free(config);
        config = config_of(with ? "'hysteresis': 0.3, 'threshold': 0.3, 'fallback': 'math'"
                                : "'threshold': 0.3, 'fallback': 'math'");
        assert_int_equal(answerer(config, 0.05, 0.45, 0.5, CARE), MATH); /* none is none, however close */
        ar_team_config_free(config);
    }
}

static void a_conversation_stays_with_its_agent_by_the_hysteresis(void **state)
{
    static const char rules[] = "{'say': [{'when': 'solve', 'say': {'math': 0.9, 'care': 0.05, 'none': 0.05}},"
                                "         {'when': 'sad', 'say': {'math': 0.05, 'care': 0.9, 'none': 0.05}},"
                                "         {'when': 'either', 'say': {'math': 0.5, 'care': 0.4, 'none': 0.1}}]}";
    static const struct {
        const char *hysteresis, *either;
    } cases[] = {{"'hysteresis': 0.3,", "care"}, {"'hysteresis': 0.05,", "math"}, {"", "math"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        talk t = {0};
        snprintf(text, sizeof text,
                 "{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'models': {'m': {'fake': 'm.fake'}, 'r': {'fake': "
                 "'r.fake'}}, 'gateway': {'model': 'r', %s 'threshold': 0.2, 'calibrate': false}, 'agents': {'math': "
                 "{'model': 'm'}, 'care': {'model': 'm'}}}",
                 cases[i].hysteresis);
        arny_team *team = talk_team(talk_folder(text, "m.fake", "{}", "r.fake", rules, NULL));
        arny_session *session = talk_session(team, NULL);
        talk_ask(&t, session, "either", NULL);
        assert_string_equal(t.routed, "math"); /* nobody has spoken yet */
        talk_ask(&t, session, "sad", NULL);
        assert_string_equal(t.routed, "care");
        talk_ask(&t, session, "either", NULL);
        assert_string_equal(t.routed, cases[i].either);
        assert_true(fabs(t.confidence - (strcmp(t.routed, "care") == 0 ? 0.4 : 0.5)) < 0.01); /* of who answers */
        talk_ask(&t, session, "solve", NULL);
        assert_string_equal(t.routed, "math");
        arny_session_free(session);
        arny_team_free(team);
    }
}

/* ---- team.json --------------------------------------------------------------------------------------------------- */

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

#define HEAD(rest)   GATEWAY("'mode':'head','head':'x',\n" rest)
#define SAFETY(rest) HEAD("'safety':{" rest "}")

static void what_is_wrong_is_told_with_line_and_column(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {GATEWAY("'mode':'head'"), ":4:11: gateway: \"head\" is missing: the file that `arny gateway train` writes"},
        {GATEWAY("'mode':'head','head':''"), ":5:22: gateway.head: the name of a file expected, not an empty one"},
        {GATEWAY("'mode':'head','head':7"), ":5:22: gateway.head: a string expected, not 7"},
        {GATEWAY("'mode':'head','head':'/etc/x'"),
         ":5:22: gateway.head: \"/etc/x\" leaves the team's folder; a path relative to it, without \"..\", expected"},
        {GATEWAY("'mode':'head','head':'../x'"),
         ":5:22: gateway.head: \"../x\" leaves the team's folder; a path relative to it, without \"..\", expected"},
        {GATEWAY("'head':'x'"), ":5:8: gateway.head: it goes with \"mode\": \"head\""},
        {GATEWAY("'mode':'json','safety':{}"), ":5:24: gateway.safety: it goes with \"mode\": \"head\""},
        {HEAD("'calibrate':false"),
         ":6:13: gateway.calibrate: it goes with \"mode\": \"score\" or \"json\"; a head is trained on its examples"},
        {HEAD("'examples':[]"),
         ":6:12: gateway.examples: it goes with \"mode\": \"score\" or \"json\"; a head is trained on its examples"},
        {HEAD("'hysteresis':-0.1"), ":6:14: gateway.hysteresis: 0 to 1 expected, not -0.1"},
        {HEAD("'hysteresis':1.5"), ":6:14: gateway.hysteresis: 0 to 1 expected, not 1.5"},
        {HEAD("'hysteresis':'much'"), ":6:14: gateway.hysteresis: 0 to 1 expected, not \"much\""},
        {GATEWAY("'hysterese':1"), ":5:1: gateway: unknown key \"hysterese\"; did you mean \"hysteresis\"?"},
        {HEAD("'safety':true"), ":6:10: gateway.safety: an object expected, not true"},
        {SAFETY("'threshold':0"), ":6:23: gateway.safety.threshold: 0.001 to 1 expected, not 0"},
        {SAFETY("'threshold':1.01"), ":6:23: gateway.safety.threshold: 0.001 to 1 expected, not 1.01"},
        {SAFETY("'threshold':'low'"), ":6:23: gateway.safety.threshold: 0.001 to 1 expected, not \"low\""},
        {SAFETY("'answer':'no'"), ":6:20: gateway.safety.answer: true or false expected, not \"no\""},
        {SAFETY("'answer':false"),
         ":6:10: gateway.safety: \"answer\" is false, so \"help\" must say what is shown instead"},
        {SAFETY("'text':'x'"), ":6:11: gateway.safety: unknown key \"text\"; allowed: threshold, answer, help"},
        {SAFETY("'help':'Call.'"), ":6:18: gateway.safety.help: an object expected, not \"Call.\""},
        {SAFETY("'help':{}"), ":6:18: gateway.safety.help: 1 to 64 languages expected, such as {\"en\": \"...\"}"},
        {SAFETY("'help':{'en':''}"), ":6:24: gateway.safety.help.en: a text of 1 to 4096 bytes expected, not of 0"},
        {SAFETY("'help':{'en':'a',\n'de':3}"), ":7:6: gateway.safety.help.de: a string expected, not 3"},
        {SAFETY("'help':{'e':'a'}"), ":6:23: gateway.safety.help.e: a language expected, such as \"en\" or \"pt-BR\""},
        {SAFETY("'help':{'en':'a',\n'en_GB':'b'}"),
         ":7:9: gateway.safety.help.en_GB: a language expected, such as \"en\" or \"pt-BR\""},
        {SAFETY("'help':{'abcdefghijklmnopq':'a'}"),
         ":6:39: gateway.safety.help.abcdefghijklmnopq: a language expected, such as \"en\" or \"pt-BR\""},
        {SAFETY("'help':{'en':'a','en':'b'}"),
         ":6:28: gateway.safety.help: key \"en\" stands here again; line 6 has it first"},
    };
    ar_team_config *config;
    (void)state;
    make_team_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char whole[1024];
        snprintf(whole, sizeof whole, "%s/team.json%s", team_folder, cases[i].sentence);
        assert_status(read_team(&config, cases[i].text), ARNY_E_DATA);
        assert_null(config);
        assert_error(whole);
    }
}

static void help_has_at_most_64_languages_of_4096_bytes(void **state)
{
    char text[16384];
    ar_team_config *config;
    (void)state;
    make_team_folder();
    for (size_t count = 64; count <= 65; count++) {
        size_t at = 0;
        for (size_t i = 0; i < count; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s'x%c-%c':'a'", i ? "," : "", 'a' + (int)(i / 26),
                                   'a' + (int)(i % 26));
        char *team = malloc(sizeof text + 512);
        snprintf(team, sizeof text + 512, SAFETY("'help':{%s}"), text);
        assert_status(read_team(&config, team), count == 64 ? ARNY_OK : ARNY_E_DATA);
        if (count == 64)
            ar_team_config_free(config);
        else
            assert_error_has("gateway.safety.help: 1 to 64 languages expected");
        free(team);
    }
    for (size_t bytes = 4096; bytes <= 4097; bytes++) {
        snprintf(text, sizeof text, SAFETY("'help':{'en':'%0*d'}"), (int)bytes, 0);
        assert_status(read_team(&config, text), bytes == 4096 ? ARNY_OK : ARNY_E_DATA);
        if (bytes == 4096)
            ar_team_config_free(config);
        else
            assert_error_has("gateway.safety.help.en: a text of 1 to 4096 bytes expected, not of 4097");
    }
}

static void the_defaults_are_what_the_manual_says(void **state)
{
    (void)state;
    make_team_folder();
    ar_team_config *config = good_team(HEAD("'safety':{}"));
    assert_true(config->gateway.alarm == 0 && config->gateway.hysteresis == 0);
    assert_int_equal(config->gateway.speaks, 1);
    assert_int_equal(config->gateway.help_count, 0);
    ar_team_config_free(config);
    config = good_team(HEAD("'hysteresis':1,'safety':{'threshold':0.001,'answer':false,'help':{'en':'a'}}"));
    assert_true(config->gateway.alarm == 0.001 && config->gateway.hysteresis == 1);
    assert_int_equal(config->gateway.speaks, 0);
    assert_string_equal(config->gateway.help[0].language, "en");
    assert_string_equal(config->gateway.help[0].text, "a");
    ar_team_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(danger_is_told_before_any_token),
        cmocka_unit_test(where_no_agent_may_answer_help_is_all),
        cmocka_unit_test(help_is_in_the_apps_language),
        cmocka_unit_test(help_in_the_language_itself_is_better_than_in_a_dialect),
        cmocka_unit_test(it_comes_after_the_decision_and_before_the_agent_is_ready),
        cmocka_unit_test(a_head_that_knows_no_danger_tells_none),
        cmocka_unit_test(a_conversation_goes_on_as_if_it_had_not_been_said),
        cmocka_unit_test(an_agent_that_the_app_pinned_is_stopped_too),
        cmocka_unit_test(an_app_may_stop_the_answer_when_it_hears_of_danger),
        cmocka_unit_test(an_app_that_stops_where_no_agent_may_answer_has_cancelled),
        cmocka_unit_test(a_stream_hands_out_the_text_too),
        cmocka_unit_test(without_help_the_event_has_no_text),
        cmocka_unit_test(who_spoke_last_goes_on_unless_another_is_more_probable_by_the_hysteresis),
        cmocka_unit_test(who_goes_on_by_the_hysteresis_need_not_reach_the_threshold),
        cmocka_unit_test(none_and_the_threshold_count_as_without_hysteresis),
        cmocka_unit_test(a_conversation_stays_with_its_agent_by_the_hysteresis),
        cmocka_unit_test(the_threshold_of_the_team_counts_above_the_heads),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(what_is_wrong_is_told_with_line_and_column),
        cmocka_unit_test(help_has_at_most_64_languages_of_4096_bytes),
        cmocka_unit_test(the_defaults_are_what_the_manual_says),
    };
    return RUN(tests);
}
