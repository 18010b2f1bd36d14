/*
 * fuzz_kv_file.c - any bytes as a snapshot's file: refused with a sentence, or read; what is read is what the file has, and
 * written again it is the same file.
 *
 * The first byte says what is done to the rest: 1 its digest is made right, 2 its counts, 4 it is sealed, and read with the key,
 * 8 it is written whole by ar_kv_file_write.
 */
#include "memory/kv_file.h"
#include "util/little.h"
#include "util/status.h"
#include "fuzz_folder.h"

#define HEADER_BYTES 168
#define LABEL_BYTES  136
#define FILE_MAX     ((size_t)1 << 20)

enum { DIGEST = 1, COUNTS = 2, SEALED = 4, OWN = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *path;
static ar_seal plain, key, other;

static void check(int good)
{
    if (!good)
        abort();
}

static void begin(void)
{
    path = fuzz_file("one.kv");
    check(ar_seal_init(&key, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL) == ARNY_OK &&
          ar_seal_init(&other, (const uint8_t *)"0123456789abcdef0123456789abcdeF", NULL) == ARNY_OK);
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static void repair(uint8_t *file, size_t bytes, int how)
{
    ar_digest sum;
    size_t body = bytes - HEADER_BYTES;
    memcpy(file, "arny kv\n\1\0\0", 12);
    ar_put_little(file + 12, (how & SEALED) != 0, 4);
    if (how & COUNTS && body > 4) {
        uint64_t tokens = 1 + ar_get_little(file + 120, 8) % ((body - 1) / 4);
        ar_put_little(file + 120, tokens, 8);
        ar_put_little(file + 128, body - 4 * tokens, 8);
    }
    if (!(how & DIGEST))
        return;
    ar_fs_part parts[] = {{file, LABEL_BYTES}, {file + HEADER_BYTES, body}};
    check(ar_digest_parts(&sum, parts, 2) == ARNY_OK);
    memcpy(file + LABEL_BYTES, sum.bytes, sizeof sum.bytes);
}

static void make_file(ar_buf *out, const uint8_t *data, size_t bytes, int how)
{
    ar_buf_append(out, data, bytes);
    if (how & (DIGEST | COUNTS) && out->len >= HEADER_BYTES) {
        char head[HEADER_BYTES];
        repair((uint8_t *)out->ptr, out->len, how);
        if (how & SEALED) { /* with the right key: all that can be wrong is what is inside */
            memcpy(head, out->ptr, sizeof head);
            ar_buf_clear(out);
            ar_buf_append(out, head, sizeof head);
            check(ar_seal_close(out, &key, head, sizeof head, data + HEADER_BYTES, bytes - HEADER_BYTES) == ARNY_OK);
        }
    }
    check(out->status == ARNY_OK);
    fuzz_write(out->ptr, out->len);
}

/* ---- what is read of it ----------------------------------------------------------------------------------------- */

static void refuses(const ar_kv_label *label, const ar_seal *seal)
{
    static const ar_snapshot nothing;
    ar_snapshot snapshot;
    memset(&snapshot, 0xff, sizeof snapshot);
    check(ar_kv_file_read(&snapshot, path, label, seal) == ARNY_E_DATA && arny_last_error()[0] != 0);
    check(memcmp(&snapshot, &nothing, sizeof nothing) == 0);
}

static int same(const ar_snapshot *a, const ar_snapshot *b)
{
    return a->tokens.len == b->tokens.len &&
           memcmp(a->tokens.ptr, b->tokens.ptr, a->tokens.len * sizeof *a->tokens.ptr) == 0 && a->bytes == b->bytes &&
           memcmp(a->state, b->state, a->bytes) == 0;
}

/* Written again, it is the same file, or (sealed anew) reads as the same. */
static void write_again(const ar_snapshot *snapshot, const ar_kv_label *label, const ar_seal *seal, const ar_buf *file)
{
    ar_snapshot again;
    int64_t written = -1;
    check(ar_kv_file_write(&written, path, label, snapshot, seal) == ARNY_OK);
    check(!file || written == (int64_t)file->len);
    check(!file || seal->sealed || fuzz_file_is(file->ptr, file->len));
    check(ar_kv_file_read(&again, path, label, seal) == ARNY_OK && same(&again, snapshot));
    ar_snapshot_drop(&again);
}

static void read_with(const ar_kv_facts *facts, int looks_good, const ar_buf *file, const ar_seal *seal)
{
    ar_kv_label foreign = facts->label;
    ar_snapshot snapshot;
    foreign.whose.bytes[31] ^= 1;
    refuses(&foreign, seal);
    foreign = facts->label;
    foreign.kv_type ^= 1;
    refuses(&foreign, seal);
    refuses(&facts->label, &other);
    int status = ar_kv_file_read(&snapshot, path, &facts->label, seal);
    check(status == ARNY_OK || (status == ARNY_E_DATA && arny_last_error()[0] != 0));
    if (!seal->sealed || !facts->sealed)
        check((status == ARNY_OK) == (looks_good && !seal->sealed && !facts->sealed));
    if (status)
        return;
    check(looks_good && snapshot.tokens.len == facts->tokens && snapshot.bytes == facts->state_bytes);
    if (!facts->sealed)
        check(memcmp(file->ptr + HEADER_BYTES, snapshot.tokens.ptr, 4 * snapshot.tokens.len) == 0 &&
              memcmp(file->ptr + HEADER_BYTES + 4 * snapshot.tokens.len, snapshot.state, snapshot.bytes) == 0);
    write_again(&snapshot, &facts->label, seal, file);
    ar_snapshot_drop(&snapshot);
}

static void read_any(const uint8_t *data, size_t bytes, int how)
{
    ar_buf file = AR_BUF_INIT(FILE_MAX + 4096);
    ar_kv_facts facts;
    make_file(&file, data, bytes, how);
    int begins = file.len >= 8 && memcmp(file.ptr, "arny kv\n", 8) == 0;
    check(ar_kv_file_recognizes(path) == begins);
    size_t tokens = ar_kv_file_tokens(path);
    int status = ar_kv_file_look(&facts, path);
    check(status == ARNY_OK || (status == ARNY_E_DATA && arny_last_error()[0] != 0));
    check(facts.bytes == (int64_t)file.len);
    if (status == ARNY_OK)
        check(begins && tokens == facts.tokens && tokens > 0 && tokens <= AR_KV_TOKENS_MAX && facts.state_bytes > 0);
    if (status == ARNY_OK && !facts.sealed)
        check(HEADER_BYTES + 4 * facts.tokens + facts.state_bytes == file.len);
    if (tokens == 0)
        check(status == ARNY_E_DATA);
    read_with(&facts, status == ARNY_OK, &file, how & SEALED ? &key : &plain);
    ar_buf_free(&file);
}

/* ---- there and back --------------------------------------------------------------------------------------------- */

static void write_own(const uint8_t *data, size_t bytes, int how)
{
    ar_snapshot snapshot = {.state = data, .bytes = bytes - bytes / 8 * 4};
    ar_kv_label label;
    memset(&label, 0, sizeof label);
    memcpy(label.model.bytes, data, bytes < 32 ? bytes : 32);
    label.state_version = (uint32_t)bytes;
    ar_tokens_init(&snapshot.tokens, bytes);
    for (size_t i = 0; i + 4 <= bytes / 2; i += 4)
        ar_tokens_push(&snapshot.tokens, (int32_t)ar_get_little(data + i, 4));
    check(snapshot.tokens.status == ARNY_OK);
    if (snapshot.tokens.len > 0)
        write_again(&snapshot, &label, how & SEALED ? &key : &plain, NULL);
    ar_tokens_free(&snapshot.tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (!path)
        begin();
    if (bytes < 1 || bytes > FILE_MAX)
        return 0;
    if (data[0] & OWN)
        write_own(data + 1, bytes - 1, data[0]);
    else
        read_any(data + 1, bytes - 1, data[0]);
    return 0;
}
