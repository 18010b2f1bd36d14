/* team/team.h - an open team, as sessions see it. The public part is in arny/team.h. */
#ifndef AR_TEAM_TEAM_H
#define AR_TEAM_TEAM_H

#include "gateway/gateway.h"
#include "memory/residency.h"
#include "config/config.h"
#include "team/idle.h"
#include "team/state.h"
#include "util/thread.h"

/* Brings the agent up to what this session would need of it, but for the message. The queue is held. */
struct arny_session;
typedef int ar_team_prepare(struct arny_session *session, size_t agent, const arny_engine_cancel *cancel);

struct arny_team {
    ar_team_config *config;
    ar_residency *residency; /* seats: the agents, then the gateway if there is one */
    ar_gateway *gateway;     /* NULL: none */
    ar_state state;
    ar_idle idle;
    struct arny_session *last; /* asked last; NULL: nobody yet, or it is closed; guarded by the queue */
    ar_team_prepare *prepare;  /* NULL as long as there was no session */
    uint64_t owners;           /* that there ever were; guarded by the mutex */
    ar_queue_lock queue;       /* one answer or decision at a time, in the order of asking */
    ar_mutex mutex;            /* guards refs and sessions */
    int refs;                  /* the application's handle, and each session's */
    struct arny_session *sessions;
};

/* Takes over the config, also when it fails. options: of how things are kept; NULL. */
int ar_team_new(arny_team **out, ar_team_config *config, const arny_team_options *options);
void ar_team_ref(arny_team *team);
void ar_team_unref(arny_team *team);

/* Routes a message; the queue is held. before: the turn before it, or NULL. */
int ar_team_decide(ar_judgement *out, double *ms, arny_team *team, const char *message, const ar_gateway_turn *before,
                   const ar_residency_want *loading);

/* A message that can be asked: not empty, UTF-8. */
int ar_team_check_message(const char *message);

/* An empty timeline of an agent begins with its role prompt: *prefilled tokens of it had to be prefilled. */
int ar_team_begin(size_t *prefilled, arny_team *team, size_t agent, ar_timeline *timeline,
                  const arny_engine_cancel *cancel);

/* The chat template that an agent's messages are framed in. */
int ar_team_chat(const ar_template **out, const arny_team *team, size_t agent, const ar_model *model);

/* The state folder, for the first who keeps something there. */
int ar_team_open_state(arny_team *team);
int ar_team_hold_state(arny_team *team); /* the queue is held already */
/* The same for those who only look: *there is 0 when nothing was ever kept, and nothing is made. */
int ar_team_find_state(int *there, arny_team *team);

#endif
