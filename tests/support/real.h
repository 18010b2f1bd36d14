/*
 * tests/support/real.h - the real model files that integration tests run on: a small ChatML model with a byte-level
 * vocabulary, a base model with a SentencePiece one, 262,144 tokens and sliding windows; and, where the build runs .pte files,
 * a tiny one with random weights (tests/fixtures).
 */
#ifndef TEST_SUPPORT_REAL_H
#define TEST_SUPPORT_REAL_H

#include "check.h"
#include "model/timeline.h"

#ifdef ARNY_HAVE_PTE
enum { REAL_SMOL, REAL_GEMMA, REAL_PTE, REAL_COUNT };
#else
enum { REAL_SMOL, REAL_GEMMA, REAL_COUNT };
#endif

/* $ARNY_MODELS/NAME, or the fixture. Borrowed for ever. */
const char *real_path(int which);
const char *real_tokenizer(int which); /* NULL: it has its vocabulary itself */

/* 1 when all files are there and this build can run them; else main returns REAL_SKIPPED, after a line that says so. */
int real_ready(void);
#define REAL_SKIPPED 77

/* Opened at the first call, shared by the tests of a program, closed at its end. */
ar_model *real_model(int which);

/* A timeline of its own. One thread, so that nothing depends on what else the machine does. */
ar_timeline *real_timeline(int which, int32_t length, int32_t batch, int32_t outputs);

/* The tokens of a plain text, with bos where the model asks for it; at most `capacity`. */
size_t real_tokens(int which, int32_t *out, size_t capacity, const char *text);

/* Continues greedily: `count` tokens, the first from the logits that are there. */
void real_continue(ar_timeline *timeline, int32_t *out, size_t count);

#endif
