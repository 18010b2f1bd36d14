/* engine/fake/fake_score.c - log-probabilities of continuations, and embeddings. */
#include "engine/logits.h"
#include "engine/fake/fake_private.h"

#include <math.h>

/* One continuation; leaves its tokens, but the last, on the timeline. */
static int score_one(double *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                     const arny_engine_cancel *cancel)
{
    int status = ar_fake_check_tokens(context, tokens, count, 0);
    if (!status && count == 0)
        status = arny_engine_fail(ARNY_E_ARGUMENT, "a continuation has no tokens");
    *out = 0;
    for (size_t i = 0; i < count && !status; i++) {
        ar_fake_compute(context, context->scratch);
        *out += ar_log_probability(context->scratch, AR_FAKE_VOCABULARY, tokens[i]);
        if (i + 1 < count)
            status = ar_fake_append(context, tokens + i, 1, cancel, &ar_fake_totals.scored);
    }
    return status;
}

int ar_fake_score(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                  const arny_engine_cancel *cancel)
{
    if (!context->ready)
        return arny_engine_fail(ARNY_E_ARGUMENT, "score comes after prefill: there are no logits to begin with");
    if (atomic_fetch_add(&context->model->scores, 1) + 1 == context->model->file.fail_score_at)
        return arny_engine_fail(ARNY_E_ENGINE, "told to fail in this score");
    size_t length = context->length, longest = 1;
    for (size_t i = 0; i < count; i++)
        if (starts[i + 1] > starts[i] && starts[i + 1] - starts[i] > longest)
            longest = starts[i + 1] - starts[i];
    if (longest > (size_t)context->options.outputs)
        return arny_engine_fail(ARNY_E_ARGUMENT, "a continuation of %zu tokens needs as many outputs, not %d", longest,
                                (int)context->options.outputs);
    int status = ar_fake_check_room(context, longest - 1);
    context->ready = 0; /* as in engines whose score overwrites them: a caller must not count on them */
    for (size_t i = 0; i < count && !status; i++) {
        if (ar_fake_cancelled(cancel))
            return ar_fake_fail_cancelled();
        status = score_one(&out[i], context, tokens + starts[i],
                           starts[i + 1] > starts[i] ? starts[i + 1] - starts[i] : 0, cancel);
        ar_fake_cut(context, length);
    }
    return status;
}

/* A bag of words: each word is a direction, and texts that share words are near each other. */
int ar_fake_embed(float *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                  const arny_engine_cancel *cancel)
{
    int32_t width = context->model->info.embedding;
    int status = ar_fake_check_tokens(context, tokens, count, 1);
    if (!status && context->model->file.fail_embed)
        status = arny_engine_fail(ARNY_E_ENGINE, "told to fail in embed");
    if (!status && (count == 0 || count > (size_t)context->options.batch))
        status = arny_engine_fail(ARNY_E_CONTEXT, "an embedding reads 1 to %d tokens, not %zu",
                                  (int)context->options.batch, count);
    for (int32_t d = 0; d < width; d++)
        out[d] = 0;
    uint64_t word = 0;
    for (size_t i = 0; i <= count && !status; i++) {
        if (ar_fake_cancelled(cancel))
            return ar_fake_fail_cancelled();
        int32_t c = i < count ? tokens[i] : 0;
        if (i < count && (status = ar_fake_wait(context->model->file.prefill_us, cancel)))
            return status;
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 128 && c < 256)) {
            word = ar_fake_mix(word * 31 + (uint64_t)c);
        } else if (word) {
            for (int32_t d = 0; d < width; d++)
                out[d] += (float)(ar_fake_mix(word + (uint64_t)d) >> 40) / 8388608.0f - 1; /* 2^23 */
            word = 0;
        }
    }
    double norm = 0;
    for (int32_t d = 0; d < width; d++)
        norm += (double)out[d] * out[d];
    if (norm <= 0) /* no words at all */
        out[0] = 1;
    for (int32_t d = 0; d < width && norm > 0; d++)
        out[d] = (float)(out[d] / sqrt(norm));
    return status;
}
