/*
 * model/timeline.h - one context and the tokens that its KV cache holds. What is asked for next is compared with them,
 * and only what differs is prefilled.
 */
#ifndef AR_MODEL_TIMELINE_H
#define AR_MODEL_TIMELINE_H

#include "model/open.h"

typedef struct ar_timeline {
    ar_model *model; /* outlives the timeline */
    arny_engine_context *context;
    ar_tokens tokens; /* in the KV cache */
    size_t capacity;
} ar_timeline;

/* Fails with ARNY_E_MEMORY before anything is taken when the system has not that much memory left. */
int ar_timeline_open(ar_timeline **out, ar_model *model, const arny_engine_context_options *options, void *adapter);
void ar_timeline_free(ar_timeline *timeline);

/* Forgets all it holds. */
void ar_timeline_clear(ar_timeline *timeline);

/* Forgets all it holds, and goes on with another adapter (NULL: none). */
int ar_timeline_adapt(ar_timeline *timeline, void *adapter);

/* Makes the KV cache hold exactly these tokens (one at least) and the logits those after the last one. *kept is how
 * many were there already, *prefilled the rest. After a failure the timeline holds a prefix of what it should. */
int ar_timeline_prepare(ar_timeline *timeline, const int32_t *tokens, size_t count, size_t *kept, size_t *prefilled,
                        const arny_engine_cancel *cancel);

/* Appends one token: the token path. */
int ar_timeline_step(ar_timeline *timeline, int32_t token, const arny_engine_cancel *cancel);

/* ---- snapshots: a timeline as bytes ------------------------------------------------------------------------- */

typedef struct ar_snapshot {
    ar_tokens tokens;
    const void *state;
    size_t bytes; /* of the state */
    void *block;  /* owned: the state is in it */
} ar_snapshot;

/* Replaces *snapshot (zeroed at first) by the timeline as it stands. On failure it is empty. */
int ar_snapshot_take(ar_snapshot *snapshot, ar_timeline *timeline);
/* Puts it into a timeline of the same file. A failure leaves an empty timeline, which is not an error: it is
 * prefilled. */
void ar_snapshot_restore(const ar_snapshot *snapshot, ar_timeline *timeline);
void ar_snapshot_drop(ar_snapshot *snapshot);

#endif
