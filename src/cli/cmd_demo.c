/* cli/cmd_demo.c - arny demo: a scripted conversation with a team, and what it took, in one line. */
#include "answer.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "options.h"
#include "out.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 1024

typedef struct demo_options {
    team_options team;
    const char *script;
    int json;
} demo_options;

#define AT(member) offsetof(demo_options, member)

static const args_option options[] = {
    TEAM_OPTIONS(demo_options, team),
    {"script", 0, ARGS_TEXT, AT(script), "FILE", "the conversation (default: conversation.txt in DIR)", 0, 0},
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object a line: each answer's events, then a summary", 0, 0},
};

/* What is counted on the way. A switch is a turn that another agent answers than the turn before. */
typedef struct tally {
    size_t messages, right, switches;
    double *switch_ms, *first_ms;
    char speaker[ANSWER_NAME_BYTES];
} tally;

static void count(tally *t, const answer *a, const char *expected)
{
    int none = strcmp(expected, "none") == 0;
    t->right += strcmp(none ? a->best : a->agent, expected) == 0;
    if (t->speaker[0] && strcmp(t->speaker, a->agent) != 0)
        t->switch_ms[t->switches++] = a->ready_ms;
    t->first_ms[t->messages++] = a->ttft_ms;
    snprintf(t->speaker, sizeof t->speaker, "%s", a->agent);
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sorts them. 0 for none. */
static double median(double *values, size_t n)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, by_size);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* ---- a turn ---------------------------------------------------------------------------------------------------------- */

static void figures(const answer *a, const char *expected)
{
    static const char *const from[] = {"", " (hot)", " (parked)", " (closed)"};
    char sure[ANSWER_NAME_BYTES + 64], time[HUMAN_BYTES], speed[32] = "", wrong[ANSWER_NAME_BYTES + 16] = "";
    int none = strcmp(expected, "none") == 0;
    if (a->routed)
        snprintf(sure, sizeof sure, "%s %.0f %%", a->agent, a->confidence * 100);
    else
        snprintf(sure, sizeof sure, "%s", a->agent);
    if (strcmp(none ? a->best : a->agent, expected) != 0)
        snprintf(wrong, sizeof wrong, " - %s expected", expected);
    if (a->decode_tps > 0)
        snprintf(speed, sizeof speed, " at %.0f/s", a->decode_tps);
    out_note("%s - ready in %s%s - %lld tokens%s%s\n", sure, human_ms(time, a->ready_ms),
             a->from > 0 && a->from < 4 ? from[a->from] : "", (long long)a->tokens, speed, wrong);
}

static void stop(void *session)
{
    arny_session_cancel(session);
}

static int turn(arny_session *session, answer *a, const script_line *line)
{
    answer_reset(a);
    if (!a->json) {
        out_print("%syou%s  %s\n", out_style(stdout, OUT_USER), out_style(stdout, OUT_PLAIN), line->message);
        out_flush();
    }
    cancel_begin(stop, session, 1);
    int status = arny_session_ask(session, line->message, NULL, answer_event, a);
    cancel_end();
    if (status && !a->status)
        a->status = status, fail(status, a->json);
    if (!status && !a->json && a->reason != ARNY_REASON_CANCELLED)
        figures(a, line->agent);
    return answer_exit(a);
}

/* ---- all of it ------------------------------------------------------------------------------------------------------- */

static int summary(tally *t, arny_team *team, int json)
{
    arny_memory memory = {.size = sizeof memory};
    int status = arny_team_memory(&memory, NULL, 0, NULL, team);
    if (status)
        return fail(status, json);
    double switch_ms = median(t->switch_ms, t->switches), first_ms = median(t->first_ms, t->messages);
    if (!json) {
        out_print("%zu/%zu decisions right, %zu %s, median switch %.0f ms, median first token %.0f ms, %.0f MB peak\n",
                  t->right, t->messages, t->switches, t->switches == 1 ? "switch" : "switches", switch_ms, first_ms,
                  (double)memory.peak / 1e6);
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_text("event", "summary");
    json_integer("messages", (int64_t)t->messages);
    json_integer("right", (int64_t)t->right);
    json_integer("switches", (int64_t)t->switches);
    json_number("switch_p50_ms", switch_ms, 3);
    json_number("ttft_p50_ms", first_ms, 3);
    json_integer("peak_rss", memory.peak);
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

static int play(arny_team *team, const script *s, int json, tally *t)
{
    answer a = {.team = team, .json = json, .badge = 1};
    arny_session *session;
    int status = arny_session_open(&session, team, "demo"), code = CLI_OK;
    if (status)
        return fail(status, json);
    team_warm(team);
    for (size_t i = 0; i < s->count && !code; i++) {
        code = turn(session, &a, &s->lines[i]);
        if (!code)
            count(t, &a, s->lines[i].agent);
    }
    if (!code)
        code = summary(t, team, json);
    arny_session_free(session);
    return code;
}

static int play_and_count(arny_team *team, const script *s, int json)
{
    tally t = {0};
    int code = CLI_INTERNAL;
    t.switch_ms = calloc(s->count, sizeof *t.switch_ms);
    t.first_ms = calloc(s->count, sizeof *t.first_ms);
    if (t.switch_ms && t.first_ms)
        code = play(team, s, json, &t);
    else
        error_line("there is no memory for %zu turns", s->count);
    free(t.switch_ms);
    free(t.first_ms);
    return code;
}

/* conversation.txt in the team's folder; the team may be named by its team.json. */
static void default_script(char out[PATH_BYTES], const team_options *o)
{
    const char *team = team_path(o), *slash = team ? strrchr(team, '/') : NULL;
    size_t length = team ? strlen(team) : 0;
    if (length >= 5 && strcmp(team + length - 5, ".json") == 0)
        length = slash ? (size_t)(slash - team) : 0;
    if (length == 0)
        snprintf(out, PATH_BYTES, "conversation.txt");
    else
        snprintf(out, PATH_BYTES, "%.*s/conversation.txt", (int)(length < PATH_BYTES ? length : PATH_BYTES), team);
}

static int run(int argc, char **argv)
{
    demo_options o = {.json = 0};
    char path[PATH_BYTES];
    args_words words;
    arny_team *team;
    script s = {0};
    int code = args_parse(&cmd_demo, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    if ((code = team_open(&team, &cmd_demo, &o.team, o.json)))
        return code;
    default_script(path, &o.team);
    code = script_read(&s, o.script ? o.script : path, team);
    if (!code)
        code = play_and_count(team, &s, o.json);
    script_free(&s);
    arny_team_free(team);
    return code;
}

const cli_command cmd_demo = {
    .name = "demo",
    .purpose = "play a scripted conversation with a team, and say what it took",
    .usage = "--team DIR [OPTIONS]\n",
    .about =
        "The script has a message a line: the agent who should answer it (or none), a tab, the message; # begins a\n"
        "comment. It is played in one conversation. Each answer streams, with a dim line: the decision and how sure it\n"
        "was, how long the agent took to be ready and from where, tokens per second. The last line counts: decisions\n"
        "that were right, switches (turns that another agent answers than the turn before), the median time that a\n"
        "switch took, the median time from a message to its first token, and the peak of resident memory.\n",
    .example = "arny demo --team models/demo\n",
    .exits = "0   played, whatever the decisions were\n"
             "64  wrong usage\n"
             "65  a mistake in team.json or in the script, or a bad model file\n"
             "66  no such team or file\n"
             "69  this build cannot run a model of it\n"
             "70  the engine failed\n"
             "74  a file cannot be read, or standard output not written\n"
             "75  it does not fit the memory budget now\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
