/* cli/bench_matrix.c - arny bench matrix: one conversation under two plans and two engines. */
#include "bench.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "out.h"
#include "progress.h"
#include "script.h"
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define TEAMS      "models/demo"

typedef struct cell {
    const char *plan, *engine;
    summary sum;
} cell;

/* ---- one cell, in a process of its own: its peak of memory is nobody else's ------------------------------------------ */

static int play_lines(tally *t, arny_team *team, arny_session *session, const script *s)
{
    answer a = {.team = team, .quiet = 1};
    int code = CLI_OK;
    for (size_t i = 0; i < s->count && !code; i++) {
        answer_reset(&a);
        int status = arny_session_ask(session, s->lines[i].message, NULL, answer_event, &a);
        if (status && !a.status)
            a.status = status, fail(status, 0);
        code = answer_exit(&a);
        if (!code)
            tally_add(t, &a, s->lines[i].agent);
    }
    return code;
}

static int play_with(summary *out, arny_team *team, const char *script_path)
{
    arny_memory memory = {.size = sizeof memory};
    arny_session *session = NULL;
    script s = {0};
    tally t = {0};
    int code = script_read(&s, script_path, team);
    if (!code && tally_init(&t, s.count))
        code = (error_line("there is no memory for %zu turns", s.count), CLI_INTERNAL);
    if (!code)
        code = session_open(&session, team, "matrix", "memory", &cmd_bench, 0);
    if (!code && !(code = play_lines(&t, team, session, &s)) && arny_team_memory(&memory, NULL, 0, NULL, team))
        code = fail(ARNY_E_MEMORY, 0);
    tally_end(out, &t, &memory);
    arny_session_free(session);
    tally_free(&t);
    script_free(&s);
    return code;
}

static int play(summary *out, const cell *c, const bench_options *o, const char *teams, const char *script_path)
{
    char path[PATH_BYTES];
    team_options how = o->team;
    arny_team *team;
    snprintf(path, sizeof path, "%s/%s", teams, c->plan);
    how.team = path;
    how.engine = c->engine;
    int code = team_open(&team, &cmd_bench, &how, 0);
    if (code)
        return code;
    code = play_with(out, team, script_path);
    arny_team_free(team);
    return code;
}

static int play_apart(cell *c, const bench_options *o, const char *teams, const char *script_path)
{
    int pipes[2], status = 0;
    if (pipe(pipes) != 0)
        return error_line("no pipe: %s", strerror(errno)), CLI_INTERNAL;
    out_flush();
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        cancel_begin(NULL, NULL, 0);
        int code = play(&c->sum, c, o, teams, script_path);
        if (!code && write(pipes[1], &c->sum, sizeof c->sum) != (ssize_t)sizeof c->sum)
            code = CLI_INTERNAL;
        _exit(code);
    }
    close(pipes[1]);
    ssize_t got = child > 0 ? read(pipes[0], &c->sum, sizeof c->sum) : -1;
    close(pipes[0]);
    if (child < 0)
        return error_line("no process: %s", strerror(errno)), CLI_INTERNAL;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (got == (ssize_t)sizeof c->sum)
        return CLI_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) != CLI_OK)
        return WEXITSTATUS(status);
    return error_line("%s, %s: the process ended early", c->plan, c->engine), CLI_INTERNAL;
}

/* ---- all of them ----------------------------------------------------------------------------------------------------- */

static void tell_json(const cell *cells, size_t count)
{
    json_object(NULL);
    for (size_t i = 0; i < count; i++) {
        const summary *sum = &cells[i].sum;
        if (i == 0 || cells[i].plan != cells[i - 1].plan)
            json_object(cells[i].plan);
        json_object(cells[i].engine);
        json_integer("messages", (int64_t)sum->messages);
        json_integer("right", (int64_t)sum->right);
        json_integer("switches", (int64_t)sum->switches);
        json_number("switch_p50_ms", sum->switch_ms, 3);
        json_number("ttft_p50_ms", sum->first_ms, 3);
        json_number("decode_tps", sum->decode_tps, 3);
        json_integer("peak_rss", sum->peak);
        json_integer("anon", sum->anon);
        json_end();
        if (i + 1 == count || cells[i].plan != cells[i + 1].plan)
            json_end();
    }
    json_end();
}

static void tell(const cell *cells, size_t count)
{
    char a[HUMAN_BYTES], b[HUMAN_BYTES];
    out_print("plan      engine  right   switches  a switch  first token    decode  resident at most  anonymous\n");
    for (size_t i = 0; i < count; i++) {
        const summary *sum = &cells[i].sum;
        out_print("%-9s %-6s  %2zu/%-2zu  %8zu  %9s  %11s  %6.1f/s  %13.0f MB  %6.0f MB\n", cells[i].plan,
                  cells[i].engine, sum->right, sum->messages, sum->switches, human_ms(a, sum->switch_ms),
                  human_ms(b, sum->first_ms), sum->decode_tps, (double)sum->peak / 1e6, (double)sum->anon / 1e6);
    }
}

int bench_matrix(const bench_options *o)
{
    cell cells[] = {
        {"monolith", "gguf", {0}}, {"monolith", "pte", {0}}, {"hybrid", "gguf", {0}}, {"hybrid", "pte", {0}}};
    const char *teams = team_path(&o->team) ? team_path(&o->team) : TEAMS;
    size_t count = sizeof cells / sizeof cells[0];
    char script_path[PATH_BYTES], label[64];
    int code = CLI_OK;
    if (o->team.engine)
        return usage_error(&cmd_bench, "matrix plays with both engines: --engine is not for it");
    snprintf(script_path, sizeof script_path, "%s/conversation.txt", teams);
    for (size_t i = 0; i < count && !code; i++) {
        snprintf(label, sizeof label, "%s, %s", cells[i].plan, cells[i].engine);
        progress_show(label, (double)i / (double)count);
        code = play_apart(&cells[i], o, teams, o->script ? o->script : script_path);
    }
    progress_end();
    if (code)
        return code;
    if (!o->json) {
        tell(cells, count);
        return out_flush() ? CLI_IO : CLI_OK;
    }
    tell_json(cells, count);
    return json_line() ? CLI_IO : CLI_OK;
}
