/* engine/logits.h - what several engines reckon from a row of logits. */
#ifndef AR_ENGINE_LOGITS_H
#define AR_ENGINE_LOGITS_H

#include <stdint.h>

/* The logarithm of the probability that softmax gives one of `count` logits. */
double ar_log_probability(const float *logits, int32_t count, int32_t token);

#endif
