/* engine/fake/fake_context.c - a timeline: prefill, step, truncate. */
#include "engine/fake/fake_private.h"
#include "engine/fake/fake_reply.h"
#include "util/mem.h"

#include <string.h>

#define LENGTH_MAX (1 << 20) /* positions */

int ar_fake_check_options(const arny_engine_context_options *o)
{
    if (o->length < 16 || o->length > LENGTH_MAX)
        return arny_engine_fail(ARNY_E_ARGUMENT, "context of %d tokens: 16 to %d expected", (int)o->length, LENGTH_MAX);
    if (o->batch < 1 || o->outputs < 1)
        return arny_engine_fail(ARNY_E_ARGUMENT, "batch of %d tokens and %d outputs: at least 1 expected",
                                (int)o->batch, (int)o->outputs);
    if (o->threads < 0 || o->threads > 256)
        return arny_engine_fail(ARNY_E_ARGUMENT, "%d threads: 0 to 256 expected", (int)o->threads);
    if (o->kv_type < ARNY_KV_F16 || o->kv_type > ARNY_KV_F32)
        return arny_engine_fail(ARNY_E_ARGUMENT, "KV type %d: 0 (f16), 1 (q8_0) or 2 (f32) expected", (int)o->kv_type);
    return ARNY_OK;
}

size_t ar_fake_row_bytes(const ar_fake_file *file, const arny_engine_context_options *o)
{
    return (size_t)(o->kv_type == ARNY_KV_Q8_0  ? file->kv_bytes / 2
                    : o->kv_type == ARNY_KV_F32 ? file->kv_bytes * 2
                                                : file->kv_bytes);
}

int64_t ar_fake_compute_bytes(const arny_engine_context_options *o)
{
    int64_t position = (int64_t)sizeof(int32_t) + AR_FAKE_RENDER_MAX;
    return (int64_t)sizeof(arny_engine_context) + o->length * position +
           2 * (int64_t)sizeof(float) * AR_FAKE_VOCABULARY;
}

/* ---- context -------------------------------------------------------------------------------------------------- */

void ar_fake_context_free(arny_engine_context *context)
{
    if (!context)
        return;
    ar_fake_count_bytes(-ar_fake_context_bytes(context));
    atomic_fetch_sub(&context->model->contexts, 1);
    atomic_fetch_sub(&ar_fake_totals.contexts, 1);
    ar_free(context->tokens);
    ar_free(context->kv);
    ar_free(context->text);
    ar_free(context->logits);
    ar_free(context->scratch);
    ar_free(context);
}

int ar_fake_context_open(arny_engine_context **out, arny_engine_model *model,
                         const arny_engine_context_options *options)
{
    *out = NULL;
    int status = ar_fake_check_options(options);
    if (status)
        return status;
    if (model->file.fail_context)
        return arny_engine_fail(model->file.fail_context, "told to fail when a context is opened");
    arny_engine_context *context = ar_calloc(1, sizeof *context);
    if (!context)
        return ARNY_E_MEMORY;
    context->model = model;
    context->options = *options;
    if (options->batch > options->length)
        context->options.batch = options->length;
    if (options->outputs > context->options.batch)
        context->options.outputs = context->options.batch;
    context->row = ar_fake_row_bytes(&model->file, options);
    ar_fake_count_bytes(ar_fake_context_bytes(context));
    atomic_fetch_add(&model->contexts, 1);
    atomic_fetch_add(&ar_fake_totals.contexts, 1);
    size_t length = (size_t)options->length;
    context->tokens = ar_calloc(length, sizeof *context->tokens);
    context->kv = ar_calloc(length, context->row);
    context->text = ar_calloc(length, AR_FAKE_RENDER_MAX);
    context->logits = ar_calloc(AR_FAKE_VOCABULARY, sizeof *context->logits);
    context->scratch = ar_calloc(AR_FAKE_VOCABULARY, sizeof *context->scratch);
    if (!context->tokens || !context->kv || !context->text || !context->logits || !context->scratch) {
        ar_fake_context_free(context);
        return ARNY_E_MEMORY;
    }
    *out = context;
    return ARNY_OK;
}

size_t ar_fake_length(const arny_engine_context *context)
{
    return context->length;
}

size_t ar_fake_capacity(const arny_engine_context *context)
{
    return (size_t)context->options.length;
}

int64_t ar_fake_context_need(const arny_engine_model *model, const arny_engine_context_options *options)
{
    return (int64_t)ar_fake_row_bytes(&model->file, options) * options->length + ar_fake_compute_bytes(options);
}

int64_t ar_fake_context_bytes(const arny_engine_context *context)
{
    return ar_fake_context_need(context->model, &context->options);
}

int ar_fake_adapter_set(arny_engine_context *context, void *lora)
{
    if (context->length)
        return arny_engine_fail(ARNY_E_BUSY, "an adapter is set on an empty timeline; this one holds %zu positions",
                                context->length);
    const ar_fake_adapter *known = context->model->adapters;
    while (known && known != lora)
        known = known->next;
    if (lora && !known)
        return arny_engine_fail(ARNY_E_ARGUMENT, "this adapter was opened for another model");
    context->adapter = known;
    return ARNY_OK;
}

/* ---- the timeline --------------------------------------------------------------------------------------------- */

/* The hash of the timeline up to `length` positions, as the KV has it. */
static uint64_t hash_at(const arny_engine_context *context, size_t length)
{
    uint64_t hash;
    if (length == 0)
        return context->model->file.identity ^ (context->adapter ? ar_fake_mix(context->adapter->file.identity) : 0);
    memcpy(&hash, context->kv + (length - 1) * context->row, sizeof hash);
    return hash;
}

void ar_fake_push(arny_engine_context *context, int32_t token)
{
    uint64_t hash = ar_fake_mix(hash_at(context, context->length) + 0x9e3779b97f4a7c15u * ((uint64_t)token + 1));
    char *row = context->kv + context->length * context->row;
    memset(row, (int)(hash & 0xff), context->row);
    memcpy(row, &hash, sizeof hash);
    context->tokens[context->length++] = token;
    context->text_bytes += ar_fake_render(context->text + context->text_bytes, token);
}

void ar_fake_cut(arny_engine_context *context, size_t length)
{
    while (context->length > length)
        context->text_bytes -= ar_fake_render_bytes(context->tokens[--context->length]);
    if (context->prompt > length) {
        context->prompt = length;
        context->prompt_bytes = context->text_bytes;
    }
}

void ar_fake_mark_prompt(arny_engine_context *context)
{
    context->prompt = context->length;
    context->prompt_bytes = context->text_bytes;
}

void ar_fake_compute(const arny_engine_context *context, float *out)
{
    ar_fake_scene scene;
    ar_fake_scene_find(&scene, context->text, context->text_bytes, context->prompt_bytes);
    const ar_fake_rule *rule =
        ar_fake_rule_find(&context->model->file, context->adapter ? &context->adapter->file : NULL, &scene);
    size_t position = context->length;
    for (size_t at = context->text_bytes; position > 0 && at > scene.reply_at; position--)
        at -= ar_fake_render_bytes(context->tokens[position - 1]);
    ar_fake_predict(out, rule, &scene, hash_at(context, position), hash_at(context, context->length));
}

int ar_fake_truncate(arny_engine_context *context, size_t length)
{
    if (length >= context->length)
        return ARNY_OK;
    if (context->model->file.exact_state && length != 0)
        return arny_engine_fail(ARNY_E_UNSUPPORTED,
                                "this model's state is kept whole or dropped, not cut to %zu of %zu", length,
                                context->length);
    ar_fake_cut(context, length);
    context->ready = 0;
    return ARNY_OK;
}

int ar_fake_check_tokens(const arny_engine_context *context, const int32_t *tokens, size_t count, int embedding)
{
    for (size_t i = 0; i < count; i++)
        if (tokens[i] < 0 || tokens[i] >= AR_FAKE_VOCABULARY)
            return arny_engine_fail(ARNY_E_ARGUMENT, "token %d: 0 to %d expected", (int)tokens[i],
                                    AR_FAKE_VOCABULARY - 1);
    if (!context->options.embedding != !embedding)
        return arny_engine_fail(ARNY_E_ARGUMENT, "this context was %sopened for embeddings", embedding ? "not " : "");
    return ARNY_OK;
}

int ar_fake_check_room(const arny_engine_context *context, size_t count)
{
    if (context->model->parked)
        return arny_engine_fail(ARNY_E_ENGINE, "nothing can be computed while the model is parked");
    if (count <= ar_fake_capacity(context) - context->length)
        return ARNY_OK;
    return arny_engine_fail(ARNY_E_CONTEXT, "%zu more tokens do not fit: the context has %zu positions and holds %zu",
                            count, ar_fake_capacity(context), context->length);
}

/* Asks cancel before each token, and sleeps for each millisecond of tokens. */
int ar_fake_append(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel,
                   atomic_long *counter)
{
    int64_t owed_us = 0;
    int status = ARNY_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (ar_fake_cancelled(cancel))
            return ar_fake_fail_cancelled();
        ar_fake_push(context, tokens[i]);
        atomic_fetch_add(counter, 1);
        owed_us += context->model->file.prefill_us;
        if (owed_us >= 1000 || i + 1 == count) {
            status = ar_fake_wait(owed_us, cancel);
            owed_us = 0;
        }
    }
    return status;
}

int ar_fake_prefill(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel)
{
    int status = ar_fake_check_tokens(context, tokens, count, 0);
    if (!status)
        status = ar_fake_check_room(context, count);
    if (status || count == 0)
        return status;
    context->ready = 0;
    atomic_fetch_add(&ar_fake_totals.prefills, 1);
    int fails = atomic_fetch_add(&context->model->prefills, 1) + 1 == context->model->file.fail_prefill_at;
    status = ar_fake_append(context, tokens, fails ? count / 2 : count, cancel, &ar_fake_totals.prefilled);
    ar_fake_mark_prompt(context);
    if (status)
        return status;
    if (fails)
        return arny_engine_fail(ARNY_E_ENGINE, "told to fail in this prefill");
    ar_fake_compute(context, context->logits);
    context->ready = 1;
    return ARNY_OK;
}

int ar_fake_step(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel)
{
    int status = ar_fake_check_tokens(context, &token, 1, 0);
    if (!status)
        status = ar_fake_check_room(context, 1);
    if (status)
        return status;
    context->ready = 0;
    if (ar_fake_cancelled(cancel))
        return ar_fake_fail_cancelled();
    if ((status = ar_fake_wait(context->model->file.step_us, cancel)))
        return status;
    if (atomic_fetch_add(&context->model->steps, 1) + 1 == context->model->file.fail_step_at)
        return arny_engine_fail(ARNY_E_ENGINE, "told to fail in this step");
    ar_fake_push(context, token);
    atomic_fetch_add(&ar_fake_totals.steps, 1);
    ar_fake_compute(context, context->logits);
    context->ready = 1;
    return ARNY_OK;
}

float *ar_fake_logits(arny_engine_context *context)
{
    return context->ready ? context->logits : NULL;
}
