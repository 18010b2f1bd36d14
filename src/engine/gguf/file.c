/*
 * engine/gguf/file.c - reads a header. What llama.cpp could not survive beyond the format itself is refused in
 * file_check.c and file_vocabulary.c.
 *
 * The header is read, not mapped: a file that shrinks under a mapping kills the process, under a read it is an error.
 */
#include "engine/gguf/file_private.h"
#include "engine/gguf/types.h"
#include "util/fault.h"
#include "util/mem.h"
#include "util/utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ    ((size_t)128 * 1024)        /* doubled for as long as the header goes on */
#define MAX_HEAD      ((size_t)512 * 1024 * 1024) /* the largest real ones, of 262,144 tokens, are under 20 MB */
#define MAX_METADATA  65536
#define MAX_TENSORS   65536
#define MAX_KEY       65535
#define MAX_NAME      63                           /* GGML_MAX_NAME, less its NUL */
#define MAX_KEPT      4096                         /* bytes of an array that ar_gguf_drop_arrays leaves */
#define MAX_ELEMENTS  ((uint64_t)16 * 1024 * 1024) /* of one array */
#define MIN_METADATA  13                           /* bytes: an empty key's length, a type, a value of one byte */
#define MIN_TENSOR    33                           /* bytes: a name of one, one dimension, a type, an offset */
#define MIN_ALIGNMENT 8
#define MAX_ALIGNMENT 65536
#define DEF_ALIGNMENT 32

typedef struct reader {
    ar_gguf *gguf;
    int fd;                      /* -1: `memory` instead */
    const unsigned char *memory; /* file_bytes of it */
    size_t capacity;             /* of gguf->head */
    size_t at;
} reader;

const uint8_t ar_gguf_value_bytes[AR_GGUF_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

uint32_t ar_gguf_le32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t ar_gguf_le64(const unsigned char *at)
{
    return ar_gguf_le32(at) | (uint64_t)ar_gguf_le32(at + 4) << 32;
}

int ar_gguf_bad(const ar_gguf *gguf, uint64_t at, const char *format, ...)
{
    char what[512];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return ar_fail(ARNY_E_DATA, "%s: at byte %llu: %s", gguf->path, (unsigned long long)at, what);
}

int ar_gguf_shown(uint64_t bytes)
{
    return bytes < 80 ? (int)bytes : 80;
}

/* ---- bytes --------------------------------------------------------------------------------------------------- */

static int read_more(reader *r, size_t wanted)
{
    ar_gguf *gguf = r->gguf;
    size_t target = r->capacity == 0 ? FIRST_READ : 2 * r->capacity;
    unsigned char *grown;

    while (target < wanted)
        target *= 2;
    if ((uint64_t)target > (uint64_t)gguf->file_bytes)
        target = (size_t)gguf->file_bytes;
    if (target > MAX_HEAD)
        target = MAX_HEAD;
    grown = ar_resize(gguf->head, target, 1);
    if (grown == NULL)
        return ARNY_E_MEMORY;
    gguf->head = grown;
    r->capacity = target;
    if (r->fd < 0) {
        memcpy(gguf->head + gguf->head_bytes, r->memory + gguf->head_bytes, target - gguf->head_bytes);
        gguf->head_bytes = target;
    }
    while (gguf->head_bytes < target) {
        ssize_t got = -1;

        if (ar_fault(AR_FAULT_READ))
            errno = EIO;
        else
            got = pread(r->fd, gguf->head + gguf->head_bytes, target - gguf->head_bytes, (off_t)gguf->head_bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ar_fail(ARNY_E_IO, "%s: cannot be read: %s", gguf->path, strerror(errno));
        if (got == 0)
            return ar_fail(ARNY_E_IO, "%s: became shorter while it was read", gguf->path);
        gguf->head_bytes += (size_t)got;
    }
    return ARNY_OK;
}

/* Makes the next `bytes` readable at head + at; `what` says what they are. */
static int need(reader *r, uint64_t bytes, const char *what)
{
    const ar_gguf *gguf = r->gguf;

    if (bytes <= gguf->head_bytes - r->at)
        return ARNY_OK;
    if (bytes > (uint64_t)gguf->file_bytes - r->at)
        return ar_gguf_bad(gguf, r->at,
                           "%s needs %llu bytes, but the file ends at byte %lld: it is cut short, or damaged", what,
                           (unsigned long long)bytes, (long long)gguf->file_bytes);
    if (bytes > MAX_HEAD - r->at)
        return ar_gguf_bad(gguf, r->at, "%s of %llu bytes: the header may have at most %zu MB", what,
                           (unsigned long long)bytes, MAX_HEAD >> 20);
    return read_more(r, r->at + (size_t)bytes);
}

static int read_u32(uint32_t *out, reader *r, const char *what)
{
    int status = need(r, 4, what);

    if (status == ARNY_OK) {
        *out = ar_gguf_le32(r->gguf->head + r->at);
        r->at += 4;
    }
    return status;
}

static int read_u64(uint64_t *out, reader *r, const char *what)
{
    int status = need(r, 8, what);

    if (status == ARNY_OK) {
        *out = ar_gguf_le64(r->gguf->head + r->at);
        r->at += 8;
    }
    return status;
}

/* A key or a tensor's name: printable ASCII. *text is an offset. */
static int read_name(size_t *text, size_t *bytes, reader *r, size_t max, const char *what)
{
    size_t start = r->at, i;
    uint64_t length = 0;
    int status = read_u64(&length, r, what);

    if (status != ARNY_OK)
        return status;
    if (length == 0 || length > max)
        return ar_gguf_bad(r->gguf, start, "%s of %llu bytes: 1 to %zu are allowed", what, (unsigned long long)length,
                           max);
    if ((status = need(r, length, what)) != ARNY_OK)
        return status;
    for (i = 0; i < length; i++) {
        unsigned char c = r->gguf->head[r->at + i];

        if (c < 0x20 || c > 0x7e)
            return ar_gguf_bad(r->gguf, r->at + i, "%s has a byte 0x%02x: only printable ASCII is allowed", what, c);
    }
    *text = r->at;
    *bytes = (size_t)length;
    r->at += (size_t)length;
    return ARNY_OK;
}

/* ---- metadata ------------------------------------------------------------------------------------------------ */

static int skip_strings(reader *r, uint64_t count)
{
    ar_gguf *gguf = r->gguf;
    size_t at = r->at;
    int status;

    for (; count > 0; count--) {
        uint64_t bytes;

        if (gguf->head_bytes - at < 8) {
            r->at = at;
            if ((status = need(r, 8, "a string's length")) != ARNY_OK)
                return status;
        }
        bytes = ar_gguf_le64(gguf->head + at);
        at += 8;
        if (bytes > gguf->head_bytes - at) {
            r->at = at;
            if ((status = need(r, bytes, "a string")) != ARNY_OK)
                return status;
        }
        at += (size_t)bytes;
    }
    r->at = at;
    return ARNY_OK;
}

static int check_bools(const reader *r, size_t at, uint64_t count)
{
    for (; count > 0; count--, at++) {
        if (r->gguf->head[at] > 1)
            return ar_gguf_bad(r->gguf, at, "a bool of %u: 0 or 1 expected", r->gguf->head[at]);
    }
    return ARNY_OK;
}

static int check_text(const reader *r, const ar_gguf_entry *entry)
{
    const ar_gguf *gguf = r->gguf;
    const char *text = (const char *)gguf->head + entry->at + 8;
    size_t bytes = (size_t)ar_gguf_le64(gguf->head + entry->at);
    size_t valid = ar_utf8_valid(text, bytes);
    const char *nul = bytes == 0 ? NULL : memchr(text, 0, bytes);

    if (valid < bytes)
        return ar_gguf_bad(gguf, entry->at + 8 + valid, "the text of %.*s is not UTF-8 here",
                           ar_gguf_shown(entry->key_bytes), gguf->head + entry->key);
    if (nul != NULL)
        return ar_gguf_bad(gguf, entry->at + 8 + (size_t)(nul - text), "the text of %.*s has a NUL byte in it",
                           ar_gguf_shown(entry->key_bytes), gguf->head + entry->key);
    return ARNY_OK;
}

static int read_entry(ar_gguf_entry *entry, reader *r)
{
    ar_gguf *gguf = r->gguf;
    size_t type_at;
    int status;

    if ((status = read_name(&entry->key, &entry->key_bytes, r, MAX_KEY, "a metadata key")) != ARNY_OK)
        return status;
    type_at = r->at;
    if ((status = read_u32(&entry->type, r, "a metadata type")) != ARNY_OK)
        return status;
    entry->count = 1;
    entry->array = entry->type == AR_GGUF_ARRAY;
    if (entry->array) {
        type_at = r->at;
        if ((status = read_u32(&entry->type, r, "an array's type")) != ARNY_OK)
            return status;
        if (entry->type == AR_GGUF_ARRAY)
            return ar_gguf_bad(gguf, type_at, "%.*s is an array of arrays: an array of values expected",
                               ar_gguf_shown(entry->key_bytes), gguf->head + entry->key);
    }
    if (entry->type >= AR_GGUF_TYPES)
        return ar_gguf_bad(gguf, type_at, "%.*s has the value type %u: 0 to %u are known",
                           ar_gguf_shown(entry->key_bytes), gguf->head + entry->key, entry->type, AR_GGUF_TYPES - 1);
    if (entry->array) {
        if ((status = read_u64(&entry->count, r, "an array's count")) != ARNY_OK)
            return status;
        if (entry->count > MAX_ELEMENTS)
            return ar_gguf_bad(gguf, r->at - 8, "%.*s has %llu elements: at most %llu are allowed",
                               ar_gguf_shown(entry->key_bytes), gguf->head + entry->key,
                               (unsigned long long)entry->count, (unsigned long long)MAX_ELEMENTS);
    }
    entry->at = r->at;
    if (entry->type == AR_GGUF_STRING) {
        if ((status = skip_strings(r, entry->count)) != ARNY_OK)
            return status;
        return entry->array ? ARNY_OK : check_text(r, entry);
    }
    /* at most 16 Mi elements of 8 bytes: no overflow */
    if ((status = need(r, entry->count * ar_gguf_value_bytes[entry->type], "a metadata value")) != ARNY_OK)
        return status;
    r->at += (size_t)(entry->count * ar_gguf_value_bytes[entry->type]);
    return entry->type == AR_GGUF_BOOL ? check_bools(r, entry->at, entry->count) : ARNY_OK;
}

/* ---- tensors ------------------------------------------------------------------------------------------------- */

/* a * b, or 1 when that is more than INT64_MAX. */
static int multiply(uint64_t *product, uint64_t a, uint64_t b)
{
    if (b != 0 && a > (uint64_t)INT64_MAX / b)
        return 1;
    *product = a * b;
    return 0;
}

static int read_tensor(ar_gguf_tensor *tensor, size_t *name, reader *r)
{
    const ar_gguf *gguf = r->gguf;
    const ar_ggml_type *type;
    uint64_t elements = 1;
    uint32_t dims = 0, i;
    size_t start = r->at;
    int status;

    if ((status = read_name(name, &tensor->name_bytes, r, MAX_NAME, "a tensor's name")) != ARNY_OK ||
        (status = read_u32(&dims, r, "a tensor's number of dimensions")) != ARNY_OK)
        return status;
    if (dims == 0 || dims > 4)
        return ar_gguf_bad(gguf, r->at - 4, "tensor %.*s has %u dimensions: 1 to 4 expected", (int)tensor->name_bytes,
                           gguf->head + *name, dims);
    for (i = 0; i < 4; i++) {
        tensor->dims[i] = 1;
        if (i >= dims)
            continue;
        if ((status = read_u64(&tensor->dims[i], r, "a tensor's dimension")) != ARNY_OK)
            return status;
        if (tensor->dims[i] == 0 || multiply(&elements, elements, tensor->dims[i]) != 0)
            return ar_gguf_bad(gguf, r->at - 8, "tensor %.*s has a dimension of %llu: no such tensor can exist",
                               (int)tensor->name_bytes, gguf->head + *name, (unsigned long long)tensor->dims[i]);
    }
    if ((status = read_u32(&tensor->type, r, "a tensor's type")) != ARNY_OK)
        return status;
    type = ar_ggml_type_at(tensor->type);
    if (type == NULL)
        return ar_gguf_bad(gguf, r->at - 4, "tensor %.*s has the type %u, which is unknown or no longer in use",
                           (int)tensor->name_bytes, gguf->head + *name, tensor->type);
    if (tensor->dims[0] % type->block != 0)
        return ar_gguf_bad(gguf, r->at - 4, "tensor %.*s has rows of %llu: %s needs a multiple of %u",
                           (int)tensor->name_bytes, gguf->head + *name, (unsigned long long)tensor->dims[0], type->name,
                           type->block);
    if (multiply(&tensor->bytes, elements / type->block, type->bytes) != 0)
        return ar_gguf_bad(gguf, start, "tensor %.*s is larger than any file", (int)tensor->name_bytes,
                           gguf->head + *name);
    return read_u64(&tensor->offset, r, "a tensor's offset");
}

/* Tensors lie one after another in the order of the table, each padded to the alignment: llama.cpp takes nothing else. */
static int place_tensors(reader *r)
{
    ar_gguf *gguf = r->gguf;
    uint64_t mask = gguf->alignment - 1, file = (uint64_t)gguf->file_bytes, expected = 0, end = 0;
    size_t i;

    gguf->data = (r->at + mask) & ~mask;
    if (gguf->tensor_count == 0)
        return ARNY_OK;
    if (gguf->data > file)
        return ar_gguf_bad(gguf, r->at, "the file ends before its tensors begin: it is cut short");
    for (i = 0; i < gguf->tensor_count; i++) {
        const ar_gguf_tensor *tensor = &gguf->tensors[i];
        int name_bytes = (int)tensor->name_bytes;
        uint64_t at = (uint64_t)(tensor->name - (const char *)gguf->head) - 8;

        if (tensor->offset % gguf->alignment != 0)
            return ar_gguf_bad(gguf, at, "tensor %.*s has the offset %llu: a multiple of the alignment %llu expected",
                               name_bytes, tensor->name, (unsigned long long)tensor->offset,
                               (unsigned long long)gguf->alignment);
        if (tensor->offset != expected)
            return ar_gguf_bad(gguf, at, "tensor %.*s %s: its offset is %llu, and %llu expected", name_bytes,
                               tensor->name,
                               tensor->offset < expected ? "overlaps the one before it" : "leaves a gap before it",
                               (unsigned long long)tensor->offset, (unsigned long long)expected);
        if (expected > file - gguf->data || tensor->bytes > file - gguf->data - expected)
            return ar_gguf_bad(
                gguf, at,
                "tensor %.*s needs %llu bytes from byte %llu on, but the file ends at byte %lld: it is cut "
                "short, or damaged",
                name_bytes, tensor->name, (unsigned long long)tensor->bytes, (unsigned long long)gguf->data + expected,
                (long long)gguf->file_bytes);
        end = expected + tensor->bytes;
        expected = (end + mask) & ~mask; /* both are below the size of the file plus an alignment */
    }
    gguf->weight_bytes = (int64_t)end;
    return ARNY_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int no_duplicates(const ar_gguf *gguf)
{
    ar_gguf_set set = {0};
    size_t i;
    int added = AR_GGUF_ADDED, status = ar_gguf_set_init(&set, gguf, gguf->entry_count);

    for (i = 0; status == ARNY_OK && i < gguf->entry_count; i++) {
        const ar_gguf_entry *entry = &gguf->entries[i];

        added = ar_gguf_set_add(&set, ar_gguf_set_key(&set, entry->key - 8));
        if (added != AR_GGUF_ADDED)
            status = ar_gguf_bad(gguf, entry->key, "the metadata key %.*s %s", ar_gguf_shown(entry->key_bytes),
                                 gguf->head + entry->key,
                                 added == AR_GGUF_TWICE ? "is there twice" : "is one of many made to collide");
    }
    ar_gguf_set_free(&set);
    if (status == ARNY_OK)
        status = ar_gguf_set_init(&set, gguf, gguf->tensor_count);
    for (i = 0; status == ARNY_OK && i < gguf->tensor_count; i++) {
        const ar_gguf_tensor *tensor = &gguf->tensors[i];
        size_t at = (size_t)(tensor->name - (const char *)gguf->head);

        added = ar_gguf_set_add(&set, ar_gguf_set_key(&set, at - 8));
        if (added != AR_GGUF_ADDED)
            status = ar_gguf_bad(gguf, at, "the tensor name %.*s %s", (int)tensor->name_bytes, tensor->name,
                                 added == AR_GGUF_TWICE ? "is there twice" : "is one of many made to collide");
    }
    ar_gguf_set_free(&set);
    return status;
}

static int read_alignment(ar_gguf *gguf)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, "general.alignment");

    gguf->alignment = DEF_ALIGNMENT;
    if (entry == NULL)
        return ARNY_OK;
    if (entry->array || entry->type != AR_GGUF_U32)
        return ar_gguf_bad(gguf, entry->key, "general.alignment must be a uint32");
    gguf->alignment = ar_gguf_le32(gguf->head + entry->at);
    if (gguf->alignment < MIN_ALIGNMENT || gguf->alignment > MAX_ALIGNMENT ||
        (gguf->alignment & (gguf->alignment - 1)) != 0)
        return ar_gguf_bad(gguf, entry->at, "general.alignment is %llu: a power of two from %d to %d expected",
                           (unsigned long long)gguf->alignment, MIN_ALIGNMENT, MAX_ALIGNMENT);
    return ARNY_OK;
}

static int read_counts(reader *r, uint64_t *tensors, uint64_t *entries)
{
    ar_gguf *gguf = r->gguf;
    int status;

    if ((status = need(r, 4, "the file's first word")) != ARNY_OK)
        return status;
    if (memcmp(gguf->head, "GGUF", 4) != 0)
        return ar_gguf_bad(gguf, 0, "this is not a GGUF file: it does not begin with the letters GGUF");
    r->at = 4;
    if ((status = read_u32(&gguf->version, r, "the version")) != ARNY_OK)
        return status;
    if (gguf->version != 0 && (gguf->version & 0xffff) == 0)
        return ar_gguf_bad(gguf, 4, "this GGUF file is big-endian: convert it anew for little-endian machines");
    if (gguf->version != 2 && gguf->version != 3)
        return ar_gguf_bad(gguf, 4, "GGUF version %u: 2 and 3 can be read%s", gguf->version,
                           gguf->version < 2 ? "; convert the model anew" : "");
    if ((status = read_u64(tensors, r, "the number of tensors")) != ARNY_OK ||
        (status = read_u64(entries, r, "the number of metadata keys")) != ARNY_OK)
        return status;
    if (*tensors > MAX_TENSORS || *tensors * MIN_TENSOR > (uint64_t)gguf->file_bytes)
        return ar_gguf_bad(gguf, 8, "%llu tensors: at most %d are allowed, and they must fit into the file",
                           (unsigned long long)*tensors, MAX_TENSORS);
    if (*entries > MAX_METADATA || *entries * MIN_METADATA > (uint64_t)gguf->file_bytes)
        return ar_gguf_bad(gguf, 16, "%llu metadata keys: at most %d are allowed, and they must fit into the file",
                           (unsigned long long)*entries, MAX_METADATA);
    return ARNY_OK;
}

static int parse(reader *r)
{
    ar_gguf *gguf = r->gguf;
    uint64_t tensors = 0, entries = 0;
    size_t *names = NULL, i;
    unsigned char *fitted;
    int status = read_counts(r, &tensors, &entries);

    if (status != ARNY_OK)
        return status;
    status = ARNY_E_MEMORY;
    gguf->entries = ar_calloc((size_t)entries + 1, sizeof *gguf->entries);
    gguf->tensors = ar_calloc((size_t)tensors + 1, sizeof *gguf->tensors);
    names = ar_calloc((size_t)tensors + 1, sizeof *names);
    if (gguf->entries == NULL || gguf->tensors == NULL || names == NULL)
        goto out;
    for (; gguf->entry_count < entries; gguf->entry_count++) {
        if ((status = read_entry(&gguf->entries[gguf->entry_count], r)) != ARNY_OK)
            goto out;
    }
    gguf->metadata_end = r->at;
    if ((status = read_alignment(gguf)) != ARNY_OK)
        goto out;
    for (i = 0; i < tensors; i++) {
        if ((status = read_tensor(&gguf->tensors[i], &names[i], r)) != ARNY_OK)
            goto out;
    }
    /* The buffer stays where it is from here on. */
    fitted = ar_resize(gguf->head, r->at, 1);
    if (fitted != NULL)
        gguf->head = fitted;
    gguf->head_bytes = r->at;
    for (i = 0; i < tensors; i++)
        gguf->tensors[i].name = (const char *)gguf->head + names[i];
    gguf->tensor_count = (size_t)tensors;
    if ((status = place_tensors(r)) == ARNY_OK)
        status = no_duplicates(gguf);
out:
    ar_free(names);
    return status;
}

static int read_from(ar_gguf **out, reader *r, const char *path, int64_t file_bytes)
{
    int status = ARNY_E_MEMORY;

    r->gguf = ar_calloc(1, sizeof *r->gguf);
    if (r->gguf == NULL)
        return status;
    r->gguf->file_bytes = file_bytes;
    r->gguf->path = ar_strdup(path);
    if (r->gguf->path != NULL)
        status = parse(r);
    if (status == ARNY_OK)
        *out = r->gguf;
    else
        ar_gguf_free(r->gguf);
    return status;
}

int ar_gguf_read(ar_gguf **out, const char *path)
{
    reader r = {0};
    struct stat info;
    int status;

    *out = NULL;
    /* O_NONBLOCK: opening a named pipe must not wait for its writer. */
    r.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (r.fd < 0)
        return ar_fail(errno == ENOENT || errno == ENOTDIR ? ARNY_E_NOT_FOUND : ARNY_E_IO, "%s: cannot be opened: %s",
                       path, strerror(errno));
    if (fstat(r.fd, &info) != 0) {
        status = ar_fail(ARNY_E_IO, "%s: cannot be read: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        status = ar_fail(ARNY_E_DATA, "%s: this is not a regular file", path);
        goto out;
    }
    if (info.st_size == 0) {
        status = ar_fail(ARNY_E_DATA, "%s: at byte 0: the file is empty", path);
        goto out;
    }
    status = read_from(out, &r, path, (int64_t)info.st_size);
out:
    close(r.fd);
    return status;
}

int ar_gguf_read_memory(ar_gguf **out, const void *data, size_t bytes, const char *name)
{
    reader r = {.fd = -1, .memory = data};

    *out = NULL;
    if (bytes == 0)
        return ar_fail(ARNY_E_DATA, "%s: at byte 0: the file is empty", name);
    return read_from(out, &r, name, (int64_t)bytes);
}

void ar_gguf_free(ar_gguf *gguf)
{
    if (gguf == NULL)
        return;
    ar_free(gguf->entries);
    ar_free(gguf->tensors);
    ar_free(gguf->head);
    ar_free(gguf->path);
    ar_free(gguf);
}

void ar_gguf_drop_arrays(ar_gguf *gguf)
{
    unsigned char *fitted;
    size_t from = 0, to = 0, gone = 0, i, next = 0; /* of the header so far: read, kept, dropped */

    for (i = 0; i < gguf->entry_count; i++) {
        ar_gguf_entry *entry = &gguf->entries[i];

        next = i + 1 < gguf->entry_count ? gguf->entries[i + 1].key - 8 : gguf->metadata_end;
        entry->key -= gone;
        if (!entry->array || next - entry->at < MAX_KEPT) {
            entry->at -= gone;
            continue;
        }
        memmove(gguf->head + to, gguf->head + from, entry->at - from);
        to += entry->at - from;
        from = next;
        gone = from - to;
        entry->at = to;
        entry->type = AR_GGUF_ARRAY; /* no value can be read as that; the count stays */
    }
    memmove(gguf->head + to, gguf->head + from, gguf->head_bytes - from);
    for (i = 0; i < gguf->tensor_count; i++)
        gguf->tensors[i].name -= gone;
    gguf->metadata_end -= gone;
    gguf->head_bytes -= gone;
    fitted = ar_resize(gguf->head, gguf->head_bytes, 1);
    if (fitted == NULL)
        return;
    for (i = 0; i < gguf->tensor_count; i++)
        gguf->tensors[i].name = (const char *)fitted + (gguf->tensors[i].name - (const char *)gguf->head);
    gguf->head = fitted;
}
