/*
 * gateway/head.h - what was learned about messages: small linear models over a pooled embedding, and their file.
 *
 *     route    softmax over the labels
 *     stay     how much of the decision before is kept, for messages that lean on it; may be missing
 *     danger   does it speak of danger to life; may be missing
 *     grams    what the spelling (gateway/grams.h) adds to the logits of route and danger; may be missing
 *
 * The file, little-endian, is
 *
 *     0   8   "ARNYHEAD"
 *     8   4   version: 1
 *     12  4   labels: 2 to 129
 *     16  4   width of the embedding: 1 to 65536
 *     20  4   parts besides route: 1 stay, 2 danger, 4 grams
 *     24  4   bytes of names
 *     28  4   bytes of the prefix
 *     32  32  SHA-256 of the model's file
 *     64      the labels' names, each with its NUL; the prefix with its NUL; NULs up to a multiple of 4
 *             route    float32 [width][labels], [labels]
 *             stay     float32 [AR_FOLLOWUP_WIDTH(width)], [1]
 *             danger   float32 [width][2], [2], the probability from which on it is told
 *             grams    places as uint32: 1 to 32768; float32 [places][labels]; where there is danger, [places][2]
 *     end     8   FNV-1a (64 bits) of all before it
 */
#ifndef AR_GATEWAY_HEAD_H
#define AR_GATEWAY_HEAD_H

#include "learn/classifier.h"
#include "learn/gate.h"
#include "learn/sparse.h"
#include "util/buf.h"
#include "util/digest.h"

#define AR_HEAD_VERSION    1
#define AR_HEAD_LABELS_MAX 129 /* agents and none */
#define AR_HEAD_WIDTH_MAX  65536

typedef struct ar_head {
    size_t width;
    size_t label_count;
    char **labels; /* owned */
    char *prefix;  /* what stands before a message; "" */
    ar_digest model;
    ar_classifier route;
    ar_gate stay;                      /* weights NULL: none */
    ar_classifier danger;              /* weights NULL: none; classes 2, the second one is danger */
    float alarm;                       /* probability of danger from which on it is told */
    ar_classifier grams, danger_grams; /* of spelling; weights NULL: none; their biases are 0 */
} ar_head;

/* A head of zeros with these labels; stay and danger are missing. */
int ar_head_new(ar_head **out, const char *const *labels, size_t label_count, size_t width, const char *prefix);
void ar_head_free(ar_head *head);

/* What the head says of an embedding and the grams (of head->grams.width places; NULL where the head has none): a probability
 * for each label, and that of danger. */
void ar_head_route(double *p, const ar_head *head, const float *embedding, const ar_sparse *grams);
double ar_head_danger(const ar_head *head, const float *embedding, const ar_sparse *grams);

/* Reads and checks: sizes, names, that each number is finite. ARNY_E_NOT_FOUND, ARNY_E_DATA. */
int ar_head_read(ar_head **out, const char *path);
int ar_head_parse(ar_head **out, const void *data, size_t bytes, const char *name);
int ar_head_write(ar_buf *out, const ar_head *head);

#endif
