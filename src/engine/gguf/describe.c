/* engine/gguf/describe.c - a header as `arny inspect` shows it. Nothing is required here: what is absent stays empty. */
#include "engine/gguf/file_private.h"
#include "engine/gguf/types.h"
#include "util/utf8.h"
#include <stdio.h>
#include <string.h>

#define MOST_TYPES 64

static void copy(char *to, size_t capacity, const ar_gguf *gguf, const char *key)
{
    const char *text = NULL;
    size_t bytes = 0;

    if (!ar_gguf_string(&text, &bytes, gguf, key))
        return;
    bytes = ar_utf8_cut(text, bytes, capacity - 1);
    memcpy(to, text, bytes);
    to[bytes] = '\0';
}

/* One number, or the largest of an array: some models have layers without attention. */
static int64_t largest(const ar_gguf *gguf, const char *name)
{
    const ar_gguf_entry *entry = ar_gguf_arch_find(gguf, name);
    uint64_t most = 0, value = 0, i;

    for (i = 0; entry != NULL && i < entry->count; i++) {
        if (ar_gguf_integer_at(&value, gguf, entry, i) && value > most)
            most = value;
    }
    return most > INT64_MAX ? INT64_MAX : (int64_t)most;
}

void ar_gguf_describe(arny_file_info *out, const ar_gguf *gguf)
{
    uint64_t bytes_of[MOST_TYPES] = {0}, tokens = 0, parameters = 0, most = 0;
    const char *quantization = "";
    size_t i;

    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    snprintf(out->kind, sizeof out->kind, "%s", ar_gguf_is(gguf, "general.type", "adapter") ? "lora" : "gguf");
    copy(out->architecture, sizeof out->architecture, gguf, "general.architecture");
    copy(out->name, sizeof out->name, gguf, "general.name");
    out->bytes = gguf->file_bytes;
    out->tensors = (int64_t)gguf->tensor_count;
    out->context = largest(gguf, "context_length");
    out->embedding = largest(gguf, "embedding_length");
    out->layers = largest(gguf, "block_count");
    out->heads = largest(gguf, "attention.head_count");
    out->kv_heads = largest(gguf, "attention.head_count_kv");
    if (out->kv_heads == 0)
        out->kv_heads = out->heads;
    if (ar_gguf_array_count(&tokens, gguf, "tokenizer.ggml.tokens"))
        out->vocabulary = (int64_t)tokens;
    else
        out->vocabulary = largest(gguf, "vocab_size");
    out->weights = gguf->weight_bytes;
    for (i = 0; i < gguf->tensor_count; i++) {
        const ar_gguf_tensor *tensor = &gguf->tensors[i];
        uint64_t elements = tensor->dims[0] * tensor->dims[1] * tensor->dims[2] * tensor->dims[3]; /* checked */

        parameters = elements > INT64_MAX - parameters ? (uint64_t)INT64_MAX : parameters + elements;
        if (tensor->dims[1] == 1 && tensor->dims[2] == 1 && tensor->dims[3] == 1)
            continue;
        if (tensor->type < MOST_TYPES)
            bytes_of[tensor->type] += tensor->bytes; /* all of them fit into the file */
    }
    out->parameters = (int64_t)parameters;
    for (i = 0; i < MOST_TYPES; i++) {
        if (bytes_of[i] > most) {
            most = bytes_of[i];
            quantization = ar_ggml_type_at((uint32_t)i)->name;
        }
    }
    snprintf(out->quantization, sizeof out->quantization, "%s", quantization);
}
