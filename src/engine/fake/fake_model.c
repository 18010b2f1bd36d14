/* engine/fake/fake_model.c - a fake model that is open, and its adapters. */
#include "engine/fake/fake_private.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"

#include <string.h>
#include <time.h>

/* ---- time ----------------------------------------------------------------------------------------------------- */

int ar_fake_cancelled(const arny_engine_cancel *cancel)
{
    return cancel && cancel->asked && cancel->asked(cancel->data);
}

int ar_fake_fail_cancelled(void)
{
    return arny_engine_fail(ARNY_E_CANCELLED, "stopped, as was asked");
}

int ar_fake_wait(int64_t us, const arny_engine_cancel *cancel)
{
    double end = ar_now_ms() + (double)us / 1000;
    for (;;) {
        double left = end - ar_now_ms();
        if (us <= 0 || left <= 0)
            return ARNY_OK;
        if (ar_fake_cancelled(cancel))
            return ar_fake_fail_cancelled();
        struct timespec slice = {0, (long)((left < 1 ? left : 1) * 1e6)};
        nanosleep(&slice, NULL);
    }
}

/* ---- model ---------------------------------------------------------------------------------------------------- */

void ar_fake_model_free(arny_engine_model *model)
{
    if (!model)
        return;
    if (atomic_load(&model->contexts) > 0)
        ar_log(ARNY_LOG_ERROR, "fake: a model is freed before its contexts");
    while (model->adapters) {
        ar_fake_adapter *next = model->adapters->next;
        ar_fake_file_free(&model->adapters->file);
        ar_free(model->adapters);
        model->adapters = next;
    }
    ar_fake_count_bytes(-(model->parked ? model->file.parked : model->file.weights));
    ar_fake_file_free(&model->file);
    ar_free(model->path);
    ar_free(model->weights);
    ar_free(model);
    atomic_fetch_sub(&ar_fake_totals.models, 1);
}

static int pretend_to_load(const ar_fake_file *file, const arny_engine_model_options *o)
{
    const int slices = 10;
    for (int i = 0; i < slices; i++) {
        if (o && ar_fake_cancelled(&o->cancel))
            return ar_fake_fail_cancelled();
        if (o && o->progress && o->progress((double)i / slices, o->progress_data))
            return ar_fake_fail_cancelled();
        int status = ar_fake_wait(file->open_ms * 1000 / slices, o ? &o->cancel : NULL);
        if (status)
            return status;
    }
    if (o && o->progress && o->progress(1, o->progress_data))
        return ar_fake_fail_cancelled();
    return ARNY_OK;
}

static void describe(arny_engine_model *model)
{
    const ar_fake_file *file = &model->file;
    model->info = (arny_engine_model_info){.architecture = file->architecture,
                                           .chat_template = file->chat_template[0] ? file->chat_template : NULL,
                                           .vocabulary = AR_FAKE_VOCABULARY,
                                           .context = (int32_t)file->context,
                                           .embedding = (int32_t)file->embedding,
                                           .layers = 1,
                                           .bos = AR_FAKE_BOS,
                                           .eos = AR_FAKE_IM_END,
                                           .add_bos = file->add_bos,
                                           .exact_state = file->exact_state,
                                           .generates = 1,
                                           .weights = file->weights};
}

int ar_fake_model_open(arny_engine_model **out, const char *path, const arny_engine_model_options *options)
{
    ar_fake_file file;
    ar_file_id id;
    *out = NULL;
    int status = ar_fs_id(&id, path);
    if (status || (status = ar_fake_read_kind(&file, path, 0)))
        return status;
    if (file.fail_open)
        status = arny_engine_fail(file.fail_open, "%s: told to fail when it is opened", path);
    if (!status)
        status = pretend_to_load(&file, options);
    char *kept = status ? NULL : ar_strdup(path);
    arny_engine_model *model = kept ? ar_calloc(1, sizeof *model) : NULL;
    if (!model) {
        ar_free(kept);
        ar_fake_file_free(&file);
        return status ? status : ARNY_E_MEMORY;
    }
    model->file = file;
    model->id = id;
    model->path = kept;
    describe(model);
    ar_fake_count_model();
    ar_fake_count_bytes(file.weights + file.opening);
    ar_fake_count_bytes(-file.opening);
    if (file.allocate) {
        model->weights = ar_alloc((size_t)file.weights + 1);
        if (!model->weights) {
            ar_fake_model_free(model);
            return ARNY_E_MEMORY;
        }
        memset(model->weights, 1, (size_t)file.weights); /* so that they are resident */
    }
    *out = model;
    return ARNY_OK;
}

int ar_fake_model_park(arny_engine_model *model)
{
    if (model->file.fail_park)
        return arny_engine_fail(ARNY_E_UNSUPPORTED, "told that it cannot be parked");
    if (!model->parked) {
        model->parked = 1;
        ar_fake_count_bytes(model->file.parked - model->file.weights);
        atomic_fetch_add(&ar_fake_totals.parks, 1);
    }
    return ARNY_OK;
}

int ar_fake_model_resume(arny_engine_model *model, const arny_engine_model_options *options)
{
    ar_file_id now;
    int status = ar_fs_id(&now, model->path);
    if (!status && memcmp(&now, &model->id, sizeof now) != 0)
        status = arny_engine_fail(ARNY_E_DATA, "%s: the file has changed since it was opened", model->path);
    if (!status && options && ar_fake_cancelled(&options->cancel))
        status = ar_fake_fail_cancelled();
    if (!status && model->parked) {
        model->parked = 0;
        ar_fake_count_bytes(model->file.weights - model->file.parked);
        atomic_fetch_add(&ar_fake_totals.resumes, 1);
    }
    return status;
}

const arny_engine_model_info *ar_fake_model_info(const arny_engine_model *model)
{
    return &model->info;
}

int64_t ar_fake_model_bytes(const arny_engine_model *model)
{
    return model->file.weights;
}

int ar_fake_adapter_open(void **out, arny_engine_model *model, const char *path)
{
    *out = NULL;
    ar_fake_adapter *lora = ar_calloc(1, sizeof *lora);
    if (!lora)
        return ARNY_E_MEMORY;
    int status = ar_fake_read_kind(&lora->file, path, 1);
    if (!status)
        status = ar_fake_check_base(&lora->file, path, model->file.architecture);
    if (status) {
        ar_fake_file_free(&lora->file);
        ar_free(lora);
        return status;
    }
    lora->next = model->adapters;
    model->adapters = lora;
    *out = lora;
    return ARNY_OK;
}
