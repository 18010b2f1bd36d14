/*
 * gateway/opinions.h - two opinions on a message, of what it means (its embedding) and of how it is spelt, and how much each
 * counts. Both are linear models; what they are and how they are blended is what does best on lessons that the fits had not seen.
 */
#ifndef AR_GATEWAY_OPINIONS_H
#define AR_GATEWAY_OPINIONS_H

#include "gateway/lessons.h"
#include "learn/classifier.h"

typedef struct ar_choice {
    const ar_lessons *judged; /* what the choice rests on */
    double strength;          /* of the regularisation of meaning */
    double share[2];          /* of meaning and of spelling in the logits */
    double *logits;           /* [judged->count][classes]: of each by fits that had not seen it, blended */
} ar_choice;

typedef struct ar_opinion_work {
    size_t width, places; /* of embeddings and of spelling */
    int (*stop)(void *data);
    void *data;
    size_t steps, step; /* of the choice, and how many are done */
} ar_opinion_work;

/* Judged by `held` where it has an example of each class, else by each fold of the lessons after a fit to the others. Free the
 * logits, also after an error. ARNY_E_MEMORY, ARNY_E_CANCELLED. */
int ar_choose(ar_choice *out, const ar_lessons *lessons, const ar_lessons *held, size_t classes, ar_opinion_work *work);

/* Fits to all lessons as was chosen. `meaning` is there and zero; `spelling` is made, without biases: they are in meaning's. */
int ar_fit_opinions(ar_classifier *meaning, ar_classifier *spelling, const ar_lessons *lessons, const ar_choice *chosen,
                    const ar_opinion_work *work);

#endif
