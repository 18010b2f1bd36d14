/* engine/pte/model.c - a .pte that is open: checked, paired with its vocabulary, its weights packed, its method loaded. */
#include "engine/pte/pte.h"
#include "engine/gguf/file.h"
#include "engine/registry.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/pages.h"
#include "util/status.h"
#include <string.h>

#define SCALAR_LONG  4 /* c10::ScalarType, as the file has it */
#define SCALAR_FLOAT 6

/* What vocabularies made by training/export_pte.py say of the program that was exported with them. */
#define KEY_DIGEST "arny.pte.sha256"

int ar_pte_check(arny_file_info *out, const char *path)
{
    ar_pte *file;
    int status = ar_pte_read(&file, path);
    if (status)
        return status;
    ar_pte_describe(out, file);
    ar_pte_free(file);
    return ARNY_OK;
}

/* ---- what the method needs -------------------------------------------------------------------------------------- */

/* Where a backend comes from. The names are those that ExecuTorch's partitioners write. */
static const struct {
    const char *name, *remedy;
} backends[] = {
    {"VulkanBackend", "a GPU through Vulkan: a build against ExecuTorch's sources with EXECUTORCH_BUILD_VULKAN has it"},
    {"QnnBackend", "a Qualcomm NPU: a build against ExecuTorch's sources and Qualcomm's AI Engine Direct SDK has it"},
    {"CoreMLBackend", "Apple's Core ML: a build against ExecuTorch's sources on macOS has it"},
    {"MPSBackend", "Apple's GPU: a build against ExecuTorch's sources on macOS has it"},
    {"MLXBackend", "Apple's MLX: a build against ExecuTorch's sources on macOS has it"},
    {"OpenvinoBackend", "Intel's OpenVINO: its runtime must be found, $OPENVINO_LIB_PATH names its libopenvino_c.so"},
    {"CudaBackend", "an NVIDIA GPU: a build against ExecuTorch's sources with CUDA has it"},
};

static int check_backends(const ar_pte_method *forward, const char *path)
{
    for (size_t i = 0; i < forward->backend_count; i++) {
        const char *name = forward->backends[i], *remedy = "no library of this build brings it";
        if (shim_has_backend(name))
            continue;
        for (size_t k = 0; k < sizeof backends / sizeof backends[0]; k++)
            if (strcmp(backends[k].name, name) == 0)
                remedy = backends[k].remedy;
        return ar_fail(ARNY_E_UNSUPPORTED,
                       "%s: it was exported for the backend %s, which is not here (%s). An export with the recipe "
                       "xnnpack runs on every processor",
                       path, name, remedy);
    }
    return ARNY_OK;
}

static int check_operators(const ar_pte_method *forward, const char *path)
{
    for (size_t i = 0; i < forward->operator_count; i++)
        if (!shim_has_operator(forward->operators[i]))
            return ar_fail(ARNY_E_UNSUPPORTED, "%s: it needs the operator %s, for which this build has no kernel", path,
                           forward->operators[i]);
    return ARNY_OK;
}

static int is_tensor(const ar_pte_value *value, int scalar_type)
{
    return value->kind == AR_PTE_TENSOR && value->scalar_type == scalar_type;
}

/* forward(tokens [1, n], positions [1] or [n]) -> logits [1, vocabulary] or [1, n, vocabulary], with a KV cache inside: what
 * ExecuTorch's export_llm and Optimum write. Told by the types and shapes in the file. */
static int read_signature(arny_engine_model *model)
{
    const ar_pte_method *forward = model->forward = ar_pte_method_named(model->file, "forward");
    if (!forward)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: it has no method \"forward\", so it is not a language model",
                       model->path);
    const ar_pte_value *tokens = forward->inputs, *positions = forward->inputs + 1, *logits = forward->outputs;
    int status = check_backends(forward, model->path);
    if (status)
        return status;
    if (forward->input_count == 1 && is_tensor(tokens, SCALAR_LONG))
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: it was exported without a KV cache: export it again with use_kv_cache",
                       model->path);
    if (forward->input_count != 2 || !is_tensor(tokens, SCALAR_LONG) || tokens->dim_count != 2 ||
        !is_tensor(positions, SCALAR_LONG) || positions->dim_count != 1)
        return ar_fail(
            ARNY_E_UNSUPPORTED,
            "%s: forward takes %zu inputs; a language model takes tokens [1, n] and positions [n] or [1], both "
            "int64",
            model->path, forward->input_count);
    if (forward->output_count < 1 || !is_tensor(logits, SCALAR_FLOAT) || logits->dim_count < 2)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: forward gives no logits [1, vocabulary] of float32", model->path);
    if (!tokens->dynamic && tokens->dims[1] != 1)
        return ar_fail(ARNY_E_UNSUPPORTED,
                       "%s: it was exported for %d tokens at a time, always: export it again with enable_dynamic_shape",
                       model->path, tokens->dims[1]);
    if (forward->kv_count == 0 && forward->mutable_count == 0)
        return ar_fail(
            ARNY_E_UNSUPPORTED,
            "%s: forward keeps nothing between two runs: it has no KV cache, or keeps it in a delegate, where "
            "it cannot be saved",
            model->path);
    model->positions = positions->dynamic || (positions->dims[0] == tokens->dims[1] && tokens->dims[1] > 1);
    model->full_logits = logits->dim_count == 3 && logits->dims[1] > 1;
    for (size_t i = 0; i < forward->kv_count; i++)
        model->kv_row += forward->kv[i].row_bytes;
    model->info.vocabulary = logits->dims[logits->dim_count - 1];
    return check_operators(forward, model->path);
}

/* ---- what is known of it ---------------------------------------------------------------------------------------- */

static int32_t token_or_none(const arny_engine_model *model, int64_t token)
{
    return token >= 0 && token < model->info.vocabulary ? (int32_t)token : -1;
}

static int fill_info(arny_engine_model *model)
{
    arny_engine_model_info *info = &model->info;
    const arny_engine_model_info *words = model->words.engine->model_info(model->words.model);
    int64_t ends[AR_PTE_ENDS_MAX], longest = ar_pte_longest(model->file);
    size_t count = 0;

    info->architecture = words->architecture;
    info->chat_template = words->chat_template;
    info->embedding = words->embedding;
    info->layers = (int32_t)ar_pte_integer(model->file, "get_n_layers", (int64_t)model->forward->kv_count / 2);
    info->bos = token_or_none(model, ar_pte_integer(model->file, "get_bos_id", words->bos));
    info->eos = words->eos;
    info->add_bos = words->add_bos && info->bos >= 0;
    info->generates = 1;
    info->weights = model->file->weights;
    if (ar_pte_constant(ends, AR_PTE_ENDS_MAX, &count, model->file, "get_eos_ids"))
        for (size_t i = 0; i < count && i < AR_PTE_ENDS_MAX; i++)
            if (token_or_none(model, ends[i]) >= 0)
                model->ends[model->end_count++] = (int32_t)ends[i];
    if (info->eos < 0 && model->end_count > 0)
        info->eos = model->ends[0];
    if (longest < 16 || longest == INT32_MAX)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: it says of no context that it was exported for (get_max_context_len)",
                       model->path);
    info->context = (int32_t)longest;
    return ARNY_OK;
}

/* ---- vocabulary ------------------------------------------------------------------------------------------------- */

static int open_vocabulary(arny_engine_model *model, const arny_engine_model_options *options)
{
    if (!options->tokenizer)
        return ar_fail(ARNY_E_ARGUMENT,
                       "%s: a .pte has no vocabulary of its own: name the vocabulary-only GGUF that was exported with "
                       "it (\"tokenizer\" in team.json, --tokenizer)",
                       model->path);
    int status = ar_words_open(&model->words, options->tokenizer, &options->cancel);
    if (status)
        return status;
    int32_t tokens = model->words.engine->model_info(model->words.model)->vocabulary;
    if (tokens != model->info.vocabulary)
        return ar_fail(ARNY_E_DATA, "%s has %d logits, and %s has %d tokens: they are not of the same model",
                       model->path, model->info.vocabulary, options->tokenizer, tokens);
    return ARNY_OK;
}

/* A vocabulary that says which .pte it was exported with: that .pte, to the last bit. */
static int check_pair(arny_engine_model *model, const char *tokenizer)
{
    ar_gguf *header;
    const char *wanted;
    char hex[2 * AR_DIGEST_BYTES + 1];
    size_t bytes;
    int status = ar_gguf_read(&header, tokenizer);
    if (status)
        return status;
    if (ar_gguf_string(&wanted, &bytes, header, KEY_DIGEST) && bytes == sizeof hex - 1 &&
        !(status = ar_packed_digest(&model->packed, model->path))) {
        ar_digest_hex(hex, &model->packed.pte_digest);
        if (memcmp(hex, wanted, bytes) != 0)
            status = ar_fail(ARNY_E_DATA,
                             "%s: it is damaged, or not the file that %s was exported with (its SHA-256 begins with "
                             "%.8s, not with %.8s)",
                             model->path, tokenizer, hex, wanted);
    }
    ar_gguf_free(header);
    return status;
}

/* ---- open ------------------------------------------------------------------------------------------------------- */

static int report(const arny_engine_model_options *options, double progress)
{
    int stop = options->progress && options->progress(progress, options->progress_data);
    if (options->cancel.asked && options->cancel.asked(options->cancel.data))
        stop = 1;
    return stop ? ARNY_E_CANCELLED : ARNY_OK;
}

/* Loads the method once, so that XNNPACK writes what it packs to that path. */
static int pack(const char *path, void *data)
{
    ar_pte_run *run;
    int status = ar_pte_run_open(&run, data, path, 0);
    if (!status)
        ar_pte_run_free(run);
    return status;
}

static int load(arny_engine_model *model, const arny_engine_model_options *options)
{
    const ar_pte *file = model->file;
    int status = ar_packed_enter(&model->packed, model->path, &file->id, &options->cancel);
    if (!status && !(status = check_pair(model, options->tokenizer)) && !(status = report(options, 0.1)) &&
        !(status = shim_program_open(&model->program, file->data, file->bytes)) &&
        !(status = ar_packed_make(&model->packed, model->path, &file->id, file->weights, pack, model)) &&
        !(status = report(options, 0.8)))
        status = ar_pte_run_open(&model->spare, model, model->packed.path, 0);
    if (!status && model->packed.path) /* what was packed is not read from there again */
        (void)ar_pages_drop(&file->id);
    ar_packed_leave(&model->packed);
    return status ? status : report(options, 1);
}

int ar_pte_model_open(arny_engine_model **out, const char *path, const arny_engine_model_options *options)
{
    *out = NULL;
    int status = ARNY_E_MEMORY;
    arny_engine_model *model = ar_calloc(1, sizeof *model);
    if (!model)
        return ARNY_E_MEMORY;
    model->packed.lock = -1;
    if (!(model->path = ar_strdup(path)))
        goto out;
    if ((status = ar_pte_read(&model->file, path)) || (status = read_signature(model)) ||
        (status = open_vocabulary(model, options)) || (status = fill_info(model)) || (status = load(model, options)))
        goto out;
    if (options->gpu_layers != 0)
        ar_log(ARNY_LOG_WARN, "%s: gpu_layers says nothing to a .pte: it runs where it was exported for", path);
out:
    if (status == ARNY_E_CANCELLED)
        ar_fail(status, "%s: opening was cancelled", path);
    if (status) {
        ar_pte_model_free(model);
        return status;
    }
    *out = model;
    return ARNY_OK;
}

void ar_pte_model_free(arny_engine_model *model)
{
    if (!model)
        return;
    ar_pte_run_free(model->spare);
    shim_program_free(model->program);
    ar_words_close(&model->words);
    ar_packed_free(&model->packed);
    ar_pte_free(model->file);
    ar_free(model->path);
    ar_free(model);
}

/* ---- park ------------------------------------------------------------------------------------------------------- */

/* The pages of the .pte and of the packed weights are given back; methods, their caches and all addresses stay. */
int ar_pte_model_park(arny_engine_model *model)
{
    if (!model->packed.path)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: its packed weights are not pages of a file", model->path);
    if (ar_pages_drop(&model->file->id) + ar_pages_drop(&model->packed.file) == 0)
        return ar_fail(ARNY_E_UNSUPPORTED, "this system does not tell a process its mappings");
    return ARNY_OK;
}

static int check_same(const char *path, const ar_file_id *was)
{
    ar_file_id now;
    int status = ar_fs_id(&now, path);
    if (!status && memcmp(&now, was, sizeof now) != 0)
        status = ar_fail(ARNY_E_DATA, "%s: the file has changed since it was opened", path);
    return status;
}

static int on_page(double share, void *data)
{
    return report(data, share) != ARNY_OK;
}

int ar_pte_model_resume(arny_engine_model *model, const arny_engine_model_options *options)
{
    arny_engine_model_options wanted = *options;
    int stopped, status = check_same(model->path, &model->file->id);
    if (!status)
        status = check_same(model->packed.path, &model->packed.file);
    if (status)
        return status;
    /* The .pte itself is not brought back: of its pages a run touches only rows of the embedding, and those fault in. */
    ar_pages_map(&stopped, &model->packed.file, on_page, &wanted);
    return stopped ? ar_fail(ARNY_E_CANCELLED, "%s: bringing it back was cancelled", model->path) : ARNY_OK;
}
