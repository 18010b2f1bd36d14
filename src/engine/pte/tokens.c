/* engine/pte/tokens.c - a .pte has no vocabulary: a file beside it has, and the engine of that file reads it. */
#include "engine/pte/pte.h"

int ar_pte_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                    size_t bytes)
{
    return model->words.engine->tokenize(out, capacity, count, model->words.model, text, bytes);
}

int ar_pte_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token)
{
    return model->words.engine->piece(out, capacity, bytes, model->words.model, token);
}

const char *ar_pte_token_text(const arny_engine_model *model, int32_t token)
{
    return model->words.engine->token_text(model->words.model, token);
}

int ar_pte_token_flags(const arny_engine_model *model, int32_t token)
{
    int flags = model->words.engine->token_flags(model->words.model, token);
    for (size_t i = 0; i < model->end_count; i++)
        if (model->ends[i] == token)
            flags |= ARNY_TOKEN_END;
    return flags;
}
