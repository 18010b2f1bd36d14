/* engine/pte/limits.c - how much a file was exported for. */
#include "engine/pte/pte.h"
#include "util/status.h"

#define CHUNK 64 /* tokens of a computation, at most: none can be cancelled in its middle */

int64_t ar_pte_integer(const ar_pte *file, const char *method, int64_t otherwise)
{
    int64_t value;
    size_t count;
    return ar_pte_constant(&value, 1, &count, file, method) && count > 0 ? value : otherwise;
}

size_t ar_pte_chunk(const ar_pte *file, int32_t batch)
{
    const ar_pte_method *forward = ar_pte_method_named(file, "forward");
    size_t most = forward && forward->input_count > 0 && forward->inputs[0].dim_count == 2
                      ? (size_t)forward->inputs[0].dims[1]
                      : 1,
           chunk = batch < 1       ? 1
                   : batch < CHUNK ? (size_t)batch
                                   : CHUNK;
    return most < 1 ? 1 : chunk < most ? chunk : most;
}

int64_t ar_pte_longest(const ar_pte *file)
{
    const ar_pte_method *forward = ar_pte_method_named(file, "forward");
    int64_t longest = ar_pte_integer(file, "get_max_context_len", ar_pte_integer(file, "get_max_seq_len", INT32_MAX));
    for (size_t i = 0; forward && i < forward->kv_count; i++)
        if (forward->kv[i].positions < longest)
            longest = forward->kv[i].positions;
    return longest > INT32_MAX ? INT32_MAX : longest;
}

int ar_pte_fits(const ar_pte *file, const char *path, int64_t length)
{
    int64_t longest = ar_pte_longest(file);
    if (length < 16)
        return ar_fail(ARNY_E_ARGUMENT, "a context of %lld tokens: at least 16 expected", (long long)length);
    if (length > longest)
        return ar_fail(ARNY_E_ARGUMENT, "%s: a context of %lld tokens: it was exported for %lld and no more", path,
                       (long long)length, (long long)longest);
    return ARNY_OK;
}

int ar_pte_halves(const ar_pte *file, int32_t kv_type)
{
    const ar_pte_method *forward = ar_pte_method_named(file, "forward");
    return forward && forward->kv_count > 0 && !forward->kv_shared && kv_type != ARNY_KV_F32;
}
