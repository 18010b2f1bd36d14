/* engine/pte/score.c - log-probabilities of continuations. */
#include "engine/logits.h"
#include "engine/pte/pte.h"
#include "util/status.h"

/* The tokens after the first one. Each run says what follows its last token; a method with a row of logits for each token says
 * all of it in one run. */
static int score_rest(double *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                      const arny_engine_cancel *cancel)
{
    int32_t vocabulary = context->model->info.vocabulary;
    size_t start = context->length;
    int status = ARNY_OK;
    for (size_t at = 0; at + 1 < count && !status;) {
        size_t piece = count - 1 - at < context->chunk && context->model->full_logits ? count - 1 - at : 1, rows = 0;
        float *logits;
        if (cancel && cancel->asked && cancel->asked(cancel->data))
            status = ar_fail(ARNY_E_CANCELLED, "cancelled");
        else
            status = ar_pte_append(&logits, &rows, context, tokens + at, piece);
        for (size_t i = 0; i < rows && !status; i++)
            *out += ar_log_probability(logits + i * (size_t)vocabulary, vocabulary, tokens[at + i + 1]);
        at += piece;
    }
    context->length = start;
    return status;
}

int ar_pte_score(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                 const arny_engine_cancel *cancel)
{
    int32_t vocabulary = context->model->info.vocabulary;
    int status = ARNY_OK;
    if (!context->logits)
        return ar_fail(ARNY_E_ARGUMENT, "score needs the logits of the present position: prefill first");
    for (size_t i = 0; i < count; i++) {
        if (starts[i + 1] <= starts[i])
            return ar_fail(ARNY_E_ARGUMENT, "continuation %zu is empty", i);
        if (context->length + (starts[i + 1] - starts[i]) - 1 > context->capacity)
            return ar_fail(ARNY_E_CONTEXT, "a continuation of %zu tokens does not fit: %zu of %zu positions used",
                           starts[i + 1] - starts[i], context->length, context->capacity);
        for (size_t at = starts[i]; at < starts[i + 1]; at++)
            if (tokens[at] < 0 || tokens[at] >= vocabulary)
                return ar_fail(ARNY_E_ARGUMENT, "token %d is not in the vocabulary", tokens[at]);
        out[i] = ar_log_probability(context->logits, vocabulary, tokens[starts[i]]);
    }
    for (size_t i = 0; i < count && !status; i++)
        status = score_rest(&out[i], context, tokens + starts[i], starts[i + 1] - starts[i], cancel);
    context->logits = NULL;
    return status;
}
