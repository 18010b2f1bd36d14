/* engine/gguf/tokens.c - vocabulary: text to tokens and back. */
#include "engine/gguf/gguf.h"
#include <limits.h>
#include <stdlib.h>

int ar_gguf_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                     size_t bytes)
{
    *count = 0;
    if (bytes == 0)
        return ARNY_OK;
    if (bytes > INT_MAX / 2)
        return arny_engine_fail(ARNY_E_CONTEXT, "a text of %zu bytes is too long to tokenize", bytes);
    int room = capacity > INT_MAX ? INT_MAX : (int)capacity;
    int got = guard_tokenize(model->vocab, text, (int)bytes, out, room);
    if (got == INT_MIN)
        return ARNY_E_ENGINE;
    *count = (size_t)abs(got); /* negative: how many it would have been */
    return ARNY_OK;
}

int ar_gguf_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token)
{
    *bytes = 0;
    if (token < 0 || token >= model->info.vocabulary)
        return arny_engine_fail(ARNY_E_ARGUMENT, "token %d is not in the vocabulary (0 to %d)", token,
                                model->info.vocabulary - 1);
    int got = guard_piece(model->vocab, token, out, capacity > INT_MAX ? INT_MAX : (int)capacity);
    if (got == INT_MIN)
        return ARNY_E_ENGINE;
    *bytes = (size_t)abs(got);
    return ARNY_OK;
}

const char *ar_gguf_token_text(const arny_engine_model *model, int32_t token)
{
    if (token < 0 || token >= model->info.vocabulary)
        return NULL;
    return llama_vocab_get_text(model->vocab, token);
}

int ar_gguf_token_flags(const arny_engine_model *model, int32_t token)
{
    static const struct {
        int llama, ours;
    } map[] = {
        {LLAMA_TOKEN_ATTR_CONTROL, ARNY_TOKEN_CONTROL}, {LLAMA_TOKEN_ATTR_USER_DEFINED, ARNY_TOKEN_USER_DEFINED},
        {LLAMA_TOKEN_ATTR_UNKNOWN, ARNY_TOKEN_UNKNOWN}, {LLAMA_TOKEN_ATTR_BYTE, ARNY_TOKEN_BYTE},
        {LLAMA_TOKEN_ATTR_LSTRIP, ARNY_TOKEN_LSTRIP},   {LLAMA_TOKEN_ATTR_RSTRIP, ARNY_TOKEN_RSTRIP},
    };
    if (token < 0 || token >= model->info.vocabulary)
        return 0;
    int attributes = (int)llama_vocab_get_attr(model->vocab, token);
    int flags = llama_vocab_is_eog(model->vocab, token) ? ARNY_TOKEN_END : 0;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (attributes & map[i].llama)
            flags |= map[i].ours;
    return flags;
}
