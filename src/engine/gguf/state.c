/* engine/gguf/state.c - the KV of a timeline as bytes. */
#include "engine/gguf/gguf.h"
#include "util/status.h"

size_t ar_gguf_state_size(const arny_engine_context *context)
{
    return guard_state_size(context->llama);
}

int ar_gguf_state_save(void *out, size_t capacity, size_t *bytes, arny_engine_context *context)
{
    *bytes = guard_state_get(context->llama, out, capacity);
    if (*bytes == 0)
        return ar_fail(ARNY_E_ENGINE, "llama.cpp could not save the state of %zu tokens", context->length);
    return ARNY_OK;
}

int ar_gguf_state_restore(arny_engine_context *context, const void *state, size_t bytes, size_t length)
{
    guard_clear(context->llama);
    context->length = 0;
    context->logits_row = -1;
    if (length > context->capacity)
        return ar_fail(ARNY_E_CONTEXT, "a state of %zu tokens does not fit a context of %zu", length,
                       context->capacity);
    size_t read = guard_state_set(context->llama, state, bytes);
    llama_pos last = llama_memory_seq_pos_max(llama_get_memory(context->llama), 0);
    if (read != bytes || last != (llama_pos)length - 1) {
        guard_clear(context->llama);
        return ar_fail(ARNY_E_DATA, "llama.cpp did not take the state of %zu tokens", length);
    }
    context->length = length;
    return ARNY_OK;
}

uint32_t ar_gguf_state_version(void)
{
    return LLAMA_STATE_SEQ_VERSION;
}
