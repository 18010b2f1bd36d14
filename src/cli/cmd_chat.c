/* cli/cmd_chat.c - arny chat: a conversation with a team, or with one model, at the terminal. */
#include "answer.h"
#include "cancel.h"
#include "chat.h"
#include "error.h"
#include "human.h"
#include "line.h"
#include "options.h"
#include "out.h"
#include "progress.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct chat_options {
    team_options team; /* its engine and threads are read from `open` */
    arny_model_options open;
    const char *model, *system, *session, *agent, *persist;
} chat_options;

#define AT(member) offsetof(chat_options, member)

static const args_option options[] = {
    {"team", 0, ARGS_TEXT, AT(team.team), "DIR",
     "the folder with the team's team.json\n(default: $ARNY_TEAM, else the demo team)", 0, 0},
    {"model", 0, ARGS_TEXT, AT(model), "FILE", "talk to this model alone, without a team", 0, 0},
    {"agent", 0, ARGS_TEXT, AT(agent), "NAME", "this agent answers (default: the gateway decides)", 0, 0},
    {"session", 0, ARGS_TEXT, AT(session), "NAME",
     "the conversation's name: 1 to 64 letters, digits, - _ .\n(default: default)", 0, 0},
    PERSIST_OPTION(chat_options, persist),
    STATE_OPTIONS(chat_options, team),
    {"budget", 0, ARGS_BYTES, AT(team.budget), "BYTES",
     "of a team: the most memory to take: 400MB, 1.5GiB\n(default: as team.json says)", 0, 0},
    {"engine", 0, ARGS_TEXT, AT(open.engine), "NAME", "gguf, pte or fake (default: as team.json or the file says)", 0,
     0},
    {"threads", 0, ARGS_INT, AT(open.threads), "N", "1 to 256 (default: as team.json says, or by the load)", 1, 256},
    {"system", 0, ARGS_TEXT, AT(system), "TEXT", "with --model: the system message (default: none)", 0, 0},
    {"chat", 0, ARGS_TEXT, AT(open.chat), "NAME", "with --model: the chat template (default: as the file says)", 0, 0},
    {"tokenizer", 0, ARGS_TEXT, AT(open.tokenizer), "FILE", "with --model: a vocabulary-only GGUF", 0, 0},
    {"ctx", 0, ARGS_INT, AT(open.context), "N",
     "with --model: length of the context, 16 to 1048576 tokens\n(default: 2048)", 16, 1048576},
    {"gpu-layers", 0, ARGS_INT, AT(open.gpu_layers), "N", "with --model: layers on a GPU, -1: all (default: 0)", -1,
     999},
};

/* ---- what is said around the conversation --------------------------------------------------------------------------- */

static void greet(const chat *c, const chat_options *o)
{
    char budget[HUMAN_BYTES];
    const char *bold = out_style(stdout, OUT_BOLD), *plain = out_style(stdout, OUT_PLAIN);
    if (o->model) {
        const char *slash = strrchr(o->model, '/');
        out_print("%sArny%s - one model, %s, on this machine alone.\n", bold, plain, slash ? slash + 1 : o->model);
    } else {
        out_print("%sArny%s - you write, the right one of %zu small models answers, on this machine alone", bold, plain,
                  arny_team_agent_count(c->team));
        if (arny_team_budget(c->team) > 0)
            out_print(" in %s", human_bytes(budget, arny_team_budget(c->team)));
        out_print(".\nAgents: ");
        chat_show_agents(c->team);
        out_print(" (plan %s, engine %s)\n", arny_team_plan(c->team), arny_team_engine(c->team));
    }
    out_print("/help lists the commands, Ctrl-C ends an answer, Ctrl-D leaves.\n");
    if (arny_session_turn_count(c->session) > 0)
        out_print("The conversation \"%s\" goes on after %zu turns; /history shows them, /new forgets them.\n",
                  arny_session_name(c->session), arny_session_turn_count(c->session));
    out_print("\n");
    out_flush();
}

static int on_warm(double progress, void *unused)
{
    (void)unused;
    progress_show("getting the team ready", progress);
    return cancel_asked();
}

/* What can be made ready before the first message. Whoever does not want to wait presses Ctrl-C; it is then done when
 * it is needed, and so is what fails here: the answer will tell. */
static void warm(const chat *c)
{
    cancel_begin(NULL, NULL, 0);
    arny_team_warm(c->team, on_warm, NULL);
    progress_end();
    cancel_end();
}

/* ---- the conversation ------------------------------------------------------------------------------------------------ */

static void stop(void *session)
{
    arny_session_cancel(session);
}

static int reply(chat *c, const char *text)
{
    answer a = {.team = c->team, .badge = 1};
    cancel_begin(stop, c->session, 0);
    int status = arny_session_ask(c->session, text, NULL, answer_event, &a);
    cancel_end();
    if (status && !a.status)
        fail(status, 0);
    answer_figures(&a);
    return status;
}

static enum line_result read_message(line_reader *reader, const chat *c, char **line)
{
    char prompt[LINE_PROMPT_BYTES / 2];
    const char *agent = c->pinned ? c->pinned : arny_session_agent(c->session);
    if (c->pinned && arny_team_agent_count(c->team) > 1)
        snprintf(prompt, sizeof prompt, "%s> ", c->pinned);
    else
        snprintf(prompt, sizeof prompt, "> ");
    return line_read(reader, line, prompt, agent ? answer_style(c->team, agent) : OUT_BOLD);
}

/* Until the end of the input, or /quit. A person goes on after a failure; where the input is a file or a pipe, the
 * first failure is the exit code. */
static int converse(chat *c, line_reader *reader)
{
    int code = CLI_OK;
    char *line;
    while (!out_error()) {
        enum line_result result = read_message(reader, c, &line);
        if (result == LINE_CLEARED) {
            out_note("/quit or Ctrl-D leaves");
            continue;
        }
        if (result == LINE_FAILED)
            return code ? code : CLI_IO;
        if (result == LINE_END) {
            if (line_is_terminal(reader))
                out_print("\n");
            return code;
        }
        if (line[0] == '/') {
            if (chat_command(c, line))
                return code;
        } else if (line[strspn(line, " \t")]) {
            int status = reply(c, line + strspn(line, " \t"));
            if (status && !code && !line_is_terminal(reader))
                code = exit_of(status);
        }
    }
    return code;
}

static int start(chat *c, const chat_options *o)
{
    int code = session_open(&c->session, c->team, o->session, o->persist, &cmd_chat, 0);
    if (code)
        return code;
    int status = o->agent ? arny_session_use(c->session, o->agent) : ARNY_OK;
    if (status)
        return fail(status, 0);
    c->pinned = o->agent;
    line_reader *reader = line_open();
    if (!reader) {
        error_line("there is no memory for a line");
        return CLI_INTERNAL;
    }
    if (line_is_terminal(reader)) {
        signal(SIGINT, SIG_IGN); /* Ctrl-C is for answers; the terminal itself drops a line that was begun */
        greet(c, o);
        if (!o->model)
            warm(c);
    }
    code = converse(c, reader);
    line_close(reader);
    return code;
}

static int open_team(chat *c, chat_options *o)
{
    if (o->model) {
        int status = arny_team_open_model(&c->team, o->model, &o->open, o->system);
        return status ? fail(status, 0) : CLI_OK;
    }
    o->team.engine = o->open.engine;
    o->team.threads = o->open.threads;
    return team_open_any(&c->team, &cmd_chat, &o->team);
}

static int check(const chat_options *o)
{
    int of_model = o->system || o->open.chat || o->open.tokenizer || o->open.context || o->open.gpu_layers;
    if (o->model && o->team.team)
        return usage_error(&cmd_chat, "--team and --model exclude each other");
    if (o->model && o->team.budget)
        return usage_error(&cmd_chat, "--budget is of a team, and --model has none");
    if (o->model && o->persist && strcmp(o->persist, "disk") == 0)
        return usage_error(&cmd_chat, "--persist disk is of a team: --model keeps nothing");
    if (!o->model && of_model)
        return usage_error(&cmd_chat, "--system, --chat, --tokenizer, --ctx and --gpu-layers go with --model; a team "
                                      "has them in its team.json");
    return CLI_OK;
}

static int run(int argc, char **argv)
{
    chat_options o = {.open = ARNY_MODEL_OPTIONS_INIT};
    chat c = {0};
    args_words words;
    int code = args_parse(&cmd_chat, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    if ((code = check(&o)) || (code = open_team(&c, &o)))
        return code;
    code = start(&c, &o);
    arny_session_free(c.session);
    arny_team_free(c.team);
    return code;
}

const cli_command cmd_chat = {
    .name = "chat",
    .purpose = "talk to a team, or to one model, at the terminal",
    .usage = "                      with the demo team\n"
             "--team DIR [OPTIONS]\n"
             "--model FILE [OPTIONS]\n",
    .about =
        "You write a line, the gateway says whose it is, that agent answers. After each reply a dim line says who it\n"
        "was and how sure that is, how long it took to be ready, and the speed. In the chat, /help lists what else\n"
        "there is: /agents, /agent NAME, /memory, /new, /history, /quit. Ctrl-C ends the answer, not the program.\n"
        "The demo team is looked for in $ARNY_TEAM, in models/demo, and where arny was installed.\n",
    .example = "arny chat\n"
               "arny chat --team models/demo --agent math\n"
               "arny chat --model model.gguf --system \"Answer in one sentence.\"\n",
    .exits = "0   left\n"
             "64  wrong usage, or no such agent\n"
             "65  a mistake in team.json, or a bad model file\n"
             "66  no such team or file\n"
             "69  the demo team or one of its models is not there, or this build cannot run it\n"
             "70  the engine failed\n"
             "74  standard input or output failed\n"
             "75  it does not fit the memory budget now\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
