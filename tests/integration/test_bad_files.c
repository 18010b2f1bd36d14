/* Files and options that are not what they should be, made from real models: an error that says so, and nothing lost. */
#include "gguf_make.h"
#include "real.h"
#include "tmp.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIXTEENTHS 16

static int try_open(const char *path)
{
    arny_model *model = NULL;
    int status = arny_model_open(&model, path, NULL);
    if (status)
        assert_null(model);
    arny_model_free(model);
    return status;
}

static char *copy_of(int which, const char *name)
{
    char *path = test_path(test_tmpdir(), name);
    static char buffer[1 << 20];
    int from = open(real_path(which), O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(from >= 0 && to >= 0);
    for (ssize_t got; (got = read(from, buffer, sizeof buffer)) > 0;)
        assert_int_equal(write(to, buffer, (size_t)got), got);
    close(from);
    close(to);
    return path;
}

static void what_is_no_model_is_refused(void **state)
{
    static const char text[] = "This is a letter and no model.\n";
    (void)state;
    char *folder = test_tmpdir(), *missing = test_path(folder, "missing.gguf"),
         *empty = test_path(folder, "empty.gguf");
    char *letter = test_path(folder, "letter.gguf");
    test_write(empty, "", 0);
    test_write(letter, text, strlen(text));
    assert_status(try_open(missing), ARNY_E_NOT_FOUND);
    assert_error_has(missing);
    assert_status(try_open(empty), ARNY_E_DATA);
    assert_error_has(empty);
    assert_status(try_open(letter), ARNY_E_DATA);
    assert_error_has(letter);
    assert_status(try_open(folder), ARNY_E_DATA);
    assert_error_has(folder);
    free(missing);
    free(empty);
    free(letter);
}

static void a_file_that_is_cut_is_refused_wherever_it_is_cut(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        char *path = copy_of(which, "cut.gguf");
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        off_t whole = info.st_size;
        for (int part = SIXTEENTHS - 1; part >= 0; part--) {
            assert_int_equal(truncate(path, whole / SIXTEENTHS * part), 0);
            assert_status(try_open(path), ARNY_E_DATA);
            assert_error_has(path);
        }
        unlink(path);
        free(path);
    }
}

static void an_architecture_that_is_not_known_is_named(void **state)
{
    (void)state;
    char *path = copy_of(REAL_SMOL, "arch.gguf"), head[2048];
    int fd = open(path, O_RDWR);
    ssize_t bytes = pread(fd, head, sizeof head, 0);
    int changed = 0;
    for (ssize_t i = 0; i + 5 <= bytes; i++)
        if (memcmp(head + i, "llama", 5) == 0) { /* the architecture, and the keys that begin with it */
            memcpy(head + i, "lxama", 5);
            changed++;
        }
    assert_true(changed > 5);
    assert_int_equal(pwrite(fd, head, (size_t)bytes, 0), bytes);
    close(fd);
    assert_status(try_open(path), ARNY_E_UNSUPPORTED);
    assert_error_has("lxama");
    assert_error_has(path);
    unlink(path);
    free(path);
}

/* ---- no chat template -------------------------------------------------------------------------------------------- */

static int count_tokens(const arny_event *event, void *data)
{
    *(int *)data += event->type == ARNY_EVENT_TOKEN;
    return 0;
}

static int generate(arny_model *model, int raw, int *tokens)
{
    arny_request request = ARNY_REQUEST_INIT;
    request.prompt = "Name three primes.";
    request.raw = raw;
    request.max_tokens = 4;
    *tokens = 0;
    return arny_model_generate(model, &request, count_tokens, tokens);
}

static void a_base_model_asks_for_a_template_and_takes_a_raw_prompt(void **state)
{
    (void)state;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    arny_model *model;
    int tokens;
    assert_status(arny_model_open(&model, real_path(REAL_GEMMA), NULL), ARNY_OK);
    assert_status(generate(model, 0, &tokens), ARNY_E_DATA);
    assert_error_has("no chat template");
    assert_error_has("chatml");
    assert_error_has("gemma");
    assert_error_has("raw");
    assert_int_equal(tokens, 0);
    assert_status(generate(model, 1, &tokens), ARNY_OK);
    assert_true(tokens > 0);
    arny_model_free(model);
    options.chat = "gemma";
    assert_status(arny_model_open(&model, real_path(REAL_GEMMA), &options), ARNY_OK);
    assert_status(generate(model, 0, &tokens), ARNY_OK);
    arny_model_free(model);
    options.chat = "gemini";
    assert_status(arny_model_open(&model, real_path(REAL_GEMMA), &options), ARNY_E_ARGUMENT);
    assert_error_has("gemini");
    assert_error_has("chatml");
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void sizes_out_of_range_are_refused(void **state)
{
    static const struct {
        int32_t context, batch, threads;
        const char *says;
    } wrong[] = {
        {-1, 0, 0, "context is -1"},     {1, 0, 0, "context is 1"},
        {15, 0, 0, "context is 15"},     {1048577, 0, 0, "context is 1048577"},
        {INT32_MIN, 0, 0, "context is"}, {INT32_MAX, 0, 0, "context is"},
        {0, -1, 0, "batch is -1"},       {0, 8193, 0, "batch is 8193"},
        {0, 0, -1, "threads is -1"},     {0, 0, 257, "threads is 257"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
        arny_model *model;
        options.context = wrong[i].context;
        options.batch = wrong[i].batch;
        options.threads = wrong[i].threads;
        assert_status(arny_model_open(&model, real_path(REAL_SMOL), &options), ARNY_E_ARGUMENT);
        assert_error_has(wrong[i].says);
    }
    ar_timeline *timeline;
    for (int32_t length = -1; length < 16; length += 8) {
        arny_engine_context_options options = {.length = length, .batch = 16, .outputs = 1, .threads = 1};
        assert_status(ar_timeline_open(&timeline, real_model(REAL_SMOL), &options, NULL), ARNY_E_ARGUMENT);
        assert_error_has("at least 16");
    }
}

static void a_prompt_longer_than_the_context_is_refused(void **state)
{
    (void)state;
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    arny_request request = ARNY_REQUEST_INIT;
    arny_model *model;
    char *text = malloc((1 << 20) + 1);
    int tokens = 0;
    for (int i = 0; i < 1 << 20; i++)
        text[i] = "many words "[i % 11];
    text[1 << 20] = 0;
    options.context = 64;
    assert_status(arny_model_open(&model, real_path(REAL_SMOL), &options), ARNY_OK);
    request.prompt = text;
    assert_status(arny_model_generate(model, &request, count_tokens, &tokens), ARNY_E_CONTEXT);
    assert_error_has("context of 64");
    assert_int_equal(tokens, 0);
    request.prompt = "broken \xC3\x28 text";
    assert_status(arny_model_generate(model, &request, count_tokens, &tokens), ARNY_E_DATA);
    assert_error_has("UTF-8");
    request.prompt = "";
    assert_status(arny_model_generate(model, &request, count_tokens, &tokens), ARNY_E_DATA);
    assert_error_has("empty");
    assert_status(generate(model, 0, &tokens), ARNY_OK); /* it goes on */
    arny_model_free(model);
    free(text);
}

/* ---- adapters ---------------------------------------------------------------------------------------------------- */

static void an_adapter_of_another_model_is_refused(void **state)
{
    (void)state;
    char *path = test_path(test_tmpdir(), "tiny.lora.gguf");
    size_t bytes;
    void *data = gguf_make_finish(gguf_make_lora(), &bytes);
    test_write(path, data, bytes);
    free(data);
    for (int which = 0; which < REAL_COUNT; which++) {
        ar_model *model = real_model(which);
        void *adapter = &bytes;
        if (!model->engine->adapter_open)
            continue;
        assert_status(model->engine->adapter_open(&adapter, model->open, path), ARNY_E_DATA);
        assert_null(adapter);
        assert_error_has(path);
        assert_status(model->engine->adapter_open(&adapter, model->open, real_path(which)), ARNY_E_DATA);
        assert_null(adapter);
        assert_status(model->engine->adapter_open(&adapter, model->open, "/nowhere.gguf"), ARNY_E_NOT_FOUND);

        arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
        arny_model *opened;
        options.adapter = path;
        assert_status(arny_model_open(&opened, real_path(which), &options), ARNY_E_DATA);
        assert_null(opened);

        int32_t tokens[64], ids[4]; /* the model is as it was */
        ar_timeline *timeline = real_timeline(which, 64, 64, 1);
        size_t count = real_tokens(which, tokens, 64, "Once upon a time");
        assert_status(model->engine->prefill(timeline->context, tokens, count, NULL), ARNY_OK);
        real_continue(timeline, ids, 4);
        ar_timeline_free(timeline);
    }
    assert_status(try_open(path), ARNY_E_DATA); /* an adapter is no model */
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_model_is_refused),
        cmocka_unit_test(a_file_that_is_cut_is_refused_wherever_it_is_cut),
        cmocka_unit_test(an_architecture_that_is_not_known_is_named),
        cmocka_unit_test(a_base_model_asks_for_a_template_and_takes_a_raw_prompt),
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(a_prompt_longer_than_the_context_is_refused),
        cmocka_unit_test(an_adapter_of_another_model_is_refused),
    };
    return real_ready() ? RUN(tests) : REAL_SKIPPED;
}
