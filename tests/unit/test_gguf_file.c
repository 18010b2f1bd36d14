/* The bounded reader and check of GGUF files, on files of a few hundred bytes that are broken in one place each. */
#include "check.h"

#ifndef ARNY_HAVE_GGUF

int main(void)
{
    return skip_all("needs the gguf engine: ./dev test unit integration asan");
}

#else

#include "engine/gguf/estimate.h"
#include "engine/gguf/file.h"
#include "engine/gguf/types.h"
#include "gguf_make.h"
#include "tmp.h"
#include "util/fault.h"
#include <math.h>

/* ---- helpers ------------------------------------------------------------------------------------------------- */

/* As the engine does before it opens a model. */
static int check_bytes(const void *data, size_t n)
{
    ar_gguf *gguf = NULL;
    int status = ar_gguf_read_memory(&gguf, data, n, "it.gguf");

    if (status == ARNY_OK)
        status = ar_gguf_is_model(gguf, "it.gguf");
    ar_gguf_free(gguf);
    return status;
}

static int check(gguf_make *make)
{
    size_t n = 0;
    void *data = gguf_make_finish(make, &n);
    int status = check_bytes(data, n);

    free(data);
    return status;
}

static int check_lora(gguf_make *make)
{
    size_t n = 0;
    void *data = gguf_make_finish(make, &n);
    ar_gguf *gguf = NULL;
    int status = ar_gguf_read_memory(&gguf, data, n, "it.gguf");

    if (status == ARNY_OK)
        status = ar_gguf_is_adapter(gguf, "it.gguf");
    ar_gguf_free(gguf);
    free(data);
    return status;
}

/* The bare model with `bytes` written `skip` bytes behind the end of the first place of `text`. */
static int check_patched(const char *text, size_t skip, const void *bytes, size_t count)
{
    size_t n = 0;
    unsigned char *data = gguf_make_finish(gguf_make_bare(), &n);
    int status;

    memcpy(gguf_make_find(data, n, text) + strlen(text) + skip, bytes, count);
    status = check_bytes(data, n);
    free(data);
    return status;
}

static int check_patched_u32(const char *text, size_t skip, uint32_t value)
{
    return check_patched(text, skip, &value, sizeof value);
}

static int check_patched_u64(const char *text, size_t skip, uint64_t value)
{
    return check_patched(text, skip, &value, sizeof value);
}

/* The bare model with one number more or other. */
static int check_u32(const char *key, uint32_t value)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_u32(make, key, value);
    return check(make);
}

static int check_text(const char *key, const char *text)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_string(make, key, text);
    return check(make);
}

static int check_without(const char *key)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_drop(make, key);
    return check(make);
}

#define REFUSED(call, text)                    \
    do {                                       \
        assert_status((call), ARNY_E_DATA);    \
        assert_error_has(text);                \
        assert_error_has("it.gguf: at byte "); \
    } while (0)

/* ---- whole files --------------------------------------------------------------------------------------------- */

static void a_whole_model_passes(void **state)
{
    (void)state;
    assert_status(check(gguf_make_tiny()), ARNY_OK);
    assert_status(check(gguf_make_bare()), ARNY_OK);
}

static void version_2_passes_too(void **state)
{
    gguf_make *make = gguf_make_bare();

    (void)state;
    gguf_make_version(make, 2);
    assert_status(check(make), ARNY_OK);
}

static void a_larger_alignment_passes(void **state)
{
    gguf_make *make = gguf_make_tiny();

    (void)state;
    gguf_make_alignment(make, 4096);
    assert_status(check(make), ARNY_OK);
}

static void the_description_says_what_the_header_says(void **state)
{
    arny_file_info info;
    ar_gguf *gguf = NULL;
    size_t n = 0;
    void *data = gguf_make_finish(gguf_make_tiny(), &n);

    (void)state;
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    ar_gguf_describe(&info, gguf);
    assert_string_equal(info.kind, "gguf");
    assert_string_equal(info.architecture, "llama");
    assert_string_equal(info.name, "tiny");
    assert_string_equal(info.quantization, "f32");
    assert_string_equal(info.chat, "");
    assert_int_equal(info.bytes, n);
    assert_int_equal(info.tensors, 11);
    assert_int_equal(info.context, 64);
    assert_int_equal(info.embedding, 32);
    assert_int_equal(info.layers, 1);
    assert_int_equal(info.heads, 2);
    assert_int_equal(info.kv_heads, 2);
    assert_int_equal(info.vocabulary, 8);
    assert_int_equal(info.parameters, 32 * 8 + 3 * 32 + 4 * 32 * 32 + 3 * 32 * 64);
    assert_int_equal(info.weights, 4 * info.parameters);
    ar_gguf_free(gguf);
    free(data);
}

static void quantization_is_the_type_of_most_bytes_of_matrices(void **state)
{
    arny_file_info info;
    gguf_make *make = gguf_make_bare();
    ar_gguf *gguf = NULL;
    size_t n = 0;
    void *data;

    (void)state;
    gguf_make_tensor(make, "large_norm.weight", 0, 100000, 0, 0, 400000); /* a vector does not count */
    gguf_make_tensor(make, "a.weight", 12, 256, 100, 0, 14400);
    data = gguf_make_finish(make, &n);
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    ar_gguf_describe(&info, gguf);
    assert_string_equal(info.quantization, "q4_k");
    ar_gguf_free(gguf);
    free(data);
}

static void long_names_are_cut_at_a_character(void **state)
{
    arny_file_info info;
    gguf_make *make = gguf_make_bare();
    ar_gguf *gguf = NULL;
    char name[201];
    size_t n = 0, i;
    void *data;

    (void)state;
    for (i = 0; i < 200; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    name[200] = '\0';
    gguf_make_string(make, "general.name", name);
    data = gguf_make_finish(make, &n);
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    ar_gguf_describe(&info, gguf);
    assert_int_equal(strlen(info.name), 126);
    ar_gguf_free(gguf);
    free(data);
}

static void metadata_is_found_by_key_and_kind(void **state)
{
    gguf_make *make = gguf_make_bare();
    ar_gguf *gguf = NULL;
    const char *text = NULL;
    uint64_t value = 77;
    int64_t negative = -1;
    const int32_t numbers[3] = {4, -5, 6};
    size_t n = 0, bytes = 0;
    void *data;

    (void)state;
    gguf_make_value(make, "a.negative", MAKE_I64, &negative, 8);
    gguf_make_array(make, "a.numbers", MAKE_I32, numbers, 3, 4);
    data = gguf_make_finish(make, &n);
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    assert_int_equal(ar_gguf_u64(&value, gguf, "a.negative"), 0);
    assert_int_equal(ar_gguf_u64(&value, gguf, "a.nothing"), 0);
    assert_int_equal(ar_gguf_u64(&value, gguf, "general.name"), 0);
    assert_int_equal(ar_gguf_u64(&value, gguf, "a.numbers"), 0);
    assert_int_equal(value, 77);
    assert_int_equal(ar_gguf_arch_u64(&value, gguf, "context_length"), 1);
    assert_int_equal(value, 64);
    assert_int_equal(ar_gguf_array_count(&value, gguf, "a.numbers"), 1);
    assert_int_equal(value, 3);
    assert_int_equal(ar_gguf_array_u64(&value, gguf, "a.numbers", 2), 1);
    assert_int_equal(value, 6);
    assert_int_equal(ar_gguf_array_u64(&value, gguf, "a.numbers", 1), 0); /* negative */
    assert_int_equal(ar_gguf_array_u64(&value, gguf, "a.numbers", 3), 0);
    assert_int_equal(ar_gguf_string(&text, &bytes, gguf, "general.name"), 1);
    assert_int_equal(bytes, 4);
    assert_memory_equal(text, "tiny", 4);
    assert_null(ar_gguf_tensor_at(gguf, 1));
    ar_gguf_free(gguf);
    free(data);
}

static void dropped_arrays_leave_counts_and_all_else(void **state)
{
    gguf_make *make = gguf_make_tiny();
    ar_gguf *gguf = NULL;
    float scores[3000] = {0};
    const char *text = NULL;
    uint64_t value = 0;
    size_t n = 0, bytes = 0;
    void *data;

    (void)state;
    gguf_make_array(make, "a.long", MAKE_F32, scores, 3000, 4);
    gguf_make_string(make, "a.text", "behind it");
    data = gguf_make_finish(make, &n);
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    ar_gguf_drop_arrays(gguf);
    assert_int_equal(ar_gguf_array_count(&value, gguf, "a.long"), 1);
    assert_int_equal(value, 3000);
    assert_int_equal(ar_gguf_array_u64(&value, gguf, "a.long", 0), 0);
    assert_int_equal(ar_gguf_string(&text, &bytes, gguf, "a.text"), 1);
    assert_memory_equal(text, "behind it", 9);
    assert_int_equal(ar_gguf_array_count(&value, gguf, "tokenizer.ggml.tokens"), 1);
    assert_int_equal(value, 8);
    assert_memory_equal(ar_gguf_tensor_at(gguf, 10)->name, "blk.0.ffn_down.weight", 21);
    ar_gguf_drop_arrays(gguf);
    assert_int_equal(ar_gguf_arch_u64(&value, gguf, "context_length"), 1);
    ar_gguf_free(gguf);
    free(data);
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static void a_file_is_read_as_its_bytes_are(void **state)
{
    size_t n = 0;
    void *data = gguf_make_finish(gguf_make_tiny(), &n);
    char *path = test_path(test_tmpdir(), "tiny.gguf");
    ar_gguf *gguf = NULL;

    (void)state;
    test_write(path, data, n);
    assert_status(ar_gguf_read(&gguf, path), ARNY_OK);
    assert_int_equal(ar_gguf_file_bytes(gguf), n);
    assert_status(ar_gguf_is_model(gguf, path), ARNY_OK);
    ar_gguf_free(gguf);
    free(path);
    free(data);
}

static void a_header_longer_than_one_read_is_read_whole(void **state)
{
    gguf_make *make = gguf_make_bare();
    float *scores = calloc(200000, sizeof *scores);
    char *path = test_path(test_tmpdir(), "long.gguf");
    ar_gguf *gguf = NULL;
    uint64_t value = 0;
    size_t n = 0;
    void *data;

    (void)state;
    assert_non_null(scores);
    gguf_make_array(make, "a.long", MAKE_F32, scores, 200000, 4);
    gguf_make_u32(make, "a.last", 7);
    data = gguf_make_finish(make, &n);
    test_write(path, data, n);
    assert_status(ar_gguf_read(&gguf, path), ARNY_OK);
    assert_int_equal(ar_gguf_u64(&value, gguf, "a.last"), 1);
    assert_int_equal(value, 7);
    ar_gguf_free(gguf);
    free(path);
    free(scores);
    free(data);
}

static void what_is_no_regular_file_is_refused(void **state)
{
    char *path = test_path(test_tmpdir(), "none.gguf");
    ar_gguf *gguf = NULL;

    (void)state;
    assert_status(ar_gguf_read(&gguf, path), ARNY_E_NOT_FOUND);
    assert_null(gguf);
    assert_status(ar_gguf_read(&gguf, "/"), ARNY_E_DATA);
    assert_error_has("not a regular file");
    test_write(path, "", 0);
    assert_status(ar_gguf_read(&gguf, path), ARNY_E_DATA);
    assert_error_has("the file is empty");
    free(path);
}

#ifdef ARNY_FAULTS

static void every_failed_allocation_and_read_is_told(void **state)
{
    size_t n = 0;
    void *data = gguf_make_finish(gguf_make_tiny(), &n);
    char *path = test_path(test_tmpdir(), "tiny.gguf");
    ar_gguf *gguf = NULL;
    long nth;
    int status = ARNY_E_MEMORY;

    (void)state;
    test_write(path, data, n);
    for (nth = 1; status != ARNY_OK; nth++) {
        ar_fault_arm(AR_FAULT_ALLOC, nth, 0);
        status = ar_gguf_read(&gguf, path);
        if (status == ARNY_OK)
            status = ar_gguf_is_model(gguf, path);
        if (ar_fault_count(AR_FAULT_ALLOC) < nth)
            assert_status(status, ARNY_OK);
        else if (status != ARNY_OK) /* giving memory back may fail without harm */
            assert_status(status, ARNY_E_MEMORY);
        if (ar_fault_count(AR_FAULT_ALLOC) >= nth)
            status = ARNY_E_MEMORY;
        ar_gguf_free(gguf);
        gguf = NULL;
    }
    assert_true(nth > 6);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    ar_fault_arm(AR_FAULT_READ, 1, 0);
    assert_status(ar_gguf_read(&gguf, path), ARNY_E_IO);
    ar_fault_arm(AR_FAULT_READ, 0, 0);
    free(path);
    free(data);
}

#endif

/* ---- the first bytes ----------------------------------------------------------------------------------------- */

static void other_files_are_refused(void **state)
{
    (void)state;
    REFUSED(check_bytes("Once upon a time, there was a model", 35), "does not begin with the letters GGUF");
    REFUSED(check_bytes("GG", 2), "the file ends at byte 2");
    REFUSED(check_bytes("GGUF", 4), "the version needs 4 bytes");
}

static int check_version(uint32_t version)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_version(make, version);
    return check(make);
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    REFUSED(check_version(0), "GGUF version 0");
    REFUSED(check_version(1), "convert the model anew");
    REFUSED(check_version(4), "GGUF version 4: 2 and 3 can be read");
    REFUSED(check_version(0x03000000), "big-endian");
}

static int check_counts(uint64_t tensors, uint64_t keys)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_counts(make, tensors, keys);
    return check(make);
}

static void counts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    REFUSED(check_counts(UINT64_MAX, 15), "tensors: at most 65536");
    REFUSED(check_counts(60000, 15), "must fit into the file");
    REFUSED(check_counts(1, UINT64_MAX), "metadata keys: at most 65536");
    REFUSED(check_counts(1, 60000), "must fit into the file");
}

/* ---- metadata ------------------------------------------------------------------------------------------------ */

static void keys_must_be_short_printable_and_unique(void **state)
{
    gguf_make *make = gguf_make_bare();

    (void)state;
    gguf_make_u32(make, "", 1);
    REFUSED(check(make), "a metadata key of 0 bytes");
    make = gguf_make_bare();
    gguf_make_u32(make, "a\nb", 1);
    REFUSED(check(make), "a byte 0x0a");
    make = gguf_make_bare();
    gguf_make_u32(make, "caf\xc3\xa9", 1);
    REFUSED(check(make), "only printable ASCII");
    make = gguf_make_bare();
    gguf_make_twice(make, "llama.block_count", 1);
    REFUSED(check(make), "llama.block_count is there twice");
}

static void key_lengths_beyond_the_file_are_refused(void **state)
{
    const uint64_t lengths[] = {65536, 1000000, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
    size_t n = 0, i;

    (void)state;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        unsigned char *data = gguf_make_finish(gguf_make_bare(), &n);

        memcpy(gguf_make_find(data, n, "llama.block_count") - 8, &lengths[i], 8);
        REFUSED(check_bytes(data, n), "a metadata key of");
        free(data);
    }
}

static void string_lengths_beyond_the_file_are_refused(void **state)
{
    (void)state;
    REFUSED(check_patched_u64("general.name", 4, 1000000), "a string needs 1000000 bytes");
    REFUSED(check_patched_u64("general.name", 4, UINT64_MAX), "a string needs");
    REFUSED(check_patched_u64("general.name", 4, UINT64_MAX - 20), "a string needs");
}

static void unknown_value_types_are_refused(void **state)
{
    (void)state;
    REFUSED(check_patched_u32("llama.block_count", 0, 13), "has the value type 13");
    REFUSED(check_patched_u32("llama.block_count", 0, UINT32_MAX), "0 to 12 are known");
    REFUSED(check_patched_u32("tokenizer.ggml.scores", 4, 99), "has the value type 99");
}

static void arrays_of_arrays_are_refused(void **state)
{
    (void)state;
    REFUSED(check_patched_u32("tokenizer.ggml.scores", 4, MAKE_ARRAY), "an array of arrays");
}

static void array_counts_beyond_the_file_are_refused(void **state)
{
    (void)state;
    REFUSED(check_patched_u64("tokenizer.ggml.scores", 8, 1000000), "a metadata value needs 4000000 bytes");
    REFUSED(check_patched_u64("tokenizer.ggml.scores", 8, UINT64_MAX), "elements: at most 16777216");
    REFUSED(check_patched_u64("tokenizer.ggml.scores", 8, (UINT64_MAX / 4) + 2), "elements: at most");
    REFUSED(check_patched_u64("tokenizer.ggml.tokens", 8, 16000000), "it.gguf");
}

static void bools_must_be_0_or_1(void **state)
{
    gguf_make *make = gguf_make_bare();
    const unsigned char flags[3] = {0, 1, 3};

    (void)state;
    gguf_make_bool(make, "tokenizer.ggml.add_bos_token", 2);
    REFUSED(check(make), "a bool of 2: 0 or 1 expected");
    make = gguf_make_bare();
    gguf_make_array(make, "a.flags", MAKE_BOOL, flags, 3, 1);
    REFUSED(check(make), "a bool of 3");
}

static void text_must_be_utf8_without_nul(void **state)
{
    (void)state;
    REFUSED(check_text("general.name", "caf\xe9"), "the text of general.name is not UTF-8");
    REFUSED(check_patched("general.name", 13, "\0", 1), "the text of general.name has a NUL byte");
}

static int check_alignment(uint32_t alignment)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_u32(make, "general.alignment", alignment);
    return check(make);
}

static void odd_alignments_are_refused(void **state)
{
    gguf_make *make = gguf_make_bare();
    uint64_t wide = 32;

    (void)state;
    REFUSED(check_alignment(0), "general.alignment is 0: a power of two");
    REFUSED(check_alignment(4), "8 to 65536");
    REFUSED(check_alignment(48), "a power of two");
    REFUSED(check_alignment(131072), "8 to 65536");
    REFUSED(check_alignment(0x80000000), "8 to 65536");
    gguf_make_value(make, "general.alignment", MAKE_U64, &wide, 8);
    REFUSED(check(make), "must be a uint32");
    make = gguf_make_bare();
    gguf_make_alignment(make, 8);
    REFUSED(check(make), "aligned to 32 to be mapped");
}

/* ---- tensors ------------------------------------------------------------------------------------------------- */

static void tensor_names_must_be_short_printable_and_unique(void **state)
{
    gguf_make *make = gguf_make_bare();

    (void)state;
    gguf_make_tensor(make, "a.name.that.is.longer.than.the.sixty-three.bytes.that.ggml.keeps.", 0, 8, 0, 0, 32);
    REFUSED(check(make), "a tensor's name of 65 bytes: 1 to 63");
    make = gguf_make_bare();
    gguf_make_tensor(make, "a\x7f", 0, 8, 0, 0, 32);
    REFUSED(check(make), "a byte 0x7f");
    make = gguf_make_tiny();
    gguf_make_tensor_twice(make, "output_norm.weight");
    REFUSED(check(make), "the tensor name output_norm.weight is there twice");
}

static void dimensions_that_cannot_be_are_refused(void **state)
{
    const char *name = "token_embd.weight";

    (void)state;
    REFUSED(check_patched_u32(name, 0, 0), "has 0 dimensions: 1 to 4 expected");
    REFUSED(check_patched_u32(name, 0, 5), "has 5 dimensions");
    REFUSED(check_patched_u64(name, 4, 0), "a dimension of 0");
    REFUSED(check_patched_u64(name, 12, UINT64_MAX), "no such tensor can exist");
    REFUSED(check_patched_u64(name, 12, (uint64_t)1 << 59), "no such tensor can exist");
    REFUSED(check_patched_u64(name, 12, (uint64_t)1 << 57), "larger than any file");
}

static void types_that_are_unknown_or_given_up_are_refused(void **state)
{
    const uint32_t types[] = {4, 5, 31, 32, 33, 36, 37, 38, 43, 1000, UINT32_MAX};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof types / sizeof *types; i++)
        REFUSED(check_patched_u32("token_embd.weight", 20, types[i]), "unknown or no longer in use");
}

static void rows_must_be_whole_blocks(void **state)
{
    (void)state;
    REFUSED(check_patched_u32("token_embd.weight", 20, 12), "has rows of 32: q4_k needs a multiple of 256");
}

static int check_offset(const char *name, uint64_t offset)
{
    gguf_make *make = gguf_make_tiny();

    gguf_make_offset(make, name, offset);
    return check(make);
}

static void offsets_must_be_where_the_tensor_belongs(void **state)
{
    (void)state;
    REFUSED(check_offset("output_norm.weight", 1025), "a multiple of the alignment 32 expected");
    REFUSED(check_offset("output_norm.weight", 992),
            "overlaps the one before it: its offset is 992, and 1024 expected");
    REFUSED(check_offset("output_norm.weight", 0), "overlaps");
    REFUSED(check_offset("output_norm.weight", 1056), "leaves a gap before it");
    REFUSED(check_offset("blk.0.ffn_down.weight", UINT64_MAX - 31), "leaves a gap before it");
}

static void data_beyond_the_file_is_refused(void **state)
{
    gguf_make *make = gguf_make_tiny();
    size_t n = 0;
    void *data;

    (void)state;
    gguf_make_tensor(make, "a.weight", 0, 1 << 20, 1 << 20, 0, 32);
    REFUSED(check(make), "tensor a.weight needs 4398046511104 bytes");
    data = gguf_make_finish(gguf_make_tiny(), &n);
    REFUSED(check_bytes(data, n - 1), "cut short, or damaged");
    free(data);
}

static void every_truncation_is_refused(void **state)
{
    size_t n = 0, i;
    unsigned char *data = gguf_make_finish(gguf_make_bare(), &n);

    (void)state;
    for (i = 0; i < n; i++) {
        unsigned char *cut = malloc(i == 0 ? 1 : i); /* so that a read beyond it is seen */

        assert_non_null(cut);
        memcpy(cut, data, i);
        if (check_bytes(cut, i) != ARNY_E_DATA)
            fail_msg("a file of %zu bytes that is cut at %zu was not refused", n, i);
        free(cut);
    }
    free(data);
}

static void no_change_of_one_byte_crashes(void **state)
{
    arny_engine_context_options context = {.length = 64, .batch = 16, .outputs = 1};
    size_t n = 0, head = 0, i, passed = 0;
    unsigned char *data = gguf_make_finish_head(gguf_make_bare(), &n, &head);
    unsigned value;

    (void)state;
    for (i = 0; i < head; i++) {
        unsigned char kept = data[i];

        for (value = 0; value < 256; value++) {
            arny_engine_estimate estimate;
            arny_file_info info;
            ar_gguf *gguf = NULL;

            data[i] = (unsigned char)value;
            if (ar_gguf_read_memory(&gguf, data, n, "it.gguf") != ARNY_OK)
                continue;
            ar_gguf_describe(&info, gguf);
            ar_gguf_estimate_header(&estimate, gguf, gguf, &context);
            passed += ar_gguf_is_model(gguf, "it.gguf") == ARNY_OK;
            (void)ar_gguf_is_adapter(gguf, "it.gguf");
            ar_gguf_drop_arrays(gguf);
            ar_gguf_free(gguf);
        }
        data[i] = kept;
    }
    assert_true(passed > head); /* many a byte may be another: texts, scores, the value that it had */
    free(data);
}

static void every_type_has_the_size_of_its_blocks(void **state)
{
    uint32_t i, known = 0;

    (void)state;
    for (i = 0; i < 100; i++) {
        const ar_ggml_type *type = ar_ggml_type_at(i);

        if (type == NULL)
            continue;
        known++;
        assert_true(type->block > 0 && type->bytes > 0);
        assert_true(8.0 * type->bytes / type->block >= 1.0 && 8.0 * type->bytes / type->block <= 64.0);
    }
    assert_int_equal(known, 35);
}

/* ---- models -------------------------------------------------------------------------------------------------- */

static void what_is_no_model_is_refused_with_its_kind(void **state)
{
    gguf_make *make = gguf_make_bare();
    uint16_t parts = 3;

    (void)state;
    assert_status(check(gguf_make_lora()), ARNY_E_DATA);
    assert_error_has("an adapter, not a model");
    assert_status(check_text("general.architecture", "clip"), ARNY_E_UNSUPPORTED);
    assert_error_has("projector");
    assert_status(check_text("general.type", "mmproj"), ARNY_E_UNSUPPORTED);
    assert_status(check_text("general.type", "imatrix"), ARNY_E_UNSUPPORTED);
    gguf_make_value(make, "split.count", MAKE_U16, &parts, 2);
    assert_status(check(make), ARNY_E_UNSUPPORTED);
    assert_error_has("one of 3 parts of a model: join them first");
    make = gguf_make_bare();
    gguf_make_tensor_drop(make, "token_embd.weight");
    assert_status(check(make), ARNY_E_DATA);
    assert_error_has("a vocabulary without tensors");
    REFUSED(check_without("general.architecture"), "without a general.architecture");
    REFUSED(check_u32("general.architecture", 1), "without a general.architecture");
}

static void sizes_of_the_model_are_required_and_bounded(void **state)
{
    (void)state;
    REFUSED(check_without("llama.block_count"), "without the key llama.block_count");
    REFUSED(check_without("llama.embedding_length"), "without the key llama.embedding_length");
    REFUSED(check_without("llama.context_length"), "without the key llama.context_length");
    REFUSED(check_without("llama.attention.head_count"), "without the key llama.attention.head_count");
    REFUSED(check_u32("llama.block_count", 0), "llama.block_count is 0: 1 to 512 expected");
    REFUSED(check_u32("llama.block_count", 513), "1 to 512 expected");
    REFUSED(check_u32("llama.embedding_length", 0), "llama.embedding_length is 0");
    REFUSED(check_u32("llama.context_length", 0), "llama.context_length is 0");
    REFUSED(check_u32("llama.context_length", UINT32_MAX), "llama.context_length is 4294967295");
    REFUSED(check_text("llama.block_count", "one"), "must be a whole number");
    REFUSED(check_u32("llama.nextn_predict_layers", 2), "0 to 1 expected");
}

static void arrays_by_layer_must_have_one_number_each(void **state)
{
    gguf_make *make = gguf_make_bare();
    const uint32_t heads[2] = {2, 2};

    (void)state;
    gguf_make_array(make, "llama.attention.head_count_kv", MAKE_U32, heads, 2, 4);
    REFUSED(check(make), "has 2 numbers for 1 layers");
    make = gguf_make_bare();
    gguf_make_array(make, "llama.attention.head_count_kv", MAKE_U32, heads, 1, 4);
    assert_status(check(make), ARNY_OK);
    make = gguf_make_bare();
    gguf_make_array(make, "llama.context_length", MAKE_U32, heads, 1, 4);
    REFUSED(check(make), "must be one number, not an array");
}

static void heads_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    REFUSED(check_u32("llama.attention.head_count_kv", 3), "2 attention heads for 3 KV heads");
    REFUSED(check_u32("llama.attention.head_count", 64), "attention heads of no length");
    REFUSED(check_u32("llama.attention.key_length", 0), "key_length is 0");
    REFUSED(check_u32("llama.attention.key_length", 32), "the same expected");
    REFUSED(check_u32("llama.rope.dimension_count", 32), "2 to 16 expected");
    REFUSED(check_u32("llama.rope.dimension_count", 0), "2 to 16 expected");
    REFUSED(check_u32("llama.rope.dimension_count", 15), "even number");
    REFUSED(check_u32("llama.rope.dimension_count", 8), "the same");
}

static void numbers_that_end_llama_cpp_are_refused(void **state)
{
    gguf_make *make = gguf_make_bare();

    (void)state;
    gguf_make_f32(make, "llama.attention.layer_norm_rms_epsilon", -1.0f);
    REFUSED(check(make), "must be a number from 0 to 1");
    make = gguf_make_bare();
    gguf_make_f32(make, "llama.attention.layer_norm_rms_epsilon", NAN);
    REFUSED(check(make), "must be a number from 0 to 1");
    REFUSED(check_text("llama.rope.scaling.type", "cubic"), "rope.scaling.type is \"cubic\"");
    REFUSED(check_u32("llama.rope.scaling.type", 1), "must be a string");
    assert_status(check_text("llama.rope.scaling.type", "yarn"), ARNY_OK);
    REFUSED(check_u32("llama.pooling_type", 5), "0 to 4 expected");
    REFUSED(check_u32("llama.embedding_length_out", 33), "0 to 32 expected");
    REFUSED(check_u32("llama.ssm.group_count", 0), "ssm.group_count is 0");
}

static void experts_that_cannot_be_are_refused(void **state)
{
    gguf_make *make = gguf_make_bare();

    (void)state;
    REFUSED(check_u32("llama.expert_count", 4), "expert_used_count is 0");
    REFUSED(check_u32("llama.expert_used_count", 4), "0 to 0 expected");
    REFUSED(check_u32("llama.expert_count", 1025), "0 to 1024 expected");
    gguf_make_u32(make, "llama.expert_count", 8);
    gguf_make_u32(make, "llama.expert_used_count", 2);
    gguf_make_u32(make, "llama.expert_group_count", 3);
    REFUSED(check(make), "8 experts in 3 groups");
}

static gguf_make *gemma3(void)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_string(make, "general.architecture", "gemma3");
    gguf_make_u32(make, "gemma3.block_count", 6);
    gguf_make_u32(make, "gemma3.context_length", 4096);
    gguf_make_u32(make, "gemma3.embedding_length", 32);
    gguf_make_u32(make, "gemma3.feed_forward_length", 64);
    gguf_make_u32(make, "gemma3.attention.head_count", 2);
    gguf_make_u32(make, "gemma3.attention.sliding_window", 256);
    return make;
}

static void a_window_that_no_layer_uses_is_refused(void **state)
{
    gguf_make *make = gemma3();
    const unsigned char none[6] = {0};

    (void)state;
    gguf_make_u32(make, "gemma3.attention.key_length", 32); /* windowed layers may have heads of their own */
    gguf_make_u32(make, "gemma3.attention.value_length", 32);
    gguf_make_u32(make, "gemma3.attention.key_length_swa", 16);
    gguf_make_u32(make, "gemma3.attention.value_length_swa", 16);
    gguf_make_u32(make, "gemma3.rope.dimension_count", 32);
    gguf_make_u32(make, "gemma3.rope.dimension_count_swa", 16);
    assert_status(check(make), ARNY_OK);
    make = gemma3();
    gguf_make_u32(make, "gemma3.attention.sliding_window_pattern", 1);
    REFUSED(check(make), "a sliding window, but no layer that uses it");
    make = gemma3();
    gguf_make_array(make, "gemma3.attention.sliding_window_pattern", MAKE_BOOL, none, 6, 1);
    REFUSED(check(make), "a sliding window, but no layer that uses it");
}

static void the_embedding_must_fit_width_and_vocabulary(void **state)
{
    gguf_make *make = gguf_make_tiny();

    (void)state;
    gguf_make_tensor_drop(make, "token_embd.weight");
    REFUSED(check(make), "there is no tensor token_embd.weight");
    make = gguf_make_tiny();
    gguf_make_tensor(make, "token_embd.weight", 0, 32, 9, 0, 32 * 9 * 4);
    REFUSED(check(make), "token_embd.weight is 32 x 9: 32 (embedding_length) x 8 (tokens) expected");
    REFUSED(check_u32("llama.embedding_length", 64), "token_embd.weight is 32 x 8");
}

static void tensors_of_types_that_cannot_be_computed_are_refused(void **state)
{
    gguf_make *make = gguf_make_tiny();

    (void)state;
    gguf_make_tensor(make, "output_norm.weight", 1, 32, 0, 0, 64);
    REFUSED(check(make), "tensor output_norm.weight is f16: f32 expected");
    make = gguf_make_tiny();
    gguf_make_tensor(make, "blk.0.attn_q.bias", 1, 32, 2, 0, 128);
    REFUSED(check(make), "f32 expected");
    make = gguf_make_tiny();
    gguf_make_tensor(make, "blk.0.attn_q.weight", 26, 32, 32, 0, 4096);
    REFUSED(check(make), "i32, which is no type for weights");
    make = gguf_make_tiny();
    gguf_make_tensor(make, "blk.0.attn_q.weight", 9, 32, 32, 0, 32 * 36);
    REFUSED(check(make), "q8_1, which is no type for weights");
}

/* ---- vocabularies -------------------------------------------------------------------------------------------- */

static int check_tokens(const char *const *tokens, size_t count)
{
    gguf_make *make = gguf_make_bare();

    gguf_make_strings(make, "tokenizer.ggml.tokens", tokens, count);
    return check(make);
}

static void a_token_must_not_come_twice(void **state)
{
    static const char *const twice[8] = {"a", "b", "c", "d", "e", "f", "b", "g"};
    static const char *const empty[8] = {"a", "", "", "d", "e", "f", "h", "g"};
    static const char *const named[8] = {"a", "", "", "d", "[EMPTY_2]", "f", "h", "g"};

    (void)state;
    REFUSED(check_tokens(twice, 8), "token 6 is there twice");
    assert_status(check_tokens(empty, 8), ARNY_OK);
    REFUSED(check_tokens(named, 8), "token 2 is empty, and there is another token [EMPTY_2]");
}

static void tokens_that_differ_behind_a_nul_are_the_same(void **state)
{
    static const char *const tokens[8] = {"x", "same!1", "same!2", "d", "e", "f", "h", "g"};
    gguf_make *make = gguf_make_bare();
    size_t n = 0;
    unsigned char *data;

    (void)state;
    gguf_make_strings(make, "tokenizer.ggml.tokens", tokens, 8);
    data = gguf_make_finish(make, &n);
    gguf_make_find(data, n, "same!1")[4] = '\0';
    gguf_make_find(data, n, "same!2")[4] = '\0';
    REFUSED(check_bytes(data, n), "token 2 is there twice");
    free(data);
}

static void columns_of_the_vocabulary_must_have_its_length(void **state)
{
    gguf_make *make = gguf_make_bare();
    const float scores[9] = {0};
    const int32_t types[7] = {0};

    (void)state;
    gguf_make_array(make, "tokenizer.ggml.scores", MAKE_F32, scores, 9, 4);
    REFUSED(check(make), "tokenizer.ggml.scores has 9 entries for 8 tokens");
    make = gguf_make_bare();
    gguf_make_array(make, "tokenizer.ggml.token_type", MAKE_I32, types, 7, 4);
    REFUSED(check(make), "tokenizer.ggml.token_type has 7 entries for 8 tokens");
    make = gguf_make_bare();
    gguf_make_array(make, "tokenizer.ggml.token_type", MAKE_U8, types, 8, 1);
    REFUSED(check(make), "must be an array of 32-bit numbers");
    REFUSED(check_u32("tokenizer.ggml.scores", 1), "must be an array of 32-bit numbers");
}

static void the_vocabulary_must_be_an_array_of_strings(void **state)
{
    gguf_make *make = gguf_make_bare();
    const float numbers[8] = {0};

    (void)state;
    REFUSED(check_text("tokenizer.ggml.tokens", "a b c"), "must be an array of strings");
    gguf_make_array(make, "tokenizer.ggml.tokens", MAKE_F32, numbers, 8, 4);
    REFUSED(check(make), "it.gguf");
    REFUSED(check_text("tokenizer.ggml.merges", "a b"), "tokenizer.ggml.merges must be an array of strings");
    REFUSED(check_without("tokenizer.ggml.model"), "without a tokenizer.ggml.model");
}

static void unknown_tokenizers_are_not_supported(void **state)
{
    (void)state;
    assert_status(check_text("tokenizer.ggml.model", "mecab"), ARNY_E_UNSUPPORTED);
    assert_error_has("the tokenizer \"mecab\" is not supported");
    assert_status(check_text("tokenizer.ggml.model", "none"), ARNY_E_UNSUPPORTED);
}

static void special_tokens_must_be_in_the_vocabulary(void **state)
{
    (void)state;
    REFUSED(check_u32("tokenizer.ggml.bos_token_id", 8),
            "tokenizer.ggml.bos_token_id is 8, in a vocabulary of 8 tokens");
    REFUSED(check_u32("tokenizer.ggml.eos_token_id", UINT32_MAX), "eos_token_id is 4294967295");
    REFUSED(check_u32("tokenizer.ggml.eot_token_id", 100), "eot_token_id is 100");
    assert_status(check_u32("tokenizer.ggml.padding_token_id", UINT32_MAX), ARNY_OK); /* llama.cpp ignores it */
}

static void a_bert_vocabulary_needs_its_two_special_tokens(void **state)
{
    (void)state;
    REFUSED(check_text("tokenizer.ggml.model", "bert"), "needs tokens for begin (1) and separator (102)");
}

static int is_encoder(const char *architecture)
{
    gguf_make *make = gguf_make_bare();
    ar_gguf *gguf = NULL;
    size_t n = 0;
    void *data;
    int encoder;

    gguf_make_string(make, "general.architecture", architecture);
    data = gguf_make_finish(make, &n);
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    encoder = ar_gguf_is_encoder(gguf);
    ar_gguf_free(gguf);
    free(data);
    return encoder;
}

static void encoders_are_told_from_models_that_answer(void **state)
{
    (void)state;
    assert_int_equal(is_encoder("bert"), 1);
    assert_int_equal(is_encoder("modern-bert"), 1);
    assert_int_equal(is_encoder("t5encoder"), 1);
    assert_int_equal(is_encoder("llama"), 0);
    assert_int_equal(is_encoder("ber"), 0);
}

static void endless_tokens_are_refused(void **state)
{
    static char text[5000];
    const char *const tokens[8] = {text, "b", "c", "d", "e", "f", "h", "g"};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    REFUSED(check_tokens(tokens, 8), "token 0 has 4999 bytes: at most 4096");
}

static void a_vocabulary_alone_passes_as_one(void **state)
{
    gguf_make *make = gguf_make_bare();
    ar_gguf *gguf = NULL;
    size_t n = 0;
    void *data;

    (void)state;
    gguf_make_tensor_drop(make, "token_embd.weight");
    data = gguf_make_finish(make, &n);
    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    assert_status(ar_gguf_is_vocabulary(gguf, "it.gguf"), ARNY_OK);
    ar_gguf_free(gguf);
    free(data);
}

/* ---- adapters ------------------------------------------------------------------------------------------------ */

static void a_lora_passes_as_an_adapter_only(void **state)
{
    (void)state;
    assert_status(check_lora(gguf_make_lora()), ARNY_OK);
    assert_status(check_lora(gguf_make_bare()), ARNY_E_DATA);
    assert_error_has("not an adapter");
}

static void other_adapters_are_not_supported(void **state)
{
    gguf_make *make = gguf_make_lora();
    const uint32_t tokens[2] = {1, 2};

    (void)state;
    gguf_make_string(make, "adapter.type", "control_vector");
    assert_status(check_lora(make), ARNY_E_UNSUPPORTED);
    make = gguf_make_lora();
    gguf_make_array(make, "adapter.alora.invocation_tokens", MAKE_U32, tokens, 2, 4);
    assert_status(check_lora(make), ARNY_E_UNSUPPORTED);
    make = gguf_make_lora();
    gguf_make_tensor(make, "token_embd.weight.lora_a", 0, 8, 4, 0, 128);
    gguf_make_tensor(make, "token_embd.weight.lora_b", 0, 4, 32, 0, 512);
    assert_status(check_lora(make), ARNY_E_UNSUPPORTED);
    make = gguf_make_lora();
    gguf_make_tensor(make, "blk.0.ffn_up_exps.weight.lora_a", 0, 32, 4, 0, 512);
    assert_status(check_lora(make), ARNY_E_UNSUPPORTED);
}

static void halves_of_a_lora_must_fit(void **state)
{
    gguf_make *make = gguf_make_lora();
    double alpha = 8;

    (void)state;
    gguf_make_tensor_drop(make, "blk.0.attn_output.weight.lora_b");
    REFUSED(check_lora(make), "has no partner .lora_b");
    make = gguf_make_lora();
    gguf_make_tensor(make, "blk.0.attn_output.weight.lora_b", 0, 8, 32, 0, 1024);
    REFUSED(check_lora(make), "has rank 4, and its partner 8");
    make = gguf_make_lora();
    gguf_make_tensor(make, "blk.0.attn_output.weight.lora_a", 0, 32, 4, 2, 1024);
    REFUSED(check_lora(make), "must be a matrix of weights");
    make = gguf_make_lora();
    gguf_make_tensor(make, "blk.0.attn_output.weight.lora_a", 26, 32, 4, 0, 512);
    REFUSED(check_lora(make), "must be a matrix of weights");
    make = gguf_make_lora();
    gguf_make_tensor(make, "blk.0.attn_q.weight", 0, 32, 32, 0, 4096);
    REFUSED(check_lora(make), "end in .lora_a or .lora_b");
    make = gguf_make_lora();
    gguf_make_value(make, "adapter.lora.alpha", MAKE_F64, &alpha, 8);
    REFUSED(check_lora(make), "adapter.lora.alpha must be a float32");
}

/* ---- estimates ----------------------------------------------------------------------------------------------- */

static arny_engine_estimate estimate_of(gguf_make *make, const arny_engine_context_options *context)
{
    arny_engine_estimate estimate;
    ar_gguf *gguf = NULL;
    size_t n = 0;
    void *data = gguf_make_finish(make, &n);

    assert_status(ar_gguf_read_memory(&gguf, data, n, "it.gguf"), ARNY_OK);
    ar_gguf_estimate_header(&estimate, gguf, NULL, context);
    ar_gguf_free(gguf);
    free(data);
    return estimate;
}

static void estimates_grow_with_the_context(void **state)
{
    arny_engine_context_options context = {.length = 16, .batch = 16, .outputs = 1};
    arny_engine_estimate before = estimate_of(gemma3(), &context);

    (void)state;
    for (context.length = 64; context.length < 1 << 20; context.length *= 2) {
        arny_engine_estimate now = estimate_of(gemma3(), &context);

        assert_true(now.kv >= before.kv && now.compute >= before.compute && now.weights == before.weights);
        assert_true(context.length <= 256 || now.kv > before.kv);
        before = now;
    }
}

static void estimates_grow_with_batch_and_outputs_and_width_of_kv(void **state)
{
    arny_engine_context_options context = {.length = 2048, .batch = 32, .outputs = 1};
    arny_engine_estimate small = estimate_of(gemma3(), &context), now;

    (void)state;
    context.batch = 512;
    now = estimate_of(gemma3(), &context);
    assert_true(now.compute > small.compute && now.kv == small.kv);
    small = now;
    context.outputs = 64;
    now = estimate_of(gemma3(), &context);
    assert_true(now.compute > small.compute && now.kv == small.kv);
    context.outputs = 1;
    context.kv_type = ARNY_KV_Q8_0;
    now = estimate_of(gemma3(), &context);
    assert_true(now.kv < small.kv);
}

static void kv_follows_heads_of_each_layer(void **state)
{
    arny_engine_context_options context = {.length = 256, .batch = 16, .outputs = 1};
    gguf_make *make = gemma3();
    const uint32_t heads[6] = {2, 2, 2, 1, 1, 1};
    int64_t all, some;

    (void)state;
    all = estimate_of(gemma3(), &context).kv;
    gguf_make_array(make, "gemma3.attention.head_count_kv", MAKE_U32, heads, 6, 4);
    some = estimate_of(make, &context).kv;
    /* three heads fewer, of 16 + 16 elements of 2 bytes, in 256 cells */
    assert_int_equal(all - some, 3 * 32 * 2 * 256);
}

static void an_estimate_of_absurd_sizes_stays_a_number(void **state)
{
    arny_engine_context_options context = {.length = INT32_MAX, .batch = INT32_MAX, .outputs = INT32_MAX};
    gguf_make *make = gguf_make_bare();
    arny_engine_estimate estimate;

    (void)state;
    gguf_make_u32(make, "llama.block_count", 512);
    gguf_make_u32(make, "llama.embedding_length", 1 << 20);
    gguf_make_u32(make, "llama.feed_forward_length", 1 << 24);
    gguf_make_u32(make, "llama.attention.head_count", 1 << 16);
    gguf_make_u32(make, "llama.attention.key_length", 1 << 20);
    gguf_make_u32(make, "llama.attention.value_length", 1 << 20);
    estimate = estimate_of(make, &context);
    assert_true(estimate.kv > 0 && estimate.compute > 0);
    assert_true(estimate.weights + estimate.kv + estimate.compute + estimate.adapter > 0);
}

static void an_estimate_of_files_counts_the_adapter(void **state)
{
    arny_engine_context_options context = {.length = 256, .batch = 16, .outputs = 1};
    arny_engine_estimate estimate;
    size_t n = 0;
    void *data = gguf_make_finish(gguf_make_tiny(), &n);
    char *model = test_path(test_tmpdir(), "tiny.gguf"), *lora = test_path(test_tmpdir(), "lora.gguf");

    (void)state;
    test_write(model, data, n);
    free(data);
    data = gguf_make_finish(gguf_make_lora(), &n);
    test_write(lora, data, n);
    free(data);
    assert_status(ar_gguf_estimate(&estimate, model, lora, NULL, &context), ARNY_OK);
    assert_true(estimate.adapter >= 2 * 32 * 4 * 4);
    assert_status(ar_gguf_estimate(&estimate, model, NULL, NULL, &context), ARNY_OK);
    assert_int_equal(estimate.adapter, 0);
    assert_status(ar_gguf_estimate(&estimate, "/nowhere.gguf", NULL, NULL, &context), ARNY_E_NOT_FOUND);
    assert_int_equal(estimate.weights, 0);
    free(model);
    free(lora);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_model_passes),
        cmocka_unit_test(version_2_passes_too),
        cmocka_unit_test(a_larger_alignment_passes),
        cmocka_unit_test(the_description_says_what_the_header_says),
        cmocka_unit_test(quantization_is_the_type_of_most_bytes_of_matrices),
        cmocka_unit_test(long_names_are_cut_at_a_character),
        cmocka_unit_test(metadata_is_found_by_key_and_kind),
        cmocka_unit_test(dropped_arrays_leave_counts_and_all_else),
        cmocka_unit_test(a_file_is_read_as_its_bytes_are),
        cmocka_unit_test(a_header_longer_than_one_read_is_read_whole),
        cmocka_unit_test(what_is_no_regular_file_is_refused),
#ifdef ARNY_FAULTS
        cmocka_unit_test(every_failed_allocation_and_read_is_told),
#endif
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(counts_that_cannot_be_are_refused),
        cmocka_unit_test(keys_must_be_short_printable_and_unique),
        cmocka_unit_test(key_lengths_beyond_the_file_are_refused),
        cmocka_unit_test(string_lengths_beyond_the_file_are_refused),
        cmocka_unit_test(unknown_value_types_are_refused),
        cmocka_unit_test(arrays_of_arrays_are_refused),
        cmocka_unit_test(array_counts_beyond_the_file_are_refused),
        cmocka_unit_test(bools_must_be_0_or_1),
        cmocka_unit_test(text_must_be_utf8_without_nul),
        cmocka_unit_test(odd_alignments_are_refused),
        cmocka_unit_test(tensor_names_must_be_short_printable_and_unique),
        cmocka_unit_test(dimensions_that_cannot_be_are_refused),
        cmocka_unit_test(types_that_are_unknown_or_given_up_are_refused),
        cmocka_unit_test(rows_must_be_whole_blocks),
        cmocka_unit_test(offsets_must_be_where_the_tensor_belongs),
        cmocka_unit_test(data_beyond_the_file_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_change_of_one_byte_crashes),
        cmocka_unit_test(every_type_has_the_size_of_its_blocks),
        cmocka_unit_test(what_is_no_model_is_refused_with_its_kind),
        cmocka_unit_test(sizes_of_the_model_are_required_and_bounded),
        cmocka_unit_test(arrays_by_layer_must_have_one_number_each),
        cmocka_unit_test(heads_that_do_not_fit_are_refused),
        cmocka_unit_test(numbers_that_end_llama_cpp_are_refused),
        cmocka_unit_test(experts_that_cannot_be_are_refused),
        cmocka_unit_test(a_window_that_no_layer_uses_is_refused),
        cmocka_unit_test(the_embedding_must_fit_width_and_vocabulary),
        cmocka_unit_test(tensors_of_types_that_cannot_be_computed_are_refused),
        cmocka_unit_test(a_token_must_not_come_twice),
        cmocka_unit_test(tokens_that_differ_behind_a_nul_are_the_same),
        cmocka_unit_test(columns_of_the_vocabulary_must_have_its_length),
        cmocka_unit_test(the_vocabulary_must_be_an_array_of_strings),
        cmocka_unit_test(unknown_tokenizers_are_not_supported),
        cmocka_unit_test(special_tokens_must_be_in_the_vocabulary),
        cmocka_unit_test(a_bert_vocabulary_needs_its_two_special_tokens),
        cmocka_unit_test(encoders_are_told_from_models_that_answer),
        cmocka_unit_test(endless_tokens_are_refused),
        cmocka_unit_test(a_vocabulary_alone_passes_as_one),
        cmocka_unit_test(a_lora_passes_as_an_adapter_only),
        cmocka_unit_test(other_adapters_are_not_supported),
        cmocka_unit_test(halves_of_a_lora_must_fit),
        cmocka_unit_test(estimates_grow_with_the_context),
        cmocka_unit_test(estimates_grow_with_batch_and_outputs_and_width_of_kv),
        cmocka_unit_test(kv_follows_heads_of_each_layer),
        cmocka_unit_test(an_estimate_of_absurd_sizes_stays_a_number),
        cmocka_unit_test(an_estimate_of_files_counts_the_adapter),
    };

    return RUN(tests);
}

#endif
