#include "engine/gguf/shape.h"
#include <string.h>

#define MAX_WIDTH   ((uint64_t)1 << 20) /* elements of an embedding or a head; the largest real model has 2^15 */
#define MAX_HEADS   ((uint64_t)1 << 16)
#define MAX_FORWARD ((uint64_t)1 << 24)
#define MAX_CONTEXT ((uint64_t)INT32_MAX)
#define MAX_EXPERTS 1024 /* LLAMA_MAX_EXPERTS */
#define REQUIRED    UINT64_MAX

/* Architectures for which llama.cpp keeps a cache of the window's size, and which of their layers use it when the file
 * does not say: in each `period` all but the last (or all but the first). 0: the file must say. */
static const struct windowed {
    const char *arch;
    uint8_t period, full_first;
    uint16_t window; /* when the file does not say; 0: then no layer has one */
} windowed[] = {
    {"afmoe", 4, 0, 0},       {"cohere2", 4, 0, 0},         {"cohere2moe", 4, 1, 0}, {"exaone-moe", 4, 0, 0},
    {"exaone4", 4, 0, 0},     {"gemma-embedding", 6, 0, 0}, {"gemma2", 2, 0, 4096},  {"gemma3", 6, 0, 0},
    {"gemma3n", 5, 0, 0},     {"laguna", 4, 1, 0},          {"llama4", 4, 0, 8192},  {"mellum", 4, 0, 0},
    {"modern-bert", 3, 1, 0}, {"muse-glimmer", 4, 0, 0},    {"olmo2", 4, 0, 0},      {"gpt-oss", 2, 0, 0},
    {"plamo3", 8, 0, 0},      {"smallthinker", 4, 1, 0},    {"gemma4", 0, 0, 0},     {"granite_swa", 0, 0, 0},
    {"maple", 0, 0, 0},       {"mimo2", 0, 0, 0},           {"spark2_5", 0, 0, 0},   {"step35", 0, 0, 0},
    {"dots3note", 0, 0, 0},
};

static const char *const recurrent[] = {"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"};

static const char *const no_cache[] = {
    "bert",      "jina-bert-v2", "jina-bert-v3",    "nomic-bert",      "nomic-bert-moe",
    "neo-bert",  "eurobert",     "modern-bert",     "dream",           "llada",
    "llada-moe", "rnd1",         "gemma-embedding", "wavtokenizer-dec"};

static int arch_is_one_of(const ar_gguf *gguf, const char *const *names, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (ar_gguf_is(gguf, "general.architecture", names[i]))
            return 1;
    }
    return 0;
}

static int bounded_at(uint64_t *out, const ar_gguf *gguf, const ar_gguf_entry *entry, uint64_t index, uint64_t min,
                      uint64_t max)
{
    uint64_t value = 0;

    if (!ar_gguf_integer_at(&value, gguf, entry, index))
        return ar_gguf_bad(gguf, entry->key, "%.*s must be a whole number, not negative",
                           ar_gguf_shown(entry->key_bytes), gguf->head + entry->key);
    if (value < min || value > max)
        return ar_gguf_bad(gguf, entry->at, "%.*s is %llu: %llu to %llu expected", ar_gguf_shown(entry->key_bytes),
                           gguf->head + entry->key, (unsigned long long)value, (unsigned long long)min,
                           (unsigned long long)max);
    *out = value;
    return ARNY_OK;
}

static int missing(const ar_gguf *gguf, const char *name)
{
    const char *arch = "";
    size_t bytes = 0;

    ar_gguf_string(&arch, &bytes, gguf, "general.architecture");
    return ar_gguf_bad(gguf, gguf->metadata_end, "the metadata ends without the key %.*s.%s", ar_gguf_shown(bytes),
                       arch, name);
}

int ar_gguf_bounded(uint64_t *out, const ar_gguf *gguf, const char *name, uint64_t min, uint64_t max, uint64_t fallback)
{
    const ar_gguf_entry *entry = ar_gguf_arch_find(gguf, name);

    if (entry == NULL && fallback == REQUIRED)
        return missing(gguf, name);
    if (entry == NULL) {
        *out = fallback;
        return ARNY_OK;
    }
    if (entry->array)
        return ar_gguf_bad(gguf, entry->key, "%.*s must be one number, not an array", ar_gguf_shown(entry->key_bytes),
                           gguf->head + entry->key);
    return bounded_at(out, gguf, entry, 0, min, max);
}

/* One number for all layers, or an array with one for each. */
static int per_layer(ar_gguf_shape *shape, const ar_gguf *gguf, const char *name, uint64_t max, size_t member)
{
    const ar_gguf_entry *entry = ar_gguf_arch_find(gguf, name);
    uint64_t value = 0;
    size_t i;
    int status;

    if (entry == NULL)
        return ARNY_OK;
    if (entry->array && entry->count != shape->layers)
        return ar_gguf_bad(gguf, entry->at, "%.*s has %llu numbers for %llu layers", ar_gguf_shown(entry->key_bytes),
                           gguf->head + entry->key, (unsigned long long)entry->count,
                           (unsigned long long)shape->layers);
    for (i = 0; i < shape->layers; i++) {
        if ((status = bounded_at(&value, gguf, entry, entry->array ? i : 0, 0, max)) != ARNY_OK)
            return status;
        memcpy((char *)&shape->layer[i] + member, &value, sizeof value);
    }
    return ARNY_OK;
}

static const struct windowed *windowed_find(const ar_gguf *gguf)
{
    size_t i;

    for (i = 0; i < sizeof windowed / sizeof *windowed; i++) {
        if (ar_gguf_is(gguf, "general.architecture", windowed[i].arch))
            return &windowed[i];
    }
    return NULL;
}

/* Which layers have a window: an array says so for each; else a period does. */
static int read_windows(ar_gguf_shape *shape, const ar_gguf *gguf)
{
    const struct windowed *kind = windowed_find(gguf);
    const ar_gguf_entry *pattern = ar_gguf_arch_find(gguf, "attention.sliding_window_pattern");
    uint64_t period = 0, flag = 0, own = shape->layers - shape->extra, i;
    int any = 0, status;

    if (kind == NULL)
        return ARNY_OK;
    status = ar_gguf_bounded(&shape->window, gguf, "attention.sliding_window", 0, MAX_CONTEXT, kind->window);
    if (status != ARNY_OK || shape->window == 0)
        return status;
    shape->windowed = 1;
    period = kind->period;
    if (pattern != NULL && !pattern->array &&
        (status = bounded_at(&period, gguf, pattern, 0, 0, AR_GGUF_MAX_LAYERS)) != ARNY_OK)
        return status;
    for (i = 0; i < shape->layers; i++) {
        if (pattern != NULL && pattern->array)
            shape->layer[i].window = ar_gguf_integer_at(&flag, gguf, pattern, i) && flag != 0;
        else if (i < own)
            shape->layer[i].window = period == 0 || (kind->full_first ? i % period != 0 : i % period < period - 1);
        any |= shape->layer[i].window;
    }
    if (!any)
        return ar_gguf_bad(gguf, pattern == NULL ? gguf->metadata_end : pattern->at,
                           "there is a sliding window, but no layer that uses it");
    return ARNY_OK;
}

/* gemma3n has its own KV in the first 20 layers, whatever the file says; gemma4's files say it. */
static int read_shared(ar_gguf_shape *shape, const ar_gguf *gguf)
{
    if (ar_gguf_is(gguf, "general.architecture", "gemma3n"))
        shape->shared = shape->layers > 20 ? shape->layers - 20 : 0;
    if (ar_gguf_is(gguf, "general.architecture", "gemma4"))
        return ar_gguf_bounded(&shape->shared, gguf, "attention.shared_kv_layers", 0, shape->layers, 0);
    return ARNY_OK;
}

static int read_heads(ar_gguf_shape *shape, const ar_gguf *gguf)
{
    uint64_t key, value, key_window = 0, value_window = 0, i;
    int status;

    if ((status = per_layer(shape, gguf, "attention.head_count", MAX_HEADS, offsetof(ar_gguf_layer, heads))) != ARNY_OK)
        return status;
    for (i = 0; i < shape->layers; i++)
        shape->layer[i].kv_heads = shape->layer[i].heads;
    if ((status = per_layer(shape, gguf, "attention.head_count_kv", MAX_HEADS, offsetof(ar_gguf_layer, kv_heads))) !=
        ARNY_OK)
        return status;
    if (shape->layer[0].heads == 0 && ar_gguf_arch_find(gguf, "attention.head_count") == NULL && !shape->recurrent)
        return missing(gguf, "attention.head_count");
    key = shape->layer[0].heads == 0 ? 0 : shape->embedding / shape->layer[0].heads;
    value = key;
    if ((status = ar_gguf_bounded(&key, gguf, "attention.key_length", 1, MAX_WIDTH, key)) != ARNY_OK ||
        (status = ar_gguf_bounded(&value, gguf, "attention.value_length", 1, MAX_WIDTH, value)) != ARNY_OK ||
        (status = ar_gguf_bounded(&key_window, gguf, "attention.key_length_swa", 1, MAX_WIDTH, key)) != ARNY_OK ||
        (status = ar_gguf_bounded(&value_window, gguf, "attention.value_length_swa", 1, MAX_WIDTH, value)) != ARNY_OK)
        return status;
    shape->key = key;
    shape->latent = ar_gguf_arch_find(gguf, "attention.key_length_mla") != NULL;
    for (i = 0; i < shape->layers; i++) {
        shape->layer[i].key = shape->layer[i].window ? key_window : key;
        shape->layer[i].value = shape->layer[i].window ? value_window : value;
    }
    return ARNY_OK;
}

/* Recurrent parts keep one state of 32-bit numbers a layer, whatever the context. */
static int read_state(ar_gguf_shape *shape, const ar_gguf *gguf)
{
    uint64_t inner = 0, state = 0, groups = 0, conv = 0, head = 0, cache = 0;
    int status;

    if ((status = ar_gguf_bounded(&inner, gguf, "ssm.inner_size", 1, MAX_FORWARD, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&state, gguf, "ssm.state_size", 1, MAX_WIDTH, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&groups, gguf, "ssm.group_count", 1, MAX_HEADS, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&conv, gguf, "ssm.conv_kernel", 1, 1024, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&head, gguf, "wkv.head_size", 1, MAX_WIDTH, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&cache, gguf, "shortconv.l_cache", 1, 1024, 0)) != ARNY_OK)
        return status;
    shape->recurrent_state = inner * state + (conv > 0 ? conv - 1 : 0) * (inner + 2 * groups * state) +
                             shape->embedding * (head + (head > 0 ? 2 : 0)) +
                             shape->embedding * (cache > 0 ? cache - 1 : 0);
    return ARNY_OK;
}

int ar_gguf_is_encoder(const ar_gguf *gguf)
{
    return arch_is_one_of(gguf, no_cache, sizeof no_cache / sizeof *no_cache) ||
           ar_gguf_is(gguf, "general.architecture", "t5encoder");
}

/* How many experts answer, at most in a layer, and how wide they are. */
static int read_experts(ar_gguf_shape *shape, const ar_gguf *gguf)
{
    const ar_gguf_entry *used = ar_gguf_arch_find(gguf, "expert_used_count");
    uint64_t value = 0, i;
    int status = ar_gguf_bounded(&shape->experts, gguf, "expert_count", 0, MAX_EXPERTS, 0);

    for (i = 0; status == ARNY_OK && used != NULL && i < used->count; i++) {
        status = bounded_at(&value, gguf, used, i, 0, shape->experts);
        if (value > shape->experts_used)
            shape->experts_used = value;
    }
    if (status == ARNY_OK && shape->experts > 0 && shape->experts_used == 0)
        status = ar_gguf_bad(gguf, used == NULL ? gguf->metadata_end : used->at,
                             "there are %llu experts, and expert_used_count is 0", (unsigned long long)shape->experts);
    if (status == ARNY_OK)
        status = ar_gguf_bounded(&shape->expert_forward, gguf, "expert_feed_forward_length", 0, MAX_FORWARD, 0);
    return status;
}

int ar_gguf_shape_read(ar_gguf_shape *out, const ar_gguf *gguf)
{
    const ar_gguf_tensor *tokens = ar_gguf_tensor_named(gguf, "token_embd.weight");
    const char *arch = NULL;
    size_t bytes = 0;
    int status;

    memset(out, 0, sizeof *out);
    if (!ar_gguf_string(&arch, &bytes, gguf, "general.architecture") || bytes == 0 || bytes > 63)
        return ar_gguf_bad(gguf, gguf->metadata_end,
                           "the metadata ends without a general.architecture: this is not a model");
    out->recurrent = arch_is_one_of(gguf, recurrent, sizeof recurrent / sizeof *recurrent);
    out->no_cache = arch_is_one_of(gguf, no_cache, sizeof no_cache / sizeof *no_cache);
    if ((status = ar_gguf_bounded(&out->layers, gguf, "block_count", 1, AR_GGUF_MAX_LAYERS, REQUIRED)) != ARNY_OK ||
        (status = ar_gguf_bounded(&out->extra, gguf, "nextn_predict_layers", 0, out->layers, 0)) != ARNY_OK ||
        (status = read_shared(out, gguf)) != ARNY_OK ||
        (status = ar_gguf_bounded(&out->embedding, gguf, "embedding_length", 1, MAX_WIDTH, REQUIRED)) != ARNY_OK ||
        (status = ar_gguf_bounded(&out->context, gguf, "context_length", 1, MAX_CONTEXT, REQUIRED)) != ARNY_OK ||
        (status = read_experts(out, gguf)) != ARNY_OK ||
        (status = per_layer(out, gguf, "feed_forward_length", MAX_FORWARD, offsetof(ar_gguf_layer, feed_forward))) !=
            ARNY_OK ||
        (status = read_windows(out, gguf)) != ARNY_OK || (status = read_heads(out, gguf)) != ARNY_OK)
        return status;
    if (!ar_gguf_array_count(&out->vocabulary, gguf, "tokenizer.ggml.tokens") && tokens != NULL)
        out->vocabulary = tokens->dims[1];
    if (out->vocabulary > AR_GGUF_MAX_VOCABULARY)
        return ar_gguf_bad(gguf, gguf->metadata_end, "a vocabulary of %llu tokens: at most %llu are allowed",
                           (unsigned long long)out->vocabulary, (unsigned long long)AR_GGUF_MAX_VOCABULARY);
    return read_state(out, gguf);
}
