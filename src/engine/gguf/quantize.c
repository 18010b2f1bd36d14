/* engine/gguf/quantize.c - the same model with other weight types. */
#include "engine/gguf/gguf.h"
#include "util/buf.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum llama_ftype type;
} types[] = {
    {"q4_0", LLAMA_FTYPE_MOSTLY_Q4_0},     {"q4_1", LLAMA_FTYPE_MOSTLY_Q4_1}, {"q4_k_m", LLAMA_FTYPE_MOSTLY_Q4_K_M},
    {"q5_k_m", LLAMA_FTYPE_MOSTLY_Q5_K_M}, {"q6_k", LLAMA_FTYPE_MOSTLY_Q6_K}, {"q8_0", LLAMA_FTYPE_MOSTLY_Q8_0},
    {"f16", LLAMA_FTYPE_MOSTLY_F16},       {"f32", LLAMA_FTYPE_ALL_F32},
};

/* llama.cpp tells how far it is in its log alone: "[  12/ 272] blk.1.attn_k.weight ...". */
static _Thread_local struct {
    int (*progress)(double progress, void *data);
    void *data;
} listener;

void ar_gguf_quantize_log(const char *line)
{
    char *end;
    if (!listener.progress || line[0] != '[')
        return;
    double done = strtod(line + 1, &end);
    double all = *end == '/' ? strtod(end + 1, &end) : 0;
    if (all > 0 && *end == ']' && done <= all)
        listener.progress(done / all,
                          listener.data); /* it cannot be stopped from here: the caller asks again at the end */
}

int ar_gguf_quantize(const char *in_path, const char *out_path, const char *type, int32_t threads,
                     int (*progress)(double progress, void *data), void *progress_data)
{
    size_t i = 0, count = sizeof types / sizeof *types;
    while (i < count && strcmp(type, types[i].name) != 0)
        i++;
    if (i == count) {
        ar_buf names = AR_BUF_INIT(256);
        for (i = 0; i < count; i++)
            ar_buf_printf(&names, "%s%s", i ? ", " : "", types[i].name);
        int status = ar_fail(ARNY_E_ARGUMENT, "there is no weight type \"%s\"; there are %s", type, names.ptr);
        ar_buf_free(&names);
        return status;
    }
    ar_gguf *header;
    int status = ar_gguf_read(&header, in_path);
    if (status)
        return status;
    status = ar_gguf_is_model(header, in_path);
    ar_gguf_free(header);
    if (status)
        return status;
    ar_gguf_start();
    llama_model_quantize_params params = llama_model_quantize_default_params();
    params.ftype = types[i].type;
    params.nthread = threads;
    params.allow_requantize = true;
    listener.progress = progress;
    listener.data = progress_data;
    int failed = guard_quantize(in_path, out_path, &params);
    listener.progress = NULL;
    if (failed)
        return ar_fail(ARNY_E_WRITE, "%s: llama.cpp could not write it as %s: %s", in_path, type, ar_gguf_words());
    return ARNY_OK;
}
