/*
 * engine/gguf/estimate.c - see estimate.h.
 *
 * How llama.cpp spends memory, and what stands for it here (sizes of 32-bit floats unless said otherwise):
 *
 *   weights     tensor data, mapped; a copy of those that are repacked
 *   vocabulary  150 bytes a token, 112 a merge; 4.5 MB for tables and what the loader leaves
 *   kv          cells x layers x KV heads x (key + value), cells: the context up to a multiple of 256;
 *               160 bytes a cell for what it holds
 *   compute     the graph of one batch: 3 widths + 3 feed-forward + the queries a token, two bytes a cell and token for each
 *               mask; or the logits, where they are larger. Then logits for the caller, the vocabulary's ids, the
 *               quantized input of the widest multiplication, 2 MB of graph
 *
 * How near that comes: estimate / what a process really used in anonymous memory and resident pages of the file, after a
 * prefill of the whole context (llama.cpp 0.5.0, 2 threads, MiB used before the ratio; batch 512, outputs 1):
 *
 *   context               256 (batch 256)    2048             8192            2048, 64 outputs
 *   SmolLM2 Q4_1   f16    122.9  1.011      171.1  1.010     313.0  1.006     183.3  1.024
 *                  q8_0   119.9  1.014      149.1  1.019     227.7  1.012
 *   Gemma 3 270M   f16    293.8  1.005      338.1  1.007     459.8  1.006     445.4  1.021
 *   (Q4_K_M)       q8_0   293.0  1.005      322.5  1.008     393.6  1.007
 *   SmolLM2 Q4_0, repacked                  221.2  1.010
 *   SmolLM2 Q4_1 with a LoRA of rank 16     192.3  1.014
 */
#include "engine/gguf/estimate.h"
#include "engine/gguf/shape.h"
#include "engine/gguf/types.h"
#include "util/mem.h"
#include <string.h>

#define CELLS         256                     /* llama.cpp pads contexts to it */
#define MAX_SEQUENCES 64                      /* BRANCHES_MAX of context.c */
#define PER_TOKEN     150                     /* bytes: its entry, its place in the map, its piece */
#define PER_MERGE     112                     /* bytes: one node of the map of ranks */
#define LEFT_BY_LOAD  ((uint64_t)4608 * 1024) /* tensor objects, and the metadata's memory that malloc keeps */
#define GRAPH         ((uint64_t)2048 * 1024) /* nodes, allocator, scheduler; a little more for each thread */
#define PER_CELL      160                     /* bytes: position, sequences, two tree nodes */

/* A hostile header cannot make these overflow: they stay at the top. */
#define TOP ((uint64_t)INT64_MAX / 8)

static uint64_t times(uint64_t a, uint64_t b)
{
    return b != 0 && a > TOP / b ? TOP : a * b;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > TOP - b ? TOP : a + b; /* both are at most TOP */
}

static uint64_t padded(uint64_t n, uint64_t to)
{
    return (n + to - 1) / to * to;
}

static uint64_t entry_count(const ar_gguf *gguf, const char *key)
{
    uint64_t count = 0;

    ar_gguf_array_count(&count, gguf, key);
    return count;
}

int64_t ar_gguf_vocabulary_bytes(const ar_gguf *model)
{
    const ar_gguf_entry *tokens = ar_gguf_find(model, "tokenizer.ggml.tokens");
    uint64_t count = entry_count(model, "tokenizer.ggml.tokens");
    uint64_t merges = entry_count(model, "tokenizer.ggml.merges");

    uint64_t left = model->tensor_count > 0 ? LEFT_BY_LOAD : 0;
    if (tokens == NULL)
        return (int64_t)left;
    return (int64_t)(PER_TOKEN * count + PER_MERGE * merges + left);
}

/* What use_extra_bufts copies: matrices of these types whose rows come in eights. The embedding is only looked up. */
static uint64_t repacked(const ar_gguf *gguf)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < gguf->tensor_count; i++) {
        const ar_gguf_tensor *tensor = &gguf->tensors[i];
        const char *type = ar_ggml_type_at(tensor->type)->name;
        int taken = strcmp(type, "q4_0") == 0 || strcmp(type, "q4_k") == 0 || strcmp(type, "iq4_nl") == 0 ||
                    strcmp(type, "mxfp4") == 0;

#if defined(__aarch64__) || defined(__arm__)
        taken = taken || strcmp(type, "q8_0") == 0 || strcmp(type, "q5_k") == 0 || strcmp(type, "q6_k") == 0;
#endif
        if (taken && tensor->dims[1] % 8 == 0 && tensor->dims[1] > 1 &&
            !(tensor->name_bytes == 17 && memcmp(tensor->name, "token_embd.weight", 17) == 0))
            sum = plus(sum, tensor->bytes);
    }
    return sum;
}

static uint64_t kv_bytes(const ar_gguf_shape *shape, const arny_engine_context_options *context, uint64_t cells,
                         uint64_t sequences)
{
    uint64_t sum = 0, i;
    uint64_t own = shape->layers - shape->shared;

    if (shape->layers > shape->extra && shape->layers - shape->extra < own)
        own = shape->layers - shape->extra;
    for (i = 0; i < own && !shape->no_cache; i++) {
        const ar_gguf_layer *layer = &shape->layer[i];
        uint64_t row = times(layer->kv_heads, layer->key + (shape->latent ? 0 : layer->value));

        row = context->kv_type == ARNY_KV_Q8_0 ? times(row, 34) / 32
                                               : times(row, context->kv_type == ARNY_KV_F32 ? 4 : 2);
        sum = plus(sum, times(row, cells)); /* layers with a window too: context.c leaves swa_full on */
    }
    if (!shape->no_cache)
        sum = plus(sum, times(cells, shape->windowed ? 2 * PER_CELL : PER_CELL));
    return plus(sum, times(times(shape->recurrent_state, 4), times(shape->layers, sequences)));
}

/* Quantized caches turn heads by a Hadamard matrix: one for keys, of the largest power of two in their length, and one of 64
 * for values; in the graph, and kept from 64 up to that size beside it. */
static uint64_t turning_bytes(const ar_gguf_shape *shape, const arny_engine_context_options *context)
{
    uint64_t key = shape->layer[0].key, size = 64, sum = 0;

    if (context->kv_type != ARNY_KV_Q8_0 || shape->no_cache || key == 0 || key % 64 != 0)
        return 0;
    for (;; size *= 2) {
        sum += size * size * 4;
        if (key % (2 * size) != 0)
            break;
    }
    sum += size * size * 4 + (uint64_t)64 * 64 * 4;
    return shape->windowed ? 2 * sum : sum;
}

static uint64_t compute_bytes(const ar_gguf_shape *shape, const arny_engine_context_options *context, uint64_t cells,
                              uint64_t batch, uint64_t outputs, int with_adapter)
{
    uint64_t forward = 0, queries = 0, body, masks, logits, i;

    for (i = 0; i < shape->layers; i++) {
        const ar_gguf_layer *layer = &shape->layer[i];
        uint64_t width = times(layer->heads, layer->key > layer->value ? layer->key : layer->value);

        forward = layer->feed_forward > forward ? layer->feed_forward : forward;
        queries = width > queries ? width : queries;
    }
    if (forward == 0)
        forward = 4 * shape->embedding; /* recurrent models have none */
    if (shape->experts > 0) {           /* those that answer are computed side by side, with their outputs */
        uint64_t wide = shape->expert_forward > 0 ? shape->expert_forward : forward;

        wide = times(shape->experts_used, wide + shape->embedding);
        forward = wide > forward ? wide : forward;
    }
    /* A token's own numbers; with an adapter its part of the widest layer beside it. Then position, ids and places. */
    body = plus(times(with_adapter ? 4 : 3, forward), plus(times(3, shape->embedding), queries));
    body = times(times(body, 4) + 64, batch);
    masks = shape->no_cache ? times(times(batch, 4), batch) : times(times(cells, 2), batch);
    body = plus(body, shape->windowed ? times(masks, 2) : masks);
    if (shape->no_cache) /* encoders attend without a cache: scores of all heads at once */
        body = plus(body, times(times(shape->layer[0].heads, batch), times(batch, 8)));
    logits = times(times(outputs, 4), shape->vocabulary);
    if (context->embedding) {
        body = plus(body, times(times(outputs, 8), shape->embedding));
    } else if (outputs > 1) {
        uint64_t head = plus(logits, times(times(batch + 2 * outputs, 4), shape->embedding));

        head = plus(head, body / 3); /* what the allocator cannot fit between */
        body = head > body ? head : body;
    }
    return plus(plus(plus(body, logits), times(4, shape->vocabulary)),
                plus(plus(times(forward, batch) / 16 * 17, GRAPH), turning_bytes(shape, context)));
}

/* Tensor data, the objects for it, and the paths from names to pairs. */
static uint64_t adapter_bytes(const ar_gguf *adapter)
{
    return plus((uint64_t)adapter->weight_bytes, times(1024, adapter->tensor_count));
}

static int estimate(arny_engine_estimate *out, const ar_gguf *model, const ar_gguf *adapter, int repack,
                    const arny_engine_context_options *context)
{
    ar_gguf_shape shape;
    uint64_t length = context->length > 0 ? (uint64_t)context->length : 1;
    uint64_t batch = context->batch > 0 && (uint64_t)context->batch < length ? (uint64_t)context->batch : length;
    uint64_t outputs = context->outputs > 0 ? (uint64_t)context->outputs : 1, cells = padded(length, CELLS), sequences;
    int status;

    memset(out, 0, sizeof *out);
    out->weights = (int64_t)plus((uint64_t)model->weight_bytes, (uint64_t)ar_gguf_vocabulary_bytes(model));
    out->parked = ar_gguf_vocabulary_bytes(model);
    if (repack) { /* what was rearranged is no page of the file any more; while that is done, it is both */
        out->opening = (int64_t)repacked(model);
        out->parked += out->opening;
    }
    if (adapter != NULL)
        out->adapter = (int64_t)adapter_bytes(adapter);
    if (model->tensor_count == 0) /* a vocabulary and nothing else */
        return ARNY_OK;
    if ((status = ar_gguf_shape_read(&shape, model)) != ARNY_OK)
        return status;
    if (outputs > batch)
        outputs = batch;
    sequences = outputs < MAX_SEQUENCES ? outputs : MAX_SEQUENCES;
    if (context->embedding)
        outputs = batch;
    out->kv = (int64_t)kv_bytes(&shape, context, cells, sequences);
    out->compute = (int64_t)compute_bytes(&shape, context, cells, batch, outputs, adapter != NULL);
    return ARNY_OK;
}

void ar_gguf_estimate_header(arny_engine_estimate *out, const ar_gguf *model, const ar_gguf *adapter,
                             const arny_engine_context_options *context)
{
    (void)estimate(out, model, adapter, 0, context);
}

int ar_gguf_estimate(arny_engine_estimate *out, const char *path, const char *adapter,
                     const arny_engine_model_options *model, const arny_engine_context_options *context)
{
    ar_gguf *header = NULL, *lora = NULL;
    int status;

    memset(out, 0, sizeof *out);
    status = ar_gguf_read(&header, path);
    if (status == ARNY_OK && adapter != NULL)
        status = ar_gguf_read(&lora, adapter);
    if (status == ARNY_OK)
        status = estimate(out, header, lora, model != NULL && model->repack, context);
    if (status != ARNY_OK)
        memset(out, 0, sizeof *out);
    ar_gguf_free(lora);
    ar_gguf_free(header);
    return status;
}
