/*
 * session/journal.h - the turns of a session as a file that only grows: each one is synced before its answer is called done.
 *
 *     16 bytes   "arny turns 1 p\n" and a NUL; 's' instead of 'p': its records are sealed (util/seal.h)
 *     records    length (4 bytes, little-endian), hash (8, util/hash.h), and so many bytes: a JSON object
 *
 *     {"agent": "math", "user": "...", "reply": "...", "model": "9f...", "ids": [1, 2, ...], "p": {"math": 0.97, ...}}
 *
 * ids are the reply's tokens in the model whose file has that fingerprint: with them the KV of a snapshot fits to the last token.
 * What a process that was killed left half-written at the end is cut off; a damaged record in the middle is left out, and costs no
 * other, whichever of its bytes it is.
 */
#ifndef AR_SESSION_JOURNAL_H
#define AR_SESSION_JOURNAL_H

#include "session/history.h"
#include "util/digest.h"
#include "util/seal.h"

typedef struct ar_journal {
    char *path;
    const ar_seal *seal;
    ar_digest whose; /* goes into what is sealed */
    uint64_t next;   /* number of the next record */
    int64_t bytes;   /* of the file; 0: there is none yet */
} ar_journal;

/* Reads what is there into the history. p gets how the last turn was routed (agent_count + 1 shares). ARNY_E_DATA: the file is
 * no journal, or it is sealed with another key; nothing is changed then. */
int ar_journal_open(ar_journal *journal, ar_history *history, double *p, const char *path, const ar_digest *whose,
                    const ar_seal *seal);
void ar_journal_close(ar_journal *journal);

/* Appends a turn and syncs it. *bytes grows by what was written. */
int ar_journal_add(int64_t *bytes, ar_journal *journal, const ar_team_config *config, const ar_turn *turn,
                   const double *p);

/* Removes the file. */
int ar_journal_clear(ar_journal *journal);

#endif
