/* engine/fake/fake_private.h - what the files of the fake engine share. */
#ifndef AR_ENGINE_FAKE_PRIVATE_H
#define AR_ENGINE_FAKE_PRIVATE_H

#include "engine/fake/fake.h"
#include "engine/fake/fake_file.h"
#include "engine/fake/fake_vocab.h"
#include "util/fs.h"

#include <arny/sys/engine.h>
#include <stdatomic.h>

typedef struct ar_fake_adapter {
    ar_fake_file file;
    struct ar_fake_adapter *next;
} ar_fake_adapter;

struct arny_engine_model {
    ar_fake_file file;
    arny_engine_model_info info;
    ar_fake_adapter *adapters;
    char *path;
    ar_file_id id; /* of the file when it was opened */
    int parked;
    char *weights;                        /* NULL unless the file says "allocate" */
    atomic_llong prefills, steps, scores; /* calls, for "fail" */
    atomic_llong contexts;                /* open now */
};

struct arny_engine_context {
    arny_engine_model *model;
    const ar_fake_adapter *adapter;
    arny_engine_context_options options;
    size_t length;       /* positions held */
    size_t prompt;       /* positions there were after the last prefill */
    size_t text_bytes;   /* of the rendered timeline */
    size_t prompt_bytes; /* of the rendered prompt */
    size_t row;          /* KV bytes of a position */
    int ready;           /* logits belong to the last position */
    int32_t *tokens;
    char *kv;       /* rows; the first 8 bytes of each are the hash of the timeline up to there */
    char *text;     /* the rendered timeline */
    float *logits;  /* the caller's, who may change them */
    float *scratch; /* score's */
};

/* What all models and contexts did; the fields are those of ar_fake_counts. */
typedef struct ar_fake_all {
    atomic_long models, contexts, models_peak, opens, prefills, prefilled, steps, scored, restores, parks, resumes,
        bytes, bytes_peak;
} ar_fake_all;
extern ar_fake_all ar_fake_totals;

void ar_fake_count_model(void); /* one more is open */
void ar_fake_count_bytes(int64_t more);

/* Time. Every wait asks cancel at least each millisecond: 0, or ARNY_E_CANCELLED. */
int ar_fake_cancelled(const arny_engine_cancel *cancel);
int ar_fake_fail_cancelled(void);
int ar_fake_wait(int64_t us, const arny_engine_cancel *cancel);

/* Files. */
int ar_fake_read_kind(ar_fake_file *out, const char *path, int want_adapter);
int ar_fake_check_base(const ar_fake_file *file, const char *path, const char *architecture);
int ar_fake_check_options(const arny_engine_context_options *o);
size_t ar_fake_row_bytes(const ar_fake_file *file, const arny_engine_context_options *o);
int64_t ar_fake_compute_bytes(const arny_engine_context_options *o);

/* The timeline. */
int ar_fake_check_tokens(const arny_engine_context *context, const int32_t *tokens, size_t count, int embedding);
int ar_fake_check_room(const arny_engine_context *context, size_t count);
/* One token, without more ado; there must be room. */
void ar_fake_push(arny_engine_context *context, int32_t token);
/* Tokens at the speed of a prefill; `counter` counts them. */
int ar_fake_append(arny_engine_context *context, const int32_t *tokens, size_t count, const arny_engine_cancel *cancel,
                   atomic_long *counter);
void ar_fake_cut(arny_engine_context *context, size_t length);
void ar_fake_mark_prompt(arny_engine_context *context);
void ar_fake_compute(const arny_engine_context *context, float *out);

/* Entries of the table in fake.c. */
void ar_fake_model_free(arny_engine_model *model);
int ar_fake_model_open(arny_engine_model **out, const char *path, const arny_engine_model_options *options);
int ar_fake_model_park(arny_engine_model *model);
int ar_fake_model_resume(arny_engine_model *model, const arny_engine_model_options *options);
const arny_engine_model_info *ar_fake_model_info(const arny_engine_model *model);
int64_t ar_fake_model_bytes(const arny_engine_model *model);
int ar_fake_adapter_open(void **out, arny_engine_model *model, const char *path);
void ar_fake_context_free(arny_engine_context *context);
int ar_fake_context_open(arny_engine_context **out, arny_engine_model *model,
                         const arny_engine_context_options *options);
size_t ar_fake_length(const arny_engine_context *context);
size_t ar_fake_capacity(const arny_engine_context *context);
int64_t ar_fake_context_need(const arny_engine_model *model, const arny_engine_context_options *options);
int64_t ar_fake_context_bytes(const arny_engine_context *context);
int ar_fake_adapter_set(arny_engine_context *context, void *lora);
int ar_fake_truncate(arny_engine_context *context, size_t length);
int ar_fake_prefill(arny_engine_context *context, const int32_t *tokens, size_t count,
                    const arny_engine_cancel *cancel);
int ar_fake_step(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel);
float *ar_fake_logits(arny_engine_context *context);
int ar_fake_score(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                  const arny_engine_cancel *cancel);
int ar_fake_embed(float *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                  const arny_engine_cancel *cancel);
size_t ar_fake_state_size(const arny_engine_context *context);
int ar_fake_state_save(void *out, size_t capacity, size_t *bytes, arny_engine_context *context);
int ar_fake_state_restore(arny_engine_context *context, const void *state, size_t bytes, size_t length);
uint32_t ar_fake_state_version(void);

#endif
