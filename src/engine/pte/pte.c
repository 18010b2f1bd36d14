/* engine/pte/pte.c - the table of the pte engine: programs of ExecuTorch. */
#include "engine/pte/pte.h"
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

static float *logits(arny_engine_context *context)
{
    return context->logits;
}

static int64_t model_bytes(const arny_engine_model *model)
{
    return model->info.weights;
}

static int64_t context_bytes(const arny_engine_context *context)
{
    return context->bytes;
}

/* Changes with the layout in state.c, and whenever the runtime computes other numbers: then the KV of an older one is not gone on
 * from. */
static uint32_t state_version(void)
{
    return 1;
}

/* Measured: a process that has opened a model, less what that takes. */
#define OWN ((int64_t)14 << 20)

const arny_engine ar_engine_pte = {
    .version = ARNY_ENGINE_VERSION,
    .name = "pte",
    .own = OWN,
    .recognizes = ar_pte_recognizes,
    .check = ar_pte_check,
    .estimate = ar_pte_estimate,
    .model_open = ar_pte_model_open,
    .model_free = ar_pte_model_free,
    .model_info = model_info,
    .model_park = ar_pte_model_park,
    .model_resume = ar_pte_model_resume,
    .tokenize = ar_pte_tokenize,
    .piece = ar_pte_piece,
    .token_text = ar_pte_token_text,
    .token_flags = ar_pte_token_flags,
    .context_need = ar_pte_context_need,
    .context_open = ar_pte_context_open,
    .context_free = ar_pte_context_free,
    .length = context_length,
    .capacity = context_capacity,
    .truncate = ar_pte_truncate,
    .prefill = ar_pte_prefill,
    .step = ar_pte_step,
    .logits = logits,
    .score = ar_pte_score,
    .state_size = ar_pte_state_size,
    .state_save = ar_pte_state_save,
    .state_restore = ar_pte_state_restore,
    .state_version = state_version,
    .model_bytes = model_bytes,
    .context_bytes = context_bytes,
};
