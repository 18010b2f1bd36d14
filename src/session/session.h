/* session/session.h - a session from inside. The public part is in arny/session.h. */
#ifndef AR_SESSION_SESSION_H
#define AR_SESSION_SESSION_H

#include "session/journal.h"
#include "team/team.h"
#include <arny/session.h>
#include <stdatomic.h>

struct arny_session {
    arny_team *team;
    char *name;
    ar_owner owner;
    ar_journal journal; /* path NULL: turns are kept in memory alone */
    ar_history history;
    ar_mutex turns;       /* guards the turns of the history: whoever answers changes them while others may look */
    unsigned long opened; /* which opening of the state folder its turns are of */
    double decided[AR_MAX_AGENTS + 1]; /* how the last turn was routed */
    atomic_size_t use;                 /* the agent that answers without routing; agent_count: the gateway decides */
    atomic_size_t current;             /* who answered last; agent_count: nobody yet */
    ar_mutex mutex;                    /* guards the counts below; `cancelled` is read without it */
    ar_cond idle;                      /* in_flight came to 0 */
    int in_flight;                     /* answers that are queued or running */
    unsigned long asked;               /* answers that were ever asked for: each has its number, from 1 */
    atomic_ulong cancelled;            /* those up to this number shall end */
    struct arny_session *next;         /* of the team; guarded by its mutex */
};

/* A message on its way. */
typedef struct ar_ask {
    arny_session *session;
    const char *text;
    const arny_ask_options *options; /* NULL */
    arny_event_callback callback;    /* NULL */
    void *user_data;
    const atomic_int *unheard; /* non-zero: nobody listens any more, and the answer shall end; NULL */
    unsigned long number;
    ar_queue_place place;
} ar_ask;

/* The message takes its place in the queue; from now on cancel reaches it, and free waits for it. Ends with leave. */
void ar_session_enter(ar_ask *ask);
void ar_session_leave(arny_session *session);

/* Between them: waits for its turn and walks the whole path of a message; or gives up the place. */
int ar_session_answer(ar_ask *ask);
void ar_session_give_up(ar_ask *ask);

/* The team may have been suspended since: the state folder is taken again, and the turns are read anew. The queue is held. */
int ar_session_wake(arny_session *session);

/* In idle time: the agent is made ready for the next message of the session, with the turns that it has missed prefilled. */
ar_team_prepare ar_session_prepare;

int ar_session_is_cancelled(const ar_ask *ask);

#endif
