/* gateway/lessons.c - see lessons.h. */
#include "gateway/lessons.h"
#include "gateway/grams.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

int ar_lessons_new(ar_lessons *out, size_t cap)
{
    *out = (ar_lessons){.cap = cap};
    out->rows = ar_calloc(cap + 1, sizeof *out->rows);
    out->grams = ar_calloc(cap + 1, sizeof *out->grams);
    out->labels = ar_calloc(cap + 1, sizeof *out->labels);
    out->folds = ar_calloc(cap + 1, sizeof *out->folds);
    return out->rows && out->grams && out->labels && out->folds ? ARNY_OK : ARNY_E_MEMORY;
}

void ar_lessons_free(ar_lessons *lessons)
{
    for (size_t i = 0; i < lessons->count && !lessons->is_part; i++)
        ar_sparse_free(&lessons->grams[i]);
    ar_free(lessons->grams);
    ar_free((void *)lessons->rows);
    ar_free(lessons->labels);
    ar_free(lessons->folds);
    memset(lessons, 0, sizeof *lessons);
}

int ar_lessons_add(ar_lessons *lessons, const float *row, const char *text, size_t places, size_t label, size_t fold)
{
    size_t i = lessons->count++;
    lessons->rows[i] = row;
    lessons->labels[i] = label;
    lessons->folds[i] = fold;
    return ar_grams(&lessons->grams[i], text, places);
}

int ar_lessons_without(ar_lessons *part, const ar_lessons *lessons, size_t fold)
{
    int status = ar_lessons_new(part, lessons->count);
    part->is_part = 1;
    for (size_t i = 0; i < lessons->count && !status; i++) {
        if (lessons->folds[i] == fold)
            continue;
        part->rows[part->count] = lessons->rows[i];
        part->grams[part->count] = lessons->grams[i];
        part->labels[part->count++] = lessons->labels[i];
    }
    return status;
}

int ar_lessons_have_all(const ar_lessons *lessons, size_t classes)
{
    for (size_t c = 0; c < classes; c++) {
        size_t i = 0;
        while (i < lessons->count && lessons->labels[i] != c)
            i++;
        if (i == lessons->count)
            return 0;
    }
    return 1;
}

/* ---- folds ------------------------------------------------------------------------------------------------------- */

size_t ar_fold_of(const char *text)
{
    uint64_t sum = ar_hash(AR_HASH_BEGIN, text, strlen(text));
    return (size_t)(sum ^ (sum >> 29)) % AR_FOLDS;
}

typedef struct group {
    const char *source;
    size_t count, fold;
} group;

static int by_source(const void *a, const void *b)
{
    return strcmp(((const ar_sample_place *)a)->sample->source, ((const ar_sample_place *)b)->sample->source);
}

static int by_count(const void *a, const void *b)
{
    const group *left = a, *right = b;
    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return strcmp(left->source, right->source);
}

/* Sources in equal parts: the largest goes where there is least so far. */
static void deal(group *groups, size_t count)
{
    size_t load[AR_FOLDS] = {0};
    qsort(groups, count, sizeof *groups, by_count);
    for (size_t i = 0; i < count; i++) {
        size_t least = 0;
        for (size_t f = 1; f < AR_FOLDS; f++)
            if (load[f] < load[least])
                least = f;
        groups[i].fold = least;
        load[least] += groups[i].count;
    }
}

int ar_folds_by_source(size_t *folds, const ar_dataset *data)
{
    size_t count = 0;
    ar_sample_place *order = ar_calloc(data->count + 1, sizeof *order);
    group *groups = ar_calloc(data->count + 1, sizeof *groups);
    int status = order && groups ? ARNY_OK : ARNY_E_MEMORY;
    if (status)
        goto out;
    for (size_t i = 0; i < data->count; i++)
        order[i].sample = &data->samples[i];
    qsort(order, data->count, sizeof *order, by_source);
    for (size_t i = 0; i < data->count; i++) {
        if (i == 0 || strcmp(order[i - 1].sample->source, order[i].sample->source) != 0)
            groups[count++] = (group){order[i].sample->source, 0, 0};
        groups[count - 1].count++;
    }
    if (count >= AR_FOLDS)
        deal(groups, count);
    for (size_t i = 0; i < data->count; i++) {
        folds[i] = ar_fold_of(ar_sample_text(&data->samples[i]));
        for (size_t g = 0; count >= AR_FOLDS && g < count; g++)
            if (strcmp(groups[g].source, data->samples[i].source) == 0)
                folds[i] = groups[g].fold;
    }
out:
    ar_free(order);
    ar_free(groups);
    return status;
}
