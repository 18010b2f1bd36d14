/*
 * session/history.h - the turns of a session, and what each agent has of them as tokens.
 *
 * A view is the token timeline of one agent in one session: role prompt, then the turns that it knows, exactly as they
 * were prefilled and generated. It only grows, so that the KV cache stays good; it is made anew from the turns' texts
 * when it would not fit the context any more, without the oldest ones.
 */
#ifndef AR_SESSION_HISTORY_H
#define AR_SESSION_HISTORY_H

#include "model/open.h"
#include "config/config.h"

typedef struct ar_turn {
    size_t agent; /* who answered */
    char *user, *reply;
    uint64_t model; /* fingerprint of the model file that answered */
    int32_t *ids;   /* the reply's tokens in that model; NULL: they are not known */
    size_t id_count;
} ar_turn;

void ar_turn_free(ar_turn *turn);

typedef struct ar_view {
    ar_tokens tokens;
    size_t turns; /* turns [0, turns) were considered: they are in the tokens, dropped, or not this agent's */
    int open;     /* 1: the last reply's end is not in the tokens yet */
    int asked;    /* 1: a user message is in the tokens */
    struct {      /* as it was before the last extend; turns == SIZE_MAX: it was rebuilt, there is no way back */
        size_t length, turns;
        int open, asked;
    } before;
} ar_view;

typedef struct ar_history {
    const ar_team_config *config;
    ar_turn *turns;
    size_t turn_count, turn_cap;
    ar_view *views; /* one an agent */
} ar_history;

int ar_history_init(ar_history *history, const ar_team_config *config);
void ar_history_free(ar_history *history);
void ar_history_clear(ar_history *history);

/* Brings the agent's view up to the point where it can answer `text`: the turns that it has missed, then the
 * message. When that does not fit `capacity` tokens with `reserve` left for the reply, the view is rebuilt with the
 * newest turns that fit half of the context: *dropped says how many known turns are no longer in it. ARNY_E_CONTEXT
 * when the message alone is too long. */
int ar_history_extend(ar_history *history, size_t agent, const ar_model *model, const ar_template *chat,
                      const char *text, size_t capacity, size_t reserve, size_t *dropped);

/* The turns that it has missed alone, in time that nobody needs; they stay missed where that would not fit. */
int ar_history_catch_up(ar_history *history, size_t agent, const ar_model *model, const ar_template *chat,
                        size_t capacity);

/* About how many tokens that will make, before there is a model to ask. */
size_t ar_history_guess(const ar_history *history, size_t agent, const char *text);

/* The view as it was before the last extend, for an answer that came to nothing. */
void ar_history_rollback(ar_history *history, size_t agent);

/* Keeps the turn. Its reply's tokens have been pushed onto the view while they came, behind the `prompt` that it had before. */
int ar_history_commit(ar_history *history, size_t agent, const ar_model *model, const char *text, const char *reply,
                      size_t prompt);

/* Keeps a turn of an earlier process. What is in it is the history's then, and *turn empty. */
int ar_history_add(ar_history *history, ar_turn *turn);

/* Takes the last turn away again. */
void ar_history_drop_last(ar_history *history);

/* The last turn, or NULL. */
const ar_turn *ar_history_last(const ar_history *history);

#endif
