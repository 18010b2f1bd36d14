/*
 * engine/gguf/file_check.c - is this a file that llama.cpp survives? Its loader ends the process (GGML_ASSERT, a
 * division by zero, a call through a missing function) on numbers that a well-formed file can hold. Each check here
 * names the key or tensor that is at fault. What is not kept away:
 *
 *   - matrices of unusual roles in unusual architectures (state space, convolution, expert biases) whose type or whose
 *     third dimension is not what the graph wants
 *   - architectures with rules of their own: mixture-of-experts variants with multi-token prediction, DeepSeek V4, audio
 *   - positions beyond the trained context where position_embd.weight exists: the engine must not go there
 *   - encoders (ar_gguf_is_encoder) in a context with fewer outputs than tokens: the engine must not make one
 *   - exceptions of llama_tokenize on vocabularies without byte tokens: the engine must catch them
 *   - a file that is exchanged between this check and llama.cpp's own opening of it
 */
#include "engine/gguf/shape.h"
#include "engine/gguf/types.h"
#include <string.h>

#define LLAMA_ALIGNMENT 32 /* llama.cpp asserts it of the first tensor it maps */
#define MAX_POOLING     4  /* none, mean, cls, last, rank */
#define MAX_PAIRS       8192

static int ends_with(const ar_gguf_tensor *tensor, const char *suffix)
{
    size_t bytes = strlen(suffix);

    return tensor->name_bytes >= bytes && memcmp(tensor->name + tensor->name_bytes - bytes, suffix, bytes) == 0;
}

static int contains(const ar_gguf_tensor *tensor, const char *part)
{
    size_t bytes = strlen(part), i;

    for (i = 0; i + bytes <= tensor->name_bytes; i++) {
        if (memcmp(tensor->name + i, part, bytes) == 0)
            return 1;
    }
    return 0;
}

/* Where the tensor's line of the table begins. */
static uint64_t place(const ar_gguf *gguf, const ar_gguf_tensor *tensor)
{
    return (uint64_t)(tensor->name - (const char *)gguf->head) - 8;
}

/* ---- models -------------------------------------------------------------------------------------------------- */

static int check_tensors(const ar_gguf *gguf, const ar_gguf_shape *shape)
{
    const ar_gguf_tensor *tokens = ar_gguf_tensor_named(gguf, "token_embd.weight");
    size_t i;

    if (tokens == NULL)
        return ar_gguf_bad(gguf, gguf->metadata_end, "there is no tensor token_embd.weight: this is not a whole model");
    if (tokens->dims[0] != shape->embedding || tokens->dims[1] != shape->vocabulary || tokens->dims[2] != 1 ||
        tokens->dims[3] != 1)
        return ar_gguf_bad(gguf, place(gguf, tokens),
                           "token_embd.weight is %llu x %llu: %llu (embedding_length) x %llu (tokens) expected",
                           (unsigned long long)tokens->dims[0], (unsigned long long)tokens->dims[1],
                           (unsigned long long)shape->embedding, (unsigned long long)shape->vocabulary);
    if (gguf->alignment < LLAMA_ALIGNMENT)
        return ar_gguf_bad(gguf, 0, "general.alignment is %llu: tensors must be aligned to %d to be mapped",
                           (unsigned long long)gguf->alignment, LLAMA_ALIGNMENT);
    for (i = 0; i < gguf->tensor_count; i++) {
        const ar_gguf_tensor *tensor = &gguf->tensors[i];
        int vector = tensor->dims[1] == 1 && tensor->dims[2] == 1 && tensor->dims[3] == 1;

        /* Added to activations or multiplied with them, which ggml does for f32 only. */
        if ((vector || ends_with(tensor, "_norm.weight") || ends_with(tensor, ".bias") ||
             ends_with(tensor, "token_types.weight")) &&
            tensor->type != AR_GGML_F32)
            return ar_gguf_bad(gguf, place(gguf, tensor), "tensor %.*s is %s: f32 expected", (int)tensor->name_bytes,
                               tensor->name, ar_ggml_type_at(tensor->type)->name);
        if (!ar_ggml_type_at(tensor->type)->weights)
            return ar_gguf_bad(gguf, place(gguf, tensor), "tensor %.*s is %s, which is no type for weights",
                               (int)tensor->name_bytes, tensor->name, ar_ggml_type_at(tensor->type)->name);
    }
    return ARNY_OK;
}

static int may_differ(const ar_gguf *gguf)
{
    static const char *const archs[] = {"deepseek2", "deepseek2-ocr", "deepseek32",  "deepseek4", "minicpm3",
                                        "plm",       "mimo2",         "kimi-linear", "kimi-k3",   "glm-dsa",
                                        "glm5-next", "bailingmoe3",   "dots3note",   "step35",    "mistral4"};
    size_t i;

    for (i = 0; i < sizeof archs / sizeof *archs; i++) {
        if (ar_gguf_is(gguf, "general.architecture", archs[i]))
            return 1;
    }
    return 0;
}

static int turns_whole_head(const ar_gguf *gguf)
{
    static const char *const archs[] = {
        "apertus",       "arcee",       "arctic",     "baichuan", "chameleon",      "codeshell",   "cogvlm",
        "cohere2moe",    "dbrx",        "deci",       "deepseek", "dots1",          "dream",       "ernie4_5",
        "ernie4_5-moe",  "exaone",      "exaone-moe", "exaone4",  "falcon",         "granite",     "granitemoe",
        "graniteswitch", "granite_swa", "grok",       "grovemoe", "hunyuan-dense",  "hunyuan-moe", "hunyuan_vl",
        "hy_v3",         "internlm2",   "jais2",      "llada",    "llada-moe",      "llama",       "llama-embed",
        "llama4",        "maincoder",   "mellum",     "mistral3", "minicpm",        "olmo",        "olmo2",
        "olmoe",         "orion",       "paddleocr",  "plamo",    "pangu-embedded", "qwen2",       "qwen2moe",
        "qwen2vl",       "qwen3",       "qwen3moe",   "qwen3vl",  "qwen3vlmoe",     "rnd1",        "seed_oss",
        "smallthinker",  "smollm3",     "starcoder2", "talkie",   "xverse"};
    size_t i;

    for (i = 0; i < sizeof archs / sizeof *archs; i++) {
        if (ar_gguf_is(gguf, "general.architecture", archs[i]))
            return 1;
    }
    return 0;
}

static int check_attention(const ar_gguf *gguf, const ar_gguf_shape *shape)
{
    const ar_gguf_layer *first = &shape->layer[0];
    uint64_t turned = 0, turned_window = 0, from = shape->layers - shape->shared, i;
    int status;

    for (i = 0; i < shape->layers; i++) {
        const ar_gguf_layer *layer = &shape->layer[i];

        if (layer->heads > 0 && layer->kv_heads > 0 && layer->heads % layer->kv_heads != 0)
            return ar_gguf_bad(gguf, gguf->metadata_end,
                               "layer %llu has %llu attention heads for %llu KV heads: a multiple expected",
                               (unsigned long long)i, (unsigned long long)layer->heads,
                               (unsigned long long)layer->kv_heads);
        if (layer->heads > 0 && (layer->key == 0 || layer->value == 0))
            return ar_gguf_bad(gguf, gguf->metadata_end, "attention heads of no length: embedding_length is %llu",
                               (unsigned long long)shape->embedding);
        if (layer->heads > 0 && layer->key != layer->value && !may_differ(gguf))
            return ar_gguf_bad(gguf, gguf->metadata_end,
                               "attention.key_length is %llu and value_length %llu: the same expected",
                               (unsigned long long)layer->key, (unsigned long long)layer->value);
    }
    if (first->heads > 0) {
        /* Of 0 dimensions llama.cpp's rotation would never end. */
        status = ar_gguf_bounded(&turned, gguf, "rope.dimension_count", 2, shape->key, shape->key);
        if (status == ARNY_OK)
            status = ar_gguf_bounded(&turned_window, gguf, "rope.dimension_count_swa", 2, UINT32_MAX, turned);
        if (status != ARNY_OK)
            return status;
        if (turned % 2 != 0 || (turned != shape->key && turns_whole_head(gguf)))
            return ar_gguf_bad(gguf, gguf->metadata_end,
                               "rope.dimension_count is %llu for heads of %llu: an even number%s expected",
                               (unsigned long long)turned, (unsigned long long)shape->key,
                               turns_whole_head(gguf) ? ", the same," : "");
        for (i = 0; i < shape->layers; i++) {
            if (shape->layer[i].window && (turned_window > shape->layer[i].key || turned_window % 2 != 0))
                return ar_gguf_bad(gguf, gguf->metadata_end, "rope.dimension_count_swa is %llu for heads of %llu",
                                   (unsigned long long)turned_window, (unsigned long long)shape->layer[i].key);
        }
    }
    /* Shared layers use the last windowed and the last full layer before them, in this order. */
    if (shape->shared > 0 && (from < 2 || !shape->layer[from - 2].window || shape->layer[from - 1].window))
        return ar_gguf_bad(gguf, gguf->metadata_end,
                           "%llu of %llu layers share the KV of others: a windowed and a full one must precede them",
                           (unsigned long long)shape->shared, (unsigned long long)shape->layers);
    return ARNY_OK;
}

static int check_experts(const ar_gguf *gguf, const ar_gguf_shape *shape)
{
    uint64_t groups = 0, group_used = 0;
    int status;

    if ((status = ar_gguf_bounded(&groups, gguf, "expert_group_count", 0, shape->experts, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&group_used, gguf, "expert_group_used_count", 0, shape->experts, 0)) != ARNY_OK)
        return status;
    if (groups > 0 && (groups >= shape->experts ||
                       (groups > 1 && (shape->experts % groups != 0 || group_used == 0 || group_used >= groups))))
        return ar_gguf_bad(gguf, ar_gguf_arch_find(gguf, "expert_group_count")->at,
                           "%llu experts in %llu groups, %llu of them used: that cannot be",
                           (unsigned long long)shape->experts, (unsigned long long)groups,
                           (unsigned long long)group_used);
    return ARNY_OK;
}

static int check_numbers(const ar_gguf *gguf, const ar_gguf_shape *shape)
{
    static const char *const epsilons[] = {"attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon",
                                           "attention.group_norm_epsilon"};
    static const char *const scalings[] = {"none", "linear", "yarn", "longrope"};
    const ar_gguf_entry *scaling = ar_gguf_arch_find(gguf, "rope.scaling.type");
    const ar_gguf_entry *sections = ar_gguf_arch_find(gguf, "rope.dimension_sections");
    const char *arch = NULL;
    uint64_t value = 0, sum = 0;
    size_t bytes = 0, i;
    int status;

    for (i = 0; i < sizeof epsilons / sizeof *epsilons; i++) {
        const ar_gguf_entry *entry = ar_gguf_arch_find(gguf, epsilons[i]);
        double number = 0;

        if (entry != NULL && (!ar_gguf_float_at(&number, gguf, entry, 0) || !(number >= 0 && number <= 1)))
            return ar_gguf_bad(gguf, entry->at, "%s must be a number from 0 to 1", epsilons[i]);
    }
    if (scaling != NULL) {
        const char *text = (const char *)gguf->head + scaling->at + 8;

        if (scaling->array || scaling->type != AR_GGUF_STRING)
            return ar_gguf_bad(gguf, scaling->key, "rope.scaling.type must be a string");
        bytes = (size_t)ar_gguf_le64(gguf->head + scaling->at);
        for (i = 0; i < sizeof scalings / sizeof *scalings; i++) {
            if (bytes == strlen(scalings[i]) && memcmp(text, scalings[i], bytes) == 0)
                break;
        }
        if (i == sizeof scalings / sizeof *scalings)
            return ar_gguf_bad(gguf, scaling->at,
                               "rope.scaling.type is \"%.*s\": none, linear, yarn or longrope expected",
                               ar_gguf_shown(bytes), text);
    }
    for (i = 0; sections != NULL && i < sections->count && i < 3; i++) {
        if (ar_gguf_integer_at(&value, gguf, sections, i))
            sum += value > 0;
    }
    if (sections != NULL && sum == 0)
        return ar_gguf_bad(gguf, sections->at, "rope.dimension_sections are all 0");
    if ((status = ar_gguf_bounded(&value, gguf, "pooling_type", 0, MAX_POOLING, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&value, gguf, "embedding_length_out", 0, shape->embedding, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&value, gguf, "classifier.pooling_type", 0, MAX_POOLING, 0)) != ARNY_OK ||
        (status = ar_gguf_bounded(&value, gguf, "ssm.time_step_rank", 1, (uint64_t)1 << 20, 1)) != ARNY_OK)
        return status;
    if (ar_gguf_string(&arch, &bytes, gguf, "general.architecture") && bytes > 4 &&
        (memcmp(arch, "rwkv", 4) == 0 || memcmp(arch, "arwk", 4) == 0))
        return ar_gguf_bounded(&value, gguf, "wkv.head_size", 1, (uint64_t)1 << 20, UINT64_MAX);
    return ARNY_OK;
}

int ar_gguf_is_model(const ar_gguf *gguf, const char *path)
{
    ar_gguf_shape shape;
    uint64_t parts = 0;
    int status;

    if (ar_gguf_is(gguf, "general.type", "adapter"))
        return ar_fail(ARNY_E_DATA, "%s: this is an adapter, not a model: name it as the adapter of its base model",
                       path);
    if (ar_gguf_is(gguf, "general.type", "mmproj") || ar_gguf_is(gguf, "general.architecture", "clip"))
        return ar_fail(ARNY_E_UNSUPPORTED,
                       "%s: this is the projector for images or sound of another model, not a model", path);
    if (ar_gguf_is(gguf, "general.type", "imatrix"))
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: this is an importance matrix for quantizing, not a model", path);
    if (ar_gguf_u64(&parts, gguf, "split.count") && parts > 1)
        return ar_fail(ARNY_E_UNSUPPORTED,
                       "%s: this is one of %llu parts of a model: join them first (llama-gguf-split --merge)", path,
                       (unsigned long long)parts);
    if ((status = ar_gguf_shape_read(&shape, gguf)) != ARNY_OK)
        return status;
    if (gguf->tensor_count == 0)
        return ar_fail(ARNY_E_DATA, "%s: a vocabulary without tensors: it cannot answer, a whole model is needed",
                       path);
    if ((status = check_attention(gguf, &shape)) != ARNY_OK || (status = check_experts(gguf, &shape)) != ARNY_OK ||
        (status = check_numbers(gguf, &shape)) != ARNY_OK || (status = check_tensors(gguf, &shape)) != ARNY_OK)
        return status;
    return ar_gguf_is_vocabulary(gguf, path);
}

/* ---- adapters ------------------------------------------------------------------------------------------------ */

/* The other half of a pair; converters write them side by side. */
static const ar_gguf_tensor *partner(const ar_gguf *gguf, size_t index)
{
    const ar_gguf_tensor *tensor = &gguf->tensors[index];
    char other = tensor->name[tensor->name_bytes - 1] == 'a' ? 'b' : 'a';
    size_t i, tries;

    for (tries = 0; tries < gguf->tensor_count; tries++) {
        const ar_gguf_tensor *found;

        i = (index + gguf->tensor_count - 1 + tries) % gguf->tensor_count; /* the one before, itself, the one after */
        found = &gguf->tensors[i];
        if (found->name_bytes == tensor->name_bytes && found->name[found->name_bytes - 1] == other &&
            memcmp(found->name, tensor->name, tensor->name_bytes - 1) == 0)
            return found;
    }
    return NULL;
}

static int check_pair(const ar_gguf *gguf, size_t index)
{
    const ar_gguf_tensor *tensor = &gguf->tensors[index], *other;
    int bytes = (int)tensor->name_bytes;

    if (ends_with(tensor, "_norm.weight"))
        return ARNY_OK; /* llama.cpp passes over them */
    if (bytes <= 7 || (!ends_with(tensor, ".lora_a") && !ends_with(tensor, ".lora_b")))
        return ar_gguf_bad(gguf, place(gguf, tensor), "tensor %.*s: the names of a LoRA end in .lora_a or .lora_b",
                           bytes, tensor->name);
    /* Of the base model's embedding both halves are turned, and a model that uses it for its output, too, multiplies them
     * the other way round. Experts are three-dimensional in the base model, which nothing checks against these. */
    if (contains(tensor, "token_embd") || contains(tensor, "_exps"))
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: tensor %.*s: adapters of embeddings or of experts are not supported",
                       gguf->path, bytes, tensor->name);
    other = partner(gguf, index);
    if (other == NULL)
        return ar_gguf_bad(gguf, place(gguf, tensor), "tensor %.*s has no partner .lora_%c", bytes, tensor->name,
                           tensor->name[bytes - 1] == 'a' ? 'b' : 'a');
    if (tensor->dims[2] != 1 || tensor->dims[3] != 1 || !ar_ggml_type_at(tensor->type)->weights)
        return ar_gguf_bad(gguf, place(gguf, tensor), "tensor %.*s must be a matrix of weights", bytes, tensor->name);
    if (tensor->name[bytes - 1] == 'a' && tensor->dims[1] != other->dims[0])
        return ar_gguf_bad(gguf, place(gguf, tensor), "tensor %.*s has rank %llu, and its partner %llu", bytes,
                           tensor->name, (unsigned long long)tensor->dims[1], (unsigned long long)other->dims[0]);
    return ARNY_OK;
}

int ar_gguf_is_adapter(const ar_gguf *gguf, const char *path)
{
    const ar_gguf_entry *alpha = ar_gguf_find(gguf, "adapter.lora.alpha");
    const char *text = NULL;
    size_t bytes = 0, i;
    int status;

    if (!ar_gguf_is(gguf, "general.type", "adapter"))
        return ar_fail(ARNY_E_DATA, "%s: this is not an adapter: its general.type is not \"adapter\"", path);
    if (!ar_gguf_is(gguf, "adapter.type", "lora"))
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: only adapters of the type \"lora\" are supported", path);
    if (!ar_gguf_string(&text, &bytes, gguf, "general.architecture") || bytes == 0)
        return ar_gguf_bad(gguf, gguf->metadata_end, "the metadata ends without a general.architecture");
    if (alpha != NULL && (alpha->array || alpha->type != AR_GGUF_F32))
        return ar_gguf_bad(gguf, alpha->key, "adapter.lora.alpha must be a float32");
    if (ar_gguf_find(gguf, "adapter.alora.invocation_tokens") != NULL)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: adapters that begin in the middle of a text (aLoRA) are not supported",
                       path);
    if (gguf->tensor_count == 0 || gguf->tensor_count > 2 * MAX_PAIRS)
        return ar_gguf_bad(gguf, 8, "%zu tensors: a LoRA has 2 to %d", gguf->tensor_count, 2 * MAX_PAIRS);
    for (i = 0; i < gguf->tensor_count; i++) {
        if ((status = check_pair(gguf, i)) != ARNY_OK)
            return status;
    }
    return ARNY_OK;
}
