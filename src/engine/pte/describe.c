/* engine/pte/describe.c - a .pte as `arny inspect` shows it. Nothing is required: what is not known stays empty. */
#include "engine/pte/file.h"
#include <stdio.h>
#include <string.h>

static int64_t constant(const ar_pte *pte, const char *method)
{
    int64_t value = 0;
    size_t count;
    return ar_pte_constant(&value, 1, &count, pte, method) && value > 0 ? value : 0;
}

static int64_t first_of(const ar_pte *pte, const char *method, int64_t otherwise)
{
    int64_t value = constant(pte, method);
    return value > 0 ? value : otherwise;
}

static int64_t last_dimension(const ar_pte_method *method)
{
    const ar_pte_value *first = method->outputs;
    return method->output_count > 0 && first->dim_count > 0 ? first->dims[first->dim_count - 1] : 0;
}

void ar_pte_describe(arny_file_info *out, const ar_pte *pte)
{
    const ar_pte_method *forward = ar_pte_method_named(pte, "forward");
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    snprintf(out->kind, sizeof out->kind, "pte");
    snprintf(out->quantization, sizeof out->quantization, "%s", pte->quantization);
    out->bytes = (int64_t)pte->bytes;
    out->weights = pte->weights;
    out->parameters = pte->parameters;
    out->embedding = pte->embedding;
    out->context = first_of(pte, "get_max_context_len", constant(pte, "get_max_seq_len"));
    out->layers = constant(pte, "get_n_layers");
    out->vocabulary = constant(pte, "get_vocab_size");
    if (!forward)
        return;
    out->tensors = (int64_t)forward->tensors;
    out->heads = forward->heads;
    if (out->layers == 0)
        out->layers = (int64_t)forward->kv_count / 2;
    if (out->vocabulary == 0)
        out->vocabulary = last_dimension(forward);
    if (forward->kv_count > 0)
        out->kv_heads = forward->kv[0].heads;
    for (size_t i = 0; out->context == 0 && i < forward->kv_count; i++)
        out->context = forward->kv[i].positions;
}
