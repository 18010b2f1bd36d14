/* engine/gguf/gguf.c - the table of the gguf engine: GGUF files through llama.cpp. */
#include "engine/gguf/gguf.h"
#include "engine/gguf/estimate.h"
#include "engine/registry.h"

static const arny_engine_model_info *model_info(const arny_engine_model *model)
{
    return &model->info;
}

static size_t context_length(const arny_engine_context *context)
{
    return context->length;
}

static size_t context_capacity(const arny_engine_context *context)
{
    return context->capacity;
}

static int64_t model_bytes(const arny_engine_model *model)
{
    return model->info.weights;
}

static int64_t context_bytes(const arny_engine_context *context)
{
    return context->bytes;
}

/* Measured: a process that has opened a model, less what that takes; and role prompts as snapshots. */
#define OWN ((int64_t)14 << 20)

const arny_engine ar_engine_gguf = {
    .version = ARNY_ENGINE_VERSION,
    .name = "gguf",
    .own = OWN,
    .recognizes = ar_gguf_recognizes,
    .check = ar_gguf_check,
    .chat_template = ar_gguf_chat_template,
    .estimate = ar_gguf_estimate,
    .model_open = ar_gguf_model_open,
    .model_free = ar_gguf_model_free,
    .model_info = model_info,
    .model_park = ar_gguf_model_park,
    .model_resume = ar_gguf_model_resume,
    .tokenize = ar_gguf_tokenize,
    .piece = ar_gguf_piece,
    .token_text = ar_gguf_token_text,
    .token_flags = ar_gguf_token_flags,
    .context_need = ar_gguf_context_need,
    .context_open = ar_gguf_context_open,
    .context_free = ar_gguf_context_free,
    .length = context_length,
    .capacity = context_capacity,
    .truncate = ar_gguf_truncate,
    .prefill = ar_gguf_prefill,
    .step = ar_gguf_step,
    .logits = ar_gguf_logits,
    .score = ar_gguf_score,
    .embed = ar_gguf_embed,
    .state_size = ar_gguf_state_size,
    .state_save = ar_gguf_state_save,
    .state_restore = ar_gguf_state_restore,
    .state_version = ar_gguf_state_version,
    .adapter_open = ar_gguf_adapter_open,
    .adapter_set = ar_gguf_adapter_set,
    .model_bytes = model_bytes,
    .context_bytes = context_bytes,
    .quantize = ar_gguf_quantize,
    .merge = ar_gguf_merge,
};
