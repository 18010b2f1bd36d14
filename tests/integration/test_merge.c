/* A LoRA becomes part of a model: the numbers are W + scale B A, and nothing else has changed. */
#include "check.h"

#ifndef ARNY_HAVE_GGUF

int main(void)
{
    return skip_all("needs the gguf engine: ./dev test unit integration asan");
}

#else

#include "engine/gguf/file_private.h"
#include "gguf_make.h"
#include "tmp.h"
#include <arny/arny.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MATRIX "blk.0.attn_output.weight"

static char *folder;

typedef struct part { /* of a file: a tensor's floats */
    float *at;
    size_t columns, rows;
} part;

/* A file that was made, with numbers in its tensors. */
static char *write_file(const char *name, gguf_make *make)
{
    size_t bytes, head;
    unsigned seed = 3;
    char *data = gguf_make_finish_head(make, &bytes, &head), *path = test_path(folder, name);
    for (size_t at = head; at + 4 <= bytes; at += 4) {
        float value = (float)(rand_r(&seed) % 2001) / 1000 - 1;
        memcpy(data + at, &value, sizeof value);
    }
    test_write(path, data, bytes);
    free(data);
    return path;
}

static part floats_of(char *data, const char *path, const char *name)
{
    ar_gguf *header;
    assert_status(ar_gguf_read(&header, path), ARNY_OK);
    const ar_gguf_tensor *t = ar_gguf_tensor_named(header, name);
    assert_non_null(t);
    part p = {NULL, (size_t)t->dims[0], (size_t)t->dims[1]};
    char *from = data + header->data + t->offset;
    memcpy(&p.at, &from, sizeof from);
    ar_gguf_free(header);
    return p;
}

static int stop(double progress, void *data)
{
    (void)progress, (void)data;
    return 1;
}

static void what_it_changes_is_its_matrix_alone(void **state)
{
    size_t before_bytes, after_bytes;
    (void)state;
    char *base = write_file("base.gguf", gguf_make_tiny()), *lora = write_file("lora.gguf", gguf_make_lora());
    char *out = test_path(folder, "out.gguf");
    assert_status(arny_file_merge(base, lora, out, NULL, NULL), ARNY_OK);
    char *before = test_read(base, &before_bytes), *after = test_read(out, &after_bytes),
         *adapter = test_read(lora, NULL);
    assert_int_equal(before_bytes, after_bytes);
    part w = floats_of(before, base, MATRIX), merged = floats_of(after, out, MATRIX);
    part a = floats_of(adapter, lora, MATRIX ".lora_a"), b = floats_of(adapter, lora, MATRIX ".lora_b");
    double scale = 8.0 / (double)a.rows;
    for (size_t row = 0; row < w.rows; row++)
        for (size_t i = 0; i < w.columns; i++) {
            double sum = (double)w.at[row * w.columns + i];
            for (size_t k = 0; k < a.rows; k++)
                sum += scale * (double)b.at[row * a.rows + k] * (double)a.at[k * a.columns + i];
            assert_true(fabs(sum - (double)merged.at[row * w.columns + i]) < 1e-4);
        }
    memcpy(merged.at, w.at, w.rows * w.columns * sizeof *w.at);
    assert_memory_equal(before, after, before_bytes);
    free(before);
    free(after);
    free(adapter);
    free(base);
    free(lora);
    free(out);
}

static void what_does_not_fit_leaves_no_file(void **state)
{
    (void)state;
    char *base = write_file("base2.gguf", gguf_make_tiny()), *lora = write_file("lora2.gguf", gguf_make_lora());
    char *out = test_path(folder, "none.gguf");
    gguf_make *other = gguf_make_lora();
    gguf_make_string(other, "general.architecture", "gemma3");
    char *foreign = write_file("foreign.gguf", other);
    other = gguf_make_tiny();
    gguf_make_tensor_drop(other, MATRIX);
    size_t entries = test_entries(folder) + 1;
    char *without = write_file("without.gguf", other);
    assert_status(arny_file_merge(base, foreign, out, NULL, NULL), ARNY_E_DATA);
    assert_non_null(strstr(arny_last_error(), "an adapter for \"gemma3\", but the model is \"llama\""));
    assert_status(arny_file_merge(without, lora, out, NULL, NULL), ARNY_E_DATA);
    assert_status(arny_file_merge(lora, lora, out, NULL, NULL), ARNY_E_DATA);
    assert_status(arny_file_merge(base, base, out, NULL, NULL), ARNY_E_DATA);
    assert_status(arny_file_merge(base, "missing", out, NULL, NULL), ARNY_E_NOT_FOUND);
    assert_status(arny_file_merge(base, lora, out, stop, NULL), ARNY_E_CANCELLED);
    assert_status(arny_file_merge(base, lora, "/nowhere/out.gguf", NULL, NULL), ARNY_E_WRITE);
    assert_status(arny_file_merge(base, lora, NULL, NULL, NULL), ARNY_E_ARGUMENT);
    assert_int_equal(test_entries(folder), entries);
    free(base);
    free(lora);
    free(foreign);
    free(without);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_changes_is_its_matrix_alone),
        cmocka_unit_test(what_does_not_fit_leaves_no_file),
    };
    folder = test_tmpdir();
    return RUN(tests);
}

#endif
