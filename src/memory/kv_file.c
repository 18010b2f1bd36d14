/* memory/kv_file.c - see kv_file.h. */
#include "memory/kv_file.h"
#include "util/fs.h"
#include "util/little.h"
#include "util/mem.h"
#include "util/status.h"
#include <stdio.h>
#include <string.h>

#define MAGIC_BYTES  8
#define VERSION      1
#define LABEL_BYTES  136
#define HEADER_BYTES 168

static const uint8_t magic[MAGIC_BYTES] = {'a', 'r', 'n', 'y', ' ', 'k', 'v', '\n'};

/* ---- header ----------------------------------------------------------------------------------------------------- */

static void write_header(uint8_t out[HEADER_BYTES], const ar_kv_label *label, const ar_snapshot *snapshot, int sealed)
{
    memset(out, 0, HEADER_BYTES);
    memcpy(out, magic, sizeof magic);
    ar_put_little(out + 8, VERSION, 4);
    ar_put_little(out + 12, (uint64_t)sealed, 4);
    memcpy(out + 16, label->model.bytes, 32);
    memcpy(out + 48, label->adapter.bytes, 32);
    memcpy(out + 80, label->whose.bytes, 32);
    ar_put_little(out + 112, label->state_version, 4);
    ar_put_little(out + 116, (uint32_t)label->kv_type, 4);
    ar_put_little(out + 120, snapshot->tokens.len, 8);
    ar_put_little(out + 128, snapshot->bytes, 8);
}

static int read_header(ar_kv_facts *out, const uint8_t *head, size_t bytes, const char *path)
{
    memset(out, 0, sizeof *out);
    if (bytes < HEADER_BYTES || memcmp(head, magic, sizeof magic) != 0)
        return ar_fail(ARNY_E_DATA, "%s: this is no snapshot of Arny, or it is cut", path);
    if (ar_get_little(head + 8, 4) != VERSION)
        return ar_fail(ARNY_E_DATA, "%s: a snapshot of version %u, and this Arny reads version %d", path,
                       (unsigned)ar_get_little(head + 8, 4), VERSION);
    if (ar_get_little(head + 12, 4) > 1)
        return ar_fail(ARNY_E_DATA, "%s: sealed %u: 0 or 1 expected", path, (unsigned)ar_get_little(head + 12, 4));
    out->sealed = (int)ar_get_little(head + 12, 4);
    memcpy(out->label.model.bytes, head + 16, 32);
    memcpy(out->label.adapter.bytes, head + 48, 32);
    memcpy(out->label.whose.bytes, head + 80, 32);
    out->label.state_version = (uint32_t)ar_get_little(head + 112, 4);
    out->label.kv_type = (int32_t)ar_get_little(head + 116, 4);
    out->tokens = ar_get_little(head + 120, 8);
    out->state_bytes = ar_get_little(head + 128, 8);
    if (out->tokens == 0 || out->tokens > AR_KV_TOKENS_MAX || out->state_bytes == 0 ||
        out->state_bytes > AR_KV_BYTES_MAX)
        return ar_fail(ARNY_E_DATA, "%s: %llu tokens and %llu bytes of state: that cannot be", path,
                       (unsigned long long)out->tokens, (unsigned long long)out->state_bytes);
    return ARNY_OK;
}

static int compare(const ar_kv_label *is, const ar_kv_label *wanted, const char *path)
{
    const char *what = memcmp(&is->whose, &wanted->whose, sizeof is->whose) != 0   ? "it is somebody else's"
                       : memcmp(&is->model, &wanted->model, sizeof is->model) != 0 ? "it was made with another model"
                       : memcmp(&is->adapter, &wanted->adapter, sizeof is->adapter) != 0
                           ? "it was made with another adapter"
                       : is->state_version != wanted->state_version ? "another version of the engine made it"
                       : is->kv_type != wanted->kv_type             ? "its KV is of another type"
                                                                    : NULL;
    return what ? ar_fail(ARNY_E_DATA, "%s: %s", path, what) : ARNY_OK;
}

/* ---- write ------------------------------------------------------------------------------------------------------ */

static int write_plain(int64_t *bytes, const char *path, uint8_t *head, const ar_snapshot *snapshot)
{
    ar_fs_part parts[] = {{head, HEADER_BYTES},
                          {snapshot->tokens.ptr, snapshot->tokens.len * sizeof(int32_t)},
                          {snapshot->state, snapshot->bytes}};
    *bytes = (int64_t)(parts[0].bytes + parts[1].bytes + parts[2].bytes);
    return ar_fs_replace_parts(path, parts, 3, 0);
}

static int write_sealed(int64_t *bytes, const char *path, const uint8_t *head, const ar_snapshot *snapshot,
                        const ar_seal *seal)
{
    ar_buf inner = AR_BUF_INIT(AR_KV_BYTES_MAX), outer = AR_BUF_INIT(AR_KV_BYTES_MAX);
    ar_buf_append(&inner, snapshot->tokens.ptr, snapshot->tokens.len * sizeof(int32_t));
    int status = ar_buf_append(&inner, snapshot->state, snapshot->bytes);
    if (!status)
        status = ar_seal_close(&outer, seal, head, HEADER_BYTES, inner.ptr, inner.len);
    ar_fs_part parts[] = {{head, HEADER_BYTES}, {outer.ptr, outer.len}};
    *bytes = (int64_t)(HEADER_BYTES + outer.len);
    if (!status)
        status = ar_fs_replace_parts(path, parts, 2, 0);
    ar_buf_free(&inner);
    ar_buf_free(&outer);
    return status;
}

int ar_kv_file_write(int64_t *bytes, const char *path, const ar_kv_label *label, const ar_snapshot *snapshot,
                     const ar_seal *seal)
{
    uint8_t head[HEADER_BYTES];
    ar_digest sum;
    if (snapshot->tokens.len == 0 || snapshot->bytes == 0)
        return ar_fail(ARNY_E_ARGUMENT, "%s: a snapshot of nothing is not written", path);
    write_header(head, label, snapshot, seal->sealed);
    ar_fs_part parts[] = {{head, LABEL_BYTES},
                          {snapshot->tokens.ptr, snapshot->tokens.len * sizeof(int32_t)},
                          {snapshot->state, snapshot->bytes}};
    int status = ar_digest_parts(&sum, parts, 3);
    if (status)
        return status;
    memcpy(head + LABEL_BYTES, sum.bytes, sizeof sum.bytes);
    return seal->sealed ? write_sealed(bytes, path, head, snapshot, seal) : write_plain(bytes, path, head, snapshot);
}

/* ---- read ------------------------------------------------------------------------------------------------------- */

int ar_kv_file_look(ar_kv_facts *out, const char *path)
{
    ar_buf file = AR_BUF_INIT(AR_KV_BYTES_MAX);
    memset(out, 0, sizeof *out);
    int status = ar_fs_read(&file, path);
    if (!status)
        status = read_header(out, (const uint8_t *)file.ptr, file.len, path);
    out->bytes = (int64_t)file.len;
    uint64_t body = out->tokens * sizeof(int32_t) + out->state_bytes;
    if (!status && !out->sealed && file.len - HEADER_BYTES != body)
        status = ar_fail(ARNY_E_DATA, "%s: %zu bytes after its header, and %llu expected", path,
                         file.len - HEADER_BYTES, (unsigned long long)body);
    ar_digest sum;
    ar_fs_part parts[] = {{file.ptr, LABEL_BYTES}, {file.ptr + HEADER_BYTES, (size_t)body}};
    if (!status && !out->sealed && !(status = ar_digest_parts(&sum, parts, 2)) &&
        memcmp(sum.bytes, file.ptr + LABEL_BYTES, sizeof sum.bytes) != 0)
        status = ar_fail(ARNY_E_DATA, "%s: its digest is wrong: it was changed", path);
    ar_buf_free(&file);
    return status;
}

size_t ar_kv_file_tokens(const char *path)
{
    uint8_t head[HEADER_BYTES];
    ar_kv_facts facts = {0};
    FILE *file = fopen(path, "rbe");
    size_t bytes = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    return bytes > 0 && read_header(&facts, head, bytes, path) == ARNY_OK ? (size_t)facts.tokens : 0;
}

int ar_kv_file_recognizes(const char *path)
{
    char head[8];
    FILE *file = fopen(path, "rbe");
    int does = file && fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, magic, sizeof head) == 0;
    if (file)
        fclose(file);
    return does;
}

/* The body becomes the snapshot, which owns the whole of it. */
static int take_body(ar_snapshot *out, ar_buf *body, size_t from, const ar_kv_facts *facts, const uint8_t *head,
                     const char *path)
{
    size_t ids = (size_t)facts->tokens * sizeof(int32_t);
    ar_digest sum;
    uint64_t wanted = (uint64_t)ids + facts->state_bytes;
    if (body->len - from != wanted)
        return ar_fail(ARNY_E_DATA, "%s: %zu bytes after its header, and %llu expected", path, body->len - from,
                       (unsigned long long)wanted);
    ar_fs_part parts[] = {{head, LABEL_BYTES}, {body->ptr + from, body->len - from}};
    int status = ar_digest_parts(&sum, parts, 2);
    if (!status && memcmp(sum.bytes, head + LABEL_BYTES, sizeof sum.bytes) != 0)
        status = ar_fail(ARNY_E_DATA, "%s: its digest is wrong: it was changed", path);
    if (status)
        return status;
    ar_tokens_init(&out->tokens, (size_t)facts->tokens);
    if ((status = ar_tokens_reserve(&out->tokens, (size_t)facts->tokens)))
        return status;
    memcpy(out->tokens.ptr, body->ptr + from, ids);
    out->tokens.len = (size_t)facts->tokens;
    out->state = body->ptr + from + ids;
    out->bytes = (size_t)facts->state_bytes;
    out->block = ar_buf_detach(body);
    return ARNY_OK;
}

int ar_kv_file_read(ar_snapshot *out, const char *path, const ar_kv_label *label, const ar_seal *seal)
{
    ar_buf file = AR_BUF_INIT(AR_KV_BYTES_MAX), inner = AR_BUF_INIT(AR_KV_BYTES_MAX);
    ar_kv_facts facts;
    uint8_t head[HEADER_BYTES];
    memset(out, 0, sizeof *out);
    int status = ar_fs_read(&file, path);
    if (!status)
        status = read_header(&facts, (const uint8_t *)file.ptr, file.len, path);
    if (!status)
        status = compare(&facts.label, label, path);
    if (!status && facts.sealed != seal->sealed)
        status = ar_fail(ARNY_E_DATA, "%s: %s", path,
                         facts.sealed ? "it is encrypted, and there is no key" : "it is not encrypted");
    if (status)
        goto out;
    memcpy(head, file.ptr, sizeof head);
    if (facts.sealed && ar_seal_open(&inner, seal, head, sizeof head, file.ptr + sizeof head, file.len - sizeof head))
        status = ar_fail(ARNY_E_DATA, "%s: it cannot be decrypted: another key, or it was changed", path);
    if (!status)
        status = facts.sealed ? take_body(out, &inner, 0, &facts, head, path)
                              : take_body(out, &file, sizeof head, &facts, head, path);
out:
    if (status)
        ar_snapshot_drop(out);
    ar_buf_free(&file);
    ar_buf_free(&inner);
    return status;
}
