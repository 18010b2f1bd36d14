/* session/session.h - a session from inside. The public part is in arny/session.h. */
#ifndef AR_SESSION_SESSION_H
#define AR_SESSION_SESSION_H

#include "session/history.h"
#include "team/team.h"
#include <arny/session.h>
#include <stdatomic.h>

struct arny_session {
    arny_team *team;
    char *name;
    ar_history history;
    atomic_size_t use;     /* the agent that answers without routing; agent_count: the gateway decides */
    atomic_size_t current; /* who answered last; agent_count: nobody yet */
    atomic_int in_flight;  /* answers that are queued or running */
    atomic_int cancel;     /* 1: they shall end */
    ar_mutex mutex;        /* guards in_flight against free */
    ar_cond idle;
    struct arny_session *next; /* of the team; guarded by its mutex */
};

/* Around every answer, from when it was asked for: free waits for what is between them. */
void ar_session_enter(arny_session *session);
void ar_session_leave(arny_session *session);

/* Waits for its turn and answers; between enter and leave. */
int ar_session_ask(arny_session *session, const char *text, const arny_ask_options *options,
                   arny_event_callback callback, void *user_data);

/* The whole path of a message. The queue is held. */
int ar_session_answer(arny_session *session, const char *text, const arny_ask_options *options,
                      arny_event_callback callback, void *user_data);

#endif
