/* memory/residency_private.h - what residency.c, evict.c and report.c share. */
#ifndef AR_MEMORY_RESIDENCY_PRIVATE_H
#define AR_MEMORY_RESIDENCY_PRIVATE_H

#include "memory/residency.h"
#include "memory/snapshots.h"

typedef struct slot { /* a model file */
    ar_residency_model is;
    ar_model *open;       /* NULL: closed */
    int parked;           /* 1: open, and its pages are given back */
    int64_t weights;      /* bytes when it is open, from the header; 0: not read yet */
    int64_t left;         /* of them, those that a parked model keeps */
    double pages, itself; /* what they are worth, see evict.c */
    unsigned long used;
} slot;

typedef struct seat {
    ar_residency_seat is;
    void *adapter;                 /* loaded into the open model; NULL */
    uint64_t adapter_file;         /* fingerprint of its file then */
    ar_timeline *live;             /* NULL */
    ar_owner owner;                /* whose conversation it holds */
    arny_engine_estimate estimate; /* at its longest */
    int estimated;
    int32_t length;       /* of the timeline that lives, or is about to */
    int64_t length_bytes; /* of KV and scratch at that length */
    int adapted;          /* 0: the live timeline came from another seat, with its adapter */
    double worth;
    unsigned long used; /* tick of the last acquire; 0: never */
    size_t saved;       /* tokens of the live timeline that were copied for the disk */
} seat;

struct ar_residency {
    slot *slots;
    seat *seats;
    size_t slot_count, seat_count;
    ar_residency_rules rules;
    ar_snapshots snapshots;
    struct ar_kv_folder *folder; /* NULL: nothing goes to disk */
    unsigned long tick;
    double age;                /* the worth of what was evicted last */
    const seat *served;        /* is being acquired; NULL */
    const ar_owner *served_to; /* for whom */
    ar_mutex disk;             /* held while a snapshot is written, or removed */
    ar_mutex mutex;            /* guards report, and the seats' estimates */
    arny_agent_memory *report;
};

/* ---- residency.c -- */
int64_t ar_timeline_bytes(const seat *s); /* of the live one, or of one that is as long as ar_seat_size said */
int64_t ar_timeline_bytes_at_most(const seat *s);
int64_t ar_slot_bytes(const slot *model); /* now */
int ar_slot_is_pinned(const ar_residency *residency, size_t index);
int ar_slot_is_used(const ar_residency *residency, size_t index);  /* by a live timeline */
int ar_seat_is_kept(const ar_residency *residency, const seat *s); /* when its timeline goes, as a snapshot */
/* Reads the headers of the seat's files the first time. */
int ar_seat_estimate(ar_residency *residency, seat *s);
/* The timeline is to be that long: what it takes then. */
int ar_seat_size(ar_residency *residency, seat *s, int32_t length);

/* Each gives up what it says; nothing is an error. */
void ar_slot_park(slot *model);
void ar_slot_close(ar_residency *residency, size_t index);
void ar_seat_sleep(ar_residency *residency, seat *s);

/* The seat that is served, and has no timeline, gets the one of that seat, whose KV is kept as always: 1; or 0, where it does not
 * fit it. Making another takes longer than emptying one. */
int ar_seat_take_over(ar_residency *residency, seat *from);

/* ---- evict.c -- */

/* A seat is used: what it needs is worth its price again. */
void ar_evict_touch(ar_residency *residency, seat *s);
double ar_evict_snapshot_worth(const ar_residency *residency, const seat *s, const ar_timeline *timeline);

/* Takes the cheapest from everybody but the seat that is served. 0 when nothing is left to take. */
int ar_evict_one(ar_residency *residency);

/* The same of pages and snapshots alone, and only what is worth less than that. */
int ar_evict_one_below(ar_residency *residency, double worth);

/* Room for `need` bytes more for the seat that is served, or ARNY_E_BUDGET before anybody has lost anything: then the `most` that
 * it may come to need would not fit, whoever else went. */
int ar_evict_make_room(ar_residency *residency, int64_t need, int64_t most);

#endif
