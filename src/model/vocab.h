/*
 * model/vocab.h - special tokens of a vocabulary, and text to tokens without letting a user's words become one of them.
 *
 * A prompt is a row of pieces. Markup comes from a chat template: special tokens are recognised in it. Content comes
 * from people: nothing in it may become a CONTROL, UNKNOWN or USER_DEFINED token, except USER_DEFINED ones that are
 * only white space (Gemma's runs of newlines), which mean themselves. Plain stretches that touch are tokenized as one,
 * so that the tokens are those of the whole prompt, and content is broken only where a special token's text would
 * match.
 */
#ifndef AR_MODEL_VOCAB_H
#define AR_MODEL_VOCAB_H

#include "util/buf.h"
#include <arny/sys/engine.h>

typedef struct ar_vocab ar_vocab;

/* Indexes the special tokens of a model. The model must outlive it. Immutable then. [any thread] */
int ar_vocab_new(ar_vocab **out, const arny_engine *engine, const arny_engine_model *model);
void ar_vocab_free(ar_vocab *vocab);

typedef struct ar_piece {
    const char *text;
    size_t bytes;
    int markup; /* 1: template's; 0: people's */
} ar_piece;

/* Appends the tokens of the pieces. bos: 1 puts the model's bos in front where the model asks for one and the pieces do
 * not begin with it. */
int ar_vocab_tokenize(ar_tokens *out, const ar_vocab *vocab, const ar_piece *pieces, size_t count, int bos);

/* The longest special token whose text begins at text[0], as its id, or -1. *bytes is its length. */
int32_t ar_vocab_special_at(const ar_vocab *vocab, const char *text, size_t left, size_t *bytes);

/* The bytes of a token, appended. CONTROL tokens have none. */
int ar_vocab_piece(ar_buf *out, const ar_vocab *vocab, int32_t token);

int ar_vocab_is_end(const ar_vocab *vocab, int32_t token); /* ends the turn or the text */

#endif
