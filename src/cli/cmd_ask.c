/* cli/cmd_ask.c - arny ask: a message, or a line of messages, to a team. */
#include "answer.h"
#include "cancel.h"
#include "error.h"
#include "input.h"
#include "options.h"
#include "out.h"

#include <string.h>

typedef struct ask_options {
    team_options team;
    const char *session, *agent, *persist;
    int json;
} ask_options;

#define AT(member) offsetof(ask_options, member)

static const args_option options[] = {
    TEAM_OPTIONS(ask_options, team),
    {"session", 0, ARGS_TEXT, AT(session), "NAME",
     "the conversation it belongs to: 1 to 64 letters, digits,\n- _ . (default: default)", 0, 0},
    {"agent", 0, ARGS_TEXT, AT(agent), "NAME", "this agent answers (default: the gateway decides)", 0, 0},
    PERSIST_OPTION(ask_options, persist),
    STATE_OPTIONS(ask_options, team),
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object a line: routed, loading, ready, token, done", 0, 0},
};

static void stop(void *session)
{
    arny_session_cancel(session);
}

static int ask(arny_session *session, const ask_options *o, const arny_team *team, const char *text)
{
    answer a = {.team = team, .json = o->json};
    arny_ask_options how = ARNY_ASK_OPTIONS_INIT;
    how.agent = o->agent;
    cancel_begin(stop, session, 1);
    int status = arny_session_ask(session, text, &how, answer_event, &a);
    cancel_end();
    if (status && !a.status)
        a.status = status, fail(status, o->json);
    if (!o->json)
        answer_figures(&a);
    return answer_exit(&a);
}

/* A message a line. One that cannot be answered is told, and the next one asked; the first failure is the exit code. */
static int ask_lines(arny_session *session, const ask_options *o, arny_team *team)
{
    input_lines input;
    int more, first = input_open(&input, "-");
    if (strcmp(arny_team_plan(team), "hybrid") != 0)
        team_warm(team);
    while (!out_error() && (more = input_next(&input)) != 0) {
        error_set_line(input.number);
        int code = more < 0 ? -more : ask(session, o, team, input.line);
        first = first ? first : code;
        if (code == CLI_CANCELLED || (more < 0 && code != CLI_DATA))
            break;
    }
    error_set_line(0);
    input_close(&input);
    return first;
}

static int run(int argc, char **argv)
{
    ask_options o = {.json = 0};
    args_words words;
    arny_team *team;
    arny_session *session = NULL;
    int code = args_parse(&cmd_ask, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    code = team_open(&team, &cmd_ask, &o.team, o.json);
    if (code)
        return code;
    code = session_open(&session, team, o.session, o.persist, &cmd_ask, o.json);
    if (!code)
        code = strcmp(words.at[0], "-") == 0 ? ask_lines(session, &o, team) : ask(session, &o, team, words.at[0]);
    arny_session_free(session);
    arny_team_free(team);
    return code;
}

const cli_command cmd_ask = {
    .name = "ask",
    .purpose = "ask a team: the right agent answers",
    .usage = "--team DIR [OPTIONS] TEXT\n"
             "--team DIR [OPTIONS] -            a message a line on standard input, one conversation\n",
    .about =
        "The gateway reads the message and names the agent, its model is made ready, the answer streams to standard\n"
        "output. Then a line on standard error says who it was, how sure the gateway was, and how fast it went.\n"
        "Ctrl-C ends the answer, a second one the program.\n"
        "With - a message that cannot be answered is told, and the next one is asked.\n",
    .example = "arny ask --team models/demo \"Solve 2x + 5 = 15\"\n"
               "printf 'Solve 2x + 5 = 15\\nAnd with 25 on the right?\\n' | arny ask --team models/demo --json -\n",
    .exits = "0   done\n"
             "64  wrong usage, or no such agent\n"
             "65  a mistake in team.json, a bad model file, a message that is no UTF-8, empty or too long\n"
             "66  no such team or file\n"
             "69  this build cannot run the model\n"
             "70  the engine failed\n"
             "74  standard input or output failed\n"
             "75  it does not fit the memory budget now\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 1,
    .words = "one TEXT, or - for standard input,",
    .run = run,
};
