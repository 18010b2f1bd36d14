/* engine/gguf/model.c - a GGUF file: checked, read ahead in pieces that can be cancelled, mapped by llama.cpp. */
#include "engine/gguf/gguf.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/pages.h"
#include "util/status.h"
#include "util/thread.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
/* Android ends an app that makes a system call which its list does not have, as this one. */
#if defined(__linux__) && !defined(__ANDROID__) && !defined(__alpha__)
#include <sys/syscall.h>
#define HAS_CACHESTAT 1
#endif

#define PIECE            (4u << 20) /* bytes read between two looks at progress and cancel */
#define READ_AHEAD_SHARE 0.9        /* of the progress; the rest is llama.cpp's own */

/* ---- llama.cpp's log ---------------------------------------------------------------------------------------- */

static _Thread_local char first_words[256]; /* its first error line of a call on this thread: what follows says less */

static void on_llama_log(enum ggml_log_level level, const char *text, void *user_data)
{
    (void)user_data;
    size_t bytes = strlen(text);
    while (bytes > 0 && (text[bytes - 1] == '\n' || text[bytes - 1] == ' '))
        bytes--;
    if (bytes == 0)
        return;
    ar_gguf_quantize_log(text);
    if (level == GGML_LOG_LEVEL_ERROR && first_words[0] == 0) {
        size_t kept = bytes < sizeof first_words - 1 ? bytes : sizeof first_words - 1;
        memcpy(first_words, text, kept);
        first_words[kept] = 0;
    }
    int ours = level == GGML_LOG_LEVEL_ERROR  ? ARNY_LOG_ERROR
               : level == GGML_LOG_LEVEL_WARN ? ARNY_LOG_WARN
                                              : ARNY_LOG_DEBUG;
    ar_log(ours, "llama.cpp: %.*s", (int)bytes, text);
}

static void start_llama(void)
{
    llama_log_set(on_llama_log, NULL);
    llama_backend_init();
}

const char *ar_gguf_words(void)
{
    return first_words[0] ? first_words : "it gave no reason";
}

void ar_gguf_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_llama);
    first_words[0] = 0;
}

/* ---- check -------------------------------------------------------------------------------------------------- */

int ar_gguf_recognizes(const void *head, size_t bytes)
{
    return bytes >= 4 && memcmp(head, "GGUF", 4) == 0;
}

int ar_gguf_check(arny_file_info *out, const char *path)
{
    ar_gguf *header;
    int status = ar_gguf_read(&header, path);
    if (status)
        return status;
    ar_gguf_describe(out, header);
    if (strcmp(out->kind, "lora") == 0)
        status = ar_gguf_is_adapter(header, path);
    else if (out->tensors == 0)
        status = ar_gguf_is_vocabulary(header, path);
    else
        status = ar_gguf_is_model(header, path);
    ar_gguf_free(header);
    return status;
}

int ar_gguf_chat_template(char *out, size_t capacity, size_t *bytes, const char *path)
{
    ar_gguf *header;
    const char *text;
    *bytes = 0;
    int status = ar_gguf_read(&header, path);
    if (status)
        return status;
    if (ar_gguf_string(&text, bytes, header, "tokenizer.chat_template"))
        memcpy(out, text, *bytes < capacity ? *bytes : capacity);
    ar_gguf_free(header);
    return ARNY_OK;
}

/* ---- open --------------------------------------------------------------------------------------------------- */

typedef struct loading {
    const arny_engine_model_options *options;
    int cancelled;
} loading;

static int report(loading *load, double progress)
{
    const arny_engine_model_options *options = load->options;
    if (options->progress && options->progress(progress, options->progress_data))
        load->cancelled = 1;
    if (options->cancel.asked && options->cancel.asked(options->cancel.data))
        load->cancelled = 1;
    return load->cancelled;
}

static bool on_llama_progress(float progress, void *data)
{
    return !report(data, READ_AHEAD_SHARE + (1 - READ_AHEAD_SHARE) * (double)progress);
}

/* 1 when these pages are in the page cache; -1 when this kernel has no such call (Linux before 6.5). */
static int in_page_cache(int fd, size_t at, size_t bytes, size_t pages)
{
#ifdef HAS_CACHESTAT
    const long cachestat = 451; /* newer than the headers of many a system */
    struct {
        uint64_t offset, bytes;
    } range = {at, bytes};
    struct {
        uint64_t cached, dirty, writeback, evicted, recently_evicted;
    } found;
    return syscall(cachestat, fd, &range, &found, 0) != 0 ? -1 : found.cached >= pages;
#else
    (void)fd, (void)at, (void)bytes, (void)pages;
    return -1;
#endif
}

/* The same, slower, through a mapping of the file. */
static int is_resident(char *from, size_t bytes, size_t pages)
{
    unsigned char resident[PIECE / 4096];
    if (pages > sizeof resident || mincore(from, bytes, (void *)resident) != 0)
        return 0;
    for (size_t i = 0; i < pages; i++)
        if (!(resident[i] & 1))
            return 0;
    return 1;
}

/* llama.cpp maps the whole file with MAP_POPULATE, which cannot be cancelled: so its pages are brought in first, a piece
 * at a time. Pieces that are in the page cache already cost a call each. */
static int read_ahead(loading *load, const char *path)
{
    int status = ARNY_OK;
    void *map = MAP_FAILED;
    struct stat info;
    size_t bytes = 0, page = (size_t)sysconf(_SC_PAGESIZE);

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size <= 0)
        goto out; /* llama.cpp will say what is wrong with it */
    bytes = (size_t)info.st_size;
#ifdef POSIX_FADV_SEQUENTIAL /* the kernel reads on while we look: a quarter faster than asking for each piece with WILLNEED */
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
    for (size_t at = 0; at < bytes; at += PIECE) {
        size_t piece = bytes - at < PIECE ? bytes - at : PIECE;
        size_t pages = (piece + page - 1) / page;
        int cached = in_page_cache(fd, at, piece, pages);
        if (cached < 0 && map == MAP_FAILED && (map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
            goto out;
        if (cached < 0)
            cached = is_resident((char *)map + at, piece, pages);
        char byte; /* its value does not matter: reading waits for the page */
        for (size_t i = 0; i < pages && !cached; i++)
            if (pread(fd, &byte, 1, (off_t)(at + i * page)) < 0)
                break;
        if (report(load, READ_AHEAD_SHARE * (double)(at + piece) / (double)bytes)) {
            status = ARNY_E_CANCELLED;
            goto out;
        }
    }
out:
    if (map != MAP_FAILED)
        munmap(map, bytes);
    if (fd >= 0)
        close(fd);
    return status;
}

/* A page of a file that was cut is a signal (SIGBUS) to whoever touches it, and one that was written to is another model. */
static int check_same(const arny_engine_model *model)
{
    ar_file_id now;
    int status = ar_fs_id(&now, model->path);
    if (!status && memcmp(&now, &model->file, sizeof now) != 0)
        status = ar_fail(ARNY_E_DATA, "%s: the file has changed since it was opened", model->path);
    return status;
}

static void fill_info(arny_engine_model *model, int32_t gpu_layers)
{
    arny_engine_model_info *info = &model->info;
    const struct llama_model *llama = model->llama;
    int on_gpu = gpu_layers < 0 ? llama_model_n_layer(llama) + 1 : gpu_layers;
    int most = llama_model_n_layer(llama) + 1; /* the output counts as one */

    info->architecture = model->architecture;
    info->chat_template = llama_model_chat_template(llama, NULL);
    info->vocabulary = llama_vocab_n_tokens(model->vocab);
    info->context = llama_model_n_ctx_train(llama);
    info->embedding = llama_model_n_embd(llama);
    info->layers = llama_model_n_layer(llama);
    info->bos = llama_vocab_bos(model->vocab);
    info->eos = llama_vocab_eos(model->vocab);
    if (info->eos < 0 && ar_gguf_is_encoder(model->header))
        info->eos = llama_vocab_sep(model->vocab); /* what ends a text for BERT's kind */
    info->add_bos = llama_vocab_get_add_bos(model->vocab) && info->bos >= 0;
    info->exact_state = llama_model_is_recurrent(llama) || llama_model_is_hybrid(llama);
    info->generates = llama_model_has_decoder(llama) && !llama_model_is_diffusion(llama);
    info->gpu_layers = !llama_supports_gpu_offload() ? 0 : on_gpu < most ? on_gpu : most;
    info->weights = (int64_t)llama_model_size(llama);
}

int ar_gguf_model_open(arny_engine_model **out, const char *path, const arny_engine_model_options *options)
{
    ar_gguf_start();
    *out = NULL;
    loading load = {options, 0};
    int status = ARNY_E_MEMORY;
    const char *architecture;
    size_t bytes;
    arny_engine_model *model = ar_calloc(1, sizeof *model);
    if (!model || !(model->path = ar_strdup(path)))
        goto out;
    if ((status = ar_fs_id(&model->file, path)) || (status = ar_gguf_read(&model->header, path)))
        goto out;
    int vocabulary_only = ar_gguf_tensor_count(model->header) == 0;
    if ((status = vocabulary_only ? ar_gguf_is_vocabulary(model->header, path) : ar_gguf_is_model(model->header, path)))
        goto out;
    ar_gguf_drop_arrays(model->header); /* llama.cpp reads its own copy of the vocabulary */
    if ((status = read_ahead(&load, path)))
        goto out;

    struct llama_model_params params = llama_model_default_params();
    params.n_gpu_layers = options->gpu_layers;
    params.load_mode = LLAMA_LOAD_MODE_MMAP;
    params.vocab_only = vocabulary_only;
    params.use_extra_bufts = options->repack != 0;
    params.progress_callback = on_llama_progress;
    params.progress_callback_user_data = &load;
    first_words[0] = 0;
    model->llama = guard_model_load(path, &params);
    if (!model->llama) {
        if (load.cancelled)
            status = ARNY_E_CANCELLED;
        else if (strstr(first_words, "unknown model architecture"))
            status = ar_fail(ARNY_E_UNSUPPORTED, "%s: its architecture is not one that this llama.cpp runs (%s)", path,
                             first_words);
        else
            status = ar_fail(ARNY_E_DATA, "%s: llama.cpp cannot open it: %s", path,
                             first_words[0] ? first_words : "it gave no reason");
        goto out;
    }
    model->vocab = llama_model_get_vocab(model->llama);
    if ((status = check_same(model))) /* replaced while it was read */
        goto out;
    status = ARNY_E_MEMORY;
    if (!ar_gguf_string(&architecture, &bytes, model->header, "general.architecture"))
        architecture = "", bytes = 0;
    if (!(model->architecture = ar_strndup(architecture, bytes)))
        goto out;
    fill_info(model, options->gpu_layers);
    if (vocabulary_only)
        model->info.generates = model->info.gpu_layers = 0;
    model->mapped =
        !vocabulary_only && options->repack == 0 && model->info.gpu_layers == 0 && !ar_gguf_is_encoder(model->header);
    if (options->repack != 0) /* what was rearranged is not read from the file again */
        ar_pages_drop(&model->file);
    if (options->gpu_layers != 0)
        ar_log(model->info.gpu_layers > 0 ? ARNY_LOG_INFO : ARNY_LOG_WARN, "%s: %d of %d layers on a GPU%s", path,
               model->info.gpu_layers, model->info.layers + 1,
               llama_supports_gpu_offload() ? "" : ": this build has no GPU backend of ggml, see ARNY_GGML_BACKENDS");
    status = ARNY_OK;
out:
    if (status == ARNY_E_CANCELLED)
        ar_fail(status, "%s: opening was cancelled", path);
    if (status) {
        ar_gguf_model_free(model);
        return status;
    }
    *out = model;
    return ARNY_OK;
}

void ar_gguf_model_free(arny_engine_model *model)
{
    if (!model)
        return;
    if (model->llama)
        llama_model_free(model->llama); /* frees the adapters too */
    ar_free(model->adapters);
    ar_gguf_free(model->header);
    ar_free(model->architecture);
    ar_free(model->path);
    ar_free(model);
}

int ar_gguf_model_park(arny_engine_model *model)
{
    if (!model->mapped)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: its weights are not pages of its file", model->path);
    return ar_pages_drop(&model->file) > 0
               ? ARNY_OK
               : ar_fail(ARNY_E_UNSUPPORTED, "this system does not tell a process its mappings");
}

static int on_page(double share, void *data)
{
    return report(data, share);
}

int ar_gguf_model_resume(arny_engine_model *model, const arny_engine_model_options *options)
{
    loading load = {options, 0};
    int stopped, status = check_same(model);
    if (status)
        return status;
    if (ar_pages_map(&stopped, &model->file, on_page, &load) ==
        0) /* an older kernel: they fault in, from the page cache */
        stopped = read_ahead(&load, model->path) != ARNY_OK;
    return stopped ? ar_fail(ARNY_E_CANCELLED, "%s: bringing it back was cancelled", model->path) : ARNY_OK;
}

int ar_gguf_adapter_open(void **out, arny_engine_model *model, const char *path)
{
    arny_file_info info;
    *out = NULL;
    int status = ar_gguf_check(&info, path);
    if (status)
        return status;
    if (strcmp(info.kind, "lora") != 0)
        return ar_fail(ARNY_E_DATA, "%s: an adapter (general.type \"adapter\") expected, this is a %s", path,
                       info.kind);
    if (strcmp(info.architecture, model->architecture) != 0)
        return ar_fail(ARNY_E_DATA, "%s: an adapter for \"%s\", but the model is \"%s\"", path, info.architecture,
                       model->architecture);
    first_words[0] = 0;
    *out = guard_adapter_load(model->llama, path);
    if (!*out)
        return ar_fail(ARNY_E_DATA, "%s: it does not fit the model %s: %s", path, model->path, first_words);
    return ARNY_OK;
}
