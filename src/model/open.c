/* model/open.c - see open.h. */
#include "model/open.h"
#include "engine/registry.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/status.h"

int ar_model_fingerprint(uint64_t *out, const char *path)
{
    ar_file_id id;
    int status = ar_fs_id(&id, path);
    id.device = 0; /* may be another number after a reboot */
    *out = ar_hash(AR_HASH_BEGIN, &id, sizeof id);
    return status;
}

int ar_model_open(ar_model **out, const ar_model_want *want)
{
    *out = NULL;
    ar_model *model = ar_calloc(1, sizeof *model);
    if (!model)
        return ARNY_E_MEMORY;
    int status = ar_filter_init(&model->filter);
    if (status)
        goto out;
    status = ARNY_E_MEMORY;
    if (!(model->path = ar_strdup(want->path)))
        goto out;
    arny_engine_model_options options = {
        .tokenizer = want->tokenizer,
        .gpu_layers = want->gpu_layers,
        .repack = want->repack,
        .progress = want->progress,
        .progress_data = want->data,
        .cancel = want->cancel,
    };
    if ((status = ar_engine_for_file(&model->engine, want->path)))
        goto out;
    if (want->engine && arny_engine_find(want->engine) != model->engine) {
        status = ar_fail(ARNY_E_DATA, "%s: a file of the engine \"%s\", not of \"%s\"", want->path, model->engine->name,
                         want->engine);
        goto out;
    }
    if ((status = ar_model_fingerprint(&model->file, want->path)))
        goto out;
    if ((status = model->engine->model_open(&model->open, want->path, &options)))
        goto out;
    model->info = model->engine->model_info(model->open);
    if ((status = ar_vocab_new(&model->vocab, model->engine, model->open)))
        goto out;
    model->chat = want->chat;
    if (!model->chat && model->info->chat_template)
        model->chat = ar_template_detect(model->info->chat_template);
    if (model->info->generates)
        status = ar_sampler_new(&model->sampler, model->info->vocabulary);
out:
    if (status) {
        ar_model_close(model);
        return status;
    }
    *out = model;
    return ARNY_OK;
}

void ar_model_close(ar_model *model)
{
    if (!model)
        return;
    ar_sampler_free(model->sampler);
    ar_filter_free(&model->filter);
    ar_vocab_free(model->vocab);
    if (model->open)
        model->engine->model_free(model->open);
    ar_free(model->path);
    ar_free(model);
}

int ar_model_chat(const ar_template **out, const ar_model *model)
{
    *out = model->chat;
    if (model->chat)
        return ARNY_OK;
    if (!model->info->chat_template)
        return ar_fail(ARNY_E_DATA,
                       "%s has no chat template: name one (\"chat\" in team.json, --chat), of %s; or send a raw "
                       "prompt",
                       model->path, arny_chat_templates());
    return ar_fail(ARNY_E_DATA,
                   "%s has a chat template that is not known here: name the one to use (\"chat\" in team.json, "
                   "--chat), of %s",
                   model->path, arny_chat_templates());
}
