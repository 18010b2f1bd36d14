/*
 * model/open.h - an open model file: weights, vocabulary, chat template, and the one voice that speaks for all
 * timelines over it. The file is checked before the engine sees it.
 */
#ifndef AR_MODEL_OPEN_H
#define AR_MODEL_OPEN_H

#include "model/filter.h"
#include "model/sampler.h"
#include "model/template.h"
#include "model/vocab.h"

typedef struct ar_model {
    const arny_engine *engine;
    arny_engine_model *open;
    const arny_engine_model_info *info;
    ar_vocab *vocab;
    const ar_template *chat; /* NULL: none was named, and the file's is not one of ours or it has none */
    ar_sampler *sampler;
    ar_filter filter;
    char *path;
    uint64_t file; /* fingerprint of the file as it was opened: inode, size, time */
} ar_model;

typedef struct ar_model_want {
    const char *path;
    const char *engine; /* NULL: as the file says */
    const char *tokenizer;
    const ar_template *chat; /* NULL: as the file says */
    int32_t gpu_layers, repack;
    int (*progress)(double progress, void *data);
    void *data;
    arny_engine_cancel cancel;
} ar_model_want;

/* Of a file as it is now. */
int ar_model_fingerprint(uint64_t *out, const char *path);

int ar_model_open(ar_model **out, const ar_model_want *want);
void ar_model_close(ar_model *model);

/* The template, or an error that says how to name one. */
int ar_model_chat(const ar_template **out, const ar_model *model);

/* The ranges of arny_model_options: ARNY_E_ARGUMENT says what would be right. */
int ar_model_options_check(const arny_model_options *options);

#endif
