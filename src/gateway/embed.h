/* gateway/embed.h - the embedding of a message: its bounded part as tokens, pooled by the model, of length 1. */
#ifndef AR_GATEWAY_EMBED_H
#define AR_GATEWAY_EMBED_H

#include "model/timeline.h"
#include "util/buf.h"

/* What an embedding's context must offer. */
#define AR_EMBED_TOKENS 128

/* Appends the prefix and the bounded part of a message as one line: of a long one both ends. */
int ar_embed_text(ar_buf *out, const char *prefix, const char *message);

/* Writes as many floats as the model's embedding is wide. Of a long message the beginning and the end are read, in at
 * most AR_EMBED_TOKENS tokens with the prefix. */
int ar_embed(float *out, size_t *tokens, ar_timeline *timeline, const char *prefix, const char *message,
             const arny_engine_cancel *cancel);

#endif
