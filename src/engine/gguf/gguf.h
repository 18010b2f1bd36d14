/* engine/gguf/gguf.h - what the files of the gguf engine share. See docs in include/arny/sys/engine.h. */
#ifndef AR_ENGINE_GGUF_H
#define AR_ENGINE_GGUF_H

#include "engine/gguf/guard.h"
#include "engine/gguf/threads.h"
#include "engine/gguf/file.h"
#include "util/buf.h"
#include "util/fs.h"
#include <arny/sys/engine.h>

struct arny_engine_model {
    struct llama_model *llama;
    const struct llama_vocab *vocab;
    ar_gguf *header;
    char *path;
    ar_file_id file; /* as it was when it was opened */
    int mapped;      /* 1: the weights are pages of the file, and can be given back */
    char *architecture;
    struct llama_adapter_lora **adapters; /* freed with the model */
    size_t adapter_count;
    arny_engine_model_info info;
};

struct arny_engine_context {
    arny_engine_model *model;
    struct llama_context *llama;
    size_t length, capacity;
    size_t batch, outputs, sequences;
    int32_t *tokens; /* the arrays of a llama_batch, for `batch` tokens */
    llama_pos *positions;
    int32_t *seq_counts;
    llama_seq_id *seq_ids, **seq_ptrs;
    int8_t *wants;
    ptrdiff_t logits_row;             /* row of the newest logits; -1: none */
    const arny_engine_cancel *cancel; /* of the call that is running */
    int64_t bytes;
    ar_threads threads;
};

/* model.c */
const char *
ar_gguf_words(void); /* the first error line of llama.cpp since it was asked on this thread, or "it gave no reason" */
void ar_gguf_start(void); /* before each use of llama.cpp: its log comes to ours, and its words are forgotten */
int ar_gguf_recognizes(const void *head, size_t bytes);
int ar_gguf_check(arny_file_info *out, const char *path);
int ar_gguf_chat_template(char *out, size_t capacity, size_t *bytes, const char *path);
int ar_gguf_model_open(arny_engine_model **out, const char *path, const arny_engine_model_options *options);
void ar_gguf_model_free(arny_engine_model *model);
int ar_gguf_model_park(arny_engine_model *model);
int ar_gguf_model_resume(arny_engine_model *model, const arny_engine_model_options *options);
int ar_gguf_adapter_open(void **out, arny_engine_model *model, const char *path);

/* tokens.c */
int ar_gguf_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                     size_t bytes);
int ar_gguf_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token);
const char *ar_gguf_token_text(const arny_engine_model *model, int32_t token);
int ar_gguf_token_flags(const arny_engine_model *model, int32_t token);

/* context.c */
int64_t ar_gguf_context_need(const arny_engine_model *model, const arny_engine_context_options *options);
int ar_gguf_context_open(arny_engine_context **out, arny_engine_model *model,
                         const arny_engine_context_options *options);
void ar_gguf_context_free(arny_engine_context *context);
int ar_gguf_truncate(arny_engine_context *context, size_t length);
int ar_gguf_prefill(arny_engine_context *context, const int32_t *tokens, size_t count,
                    const arny_engine_cancel *cancel);
int ar_gguf_step(arny_engine_context *context, int32_t token, const arny_engine_cancel *cancel);
float *ar_gguf_logits(arny_engine_context *context);
int ar_gguf_adapter_set(arny_engine_context *context, void *adapter);
/* Runs the first `count` tokens of the batch arrays; on failure the caller repairs the timeline. */
int ar_gguf_compute(arny_engine_context *context, size_t count, const arny_engine_cancel *cancel);

/* score.c */
int ar_gguf_score(double *out, arny_engine_context *context, const int32_t *tokens, const size_t *starts, size_t count,
                  const arny_engine_cancel *cancel);
int ar_gguf_embed(float *out, arny_engine_context *context, const int32_t *tokens, size_t count,
                  const arny_engine_cancel *cancel);

/* state.c */
size_t ar_gguf_state_size(const arny_engine_context *context);
int ar_gguf_state_save(void *out, size_t capacity, size_t *bytes, arny_engine_context *context);
int ar_gguf_state_restore(arny_engine_context *context, const void *state, size_t bytes, size_t length);
uint32_t ar_gguf_state_version(void);

/* merge.c */
int ar_gguf_merge(const char *base_path, const char *lora_path, const char *out_path,
                  int (*progress)(double progress, void *data), void *progress_data);

/* quantize.c */
/* A line of llama.cpp's log, for the progress that is in it. [any thread] */
void ar_gguf_quantize_log(const char *line);
int ar_gguf_quantize(const char *in_path, const char *out_path, const char *type, int32_t threads,
                     int (*progress)(double progress, void *data), void *progress_data);

#endif
