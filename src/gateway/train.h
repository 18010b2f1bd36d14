/*
 * gateway/train.h - makes a head from messages and their embeddings. Deterministic: the same input gives the same bytes.
 *
 *     route    softmax regression on the embedding, and another one on how the message is spelt (gateway/grams.h), blended
 *     stay     a gate between what was decided before and the message's own distribution, from conversations
 *     danger   as route, with two labels; it is told from the probability on that finds DANGER_RECALL of what was held out
 *
 * Regularisation, blend and alarm are those that do best on what was held out: whole sources where there are several, so that
 * what is measured is how it does on other people's words; or on messages that were given for that alone: where the
 * embedding's model itself was tuned on the data, only those are new to it.
 */
#ifndef AR_GATEWAY_TRAIN_H
#define AR_GATEWAY_TRAIN_H

#include "gateway/dataset.h"
#include "gateway/head.h"
#include "gateway/vectors.h"

typedef struct ar_train_want {
    const ar_dataset *data;
    const ar_dataset
        *calibration; /* what regularisation, blend and alarm are chosen on; NULL: what is held out of the data */
    const ar_vectors *vectors; /* of every turn of both */
    size_t width;
    const char *prefix;
    int (*progress)(double progress, void *data); /* non-zero stops; NULL */
    void *progress_data;
} ar_train_want;

typedef struct ar_training {
    size_t messages, turns, dangers;                 /* that route, stay and danger learned from */
    double strength, stay_strength, danger_strength; /* of the regularisation that was chosen */
    double accuracy;                                 /* held out */
    double meaning, spelling;                  /* what the embedding's and the spelling's logits were multiplied with */
    double stay_accuracy;                      /* of the decisions on later turns, held out */
    double alarm, danger_recall, danger_false; /* where the alarm stands; recall and false alarms there */
} ar_training;

/* The model's digest is left to the caller. */
int ar_train(ar_head **out, ar_training *found, const ar_train_want *want);

#endif
