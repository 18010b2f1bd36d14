/* model/answer.c - the token path. Nothing here allocates: sampler, filter and timeline have reserved what they
 * need. */
#include "model/answer.h"
#include "util/clock.h"
#include "util/status.h"
#include <string.h>

#define PIECE_BYTES 512 /* the longest tokens of known vocabularies are under 256 bytes */

static int begin(ar_timeline *timeline, const ar_answer_want *want)
{
    ar_model *model = timeline->model;
    int status = ar_sampler_begin(model->sampler, &want->sampling);
    if (!status)
        status = ar_filter_begin(&model->filter);
    for (size_t i = 0; i < want->stop_count && !status; i++)
        status = ar_filter_stop(&model->filter, want->stop[i]);
    for (size_t i = 0; want->more_stops && want->more_stops[i] && !status; i++)
        status = ar_filter_stop(&model->filter, want->more_stops[i]);
    size_t seen = timeline->tokens.len;
    size_t look = want->sampling.repeat_last > 0 ? (size_t)want->sampling.repeat_last : 0;
    for (size_t i = seen > look ? seen - look : 0; i < seen && !status; i++)
        ar_sampler_accept(model->sampler, timeline->tokens.ptr[i]);
    return status;
}

static int asked(const arny_engine_cancel *cancel)
{
    return cancel && cancel->asked && cancel->asked(cancel->data);
}

int ar_answer_run(ar_answer *out, ar_timeline *timeline, const ar_answer_want *want, const arny_engine_cancel *cancel,
                  ar_answer_token on_token, void *data)
{
    ar_model *model = timeline->model;
    const arny_engine *engine = model->engine;
    char piece[PIECE_BYTES];
    const char *text;
    size_t bytes, piece_bytes;
    memset(out, 0, sizeof *out);
    int status = begin(timeline, want);

    while (!status && !out->reason) {
        if (asked(cancel)) {
            out->reason = ARNY_REASON_CANCELLED;
            break;
        }
        float *logits = engine->logits(timeline->context);
        int32_t token = logits ? ar_sampler_next(model->sampler, logits) : -1;
        if (token < 0) {
            status = ar_fail(ARNY_E_ENGINE, "%s: the model gave no usable logits", model->path);
            break;
        }
        out->last_ms = ar_now_ms();
        if (out->tokens == 0)
            out->first_ms = out->last_ms;
        if (!want->ignore_eos && ar_vocab_is_end(model->vocab, token)) {
            out->reason = ARNY_REASON_STOP;
            break;
        }
        if ((status = engine->piece(piece, sizeof piece, &piece_bytes, model->open, token)))
            break;
        int met = ar_filter_push(&model->filter, piece, piece_bytes < sizeof piece ? piece_bytes : 0, &text, &bytes);
        if (met < 0) {
            status = met;
            break;
        }
        out->tokens++;
        out->cut = met; /* what is held is gone then: it was the stop string */
        if (on_token(token, text, bytes, data))
            out->reason = ARNY_REASON_CANCELLED;
        else if (met)
            out->reason = ARNY_REASON_STOP;
        else if (want->max_tokens >= 0 && out->tokens >= want->max_tokens)
            out->reason = ARNY_REASON_LENGTH;
        else if (timeline->tokens.len >= timeline->capacity)
            out->reason = ARNY_REASON_CONTEXT;
        else if ((status = ar_timeline_step(timeline, token, cancel)) == ARNY_E_CANCELLED) {
            out->reason = ARNY_REASON_CANCELLED;
            status = ARNY_OK;
        }
    }
    if (status)
        return status;
    if ((status = ar_filter_end(&model->filter, &text, &bytes)) == ARNY_OK && bytes > 0)
        on_token(-1, text, bytes, data);
    return status;
}
