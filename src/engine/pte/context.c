/* engine/pte/context.c - a timeline: prefill, step, truncate. */
#include "engine/pte/pte.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

int ar_pte_context_open(arny_engine_context **out, arny_engine_model *model, const arny_engine_context_options *options)
{
    int one_thread = options->threads == 1;
    *out = NULL;
    if (options->embedding)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: a .pte that embeds is not run; a GGUF encoder is what a gateway needs",
                       model->path);
    int status = ar_pte_fits(model->file, model->path, options->length);
    if (status)
        return status;
    status = ARNY_E_MEMORY;
    arny_engine_context *context = ar_calloc(1, sizeof *context);
    if (!context)
        return ARNY_E_MEMORY;
    context->model = model;
    context->capacity = (size_t)options->length;
    context->chunk = ar_pte_chunk(model->file, options->batch);
    context->bytes = ar_pte_context_need(model, options);
    context->tokens = ar_calloc(context->chunk, sizeof *context->tokens);
    context->positions = ar_calloc(context->chunk, sizeof *context->positions);
    if (!context->tokens || !context->positions)
        goto out;
    if (model->spare && model->spare->one_thread == one_thread) {
        context->run = model->spare;
        model->spare = NULL;
        status = ARNY_OK;
    } else {
        status = ar_pte_run_open(&context->run, model, model->packed.path, one_thread);
    }
    if (!status) {
        context->run->kv_half = ar_pte_halves(model->file, options->kv_type);
        shim_method_kv_half(context->run->method, context->run->kv_half);
    }
out:
    if (status) {
        ar_pte_context_free(context);
        return status;
    }
    *out = context;
    return ARNY_OK;
}

/* A method is loaded in 80 ms, and without its pages it takes little: one is kept for the next context. */
void ar_pte_context_free(arny_engine_context *context)
{
    if (!context)
        return;
    arny_engine_model *model = context->model;
    if (context->run && !model->spare && !model->forward->has_initial_state) {
        ar_pte_run_clear(context->run);
        model->spare = context->run;
    } else {
        ar_pte_run_free(context->run);
    }
    ar_free(context->tokens);
    ar_free(context->positions);
    ar_free(context);
}

int ar_pte_truncate(arny_engine_context *context, size_t length)
{
    if (length < context->length) {
        context->length = length; /* later positions are written again before they are read */
        context->logits = NULL;
    }
    return ARNY_OK;
}

int ar_pte_append(float **logits, size_t *rows, arny_engine_context *context, const int32_t *tokens, size_t count)
{
    const arny_engine_model *model = context->model;
    size_t columns;
    *logits = context->logits = NULL;
    for (size_t i = 0; i < count; i++) {
        context->tokens[i] = tokens[i];
        context->positions[i] = (int64_t)(context->length + i);
    }
    int status =
        shim_method_run(context->run->method, context->tokens, count, context->positions, model->positions ? count : 1);
    if (status)
        return status;
    *logits = shim_method_output(rows, &columns, context->run->method);
    if (!*logits)
        return ARNY_E_ENGINE;
    if (columns != (size_t)model->info.vocabulary || (*rows != 1 && *rows != count))
        return ar_fail(ARNY_E_ENGINE, "%s: %zu rows of %zu logits for %zu tokens, and %d are in the vocabulary",
                       model->path, *rows, columns, count, model->info.vocabulary);
    context->length += count;
    context->logits = *logits + (*rows - 1) * columns;
    return ARNY_OK;
}

int ar_pte_prefill(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel)
{
    float *logits;
    size_t rows;
    if (count > context->capacity - context->length)
        return ar_fail(ARNY_E_CONTEXT, "%zu tokens do not fit: %zu of %zu are used", count, context->length,
                       context->capacity);
    for (size_t i = 0; i < count; i++)
        if (tokens[i] < 0 || tokens[i] >= context->model->info.vocabulary)
            return ar_fail(ARNY_E_ARGUMENT, "token %d is not in the vocabulary", tokens[i]);
    while (count > 0) {
        size_t piece = count < context->chunk ? count : context->chunk;
        if (cancel && cancel->asked && cancel->asked(cancel->data)) {
            context->logits = NULL;
            return ar_fail(ARNY_E_CANCELLED, "cancelled");
        }
        int status = ar_pte_append(&logits, &rows, context, tokens, piece);
        if (status)
            return status;
        tokens += piece;
        count -= piece;
    }
    return ARNY_OK;
}

int ar_pte_step(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel)
{
    return ar_pte_prefill(context, &token, 1, cancel);
}
