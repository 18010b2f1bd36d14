/*
 * gateway/vectors.c - see vectors.h. The file is "ARNYVEC3", the key of model and prefix, records of a text's
 * fingerprint, its tokens and its row, and a hash of all that, in the machine's own byte order: it is a cache, made here
 * for here.
 */
#include "gateway/vectors.h"
#include "gateway/embed.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define MAGIC       "ARNYVEC3"
#define MAGIC_BYTES 8
#define FILE_BYTES  ((uint64_t)4 << 30)

typedef struct fingerprint { /* of a text: two hashes of 64 bits with different seeds */
    uint64_t a, b;
} fingerprint;

typedef struct record {
    fingerprint text;
    uint64_t tokens;
    float *row;
} record;

struct ar_vectors {
    size_t width;
    char *prefix;
    fingerprint key; /* of model, prefix, width */
    record *table;   /* open addressing; row NULL: empty */
    size_t slots, count;
};

/* FNV-1a leaves the high bits of short texts alike: they are mixed. */
static uint64_t hash(uint64_t begin, const void *data, size_t bytes)
{
    uint64_t sum = ar_hash(begin, data, bytes);
    sum ^= sum >> 32;
    sum *= 0xd6e8feb86659fd93u;
    return sum ^ (sum >> 32);
}

static fingerprint fingerprint_of(const void *data, size_t bytes)
{
    return (fingerprint){hash(AR_HASH_BEGIN, data, bytes), hash(0x9e3779b97f4a7c15u, data, bytes)};
}

static uint64_t checksum(const ar_buf *file, size_t bytes)
{
    return hash(AR_HASH_BEGIN, file->ptr, bytes);
}

int ar_vectors_new(ar_vectors **out, size_t width, const char *prefix, const ar_digest *model)
{
    *out = NULL;
    ar_vectors *vectors = ar_calloc(1, sizeof *vectors);
    if (!vectors)
        return ARNY_E_MEMORY;
    vectors->width = width;
    vectors->slots = 1024;
    vectors->prefix = ar_strdup(prefix);
    vectors->table = ar_calloc(vectors->slots, sizeof *vectors->table);
    if (!vectors->prefix || !vectors->table) {
        ar_vectors_free(vectors);
        return ARNY_E_MEMORY;
    }
    fingerprint name = fingerprint_of(prefix, strlen(prefix)), file = fingerprint_of(model, sizeof *model);
    uint64_t parts[] = {name.a, name.b, file.a, file.b, width, AR_EMBED_TOKENS};
    vectors->key = fingerprint_of(parts, sizeof parts);
    *out = vectors;
    return ARNY_OK;
}

void ar_vectors_free(ar_vectors *vectors)
{
    if (!vectors)
        return;
    for (size_t i = 0; vectors->table && i < vectors->slots; i++)
        ar_free(vectors->table[i].row);
    ar_free(vectors->table);
    ar_free(vectors->prefix);
    ar_free(vectors);
}

static record *slot_of(record *table, size_t slots, fingerprint text)
{
    size_t at = (size_t)text.a & (slots - 1);
    while (table[at].row && (table[at].text.a != text.a || table[at].text.b != text.b))
        at = (at + 1) & (slots - 1);
    return &table[at];
}

static int grow(ar_vectors *vectors)
{
    if (vectors->count * 2 < vectors->slots)
        return ARNY_OK;
    size_t slots = vectors->slots * 2;
    record *table = ar_calloc(slots, sizeof *table);
    if (!table)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < vectors->slots; i++)
        if (vectors->table[i].row)
            *slot_of(table, slots, vectors->table[i].text) = vectors->table[i];
    ar_free(vectors->table);
    vectors->table = table;
    vectors->slots = slots;
    return ARNY_OK;
}

/* An empty row for a text that has none. */
static int add(record **out, ar_vectors *vectors, fingerprint text)
{
    int status = grow(vectors);
    if (status)
        return status;
    record *slot = slot_of(vectors->table, vectors->slots, text);
    float *row = ar_alloc(vectors->width * sizeof *row);
    if (!row)
        return ARNY_E_MEMORY;
    *slot = (record){text, 0, row};
    vectors->count++;
    *out = slot;
    return ARNY_OK;
}

int ar_vectors_get(const float **row, size_t *tokens, ar_vectors *vectors, ar_timeline *timeline, const char *text,
                   const arny_engine_cancel *cancel)
{
    fingerprint name = fingerprint_of(text, strlen(text));
    record *slot = slot_of(vectors->table, vectors->slots, name);
    if (!slot->row) {
        size_t count = 0;
        float *fresh = ar_alloc(vectors->width * sizeof *fresh);
        int status = fresh ? ar_embed(fresh, &count, timeline, vectors->prefix, text, cancel) : ARNY_E_MEMORY;
        if (!status)
            status = add(&slot, vectors, name);
        if (!status) {
            memcpy(slot->row, fresh, vectors->width * sizeof *fresh);
            slot->tokens = count;
        }
        ar_free(fresh);
        if (status)
            return status;
    }
    *row = slot->row;
    if (tokens)
        *tokens = (size_t)slot->tokens;
    return ARNY_OK;
}

const float *ar_vectors_find(const ar_vectors *vectors, size_t *tokens, const char *text)
{
    const record *slot = slot_of(vectors->table, vectors->slots, fingerprint_of(text, strlen(text)));
    if (tokens)
        *tokens = (size_t)slot->tokens;
    return slot->row;
}

/* owned; ar_free */
static char *file_in(const ar_vectors *vectors, const char *folder)
{
    return ar_format("%s/embeddings-%016llx.vec", folder, (unsigned long long)vectors->key.a);
}

void ar_vectors_load(ar_vectors *vectors, const char *folder)
{
    ar_buf file = AR_BUF_INIT(FILE_BYTES);
    char *path = file_in(vectors, folder);
    size_t row = vectors->width * sizeof(float), each = sizeof(fingerprint) + sizeof(uint64_t) + row;
    size_t head = MAGIC_BYTES + sizeof vectors->key;
    uint64_t sum = 0;
    if (path && ar_fs_exists(path) && ar_fs_read(&file, path) == ARNY_OK && file.len >= head + sizeof sum) {
        size_t end = file.len - sizeof sum;
        memcpy(&sum, file.ptr + end, sizeof sum);
        int whole = memcmp(file.ptr, MAGIC, MAGIC_BYTES) == 0 &&
                    memcmp(file.ptr + MAGIC_BYTES, &vectors->key, sizeof vectors->key) == 0 &&
                    (end - head) % each == 0 && checksum(&file, end) == sum;
        for (size_t at = head; whole && at < end; at += each) {
            fingerprint text;
            record *slot;
            memcpy(&text, file.ptr + at, sizeof text);
            if (slot_of(vectors->table, vectors->slots, text)->row || add(&slot, vectors, text) != ARNY_OK)
                continue;
            memcpy(&slot->tokens, file.ptr + at + sizeof text, sizeof slot->tokens);
            memcpy(slot->row, file.ptr + at + sizeof text + sizeof slot->tokens, row);
        }
    }
    ar_free(path);
    ar_buf_free(&file);
}

int ar_vectors_save(const ar_vectors *vectors, const char *folder)
{
    ar_buf file = AR_BUF_INIT(FILE_BYTES);
    char *path = file_in(vectors, folder);
    if (!path)
        return ARNY_E_MEMORY;
    ar_buf_append(&file, MAGIC, MAGIC_BYTES);
    ar_buf_append(&file, &vectors->key, sizeof vectors->key);
    for (size_t i = 0; i < vectors->slots; i++) {
        const record *slot = &vectors->table[i];
        if (!slot->row)
            continue;
        ar_buf_append(&file, &slot->text, sizeof slot->text);
        ar_buf_append(&file, &slot->tokens, sizeof slot->tokens);
        ar_buf_append(&file, slot->row, vectors->width * sizeof *slot->row);
    }
    uint64_t sum = file.status ? 0 : checksum(&file, file.len);
    ar_buf_append(&file, &sum, sizeof sum);
    int status = file.status ? file.status : ar_fs_replace(path, file.ptr, file.len);
    ar_free(path);
    ar_buf_free(&file);
    return status;
}
