/* engine/pte/pte.h - what the files of the pte engine share. See docs in include/arny/sys/engine.h. */
#ifndef AR_ENGINE_PTE_H
#define AR_ENGINE_PTE_H

#include "engine/pte/file.h"
#include "engine/pte/packed.h"
#include "engine/pte/shim.h"
#include "engine/pte/words.h"
#include <arny/sys/engine.h>

#define AR_PTE_ENDS_MAX 16

/* A method with the memory that it computes in. What it holds between two runs, the KV cache, lies in the arenas too. */
typedef struct ar_pte_run {
    shim_method *method;
    shim_arena *arenas;
    size_t arena_count;
    int one_thread;
    int kv_half; /* 1: the caches hold float16 */
} ar_pte_run;

struct arny_engine_model {
    char *path;
    ar_pte *file; /* and its mapping */
    const ar_pte_method *forward;
    shim_program *program;
    ar_packed packed;
    ar_words words;
    ar_pte_run *spare; /* of a context that was closed; a method takes long to load, and its arenas nothing. NULL */
    int32_t ends[AR_PTE_ENDS_MAX]; /* tokens that end a text, as the .pte says */
    size_t end_count;
    size_t chunk;    /* most tokens of a computation */
    size_t kv_row;   /* bytes of KV of a position */
    int positions;   /* 1: a position for each token is passed; 0: the first one alone */
    int full_logits; /* 1: a row of logits for each token; 0: for the last one */
    arny_engine_model_info info;
};

struct arny_engine_context {
    arny_engine_model *model;
    ar_pte_run *run;
    size_t length, capacity, chunk;
    int64_t *tokens, *positions; /* of one computation */
    float *logits;               /* of the last token; NULL: none. Borrowed from the method's output */
    int64_t bytes;
};

/* run.c */
int ar_pte_run_open(ar_pte_run **out, const arny_engine_model *model, const char *packed, int one_thread);
void ar_pte_run_free(ar_pte_run *run);
/* Forgets all that it holds, and gives its pages back; its addresses stay. */
void ar_pte_run_clear(ar_pte_run *run);

/* model.c */
int ar_pte_check(arny_file_info *out, const char *path);
int ar_pte_model_open(arny_engine_model **out, const char *path, const arny_engine_model_options *options);
void ar_pte_model_free(arny_engine_model *model);
int ar_pte_model_park(arny_engine_model *model);
int ar_pte_model_resume(arny_engine_model *model, const arny_engine_model_options *options);

/* tokens.c: all is asked of the vocabulary file, through the engine that reads it. */
int ar_pte_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                    size_t bytes);
int ar_pte_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token);
const char *ar_pte_token_text(const arny_engine_model *model, int32_t token);
int ar_pte_token_flags(const arny_engine_model *model, int32_t token);

/* context.c */
int ar_pte_context_open(arny_engine_context **out, arny_engine_model *model,
                        const arny_engine_context_options *options);
void ar_pte_context_free(arny_engine_context *context);
int ar_pte_truncate(arny_engine_context *context, size_t length);
int ar_pte_prefill(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel);
int ar_pte_step(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel);
/* Appends at most `chunk` tokens: *rows of logits, the last one for the last token. */
int ar_pte_append(float **logits, size_t *rows, arny_engine_context *context, const int32_t *tokens, size_t count);

/* score.c */
int ar_pte_score(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                 const arny_engine_cancel *cancel);

/* state.c */
size_t ar_pte_state_size(const arny_engine_context *context);
int ar_pte_state_save(void *out, size_t capacity, size_t *bytes, arny_engine_context *context);
int ar_pte_state_restore(arny_engine_context *context, const void *state, size_t bytes, size_t length);

/* estimate.c */
int ar_pte_estimate(arny_engine_estimate *out, const char *path, const char *adapter,
                    const arny_engine_model_options *model, const arny_engine_context_options *context);
int64_t ar_pte_context_need(const arny_engine_model *model, const arny_engine_context_options *options);

/* limits.c */
size_t ar_pte_chunk(const ar_pte *file, int32_t batch); /* most tokens of a computation */
int64_t ar_pte_longest(const ar_pte *file);             /* most positions; INT32_MAX: it does not say */
/* ARNY_E_ARGUMENT when a context of that length is not possible. */
int ar_pte_fits(const ar_pte *file, const char *path, int64_t length);
/* 1: KV is kept as float16, half of what the file plans: it is wanted, and only our kernels look at it. */
int ar_pte_halves(const ar_pte *file, int32_t kv_type);
/* What a method without inputs returns, or `otherwise`. */
int64_t ar_pte_integer(const ar_pte *file, const char *method, int64_t otherwise);

#endif
