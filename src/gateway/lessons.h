/*
 * gateway/lessons.h - what a head learns from: messages as their embedding and their spelling, with a label each, dealt into
 * folds, so that whatever is chosen is chosen by fits that have not seen what they are judged by.
 */
#ifndef AR_GATEWAY_LESSONS_H
#define AR_GATEWAY_LESSONS_H

#include "gateway/dataset.h"
#include "learn/sparse.h"

#define AR_FOLDS 5
#define AR_APART AR_FOLDS /* the fold of what calibrates: nothing that is learned from is in it */

typedef struct ar_lessons {
    const float **rows; /* embeddings, borrowed */
    ar_sparse *grams;   /* owned, unless it is a part of others */
    size_t *labels;
    size_t *folds;
    size_t count, cap;
    int is_part;
} ar_lessons;

int ar_lessons_new(ar_lessons *out, size_t cap);
void ar_lessons_free(ar_lessons *lessons);

/* No more than the cap it was made with. `places` are those of the spelling. */
int ar_lessons_add(ar_lessons *lessons, const float *row, const char *text, size_t places, size_t label, size_t fold);
/* Those that are not in the fold. It borrows: free it before the whole. */
int ar_lessons_without(ar_lessons *part, const ar_lessons *lessons, size_t fold);
int ar_lessons_have_all(const ar_lessons *lessons, size_t classes);

/* Below AR_FOLDS, by the text. */
size_t ar_fold_of(const char *text);
/* A fold for each sample: by its source where there are at least as many sources as folds, in equal parts; else by its text. */
int ar_folds_by_source(size_t *folds, const ar_dataset *data);

#endif
