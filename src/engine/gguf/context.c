/* engine/gguf/context.c - a timeline: prefill, step, truncate. */
#include "engine/gguf/gguf.h"
#include "engine/gguf/estimate.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define BRANCHES_MAX 64 /* sequences of a context that scores: as many continuations at once */

static bool on_abort(void *data)
{
    const arny_engine_context *context = data;
    return context->cancel && context->cancel->asked && context->cancel->asked(context->cancel->data);
}

static int open_llama(arny_engine_context *context, const arny_engine_context_options *options)
{
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = (uint32_t)options->length;
    params.n_batch = (uint32_t)context->batch;
    params.n_ubatch = (uint32_t)context->batch;
    params.n_seq_max = (uint32_t)context->sequences;
    params.kv_unified = true; /* branches of a score share the cells of their prefix */
    params.n_outputs_max = (uint32_t)context->outputs;
    params.n_outputs_max_per_seq = 0;
    params.n_threads = params.n_threads_batch = ar_threads_now(&context->threads);
    params.type_k = params.type_v = options->kv_type == ARNY_KV_Q8_0  ? GGML_TYPE_Q8_0
                                    : options->kv_type == ARNY_KV_F32 ? GGML_TYPE_F32
                                                                      : GGML_TYPE_F16;
    params.abort_callback = on_abort;
    params.abort_callback_data = context;
    params.embeddings = options->embedding != 0;
    /* Over a short text flash attention takes two fifths of the time, plain products a quarter. */
    if (ar_gguf_is_encoder(context->model->header))
        params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.no_perf = true;
    if (options->embedding && !llama_model_has_encoder(context->model->llama))
        params.n_outputs_max = 0;
    context->llama = guard_context_new(context->model->llama, &params);
    /* A file that names no pooling is a decoder's, and the mean is how its embeddings are used. */
    if (context->llama && options->embedding && llama_pooling_type(context->llama) == LLAMA_POOLING_TYPE_NONE) {
        llama_free(context->llama);
        params.pooling_type = LLAMA_POOLING_TYPE_MEAN;
        context->llama = guard_context_new(context->model->llama, &params);
    }
    if (!context->llama)
        return ar_fail(ARNY_E_MEMORY,
                       "%s: llama.cpp could not make a context of %d tokens: less context or less batch would "
                       "need less memory",
                       context->model->path, options->length);
    return ARNY_OK;
}

int64_t ar_gguf_context_need(const arny_engine_model *model, const arny_engine_context_options *options)
{
    arny_engine_estimate estimate;
    ar_gguf_estimate_header(&estimate, model->header, NULL, options);
    return estimate.kv + estimate.compute;
}

/* What llama.cpp would end the process on. */
static int check_options(const arny_engine_model *model, const arny_engine_context_options *options)
{
    int trained = model->info.context, learned = ar_gguf_tensor_named(model->header, "position_embd.weight") != NULL;
    if (ar_gguf_tensor_count(model->header) == 0)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: a file with a vocabulary and no weights computes nothing", model->path);
    if (options->length < 16)
        return ar_fail(ARNY_E_ARGUMENT, "a context of %d tokens: at least 16 expected", options->length);
    if (learned && options->length > trained)
        return ar_fail(ARNY_E_ARGUMENT, "%s: a context of %d tokens: it has learned %d positions and no more",
                       model->path, options->length, trained);
    if (!options->embedding && !model->info.generates)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: a model of the kind \"%s\" reads text but writes none", model->path,
                       model->info.architecture);
    return ARNY_OK;
}

int ar_gguf_context_open(arny_engine_context **out, arny_engine_model *model,
                         const arny_engine_context_options *options)
{
    *out = NULL;
    int status = check_options(model, options);
    if (status)
        return status;

    status = ARNY_E_MEMORY;
    arny_engine_context *context = ar_calloc(1, sizeof *context);
    if (!context)
        return ARNY_E_MEMORY;
    context->model = model;
    context->capacity = (size_t)options->length;
    context->batch = options->batch < options->length ? (size_t)options->batch : (size_t)options->length;
    context->outputs = options->outputs > 1 ? (size_t)options->outputs : 1;
    if (context->outputs > context->batch)
        context->outputs = context->batch;
    context->sequences = context->outputs < BRANCHES_MAX ? context->outputs : BRANCHES_MAX;
    context->logits_row = -1;
    ar_threads_init(&context->threads, options->threads);

    size_t n = context->batch;
    context->tokens = ar_calloc(n, sizeof *context->tokens);
    context->positions = ar_calloc(n, sizeof *context->positions);
    context->seq_counts = ar_calloc(n, sizeof *context->seq_counts);
    context->seq_ids = ar_calloc(n, sizeof *context->seq_ids);
    context->seq_ptrs = ar_calloc(n + 1, sizeof *context->seq_ptrs);
    context->wants = ar_calloc(n, sizeof *context->wants);
    if (!context->tokens || !context->positions || !context->seq_counts || !context->seq_ids || !context->seq_ptrs ||
        !context->wants)
        goto out;
    for (size_t i = 0; i < n; i++) {
        context->seq_counts[i] = 1;
        context->seq_ptrs[i] = &context->seq_ids[i];
    }

    context->bytes = ar_gguf_context_need(model, options);
    status = open_llama(context, options);
out:
    if (status) {
        ar_gguf_context_free(context);
        return status;
    }
    *out = context;
    return ARNY_OK;
}

void ar_gguf_context_free(arny_engine_context *context)
{
    if (!context)
        return;
    if (context->llama)
        llama_free(context->llama);
    ar_threads_free(&context->threads);
    ar_free(context->tokens);
    ar_free(context->positions);
    ar_free(context->seq_counts);
    ar_free(context->seq_ids);
    ar_free(context->seq_ptrs);
    ar_free(context->wants);
    ar_free(context);
}

int ar_gguf_truncate(arny_engine_context *context, size_t length)
{
    if (length >= context->length)
        return ARNY_OK;
    context->logits_row = -1;
    if (length == 0) {
        guard_clear(context->llama);
        context->length = 0;
        return ARNY_OK;
    }
    if (context->model->info.exact_state || !guard_seq_remove(context->llama, 0, (llama_pos)length))
        return ar_fail(ARNY_E_UNSUPPORTED, "this model's state cannot be cut at %zu of %zu tokens", length,
                       context->length);
    context->length = length;
    return ARNY_OK;
}

int ar_gguf_compute(arny_engine_context *context, size_t count, const arny_engine_cancel *cancel)
{
    struct llama_batch batch = {(int32_t)count,      context->tokens,   NULL,          context->positions,
                                context->seq_counts, context->seq_ptrs, context->wants};
    context->cancel = cancel;
    double start = ar_now_ms();
    ar_threads_enter(&context->threads, context->llama, count > 1);
    int result = guard_decode(context->llama, &batch);
    ar_threads_leave(&context->threads, count > 1, ar_now_ms() - start);
    context->cancel = NULL;
    switch (result) {
    case 0: return ARNY_OK;
    case 1: return ar_fail(ARNY_E_CONTEXT, "the context of %zu tokens is full", context->capacity);
    case 2: return ar_fail(ARNY_E_CANCELLED, "cancelled");
    case -100: return ARNY_E_ENGINE;
    default: return ar_fail(ARNY_E_ENGINE, "llama.cpp could not compute (%d)", result);
    }
}

/* After a failure the cache may hold some of the batch: back to what is known. */
static void repair(arny_engine_context *context)
{
    if (context->model->info.exact_state || context->length == 0 ||
        !guard_seq_remove(context->llama, 0, (llama_pos)context->length)) {
        guard_clear(context->llama);
        context->length = 0;
    }
}

static int append(arny_engine_context *context, const int32_t *tokens, size_t count, int last,
                  const arny_engine_cancel *cancel)
{
    for (size_t i = 0; i < count; i++) {
        context->tokens[i] = tokens[i];
        context->positions[i] = (llama_pos)(context->length + i);
        context->seq_ids[i] = 0;
        context->wants[i] = 0;
    }
    context->wants[count - 1] = (int8_t)last;
    context->logits_row = -1;
    int status = ar_gguf_compute(context, count, cancel);
    if (status) {
        repair(context);
        return status;
    }
    context->length += count;
    context->logits_row = last ? (ptrdiff_t)count - 1 : -1;
    return ARNY_OK;
}

int ar_gguf_prefill(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel)
{
    if (count > context->capacity - context->length)
        return ar_fail(ARNY_E_CONTEXT, "%zu tokens do not fit: %zu of %zu are used", count, context->length,
                       context->capacity);
    for (size_t i = 0; i < count; i++)
        if (tokens[i] < 0 || tokens[i] >= context->model->info.vocabulary)
            return ar_fail(ARNY_E_ARGUMENT, "token %d is not in the vocabulary", tokens[i]);
    while (count > 0) {
        size_t piece = count < context->batch ? count : context->batch;
        int status = append(context, tokens, piece, piece == count, cancel);
        if (status)
            return status;
        tokens += piece;
        count -= piece;
    }
    return ARNY_OK;
}

int ar_gguf_step(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel)
{
    return ar_gguf_prefill(context, &token, 1, cancel);
}

float *ar_gguf_logits(arny_engine_context *context)
{
    return context->logits_row < 0 ? NULL : llama_get_logits_ith(context->llama, (int32_t)context->logits_row);
}

int ar_gguf_adapter_set(arny_engine_context *context, void *adapter)
{
    if (context->length > 0)
        return ar_fail(ARNY_E_BUSY, "an adapter can only be set while the timeline is empty");
    if (guard_adapter_set(context->llama, adapter) != 0)
        return ar_fail(ARNY_E_ENGINE, "llama.cpp could not set the adapter");
    return ARNY_OK;
}
