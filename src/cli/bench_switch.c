/* cli/bench_switch.c - arny bench switch: what a switch of agents costs. */
#include "bench.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "out.h"
#include "progress.h"
#include "sample.h"

#include <string.h>

#define MESSAGE      "And what comes next?"
#define TEXT_BYTES   65536
#define REPLY_TOKENS 8
#define ROUNDS       10

/* ---- one message ------------------------------------------------------------------------------------------------ */

typedef struct probe {
    double ready_at, first_at; /* ms of the clock; 0: not yet */
    double ready_ms;
    int from;
    int64_t prompt_tokens, anon, rss, restored, prefilled;
} probe;

static int on_event(const arny_event *event, void *data)
{
    probe *p = data;
    if (event->type == ARNY_EVENT_READY) {
        p->ready_at = human_now_ms();
        p->ready_ms = event->ms;
        p->from = event->from;
        p->restored = event->restored_tokens;
        p->prefilled = event->prefill_tokens;
    } else if (event->type == ARNY_EVENT_TOKEN && p->first_at <= 0) {
        p->first_at = human_now_ms();
    } else if (event->type == ARNY_EVENT_DONE) {
        p->prompt_tokens = event->prompt_tokens;
        p->anon = event->anon;
        p->rss = event->rss;
    }
    return cancel_asked();
}

/* From the decision to the first token. */
static double first_token_ms(const probe *p)
{
    return p->ready_ms + (p->first_at > 0 ? p->first_at - p->ready_at : 0);
}

static int ask(probe *p, arny_session *session, const char *agent, const char *text, int json)
{
    arny_ask_options how = ARNY_ASK_OPTIONS_INIT;
    how.agent = agent;
    how.max_tokens = REPLY_TOKENS;
    memset(p, 0, sizeof *p);
    int status = arny_session_ask(session, text, &how, on_event, p);
    return status ? fail(status, json) : cancel_asked() ? CLI_CANCELLED : CLI_OK;
}

/* ---- figures ---------------------------------------------------------------------------------------------------- */

typedef struct bench {
    arny_team *team;
    arny_session *session;
    const bench_options *o;
    FILE *trace;
    double start;
    int32_t rounds;
    size_t agents;
    sample switches, same, by_from[4];
    int64_t peak_anon, history;
} bench;

static int trace_failed(const bench *b)
{
    error_line("%s cannot be written", b->o->trace);
    return CLI_CANT_CREATE;
}

static int note(bench *b, const char *agent, const probe *p)
{
    static const char *const from[] = {"", "hot", "parked", "closed"};
    b->peak_anon = p->anon > b->peak_anon ? p->anon : b->peak_anon;
    if (!b->trace)
        return CLI_OK;
    json_to(b->trace);
    json_object(NULL);
    json_number("s", (human_now_ms() - b->start) / 1000, 3);
    json_text("agent", agent);
    json_text("from", from[p->from]);
    json_number("ms", first_token_ms(p), 3);
    json_integer("restored", p->restored);
    json_integer("prefilled", p->prefilled);
    json_integer("rss", p->rss);
    json_integer("anon", p->anon);
    json_end();
    fputc('\n', b->trace);
    json_to(NULL);
    return ferror(b->trace) ? trace_failed(b) : CLI_OK;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

/* Words until the agent's conversation has that many tokens. */
static int give_history(bench *b, const char *agent)
{
    static const char *const words[] = {"the", "old",   "house", "by",  "the", "river",
                                        "has", "seven", "rooms", "and", "a",   "garden"};
    char text[TEXT_BYTES];
    probe p;
    int64_t have = 0;
    while (have < b->o->history) {
        int64_t missing = b->o->history - have, most = missing < 4000 ? missing : 4000;
        size_t bytes = 0;
        for (int64_t i = 0; i < most && bytes + 16 < sizeof text; i++)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s ", words[i % 12]);
        int code = ask(&p, b->session, agent, text, b->o->json);
        if (code || (code = note(b, agent, &p)))
            return code;
        if (p.prompt_tokens <= have) /* the context is full */
            return CLI_OK;
        have = p.prompt_tokens;
    }
    b->history = have;
    return CLI_OK;
}

static int measure(bench *b, const char *agent, int switched)
{
    probe p;
    int code = ask(&p, b->session, agent, MESSAGE, b->o->json);
    if (code || (code = note(b, agent, &p)))
        return code;
    sample_add(switched ? &b->switches : &b->same, first_token_ms(&p));
    if (switched && p.from > 0 && p.from < 4)
        sample_add(&b->by_from[p.from], first_token_ms(&p));
    return CLI_OK;
}

static int play(bench *b)
{
    int code = CLI_OK;
    double steps = (double)b->rounds * (double)b->agents;
    for (size_t i = 0; i < b->agents && !code; i++) {
        progress_show("conversations", (double)i / (double)b->agents);
        code = give_history(b, arny_team_agent_name(b->team, i));
    }
    progress_end();
    for (int32_t round = 0; round < b->rounds && !code; round++)
        for (size_t i = 0; i < b->agents && !code; i++) {
            const char *agent = arny_team_agent_name(b->team, i);
            progress_show("switching", ((double)round * (double)b->agents + (double)i) / steps);
            code = measure(b, agent, b->agents > 1); /* a team of one never switches */
            if (!code)
                code = measure(b, agent, 0);
        }
    progress_end();
    return code;
}

static int tell(bench *b)
{
    static const char *const from[] = {"", "hot", "parked", "closed"};
    arny_memory memory = {.size = sizeof memory};
    char a[HUMAN_BYTES], c[HUMAN_BYTES], d[HUMAN_BYTES];
    int status = arny_team_memory(&memory, NULL, 0, NULL, b->team);
    if (status)
        return fail(status, b->o->json);
    if (!b->o->json) {
        out_print("switch to the first token   %s median, %s at 99 %%, of %zu\n",
                  human_ms(a, sample_share(&b->switches, 0.5)), human_ms(c, sample_share(&b->switches, 0.99)),
                  b->switches.count);
        for (size_t i = 1; i < 4; i++)
            if (b->by_from[i].count > 0)
                out_print("  from %-8s              %s median, of %zu\n", from[i],
                          human_ms(a, sample_share(&b->by_from[i], 0.5)), b->by_from[i].count);
        out_print("same agent                  %s median\n", human_ms(a, sample_share(&b->same, 0.5)));
        out_print("conversation                %lld tokens an agent at the beginning\n", (long long)b->history);
        out_print("memory                      %s peak, of which %s its own", human_bytes(c, memory.peak),
                  human_bytes(d, b->peak_anon));
        if (memory.budget)
            out_print("; budget %s", human_bytes(a, memory.budget));
        out_print("\n");
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_number("p50_ms", sample_share(&b->switches, 0.5), 3);
    json_number("p99_ms", sample_share(&b->switches, 0.99), 3);
    json_number("same_agent_p50_ms", sample_share(&b->same, 0.5), 3);
    json_integer("peak_rss", memory.peak);
    json_integer("peak_anon", b->peak_anon);
    json_integer("budget", memory.budget);
    json_integer("switches", (int64_t)b->switches.count);
    json_integer("history", b->history);
    json_object("from");
    for (size_t i = 1; i < 4; i++) {
        json_object(from[i]);
        json_integer("n", (int64_t)b->by_from[i].count);
        json_number("p50_ms", sample_share(&b->by_from[i], 0.5), 3);
        json_end();
    }
    json_end();
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

static int reserve(bench *b)
{
    size_t most = 2 * (size_t)b->rounds * b->agents;
    int failed = sample_init(&b->switches, most) | sample_init(&b->same, most);
    for (size_t i = 1; i < 4; i++)
        failed |= sample_init(&b->by_from[i], most);
    return !failed;
}

int bench_switch(arny_team *team, const bench_options *o)
{
    bench b = {.team = team,
               .o = o,
               .rounds = o->rounds ? o->rounds : ROUNDS,
               .agents = arny_team_agent_count(team),
               .start = human_now_ms()};
    arny_session_options how = ARNY_SESSION_OPTIONS_INIT;
    how.persist = ARNY_PERSIST_MEMORY;
    int status = arny_session_open_with(&b.session, team, "bench", &how), code;
    if (status)
        return fail(status, o->json);
    if (o->trace && !(b.trace = fopen(o->trace, "we")))
        code = trace_failed(&b);
    else if (!reserve(&b))
        code = (error_line("there is no memory for the figures"), CLI_INTERNAL);
    else
        code = play(&b);
    if (b.trace && fclose(b.trace) != 0 && !code)
        code = trace_failed(&b);
    if (!code)
        code = tell(&b);
    sample_free(&b.switches);
    sample_free(&b.same);
    for (size_t i = 1; i < 4; i++)
        sample_free(&b.by_from[i]);
    arny_session_free(b.session);
    return code;
}
