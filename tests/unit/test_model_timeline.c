/* A timeline prefills what differs, and only that; whatever goes wrong, it knows what its KV cache holds. */
#include "engine/fake/fake.h"
#include "talk.h"
#include "tmp.h"

#define TOKENS_MAX 4096

static const char *folder;

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

typedef struct bench {
    ar_model *model;
    ar_timeline *timeline;
    size_t kept, prefilled;
} bench;

static ar_model *open_model(const char *json)
{
    static int number;
    char name[32];
    ar_model *model;
    snprintf(name, sizeof name, "m%d.fake", number++);
    ar_model_want want = {.path = talk_model(folder, name, json)};
    assert_status(ar_model_open(&model, &want), ARNY_OK);
    return model;
}

static int try_open(ar_timeline **out, ar_model *model, int32_t length)
{
    arny_engine_context_options options = {.length = length, .batch = 32, .outputs = 1, .threads = 1};
    return ar_timeline_open(out, model, &options, NULL);
}

static ar_timeline *open_timeline(ar_model *model, int32_t length)
{
    ar_timeline *timeline;
    assert_status(try_open(&timeline, model, length), ARNY_OK);
    return timeline;
}

static bench open_bench(const char *json)
{
    bench b = {.model = open_model(json)};
    b.timeline = open_timeline(b.model, 128);
    ar_fake_counts_reset();
    return b;
}

static void close_bench(bench *b)
{
    ar_timeline_free(b->timeline);
    ar_model_close(b->model);
    talk_assert_nothing_is_open();
}

static int try_prepare(bench *b, const char *text, const arny_engine_cancel *cancel)
{
    int32_t tokens[TOKENS_MAX];
    size_t count = talk_tokens(tokens, TOKENS_MAX, text);
    return ar_timeline_prepare(b->timeline, tokens, count, &b->kept, &b->prefilled, cancel);
}

static const float *logits(const ar_timeline *timeline)
{
    return timeline->model->engine->logits(timeline->context);
}

/* What the timeline says is what the engine holds. */
static void assert_in_step(const bench *b)
{
    assert_int_equal(b->timeline->tokens.len, b->model->engine->length(b->timeline->context));
}

/* The logits are those of a timeline that was never anything else. */
static void assert_like_fresh(bench *b, const char *text)
{
    bench fresh = {.model = b->model, .timeline = open_timeline(b->model, 128)};
    assert_status(try_prepare(&fresh, text, NULL), ARNY_OK);
    assert_memory_equal(logits(b->timeline), logits(fresh.timeline), AR_FAKE_VOCABULARY * sizeof(float));
    ar_timeline_free(fresh.timeline);
}

/* Prepares, and tells how much of it was there and how much was not. */
static void prepare(bench *b, const char *text, size_t kept, size_t prefilled)
{
    ar_fake_counts before, after;
    ar_fake_counts_get(&before);
    assert_status(try_prepare(b, text, NULL), ARNY_OK);
    ar_fake_counts_get(&after);
    assert_int_equal(b->kept, kept);
    assert_int_equal(b->prefilled, prefilled);
    assert_int_equal(after.prefilled - before.prefilled, prefilled);
    assert_string_equal(talk_text(b->timeline), text);
    assert_in_step(b);
    assert_like_fresh(b, text);
}

static int countdown(void *data)
{
    return (*(int *)data)-- <= 0;
}

static void repeat(char *out, char c, size_t count)
{
    memset(out, c, count);
    out[count] = '\0';
}

/* ---- prepare ---------------------------------------------------------------------------------------------------- */

static void only_what_differs_is_prefilled(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    prepare(&b, "hello world", 0, 11);
    prepare(&b, "hello world, hello", 11, 7);
    prepare(&b, "hello there", 6, 5);
    prepare(&b, "other", 0, 5);
    close_bench(&b);
}

static void the_last_token_is_computed_again_for_its_logits(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    prepare(&b, "hello", 0, 5);
    prepare(&b, "hello", 4, 1);
    prepare(&b, "hel", 2, 1);
    prepare(&b, "h", 0, 1);
    close_bench(&b);
}

static void what_was_generated_counts_as_held(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    prepare(&b, "ab", 0, 2);
    assert_status(ar_timeline_step(b.timeline, 'c', NULL), ARNY_OK);
    assert_status(ar_timeline_step(b.timeline, 'd', NULL), ARNY_OK);
    assert_string_equal(talk_text(b.timeline), "abcd");
    prepare(&b, "abcdef", 4, 2);
    close_bench(&b);
}

static void an_exact_state_is_extended_or_dropped_whole(void **state)
{
    (void)state;
    bench b = open_bench("{'exact_state': true}");
    prepare(&b, "abc", 0, 3);
    prepare(&b, "abcdef", 3, 3);
    prepare(&b, "abcdef", 0, 6);
    prepare(&b, "abcx", 0, 4);
    prepare(&b, "ab", 0, 2);
    close_bench(&b);
}

static void any_row_of_prompts_gives_the_logits_of_a_fresh_timeline(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        bench b = open_bench(exact ? "{'exact_state': true}" : "{}");
        unsigned seed = 7;
        for (int round = 0; round < 200; round++) {
            char text[64];
            size_t length = 1 + (size_t)rand_r(&seed) % 30;
            for (size_t i = 0; i < length; i++)
                text[i] = (char)('a' + (rand_r(&seed) % 8 == 0));
            text[length] = '\0';
            assert_status(try_prepare(&b, text, NULL), ARNY_OK);
            assert_int_equal(b.kept + b.prefilled, length);
            assert_string_equal(talk_text(b.timeline), text);
            assert_in_step(&b);
            assert_like_fresh(&b, text);
        }
        close_bench(&b);
    }
}

static void a_prompt_may_fill_the_context_and_not_more(void **state)
{
    (void)state;
    char text[130];
    bench b = open_bench("{}");
    repeat(text, 'x', 128);
    prepare(&b, text, 0, 128);
    assert_status(ar_timeline_step(b.timeline, 'x', NULL), ARNY_E_CONTEXT);
    assert_in_step(&b);
    repeat(text, 'x', 129);
    assert_status(try_prepare(&b, text, NULL), ARNY_E_CONTEXT);
    assert_error("129 tokens do not fit a context of 128");
    prepare(&b, "xy", 1, 1);
    close_bench(&b);
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static void a_cancel_in_prefill_leaves_a_prefix_that_is_used_again(void **state)
{
    (void)state;
    bench b = open_bench("{}");
    int left = 5;
    arny_engine_cancel cancel = {countdown, &left};
    assert_status(try_prepare(&b, "hello world", &cancel), ARNY_E_CANCELLED);
    assert_in_step(&b);
    assert_string_equal(talk_text(b.timeline), "hello");
    assert_int_equal(b.kept + b.prefilled, 0);
    prepare(&b, "hello world", 5, 6);
    close_bench(&b);
}

static void a_prefill_that_fails_leaves_a_prefix(void **state)
{
    (void)state;
    bench b = open_bench("{'fail': {'prefill_at': 1}}");
    assert_status(try_prepare(&b, "12345678", NULL), ARNY_E_ENGINE);
    assert_in_step(&b);
    assert_string_equal(talk_text(b.timeline), "1234");
    prepare(&b, "12345678", 4, 4);
    close_bench(&b);
}

static void a_step_that_fails_leaves_what_was_there(void **state)
{
    (void)state;
    bench b = open_bench("{'fail': {'step_at': 2}}");
    prepare(&b, "ab", 0, 2);
    assert_status(ar_timeline_step(b.timeline, 'c', NULL), ARNY_OK);
    assert_status(ar_timeline_step(b.timeline, 'd', NULL), ARNY_E_ENGINE);
    assert_in_step(&b);
    prepare(&b, "abcd", 3, 1);
    close_bench(&b);
}

static void a_context_that_the_system_cannot_hold_is_refused_before_it_is_made(void **state)
{
    (void)state;
    ar_timeline *timeline;
    ar_model *model = open_model("{'kv_bytes': 1048576}");
    assert_status(try_open(&timeline, model, 1 << 20), ARNY_E_MEMORY);
    assert_null(timeline);
    assert_error_has("a context of 1048576 tokens takes 1048");
    assert_error_has("a smaller context needs less");
    ar_model_close(model);
    talk_assert_nothing_is_open();
}

static void a_context_that_does_not_open_leaves_nothing(void **state)
{
    (void)state;
    ar_timeline *timeline;
    ar_model *model = open_model("{'fail': {'context': 'memory'}}");
    assert_status(try_open(&timeline, model, 64), ARNY_E_MEMORY);
    assert_null(timeline);
    ar_model_close(model);
    talk_assert_nothing_is_open();
}

/* ---- snapshots -------------------------------------------------------------------------------------------------- */

static void a_snapshot_comes_back_instead_of_a_prefill(void **state)
{
    (void)state;
    ar_snapshot snapshot = {0};
    bench b = open_bench("{}");
    prepare(&b, "hello", 0, 5);
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_OK);
    assert_int_equal(snapshot.tokens.len, 5);
    assert_true(snapshot.bytes > 0);
    prepare(&b, "other", 0, 5);
    ar_snapshot_restore(&snapshot, b.timeline);
    assert_string_equal(talk_text(b.timeline), "hello");
    assert_in_step(&b);
    prepare(&b, "hello you", 5, 4);
    ar_snapshot_restore(&snapshot, b.timeline); /* it can be used again, */
    prepare(&b, "hello", 4, 1);
    ar_timeline *another = b.timeline;
    b.timeline = open_timeline(b.model, 128);
    ar_snapshot_restore(&snapshot, b.timeline); /* and elsewhere */
    prepare(&b, "hello all", 5, 4);
    ar_timeline_free(another);
    ar_snapshot_drop(&snapshot);
    close_bench(&b);
}

static void a_snapshot_that_is_taken_again_is_replaced(void **state)
{
    (void)state;
    ar_snapshot snapshot = {0};
    bench b = open_bench("{}");
    prepare(&b, "hello", 0, 5);
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_OK);
    prepare(&b, "other one", 0, 9);
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_OK);
    prepare(&b, "x", 0, 1);
    ar_snapshot_restore(&snapshot, b.timeline);
    assert_string_equal(talk_text(b.timeline), "other one");
    ar_snapshot_drop(&snapshot);
    assert_int_equal(snapshot.bytes, 0);
    assert_null(snapshot.state);
    ar_snapshot_drop(&snapshot);
    close_bench(&b);
}

static void a_snapshot_of_nothing_is_nothing(void **state)
{
    (void)state;
    ar_snapshot snapshot = {0};
    bench b = open_bench("{}");
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_OK);
    assert_null(snapshot.state);
    ar_snapshot_restore(&snapshot, b.timeline);
    prepare(&b, "hello", 0, 5);
    close_bench(&b);
}

static void a_snapshot_that_does_not_restore_leaves_an_empty_timeline(void **state)
{
    (void)state;
    ar_snapshot snapshot = {0};
    bench b = open_bench("{'fail': {'restore': true}}");
    prepare(&b, "hello", 0, 5);
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_OK);
    ar_snapshot_restore(&snapshot, b.timeline);
    assert_string_equal(talk_text(b.timeline), "");
    assert_in_step(&b);
    prepare(&b, "hello", 0, 5);
    ar_snapshot_drop(&snapshot);
    close_bench(&b);
}

static void a_snapshot_that_does_not_fit_leaves_an_empty_timeline(void **state)
{
    (void)state;
    ar_snapshot snapshot = {0};
    bench b = open_bench("{}");
    prepare(&b, "a text of more than sixteen tokens", 0, 34);
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_OK);
    ar_timeline_free(b.timeline);
    b.timeline = open_timeline(b.model, 16);
    assert_status(try_prepare(&b, "abc", NULL), ARNY_OK);
    ar_snapshot_restore(&snapshot, b.timeline);
    assert_string_equal(talk_text(b.timeline), "");
    assert_in_step(&b);
    ar_snapshot_drop(&snapshot);
    close_bench(&b);
}

static void a_state_that_is_not_saved_leaves_an_empty_snapshot(void **state)
{
    (void)state;
    ar_snapshot snapshot = {0};
    bench b = open_bench("{'fail': {'save': true}}");
    prepare(&b, "hello", 0, 5);
    assert_status(ar_snapshot_take(&snapshot, b.timeline), ARNY_E_ENGINE);
    assert_null(snapshot.state);
    assert_int_equal(snapshot.tokens.len, 0);
    prepare(&b, "hello", 4, 1); /* the timeline is as it was */
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_differs_is_prefilled),
        cmocka_unit_test(the_last_token_is_computed_again_for_its_logits),
        cmocka_unit_test(what_was_generated_counts_as_held),
        cmocka_unit_test(an_exact_state_is_extended_or_dropped_whole),
        cmocka_unit_test(any_row_of_prompts_gives_the_logits_of_a_fresh_timeline),
        cmocka_unit_test(a_prompt_may_fill_the_context_and_not_more),
        cmocka_unit_test(a_cancel_in_prefill_leaves_a_prefix_that_is_used_again),
        cmocka_unit_test(a_prefill_that_fails_leaves_a_prefix),
        cmocka_unit_test(a_step_that_fails_leaves_what_was_there),
        cmocka_unit_test(a_context_that_the_system_cannot_hold_is_refused_before_it_is_made),
        cmocka_unit_test(a_context_that_does_not_open_leaves_nothing),
        cmocka_unit_test(a_snapshot_comes_back_instead_of_a_prefill),
        cmocka_unit_test(a_snapshot_that_is_taken_again_is_replaced),
        cmocka_unit_test(a_snapshot_of_nothing_is_nothing),
        cmocka_unit_test(a_snapshot_that_does_not_restore_leaves_an_empty_timeline),
        cmocka_unit_test(a_snapshot_that_does_not_fit_leaves_an_empty_timeline),
        cmocka_unit_test(a_state_that_is_not_saved_leaves_an_empty_snapshot),
    };
    folder = test_tmpdir();
    return RUN(tests);
}
