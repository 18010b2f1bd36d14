/* engine/gguf/file_find.c - looks things up in a header that was read. */
#include "engine/gguf/file_private.h"
#include <string.h>

size_t ar_gguf_tensor_count(const ar_gguf *gguf)
{
    return gguf->tensor_count;
}

const ar_gguf_tensor *ar_gguf_tensor_at(const ar_gguf *gguf, size_t index)
{
    return index < gguf->tensor_count ? &gguf->tensors[index] : NULL;
}

const ar_gguf_tensor *ar_gguf_tensor_named(const ar_gguf *gguf, const char *name)
{
    size_t bytes = strlen(name), i;

    for (i = 0; i < gguf->tensor_count; i++) {
        const ar_gguf_tensor *tensor = &gguf->tensors[i];

        if (tensor->name_bytes == bytes && memcmp(tensor->name, name, bytes) == 0)
            return tensor;
    }
    return NULL;
}

static const ar_gguf_entry *find(const ar_gguf *gguf, const char *prefix, size_t prefix_bytes, const char *rest)
{
    size_t rest_bytes = strlen(rest), i;

    for (i = 0; i < gguf->entry_count; i++) {
        const ar_gguf_entry *entry = &gguf->entries[i];
        const unsigned char *key = gguf->head + entry->key;

        if (entry->key_bytes == prefix_bytes + rest_bytes && memcmp(key + prefix_bytes, rest, rest_bytes) == 0 &&
            memcmp(key, prefix, prefix_bytes) == 0)
            return entry;
    }
    return NULL;
}

const ar_gguf_entry *ar_gguf_find(const ar_gguf *gguf, const char *key)
{
    return find(gguf, "", 0, key);
}

const ar_gguf_entry *ar_gguf_arch_find(const ar_gguf *gguf, const char *name)
{
    char prefix[68]; /* an architecture is at most 63 bytes long; a longer one finds nothing */
    const char *arch = NULL;
    size_t bytes = 0;

    if (!ar_gguf_string(&arch, &bytes, gguf, "general.architecture") || bytes > 63)
        return NULL;
    memcpy(prefix, arch, bytes);
    prefix[bytes] = '.';
    return find(gguf, prefix, bytes + 1, name);
}

int ar_gguf_integer_at(uint64_t *out, const ar_gguf *gguf, const ar_gguf_entry *entry, uint64_t index)
{
    const unsigned char *at;
    uint64_t value;
    unsigned bits;

    if (entry == NULL || index >= entry->count || ar_gguf_value_bytes[entry->type] == 0)
        return 0;
    at = gguf->head + entry->at + (size_t)index * ar_gguf_value_bytes[entry->type];
    bits = 8u * ar_gguf_value_bytes[entry->type];
    switch (bits) {
    case 8: value = at[0]; break;
    case 16: value = (uint64_t)at[0] | (uint64_t)at[1] << 8; break;
    case 32: value = ar_gguf_le32(at); break;
    default: value = ar_gguf_le64(at); break;
    }
    switch (entry->type) {
    case AR_GGUF_I8:
    case AR_GGUF_I16:
    case AR_GGUF_I32:
    case AR_GGUF_I64:
        if (value >> (bits - 1) != 0) /* negative */
            return 0;
        break;
    case AR_GGUF_F32:
    case AR_GGUF_F64: return 0;
    default: break;
    }
    *out = value;
    return 1;
}

int ar_gguf_float_at(double *out, const ar_gguf *gguf, const ar_gguf_entry *entry, uint64_t index)
{
    if (entry == NULL || index >= entry->count)
        return 0;
    if (entry->type == AR_GGUF_F32) {
        uint32_t bits = ar_gguf_le32(gguf->head + entry->at + 4 * (size_t)index);
        float value;

        memcpy(&value, &bits, sizeof value);
        *out = (double)value;
        return 1;
    }
    if (entry->type == AR_GGUF_F64) {
        uint64_t bits = ar_gguf_le64(gguf->head + entry->at + 8 * (size_t)index);

        memcpy(out, &bits, sizeof *out);
        return 1;
    }
    return 0;
}

int ar_gguf_u64(uint64_t *out, const ar_gguf *gguf, const char *key)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, key);

    return entry != NULL && !entry->array && ar_gguf_integer_at(out, gguf, entry, 0);
}

int ar_gguf_arch_u64(uint64_t *out, const ar_gguf *gguf, const char *name)
{
    const ar_gguf_entry *entry = ar_gguf_arch_find(gguf, name);

    return entry != NULL && !entry->array && ar_gguf_integer_at(out, gguf, entry, 0);
}

int ar_gguf_string(const char **out, size_t *bytes, const ar_gguf *gguf, const char *key)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, key);

    if (entry == NULL || entry->array || entry->type != AR_GGUF_STRING)
        return 0;
    *out = (const char *)gguf->head + entry->at + 8;
    *bytes = (size_t)ar_gguf_le64(gguf->head + entry->at);
    return 1;
}

int ar_gguf_is(const ar_gguf *gguf, const char *key, const char *text)
{
    const char *value = NULL;
    size_t bytes = 0;

    return ar_gguf_string(&value, &bytes, gguf, key) && bytes == strlen(text) && memcmp(value, text, bytes) == 0;
}

int ar_gguf_array_count(uint64_t *out, const ar_gguf *gguf, const char *key)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, key);

    if (entry == NULL || !entry->array)
        return 0;
    *out = entry->count;
    return 1;
}

int ar_gguf_array_u64(uint64_t *out, const ar_gguf *gguf, const char *key, uint64_t index)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, key);

    return entry != NULL && entry->array && ar_gguf_integer_at(out, gguf, entry, index);
}

int64_t ar_gguf_file_bytes(const ar_gguf *gguf)
{
    return gguf->file_bytes;
}

int64_t ar_gguf_weight_bytes(const ar_gguf *gguf)
{
    return gguf->weight_bytes;
}
