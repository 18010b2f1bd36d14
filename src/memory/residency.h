/*
 * memory/residency.h - which models are open, which are parked, and which timelines live, within a budget of bytes.
 *
 * A seat is somebody who needs a timeline: an agent, or the gateway. acquire() makes a seat's timeline live and lets it hold the
 * conversation of one owner. Memory is taken from others in the order of what is cheapest to bring back per byte, idle ones
 * first (evict.c):
 *
 *     pages        of a model's file that nobody computes with: back from the page cache in milliseconds
 *     a timeline   its KV is kept as a snapshot, so that it comes back without a prefill
 *     a model      that has neither: what is left is its vocabulary, which takes longest to read
 *     a snapshot   goes to disk where the owner wants that; else its tokens are prefilled again
 *
 * The seat that is being acquired and pinned ones lose nothing.
 *
 * Under a budget a timeline is made as long as it has to be, in steps of 256 tokens, and again when that is not enough: its KV moves
 * to the longer one as a snapshot. Most conversations are short, and memory for what was never said serves nobody. One that
 * needs more than half of what it may have gets all of that.
 *
 *     state of a model     open -> parked (pages given back) -> closed
 *
 * Thread rule: one thread at a time, except what is marked.
 */
#ifndef AR_MEMORY_RESIDENCY_H
#define AR_MEMORY_RESIDENCY_H

#include "memory/owner.h"
#include "model/timeline.h"
#include <arny/team.h>

typedef struct ar_residency ar_residency;
struct ar_kv_folder;

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
    const char *model_name;              /* for reports */
    size_t model;                        /* index */
    const char *adapter;                 /* NULL */
    arny_engine_context_options context; /* its length is the longest that the timeline may become */
    int pinned;
} ar_residency_seat;

typedef struct ar_residency_rules {
    int64_t budget; /* bytes; 0: none */
    int64_t own;    /* of them, what the engines take for themselves */
    int snapshots;  /* 1: the KV of seats without an owner is kept too when their timeline goes */
} ar_residency_rules;

int ar_residency_new(ar_residency **out, const ar_residency_model *models, size_t model_count,
                     const ar_residency_seat *seats, size_t seat_count, const ar_residency_rules *rules);
void ar_residency_free(ar_residency *residency);

typedef struct ar_residency_want {
    size_t seat;
    const ar_owner *owner; /* NULL: nobody */
    size_t length;         /* tokens there must be room for; 0: as many as may be */
    int (*progress)(const char *model, double progress, void *data); /* non-zero stops; NULL */
    void *data;
    arny_engine_cancel cancel;
} ar_residency_want;

/* *from is an enum arny_from. ARNY_E_BUDGET when it does not fit even alone: the sentence says what would. */
int ar_residency_acquire(ar_timeline **out, int *from, ar_residency *residency, const ar_residency_want *want);

/* The seat's timeline is live and empty, and begins with these tokens, a role prompt: they are prefilled once, and come from a
 * snapshot of nobody's from then on. */
int ar_residency_begin(size_t *prefilled, ar_residency *residency, size_t seat, const int32_t *tokens, size_t count,
                       const arny_engine_cancel *cancel);

/* Live, or NULL: without making it so. */
ar_timeline *ar_residency_peek(ar_residency *residency, size_t seat);

/* 1 when the seat can be made ready, with room for that many tokens, without taking anything from anybody. */
int ar_residency_has_room(ar_residency *residency, size_t seat, size_t length);

/* A pinned seat keeps its timeline and its model once it has them. */
void ar_residency_pin(ar_residency *residency, size_t seat, int pinned);

/* Takes the seat's timeline and, where no other seat needs it, closes its model. Pinned seats too. */
void ar_residency_unload(ar_residency *residency, size_t seat);

/* Gives back what can be spared. LOW: pages and timelines of all seats but pinned ones and the one that was used last.
 * CRITICAL: of all but the latter; models without a timeline are closed, snapshots dropped (those for the disk are written). */
void ar_residency_relieve(ar_residency *residency, int pressure);

/* All seats lose their timelines, pinned ones too, and all models their pages; what owners keep on disk is written, and nothing goes
 * there until keep_in() says where to again. The last error of writing, or 0. */
int ar_residency_sleep(ar_residency *residency);

/* Bytes of everything now: open models, live timelines, snapshots. */
int64_t ar_residency_bytes(const ar_residency *residency);

/* What each seat would take, from the files' headers; and the most that is resident at once under these rules.
 * *least is the smallest budget that works. */
int ar_residency_estimate(arny_agent_estimate *rows, int64_t *peak, int64_t *least, ar_residency *residency);

/* Notes how the seats stand now, for reports; acquire does it by itself. */
void ar_residency_publish(ar_residency *residency);

/* How the seats stood when that was noted last. [any thread] */
void ar_residency_report(arny_agent_memory *rows, ar_residency *residency);

/* ---- what owners keep ------------------------------------------------------------------------------------------- */

/* Snapshots of owners who keep them on disk go into this folder from now on. Borrowed. */
void ar_residency_keep_in(ar_residency *residency, struct ar_kv_folder *folder);

/* The owner leaves: what it keeps on disk is put into snapshots that are to be written, the rest goes. */
void ar_residency_leave(ar_residency *residency, const ar_owner *owner);

/* Its snapshots in memory go. */
void ar_residency_forget_in_memory(ar_residency *residency, const ar_owner *owner);

/* Nothing of the owner's stays, in memory or on disk. ARNY_E_WRITE: a file cannot be removed. */
int ar_residency_forget(ar_residency *residency, const ar_owner *owner);

/* Copies what live timelines of owners who keep it on disk have gained since it was copied last, one of them: 1, or 0 when there
 * was none. So a process that is killed while nobody asks it anything has lost nothing. drop_copies() lets go of those that are
 * written. */
int ar_residency_copy_one(ar_residency *residency);
void ar_residency_drop_copies(ar_residency *residency);

/* Writes one snapshot that is to be on disk, of that owner (0: of anybody): 1 when there was one, 0, or an error. *bytes
 * grows by what was written. [any thread] */
int ar_residency_write_one(int64_t *bytes, ar_residency *residency, uint64_t owner);

#endif
