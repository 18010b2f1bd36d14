/*
 * engine/pte/file.h - reads an ExecuTorch program (.pte) with no trust in it: all that the runtime and XNNPACK would
 * take from the file as it is (offsets, sizes, indices, shapes, kinds of arguments) is checked before either sees it.
 * Knows nothing of ExecuTorch.
 *
 * The format (sources: schema/program.fbs, schema/extended_header.h, docs/source/pte-file-format.md of ExecuTorch):
 *
 *     bytes  what
 *     ...    the program: a FlatBuffer with the identifier "ET12". From byte 8 on, in a gap that it leaves:
 *              4  "eh00"
 *              4  length of this header, u32: 24, or 32 with the last line
 *              8  bytes of the program, u64
 *              8  where segments begin, u64; 0: there are none
 *              8  bytes from there to the end of the last segment, u64
 *     ...    padding
 *     ...    segments: constants, weights by name, what delegates were compiled to
 */
#ifndef AR_ENGINE_PTE_FILE_H
#define AR_ENGINE_PTE_FILE_H

#include "util/fs.h"
#include <arny/file.h>

#define AR_PTE_DIMS 8 /* most dimensions of a tensor; the runtime has room for 16, and no operator gives that many */

enum { /* kinds of values, numbered as the schema does */
       AR_PTE_NONE = 1,
       AR_PTE_INT,
       AR_PTE_BOOL,
       AR_PTE_DOUBLE,
       AR_PTE_TENSOR,
       AR_PTE_STRING,
       AR_PTE_INT_LIST,
       AR_PTE_DOUBLE_LIST,
       AR_PTE_BOOL_LIST,
       AR_PTE_TENSOR_LIST,
       AR_PTE_OPTIONAL_TENSOR_LIST,
       AR_PTE_KINDS
};

typedef struct ar_pte_value {
    int kind;
    int scalar_type; /* of a tensor, as PyTorch numbers them: 4 is int64, 6 is float32 */
    int dims[AR_PTE_DIMS];
    size_t dim_count;
    int dynamic; /* 1: the dims are upper bounds */
} ar_pte_value;

typedef struct ar_pte_kv { /* a cache [1, positions, heads, width] that llama::update_cache writes */
    uint32_t arena;        /* index into `arenas` */
    uint64_t offset;
    uint32_t positions, row_bytes;
    uint32_t heads;
    uint32_t value; /* which of the method's values */
} ar_pte_kv;

typedef struct ar_pte_mutable { /* a buffer that is kept from one run to the next */
    uint32_t arena;
    uint64_t offset, bytes;
} ar_pte_mutable;

typedef struct ar_pte_method {
    char *name;
    ar_pte_value *inputs, *outputs;
    size_t input_count, output_count;
    int64_t *arenas; /* bytes of the memory that is planned */
    size_t arena_count;
    ar_pte_kv *kv; /* each cache once, in the order of the calls */
    size_t kv_count;
    int kv_shared; /* 1: others than llama::update_cache and llama::custom_sdpa touch them, or there are none */
    ar_pte_mutable *mutables; /* named, with an initial state, or written in place by copy_ or index_put_ */
    size_t mutable_count;
    int has_initial_state; /* 1: some of them begin with bytes of the file */
    char **backends;       /* "XnnpackBackend"; each once */
    size_t backend_count;
    char **operators; /* "aten::add.out" */
    size_t operator_count;
    int64_t *constants; /* what a method without inputs and instructions returns: int, bool, lists of int; else none */
    size_t constant_count;
    size_t tensors; /* among its values */
    int64_t heads;  /* of the first llama::custom_sdpa's query; 0 */
} ar_pte_method;

typedef struct ar_pte {
    const unsigned char *data; /* the file, mapped */
    size_t bytes;
    void *mapping; /* NULL: the bytes are the caller's */
    size_t mapped;
    ar_file_id id;
    ar_pte_method *methods;
    size_t method_count;
    int64_t weights;       /* bytes of segments, constants and what delegates were compiled to */
    int64_t constants;     /* of them, those in a segment that operators read from: the embedding, tables */
    int64_t parameters;    /* elements of the matrices of linear layers and embeddings; 0: not known */
    int64_t embedding;     /* elements of a row of the embedding; 0: not known */
    char quantization[16]; /* "8da4w": of all linear layers; "" */
} ar_pte;

/* Maps the file read-only, with a readable page behind its end (XNNPACK reads a few bytes beyond what it computes
 * with), and checks all of it. ARNY_E_NOT_FOUND, ARNY_E_IO, ARNY_E_MEMORY; ARNY_E_DATA: "PATH: at byte N: what is
 * wrong"; ARNY_E_UNSUPPORTED: sound, but it needs what is not here. A file that is changed later is not the one that
 * was checked. */
int ar_pte_read(ar_pte **out, const char *path);
/* The same for bytes in memory, which stay the caller's, and there; `name` is what errors call them. */
int ar_pte_read_memory(ar_pte **out, const void *data, size_t bytes, const char *name);
void ar_pte_free(ar_pte *pte); /* and the mapping; NULL is fine */

/* 1: the first bytes of a file are those of a .pte of the version that can be read. */
int ar_pte_recognizes(const void *head, size_t bytes);

const ar_pte_method *ar_pte_method_named(const ar_pte *pte, const char *name); /* NULL: there is none */
/* Whole numbers that a method returns whatever happens, as exporters write metadata: "get_max_context_len". Copies at
 * most `capacity` of them, and *count is how many there are. Returns 1 when there is such a method, else 0 and nothing
 * is set. */
int ar_pte_constant(int64_t *out, size_t capacity, size_t *count, const ar_pte *pte, const char *method);

/* Fills what `arny inspect` shows. */
void ar_pte_describe(arny_file_info *out, const ar_pte *pte);

#endif
