#include "gguf_make.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 512

typedef struct bytes {
    unsigned char *ptr;
    size_t len, cap;
} bytes;

typedef struct pair {
    char *key;
    bytes value; /* type first */
} pair;

typedef struct tensor {
    char *name;
    uint32_t type;
    uint64_t dims[3], size, offset;
    int placed; /* 1: `offset` was said */
} tensor;

struct gguf_make {
    pair pairs[MOST];
    tensor tensors[MOST];
    size_t pair_count, tensor_count;
    uint64_t claimed_tensors, claimed_keys;
    int claims;
    uint32_t version, alignment;
};

static void fail(const char *what)
{
    fprintf(stderr, "gguf_make: %s\n", what);
    abort();
}

static void put(bytes *to, const void *data, size_t n)
{
    if (to->len + n > to->cap) {
        to->cap = 2 * (to->len + n) + 64;
        to->ptr = realloc(to->ptr, to->cap);
        if (to->ptr == NULL)
            fail("no memory");
    }
    if (n > 0)
        memcpy(to->ptr + to->len, data, n);
    to->len += n;
}

static void put_int(bytes *to, uint64_t value, size_t n)
{
    unsigned char byte[8];
    size_t i;

    for (i = 0; i < n; i++)
        byte[i] = (unsigned char)(value >> (8 * i));
    put(to, byte, n);
}

static void put_text(bytes *to, const char *text)
{
    put_int(to, strlen(text), 8);
    put(to, text, strlen(text));
}

static void put_zeros(bytes *to, uint64_t n)
{
    static const unsigned char zeros[4096];

    for (; n > sizeof zeros; n -= sizeof zeros)
        put(to, zeros, sizeof zeros);
    put(to, zeros, (size_t)n);
}

static char *copy(const char *text)
{
    char *made = strdup(text);

    if (made == NULL)
        fail("no memory");
    return made;
}

gguf_make *gguf_make_new(void)
{
    gguf_make *make = calloc(1, sizeof *make);

    if (make == NULL)
        fail("no memory");
    make->version = 3;
    make->alignment = 32;
    return make;
}

/* ---- metadata ------------------------------------------------------------------------------------------------ */

static bytes *pair_new(gguf_make *make, const char *key)
{
    pair *made;

    if (make->pair_count == MOST)
        fail("too many keys");
    made = &make->pairs[make->pair_count++];
    made->key = copy(key);
    made->value = (bytes){0};
    return &made->value;
}

static bytes *pair_for(gguf_make *make, const char *key)
{
    size_t i;

    for (i = 0; i < make->pair_count; i++) {
        if (strcmp(make->pairs[i].key, key) == 0) {
            make->pairs[i].value.len = 0;
            return &make->pairs[i].value;
        }
    }
    return pair_new(make, key);
}

void gguf_make_value(gguf_make *make, const char *key, uint32_t type, const void *value, size_t n)
{
    bytes *to = pair_for(make, key);

    put_int(to, type, 4);
    put(to, value, n);
}

void gguf_make_u32(gguf_make *make, const char *key, uint32_t value)
{
    bytes *to = pair_for(make, key);

    put_int(to, MAKE_U32, 4);
    put_int(to, value, 4);
}

void gguf_make_f32(gguf_make *make, const char *key, float value)
{
    gguf_make_value(make, key, MAKE_F32, &value, sizeof value);
}

void gguf_make_bool(gguf_make *make, const char *key, int value)
{
    unsigned char byte = (unsigned char)value;

    gguf_make_value(make, key, MAKE_BOOL, &byte, 1);
}

void gguf_make_string(gguf_make *make, const char *key, const char *text)
{
    bytes *to = pair_for(make, key);

    put_int(to, MAKE_STRING, 4);
    put_text(to, text);
}

void gguf_make_array(gguf_make *make, const char *key, uint32_t type, const void *values, size_t count, size_t n)
{
    bytes *to = pair_for(make, key);

    put_int(to, MAKE_ARRAY, 4);
    put_int(to, type, 4);
    put_int(to, count, 8);
    put(to, values, count * n);
}

void gguf_make_strings(gguf_make *make, const char *key, const char *const *texts, size_t count)
{
    bytes *to = pair_for(make, key);
    size_t i;

    put_int(to, MAKE_ARRAY, 4);
    put_int(to, MAKE_STRING, 4);
    put_int(to, count, 8);
    for (i = 0; i < count; i++)
        put_text(to, texts[i]);
}

void gguf_make_drop(gguf_make *make, const char *key)
{
    size_t i;

    for (i = 0; i < make->pair_count; i++) {
        if (strcmp(make->pairs[i].key, key) != 0)
            continue;
        free(make->pairs[i].key);
        free(make->pairs[i].value.ptr);
        make->pair_count--;
        memmove(&make->pairs[i], &make->pairs[i + 1], (make->pair_count - i) * sizeof *make->pairs);
        return;
    }
    fail("no such key to drop");
}

void gguf_make_twice(gguf_make *make, const char *key, uint32_t value)
{
    bytes *to = pair_new(make, key);

    put_int(to, MAKE_U32, 4);
    put_int(to, value, 4);
}

/* ---- tensors ------------------------------------------------------------------------------------------------- */

static tensor *tensor_named(gguf_make *make, const char *name)
{
    size_t i;

    for (i = 0; i < make->tensor_count; i++) {
        if (strcmp(make->tensors[i].name, name) == 0)
            return &make->tensors[i];
    }
    return NULL;
}

static tensor *tensor_new(gguf_make *make, const char *name)
{
    tensor *made;

    if (make->tensor_count == MOST)
        fail("too many tensors");
    made = &make->tensors[make->tensor_count++];
    *made = (tensor){.name = copy(name)};
    return made;
}

void gguf_make_tensor(gguf_make *make, const char *name, uint32_t type, uint64_t d0, uint64_t d1, uint64_t d2,
                      uint64_t n)
{
    tensor *t = tensor_named(make, name);

    if (t == NULL)
        t = tensor_new(make, name);
    t->type = type;
    t->dims[0] = d0;
    t->dims[1] = d1;
    t->dims[2] = d2;
    t->size = n;
}

void gguf_make_tensor_drop(gguf_make *make, const char *name)
{
    tensor *t = tensor_named(make, name);

    if (t == NULL)
        fail("no such tensor to drop");
    free(t->name);
    make->tensor_count--;
    memmove(t, t + 1, (size_t)(make->tensors + make->tensor_count - t) * sizeof *t);
}

void gguf_make_tensor_twice(gguf_make *make, const char *name)
{
    tensor *t = tensor_named(make, name), *again;

    if (t == NULL)
        fail("no such tensor to repeat");
    again = tensor_new(make, name);
    again->type = t->type;
    memcpy(again->dims, t->dims, sizeof t->dims);
    again->size = t->size;
}

void gguf_make_offset(gguf_make *make, const char *name, uint64_t offset)
{
    tensor *t = tensor_named(make, name);

    if (t == NULL)
        fail("no such tensor to move");
    t->offset = offset;
    t->placed = 1;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

void gguf_make_version(gguf_make *make, uint32_t version)
{
    make->version = version;
}

void gguf_make_alignment(gguf_make *make, uint32_t alignment)
{
    gguf_make_u32(make, "general.alignment", alignment);
    make->alignment = alignment;
}

void gguf_make_counts(gguf_make *make, uint64_t tensors, uint64_t keys)
{
    make->claims = 1;
    make->claimed_tensors = tensors;
    make->claimed_keys = keys;
}

static uint64_t padded(const gguf_make *make, uint64_t n)
{
    return make->alignment == 0 ? n : (n + make->alignment - 1) / make->alignment * make->alignment;
}

void *gguf_make_finish_head(gguf_make *make, size_t *n, size_t *head)
{
    bytes out = {0};
    uint64_t offset = 0;
    size_t i, d;

    put(&out, "GGUF", 4);
    put_int(&out, make->version, 4);
    put_int(&out, make->claims ? make->claimed_tensors : make->tensor_count, 8);
    put_int(&out, make->claims ? make->claimed_keys : make->pair_count, 8);
    for (i = 0; i < make->pair_count; i++) {
        put_text(&out, make->pairs[i].key);
        put(&out, make->pairs[i].value.ptr, make->pairs[i].value.len);
        free(make->pairs[i].key);
        free(make->pairs[i].value.ptr);
    }
    for (i = 0; i < make->tensor_count; i++) {
        const tensor *t = &make->tensors[i];
        size_t dims = t->dims[1] == 0 ? 1 : t->dims[2] == 0 ? 2 : 3;

        put_text(&out, t->name);
        put_int(&out, dims, 4);
        for (d = 0; d < dims; d++)
            put_int(&out, t->dims[d], 8);
        put_int(&out, t->type, 4);
        put_int(&out, t->placed ? t->offset : offset, 8);
        offset = padded(make, offset + t->size);
    }
    put_zeros(&out, padded(make, out.len) - out.len);
    if (head != NULL)
        *head = out.len;
    for (i = 0; i < make->tensor_count; i++) {
        put_zeros(&out, padded(make, make->tensors[i].size));
        free(make->tensors[i].name);
    }
    free(make);
    *n = out.len;
    return out.ptr;
}

void *gguf_make_finish(gguf_make *make, size_t *n)
{
    return gguf_make_finish_head(make, n, NULL);
}

unsigned char *gguf_make_find(void *data, size_t n, const char *text)
{
    size_t length = strlen(text), i;
    unsigned char *at = data;

    for (i = 0; i + length <= n; i++) {
        if (memcmp(at + i, text, length) == 0)
            return at + i;
    }
    fail(text);
    return NULL;
}

/* ---- ready ones ---------------------------------------------------------------------------------------------- */

enum { WIDTH = 32, FORWARD = 64, TOKENS = 8, RANK = 4, F32 = 0 };

static void matrix(gguf_make *make, const char *name, uint64_t columns, uint64_t rows)
{
    gguf_make_tensor(make, name, F32, columns, rows, 0, columns * (rows == 0 ? 1 : rows) * 4);
}

gguf_make *gguf_make_bare(void)
{
    static const char *const tokens[TOKENS] = {"<unk>", "<s>", "</s>", "<0x0A>", "a", "b", "ab", "\xe2\x96\x81"};
    static const float scores[TOKENS] = {0, 0, 0, 0, -1, -2, -3, -4};
    static const int32_t types[TOKENS] = {2, 3, 3, 6, 1, 1, 1, 1};
    gguf_make *make = gguf_make_new();

    gguf_make_string(make, "general.architecture", "llama");
    gguf_make_string(make, "general.name", "tiny");
    gguf_make_u32(make, "llama.block_count", 1);
    gguf_make_u32(make, "llama.context_length", 64);
    gguf_make_u32(make, "llama.embedding_length", WIDTH);
    gguf_make_u32(make, "llama.feed_forward_length", FORWARD);
    gguf_make_u32(make, "llama.attention.head_count", 2);
    gguf_make_f32(make, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    gguf_make_string(make, "tokenizer.ggml.model", "llama");
    gguf_make_strings(make, "tokenizer.ggml.tokens", tokens, TOKENS);
    gguf_make_array(make, "tokenizer.ggml.scores", MAKE_F32, scores, TOKENS, 4);
    gguf_make_array(make, "tokenizer.ggml.token_type", MAKE_I32, types, TOKENS, 4);
    gguf_make_u32(make, "tokenizer.ggml.bos_token_id", 1);
    gguf_make_u32(make, "tokenizer.ggml.eos_token_id", 2);
    gguf_make_bool(make, "tokenizer.ggml.add_bos_token", 1);
    matrix(make, "token_embd.weight", WIDTH, TOKENS);
    return make;
}

gguf_make *gguf_make_tiny(void)
{
    gguf_make *make = gguf_make_bare();

    matrix(make, "output_norm.weight", WIDTH, 0);
    matrix(make, "blk.0.attn_norm.weight", WIDTH, 0);
    matrix(make, "blk.0.attn_q.weight", WIDTH, WIDTH);
    matrix(make, "blk.0.attn_k.weight", WIDTH, WIDTH);
    matrix(make, "blk.0.attn_v.weight", WIDTH, WIDTH);
    matrix(make, "blk.0.attn_output.weight", WIDTH, WIDTH);
    matrix(make, "blk.0.ffn_norm.weight", WIDTH, 0);
    matrix(make, "blk.0.ffn_gate.weight", WIDTH, FORWARD);
    matrix(make, "blk.0.ffn_up.weight", WIDTH, FORWARD);
    matrix(make, "blk.0.ffn_down.weight", FORWARD, WIDTH);
    return make;
}

gguf_make *gguf_make_lora(void)
{
    gguf_make *make = gguf_make_new();

    gguf_make_string(make, "general.architecture", "llama");
    gguf_make_string(make, "general.type", "adapter");
    gguf_make_string(make, "adapter.type", "lora");
    gguf_make_f32(make, "adapter.lora.alpha", 8.0f);
    matrix(make, "blk.0.attn_output.weight.lora_a", WIDTH, RANK);
    matrix(make, "blk.0.attn_output.weight.lora_b", RANK, WIDTH);
    return make;
}
