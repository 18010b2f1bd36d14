/* tests/support/real.c - see real.h. */
#include "real.h"
#include <sys/stat.h>

static const struct {
    const char *folder, *below, *name, *tokenizer;
} files[REAL_COUNT] = {
    {"ARNY_MODELS", "", "SmolLM2-135M-Instruct.Q4_1.gguf", NULL},
    {"ARNY_MODELS", "", "gemma-3-270m-q4_k_m.gguf", NULL},
#ifdef ARNY_HAVE_PTE
    {"ARNY_ROOT", "tests/fixtures/", "tiny.pte", "tiny.vocab.gguf"},
#endif
};
static ar_model *models[REAL_COUNT];

static const char *path_of(char *out, size_t capacity, int which, const char *name)
{
    const char *folder = getenv(files[which].folder);
    snprintf(out, capacity, "%s/%s%s", folder ? folder : ".", files[which].below, name);
    return out;
}

const char *real_path(int which)
{
    static char paths[REAL_COUNT][4096];
    return path_of(paths[which], sizeof paths[which], which, files[which].name);
}

const char *real_tokenizer(int which)
{
    static char paths[REAL_COUNT][4096];
    return files[which].tokenizer ? path_of(paths[which], sizeof paths[which], which, files[which].tokenizer) : NULL;
}

int real_ready(void)
{
    struct stat info;
    if (!arny_engine_find("gguf")) {
        printf("skipped: this build has no engine for GGUF files\n");
        return 0;
    }
    for (int i = 0; i < REAL_COUNT; i++)
        if (stat(real_path(i), &info) != 0) {
            printf("skipped: %s is not there; ./dev test fetches it\n", real_path(i));
            return 0;
        }
    return 1;
}

static void close_models(void)
{
    for (int i = 0; i < REAL_COUNT; i++)
        ar_model_close(models[i]);
}

ar_model *real_model(int which)
{
    static int registered;
    if (!registered) {
        registered = 1;
        atexit(close_models);
    }
    if (!models[which]) {
        ar_model_want want = {.path = real_path(which), .tokenizer = real_tokenizer(which)};
        assert_status(ar_model_open(&models[which], &want), ARNY_OK);
    }
    return models[which];
}

ar_timeline *real_timeline(int which, int32_t length, int32_t batch, int32_t outputs)
{
    arny_engine_context_options options = {.length = length, .batch = batch, .outputs = outputs, .threads = 1};
    ar_timeline *timeline;
    assert_status(ar_timeline_open(&timeline, real_model(which), &options, NULL), ARNY_OK);
    return timeline;
}

size_t real_tokens(int which, int32_t *out, size_t capacity, const char *text)
{
    ar_tokens tokens;
    ar_piece piece = {text, strlen(text), 0};
    ar_tokens_init(&tokens, SIZE_MAX);
    assert_status(ar_vocab_tokenize(&tokens, real_model(which)->vocab, &piece, 1, 1), ARNY_OK);
    size_t count = tokens.len < capacity ? tokens.len : capacity;
    memcpy(out, tokens.ptr, count * sizeof *out);
    ar_tokens_free(&tokens);
    return count;
}

void real_continue(ar_timeline *timeline, int32_t *out, size_t count)
{
    const ar_model *model = timeline->model;
    for (size_t i = 0; i < count; i++) {
        const float *logits = model->engine->logits(timeline->context);
        assert_non_null(logits);
        out[i] = 0;
        for (int32_t id = 1; id < model->info->vocabulary; id++)
            if (logits[id] > logits[out[i]])
                out[i] = id;
        assert_status(ar_timeline_step(timeline, out[i], NULL), ARNY_OK);
    }
}
