/*
 * engine/gguf/file.h - reads a GGUF header with no trust in it: every count, offset, size, length, type and alignment is
 * checked against the format and against the size of the file before it is used. Knows nothing of llama.cpp.
 *
 * The format, version 2 and 3, little-endian (source: ggml's docs/gguf.md):
 *
 *     bytes  what
 *     4      "GGUF"
 *     4      version, u32
 *     8      tensor count, u64
 *     8      metadata count, u64
 *     ...    metadata: key (u64 length, bytes), type u32, value; arrays: element type u32, u64 count, elements
 *     ...    tensors: name (u64 length, bytes), dimensions u32 (1-4), u64 each, type u32, offset u64
 *     ...    padding to general.alignment (32 unless it says otherwise)
 *     ...    tensor data: each tensor at its offset, a multiple of the alignment
 */
#ifndef AR_ENGINE_GGUF_FILE_H
#define AR_ENGINE_GGUF_FILE_H

#include <arny/file.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ar_gguf_tensor {
    const char *name; /* not NUL-terminated */
    size_t name_bytes;
    uint64_t dims[4]; /* 1 beyond the last */
    uint32_t type;    /* ggml type number */
    uint64_t offset;  /* from the beginning of the data */
    uint64_t bytes;
} ar_gguf_tensor;

typedef struct ar_gguf ar_gguf; /* a header that passed the check; the file itself is closed again */

/* Reads, checks and indexes. ARNY_E_NOT_FOUND, ARNY_E_IO, ARNY_E_MEMORY; ARNY_E_DATA: "PATH: at byte N: what is
 * wrong". */
int ar_gguf_read(ar_gguf **out, const char *path);
/* The same for a whole file in memory; `name` is what errors call it. */
int ar_gguf_read_memory(ar_gguf **out, const void *data, size_t bytes, const char *name);
void ar_gguf_free(ar_gguf *gguf); /* NULL is fine. A header keeps the vocabulary's text: 2 to 20 MB */

/* Gives back the memory of long arrays (the vocabulary); their counts stay, their elements read as absent. For a header that
 * is kept while its model is open: 20 to 100 KB are left. After it neither check below may be asked. */
void ar_gguf_drop_arrays(ar_gguf *gguf);

size_t ar_gguf_tensor_count(const ar_gguf *gguf);
const ar_gguf_tensor *ar_gguf_tensor_at(const ar_gguf *gguf, size_t index);
const ar_gguf_tensor *ar_gguf_tensor_named(const ar_gguf *gguf, const char *name); /* NULL: there is none */

/* Metadata by key. *out is left alone when there is no such key, or one of another kind: returns 1 when it was set. */
int ar_gguf_u64(uint64_t *out, const ar_gguf *gguf, const char *key); /* any integer type that is not negative */
int ar_gguf_string(const char **out, size_t *bytes, const ar_gguf *gguf, const char *key);
/* Count of an array; for the entry `index` of an integer array see below. */
int ar_gguf_array_count(uint64_t *out, const ar_gguf *gguf, const char *key);
int ar_gguf_array_u64(uint64_t *out, const ar_gguf *gguf, const char *key, uint64_t index);

/* "llama.block_count" for arch "llama" and name "block_count": as ar_gguf_u64. */
int ar_gguf_arch_u64(uint64_t *out, const ar_gguf *gguf, const char *name);

int64_t ar_gguf_file_bytes(const ar_gguf *gguf);
int64_t ar_gguf_weight_bytes(const ar_gguf *gguf); /* tensor data, padding included */

/* Fills what `arny inspect` shows. */
void ar_gguf_describe(arny_file_info *out, const ar_gguf *gguf);

/* The model files that an engine may open: a complete, unsplit model with a vocabulary. ARNY_E_DATA or ARNY_E_UNSUPPORTED
 * with the reason (a LoRA, a part of a split, a projector, no architecture, no tensors, ...). */
int ar_gguf_is_model(const ar_gguf *gguf, const char *path);
/* 1: its architecture looks at whole texts and keeps no cache (BERT and its kin, diffusion): it embeds, and cannot answer.
 * llama.cpp takes such a batch only with as many outputs as tokens, and ends the process otherwise. */
int ar_gguf_is_encoder(const ar_gguf *gguf);
/* A LoRA that llama.cpp may be given: pairs of matrices of its own kind. */
int ar_gguf_is_adapter(const ar_gguf *gguf, const char *path);
/* A vocabulary that llama.cpp may be given; the file need not have tensors. */
int ar_gguf_is_vocabulary(const ar_gguf *gguf, const char *path);

#endif
