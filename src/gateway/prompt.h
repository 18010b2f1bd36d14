/* gateway/prompt.h - the words around a message that is routed. */
#ifndef AR_GATEWAY_PROMPT_H
#define AR_GATEWAY_PROMPT_H

#include "gateway/gateway.h"

/* How many labels there are: the agents, and "none" where it is an answer. */
size_t ar_gateway_labels(const ar_team_config *config);
const char *ar_gateway_label(const ar_team_config *config, size_t index);

/* The part that never changes: instruction, agents, examples. */
int ar_gateway_prefix(ar_tokens *out, const ar_team_config *config, const ar_model *model);
/* A message and who answers it (agent_count: none), in the same form. */
int ar_gateway_answered(ar_tokens *out, const ar_team_config *config, const ar_model *model, const char *message,
                        size_t agent, int first);
/* The message, up to the place where the label stands. */
int ar_gateway_question(ar_tokens *out, const ar_team_config *config, const ar_model *model, const char *message,
                        int first);
/* A label as the continuation of a question, with what ends it. */
int ar_gateway_continuation(ar_tokens *out, const ar_team_config *config, const ar_model *model, const char *label);

#endif
