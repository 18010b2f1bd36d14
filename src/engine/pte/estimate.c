/*
 * engine/pte/estimate.c - the bytes that opening and running take, from the file's plan.
 *
 *   weights     the packed file, about as large as what XNNPACK's delegates hold; of the constants of the .pte, which is the
 *               embedding, the rows that tokens may ask for, with the pages that the system maps around each; the program itself;
 *               and what stays when the model is parked: the vocabulary, and what the runtime made of the method
 *   opening     the weights once more, where they are packed first
 *   kv          a row of each cache for each position of the context: arenas are planned for the longest one, but a page that is
 *               not touched takes nothing
 *   compute     the rest of the arenas, in the share that a chunk of tokens is of the most that were planned for; what XNNPACK
 *               lays beside it; the logits
 */
#include "engine/pte/pte.h"
#include "engine/gguf/estimate.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define METHOD          ((int64_t)4 << 20)  /* XNNPACK's operators and the runtime's tables of a loaded method */
#define WORKSPACE_SHARE 2                   /* XNNPACK's scratch is about so many times the activations of a chunk */
#define AROUND          ((int64_t)64 << 10) /* that Linux maps around a page of a file that is touched */
#define PAGE            4096

static void of_context(arny_engine_estimate *out, const ar_pte *file, const arny_engine_context_options *options)
{
    const ar_pte_method *forward = ar_pte_method_named(file, "forward");
    int64_t arenas = 0, caches = 0, most, length = options->length;
    int halves = ar_pte_halves(file, options->kv_type);
    if (!forward || forward->input_count == 0 || forward->output_count == 0)
        return;
    for (size_t i = 0; i < forward->arena_count; i++)
        arenas += forward->arenas[i];
    for (size_t i = 0; i < forward->kv_count; i++) {
        const ar_pte_kv *kv = &forward->kv[i];
        int64_t used = length < kv->positions ? length : kv->positions;
        caches += (int64_t)kv->positions * kv->row_bytes;
        int64_t bytes = used * kv->row_bytes / (halves ? 2 : 1);
        out->kv += (bytes + PAGE - 1) / PAGE * PAGE;
    }
    for (size_t i = 0; forward->kv_count == 0 && i < forward->mutable_count; i++) {
        caches += (int64_t)forward->mutables[i].bytes;
        out->kv += (int64_t)forward->mutables[i].bytes;
    }
    most = forward->inputs[0].dim_count == 2 ? forward->inputs[0].dims[1] : 1;
    int64_t chunk = (int64_t)ar_pte_chunk(file, options->batch);
    int64_t activations = (arenas > caches ? arenas - caches : 0) / (most > 0 ? most : 1) * chunk;
    const ar_pte_value *logits = &forward->outputs[0];
    out->compute = activations * (1 + WORKSPACE_SHARE) + 4 * (int64_t)logits->dims[logits->dim_count - 1];
}

static int64_t vocabulary_bytes(const char *tokenizer)
{
    ar_gguf *header;
    if (!tokenizer || ar_gguf_read(&header, tokenizer) != ARNY_OK)
        return 0;
    int64_t bytes = ar_gguf_vocabulary_bytes(header);
    ar_gguf_free(header);
    return bytes;
}

int ar_pte_estimate(arny_engine_estimate *out, const char *path, const char *adapter,
                    const arny_engine_model_options *model, const arny_engine_context_options *context)
{
    ar_pte *file;
    memset(out, 0, sizeof *out);
    if (adapter)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: the engine \"pte\" has no adapters: merge it before the export", path);
    int status = ar_pte_read(&file, path);
    if (status)
        return status;
    if ((status = ar_pte_fits(file, path, context->length))) {
        ar_pte_free(file);
        return status;
    }
    out->parked = METHOD + vocabulary_bytes(model ? model->tokenizer : NULL);
    int64_t touched = AROUND * context->length;
    out->weights = file->weights - file->constants + out->parked;
    out->weights += touched < file->constants ? touched : file->constants;
    if (!ar_packed_is_there(path, &file->id)) /* the weights are read while they are packed */
        out->opening = file->weights - file->constants;
    of_context(out, file, context);
    ar_pte_free(file);
    return ARNY_OK;
}

int64_t ar_pte_context_need(const arny_engine_model *model, const arny_engine_context_options *options)
{
    arny_engine_estimate estimate = {0};
    of_context(&estimate, model->file, options);
    return estimate.kv + estimate.compute;
}
