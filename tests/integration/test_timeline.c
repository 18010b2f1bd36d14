/* One timeline of a real model: kept, cut, saved, scored, cancelled. */
#include "real.h"
#include "util/clock.h"
#include "util/measure.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define STORY                                                                                                           \
    "The ship left the harbour at dawn, and the captain wrote the date in his book. Nobody on board knew how long the " \
    "journey would take."
#define MORE    " On the third day the wind turned north, and the sails were mended."
#define OTHER   " A lemon is a fruit; 17 lemons are a pie, said the cook to the boy, who had never seen one before."
#define MANY    512 /* room for the tokens of these */
#define GOES_ON 24

static int prefill(ar_timeline *timeline, const int32_t *tokens, size_t count)
{
    const arny_engine *engine = timeline->model->engine;
    return engine->prefill(timeline->context, tokens, count, NULL);
}

/* Empty, then the chunks, then on. */
static void fresh(int which, const int32_t *a, size_t a_count, const int32_t *b, size_t b_count, int32_t *out)
{
    ar_timeline *timeline = real_timeline(which, 512, 256, 1);
    assert_status(prefill(timeline, a, a_count), ARNY_OK);
    if (b_count > 0)
        assert_status(prefill(timeline, b, b_count), ARNY_OK);
    real_continue(timeline, out, GOES_ON);
    ar_timeline_free(timeline);
}

static void what_was_cut_off_leaves_no_trace(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        int32_t a[MANY], b[MANY], c[MANY], wanted[GOES_ON], got[GOES_ON];
        size_t a_count = real_tokens(which, a, MANY, STORY), b_count = real_tokens(which, b, MANY, MORE);
        size_t c_count = real_tokens(which, c, MANY, OTHER);
        fresh(which, a, a_count, b, b_count, wanted);
        ar_timeline *timeline = real_timeline(which, 512, 256, 1);
        const arny_engine *engine = timeline->model->engine;
        for (int round = 0; round < 2; round++) {
            assert_status(engine->truncate(timeline->context, round ? a_count : 0), ARNY_OK);
            if (round == 0)
                assert_status(prefill(timeline, a, a_count), ARNY_OK);
            assert_status(prefill(timeline, c, c_count), ARNY_OK);
            assert_status(engine->truncate(timeline->context, a_count), ARNY_OK);
            assert_null(engine->logits(timeline->context));
            assert_int_equal(engine->length(timeline->context), a_count);
            assert_status(prefill(timeline, b, b_count), ARNY_OK);
            real_continue(timeline, got, GOES_ON);
            assert_memory_equal(got, wanted, sizeof got);
        }
        ar_timeline_free(timeline);
    }
}

static void a_restored_state_goes_on_alike(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        int32_t a[MANY], wanted[GOES_ON], got[GOES_ON];
        size_t a_count = real_tokens(which, a, MANY, STORY MORE OTHER), kept, prefilled;
        ar_timeline *first = real_timeline(which, 512, 256, 1), *second = real_timeline(which, 512, 256, 1);
        ar_snapshot snapshot = {0};

        assert_status(ar_timeline_prepare(first, a, a_count, &kept, &prefilled, NULL), ARNY_OK);
        assert_status(ar_snapshot_take(&snapshot, first), ARNY_OK);
        assert_int_equal(snapshot.tokens.len, a_count);
        assert_status(ar_timeline_prepare(first, a, a_count, &kept, &prefilled, NULL), ARNY_OK);
        assert_int_equal(prefilled, 1); /* the last token, for its logits: as after a restore */
        real_continue(first, wanted, GOES_ON);

        ar_snapshot_restore(&snapshot, second);
        assert_status(ar_timeline_prepare(second, a, a_count, &kept, &prefilled, NULL), ARNY_OK);
        assert_int_equal(kept, a_count - 1);
        real_continue(second, got, GOES_ON);
        assert_memory_equal(got, wanted, sizeof got);

        /* Over another conversation, in a context that has been used. */
        int32_t c[MANY];
        size_t c_count = real_tokens(which, c, MANY, OTHER OTHER);
        assert_status(ar_timeline_prepare(first, c, c_count, &kept, &prefilled, NULL), ARNY_OK);
        ar_snapshot_restore(&snapshot, first);
        assert_status(ar_timeline_prepare(first, a, a_count, &kept, &prefilled, NULL), ARNY_OK);
        assert_int_equal(kept, a_count - 1);
        real_continue(first, got, GOES_ON);
        assert_memory_equal(got, wanted, sizeof got);

        ar_snapshot_drop(&snapshot);
        ar_timeline_free(first);
        ar_timeline_free(second);
    }
}

static void a_state_of_another_length_is_refused(void **state)
{
    (void)state;
    int32_t a[MANY];
    size_t a_count = real_tokens(REAL_SMOL, a, MANY, STORY), bytes;
    ar_timeline *timeline = real_timeline(REAL_SMOL, 256, 256, 1);
    const arny_engine *engine = timeline->model->engine;
    assert_status(prefill(timeline, a, a_count), ARNY_OK);
    size_t room = engine->state_size(timeline->context);
    void *kv = malloc(room);
    assert_status(engine->state_save(kv, room, &bytes, timeline->context), ARNY_OK);
    assert_status(engine->state_restore(timeline->context, kv, bytes, a_count + 1), ARNY_E_DATA);
    assert_int_equal(engine->length(timeline->context), 0);
    assert_status(engine->state_restore(timeline->context, kv, bytes / 2, a_count), ARNY_E_DATA);
    assert_int_equal(engine->length(timeline->context), 0);
    assert_status(engine->state_restore(timeline->context, kv, bytes, a_count), ARNY_OK);
    assert_int_equal(engine->length(timeline->context), a_count);
    free(kv);
    ar_timeline_free(timeline);
}

/* ---- score ------------------------------------------------------------------------------------------------------- */

static double log_probability(ar_timeline *timeline, int32_t token)
{
    const float *logits = timeline->model->engine->logits(timeline->context);
    int32_t vocabulary = timeline->model->info->vocabulary;
    double top = -INFINITY, sum = 0;
    for (int32_t i = 0; i < vocabulary; i++)
        top = (double)logits[i] > top ? (double)logits[i] : top;
    for (int32_t i = 0; i < vocabulary; i++)
        sum += exp((double)logits[i] - top);
    return (double)logits[token] - top - log(sum);
}

static void a_score_is_the_sum_of_the_steps(void **state)
{
    static const char *const labels[] = {" math", " wellness and sleep", " logistics", " none of these, as it seems",
                                         "\n"};
    enum { LABELS = sizeof labels / sizeof *labels };
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        int32_t a[MANY], tokens[MANY], after[GOES_ON], wanted[GOES_ON];
        size_t starts[LABELS + 1] = {0};
        double scores[LABELS];
        size_t a_count = real_tokens(which, a, MANY, STORY " The subject of this text is");
        ar_timeline *timeline = real_timeline(which, 512, 256, 32);
        const ar_model *model = timeline->model;
        for (size_t i = 0; i < LABELS; i++) {
            size_t count;
            assert_status(model->engine->tokenize(tokens + starts[i], MANY - starts[i], &count, model->open, labels[i],
                                                  strlen(labels[i])),
                          ARNY_OK);
            starts[i + 1] = starts[i] + count;
        }
        assert_status(prefill(timeline, a, a_count), ARNY_OK);
        assert_status(model->engine->score(scores, timeline->context, tokens, starts, LABELS, NULL), ARNY_OK);
        assert_int_equal(model->engine->length(timeline->context), a_count);
        assert_null(model->engine->logits(timeline->context));

        for (size_t i = 0; i < LABELS; i++) {
            double sum = 0;
            assert_status(model->engine->truncate(timeline->context, a_count - 1), ARNY_OK);
            assert_status(prefill(timeline, a + a_count - 1, 1), ARNY_OK);
            for (size_t at = starts[i]; at < starts[i + 1]; at++) {
                sum += log_probability(timeline, tokens[at]);
                assert_status(model->engine->step(timeline->context, tokens[at], NULL), ARNY_OK);
            }
            /* One by one and together are different matrix products: their rounding is not the same. */
            if (!(fabs(sum - scores[i]) < 0.02 * (double)(starts[i + 1] - starts[i])))
                fail_msg("\"%s\": score %.5f, steps %.5f", labels[i], scores[i], sum);
        }

        /* The branches left nothing behind. */
        assert_status(model->engine->truncate(timeline->context, 0), ARNY_OK);
        assert_status(prefill(timeline, a, a_count), ARNY_OK);
        real_continue(timeline, wanted, GOES_ON);
        assert_status(model->engine->truncate(timeline->context, 0), ARNY_OK);
        assert_status(prefill(timeline, a, a_count), ARNY_OK);
        assert_status(model->engine->score(scores, timeline->context, tokens, starts, LABELS, NULL), ARNY_OK);
        assert_status(model->engine->truncate(timeline->context, 0), ARNY_OK);
        assert_status(prefill(timeline, a, a_count), ARNY_OK);
        real_continue(timeline, after, GOES_ON);
        assert_memory_equal(after, wanted, sizeof after);
        ar_timeline_free(timeline);
    }
}

static void score_refuses_what_it_cannot_do(void **state)
{
    (void)state;
    int32_t a[MANY], label[2] = {10, 11};
    size_t starts[2] = {0, 2}, nothing[2] = {0, 0};
    double score;
    size_t a_count = real_tokens(REAL_SMOL, a, MANY, STORY);
    ar_timeline *timeline = real_timeline(REAL_SMOL, 256, 256, 4);
    const arny_engine *engine = timeline->model->engine;
    assert_status(engine->score(&score, timeline->context, label, starts, 1, NULL), ARNY_E_ARGUMENT);
    assert_status(prefill(timeline, a, a_count), ARNY_OK);
    assert_status(engine->score(&score, timeline->context, label, nothing, 1, NULL), ARNY_E_ARGUMENT);
    label[1] = timeline->model->info->vocabulary;
    assert_status(engine->score(&score, timeline->context, label, starts, 1, NULL), ARNY_E_ARGUMENT);
    assert_int_equal(engine->length(timeline->context), a_count);
    ar_timeline_free(timeline);
}

static double embed(float *out, ar_timeline *timeline, int which, const char *text)
{
    int32_t tokens[MANY];
    size_t count = real_tokens(which, tokens, MANY, text);
    double norm = 0;
    assert_status(timeline->model->engine->embed(out, timeline->context, tokens, count, NULL), ARNY_OK);
    for (int32_t i = 0; i < timeline->model->info->embedding; i++)
        norm += (double)out[i] * (double)out[i];
    return norm;
}

static void a_decoder_embeds(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        arny_engine_context_options options = {.length = 256, .batch = 256, .outputs = 1, .threads = 1, .embedding = 1};
        float first[4096], second[4096], other[4096];
        ar_timeline *timeline;
        if (!real_model(which)->engine->embed)
            continue;
        assert_status(ar_timeline_open(&timeline, real_model(which), &options, NULL), ARNY_OK);
        int32_t width = timeline->model->info->embedding;
        assert_in_range(width, 1, 4096);
        double norm = embed(first, timeline, which, STORY);
        assert_true(isfinite(norm) && norm > 0);
        embed(other, timeline, which, "A lemon is a fruit.");
        assert_memory_not_equal(first, other, (size_t)width * sizeof *first);
        embed(second, timeline, which, STORY);
        assert_memory_equal(first, second, (size_t)width * sizeof *first);
        ar_timeline_free(timeline);
    }
}

/* ---- cancel ------------------------------------------------------------------------------------------------------ */

typedef struct limit {
    atomic_int left; /* questions that are answered with no */
    double asked_ms; /* when the first yes was said */
} limit;

static int limit_asked(void *data)
{
    limit *l = data;
    if (atomic_fetch_sub(&l->left, 1) > 0)
        return 0;
    if (l->asked_ms == 0)
        l->asked_ms = ar_now_ms();
    return 1;
}

/* 1: it looks whether it was cancelled between computations of 64 tokens, and not within. */
static int in_pieces(int which)
{
    return real_tokenizer(which) != NULL;
}

#define AT_ONCE_MS 500 /* from the wish to the return; on a busy machine too */

static void a_cancelled_prefill_ends_at_once_and_can_be_repeated(void **state)
{
    static const int questions[] = {0, 1, 40, 200};
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        int32_t a[MANY], c[MANY], wanted[GOES_ON], got[GOES_ON];
        size_t a_count = real_tokens(which, a, MANY, STORY MORE),
               c_count = real_tokens(which, c, MANY, OTHER OTHER OTHER);
        fresh(which, a, a_count, NULL, 0, wanted);
        ar_timeline *timeline = real_timeline(which, 512, 256, 1);
        const arny_engine *engine = timeline->model->engine;
        for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
            limit l = {questions[i], 0};
            arny_engine_cancel cancel = {limit_asked, &l};
            if (in_pieces(which) && questions[i] > 1) /* there are not so many */
                continue;
            assert_status(engine->prefill(timeline->context, c, c_count, &cancel), ARNY_E_CANCELLED);
            assert_true(ar_now_ms() - l.asked_ms < AT_ONCE_MS);
            assert_null(engine->logits(timeline->context));
            if (!in_pieces(which)) /* pieces that were done stay */
                assert_int_equal(engine->length(timeline->context), 0);
            assert_in_range(engine->length(timeline->context), 0, c_count - 1);
            assert_status(engine->truncate(timeline->context, 0), ARNY_OK);
            assert_status(prefill(timeline, a, a_count), ARNY_OK);
            real_continue(timeline, got, GOES_ON);
            assert_memory_equal(got, wanted, sizeof got);
            assert_status(engine->truncate(timeline->context, 0), ARNY_OK);
        }
        ar_timeline_free(timeline);
    }
}

static void a_cancelled_step_leaves_the_timeline_as_it_was(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        int32_t a[MANY], wanted[GOES_ON], got[GOES_ON];
        size_t a_count = real_tokens(which, a, MANY, STORY);
        fresh(which, a, a_count, NULL, 0, wanted);
        ar_timeline *timeline = real_timeline(which, 512, 256, 1);
        const arny_engine *engine = timeline->model->engine;
        assert_status(prefill(timeline, a, a_count), ARNY_OK);
        real_continue(timeline, got, GOES_ON / 2);
        size_t length = engine->length(timeline->context);
        limit l = {in_pieces(which) ? 0 : 1, 0};
        arny_engine_cancel cancel = {limit_asked, &l};
        assert_status(engine->step(timeline->context, 100, &cancel), ARNY_E_CANCELLED);
        assert_true(ar_now_ms() - l.asked_ms < AT_ONCE_MS);
        assert_int_equal(engine->length(timeline->context), length);
        /* The last token once more, for the logits that the cancelled step took away. */
        assert_status(engine->truncate(timeline->context, length - 1), ARNY_OK);
        assert_status(engine->step(timeline->context, got[GOES_ON / 2 - 1], NULL), ARNY_OK);
        real_continue(timeline, got + GOES_ON / 2, GOES_ON - GOES_ON / 2);
        assert_memory_equal(got, wanted, sizeof got);
        ar_timeline_free(timeline);
    }
}

typedef struct opening {
    double stop_at, stopped_ms;
} opening;

static int on_progress(double progress, void *data)
{
    opening *o = data;
    if (progress < o->stop_at)
        return 0;
    o->stopped_ms = ar_now_ms();
    return 1;
}

static void opening_a_file_can_be_cancelled_anywhere(void **state)
{
    static const double places[] = {0, 0.3, 0.89, 0.95};
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
            options.tokenizer = real_tokenizer(which);
            opening o = {places[i], 0};
            arny_model *model;
            options.progress = on_progress;
            options.progress_data = &o;
            assert_status(arny_model_open(&model, real_path(which), &options), ARNY_E_CANCELLED);
            assert_null(model);
            assert_true(o.stopped_ms > 0);
            assert_true(ar_now_ms() - o.stopped_ms < 2 * AT_ONCE_MS);
        }
}

typedef struct heard {
    arny_model *model;
    int cancel_at, tokens, reason;
    double cancelled_ms;
    int32_t ids[256];
} heard;

static int on_event(const arny_event *event, void *data)
{
    heard *h = data;
    if (event->type == ARNY_EVENT_DONE)
        h->reason = event->reason;
    if (event->type != ARNY_EVENT_TOKEN || event->id < 0 || h->tokens == 256)
        return 0;
    h->ids[h->tokens++] = event->id;
    if (h->tokens == h->cancel_at) {
        h->cancelled_ms = ar_now_ms();
        arny_model_cancel(h->model);
    }
    return 0;
}

static void generate(heard *h, arny_model *model, const char *prompt, int32_t tokens)
{
    arny_request request = ARNY_REQUEST_INIT;
    arny_sampling greedy;
    arny_sampling_default(&greedy);
    greedy.temperature = 0;
    request.prompt = prompt;
    request.raw = 1;
    request.max_tokens = tokens;
    request.ignore_eos = 1;
    request.sampling = &greedy;
    h->model = model;
    h->tokens = h->reason = 0;
    assert_status(arny_model_generate(model, &request, on_event, h), ARNY_OK);
}

static void *cancel_soon(void *model)
{
    nanosleep(&(struct timespec){0, 60000000}, NULL);
    arny_model_cancel(model);
    return NULL;
}

/* In the middle of a long prefill or soon after it. */
static void cancel_from_another_thread(heard *cut, arny_model *model)
{
    pthread_t thread;
    char *text = calloc(1, 8 * strlen(OTHER) + 1);
    for (int i = 0; i < 8; i++)
        strcat(text, OTHER);
    cut->cancel_at = 0;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, model), 0);
    generate(cut, model, text, 600);
    pthread_join(thread, NULL);
    free(text);
    assert_int_equal(cut->reason, ARNY_REASON_CANCELLED);
}

static void a_cancelled_answer_ends_and_the_next_one_is_whole(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
        options.tokenizer = real_tokenizer(which);
        arny_model *model;
        static heard whole, cut, again;
        options.context = 1024;
        options.threads = 1;
        memset(&cut, 0, sizeof cut);
        assert_status(arny_model_open(&model, real_path(which), &options), ARNY_OK);
        generate(&whole, model, STORY, 32);
        assert_int_equal(whole.reason, ARNY_REASON_LENGTH);
        cut.cancel_at = 5;
        generate(&cut, model, OTHER, 200);
        assert_int_equal(cut.reason, ARNY_REASON_CANCELLED);
        assert_int_equal(cut.tokens, 5);
        assert_true(ar_now_ms() - cut.cancelled_ms < AT_ONCE_MS);

        if (!in_pieces(which)) /* a tiny model is done before */
            cancel_from_another_thread(&cut, model);

        generate(&again, model, STORY, 32);
        assert_int_equal(again.tokens, whole.tokens);
        assert_memory_equal(again.ids, whole.ids, 32 * sizeof *whole.ids);
        arny_model_free(model);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void a_context_that_does_not_fit_is_refused_before_anything_is_taken(void **state)
{
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        static const int32_t lengths[] = {1 << 28, 1 << 30, INT32_MAX};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            arny_engine_context_options options = {.length = lengths[i], .batch = 512, .outputs = 1, .threads = 1};
            ar_usage before, after;
            ar_timeline *timeline;
            real_model(which);
            ar_measure(&before);
            int status = ar_timeline_open(&timeline, real_model(which), &options, NULL);
            if (in_pieces(which)) { /* the file says how long it may be */
                assert_int_equal(status, ARNY_E_ARGUMENT);
                assert_error_has("exported for 1024 and no more");
            } else {
                assert_int_equal(status, ARNY_E_MEMORY);
                assert_error_has("a smaller context needs less");
            }
            assert_null(timeline);
            ar_measure(&after);
            assert_true(after.peak - before.peak < 1 << 20);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_cut_off_leaves_no_trace),
        cmocka_unit_test(a_restored_state_goes_on_alike),
        cmocka_unit_test(a_state_of_another_length_is_refused),
        cmocka_unit_test(a_score_is_the_sum_of_the_steps),
        cmocka_unit_test(score_refuses_what_it_cannot_do),
        cmocka_unit_test(a_decoder_embeds),
        cmocka_unit_test(a_cancelled_prefill_ends_at_once_and_can_be_repeated),
        cmocka_unit_test(a_cancelled_step_leaves_the_timeline_as_it_was),
        cmocka_unit_test(opening_a_file_can_be_cancelled_anywhere),
        cmocka_unit_test(a_cancelled_answer_ends_and_the_next_one_is_whole),
        cmocka_unit_test(a_context_that_does_not_fit_is_refused_before_anything_is_taken),
    };
    return real_ready() ? RUN(tests) : REAL_SKIPPED;
}
