/*
 * engine/pte/state.c - what a method keeps between two runs, as bytes.
 *
 * Where the caches are those of llama::update_cache, [1, positions, heads, width] each: the rows that are used, cache after
 * cache in the order of the calls, float16 where that is how they are kept. Else all buffers that the method changes, whole: how they are laid out is not known.
 */
#include "engine/pte/pte.h"
#include "util/status.h"
#include <string.h>

static size_t bytes_for(const arny_engine_context *context, size_t length)
{
    const ar_pte_method *forward = context->model->forward;
    size_t sum = 0;
    if (length == 0)
        return 0;
    if (forward->kv_count > 0)
        return context->model->kv_row * length / (context->run->kv_half ? 2 : 1);
    for (size_t i = 0; i < forward->mutable_count; i++)
        sum += (size_t)forward->mutables[i].bytes;
    return sum;
}

size_t ar_pte_state_size(const arny_engine_context *context)
{
    return bytes_for(context, context->length);
}

/* Copies each piece between its place and the state: out of the arenas, or into them. */
static void copy(arny_engine_context *context, char *out, const char *in, size_t length)
{
    const ar_pte_method *forward = context->model->forward;
    size_t pieces = forward->kv_count > 0 ? forward->kv_count : forward->mutable_count, at = 0;
    for (size_t i = 0; i < pieces && length > 0; i++) {
        const ar_pte_kv *kv = &forward->kv[i];
        const ar_pte_mutable *whole = &forward->mutables[i];
        size_t row = kv->row_bytes / (context->run->kv_half ? 2u : 1u);
        size_t bytes = forward->kv_count > 0 ? row * length : (size_t)whole->bytes;
        size_t arena = forward->kv_count > 0 ? kv->arena : whole->arena;
        char *place = (char *)context->run->arenas[arena].base + (forward->kv_count > 0 ? kv->offset : whole->offset);
        if (out)
            memcpy(out + at, place, bytes);
        else
            memcpy(place, in + at, bytes);
        at += bytes;
    }
}

int ar_pte_state_save(void *out, size_t capacity, size_t *bytes, arny_engine_context *context)
{
    *bytes = ar_pte_state_size(context);
    if (*bytes > capacity)
        return ar_fail(ARNY_E_ARGUMENT, "a state of %zu bytes, and room for %zu", *bytes, capacity);
    copy(context, out, NULL, context->length);
    return ARNY_OK;
}

int ar_pte_state_restore(arny_engine_context *context, const void *state, size_t bytes, size_t length)
{
    ar_pte_truncate(context, 0);
    if (length > context->capacity)
        return ar_fail(ARNY_E_CONTEXT, "a state of %zu tokens does not fit a context of %zu", length,
                       context->capacity);
    if (bytes != bytes_for(context, length))
        return ar_fail(ARNY_E_DATA, "a state of %zu tokens has %zu bytes here, not %zu", length,
                       bytes_for(context, length), bytes);
    copy(context, NULL, state, length);
    context->length = length;
    return ARNY_OK;
}
