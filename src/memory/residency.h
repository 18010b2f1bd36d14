/*
 * memory/residency.h - which models are open and which timelines live, within a budget of bytes.
 *
 * A seat is somebody who needs a timeline: an agent, or the gateway. acquire() makes a seat's timeline live, and pays
 * for it by taking memory from the seats that were idle longest: their KV is kept as a snapshot, so that they come back
 * without a prefill. A model without timelines may be closed; a pinned seat, and the one that is being acquired, never
 * lose theirs.
 *
 * Thread rule: one thread at a time, except ar_residency_report.
 */
#ifndef AR_MEMORY_RESIDENCY_H
#define AR_MEMORY_RESIDENCY_H

#include "model/timeline.h"
#include <arny/team.h>

typedef struct ar_residency ar_residency;

/* Strings are borrowed and must outlive the residency. */
typedef struct ar_residency_model {
    const char *name; /* what events call it */
    const char *path;
    const char *engine;
    const char *tokenizer;
    const ar_template *chat;
    int32_t gpu_layers, repack;
} ar_residency_model;

typedef struct ar_residency_seat {
    const char *name;
    const char *model_name; /* for reports */
    size_t model;           /* index */
    const char *adapter;    /* NULL */
    arny_engine_context_options context;
    int pinned;
} ar_residency_seat;

typedef struct ar_residency_rules {
    int64_t budget; /* bytes; 0: none */
    int one_model;  /* 1: besides pinned seats' models only one is open at a time */
    int snapshots;  /* 1: the KV of a timeline that goes is kept */
} ar_residency_rules;

int ar_residency_new(ar_residency **out, const ar_residency_model *models, size_t model_count,
                     const ar_residency_seat *seats, size_t seat_count, const ar_residency_rules *rules);
void ar_residency_free(ar_residency *residency);

typedef struct ar_residency_acquire_want {
    size_t seat;
    int (*progress)(const char *model, double progress, void *data); /* non-zero stops; NULL */
    void *data;
    arny_engine_cancel cancel;
} ar_residency_want;

/* *from is an enum arny_from. ARNY_E_BUDGET when it does not fit even alone: the sentence says what would. */
int ar_residency_acquire(ar_timeline **out, int *from, ar_residency *residency, const ar_residency_want *want);

/* Live, or NULL: without making it so. */
ar_timeline *ar_residency_peek(ar_residency *residency, size_t seat);

/* Bytes of everything now: open models, live timelines, snapshots. */
int64_t ar_residency_bytes(const ar_residency *residency);

/* What each seat would take, from the files' headers; and the most that is resident at once under these rules.
 * *least is the smallest budget that works. */
int ar_residency_estimate(arny_agent_estimate *rows, int64_t *peak, int64_t *least, ar_residency *residency);

/* Notes how the seats stand now, for reports; acquire does it by itself. */
void ar_residency_publish(ar_residency *residency);

/* How the seats stood when that was noted last. [any thread] */
void ar_residency_report(arny_agent_memory *rows, ar_residency *residency);

#endif
