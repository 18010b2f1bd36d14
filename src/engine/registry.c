/* engine/registry.c - see registry.h. */
#include "engine/registry.h"

#include "util/fault.h"
#include "util/fs.h"
#include "util/status.h"
#include "util/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENGINES_MAX 8
#define NAME_BYTES  16  /* bytes of an engine's name, NUL included: what arny_file_info has room for */
#define HEAD_BYTES  512 /* of a file, to tell what it is */

#ifdef ARNY_HAVE_GGUF
#define GGUF_NAME "gguf "
#define GGUF_FILE "a GGUF model file (.gguf)"
#define CONVERT   "; convert the model to GGUF, for example with llama.cpp's convert_hf_to_gguf.py"
#else
#define GGUF_NAME ""
#define GGUF_FILE "a model file of an engine of this build"
#define CONVERT   "; " WANTED
#endif
#ifdef ARNY_HAVE_PTE
#define PTE_NAME "pte "
#define WANTED   GGUF_FILE " or an ExecuTorch program (.pte) is what is needed"
#else
#define PTE_NAME ""
#define WANTED   GGUF_FILE " is what is needed"
#endif

/* Written by arny_engine_register only, which comes before any other call: no lock. */
static const arny_engine *engines[ENGINES_MAX] = {
#ifdef ARNY_HAVE_GGUF
    &ar_engine_gguf,
#endif
#ifdef ARNY_HAVE_PTE
    &ar_engine_pte,
#endif
    &ar_engine_fake,
};
static size_t engine_count = (sizeof GGUF_NAME > 1) + (sizeof PTE_NAME > 1) + 1;
static char engine_names[ENGINES_MAX * NAME_BYTES] = GGUF_NAME PTE_NAME "fake";

const char *arny_engines(void)
{
    return engine_names;
}

const arny_engine *arny_engine_find(const char *name)
{
    for (size_t i = 0; name && i < engine_count; i++)
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    return NULL;
}

/* ---- registering ---------------------------------------------------------------------------------------------- */

/* The name of an entry that must be there and is not, or NULL. */
static const char *missing_entry(const arny_engine *e)
{
    const struct {
        int there;
        const char *name;
    } entries[] = {
        {e->recognizes != NULL, "recognizes"},
        {e->check != NULL, "check"},
        {e->estimate != NULL, "estimate"},
        {e->model_open != NULL, "model_open"},
        {e->model_free != NULL, "model_free"},
        {e->model_info != NULL, "model_info"},
        {e->model_park != NULL || e->model_resume == NULL, "model_park"},
        {e->model_resume != NULL || e->model_park == NULL, "model_resume"},
        {e->tokenize != NULL, "tokenize"},
        {e->piece != NULL, "piece"},
        {e->token_text != NULL, "token_text"},
        {e->token_flags != NULL, "token_flags"},
        {e->context_need != NULL, "context_need"},
        {e->context_open != NULL, "context_open"},
        {e->context_free != NULL, "context_free"},
        {e->length != NULL, "length"},
        {e->capacity != NULL, "capacity"},
        {e->truncate != NULL, "truncate"},
        {e->prefill != NULL, "prefill"},
        {e->step != NULL, "step"},
        {e->logits != NULL, "logits"},
        {e->score != NULL, "score"},
        {e->state_size != NULL, "state_size"},
        {e->state_save != NULL, "state_save"},
        {e->state_restore != NULL, "state_restore"},
        {e->state_version != NULL, "state_version"},
        {e->adapter_open != NULL || e->adapter_set == NULL, "adapter_open"},
        {e->adapter_set != NULL || e->adapter_open == NULL, "adapter_set"},
        {e->model_bytes != NULL, "model_bytes"},
        {e->context_bytes != NULL, "context_bytes"},
    };
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (!entries[i].there)
            return entries[i].name;
    return NULL;
}

static int is_name(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    return length > 0 && length < NAME_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

int arny_engine_register(const arny_engine *engine)
{
    if (!engine)
        return ar_fail(ARNY_E_ARGUMENT, "no engine was given");
    if (engine->version != ARNY_ENGINE_VERSION)
        return ar_fail(ARNY_E_ARGUMENT, "the engine was built for version %u of the interface, and this library has %d",
                       (unsigned)engine->version, ARNY_ENGINE_VERSION);
    if (!is_name(engine->name))
        return ar_fail(ARNY_E_ARGUMENT, "an engine's name has 1 to %d of a-z, 0-9, - and _", NAME_BYTES - 1);
    const char *missing = missing_entry(engine);
    if (missing)
        return ar_fail(ARNY_E_ARGUMENT, "the engine \"%s\" has no %s", engine->name, missing);
    if (arny_engine_find(engine->name))
        return ar_fail(ARNY_E_ARGUMENT, "there is an engine \"%s\" already; there are: %s", engine->name, engine_names);
    if (engine_count == ENGINES_MAX)
        return ar_fail(ARNY_E_ARGUMENT, "there are %d engines already, which is the most", ENGINES_MAX);
    engines[engine_count++] = engine;
    size_t used = strlen(engine_names);
    snprintf(engine_names + used, sizeof engine_names - used, " %s", engine->name);
    return ARNY_OK;
}

/* ---- what a file is ------------------------------------------------------------------------------------------- */

static int read_head(unsigned char *out, size_t *bytes, const char *path)
{
    ar_file_id id;
    *bytes = 0;
    int status = ar_fs_id(&id, path); /* before open(), which would wait for ever at a pipe */
    if (status)
        return status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ar_fail(ARNY_E_IO, "%s: cannot be opened: %s", path, strerror(errno));
    while (*bytes < HEAD_BYTES) {
        ssize_t got = ar_fault(AR_FAULT_READ) ? (errno = EIO, -1) : read(fd, out + *bytes, HEAD_BYTES - *bytes);
        if (got == 0)
            break;
        if (got > 0)
            *bytes += (size_t)got;
        else if (errno != EINTR) {
            status = ar_fail(ARNY_E_IO, "%s: cannot be read: %s", path, strerror(errno));
            break;
        }
    }
    close(fd);
    return status;
}

static int is_text(const unsigned char *head, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (head[i] == 0 || head[i] == 0x7f || (head[i] < 0x20 && !strchr("\t\n\r\f", head[i])))
            return 0;
    return bytes - ar_utf8_valid((const char *)head, bytes) < 4; /* the last character may be cut */
}

/* 8 bytes with the length of a JSON header, and its brace. */
static int is_safetensors(const unsigned char *head, size_t bytes)
{
    return bytes > 8 && head[8] == '{' && head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] == 0;
}

/* Files of engines that this build may lack. */
static int fail_engine(const unsigned char *head, size_t bytes, const char *path)
{
    static const struct {
        size_t at;
        const char *magic, *engine, *what;
    } known[] = {{0, "GGUF", "gguf", "a GGUF file"}, {4, "ET12", "pte", "an ExecuTorch program"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bytes >= known[i].at + 4 && memcmp(head + known[i].at, known[i].magic, 4) == 0)
            return ar_fail(ARNY_E_UNSUPPORTED,
                           "%s: this is %s; it needs the %s engine, which this build does not have (it has: %s)", path,
                           known[i].what, known[i].engine, engine_names);
    return ARNY_OK;
}

static int fail_unknown(const unsigned char *head, size_t bytes, const char *path)
{
    static const struct {
        size_t at, bytes;
        const char *magic, *what;
    } known[] = {
        {0, 4, "PK\3\4", "it is a zip archive, as PyTorch checkpoints are" CONVERT},
        {0, 2, "\x80\2", "it is a Python pickle, as old PyTorch checkpoints are" CONVERT},
        {0, 4, "lmgg", "it is in the old GGML format, before GGUF" CONVERT},
        {0, 4, "fmgg", "it is in the old GGMF format, before GGUF" CONVERT},
        {0, 4, "tjgg", "it is in the old GGJT format, before GGUF" CONVERT},
        {0, 4, "algg", "it is an adapter in the old GGLA format, before GGUF" CONVERT},
        {0, 4, "\177ELF", "it is a program or a library (ELF); " WANTED},
        {0, 2, "\x1f\x8b", "it is compressed with gzip; unpack it first"},
        {4, 4, "TFL3", "it is a TensorFlow Lite model; " WANTED},
        {0, 34, "version https://git-lfs.github.com",
         "it only points to a file in Git LFS; fetch the file itself (git lfs pull)"},
    };
    int status = fail_engine(head, bytes, path);
    if (status)
        return status;
    if (bytes == 0)
        return ar_fail(ARNY_E_DATA, "%s: the file is empty; " WANTED, path);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bytes >= known[i].at + known[i].bytes && memcmp(head + known[i].at, known[i].magic, known[i].bytes) == 0)
            return ar_fail(ARNY_E_DATA, "%s: %s", path, known[i].what);
    if (is_safetensors(head, bytes))
        return ar_fail(ARNY_E_DATA, "%s: it is a safetensors file" CONVERT, path);
    if (is_text(head, bytes))
        return ar_fail(ARNY_E_DATA, "%s: it is a text file; " WANTED, path);
    return ar_fail(ARNY_E_DATA,
                   "%s: no engine of this build (%s) knows what begins with the bytes %02x %02x %02x %02x; " WANTED,
                   path, engine_names, head[0], bytes > 1 ? head[1] : 0, bytes > 2 ? head[2] : 0,
                   bytes > 3 ? head[3] : 0);
}

int ar_engine_for_file(const arny_engine **out, const char *path)
{
    unsigned char head[HEAD_BYTES];
    size_t bytes;
    *out = NULL;
    int status = read_head(head, &bytes, path);
    if (status)
        return status;
    for (size_t i = 0; i < engine_count; i++) {
        if (engines[i]->recognizes(head, bytes)) {
            *out = engines[i];
            return ARNY_OK;
        }
    }
    return fail_unknown(head, bytes, path);
}

int ar_engine_check_file(arny_file_info *out, const arny_engine **engine_out, const char *engine, const char *path)
{
    arny_file_info info;
    const arny_engine *found;
    if (engine_out)
        *engine_out = NULL;
    if (!out)
        out = &info;
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    if (engine && !arny_engine_find(engine))
        return ar_fail(ARNY_E_UNSUPPORTED, "this build has no engine \"%s\"; it has: %s", engine, engine_names);
    int status = ar_engine_for_file(&found, path);
    if (!found)
        return status;
    if (engine && strcmp(found->name, engine) != 0)
        return ar_fail(ARNY_E_DATA, "%s: this is a file of the engine \"%s\", and the engine \"%s\" was asked for",
                       path, found->name, engine);
    if ((status = found->check(out, path)))
        return status;
    if (engine_out)
        *engine_out = found;
    return ARNY_OK;
}
