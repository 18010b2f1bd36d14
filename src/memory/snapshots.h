/*
 * memory/snapshots.h - KV that waits in memory: the timelines of seats that lost their context, each with the conversation
 * that it belongs to. Residency takes them and gives them back; what is dropped here is prefilled again.
 *
 * Thread rule: the mutex guards the list, so that a writer of files and a report may look while an answer runs. What a
 * kept snapshot holds never changes.
 */
#ifndef AR_MEMORY_SNAPSHOTS_H
#define AR_MEMORY_SNAPSHOTS_H

#include "memory/owner.h"
#include "model/timeline.h"
#include "util/thread.h"
#include <stdatomic.h>

typedef struct ar_kept {
    size_t seat;
    ar_owner owner;
    ar_snapshot is;
    uint64_t model, adapter; /* fingerprints of the files that it was made with; 0: no adapter */
    int64_t bytes;
    double worth;       /* see evict.c */
    unsigned long used; /* when it was kept */
    atomic_int dirty;   /* 1: shall be on disk, and is not yet */
    atomic_int holders; /* the list is one of them */
    struct ar_kept *next;
} ar_kept;

typedef struct ar_snapshots {
    ar_mutex mutex;
    ar_kept *first;
    int64_t bytes; /* of all that are in the list */
} ar_snapshots;

int ar_snapshots_init(ar_snapshots *set);
void ar_snapshots_free(ar_snapshots *set);

/* Bytes that take() would add now. */
int64_t ar_snapshots_need(const ar_timeline *timeline);

/* Keeps what the timeline holds, instead of what was kept for that seat and owner before. An empty timeline leaves
 * nothing. */
int ar_snapshots_take(ar_snapshots *set, size_t seat, const ar_owner *owner, ar_timeline *timeline, double worth,
                      unsigned long used, uint64_t adapter);

/* The one that is kept for them, or NULL. Not to be held across a drop. */
ar_kept *ar_snapshots_find(const ar_snapshots *set, size_t seat, uint64_t owner);

void ar_snapshots_drop(ar_snapshots *set, ar_kept *kept);
void ar_snapshots_drop_seat(ar_snapshots *set, size_t seat);
void ar_snapshots_drop_owner(ar_snapshots *set, uint64_t owner);

/* Of one seat. */
int64_t ar_snapshots_bytes_of(const ar_snapshots *set, size_t seat);

/* One that is dirty, held, or NULL; let_go() frees it when nobody else has it. [any thread] */
ar_kept *ar_snapshots_hold_dirty(ar_snapshots *set, uint64_t owner); /* 0: anybody's */
void ar_snapshots_let_go(ar_kept *kept);

#endif
