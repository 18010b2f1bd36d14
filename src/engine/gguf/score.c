/* engine/gguf/score.c - log-probabilities of continuations, and embeddings. */
#include "engine/logits.h"
#include "engine/gguf/gguf.h"
#include "util/status.h"
#include <string.h>

/* Puts as many continuations as fit on branches of the timeline, each on its own sequence that shares the prefix, and
 * computes them together. Returns how many were taken, or a status. */
static int score_group(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts,
                       size_t count, const arny_engine_cancel *cancel)
{
    size_t rows = 0, taken = 0;
    int status = ARNY_OK;
    for (; taken < count && taken + 1 < context->sequences; taken++) {
        size_t from = starts[taken], inner = starts[taken + 1] - from - 1;
        if (rows + inner > context->outputs || context->length + rows + inner > context->capacity)
            break;
        for (size_t i = 0; i < inner; i++, rows++) {
            context->tokens[rows] = tokens[from + i];
            context->positions[rows] = (llama_pos)(context->length + i);
            context->seq_ids[rows] = (llama_seq_id)taken + 1;
            context->wants[rows] = 1;
        }
        if (inner > 0 && !guard_seq_copy(context->llama, 0, (llama_seq_id)taken + 1)) {
            status = ARNY_E_ENGINE;
            break;
        }
    }
    if (!status && taken == 0)
        return ar_fail(ARNY_E_CONTEXT,
                       "a continuation of %zu tokens does not fit: %zu outputs, %zu of %zu positions used",
                       starts[1] - starts[0], context->outputs, context->length, context->capacity);
    if (!status && rows > 0)
        status = ar_gguf_compute(context, rows, cancel);
    for (size_t i = 0, row = 0; i < taken && !status; i++)
        for (size_t at = starts[i] + 1; at < starts[i + 1]; at++, row++)
            out[i] += ar_log_probability(llama_get_logits_ith(context->llama, (int32_t)row),
                                         context->model->info.vocabulary, tokens[at]);
    for (size_t i = 0; i < taken; i++)
        guard_seq_remove(context->llama, (llama_seq_id)i + 1, -1);
    return status ? status : (int)taken;
}

int ar_gguf_score(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                  const arny_engine_cancel *cancel)
{
    const float *logits = ar_gguf_logits(context);
    int32_t vocabulary = context->model->info.vocabulary;
    if (!logits)
        return ar_fail(ARNY_E_ARGUMENT, "score needs the logits of the present position: prefill first");
    for (size_t i = 0; i < count; i++) {
        if (starts[i + 1] <= starts[i])
            return ar_fail(ARNY_E_ARGUMENT, "continuation %zu is empty", i);
        for (size_t at = starts[i]; at < starts[i + 1]; at++)
            if (tokens[at] < 0 || tokens[at] >= vocabulary)
                return ar_fail(ARNY_E_ARGUMENT, "token %d is not in the vocabulary", tokens[at]);
        out[i] = ar_log_probability(logits, vocabulary, tokens[starts[i]]);
    }
    int status = ARNY_OK;
    for (size_t done = 0; done < count && status >= 0; done += (size_t)status)
        status = score_group(out + done, context, tokens, starts + done, count - done, cancel);
    context->logits_row = -1;
    return status < 0 ? status : ARNY_OK;
}

int ar_gguf_embed(float *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                  const arny_engine_cancel *cancel)
{
    if (count == 0 || count > context->batch)
        return ar_fail(ARNY_E_CONTEXT, "an embedding reads 1 to %zu tokens, not %zu", context->batch, count);
    guard_clear(context->llama);
    context->length = 0;
    for (size_t i = 0; i < count; i++) {
        context->tokens[i] = tokens[i];
        context->positions[i] = (llama_pos)i;
        context->seq_ids[i] = 0;
        context->wants[i] = 1;
    }
    int status = ar_gguf_compute(context, count, cancel);
    guard_clear(context->llama);
    if (status)
        return status;
    const float *pooled = llama_get_embeddings_seq(context->llama, 0);
    if (!pooled)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s gives no pooled embedding", context->model->path);
    memcpy(out, pooled, (size_t)context->model->info.embedding * sizeof *out);
    return ARNY_OK;
}
