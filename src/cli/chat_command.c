/* cli/chat_command.c - the commands inside a chat: /agents, /memory, ... */
#include "answer.h"
#include "chat.h"
#include "human.h"
#include "out.h"
#include "suggest.h"

#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64 /* of a command or an agent */

static void agent_name(const arny_team *team, const char *name, int width)
{
    out_print("%s%-*s%s", out_style(stdout, answer_style(team, name)), width, name, out_style(stdout, OUT_PLAIN));
}

void chat_show_agents(const arny_team *team)
{
    for (size_t i = 0; i < arny_team_agent_count(team); i++) {
        out_print("%s", i ? ", " : "");
        agent_name(team, arny_team_agent_name(team, i), 0);
    }
}

/* What arny_last_error() says, in the chat. */
static void problem(void)
{
    out_note("%s", arny_last_error());
}

/* ---- the commands: each gets what stands behind its name; 1 ends the chat ---------------------------------------- */

static int do_agents(chat *c, const char *unused)
{
    const char *spoke = arny_session_agent(c->session);
    (void)unused;
    for (size_t i = 0; i < arny_team_agent_count(c->team); i++) {
        const char *name = arny_team_agent_name(c->team, i);
        int pinned = c->pinned == name, last = spoke && strcmp(spoke, name) == 0;
        out_print("  ");
        agent_name(c->team, name, 12);
        out_print(" %s%s\n", arny_team_agent_description(c->team, i),
                  pinned ? "  (chosen)"
                  : last ? "  (spoke last)"
                         : "");
    }
    return 0;
}

/* The team's own copy of the name, or NULL. */
static const char *find_agent(const arny_team *team, const char *name)
{
    for (size_t i = 0; i < arny_team_agent_count(team); i++)
        if (strcmp(arny_team_agent_name(team, i), name) == 0)
            return arny_team_agent_name(team, i);
    return NULL;
}

static int do_agent(chat *c, const char *name)
{
    if (name[0] == 0) {
        if (c->pinned)
            out_note("%s answers; /agent auto lets the gateway decide again", c->pinned);
        else
            out_note("the gateway decides; /agent NAME chooses one");
        return 0;
    }
    const char *wanted = strcmp(name, "auto") == 0 ? NULL : name;
    if (arny_session_use(c->session, wanted)) {
        problem();
        return 0;
    }
    c->pinned = wanted ? find_agent(c->team, wanted) : NULL;
    out_note(c->pinned ? "%s answers from now on; /agent auto lets the gateway decide again"
                       : "%sthe gateway decides who answers",
             c->pinned ? c->pinned : "");
    return 0;
}

static int do_memory(chat *c, const char *unused)
{
    static const char *const states[] = {"closed", "parked", "open"};
    char a[HUMAN_BYTES], b[HUMAN_BYTES], d[HUMAN_BYTES], e[HUMAN_BYTES];
    arny_memory total = {.size = sizeof total};
    size_t count = 0, capacity = arny_team_agent_count(c->team) + 1; /* and the gateway */
    arny_agent_memory *rows = calloc(capacity, sizeof *rows);
    (void)unused;
    if (!rows || arny_team_memory(&total, rows, capacity, &count, c->team)) {
        problem();
        free(rows);
        return 0;
    }
    out_print("  %-12s %-12s %-7s %9s %9s %9s %9s %7s\n", "agent", "model", "state", "weights", "in memory", "context",
              "snapshot", "tokens");
    for (size_t i = 0; i < count && i < capacity; i++) {
        const arny_agent_memory *row = &rows[i];
        out_print("  ");
        if (find_agent(c->team, row->agent))
            agent_name(c->team, row->agent, 12);
        else
            out_print("%-12s", row->agent);
        out_print(" %-12s %-7s %9s %9s %9s %9s %7lld\n", row->model ? row->model : "",
                  row->state >= 0 && row->state <= ARNY_STATE_OPEN ? states[row->state] : "?",
                  human_bytes(a, row->weights), row->resident < 0 ? "" : human_bytes(e, row->resident),
                  human_bytes(b, row->context), human_bytes(d, row->snapshot), (long long)row->context_tokens);
    }
    out_print("  this process: %s resident, of which %s its own", human_bytes(a, total.rss),
              human_bytes(b, total.anon));
    out_print(", peak %s", human_bytes(a, total.peak));
    if (total.left < INT64_MAX)
        out_print(", %s left", human_bytes(a, total.left));
    if (total.budget > 0)
        out_print(", budget %s", human_bytes(a, total.budget));
    out_print("\n");
    free(rows);
    return 0;
}

static int do_new(chat *c, const char *unused)
{
    (void)unused;
    if (arny_session_clear(c->session))
        problem();
    else
        out_note("a new conversation; what was said is forgotten");
    return 0;
}

static int do_history(chat *c, const char *unused)
{
    size_t count = arny_session_turn_count(c->session);
    (void)unused;
    if (count == 0)
        out_note("nothing has been said yet");
    for (size_t i = 0; i < count; i++) {
        arny_turn turn;
        if (arny_session_turn(&turn, c->session, i))
            break;
        out_print("%syou%s  ", out_style(stdout, OUT_USER), out_style(stdout, OUT_PLAIN));
        out_speech(turn.user, strlen(turn.user));
        out_print("\n");
        agent_name(c->team, turn.agent, 0);
        out_print("  ");
        out_speech(turn.reply, strlen(turn.reply));
        out_print("\n");
    }
    return 0;
}

static int do_quit(chat *c, const char *unused)
{
    (void)c;
    (void)unused;
    return 1;
}

static int do_help(chat *c, const char *unused);

static const struct {
    const char *name, *value, *help;
    int (*run)(chat *c, const char *value);
} table[] = {
    {"agents", "", "who is in the team, and what for", do_agents},
    {"agent", " NAME", "this agent answers from now on; /agent auto: the gateway decides again", do_agent},
    {"memory", "", "which models are open, and what they take", do_memory},
    {"new", "", "forget the conversation and begin a new one", do_new},
    {"history", "", "what was said so far", do_history},
    {"help", "", "this list", do_help},
    {"quit", "", "leave; so does Ctrl-D", do_quit},
};

#define COMMANDS (sizeof table / sizeof *table)

static int do_help(chat *c, const char *unused)
{
    char left[NAME_BYTES];
    (void)c;
    (void)unused;
    for (size_t i = 0; i < COMMANDS; i++) {
        snprintf(left, sizeof left, "/%s%s", table[i].name, table[i].value);
        out_print("  %-14s %s\n", left, table[i].help);
    }
    out_print("  %-14s %s\n", "Ctrl-C", "ends the answer that is running; at the prompt it empties the line");
    out_print("  Everything else is a message. A space before a / makes a message of it.\n");
    return 0;
}

static void unknown(const char *name)
{
    const char *names[COMMANDS + 1], *near;
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = table[i].name;
    names[COMMANDS] = NULL;
    near = suggest(name, names);
    if (near)
        out_note("there is no /%s; did you mean /%s? /help lists what there is", name, near);
    else
        out_note("there is no /%s; /help lists what there is. A space before a / makes a message of it", name);
}

int chat_command(chat *c, const char *line)
{
    char name[NAME_BYTES], value[NAME_BYTES];
    size_t length = strcspn(line + 1, " \t");
    const char *rest = line + 1 + length;
    rest += strspn(rest, " \t");
    snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : (int)sizeof name - 1, line + 1);
    snprintf(value, sizeof value, "%s", rest);
    for (size_t end = strlen(value); end > 0 && strchr(" \t", value[end - 1]); end--)
        value[end - 1] = 0;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(table[i].name, name) == 0) {
            int end = table[i].run(c, value);
            out_flush();
            return end;
        }
    }
    unknown(name);
    return 0;
}
