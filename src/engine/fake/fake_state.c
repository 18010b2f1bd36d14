/* engine/fake/fake_state.c - a timeline as bytes. */
#include "engine/fake/fake_private.h"

#include <string.h>

#define STATE_MAGIC   0x534b4641u /* "AFKS" in the file */
#define STATE_VERSION 1u

typedef struct state_header {
    uint32_t magic, version;
    uint64_t length, prompt, row;
} state_header;

size_t ar_fake_state_size(const arny_engine_context *context)
{
    return sizeof(state_header) + context->length * (sizeof(int32_t) + context->row);
}

int ar_fake_state_save(void *out, size_t capacity, size_t *bytes, arny_engine_context *context)
{
    size_t size = ar_fake_state_size(context), tokens = context->length * sizeof(int32_t);
    state_header header = {STATE_MAGIC, STATE_VERSION, context->length, context->prompt, context->row};
    *bytes = 0;
    if (context->model->file.fail_save)
        return arny_engine_fail(ARNY_E_ENGINE, "told to fail when a state is saved");
    if (capacity < size)
        return arny_engine_fail(ARNY_E_ARGUMENT, "a state of %zu bytes does not fit into %zu", size, capacity);
    memcpy(out, &header, sizeof header);
    memcpy((char *)out + sizeof header, context->tokens, tokens);
    memcpy((char *)out + sizeof header + tokens, context->kv, context->length * context->row);
    *bytes = size;
    return ARNY_OK;
}

static int check_state(state_header *header, const arny_engine_context *context, const void *state, size_t bytes,
                       size_t length)
{
    if (context->model->file.fail_restore)
        return arny_engine_fail(ARNY_E_ENGINE, "told to fail when a state is restored");
    if (bytes < sizeof *header)
        return arny_engine_fail(ARNY_E_DATA, "a state of %zu bytes is too short", bytes);
    memcpy(header, state, sizeof *header);
    if (header->magic != STATE_MAGIC || header->version != STATE_VERSION)
        return arny_engine_fail(ARNY_E_DATA, "not a state of this engine's version");
    if (header->length != length || header->prompt > length || header->row != context->row)
        return arny_engine_fail(ARNY_E_DATA, "the state is of another timeline or KV type");
    if (length > ar_fake_capacity(context))
        return arny_engine_fail(ARNY_E_CONTEXT, "a state of %zu positions does not fit into %zu", length,
                                ar_fake_capacity(context));
    if (bytes != sizeof *header + length * (sizeof(int32_t) + context->row))
        return arny_engine_fail(ARNY_E_DATA, "the state has %zu bytes, which does not fit %zu positions", bytes,
                                length);
    for (size_t i = 0; i < length; i++) {
        int32_t token;
        memcpy(&token, (const char *)state + sizeof *header + i * sizeof token, sizeof token);
        if (token < 0 || token >= AR_FAKE_VOCABULARY)
            return arny_engine_fail(ARNY_E_DATA, "the state has a token %d, which the vocabulary does not", (int)token);
    }
    return ARNY_OK;
}

int ar_fake_state_restore(arny_engine_context *context, const void *state, size_t bytes, size_t length)
{
    state_header header = {0};
    context->ready = 0;
    ar_fake_cut(context, 0);
    int status = check_state(&header, context, state, bytes, length);
    if (status)
        return status;
    const char *tokens = (const char *)state + sizeof header;
    for (size_t i = 0; i < length; i++) {
        int32_t token;
        memcpy(&token, tokens + i * sizeof token, sizeof token);
        if (i == header.prompt)
            ar_fake_mark_prompt(context);
        ar_fake_push(context, token);
    }
    if (header.prompt == length)
        ar_fake_mark_prompt(context);
    memcpy(context->kv, tokens + length * sizeof(int32_t), length * context->row);
    atomic_fetch_add(&ar_fake_totals.restores, 1);
    return ARNY_OK;
}

uint32_t ar_fake_state_version(void)
{
    return STATE_VERSION;
}
