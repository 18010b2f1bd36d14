/*
 * Whatever happens to an agent's memory between two of its turns, its answers are those of an agent that nobody disturbed: three
 * agents take 30 turns, greedily, while contexts are taken away, pages given back, snapshots written and read, and the team
 * opened anew. The reference is each agent alone, with all the memory that it wants.
 */
#include "real.h"
#include "talk.h"
#include "tmp.h"
#include <unistd.h>

#define AGENTS 3
#define TURNS  30
#define WORDS  6 /* tokens of a reply, at most */

static const char *const names[AGENTS] = {"math", "wellness", "logistics"};
static const struct {
    const char *engine, *chat;
    int context, items; /* of a long message: the tiny model's tokens are bytes */
} kinds[] = {
    {"gguf", "chatml", 2048, 18}, {"gguf", "gemma", 2048, 18}, {"pte", "chatml", 1024, 3}}; /* REAL_SMOL, ... */

typedef struct reply {
    char text[256];
    int64_t prefilled;
} reply;

/* ---- the conversation --------------------------------------------------------------------------------------------- */

/* Who is asked: not in turns, so that what is cheapest to evict changes. */
static size_t asked(size_t turn)
{
    static const char order[TURNS + 1] = "012021102210012001221021120201";
    return (size_t)(order[turn] - '0');
}

static const char *message(int which, size_t turn)
{
    static const char *const texts[] = {"How many apples are 17 and 25?",
                                        "I have not slept well since Monday. What could help me tonight?",
                                        "Plan my Tuesday: dentist at nine, lunch with Ada, and the parcel.",
                                        "And the second one?",
                                        "Say that again in fewer words.",
                                        "Why?",
                                        "What would you do next, and what after that?"};
    static char text[4096];
    size_t length = (size_t)snprintf(text, sizeof text, "%s", texts[turn % (sizeof texts / sizeof *texts)]);
    if (turn == 4 || turn == 10 ||
        turn == 16) /* a long one for each, past the first 256 tokens and the sliding windows */
        for (int i = 0; i < kinds[which].items; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, " Item %d costs %d coins and %d more.", i,
                                       i * 7 % 31, i * 5 % 13);
    return text;
}

/* ---- teams -------------------------------------------------------------------------------------------------------- */

typedef struct place {
    const char *team;
    char *state;
} place;

/* Three names of the same file are three models. */
static place make_place(int which, const char *top)
{
    char json[2048], *path;
    place p = {.team = test_tmpdir(), .state = test_path(test_tmpdir(), "state")};
    for (size_t i = 0; i < AGENTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%zu", i);
        path = test_path(p.team, name);
        assert_int_equal(symlink(real_path(which), path), 0);
        free(path);
    }
    path = test_path(p.team, "words");
    assert_int_equal(symlink(real_tokenizer(which) ? real_tokenizer(which) : real_path(which), path), 0);
    free(path);
    size_t length = (size_t)snprintf(json, sizeof json,
                                     "{\"arny\": 1, \"plan\": \"hybrid\", \"engine\": \"%s\", \"temperature\": 0, "
                                     "\"threads\": 1, \"context\": %d, %s \"models\": {",
                                     kinds[which].engine, kinds[which].context, top);
    for (size_t i = 0; i < AGENTS; i++)
        length += (size_t)snprintf(json + length, sizeof json - length,
                                   "%s\"m%zu\": {\"%s\": \"%zu\", \"tokenizer\": \"words\", \"chat\": \"%s\"}",
                                   i ? ", " : "", i, kinds[which].engine, i, kinds[which].chat);
    length += (size_t)snprintf(json + length, sizeof json - length,
                               "}, \"agents\": {\"math\": {\"model\": \"m0\", \"prompt\": \"You teach numbers.\"},"
                               " \"wellness\": {\"model\": \"m1\", \"prompt\": \"You are kind.\"},"
                               " \"logistics\": {\"model\": \"m2\", \"prompt\": \"You plan days.\"}}}");
    assert_in_range(length, 1, sizeof json - 1);
    path = test_path(p.team, "team.json");
    test_write(path, json, length);
    free(path);
    return p;
}

typedef struct life {
    arny_team *team;
    arny_session *session;
} life;

static life begin(const place *p, int64_t budget)
{
    life l = {0};
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    options.state = p->state;
    options.budget = budget;
    assert_status(arny_team_open(&l.team, p->team, &options), ARNY_OK);
    assert_status(arny_session_open(&l.session, l.team, "talk"), ARNY_OK);
    return l;
}

static void end(life *l)
{
    arny_session_free(l->session);
    arny_team_free(l->team);
}

static reply ask(life *l, int which, size_t turn, talk *t)
{
    arny_ask_options options = ARNY_ASK_OPTIONS_INIT;
    reply said = {.text = ""};
    options.agent = names[asked(turn)];
    options.max_tokens = WORDS;
    talk_begin(t);
    assert_status(arny_session_ask(l->session, message(which, turn), &options, talk_event, t), ARNY_OK);
    assert_in_range(t->reply_bytes, 1, sizeof said.text - 1);
    memcpy(said.text, t->reply, t->reply_bytes);
    said.prefilled = t->prefilled;
    return said;
}

/* The smallest budget that these three can work in, from what the refusal of one byte says would do. */
static int64_t least_budget(const place *p)
{
    arny_team *team;
    arny_agent_estimate rows[AGENTS];
    arny_team_estimate total = {.size = sizeof total};
    size_t count;
    int64_t largest = 0;
    assert_status(arny_team_open(&team, p->team, NULL), ARNY_OK);
    assert_status(arny_team_estimate_memory(&total, rows, AGENTS, &count, team), ARNY_OK);
    assert_int_equal(count, AGENTS);
    for (size_t i = 0; i < count; i++) {
        int64_t bytes = rows[i].weights + rows[i].kv + rows[i].compute;
        largest = bytes > largest ? bytes : largest;
    }
    arny_team_free(team);
    return largest + ((int64_t)16 << 20); /* what the engine takes for itself */
}

/* ---- what happens in between -------------------------------------------------------------------------------------- */

enum { SWITCHED, PRESSED, REOPENED, WAYS };
static const char *const ways[WAYS] = {"a budget for one", "memory pressure", "opened anew"};

static void live_through(int which, int way, const reply *wanted)
{
    place p = make_place(which, "\"persist\": \"disk\",");
    int64_t budget = way == SWITCHED ? least_budget(&p) : 0;
    life l = begin(&p, budget);
    int from[ARNY_FROM_CLOSED + 1] = {0}, restored = 0;
    for (size_t turn = 0; turn < TURNS; turn++) {
        static talk t;
        size_t agent = asked(turn);
        if (way == PRESSED)
            assert_status(arny_team_pressure(l.team, turn % 3 == 1 ? ARNY_PRESSURE_CRITICAL : ARNY_PRESSURE_LOW),
                          ARNY_OK);
        if (way == REOPENED && turn % 3 == 2) {
            end(&l);
            l = begin(&p, budget);
        }
        reply got = ask(&l, which, turn, &t);
        from[t.from]++;
        restored += t.from != ARNY_FROM_HOT && t.restored > 0;
        if (got.prefilled != wanted[turn].prefilled)
            fail_msg("%s %s, %s, turn %zu of %s: %lld tokens were prefilled, not %lld", kinds[which].engine,
                     kinds[which].chat, ways[way], turn, names[agent], (long long)got.prefilled,
                     (long long)wanted[turn].prefilled);
        if (strcmp(got.text, wanted[turn].text) != 0)
            fail_msg("%s %s, %s, turn %zu of %s: \"%s\", not \"%s\"", kinds[which].engine, kinds[which].chat, ways[way],
                     turn, names[agent], got.text, wanted[turn].text);
    }
    print_message("%s %s, %s: %d of %d turns from a snapshot; %d live, %d parked, %d closed\n", kinds[which].engine,
                  kinds[which].chat, ways[way], restored, TURNS, from[ARNY_FROM_HOT], from[ARNY_FROM_PARKED],
                  from[ARNY_FROM_CLOSED]);
    assert_true(restored >= 5);
    end(&l);
    free(p.state);
}

static void answers_are_those_of_an_agent_that_nobody_disturbed(int which)
{
    static reply wanted[TURNS];
    for (size_t agent = 0; agent < AGENTS; agent++) {
        static talk t;
        place p = make_place(which, "");
        life l = begin(&p, 0);
        for (size_t turn = 0; turn < TURNS; turn++)
            if (asked(turn) == agent)
                wanted[turn] = ask(&l, which, turn, &t);
        end(&l);
        free(p.state);
    }
    for (int way = 0; way < WAYS; way++)
        live_through(which, way, wanted);
}

static void a_model_with_full_attention(void **state)
{
    (void)state;
    answers_are_those_of_an_agent_that_nobody_disturbed(REAL_SMOL);
}

static void a_model_with_sliding_windows(void **state)
{
    (void)state;
    answers_are_those_of_an_agent_that_nobody_disturbed(REAL_GEMMA);
}

#ifdef ARNY_HAVE_PTE
static void a_model_on_the_other_engine(void **state)
{
    (void)state;
    answers_are_those_of_an_agent_that_nobody_disturbed(REAL_PTE);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_with_full_attention),
        cmocka_unit_test(a_model_with_sliding_windows),
#ifdef ARNY_HAVE_PTE
        cmocka_unit_test(a_model_on_the_other_engine),
#endif
    };
    if (!real_ready())
        return REAL_SKIPPED;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
