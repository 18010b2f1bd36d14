/* cli/cmd_inspect.c - arny inspect: what a file is, and whether it is sound. */
#include "args.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "out.h"

#include <arny/arny.h>
#include <string.h>

typedef struct inspect_options {
    int json;
} inspect_options;

static const args_option options[] = {
    {"json", 0, ARGS_FLAG, offsetof(inspect_options, json), NULL, "one JSON object", 0, 0},
};

static void show_json(const arny_file_info *info)
{
    json_object(NULL);
    json_bool("ok", 1);
    json_text("kind", info->kind);
    json_text("architecture", info->architecture);
    json_text("name", info->name);
    json_text("quantization", info->quantization);
    json_text("chat", info->chat);
    json_integer("bytes", info->bytes);
    json_integer("weights", info->weights);
    json_integer("tensors", info->tensors);
    json_integer("parameters", info->parameters);
    json_integer("context", info->context);
    json_integer("embedding", info->embedding);
    json_integer("layers", info->layers);
    json_integer("heads", info->heads);
    json_integer("kv_heads", info->kv_heads);
    json_integer("vocabulary", info->vocabulary);
    if (info->tokens > 0) {
        json_integer("tokens", info->tokens);
        json_bool("sealed", info->sealed);
    }
    json_end();
    json_line();
}

static void fail_json(const char *problem)
{
    json_object(NULL);
    json_bool("ok", 0);
    json_text("error", problem);
    json_end();
    json_line();
}

/* ---- for people: what is not known is left out ------------------------------------------------------------------- */

static void text_row(const char *name, const char *text)
{
    if (text[0]) {
        out_print("%-14s ", name);
        out_speech(text, strlen(text));
        out_write("\n", 1);
    }
}

static void number_row(const char *name, int64_t value, const char *unit)
{
    if (value > 0)
        out_print("%-14s %lld%s\n", name, (long long)value, unit);
}

static void bytes_row(const char *name, int64_t bytes)
{
    char size[HUMAN_BYTES];
    if (bytes > 0)
        out_print("%-14s %s\n", name, human_bytes(size, bytes));
}

static void show(const arny_file_info *info)
{
    text_row("kind", info->kind);
    text_row("architecture", info->architecture);
    text_row("name", info->name);
    text_row("quantization", info->quantization);
    text_row("chat template", info->chat);
    bytes_row("size", info->bytes);
    bytes_row("weights", info->weights);
    if (info->parameters >= 1000000)
        number_row("parameters", (info->parameters + 500000) / 1000000, " million");
    else
        number_row("parameters", info->parameters, "");
    number_row("tensors", info->tensors, "");
    number_row("context", info->context, " tokens");
    number_row("vocabulary", info->vocabulary, " tokens");
    number_row("layers", info->layers, "");
    number_row("width", info->embedding, "");
    number_row("tokens", info->tokens, info->sealed ? ", encrypted" : "");
    if (info->heads > 0)
        out_print("%-14s %lld, of keys and values %lld\n", "heads", (long long)info->heads, (long long)info->kv_heads);
    out_flush();
}

static int run(int argc, char **argv)
{
    inspect_options o = {0};
    args_words words;
    arny_file_info info = {.size = sizeof info};
    int code = args_parse(&cmd_inspect, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    int status = arny_file_inspect(&info, words.at[0]);
    if (status && o.json)
        fail_json(arny_last_error());
    if (status)
        return fail(status, 0);
    if (o.json)
        show_json(&info);
    else
        show(&info);
    return CLI_OK;
}

const cli_command cmd_inspect = {
    .name = "inspect",
    .purpose = "check a model file or a team, and say what it is",
    .usage = "[--json] FILE\n",
    .about =
        "FILE is a model, an adapter, or a team's folder. It is checked from the first to the last byte's bounds, and\n"
        "never run. With --json: {\"ok\":true,\"kind\":..,\"architecture\":..,\"tensors\":..,\"bytes\":..,..}, sizes in\n"
        "bytes, 0 or \"\" for what is not known; or {\"ok\":false,\"error\":\"..\"}.\n",
    .example = "arny inspect model.gguf\n",
    .exits = "0   the file is sound\n"
             "64  wrong usage\n"
             "65  it is not: the message says where and why\n"
             "66  no such file\n"
             "69  a kind of file that this build has no engine for\n"
             "74  it cannot be read\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 1,
    .words = "one FILE",
    .run = run,
};
