/*
 * engine/gguf/merge.c - a LoRA becomes part of a model: W + scale B A, written in the type that W has. So every tensor keeps its
 * place and size, and the new file is the old one with other numbers in it.
 *
 * W has `out` rows of `in` columns, A `rank` rows of `in`, B `out` rows of `rank`; scale is alpha / rank, or 1 where the adapter
 * names no alpha (Hu et al. 2021; llama.cpp does the same when it applies one).
 */
#include "engine/gguf/file_private.h"
#include "engine/gguf/gguf.h"
#include "util/fault.h"
#include "util/mem.h"
#include "util/status.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)4 << 20)
#define ROWS        64 /* of a matrix at a time */
#define NAME_BYTES  256

typedef struct merging {
    const ar_gguf *base, *lora;
    const char *base_path, *lora_path, *out_path;
    int base_fd, lora_fd, out_fd;
    int (*progress)(double progress, void *data);
    void *data;
} merging;

typedef struct pair { /* what changes one tensor */
    const ar_gguf_tensor *w, *a, *b;
    double scale;
} pair;

/* ---- files ------------------------------------------------------------------------------------------------------ */

static int read_at(int fd, const char *path, void *to, size_t bytes, uint64_t at)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t got = ar_fault(AR_FAULT_READ) ? (errno = EIO, -1)
                                              : pread(fd, (char *)to + done, bytes - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ar_fail(ARNY_E_IO, "%s: cannot be read: %s", path, got < 0 ? strerror(errno) : "it ends too early");
        done += (size_t)got;
    }
    return ARNY_OK;
}

static int write_at(const merging *m, const void *from, size_t bytes, uint64_t at)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t put = ar_fault(AR_FAULT_WRITE)
                          ? (errno = ENOSPC, -1)
                          : pwrite(m->out_fd, (const char *)from + done, bytes - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return ar_fail(ARNY_E_WRITE, "%s: cannot be written: %s", m->out_path, strerror(errno));
        done += (size_t)put;
    }
    return ARNY_OK;
}

static int tell(const merging *m, double progress)
{
    return m->progress && m->progress(progress, m->data) ? ar_fail(ARNY_E_CANCELLED, "merging was cancelled") : ARNY_OK;
}

static int copy_base(const merging *m, double share)
{
    uint64_t bytes = (uint64_t)ar_gguf_file_bytes(m->base);
    char *piece = ar_alloc(PIECE_BYTES);
    int status = piece ? ARNY_OK : ARNY_E_MEMORY;
    for (uint64_t at = 0; at < bytes && !status; at += PIECE_BYTES) {
        size_t part = bytes - at < PIECE_BYTES ? (size_t)(bytes - at) : PIECE_BYTES;
        if ((status = read_at(m->base_fd, m->base_path, piece, part, at)) == ARNY_OK)
            status = write_at(m, piece, part, at);
        if (!status)
            status = tell(m, share * (double)at / (double)bytes);
    }
    ar_free(piece);
    return status;
}

/* ---- matrices --------------------------------------------------------------------------------------------------- */

/* Rows [first, first + count) of a tensor as floats. */
static int read_rows(float *out, void *raw, int fd, const char *path, const ar_gguf *file, const ar_gguf_tensor *t,
                     uint64_t first, uint64_t count)
{
    enum ggml_type type = (enum ggml_type)t->type;
    size_t row = ggml_row_size(type, (int64_t)t->dims[0]);
    int status = read_at(fd, path, raw, row * (size_t)count, file->data + t->offset + row * first);
    if (status)
        return status;
    if (type == GGML_TYPE_F32)
        memcpy(out, raw, row * (size_t)count);
    else
        ggml_get_type_traits(type)->to_float(raw, out, (int64_t)(t->dims[0] * count));
    return ARNY_OK;
}

static int read_whole(float **out, int fd, const char *path, const ar_gguf *file, const ar_gguf_tensor *t)
{
    void *raw = ar_alloc((size_t)t->bytes);
    *out = ar_calloc((size_t)(t->dims[0] * t->dims[1]), sizeof **out);
    int status = raw && *out ? read_rows(*out, raw, fd, path, file, t, 0, t->dims[1]) : ARNY_E_MEMORY;
    ar_free(raw);
    return status;
}

static void add_rows(float *w, const float *a, const float *b, const pair *p, uint64_t first, uint64_t count)
{
    size_t in = (size_t)p->w->dims[0], rank = (size_t)p->a->dims[1];
    for (size_t row = 0; row < (size_t)count; row++)
        for (size_t k = 0; k < rank; k++) {
            float much = (float)(p->scale * b[((size_t)first + row) * rank + k]);
            for (size_t i = 0; i < in; i++)
                w[row * in + i] += much * a[k * in + i];
        }
}

static int merge_matrix(const merging *m, const pair *p)
{
    enum ggml_type type = (enum ggml_type)p->w->type;
    size_t in = (size_t)p->w->dims[0], row = ggml_row_size(type, (int64_t)in);
    float *a = NULL, *b = NULL, *w = ar_calloc(ROWS * in, sizeof *w);
    void *raw = ar_alloc(ROWS * row);
    int status = w && raw ? read_whole(&a, m->lora_fd, m->lora_path, m->lora, p->a) : ARNY_E_MEMORY;
    if (!status)
        status = read_whole(&b, m->lora_fd, m->lora_path, m->lora, p->b);
    for (uint64_t first = 0; first < p->w->dims[1] && !status; first += ROWS) {
        uint64_t count = p->w->dims[1] - first < ROWS ? p->w->dims[1] - first : ROWS;
        if ((status = read_rows(w, raw, m->base_fd, m->base_path, m->base, p->w, first, count)))
            break;
        add_rows(w, a, b, p, first, count);
        ggml_quantize_chunk(type, w, raw, 0, (int64_t)count, (int64_t)in, NULL);
        status = write_at(m, raw, row * (size_t)count, m->base->data + p->w->offset + row * first);
    }
    ar_free(a);
    ar_free(b);
    ar_free(w);
    ar_free(raw);
    return status;
}

/* ---- the adapter ------------------------------------------------------------------------------------------------ */

static double scale_of(const ar_gguf *lora, const ar_gguf_tensor *a)
{
    double alpha = 0;
    const ar_gguf_entry *entry = ar_gguf_find(lora, "adapter.lora.alpha");
    if (entry)
        ar_gguf_float_at(&alpha, lora, entry, 0);
    return alpha != 0 ? alpha / (double)a->dims[1] : 1;
}

static int find_pair(pair *out, const merging *m, const ar_gguf_tensor *a)
{
    char name[NAME_BYTES];
    size_t stem = a->name_bytes - strlen(".lora_a");
    if (stem + sizeof ".lora_b" > sizeof name)
        return ar_fail(ARNY_E_DATA, "%s: a name of %zu bytes", m->lora_path, a->name_bytes);
    snprintf(name, sizeof name, "%.*s", (int)stem, a->name);
    out->a = a;
    out->w = ar_gguf_tensor_named(m->base, name);
    snprintf(name, sizeof name, "%.*s.lora_b", (int)stem, a->name);
    out->b = ar_gguf_tensor_named(m->lora, name);
    out->scale = scale_of(m->lora, a);
    if (!out->w || !out->b || out->w->dims[2] != 1 || a->dims[0] != out->w->dims[0] ||
        out->b->dims[1] != out->w->dims[1] || out->b->dims[0] != a->dims[1])
        return ar_fail(ARNY_E_DATA, "%s: it does not fit %s: %.*s is %s there", m->lora_path, m->base_path, (int)stem,
                       a->name, out->w ? "of another shape" : "not");
    if (strncmp(a->name, "token_embd.", 11) == 0)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: it changes the embedding, which is not merged", m->lora_path);
    enum ggml_type type = (enum ggml_type)out->w->type;
    if (ggml_quantize_requires_imatrix(type) || (type != GGML_TYPE_F32 && !ggml_get_type_traits(type)->to_float))
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: weights of the type %s cannot be written anew", m->base_path,
                       ggml_type_name(type));
    return ARNY_OK;
}

static int is_a(const ar_gguf_tensor *t)
{
    return t->name_bytes > 7 && memcmp(t->name + t->name_bytes - 7, ".lora_a", 7) == 0;
}

/* Every pair is looked at before anything is written. */
static int merge_all(const merging *m, int write, double from)
{
    size_t count = ar_gguf_tensor_count(m->lora);
    int status = ARNY_OK;
    for (size_t i = 0; i < count && !status; i++) {
        pair p = {0};
        const ar_gguf_tensor *a = ar_gguf_tensor_at(m->lora, i);
        if (!is_a(a))
            continue;
        status = find_pair(&p, m, a);
        if (!status && write && p.w && p.b && !(status = merge_matrix(m, &p)))
            status = tell(m, from + (1 - from) * (double)(i + 1) / (double)count);
    }
    return status;
}

static int check_kinds(const merging *m)
{
    const char *base, *lora;
    size_t base_bytes, lora_bytes;
    int status = ar_gguf_is_model(m->base, m->base_path);
    if (!status)
        status = ar_gguf_is_adapter(m->lora, m->lora_path);
    if (status)
        return status;
    if (ar_gguf_string(&base, &base_bytes, m->base, "general.architecture") &&
        ar_gguf_string(&lora, &lora_bytes, m->lora, "general.architecture") &&
        (base_bytes != lora_bytes || memcmp(base, lora, base_bytes) != 0))
        return ar_fail(ARNY_E_DATA, "%s: an adapter for \"%.*s\", but the model is \"%.*s\"", m->lora_path,
                       ar_gguf_shown(lora_bytes), lora, ar_gguf_shown(base_bytes), base);
    return ARNY_OK;
}

static int open_files(merging *m)
{
    m->base_fd = open(m->base_path, O_RDONLY | O_CLOEXEC);
    m->lora_fd = open(m->lora_path, O_RDONLY | O_CLOEXEC);
    m->out_fd = open(m->out_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (m->out_fd < 0)
        return ar_fail(ARNY_E_WRITE, "%s: cannot be made: %s", m->out_path, strerror(errno));
    if (m->base_fd < 0 || m->lora_fd < 0)
        return ar_fail(ARNY_E_IO, "%s: cannot be opened: %s", m->base_fd < 0 ? m->base_path : m->lora_path,
                       strerror(errno));
    return ARNY_OK;
}

int ar_gguf_merge(const char *base_path, const char *lora_path, const char *out_path,
                  int (*progress)(double progress, void *data), void *progress_data)
{
    ar_gguf *base = NULL, *lora = NULL;
    merging m = {NULL, NULL, base_path, lora_path, out_path, -1, -1, -1, progress, progress_data};
    const double copying = 0.2; /* share of the progress */
    ar_gguf_start();
    int status = ar_gguf_read(&base, base_path);
    if (!status)
        status = ar_gguf_read(&lora, lora_path);
    m.base = base;
    m.lora = lora;
    if (!status && !(status = check_kinds(&m)) && !(status = merge_all(&m, 0, 0)) && !(status = open_files(&m)) &&
        !(status = copy_base(&m, copying)))
        status = merge_all(&m, 1, copying);
    if (m.base_fd >= 0)
        close(m.base_fd);
    if (m.lora_fd >= 0)
        close(m.lora_fd);
    if (m.out_fd >= 0 && close(m.out_fd) != 0 && !status)
        status = ar_fail(ARNY_E_WRITE, "%s: cannot be written: %s", out_path, strerror(errno));
    ar_gguf_free(base);
    ar_gguf_free(lora);
    return status;
}
