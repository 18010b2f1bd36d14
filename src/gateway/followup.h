/*
 * gateway/followup.h - does a message lean on the one before? What is measured of the two, and how the decision before
 * and the message's own become one:
 *
 *     p = s before + (1 - s) own
 *
 * where s, the share of what was decided before, comes from a gate that was trained on conversations.
 */
#ifndef AR_GATEWAY_FOLLOWUP_H
#define AR_GATEWAY_FOLLOWUP_H

#include "learn/gate.h"

#define AR_FOLLOWUP_FEATURES     7
#define AR_FOLLOWUP_WIDTH(width) ((width) + AR_FOLLOWUP_FEATURES)

/* One message: its embedding (length 1), its own distribution, and how many tokens it has. */
typedef struct ar_said {
    const float *embedding;
    const double *p;
    size_t tokens;
} ar_said;

/* Writes AR_FOLLOWUP_WIDTH(width) features: the embedding of the message, and what it has to do with the one before. */
void ar_followup_features(float *out, const ar_said *now, const ar_said *before, size_t width, size_t labels);

/* p, the message's own distribution, becomes the mixture. */
void ar_followup_mix(double *p, double share, const double *before, size_t labels);

#endif
