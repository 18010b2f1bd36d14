/* cli/cmd_quantize.c - arny quantize: a model file with other weight types. */
#include "args.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "input.h"
#include "out.h"
#include "progress.h"

#include <arny/arny.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct quantize_options {
    const char *type;
    int32_t threads;
} quantize_options;

static const args_option options[] = {
    {"type", 0, ARGS_TEXT, offsetof(quantize_options, type), "T", "f32, f16, q8_0, q4_0, q4_1, q4_k_m, q5_k_m or q6_k",
     0, 0},
    {"threads", 0, ARGS_INT, offsetof(quantize_options, threads), "N", "1 to 256 (default: as many as there are cores)",
     1, 256},
};

/* What it returns is obeyed at the end only: llama.cpp cannot be stopped between weights and weights. */
static int on_progress(double progress, void *label)
{
    progress_show(label, progress);
    return cancel_asked();
}

/* On the thread that waits for Ctrl-C. */
static void tell_of_delay(void *unused)
{
    (void)unused;
    fputs("\nit stops when the last weights are done, and writes no OUT; a second Ctrl-C stops it now\n", stderr);
}

static void show(const char *in, const char *out, const char *type, double ms)
{
    struct stat before, after;
    char a[HUMAN_BYTES], b[HUMAN_BYTES], time[HUMAN_BYTES];
    if (stat(in, &before) == 0 && stat(out, &after) == 0)
        out_note("%s: %s as %s, from %s, in %s", out, human_bytes(a, after.st_size), type,
                 human_bytes(b, before.st_size), human_ms(time, ms));
}

static int run(int argc, char **argv)
{
    quantize_options o = {0};
    args_words words;
    char label[64];
    int code = args_parse(&cmd_quantize, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    if (!o.type)
        return usage_error(&cmd_quantize, "--type T expected: f16, q8_0, q4_0, q4_k_m, ...");
    const char *in = words.at[0], *out = words.at[1];
    if (input_same_file(in, out))
        return usage_error(&cmd_quantize, "IN and OUT are the same file; write the new one beside it");

    snprintf(label, sizeof label, "quantizing to %s", o.type);
    double start = human_now_ms();
    cancel_begin(tell_of_delay, NULL, 1);
    int status = arny_file_quantize(in, out, o.type, o.threads, on_progress, label);
    progress_end();
    cancel_end();
    if (status)
        return fail(status, 0);
    show(in, out, o.type, human_now_ms() - start);
    return CLI_OK;
}

const cli_command cmd_quantize = {
    .name = "quantize",
    .purpose = "write a model file with smaller weights",
    .usage = "IN OUT --type T [--threads N]\n",
    .about =
        "OUT appears when it is complete; a file that is there already is replaced then. Smaller types are faster and\n"
        "less exact: q8_0 is hardly told from f16, q4_k_m and q4_0 take about a quarter of its bytes. Start from f16 or\n"
        "f32 where you can: what a type has lost does not come back. After Ctrl-C there is no OUT.\n",
    .example = "arny quantize model.f16.gguf model.q4_0.gguf --type q4_0\n",
    .exits = "0   OUT is written\n"
             "64  wrong usage, or no such type\n"
             "65  IN is not a model, or a damaged one\n"
             "66  no such file\n"
             "69  this build cannot do it\n"
             "73  OUT cannot be written\n"
             "74  IN cannot be read\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 2,
    .words_max = 2,
    .words = "IN and OUT",
    .run = run,
};
