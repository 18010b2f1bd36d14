/*
 * model/sampler.h - from logits to a token. Allocates once, at creation; nothing on the token path.
 *
 * Order: repeat penalty (divide positive, multiply negative logits; Keskar et al. 2019), top-k, softmax, top-p
 * (Holtzman et al. 2020), min-p, temperature, one draw. Temperature 0 is the first of the largest logits. The generator
 * is PCG32.
 */
#ifndef AR_MODEL_SAMPLER_H
#define AR_MODEL_SAMPLER_H

#include <arny/model.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ar_sampler ar_sampler;

/* Checks the ranges of arny_sampling: ARNY_E_ARGUMENT says which and what is right. */
int ar_sampling_check(const arny_sampling *sampling);

int ar_sampler_new(ar_sampler **out, int32_t vocabulary);
void ar_sampler_free(ar_sampler *sampler);

/* Begins an answer: parameters (checked), seed (0: from the system), and an empty memory of seen tokens. */
int ar_sampler_begin(ar_sampler *sampler, const arny_sampling *sampling);

/* Tells it a token that the repeat penalty should see (the prompt's last ones). next() tells its own. */
void ar_sampler_accept(ar_sampler *sampler, int32_t token);

/* Picks a token. May change the logits in place. Not-a-number logits are never picked; -1 when none can be. */
int32_t ar_sampler_next(ar_sampler *sampler, float *logits);

#endif
