/* An embedding is of the words of a message, has length 1, and costs no more than 128 tokens however long the message
 * is. Embeddings are computed once; the file that keeps them is believed only where it is whole and of this model. */
#include "check.h"
#include "engine/fake/fake.h"
#include "gateway/embed.h"
#include "gateway/vectors.h"
#include "talk.h"
#include "tmp.h"
#include "util/fault.h"

#include <dirent.h>
#include <math.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define MOST_WIDTH 64
#define WIDTH      8

typedef struct bench {
    ar_model *model;
    ar_timeline *timeline;
} bench;

static bench open_sized(const char *json, int32_t length)
{
    bench b = {0};
    ar_model_want want = {.path = talk_model(test_tmpdir(), "m.fake", json)};
    arny_engine_context_options options = {
        .length = length, .batch = length, .outputs = 1, .threads = 1, .embedding = 1};
    assert_status(ar_model_open(&b.model, &want), ARNY_OK);
    assert_status(ar_timeline_open(&b.timeline, b.model, &options, NULL), ARNY_OK);
    return b;
}

static bench open_bench(const char *json)
{
    return open_sized(json, AR_EMBED_TOKENS);
}

static void close_bench(bench *b)
{
    ar_timeline_free(b->timeline);
    ar_model_close(b->model);
    talk_assert_nothing_is_open();
}

/* Its embedding, and how many tokens it has. */
static size_t embed(float *out, bench *b, const char *prefix, const char *message)
{
    size_t tokens = 0;
    assert_status(ar_embed(out, &tokens, b->timeline, prefix, message, NULL), ARNY_OK);
    return tokens;
}

static void assert_same(bench *b, const char *prefix, const char *message, const char *other_prefix, const char *other)
{
    float x[MOST_WIDTH], y[MOST_WIDTH];
    embed(x, b, prefix, message);
    embed(y, b, other_prefix, other);
    assert_memory_equal(x, y, WIDTH * sizeof *x);
}

static void assert_different(bench *b, const char *message, const char *other)
{
    float x[MOST_WIDTH], y[MOST_WIDTH];
    embed(x, b, "", message);
    embed(y, b, "", other);
    assert_memory_not_equal(x, y, WIDTH * sizeof *x);
}

static int yes(void *data)
{
    ++*(int *)data;
    return 1;
}

static int countdown(void *data)
{
    return (*(int *)data)-- <= 0;
}

/* `count` copies of a text. Freed by the caller. */
static char *repeat(const char *text, size_t count)
{
    size_t bytes = strlen(text);
    char *all = malloc(bytes * count + 1);
    if (!all)
        abort();
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * bytes, text, bytes);
    all[bytes * count] = '\0';
    return all;
}

/* The three behind one another. Borrowed until the next call. */
static const char *joined(const char *head, const char *middle, const char *tail)
{
    static char text[1 << 18];
    int bytes = snprintf(text, sizeof text, "%s%s%s", head, middle, tail);
    assert_true(bytes > 0 && (size_t)bytes < sizeof text);
    return text;
}

/* ---- one message ------------------------------------------------------------------------------------------------ */

static void an_embedding_has_length_1(void **state)
{
    static const int widths[] = {1, 2, 8, 64};
    static const char *const messages[] = {"a", "Solve 2x = 4", "", "...", "\xf0\x9f\x98\x80"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char json[32];
        snprintf(json, sizeof json, "{'embedding': %d}", widths[i]);
        bench b = open_bench(json);
        for (size_t m = 0; m < 5; m++) {
            float x[MOST_WIDTH + 1] = {0};
            double sum = 0;
            x[widths[i]] = 77;
            embed(x, &b, "", messages[m]);
            for (int d = 0; d < widths[i]; d++)
                sum += (double)x[d] * x[d];
            assert_true(fabs(sum - 1) < 1e-6);
            assert_true(x[widths[i]] == 77); /* as wide as the model says */
        }
        close_bench(&b);
    }
}

static void the_same_words_have_the_same_embedding_whatever_stands_between(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    assert_same(&b, "", "Solve 2x = 4", "", "  Solve\n\n2x\t=  \r\n4 \v\f ");
    assert_same(&b, "", "a b", "", "\na\n\n\nb\n");
    assert_same(&b, "query: ", "a b", "query: ", "\ta  b ");
    assert_different(&b, "Solve 2x = 4", "Solve 2x = 5");
    assert_different(&b, "a b", "ab");
    size_t tokens = embed((float[WIDTH]){0}, &b, "", "a b");
    assert_int_equal(tokens, 1 + 3); /* with the one that begins a text */
    assert_int_equal(embed((float[WIDTH]){0}, &b, "", " \n a \n\n b "), tokens);
    close_bench(&b);
}

static void the_prefix_stands_in_front_as_it_is(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    assert_same(&b, "query: ", "hello", "", "query: hello");
    assert_same(&b, "que", "ry", "", "query");
    assert_int_equal(embed((float[WIDTH]){0}, &b, "a  b\n", " c "), 1 + 5 + 1);
    float with[WIDTH], without[WIDTH];
    embed(with, &b, "query: ", "hello");
    embed(without, &b, "", "hello");
    assert_memory_not_equal(with, without, sizeof with);
    close_bench(&b);
}

static void markup_in_a_message_is_text(void **state)
{
    float x[WIDTH];
    (void)state;
    bench b = open_bench("{}");
    assert_int_equal(embed(x, &b, "", "<|im_end|>"), 1 + 10);
    assert_int_equal(embed(x, &b, "", "[FAKE]"), 1 + 6); /* which the vocabulary has as one token */
    assert_int_equal(embed(x, &b, "[FAKE]", "<tool>"), 1 + 12);
    close_bench(&b);
}

static void a_vocabulary_may_begin_texts_with_nothing(void **state)
{
    float x[WIDTH];
    size_t tokens;
    (void)state;
    bench b = open_bench("{'add_bos': false}");
    assert_int_equal(embed(x, &b, "", "abc"), 3);
    assert_status(ar_embed(x, &tokens, b.timeline, "", " \n ", NULL), ARNY_E_DATA);
    assert_error_has("no words");
    assert_int_equal(embed(x, &b, "query:", ""), 6);
    assert_status(ar_embed(x, NULL, b.timeline, "", "abc", NULL), ARNY_OK); /* nobody wants to know how many */
    close_bench(&b);
}

/* ---- long messages ---------------------------------------------------------------------------------------------- */

static void of_a_long_message_both_ends_are_read(void **state)
{
    float x[WIDTH];
    char *middle = repeat("word ", 20000), *other = repeat("else ", 20000), *odd = repeat("w", 100000);
    (void)state;
    bench b = open_bench("{}");
    const char *const middles[] = {middle, odd};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(embed(x, &b, "", joined("begin ", middles[i], " end")), AR_EMBED_TOKENS - 1);
        char *base = strdup(joined("begin ", middles[i], " end"));
        assert_different(&b, base, joined("begin ", middles[i], " fin"));
        assert_different(&b, base, joined("start ", middles[i], " end"));
        free(base);
    }
    assert_different(&b, middle, other);

    /* What lies between is not. */
    char *same = repeat("word ", 150), *wide = strdup(joined(same, middle, same));
    assert_same(&b, "", wide, "", joined(same, other, same));
    free(wide);
    free(same);
    free(middle);
    free(other);
    free(odd);
    close_bench(&b);
}

static void white_space_takes_nothing_of_what_is_read(void **state)
{
    static const size_t counts[] = {1, 100, 200, 20000};
    char *space = repeat(" \n", 1000);
    float x[WIDTH];
    (void)state;
    bench b = open_bench("{}");
    for (size_t i = 0; i < 4; i++) {
        char *words = repeat("word ", counts[i]), *wide = repeat("word\t\r\n", counts[i]);
        char *plain = strdup(joined("begin ", words, "end")), *inner = strdup(joined("begin ", wide, "end"));
        size_t tokens = embed(x, &b, "", plain);
        const char *spacious = joined(space, inner, space);
        assert_int_equal(embed(x, &b, "", spacious), tokens);
        assert_same(&b, "", spacious, "", plain);
        free(inner);
        free(plain);
        free(words);
        free(wide);
    }
    free(space);
    close_bench(&b);
}

static void messages_of_each_length_are_read_within_bounds(void **state)
{
    char *text = repeat("ab cd ", 300);
    float x[WIDTH];
    (void)state;
    bench b = open_bench("{}");
    for (size_t bytes = 0; bytes <= 1800; bytes += bytes < 140 || (bytes > 1380 && bytes < 1420) ? 1 : 37) {
        char *message = strdup(text);
        message[bytes] = '\0';
        size_t trimmed = bytes - (bytes % 6 == 0 && bytes > 0) - (bytes % 6 == 3); /* without a space at its end */
        size_t tokens = embed(x, &b, "", message);
        assert_int_equal(tokens, trimmed + 1 < AR_EMBED_TOKENS - 1 ? trimmed + 1 : AR_EMBED_TOKENS - 1);
        free(message);
    }
    free(text);
    close_bench(&b);
}

static void a_long_message_is_cut_between_characters(void **state)
{
    static const char *const characters[] = {"\xc3\xbc", "\xe6\x97\xa5", "\xf0\x9f\x98\x80"};
    (void)state;
    bench b = open_bench("{'add_bos': false}");
    for (size_t i = 0; i < 3; i++)
        for (size_t shift = 0; shift < 5; shift++) {
            float x[WIDTH];
            char *all = repeat(characters[i], 1000), *message = strdup(joined(&"aaaa"[4 - shift], all, "!"));
            assert_int_equal(embed(x, &b, "", message), AR_EMBED_TOKENS - 1);
            free(message);
            free(all);
        }
    close_bench(&b);
}

static void a_long_prefix_leaves_the_end_of_the_message(void **state)
{
    char *prefix = repeat("p", 1000);
    float x[WIDTH], y[WIDTH];
    (void)state;
    bench b = open_bench("{}");
    assert_int_equal(embed(x, &b, prefix, "one end"), AR_EMBED_TOKENS - 1);
    embed(y, &b, prefix, "one fin");
    assert_memory_not_equal(x, y, sizeof x);
    free(prefix);
    close_bench(&b);
}

static void a_context_that_is_smaller_reads_less(void **state)
{
    float x[WIDTH];
    (void)state;
    for (int32_t length = 16; length <= 256; length *= 2) {
        bench b = open_sized("{}", length);
        size_t most = length < AR_EMBED_TOKENS ? (size_t)length : AR_EMBED_TOKENS;
        assert_int_equal(embed(x, &b, "", talk_long(100000)), most - 1);
        close_bench(&b);
    }
}

static void an_encoder_reads_a_token_that_closes_the_text(void **state)
{
    float x[WIDTH];
    (void)state;
    bench b = open_bench("{}");
    const arny_engine_model_info *decoder = b.model->info;
    arny_engine_model_info encoder = *decoder;
    encoder.generates = 0;
    b.model->info = &encoder;
    assert_int_equal(embed(x, &b, "", "abc"), 1 + 3 + 1);
    assert_int_equal(embed(x, &b, "", talk_long(100000)), AR_EMBED_TOKENS);
    encoder.eos = -1; /* it has none */
    assert_int_equal(embed(x, &b, "", "abc"), 1 + 3);
    b.model->info = decoder;
    close_bench(&b);
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static void what_the_engine_says_is_passed_on(void **state)
{
    float x[WIDTH];
    (void)state;
    bench b = open_bench("{'fail': {'embed': true}}");
    assert_status(ar_embed(x, NULL, b.timeline, "", "hello", NULL), ARNY_E_ENGINE);
    assert_error_has("told to fail");
    close_bench(&b);
}

static void an_engine_without_embeddings_says_so(void **state)
{
    float x[WIDTH];
    (void)state;
    bench b = open_bench("{}");
    const arny_engine *engine = b.model->engine;
    arny_engine mute = *engine;
    mute.embed = NULL;
    b.model->engine = &mute;
    assert_status(ar_embed(x, NULL, b.timeline, "", "hello", NULL), ARNY_E_UNSUPPORTED);
    assert_error_has("m.fake: the engine \"fake\" gives no embeddings");
    b.model->engine = engine;
    close_bench(&b);
}

static void an_embedding_can_be_cancelled(void **state)
{
    float x[WIDTH], y[WIDTH];
    int cancelled = 0;
    (void)state;
    bench b = open_bench("{}");
    embed(x, &b, "", "Solve 2x = 4");
    for (int after = 0;; after += 3) {
        int left = after;
        arny_engine_cancel cancel = {countdown, &left};
        int status = ar_embed(y, NULL, b.timeline, "", "Solve 2x = 4", &cancel);
        if (status == ARNY_OK)
            break;
        assert_status(status, ARNY_E_CANCELLED);
        cancelled++;
    }
    assert_true(cancelled > 2);
    assert_memory_equal(x, y, sizeof x);
    close_bench(&b);
}

/* ---- vectors ---------------------------------------------------------------------------------------------------- */

static const ar_digest digest = {{1, 2, 3}};

static ar_vectors *vectors_for(const char *prefix)
{
    ar_vectors *vectors;
    assert_status(ar_vectors_new(&vectors, WIDTH, prefix, &digest), ARNY_OK);
    return vectors;
}

static const float *get(ar_vectors *vectors, bench *b, const char *text)
{
    const float *row = NULL;
    assert_status(ar_vectors_get(&row, NULL, vectors, b->timeline, text, NULL), ARNY_OK);
    assert_non_null(row);
    return row;
}

/* The row is the text's embedding. */
static void assert_row(const float *row, bench *b, const char *prefix, const char *text)
{
    float x[WIDTH];
    assert_non_null(row);
    embed(x, b, prefix, text);
    assert_memory_equal(row, x, sizeof x);
}

static void a_text_is_embedded_once(void **state)
{
    int asked = 0;
    arny_engine_cancel never = {yes, &asked};
    const float *row, *again = NULL;
    size_t tokens = 0;
    (void)state;
    bench b = open_bench("{}");
    ar_vectors *vectors = vectors_for("query: ");
    assert_null(ar_vectors_find(vectors, &tokens, "hello"));
    assert_int_equal(tokens, 0);
    row = get(vectors, &b, "hello");
    assert_row(row, &b, "query: ", "hello");
    assert_status(ar_vectors_get(&again, &tokens, vectors, b.timeline, "hello", &never), ARNY_OK);
    assert_ptr_equal(again, row);
    assert_int_equal(asked, 0); /* nothing was computed that could be cancelled */
    assert_int_equal(tokens, 1 + 7 + 5);
    tokens = 0;
    assert_ptr_equal(ar_vectors_find(vectors, &tokens, "hello"), row);
    assert_int_equal(tokens, 13);
    assert_ptr_equal(ar_vectors_find(vectors, NULL, "hello"), row);
    assert_null(ar_vectors_find(vectors, NULL, "Hello"));
    assert_null(ar_vectors_find(vectors, NULL, ""));
    ar_vectors_free(vectors);
    ar_vectors_free(NULL);
    close_bench(&b);
}

static void rows_stay_where_they_are_however_many_come(void **state)
{
    enum { COUNT = 3000 };
    static const float *rows[COUNT];
    char text[32];
    (void)state;
    bench b = open_bench("{}");
    ar_vectors *vectors = vectors_for("");
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "message %zu", i);
        rows[i] = get(vectors, &b, text);
    }
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "message %zu", i);
        assert_ptr_equal(ar_vectors_find(vectors, NULL, text), rows[i]);
        assert_row(rows[i], &b, "", text);
    }
    assert_null(ar_vectors_find(vectors, NULL, "message 3000"));
    ar_vectors_free(vectors);
    close_bench(&b);
}

static void what_is_cancelled_or_fails_is_not_kept(void **state)
{
    int asked = 0;
    arny_engine_cancel now = {yes, &asked};
    const float *row = NULL;
    (void)state;
    bench b = open_bench("{}");
    ar_vectors *vectors = vectors_for("");
    assert_status(ar_vectors_get(&row, NULL, vectors, b.timeline, "hello", &now), ARNY_E_CANCELLED);
    assert_int_equal(asked, 1);
    assert_null(ar_vectors_find(vectors, NULL, "hello"));
    assert_row(get(vectors, &b, "hello"), &b, "", "hello");
    ar_vectors_free(vectors);
    close_bench(&b);

    b = open_bench("{'fail': {'embed': true}}");
    vectors = vectors_for("");
    assert_status(ar_vectors_get(&row, NULL, vectors, b.timeline, "hello", NULL), ARNY_E_ENGINE);
    assert_null(ar_vectors_find(vectors, NULL, "hello"));
    ar_vectors_free(vectors);
    close_bench(&b);
}

/* ---- their file ------------------------------------------------------------------------------------------------- */

#define TEXTS 3

static const char *const texts[TEXTS] = {"hello", "Solve 2x = 4", "\xf0\x9f\x98\x80"};

/* The one file of a folder. Borrowed until the next call. */
static const char *only_file(const char *folder)
{
    static char path[600];
    struct dirent *entry;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    path[0] = '\0';
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.') {
            assert_string_equal(path, "");
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        }
    closedir(dir);
    return path;
}

static void save_texts(bench *b, const char *prefix, const char *folder)
{
    ar_vectors *vectors = vectors_for(prefix);
    for (size_t i = 0; i < TEXTS; i++)
        get(vectors, b, texts[i]);
    assert_status(ar_vectors_save(vectors, folder), ARNY_OK);
    ar_vectors_free(vectors);
}

static void assert_has_texts(const ar_vectors *vectors, bench *b, const char *prefix)
{
    for (size_t i = 0; i < TEXTS; i++) {
        float x[WIDTH];
        size_t tokens;
        assert_row(ar_vectors_find(vectors, &tokens, texts[i]), b, prefix, texts[i]);
        assert_int_equal(tokens, embed(x, b, prefix, texts[i]));
    }
}

/* Whoever loads from that folder has nothing then. */
static void assert_as_good_as_none(const char *folder, size_t width, const char *prefix, const ar_digest *model)
{
    ar_vectors *vectors;
    assert_status(ar_vectors_new(&vectors, width, prefix, model), ARNY_OK);
    ar_vectors_load(vectors, folder);
    for (size_t i = 0; i < TEXTS; i++)
        assert_null(ar_vectors_find(vectors, NULL, texts[i]));
    ar_vectors_free(vectors);
}

static void what_was_saved_is_there_the_next_time(void **state)
{
    const char *folder = test_tmpdir();
    int asked = 0;
    arny_engine_cancel never = {yes, &asked};
    const float *row;
    (void)state;
    bench b = open_bench("{}");
    save_texts(&b, "query: ", folder);
    assert_int_equal(test_entries(folder), 1);
    ar_vectors *vectors = vectors_for("query: ");
    ar_vectors_load(vectors, folder);
    assert_has_texts(vectors, &b, "query: ");
    for (size_t i = 0; i < TEXTS; i++)
        assert_status(ar_vectors_get(&row, NULL, vectors, b.timeline, texts[i], &never), ARNY_OK);
    assert_int_equal(asked, 0);

    get(vectors, &b, "one more"); /* the file takes it in */
    assert_status(ar_vectors_save(vectors, folder), ARNY_OK);
    ar_vectors_free(vectors);
    assert_int_equal(test_entries(folder), 1);
    vectors = vectors_for("query: ");
    ar_vectors_load(vectors, folder);
    assert_has_texts(vectors, &b, "query: ");
    assert_row(ar_vectors_find(vectors, NULL, "one more"), &b, "query: ", "one more");
    ar_vectors_free(vectors);
    close_bench(&b);
}

static void loading_keeps_what_is_there(void **state)
{
    const char *folder = test_tmpdir();
    (void)state;
    bench b = open_bench("{}");
    save_texts(&b, "", folder);
    ar_vectors *vectors = vectors_for("");
    const float *row = get(vectors, &b, texts[1]), *other = get(vectors, &b, "other");
    ar_vectors_load(vectors, folder);
    ar_vectors_load(vectors, folder);
    assert_ptr_equal(ar_vectors_find(vectors, NULL, texts[1]), row);
    assert_ptr_equal(ar_vectors_find(vectors, NULL, "other"), other);
    assert_has_texts(vectors, &b, "");
    ar_vectors_free(vectors);
    close_bench(&b);
}

static void many_and_none_are_saved_and_loaded(void **state)
{
    const char *folder = test_tmpdir();
    char text[32];
    (void)state;
    bench b = open_bench("{}");
    ar_vectors *vectors = vectors_for("");
    assert_status(ar_vectors_save(vectors, folder), ARNY_OK);
    ar_vectors_load(vectors, folder);
    for (size_t i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "message %zu", i);
        get(vectors, &b, text);
    }
    assert_status(ar_vectors_save(vectors, folder), ARNY_OK);
    ar_vectors_free(vectors);
    vectors = vectors_for("");
    ar_vectors_load(vectors, folder);
    for (size_t i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "message %zu", i);
        assert_row(ar_vectors_find(vectors, NULL, text), &b, "", text);
    }
    ar_vectors_free(vectors);
    close_bench(&b);
}

static void another_model_prefix_or_width_has_a_file_of_its_own(void **state)
{
    static const ar_digest other = {{1, 2, 4}};
    const char *folder = test_tmpdir();
    char *file;
    size_t bytes;
    (void)state;
    bench b = open_bench("{}");
    save_texts(&b, "", folder);
    assert_as_good_as_none(folder, WIDTH, "query: ", &digest);
    assert_as_good_as_none(folder, WIDTH, "", &other);
    assert_as_good_as_none(folder, WIDTH / 2, "", &digest);
    file = test_read(only_file(folder), &bytes);
    save_texts(&b, "query: ", folder);
    assert_int_equal(test_entries(folder), 2);
    ar_vectors *vectors = vectors_for("");
    ar_vectors_load(vectors, folder);
    assert_has_texts(vectors, &b, "");
    ar_vectors_free(vectors);

    /* Not even when it has the name. */
    const char *there = test_tmpdir();
    save_texts(&b, "query: ", there);
    test_write(only_file(there), file, bytes);
    assert_as_good_as_none(there, WIDTH, "query: ", &digest);
    free(file);
    close_bench(&b);
}

static void a_file_that_is_damaged_is_as_good_as_none(void **state)
{
    const char *folder = test_tmpdir();
    size_t bytes;
    (void)state;
    bench b = open_bench("{}");
    save_texts(&b, "", folder);
    const char *path = only_file(folder);
    char *file = test_read(path, &bytes), *changed = malloc(2 * bytes);
    if (!changed)
        abort();
    for (size_t count = 0; count < bytes; count++) { /* cut short */
        test_write(path, file, count);
        assert_as_good_as_none(folder, WIDTH, "", &digest);
    }
    for (size_t at = 0; at < bytes; at++) { /* a byte is another one */
        memcpy(changed, file, bytes);
        changed[at] ^= 0x10;
        test_write(path, changed, bytes);
        assert_as_good_as_none(folder, WIDTH, "", &digest);
    }
    memcpy(changed, file, bytes);
    memcpy(changed + bytes, file, bytes);
    for (size_t more = 1; more <= bytes; more += more < 80 ? 1 : 7) { /* something follows */
        test_write(path, changed, bytes + more);
        assert_as_good_as_none(folder, WIDTH, "", &digest);
    }
    test_write(path, file, bytes);
    ar_vectors *vectors = vectors_for("");
    ar_vectors_load(vectors, folder);
    assert_has_texts(vectors, &b, "");
    ar_vectors_free(vectors);
    free(changed);
    free(file);
    close_bench(&b);
}

static void a_folder_that_is_not_there_has_nothing_and_takes_nothing(void **state)
{
    char folder[600];
    (void)state;
    snprintf(folder, sizeof folder, "%s/none", test_tmpdir());
    assert_as_good_as_none(folder, WIDTH, "", &digest);
    ar_vectors *vectors = vectors_for("");
    assert_status(ar_vectors_save(vectors, folder), ARNY_E_WRITE);
    assert_error_has("none/embeddings-");
    assert_error_has("make the folder first");
    ar_vectors_free(vectors);
}

/* ---- faults ----------------------------------------------------------------------------------------------------- */

#ifdef ARNY_FAULTS
static bench *faulty;
static const char *store;

static int try_embed(void)
{
    float x[WIDTH];
    return ar_embed(x, NULL, faulty->timeline, "query: ", "Solve 2x = 4", NULL);
}

static int try_vectors(void)
{
    const float *row;
    char text[32];
    ar_vectors *vectors = (ar_vectors *)&store;
    int status = ar_vectors_new(&vectors, WIDTH, "", &digest);
    assert_int_equal(!vectors, status != ARNY_OK);
    for (size_t i = 0; i < 600 && !status; i++) { /* the table grows */
        snprintf(text, sizeof text, "message %zu", i);
        status = ar_vectors_get(&row, NULL, vectors, faulty->timeline, text, NULL);
    }
    if (!status)
        status = ar_vectors_save(vectors, store);
    ar_vectors_free(vectors);
    return status;
}

static ar_vectors *to_save;

static int try_save(void)
{
    return ar_vectors_save(to_save, store);
}

/* With the first operation failing, then with every `step`-th, until none does. Returns how many failed. */
static int fail_each(enum ar_fault kind, int step, int wanted, int (*attempt)(void))
{
    int failed = 0;
    for (int nth = 1;; nth += step, failed++) {
        ar_fault_arm(kind, nth, 0);
        int status = attempt();
        ar_fault_arm(kind, 0, 0);
        if (status == ARNY_OK)
            return failed;
        assert_status(status, wanted);
        assert_true(strlen(arny_last_error()) > 10);
    }
}
#endif

static void each_allocation_may_fail(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    bench b = open_bench("{}");
    faulty = &b;
    store = test_tmpdir();
    assert_true(fail_each(AR_FAULT_ALLOC, 1, ARNY_E_MEMORY, try_embed) >= 3);
    to_save = vectors_for("");
    get(to_save, &b, "hello");
    assert_true(fail_each(AR_FAULT_ALLOC, 1, ARNY_E_MEMORY, try_save) >= 3);
    ar_vectors_free(to_save);
    assert_true(fail_each(AR_FAULT_ALLOC, 31, ARNY_E_MEMORY, try_vectors) > 60);
    close_bench(&b);
#else
    SKIP_NO_FAULTS();
#endif
}

static void a_failed_write_is_told_and_leaves_the_old_file(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const enum ar_fault kinds[] = {AR_FAULT_WRITE, AR_FAULT_FSYNC, AR_FAULT_RENAME};
    bench b = open_bench("{}");
    const char *folder = test_tmpdir();
    size_t bytes;
    save_texts(&b, "", folder);
    ar_vectors *vectors = vectors_for("");
    ar_vectors_load(vectors, folder);
    get(vectors, &b, "one more");
    char *before = test_read(only_file(folder), &bytes);
    for (size_t i = 0; i < 3; i++) {
        size_t now;
        ar_fault_arm(kinds[i], 1, 0);
        assert_status(ar_vectors_save(vectors, folder), ARNY_E_WRITE);
        ar_fault_arm(kinds[i], 0, 0);
        assert_error_has("embeddings-");
        assert_int_equal(test_entries(folder), 1);
        char *after = test_read(only_file(folder), &now);
        assert_int_equal(now, bytes);
        assert_memory_equal(after, before, bytes);
        free(after);
    }
    free(before);
    ar_vectors_free(vectors);
    close_bench(&b);
#else
    SKIP_NO_FAULTS();
#endif
}

static void a_file_that_cannot_be_read_is_as_good_as_none(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    const char *folder = test_tmpdir();
    bench b = open_bench("{}");
    save_texts(&b, "", folder);
    ar_fault_arm(AR_FAULT_READ, 1, 1);
    assert_as_good_as_none(folder, WIDTH, "", &digest);
    ar_fault_arm(AR_FAULT_READ, 0, 0);
    for (int nth = 1; nth < 12; nth++) { /* and memory that is not there costs no more than time */
        ar_vectors *vectors = vectors_for("");
        ar_fault_arm(AR_FAULT_ALLOC, nth, 0);
        ar_vectors_load(vectors, folder);
        ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
        for (size_t i = 0; i < TEXTS; i++)
            assert_row(get(vectors, &b, texts[i]), &b, "", texts[i]);
        ar_vectors_free(vectors);
    }
    close_bench(&b);
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_embedding_has_length_1),
        cmocka_unit_test(the_same_words_have_the_same_embedding_whatever_stands_between),
        cmocka_unit_test(the_prefix_stands_in_front_as_it_is),
        cmocka_unit_test(markup_in_a_message_is_text),
        cmocka_unit_test(a_vocabulary_may_begin_texts_with_nothing),
        cmocka_unit_test(of_a_long_message_both_ends_are_read),
        cmocka_unit_test(white_space_takes_nothing_of_what_is_read),
        cmocka_unit_test(messages_of_each_length_are_read_within_bounds),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(a_long_prefix_leaves_the_end_of_the_message),
        cmocka_unit_test(a_context_that_is_smaller_reads_less),
        cmocka_unit_test(an_encoder_reads_a_token_that_closes_the_text),
        cmocka_unit_test(what_the_engine_says_is_passed_on),
        cmocka_unit_test(an_engine_without_embeddings_says_so),
        cmocka_unit_test(an_embedding_can_be_cancelled),
        cmocka_unit_test(a_text_is_embedded_once),
        cmocka_unit_test(rows_stay_where_they_are_however_many_come),
        cmocka_unit_test(what_is_cancelled_or_fails_is_not_kept),
        cmocka_unit_test(what_was_saved_is_there_the_next_time),
        cmocka_unit_test(loading_keeps_what_is_there),
        cmocka_unit_test(many_and_none_are_saved_and_loaded),
        cmocka_unit_test(another_model_prefix_or_width_has_a_file_of_its_own),
        cmocka_unit_test(a_file_that_is_damaged_is_as_good_as_none),
        cmocka_unit_test(a_folder_that_is_not_there_has_nothing_and_takes_nothing),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_failed_write_is_told_and_leaves_the_old_file),
        cmocka_unit_test(a_file_that_cannot_be_read_is_as_good_as_none),
    };
    return RUN(tests);
}
