/* cli/cmd_merge.c - arny merge: a LoRA adapter becomes part of a model file. */
#include "args.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "input.h"
#include "out.h"
#include "progress.h"

#include <arny/arny.h>

typedef struct merge_options {
    const char *base, *adapter;
} merge_options;

static const args_option options[] = {
    {"base", 0, ARGS_TEXT, offsetof(merge_options, base), "FILE", "the model", 0, 0},
    {"adapter", 0, ARGS_TEXT, offsetof(merge_options, adapter), "FILE", "the LoRA", 0, 0},
};

static int on_progress(double progress, void *unused)
{
    (void)unused;
    progress_show("merging", progress);
    return cancel_asked();
}

static int run(int argc, char **argv)
{
    merge_options o = {0};
    args_words words;
    char time[HUMAN_BYTES];
    int code = args_parse(&cmd_merge, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    if (!o.base || !o.adapter)
        return usage_error(&cmd_merge, "--base FILE and --adapter FILE expected");
    if (input_same_file(o.base, words.at[0]) || input_same_file(o.adapter, words.at[0]))
        return usage_error(&cmd_merge, "OUT is the model or the adapter; write the new file beside them");
    double start = human_now_ms();
    cancel_begin(NULL, NULL, 1);
    int status = arny_file_merge(o.base, o.adapter, words.at[0], on_progress, NULL);
    progress_end();
    cancel_end();
    if (status)
        return fail(status, 0);
    out_note("%s: %s with %s in it, in %s", words.at[0], o.base, o.adapter, human_ms(time, human_now_ms() - start));
    return CLI_OK;
}

const cli_command cmd_merge = {
    .name = "merge",
    .purpose = "write a model file with a LoRA adapter in it",
    .usage = "--base FILE --adapter FILE OUT\n",
    .about =
        "For plan \"hybrid\", where each agent has a file of its own. Weights keep their types, and what is small in a\n"
        "LoRA may be lost in the smallest ones: merge into f16 or q8_0, and quantize the result. OUT appears when it is\n"
        "complete.\n",
    .example = "arny merge --base base.q8_0.gguf --adapter math.lora.gguf math.q8_0.gguf\n",
    .exits = "0   OUT is written\n"
             "64  wrong usage\n"
             "65  not a model, not an adapter, or one that does not fit\n"
             "66  no such file\n"
             "69  this build cannot do it\n"
             "73  OUT cannot be written\n"
             "74  a file cannot be read\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 1,
    .words = "OUT",
    .run = run,
};
