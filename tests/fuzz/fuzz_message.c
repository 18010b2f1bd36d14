/* fuzz_message.c - any text as a user's message, in every chat template: none of its tokens is a control token, and its
 * bytes come back. The first byte picks the template. */
#include "engine/fake/fake.h"
#include "engine/registry.h"
#include "model/template.h"
#include "util/utf8.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const arny_engine *engine;
static arny_engine_model *model;
static ar_vocab *vocab;

static void open_fake(void)
{
    static const char text[] = "#arny-fake 1\n{}\n";
    static const arny_engine_model_options options;
    char path[64];
    int file = memfd_create("fake", 0);
    if (file < 0 || write(file, text, sizeof text - 1) != (ssize_t)sizeof text - 1)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    engine = arny_engine_find("fake");
    if (engine->model_open(&model, path, &options) != 0 || ar_vocab_new(&vocab, engine, model) != 0)
        abort();
}

static const ar_template *pick(unsigned number)
{
    char names[2048], *name;
    snprintf(names, sizeof names, "%s", arny_chat_templates());
    unsigned count = 1;
    for (const char *at = names; *at; at++)
        count += *at == ' ';
    name = names;
    for (number %= count; number > 0; number--)
        name = strchr(name, ' ') + 1;
    name[strcspn(name, " ")] = 0;
    return ar_template_find(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (!vocab)
        open_fake();
    if (bytes < 1 || ar_utf8_valid((const char *)data + 1, bytes - 1) < bytes - 1 || memchr(data + 1, 0, bytes - 1))
        return 0;
    char *text = strndup((const char *)data + 1, bytes - 1);
    const ar_template *chat = pick(data[0]);
    ar_tokens framed, plain;
    ar_buf back = AR_BUF_INIT(1 << 24);
    ar_piece piece = {text, bytes - 1, 0};
    ar_tokens_init(&framed, 1 << 24);
    ar_tokens_init(&plain, 1 << 24);
    if (!text || ar_template_begin(&framed, chat, vocab, NULL) != 0 ||
        ar_template_user(&framed, chat, vocab, text, 1, NULL) != 0 ||
        ar_vocab_tokenize(&plain, vocab, &piece, 1, 0) != 0)
        abort();
    for (size_t i = 0; i < plain.len; i++) {
        int flags = engine->token_flags(model, plain.ptr[i]);
        if (flags & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN) || plain.ptr[i] == AR_FAKE_TOOL ||
            plain.ptr[i] == AR_FAKE_WORD || ar_vocab_piece(&back, vocab, plain.ptr[i]) != 0)
            abort();
    }
    if (back.len != bytes - 1 || memcmp(back.ptr, text, back.len) != 0)
        abort();
    ar_tokens_free(&framed);
    ar_tokens_free(&plain);
    ar_buf_free(&back);
    free(text);
    return 0;
}
