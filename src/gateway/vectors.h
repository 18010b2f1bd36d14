/* gateway/vectors.h - the embeddings of many texts, each computed once; kept in a folder for the next time. */
#ifndef AR_GATEWAY_VECTORS_H
#define AR_GATEWAY_VECTORS_H

#include "model/timeline.h"
#include "util/digest.h"

typedef struct ar_vectors ar_vectors;

/* Of texts that are read behind `prefix` by a model with that digest (all zeros where there is none). */
int ar_vectors_new(ar_vectors **out, size_t width, const char *prefix, const ar_digest *model);
void ar_vectors_free(ar_vectors *vectors);

/* Takes in what a folder has of this model and prefix. A file that is missing or damaged is as good as none. */
void ar_vectors_load(ar_vectors *vectors, const char *folder);
int ar_vectors_save(const ar_vectors *vectors, const char *folder);

/* The row of a text, computed if it is not there. *tokens (may be NULL): how many it has. The row stays where it is. */
int ar_vectors_get(const float **row, size_t *tokens, ar_vectors *vectors, ar_timeline *timeline, const char *text,
                   const arny_engine_cancel *cancel);
/* The row of a text that was asked for before, or NULL. */
const float *ar_vectors_find(const ar_vectors *vectors, size_t *tokens, const char *text);

#endif
