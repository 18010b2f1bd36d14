/*
 * memory/kv_file.h - a snapshot as a file: what it belongs to, its tokens, the engine's state, and a digest of all that, which is
 * checked before a byte reaches the engine.
 *
 *     at  bytes
 *      0      8  "arny kv\n"
 *      8      4  version, 1
 *     12      4  1: what follows the header is sealed (util/seal.h), and the header with it
 *     16     32  SHA-256 of the model's file
 *     48     32  SHA-256 of the adapter's file; zeros: none
 *     80     32  whose conversation it is, and with which agent
 *    112      4  the engine's state version
 *    116      4  KV type, enum arny_kv_type
 *    120      8  tokens
 *    128      8  bytes of the state
 *    136     32  SHA-256 of the 136 bytes before, of the tokens and of the state
 *    168         the tokens, int32; then the state
 *
 * Numbers are little-endian. Whatever does not fit means a prefill, never an error to whoever asks.
 */
#ifndef AR_MEMORY_KV_FILE_H
#define AR_MEMORY_KV_FILE_H

#include "model/timeline.h"
#include "util/digest.h"
#include "util/seal.h"

#define AR_KV_TOKENS_MAX ((uint64_t)1 << 24)
#define AR_KV_BYTES_MAX  ((uint64_t)16 << 30)

typedef struct ar_kv_label { /* what a snapshot belongs to */
    ar_digest model, adapter, whose;
    uint32_t state_version;
    int32_t kv_type;
} ar_kv_label;

/* Replaces the file. *bytes is its size. */
int ar_kv_file_write(int64_t *bytes, const char *path, const ar_kv_label *label, const ar_snapshot *snapshot,
                     const ar_seal *seal);

/* ARNY_E_DATA says in what it differs from the label, or what is wrong with it; ARNY_E_NOT_FOUND, ARNY_E_IO, ARNY_E_MEMORY. */
int ar_kv_file_read(ar_snapshot *out, const char *path, const ar_kv_label *label, const ar_seal *seal);

/* What a file says of itself, checked as far as that goes without its key. */
typedef struct ar_kv_facts {
    ar_kv_label label;
    uint64_t tokens, state_bytes;
    int sealed;
    int64_t bytes;
} ar_kv_facts;
int ar_kv_file_look(ar_kv_facts *out, const char *path);

/* Tokens that its header tells; 0 when that cannot be read. */
size_t ar_kv_file_tokens(const char *path);

/* 1 when a file begins as one of these. */
int ar_kv_file_recognizes(const char *path);

#endif
