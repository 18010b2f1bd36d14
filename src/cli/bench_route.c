/* cli/bench_route.c - arny bench route: what a decision costs. */
#include "bench.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "out.h"
#include "progress.h"
#include "sample.h"

#define ROUNDS 5

static const char *const messages[] = {
    "hi",
    "Solve 2x + 5 = 15",
    "what's 15% of 240?",
    "I can't sleep and I keep worrying about everything",
    "Plan my Tuesday: dentist at nine, lunch with Ada, and the parcel",
    "No puedo dormir desde que me mudé, ¿qué puedo hacer?",
    "Wie komme ich am schnellsten von Köln nach Prag, wenn ich erst nach sechs los kann?",
    "Combien font sept fois huit, et pourquoi ?",
    "क्या आप कल की मेरी यात्रा की योजना बना सकते हैं?",
    "My math teacher makes me anxious, and now I dread Mondays",
    "asdf jkl qwe",
    "Every evening I tell myself that tomorrow I will call my sister, and every morning I find a reason not to. What now?",
};
enum { MESSAGES = sizeof messages / sizeof *messages };

static int measure(sample *times, arny_team *team, const bench_options *o, int32_t rounds)
{
    for (int32_t round = 0; round <= rounds; round++) {
        progress_show("routing", (double)round / (rounds + 1));
        for (int i = 0; i < MESSAGES; i++) {
            arny_decision *decision;
            double begin = human_now_ms();
            int status = arny_team_route(&decision, team, messages[i]);
            if (status)
                return fail(status, o->json);
            if (round > 0) /* the first one opens the gateway */
                sample_add(times, human_now_ms() - begin);
            arny_decision_free(decision);
            if (cancel_asked())
                return CLI_CANCELLED;
        }
    }
    return CLI_OK;
}

static int tell(sample *times, arny_team *team, const bench_options *o)
{
    char a[HUMAN_BYTES], b[HUMAN_BYTES];
    arny_memory memory = {.size = sizeof memory};
    double median = sample_share(times, 0.5), slow = sample_share(times, 0.99);
    int status = arny_team_memory(&memory, NULL, 0, NULL, team);
    if (status)
        return fail(status, o->json);
    if (!o->json) {
        out_print("decision                    %s median, %s at 99 %%, of %zu\n", human_ms(a, median),
                  human_ms(b, slow), times->count);
        out_print("memory                      %s\n", human_bytes(a, memory.rss));
        return out_flush() ? CLI_IO : CLI_OK;
    }
    json_object(NULL);
    json_number("p50_ms", median, 3);
    json_number("p99_ms", slow, 3);
    json_integer("n", (int64_t)times->count);
    json_integer("rss", memory.rss);
    json_end();
    return json_line() ? CLI_IO : CLI_OK;
}

int bench_route(arny_team *team, const bench_options *o)
{
    sample times = {0};
    int32_t rounds = o->rounds ? o->rounds : ROUNDS;
    if (sample_init(&times, (size_t)rounds * MESSAGES)) {
        error_line("there is no memory for the figures");
        return CLI_INTERNAL;
    }
    int code = measure(&times, team, o, rounds);
    progress_end();
    if (!code)
        code = tell(&times, team, o);
    sample_free(&times);
    return code;
}
