/* cli/cmd_demo.c - arny demo: a scripted conversation with a team, and what it took, in one line. */
#include "answer.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "options.h"
#include "out.h"
#include "script.h"
#include "tally.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES 1024

typedef struct demo_options {
    team_options team;
    const char *script, *resume;
    int json;
} demo_options;

#define AT(member) offsetof(demo_options, member)

static const args_option options[] = {
    TEAM_OPTIONS(demo_options, team),
    {"script", 0, ARGS_TEXT, AT(script), "FILE", "the conversation (default: conversation.txt in DIR)", 0, 0},
    {"resume", 0, ARGS_TEXT, AT(resume), "AGENT",
     "then the process is killed, and another one goes on with this\nagent: with the KV that was kept, and without it",
     0, 0},
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object a line: each answer's events, then a summary", 0, 0},
};

/* ---- a turn ---------------------------------------------------------------------------------------------------------- */

static void figures(const answer *a, const char *expected)
{
    static const char *const from[] = {"", " (hot)", " (parked)", " (closed)"};
    char sure[ANSWER_NAME_BYTES + 64], time[HUMAN_BYTES], speed[32] = "", wrong[ANSWER_NAME_BYTES + 16] = "";
    if (a->routed)
        snprintf(sure, sizeof sure, "%s %.0f %%", a->agent, a->confidence * 100);
    else
        snprintf(sure, sizeof sure, "%s", a->agent);
    if (!tally_is_right(a, expected))
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

static int show_summary(const summary *s, int json)
{
    if (!json) {
        out_print("%zu/%zu decisions right, %zu %s, median switch %.0f ms, median first token %.0f ms, %.0f MB peak\n",
                  s->right, s->messages, s->switches, s->switches == 1 ? "switch" : "switches", s->switch_ms,
                  s->first_ms, (double)s->peak / 1e6);
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_text("event", "summary");
    json_integer("messages", (int64_t)s->messages);
    json_integer("right", (int64_t)s->right);
    json_integer("switches", (int64_t)s->switches);
    json_number("switch_p50_ms", s->switch_ms, 3);
    json_number("ttft_p50_ms", s->first_ms, 3);
    json_integer("peak_rss", s->peak);
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

static int play_turns(arny_team *team, arny_session *session, const script *s, int json, tally *t)
{
    answer a = {.team = team, .json = json, .badge = 1};
    int code = CLI_OK;
    for (size_t i = 0; i < s->count && !code; i++) {
        code = turn(session, &a, &s->lines[i]);
        if (!code)
            tally_add(t, &a, s->lines[i].agent);
    }
    return code;
}

static int play(summary *out, arny_team *team, arny_session *session, const script *s, int json)
{
    tally t;
    arny_memory memory = {.size = sizeof memory};
    int code = CLI_INTERNAL;
    if (tally_init(&t, s->count))
        error_line("there is no memory for %zu turns", s->count);
    else if (!(code = play_turns(team, session, s, json, &t)) && arny_team_memory(&memory, NULL, 0, NULL, team))
        code = fail(ARNY_E_MEMORY, json);
    tally_end(out, &t, &memory);
    tally_free(&t);
    return code;
}

/* In this process, from beginning to end. */
static int demo(const demo_options *o, const script *s, arny_team *team)
{
    arny_session *session;
    summary sum;
    int code = session_open(&session, team, "demo", "memory", &cmd_demo, o->json);
    if (code)
        return code;
    team_warm(team);
    code = play(&sum, team, session, s, o->json);
    if (!code)
        code = show_summary(&sum, o->json);
    arny_session_free(session);
    return code;
}

/* ---- killed, and gone on --------------------------------------------------------------------------------------------- */

#define QUESTION "Thank you. And what is one half of that?"

static int open_kept(arny_team **team, arny_session **session, const demo_options *o, const char *name)
{
    *session = NULL;
    int code = team_open(team, &cmd_demo, &o->team, o->json);
    return code ? code : session_open(session, *team, name, "disk", &cmd_demo, o->json);
}

/* The first process: it plays, tells what it counted, and waits to be killed. */
static int play_until_killed(const demo_options *o, const script *s, int to)
{
    arny_team *team;
    arny_session *session;
    summary sum;
    int code = open_kept(&team, &session, o, "demo");
    if (!code) {
        team_warm(team);
        code = play(&sum, team, session, s, o->json);
    }
    out_flush();
    if (!code && write(to, &sum, sizeof sum) == (ssize_t)sizeof sum)
        for (;;)
            pause();
    arny_session_free(session);
    arny_team_free(team);
    return code;
}

static int quiet_event(const arny_event *event, void *data)
{
    answer *a = data;
    if (event->type == ARNY_EVENT_READY) {
        a->ready_ms = event->ms;
        a->restored_tokens = event->restored_tokens;
    }
    return 0;
}

/* The next process: how long until the agent can answer, in a session of that name. */
static int come_back(double *ms, int64_t *restored, const demo_options *o, const char *name)
{
    arny_team *team;
    arny_session *session;
    answer a = {0};
    arny_ask_options how = ARNY_ASK_OPTIONS_INIT;
    int code = open_kept(&team, &session, o, name);
    how.agent = o->resume;
    how.max_tokens = 1;
    if (!code) {
        int status = arny_session_ask(session, QUESTION, &how, quiet_event, &a);
        code = status ? fail(status, o->json) : CLI_OK;
    }
    *ms = a.ready_ms;
    *restored = a.restored_tokens;
    arny_session_free(session);
    arny_team_free(team);
    return code;
}

static int show_back(const demo_options *o, double ms, double anew_ms, int64_t restored)
{
    char a[HUMAN_BYTES], b[HUMAN_BYTES];
    if (!o->json) {
        out_note("the process was killed (SIGKILL); another one opened the conversation");
        out_print("back to %s: %s, %lld tokens restored (prefilling it anew: %s)\n", o->resume, human_ms(a, ms),
                  (long long)restored, human_ms(b, anew_ms));
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_text("event", "resumed");
    json_text("agent", o->resume);
    json_number("ms", ms, 3);
    json_number("anew_ms", anew_ms, 3);
    json_integer("restored_tokens", restored);
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

/* The same turns under another name, without KV: there is nothing but text to go on from. */
static int copy_turns(const char *state)
{
    char from[PATH_BYTES + 32], to[PATH_BYTES + 32], piece[4096];
    size_t bytes;
    snprintf(from, sizeof from, "%s/sessions/demo.turns", state);
    snprintf(to, sizeof to, "%s/sessions/anew.turns", state);
    FILE *in = fopen(from, "rbe"), *out = fopen(to, "wbe");
    while (in && out && (bytes = fread(piece, 1, sizeof piece, in)) > 0)
        fwrite(piece, 1, bytes, out);
    int good = in && out && !ferror(in) && !ferror(out);
    if (in)
        fclose(in);
    if (out && fclose(out) != 0)
        good = 0;
    return good ? CLI_OK : (error_line("%s cannot be copied", from), CLI_IO);
}

static int resume(const demo_options *o, const summary *sum)
{
    double ms = 0, anew_ms = 0;
    int64_t restored = 0, none = 0;
    int code = copy_turns(o->team.state);
    if (!code)
        code = come_back(&ms, &restored, o, "demo");
    if (!code)
        code = come_back(&anew_ms, &none, o, "anew");
    if (!code)
        code = show_back(o, ms, anew_ms, restored);
    return code ? code : show_summary(sum, o->json);
}

static int demo_and_resume(const demo_options *o, const script *s)
{
    int pipes[2], status = 0;
    summary sum;
    if (pipe(pipes) != 0)
        return error_line("no pipe: %s", strerror(errno)), CLI_INTERNAL;
    out_flush();
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        exit(play_until_killed(o, s, pipes[1]));
    }
    close(pipes[1]);
    ssize_t got = child > 0 ? read(pipes[0], &sum, sizeof sum) : -1;
    close(pipes[0]);
    if (got == (ssize_t)sizeof sum)
        sleep(2); /* nobody asks anything: live KV is written after a second */
    if (child < 0)
        return error_line("no process: %s", strerror(errno)), CLI_INTERNAL;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    if (got != (ssize_t)sizeof sum) /* it failed, and has told why */
        return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_CANCELLED;
    return resume(o, &sum);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

/* In a folder of its own, which is removed. */
static int demo_in_folder(demo_options *o, const script *s)
{
    char path[PATH_BYTES];
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/arny-demo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(path))
        return error_line("%s cannot be made: %s", path, strerror(errno)), CLI_CANT_CREATE;
    o->team.state = path;
    int code = demo_and_resume(o, s);
    o->team.state = NULL;
    if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
        error_line("%s is left behind", path);
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

static int has_agent(const arny_team *team, const char *name)
{
    for (size_t i = 0; i < arny_team_agent_count(team); i++)
        if (strcmp(arny_team_agent_name(team, i), name) == 0)
            return 1;
    return 0;
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
    int alone = !o.resume;
    if (!code && !alone && !has_agent(team, o.resume))
        code = usage_error(&cmd_demo, "--resume %s: the team has no agent of that name", o.resume);
    if (!code && alone)
        code = demo(&o, &s, team);
    arny_team_free(team);
    if (!code && !alone)
        code = demo_in_folder(&o, &s);
    script_free(&s);
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
        "switch took, the median time from a message to its first token, and the peak of resident memory.\n"
        "With --resume the process is killed after the script, as by a system that needs its memory; another one opens\n"
        "the conversation and asks that agent, once with the KV that was kept, and once prefilling all turns anew.\n",
    .example = "arny demo --team models/demo\n"
               "arny demo --team models/demo --resume math\n",
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
