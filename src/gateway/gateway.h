/*
 * gateway/gateway.h - who should answer: a distribution over the agents and "none".
 *
 * Both modes ask a generative model for the probability of each label in one place, after a prefix that stays in the KV
 * cache:
 *
 *   score   Message: Solve 2x + 5 = 15          json   (chat) user: Solve 2x + 5 = 15
 *           Agent:[ math\n]                            assistant: {"agent": "[math"]
 *
 * The sum of the log-probabilities of a label's tokens and of what ends it, over all labels, through a softmax. A label
 * is thus never misspelt, and nothing is parsed. With `calibrate`, each label's probability is divided by its mean over
 * messages that say nothing (Zhao et al. 2021, "Calibrate Before Use") or over typical ones (Zhou et al. 2023, "Batch
 * Calibration"): a small model's liking for a word is not a decision.
 */
#ifndef AR_GATEWAY_GATEWAY_H
#define AR_GATEWAY_GATEWAY_H

#include "config/config.h"
#include "model/timeline.h"

#define AR_GATEWAY_MESSAGE_TOKENS 128 /* so much of a message is read */
#define AR_GATEWAY_OUTPUTS        128 /* rows of logits that its context must offer */

typedef struct ar_gateway ar_gateway;

/* Borrows the config. */
int ar_gateway_new(ar_gateway **out, const ar_team_config *config);
void ar_gateway_free(ar_gateway *gateway);

/* The turn before, for messages that lean on it. */
typedef struct ar_gateway_turn {
    const char *text;
    size_t agent; /* index; agent_count: none */
} ar_gateway_turn;

/* Fills p[0 .. agent_count]: the agents in the order of team.json, then "none" (0 where none is not an answer). They
 * add up to 1. before may be NULL. */
int ar_gateway_decide(double *p, ar_gateway *gateway, ar_timeline *timeline, const char *message,
                      const ar_gateway_turn *before, const arny_engine_cancel *cancel);

/* ---- decisions and policy --------------------------------------------------------------------------------------- */

/* The most probable, none (agent_count) included. */
size_t ar_decision_best(const double *p, size_t count);

/* Who answers: the best; or, where that is none or less probable than the threshold, the fallback; or, without one,
 * the agent that spoke last (current, agent_count: nobody did); or the best agent. */
size_t ar_decision_answerer(const ar_team_config *config, const double *p, size_t current);

int ar_decision_new(arny_decision **out, const ar_team_config *config, const double *p, double ms);

/* A message in one line and within bounds: white space becomes single spaces, the rest is cut. */
int ar_gateway_clean(ar_buf *out, const char *message);

#endif
