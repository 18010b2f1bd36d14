/* cli/cmd_generate.c - arny generate: one model answers one prompt, without a team. */
#include "answer.h"
#include "cancel.h"
#include "error.h"
#include "input.h"
#include "json.h"
#include "options.h"
#include "out.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

typedef struct generate_options {
    const char *model, *prompt, *prompt_file, *lines, *system;
    arny_model_options open;
    arny_sampling sampling;
    args_list stop;
    int32_t max_tokens;
    int raw, ignore_eos, json;
} generate_options;

#define AT(member) offsetof(generate_options, member)

static const args_option options[] = {
    {"model", 0, ARGS_TEXT, AT(model), "FILE", "the model file", 0, 0},
    {"prompt", 0, ARGS_TEXT, AT(prompt), "TEXT", "the prompt", 0, 0},
    {"prompt-file", 0, ARGS_TEXT, AT(prompt_file), "FILE",
     "the prompt is in this file; its last line end is dropped,\nexcept with --raw", 0, 0},
    {"lines", 0, ARGS_TEXT, AT(lines), "FILE",
     "each line of this file (-: of standard input) is a prompt of\nits own; the model is opened once", 0, 0},
    {"system", 0, ARGS_TEXT, AT(system), "TEXT", "a system message before it (default: none)", 0, 0},
    {"raw", 0, ARGS_FLAG, AT(raw), NULL, "the prompt as it stands: no chat template, special tokens\nin it are parsed",
     0, 0},
    {"max-tokens", 'n', ARGS_COUNT, AT(max_tokens), "N",
     "longest answer in tokens; -1: until the context is full\n(default: 512)", 1, INT32_MAX},
    {"temperature", 0, ARGS_NUMBER, AT(sampling.temperature), "T",
     "0 to 10; 0: always the most probable token (default: 0.7)", 0, 10},
    {"top-k", 0, ARGS_INT, AT(sampling.top_k), "K", "keep the K most probable tokens; 0: all (default: 40)", 0,
     1048576},
    {"top-p", 0, ARGS_ABOVE, AT(sampling.top_p), "P",
     "keep the fewest tokens that reach probability P, above 0\nto 1; 1: all (default: 0.95)", 0, 1},
    {"min-p", 0, ARGS_NUMBER, AT(sampling.min_p), "P",
     "drop tokens less probable than P times the best, 0 to 1;\n0: none (default: 0.05)", 0, 1},
    {"repeat-penalty", 0, ARGS_ABOVE, AT(sampling.repeat_penalty), "R",
     "above 0, to 10: makes the last 64 tokens less probable;\n1: off (default: 1)", 0, 10},
    {"seed", 0, ARGS_SEED, AT(sampling.seed), "S",
     "the same seed, threads and batch give the same text;\n0: a new one each time (default: 0)", 0, 0},
    {"stop", 0, ARGS_LIST, AT(stop), "STRING",
     "ends the answer and is not part of it; up to 16 times,\n1 to 256 bytes each", 0, 0},
    {"ignore-eos", 0, ARGS_FLAG, AT(ignore_eos), NULL, "go on after the model's end of turn", 0, 0},
    MODEL_OPTIONS(generate_options, open),
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object a line: a token each, then done or error", 0, 0},
};

/* ---- the prompt ---------------------------------------------------------------------------------------------------- */

/* The prompt, from wherever it comes; exactly one place. *owned is to be freed. */
static int get_prompt(const char **out, char **owned, const generate_options *o, const args_words *words)
{
    const char *word = words->count ? words->at[0] : NULL;
    const char *file = o->prompt_file ? o->prompt_file : word && strcmp(word, "-") == 0 ? "-" : NULL;
    int places = (o->prompt != NULL) + (o->prompt_file != NULL) + (o->lines != NULL) + (word != NULL);
    if (places == 0)
        return usage_error(&cmd_generate, "a prompt expected: PROMPT, --prompt TEXT, --prompt-file FILE, --lines FILE, "
                                          "or - for standard input");
    if (places > 1)
        return usage_error(&cmd_generate,
                           "there is more than one prompt; PROMPT, --prompt, --prompt-file, --lines and - exclude "
                           "each other");
    if (o->lines)
        return CLI_OK;
    if (!file) {
        *out = o->prompt ? o->prompt : word;
        return CLI_OK;
    }
    int code = input_all(owned, file);
    if (code)
        return code;
    if (!o->raw)
        input_chomp(*owned);
    *out = *owned;
    return CLI_OK;
}

/* ---- the answer ---------------------------------------------------------------------------------------------------- */

static void stop(void *model)
{
    arny_model_cancel(model);
}

/* Nothing was generated, and why is told as it is for every answer that was cancelled. */
static int cancelled_while_opening(int json)
{
    arny_event event = {.size = sizeof event, .type = ARNY_EVENT_DONE, .id = -1, .reason = ARNY_REASON_CANCELLED};
    if (json)
        json_event(&event);
    return CLI_CANCELLED;
}

static int answer_one(const generate_options *o, arny_model *model, const char *prompt)
{
    answer a = {.json = o->json, .model_only = 1};
    arny_request request = ARNY_REQUEST_INIT;
    request.prompt = prompt;
    request.system = o->system;
    request.raw = o->raw;
    request.max_tokens = o->max_tokens;
    request.sampling = &o->sampling;
    request.stop = o->stop.items;
    request.stop_count = o->stop.count;
    request.ignore_eos = o->ignore_eos;
    cancel_begin(stop, model, 1);
    int status = arny_model_generate(model, &request, answer_event, &a);
    cancel_end();
    if (status && !a.status) /* refused before there was an event */
        a.status = status, fail(status, o->json);
    if (!o->json && out_is_terminal(stderr))
        answer_figures(&a);
    return answer_exit(&a);
}

/* Each line by itself; an empty one is passed over. The first that fails ends it. */
static int answer_lines(const generate_options *o, arny_model *model)
{
    input_lines input;
    int code = input_open(&input, o->lines), more = 0;
    if (code)
        return code;
    while (!code && (more = input_next(&input)) > 0)
        if (*input.line)
            code = answer_one(o, model, input.line);
    input_close(&input);
    return more < 0 ? -more : code;
}

/* prompt NULL: those of o->lines. */
static int generate(const generate_options *o, const char *prompt)
{
    arny_model *model;
    arny_model_options open = o->open;
    open.progress = model_progress;
    open.progress_data = (void *)o->model;

    cancel_begin(NULL, NULL, 1);
    int status = arny_model_open(&model, o->model, &open);
    progress_end();
    cancel_end();
    if (status == ARNY_E_CANCELLED)
        return cancelled_while_opening(o->json);
    if (status)
        return fail(status, o->json);
    int code = prompt ? answer_one(o, model, prompt) : answer_lines(o, model);
    arny_model_free(model);
    return code;
}

static int run(int argc, char **argv)
{
    generate_options o = {.open = ARNY_MODEL_OPTIONS_INIT, .max_tokens = 512};
    args_words words;
    const char *prompt = NULL;
    char *owned = NULL;
    arny_sampling_default(&o.sampling);
    int code = args_parse(&cmd_generate, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    if (!o.model)
        return usage_error(&cmd_generate, "--model FILE expected");
    if (o.raw && o.system)
        return usage_error(&cmd_generate, "--system has no place in a --raw prompt; write it into the prompt");
    code = get_prompt(&prompt, &owned, &o, &words);
    if (!code)
        code = generate(&o, prompt);
    free(owned);
    return code;
}

const cli_command cmd_generate = {
    .name = "generate",
    .purpose = "answer a prompt with one model file",
    .usage = "--model FILE [OPTIONS] PROMPT\n"
             "--model FILE [OPTIONS] --prompt-file FILE\n"
             "--model FILE [OPTIONS] --lines FILE\n"
             "--model FILE [OPTIONS] -          the prompt is on standard input\n",
    .about =
        "The answer streams to standard output. The engine follows from the file, and the prompt is framed with the\n"
        "chat template that the file has. Ctrl-C ends the answer, a second one the program.\n"
        "With --json: {\"event\":\"token\",\"id\":..,\"text\":\"..\"} a token, then {\"event\":\"done\",..} with the reason\n"
        "(stop, length, cancelled, context), tokens, times in ms, tokens per second and bytes of memory.\n",
    .example = "arny generate --model model.gguf \"Name three primes.\"\n"
               "arny generate --model model.gguf --raw --temperature 0 -n 32 --json \"Once upon a time\"\n",
    .exits = "0   done, whatever the reason\n"
             "64  wrong usage\n"
             "65  not a model, a damaged one, or a prompt that is no UTF-8, empty or too long\n"
             "66  no such file\n"
             "69  this build cannot run the model\n"
             "70  the engine failed\n"
             "74  the prompt cannot be read, or the answer cannot be written\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_max = 1,
    .words = "one PROMPT",
    .run = run,
};
