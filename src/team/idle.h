/*
 * team/idle.h - what a team does while nobody asks it anything: writes snapshots that are to be on disk, makes the agent ready
 * that is expected next, and looks for memory pressure. One thread, started when there is something to do.
 */
#ifndef AR_TEAM_IDLE_H
#define AR_TEAM_IDLE_H

#include "util/thread.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct arny_team;

typedef struct ar_idle {
    ar_mutex mutex;
    ar_cond cond;
    ar_thread thread;
    int started, stop;
    int write;            /* 1: there may be snapshots to write */
    int watch;            /* 1: the system's pressure is looked at */
    size_t expected;      /* seat; SIZE_MAX: none */
    atomic_llong written; /* bytes of snapshots, since they were told last */
    atomic_int pressure;  /* enum arny_pressure that waits for the answer to be over */
} ar_idle;

int ar_idle_init(ar_idle *idle);
/* Waits for what it is doing. */
void ar_idle_free(ar_idle *idle);

/* An answer is over. */
void ar_idle_write(struct arny_team *team);

/* This seat is likely to be asked next, by whoever asked last. */
int ar_idle_expect(struct arny_team *team, size_t seat);

/* From now on the system's own signs of pressure are obeyed. */
int ar_idle_watch(struct arny_team *team);

/* The pressure that was told while an answer ran. The queue is held. */
void ar_idle_obey_pressure(struct arny_team *team);

#endif
