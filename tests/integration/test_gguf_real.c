/* The reader of GGUF files on a real one: SmolLM2-135M-Instruct.Q4_1.gguf in the folder ARNY_TEST_MODELS, or ARNY_MODELS. */
#include "check.h"

#ifndef ARNY_HAVE_GGUF

int main(void)
{
    return skip_all("needs the gguf engine: ./dev test unit integration asan");
}

#else

#include "engine/gguf/estimate.h"
#include "engine/gguf/file.h"
#include "tmp.h"
#include <fcntl.h>
#include <unistd.h>

#define NAME "SmolLM2-135M-Instruct.Q4_1.gguf"
#define HEAD ((size_t)4 << 20) /* bytes; its header has 1.8 MB */

static char *path;

static ar_gguf *real(void)
{
    ar_gguf *gguf = NULL;

    assert_status(ar_gguf_read(&gguf, path), ARNY_OK);
    return gguf;
}

static void its_description_is_what_is_known_of_it(void **state)
{
    ar_gguf *gguf = real();
    arny_file_info info;

    (void)state;
    assert_status(ar_gguf_is_model(gguf, path), ARNY_OK);
    ar_gguf_describe(&info, gguf);
    assert_string_equal(info.kind, "gguf");
    assert_string_equal(info.architecture, "llama");
    assert_string_equal(info.quantization, "q4_1");
    assert_int_equal(info.bytes, 98362432);
    assert_int_equal(info.tensors, 272);
    assert_int_equal(info.parameters, 134515008);
    assert_int_equal(info.context, 8192);
    assert_int_equal(info.embedding, 576);
    assert_int_equal(info.layers, 30);
    assert_int_equal(info.heads, 9);
    assert_int_equal(info.kv_heads, 3);
    assert_int_equal(info.vocabulary, 49152);
    assert_true(info.weights > 96000000 && info.weights < info.bytes);
    ar_gguf_free(gguf);
}

static void its_chat_template_can_be_read(void **state)
{
    ar_gguf *gguf = real();
    const char *text = NULL;
    size_t bytes = 0;

    (void)state;
    assert_int_equal(ar_gguf_string(&text, &bytes, gguf, "tokenizer.chat_template"), 1);
    assert_true(bytes > 100);
    ar_gguf_drop_arrays(gguf);
    assert_int_equal(ar_gguf_string(&text, &bytes, gguf, "tokenizer.chat_template"), 1);
    assert_memory_equal(text, "{%", 2);
    ar_gguf_free(gguf);
}

/* Figures of estimate.c's table. */
static void its_estimate_is_what_it_really_takes(void **state)
{
    static const struct {
        int32_t context, kv_type;
        double used; /* MiB */
    } rows[] = {{256, ARNY_KV_F16, 122.9},  {2048, ARNY_KV_F16, 171.1},  {8192, ARNY_KV_F16, 313.0},
                {256, ARNY_KV_Q8_0, 119.9}, {2048, ARNY_KV_Q8_0, 149.1}, {8192, ARNY_KV_Q8_0, 227.7}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        arny_engine_context_options context = {.length = rows[i].context,
                                               .batch = rows[i].context < 512 ? rows[i].context : 512,
                                               .outputs = 1,
                                               .kv_type = rows[i].kv_type};
        arny_engine_estimate estimate;
        double all;

        assert_status(ar_gguf_estimate(&estimate, path, NULL, NULL, &context), ARNY_OK);
        all = (double)(estimate.weights + estimate.kv + estimate.compute + estimate.adapter) / (1024.0 * 1024.0);
        if (all < rows[i].used || all > 1.10 * rows[i].used)
            fail_msg("context %d: estimate %.1f MiB, used %.1f", rows[i].context, all, rows[i].used);
    }
}

/* A file with the real header and the real size; its weights are a hole. */
static char *hollow(void)
{
    char *made = test_path(test_tmpdir(), "hollow.gguf");
    char *head = malloc(HEAD);
    int from = open(path, O_RDONLY);

    assert_non_null(head);
    assert_true(from >= 0);
    assert_int_equal(read(from, head, HEAD), HEAD);
    close(from);
    test_write(made, head, HEAD);
    assert_int_equal(truncate(made, 98362432), 0);
    free(head);
    return made;
}

static void it_is_refused_cut_at_each_sixteenth(void **state)
{
    char *made = hollow();
    ar_gguf *gguf = NULL;
    int i;

    (void)state;
    assert_status(ar_gguf_read(&gguf, made), ARNY_OK);
    ar_gguf_free(gguf);
    for (i = 15; i >= 0; i--) { /* of the whole, then of the header */
        assert_int_equal(truncate(made, 98362432LL * i / 16), 0);
        assert_status(ar_gguf_read(&gguf, made), ARNY_E_DATA);
        assert_error_has("at byte ");
        assert_null(gguf);
    }
    free(made);
    made = hollow();
    for (i = 15; i >= 1; i--) {
        assert_int_equal(truncate(made, 1780000LL * i / 16), 0);
        assert_status(ar_gguf_read(&gguf, made), ARNY_E_DATA);
        assert_error_has("cut short, or damaged");
    }
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_description_is_what_is_known_of_it),
        cmocka_unit_test(its_chat_template_can_be_read),
        cmocka_unit_test(its_estimate_is_what_it_really_takes),
        cmocka_unit_test(it_is_refused_cut_at_each_sixteenth),
    };
    const char *folder = getenv("ARNY_TEST_MODELS");
    int failed;

    if (folder == NULL)
        folder = getenv("ARNY_MODELS");
    if (folder == NULL)
        return skip_all("needs ARNY_MODELS, the folder that ./dev setup fills");
    path = test_path(folder, NAME);
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "skipped: there is no %s\n", path);
        free(path);
        return 77;
    }
    failed = RUN(tests);
    free(path);
    return failed;
}

#endif
