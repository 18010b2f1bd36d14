/*
 * gateway/score.h - modes "score" and "json": a generative model's probability of each label in one place, after a
 * prefix that stays in the KV cache:
 *
 *     score   Message: Solve 2x + 5 = 15          json   (chat) user: Solve 2x + 5 = 15
 *             Agent:[ math\n]                            assistant: {"agent": "[math"]
 *
 * The sum of the log-probabilities of a label's tokens and of what ends it, over all labels, through a softmax. A label
 * is thus never misspelt, and nothing is parsed. With `calibrate`, each label's probability is divided by its mean over
 * messages that say nothing (Zhao et al. 2021, "Calibrate Before Use") or over typical ones (Zhou et al. 2023, "Batch
 * Calibration"): a small model's liking for a word is not a decision.
 */
#ifndef AR_GATEWAY_SCORE_H
#define AR_GATEWAY_SCORE_H

#include "gateway/gateway.h"

typedef struct ar_scorer ar_scorer;

int ar_scorer_new(ar_scorer **out, const ar_team_config *config); /* borrows the config */
void ar_scorer_free(ar_scorer *scorer);

/* Fills p[0 .. labels - 1]: the agents, then "none" where it is an answer. */
int ar_scorer_decide(double *p, ar_scorer *scorer, ar_timeline *timeline, const char *message,
                     const ar_gateway_turn *before, const arny_engine_cancel *cancel);

#endif
