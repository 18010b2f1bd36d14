/* cli/cmd_bench.c - arny bench: what a switch, a decision and a token cost. */
#include "bench.h"
#include "cancel.h"
#include "error.h"

#include <string.h>

#define AT(member) offsetof(bench_options, member)

static const args_option options[] = {
    TEAM_OPTIONS(bench_options, team),
    {"model", 0, ARGS_TEXT, AT(model), "FILE", "decode, perplexity: the model file", 0, 0},
    {"tokenizer", 0, ARGS_TEXT, AT(tokenizer), "FILE",
     "decode, perplexity: a vocabulary-only GGUF, for a model\nfile that has none", 0, 0},
    {"adapter", 0, ARGS_TEXT, AT(adapter), "FILE", "perplexity: a LoRA adapter over the model", 0, 0},
    {"text", 0, ARGS_TEXT, AT(text), "FILE", "perplexity: the text (-: standard input)", 0, 0},
    {"ctx", 0, ARGS_INT, AT(context), "N",
     "perplexity: tokens of a window, 16 to 1048576\n(default: 512, or fewer where the model has fewer)", 16, 1048576},
    {"script", 0, ARGS_TEXT, AT(script), "FILE", "matrix: the conversation (default: conversation.txt in DIR)", 0, 0},
    {"rounds", 0, ARGS_INT, AT(rounds), "N",
     "switch: how often each agent has its turn (default: 10);\nroute, decode: how often all is measured (default: 5)",
     1, 10000},
    {"history", 0, ARGS_INT, AT(history), "TOKENS",
     "switch: the conversation that each agent has before\n(default: 400)", 0, 1000000},
    {"trace", 0, ARGS_TEXT, AT(trace), "FILE",
     "switch: writes a line for each message: seconds, agent, from,\nms, resident and anonymous bytes", 0, 0},
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object", 0, 0},
};

static int of_team(const bench_options *o, int (*measure)(arny_team *, const bench_options *))
{
    arny_team *team;
    int code = team_open(&team, &cmd_bench, &o->team, o->json);
    if (code)
        return code;
    cancel_begin(NULL, NULL, 0);
    code = measure(team, o);
    cancel_end();
    arny_team_free(team);
    return code;
}

static int of_model(const bench_options *o, const char *what, int (*measure)(const bench_options *))
{
    if (!o->model)
        return usage_error(&cmd_bench, "%s needs a model: --model FILE", what);
    if (measure == bench_perplexity && !o->text)
        return usage_error(&cmd_bench, "perplexity needs a text: --text FILE");
    return measure(o);
}

static int run(int argc, char **argv)
{
    bench_options o = {.history = 400};
    args_words words;
    int code = args_parse(&cmd_bench, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    const char *what = words.at[0];
    if (strcmp(what, "decode") == 0)
        return of_model(&o, what, bench_decode);
    if (strcmp(what, "perplexity") == 0)
        return of_model(&o, what, bench_perplexity);
    if (o.model)
        return usage_error(&cmd_bench, "--model is for decode and perplexity; %s measures a team", what);
    if (strcmp(what, "switch") == 0)
        return of_team(&o, bench_switch);
    if (strcmp(what, "route") == 0)
        return of_team(&o, bench_route);
    if (strcmp(what, "matrix") == 0)
        return bench_matrix(&o);
    return usage_error(&cmd_bench,
                       "\"%s\" cannot be measured here: switch, route, decode, perplexity or matrix expected", what);
}

const cli_command cmd_bench = {
    .name = "bench",
    .purpose = "measure what a switch of agents, a decision and a token cost",
    .usage = "switch --team DIR [OPTIONS]\n"
             "route --team DIR [OPTIONS]\n"
             "decode --model FILE [OPTIONS]\n"
             "perplexity --model FILE --text FILE [OPTIONS]\n"
             "matrix [--team DIR] [OPTIONS]\n",
    .about =
        "switch: each agent gets a conversation of that many tokens; then they are asked in turn, each twice. What is\n"
        "measured is the time from the decision to the first token: the first of the two is a switch, the second is not.\n"
        "Routing is not in it. Figures are medians; where agents came from (hot, parked, closed) is told apart.\n"
        "route: messages of several lengths and languages, one decision each, with the gateway warm.\n"
        "decode: tokens a second of a prefill of 512 tokens and of a decode of 128, after 37 tokens and after those 512,\n"
        "beside what memory allows: a token needs all weights, which are read only so fast (with the same threads).\n"
        "perplexity: how well the model predicts a text: exp of the mean of -ln p of its tokens, in windows.\n"
        "matrix: one conversation, played by the teams in DIR/monolith and DIR/hybrid, each with the engines gguf and\n"
        "pte, a process each (default: models/demo).\n",
    .example = "arny bench switch --team models/demo --rounds 20 --history 400\n"
               "arny bench decode --model model.gguf --threads 2\n"
               "arny bench perplexity --model model.gguf --text held-out.txt\n"
               "arny bench matrix --json\n",
    .exits = "0   measured\n"
             "64  wrong usage\n"
             "65  a mistake in team.json, a bad model file, or a text that is no UTF-8 or too short\n"
             "66  no such team or file\n"
             "69  this build cannot run a model of it\n"
             "70  the engine failed\n"
             "73  the trace cannot be written\n"
             "75  it does not fit the memory budget now\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 1,
    .words = "switch, route, decode, perplexity or matrix",
    .run = run,
};
