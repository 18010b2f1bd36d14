/* cli/bench.h - what arny bench measures, each in a file of its own. They return exit codes, after a message. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "options.h"

typedef struct bench_options {
    team_options team;
    const char *model, *tokenizer, *adapter, *text, *script;
    int32_t rounds, history, context; /* rounds, context 0: each has its own default */
    const char *trace;
    int json;
} bench_options;

int bench_switch(arny_team *team, const bench_options *o);
int bench_route(arny_team *team, const bench_options *o);
int bench_decode(const bench_options *o);
int bench_perplexity(const bench_options *o);
int bench_matrix(const bench_options *o);

#endif
