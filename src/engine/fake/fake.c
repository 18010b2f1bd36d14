/* engine/fake/fake.c - the deterministic engine: its table of functions, what it did, its files. See fake.h. */
#include "engine/fake/fake_private.h"
#include "engine/registry.h"

#include <stdio.h>
#include <string.h>

/* ---- counters ------------------------------------------------------------------------------------------------- */

ar_fake_all ar_fake_totals;

void ar_fake_counts_get(ar_fake_counts *out)
{
    *out = (ar_fake_counts){.models = atomic_load(&ar_fake_totals.models),
                            .contexts = atomic_load(&ar_fake_totals.contexts),
                            .models_peak = atomic_load(&ar_fake_totals.models_peak),
                            .opens = atomic_load(&ar_fake_totals.opens),
                            .prefills = atomic_load(&ar_fake_totals.prefills),
                            .prefilled = atomic_load(&ar_fake_totals.prefilled),
                            .steps = atomic_load(&ar_fake_totals.steps),
                            .scored = atomic_load(&ar_fake_totals.scored),
                            .restores = atomic_load(&ar_fake_totals.restores),
                            .parks = atomic_load(&ar_fake_totals.parks),
                            .resumes = atomic_load(&ar_fake_totals.resumes),
                            .bytes = atomic_load(&ar_fake_totals.bytes),
                            .bytes_peak = atomic_load(&ar_fake_totals.bytes_peak)};
}

void ar_fake_counts_reset(void)
{
    ar_fake_all *all = &ar_fake_totals;
    atomic_long *const totals[] = {&all->opens,  &all->prefills, &all->prefilled, &all->steps,
                                   &all->scored, &all->restores, &all->parks,     &all->resumes};
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        atomic_store(totals[i], 0);
    atomic_store(&all->models_peak, atomic_load(&all->models));
    atomic_store(&all->bytes_peak, atomic_load(&all->bytes));
}

static void raise_to(atomic_long *peak, long now)
{
    long was = atomic_load(peak);
    while (now > was && !atomic_compare_exchange_weak(peak, &was, now)) {}
}

void ar_fake_count_model(void)
{
    raise_to(&ar_fake_totals.models_peak, atomic_fetch_add(&ar_fake_totals.models, 1) + 1);
    atomic_fetch_add(&ar_fake_totals.opens, 1);
}

void ar_fake_count_bytes(int64_t more)
{
    raise_to(&ar_fake_totals.bytes_peak, atomic_fetch_add(&ar_fake_totals.bytes, (long)more) + (long)more);
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

static const char *chat_name(const char *chat_template)
{
    if (!chat_template[0])
        return "";
    if (strstr(chat_template, "<|im_start|>"))
        return "chatml";
    return strstr(chat_template, "<start_of_turn>") ? "gemma" : "unknown";
}

static int fake_check(arny_file_info *out, const char *path)
{
    ar_fake_file file;
    int status = ar_fake_file_read(&file, path);
    if (status)
        return status;
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    snprintf(out->kind, sizeof out->kind, "%s", file.adapter ? "lora" : "fake");
    snprintf(out->architecture, sizeof out->architecture, "%s", file.adapter ? file.base : file.architecture);
    out->bytes = file.bytes;
    if (!file.adapter) {
        snprintf(out->name, sizeof out->name, "%s", file.name);
        snprintf(out->chat, sizeof out->chat, "%s", chat_name(file.chat_template));
        out->context = file.context;
        out->embedding = file.embedding;
        out->layers = 1;
        out->vocabulary = AR_FAKE_VOCABULARY;
        out->weights = file.weights;
    }
    ar_fake_file_free(&file);
    return ARNY_OK;
}

int ar_fake_read_kind(ar_fake_file *out, const char *path, int want_adapter)
{
    int status = ar_fake_file_read(out, path);
    if (!status && out->adapter != want_adapter) {
        ar_fake_file_free(out);
        status = arny_engine_fail(ARNY_E_DATA, "%s: this is %s, and %s was expected", path,
                                  want_adapter ? "a model" : "an adapter", want_adapter ? "an adapter" : "a model");
    }
    return status;
}

int ar_fake_check_base(const ar_fake_file *file, const char *path, const char *architecture)
{
    if (strcmp(file->base, architecture) == 0)
        return ARNY_OK;
    return arny_engine_fail(ARNY_E_DATA, "%s: this adapter is for the architecture \"%s\", and the model's is \"%s\"",
                            path, file->base, architecture);
}

static int fake_estimate(arny_engine_estimate *out, const char *path, const char *adapter_path,
                         const arny_engine_model_options *model, const arny_engine_context_options *context)
{
    ar_fake_file file, lora = {0};
    (void)model;
    int status = ar_fake_check_options(context);
    if (!status)
        status = ar_fake_read_kind(&file, path, 0);
    if (status)
        return status;
    if (adapter_path && (status = ar_fake_read_kind(&lora, adapter_path, 1)))
        goto out;
    if (adapter_path && (status = ar_fake_check_base(&lora, adapter_path, file.architecture)))
        goto out;
    *out = (arny_engine_estimate){.weights = file.weights,
                                  .parked = file.fail_park ? file.weights : file.parked,
                                  .opening = file.opening,
                                  .kv = (int64_t)ar_fake_row_bytes(&file, context) * context->length,
                                  .compute = ar_fake_compute_bytes(context),
                                  .adapter = lora.bytes};
out:
    ar_fake_file_free(&lora);
    ar_fake_file_free(&file);
    return status;
}

const arny_engine ar_engine_fake = {
    .version = ARNY_ENGINE_VERSION,
    .name = "fake",
    .recognizes = ar_fake_recognizes,
    .check = fake_check,
    .estimate = fake_estimate,
    .model_open = ar_fake_model_open,
    .model_free = ar_fake_model_free,
    .model_info = ar_fake_model_info,
    .model_park = ar_fake_model_park,
    .model_resume = ar_fake_model_resume,
    .tokenize = ar_fake_tokenize,
    .piece = ar_fake_piece,
    .token_text = ar_fake_token_text,
    .token_flags = ar_fake_token_flags,
    .context_need = ar_fake_context_need,
    .context_open = ar_fake_context_open,
    .context_free = ar_fake_context_free,
    .length = ar_fake_length,
    .capacity = ar_fake_capacity,
    .truncate = ar_fake_truncate,
    .prefill = ar_fake_prefill,
    .step = ar_fake_step,
    .logits = ar_fake_logits,
    .score = ar_fake_score,
    .embed = ar_fake_embed,
    .state_size = ar_fake_state_size,
    .state_save = ar_fake_state_save,
    .state_restore = ar_fake_state_restore,
    .state_version = ar_fake_state_version,
    .adapter_open = ar_fake_adapter_open,
    .adapter_set = ar_fake_adapter_set,
    .model_bytes = ar_fake_model_bytes,
    .context_bytes = ar_fake_context_bytes,
};
