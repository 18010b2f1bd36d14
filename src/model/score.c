/* model/score.c - how well a model predicts a text. */
#include "model/handle.h"
#include "util/status.h"

#define WINDOW     512 /* tokens that a prediction sees at most, where no context was asked for */
#define WINDOW_MIN 16
#define GROUP      64 /* tokens that are scored at once: so many rows of logits are in memory */

static int open_window(ar_timeline **out, const arny_model *model)
{
    int32_t window = model->context ? model->context : WINDOW, trained = model->file->info->context;
    if (trained > 0 && window > trained)
        window = trained < WINDOW_MIN ? WINDOW_MIN : trained;
    arny_engine_context_options options = {
        .length = window,
        .batch = model->batch > GROUP ? model->batch : GROUP,
        .outputs = GROUP,
        .threads = model->threads,
    };
    return ar_timeline_open(out, model->file, &options, model->adapter);
}

/* Adds the log-probabilities of all tokens but the first, each after those before it. */
static int score_window(double *log_probability, ar_timeline *timeline, const int32_t *tokens, size_t count,
                        const arny_engine_cancel *cancel)
{
    const arny_engine *engine = timeline->model->engine;
    int status = engine->truncate(timeline->context, 0);
    if (!status)
        status = engine->prefill(timeline->context, tokens, 1, cancel);
    for (size_t at = 1; at < count && !status;) {
        size_t starts[] = {0, count - at < GROUP ? count - at : GROUP};
        double sum = 0;
        status = engine->score(&sum, timeline->context, tokens + at, starts, 1, cancel);
        *log_probability += sum;
        at += starts[1];
        if (!status && at < count)
            status = engine->prefill(timeline->context, tokens + at - starts[1], starts[1], cancel);
    }
    return status;
}

/* Windows that do not overlap, each as full as it can be; one of a single token has nothing to predict. */
static int score(double *nats, size_t *scored, ar_model_call *call, const ar_tokens *text)
{
    arny_engine_cancel cancel = {ar_model_cancel_asked, call};
    double log_probability = 0;
    ar_timeline *timeline;
    int status = open_window(&timeline, call->model);
    if (status)
        return status;
    size_t window = timeline->capacity, count = 0;
    for (size_t at = 0; at + 1 < text->len && !status; at += window) {
        size_t here = text->len - at < window ? text->len - at : window;
        status = score_window(&log_probability, timeline, text->ptr + at, here, &cancel);
        count += here - 1;
    }
    ar_timeline_free(timeline);
    if (status)
        return status;
    *nats = -log_probability;
    *scored = count;
    return ARNY_OK;
}

int arny_model_score(double *nats, size_t *scored, arny_model *model, const char *text)
{
    if (!nats || !scored || !model || !text)
        return ar_fail(ARNY_E_ARGUMENT, "arny_model_score needs places for the sum and the count, a model and a text");
    *nats = 0;
    *scored = 0;
    ar_tokens tokens;
    int status = ar_model_words(&tokens, model, text, 1);
    if (!status && tokens.len < 2)
        status = ar_fail(ARNY_E_DATA, "the text has %zu tokens: 2 or more can be scored", tokens.len);
    ar_model_call call = {.unheard = NULL};
    if (!status) {
        ar_model_enter(&call, model);
        status = ar_model_wait(&call);
        if (!status) {
            status = score(nats, scored, &call, &tokens);
            ar_queue_lock_leave(&model->lock);
        }
    }
    ar_tokens_free(&tokens);
    return status;
}
