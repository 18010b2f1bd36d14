/*
 * team/state.h - the folder of what outlives the process: turns of sessions, snapshots of KV, digests.
 *
 *     <state>/lock          held while a process has sessions there
 *     <state>/sessions/     NAME.turns (session/journal.h)
 *     <state>/kv/           snapshots (memory/kv_file.h)
 *     <state>/digests       of model files
 *
 * It is made, and locked, when the first session that is kept on disk is opened; its files are for their owner alone.
 */
#ifndef AR_TEAM_STATE_H
#define AR_TEAM_STATE_H

#include "config/config.h"
#include "memory/kv_folder.h"
#include "util/seal.h"

typedef struct ar_state {
    char *path; /* NULL: as the environment says */
    ar_seal seal;
    int64_t most; /* bytes of snapshots */
    int is_open, lock;
    unsigned long opened; /* how often it was: sessions read their turns anew when it is another time */
    ar_kv_folder *kv;
} ar_state;

int ar_state_init(ar_state *state, const ar_team_config *config, const arny_team_options *options);
void ar_state_free(ar_state *state);

/* 1 when something was ever kept there. Makes nothing. */
int ar_state_is_there(ar_state *state, const ar_team_config *config);

/* ARNY_E_BUSY: another process has it. ARNY_E_ARGUMENT: nobody said where it is, and the environment does not either. */
int ar_state_open(ar_state *state, const ar_team_config *config);

/* Lets the lock go; ar_state_open() takes it again. Its kv is gone. */
void ar_state_close(ar_state *state);

/* Where a session's turns are; owned. */
char *ar_state_turns_path(const ar_state *state, const char *session);

#endif
