/* engine/fake/fake_vocab.h - the vocabulary of all fake models; its ids are in fake.h. */
#ifndef AR_ENGINE_FAKE_VOCAB_H
#define AR_ENGINE_FAKE_VOCAB_H

#include <arny/sys/engine.h>

/* Bytes of the longest rendering of a token, its mark included. */
#define AR_FAKE_RENDER_MAX 16
/* Stands before a CONTROL token in a rendered timeline. No UTF-8 text has it, so typed markup is not markup. */
#define AR_FAKE_MARK "\xff"

/* The entries of arny_engine with these names; `model` is not looked at. */
int ar_fake_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                     size_t bytes);
int ar_fake_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token);
const char *ar_fake_token_text(const arny_engine_model *model, int32_t token);
int ar_fake_token_flags(const arny_engine_model *model, int32_t token);

/* Writes how a token looks in a rendered timeline, at most AR_FAKE_RENDER_MAX bytes; returns how many. */
size_t ar_fake_render(char *out, int32_t token);
size_t ar_fake_render_bytes(int32_t token);

#endif
