/*
 * gateway/gateway.h - who should answer: a distribution over the agents and "none", in one of three ways.
 *
 *     head          the message's embedding, and a head that was trained on it (gateway/head.h): a few milliseconds
 *     score, json   the labels' probabilities as a generative model gives them (gateway/score.h)
 *
 * A head may also tell how likely it is that a message speaks of danger to life.
 */
#ifndef AR_GATEWAY_GATEWAY_H
#define AR_GATEWAY_GATEWAY_H

#include "config/config.h"
#include "model/timeline.h"

#define AR_GATEWAY_MESSAGE_TOKENS 128 /* so much of a message is read */
#define AR_GATEWAY_OUTPUTS        128 /* rows of logits that the context of score and json must offer */

typedef struct ar_gateway ar_gateway;

/* Borrows the config. */
int ar_gateway_new(ar_gateway **out, const ar_team_config *config);
void ar_gateway_free(ar_gateway *gateway);
/* The head's file has changed: it is read again before the next decision. */
void ar_gateway_reload(ar_gateway *gateway);

/* The turn before, for messages that lean on it. */
typedef struct ar_gateway_turn {
    const char *text;
    const double *p; /* how it was decided: agent_count + 1 */
} ar_gateway_turn;

typedef struct ar_judgement {
    double p[AR_MAX_AGENTS + 1]; /* the agents in the order of team.json, then "none" (0 where none is not an answer);
                                  * they add up to 1 */
    double danger;               /* probability that it speaks of danger to life; -1: nothing was asked */
    double alarm;                /* from this probability on it is told */
    size_t tokens;               /* of the message, as an encoder read them; 0: no encoder did */
} ar_judgement;

/* before may be NULL. */
int ar_gateway_decide(ar_judgement *out, ar_gateway *gateway, ar_timeline *timeline, const char *message,
                      const ar_gateway_turn *before, const arny_engine_cancel *cancel);

/* ---- decisions and policy --------------------------------------------------------------------------------------- */

/* The most probable, none (agent_count) included. */
size_t ar_decision_best(const double *p, size_t count);

/* Who answers: the best one, unless the agent that spoke last (current; agent_count: nobody did) is less probable by less
 * than "hysteresis": then that one goes on. Where the best is none or less probable than "threshold": the fallback, or
 * without one the agent that spoke last, or the best agent. */
size_t ar_decision_answerer(const ar_team_config *config, const double *p, size_t current);

int ar_decision_new(arny_decision **out, const ar_team_config *config, const ar_judgement *judgement, double ms);

/* Appends the text as one line of at most `most` bytes: white space becomes single spaces, the rest is cut. */
int ar_gateway_line(ar_buf *out, const char *text, size_t bytes, size_t most);
/* The same for the bounded part of a message: what is longer is cut. */
int ar_gateway_clean(ar_buf *out, const char *message);

#endif
