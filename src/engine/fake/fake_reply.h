/*
 * engine/fake/fake_reply.h - what a fake model says next, from the rendered timeline alone.
 *
 * Where the reply begins: after the last "<|im_start|>assistant\n" or "<start_of_turn>model\n" (as tokens); without
 * one, after the last "Agent:" or "Assistant:" that begins a line; without one, where the last prefill ended.
 * A reply that begins with {"agent": " is JSON: what is said comes after that, and "} after it.
 *
 * What was asked: the last user message in that markup ("<|im_start|>user\n" to its end; without markup a line that
 * begins with "Message:" or "User:"), else everything before the reply. Within it, if a line begins with "Message:",
 * the last such line, up to an "Agent:" that begins a line if there is one.
 *
 * The first rule whose "when" is in what was asked (ASCII case ignored) gives the reply: the adapter's rules, the
 * model's, "default"; without any, 3 to 12 words made from the KV of the whole timeline up to the reply.
 * "say" is a text, or texts with their probabilities: {"math": 0.6, "wellness": 0.4}.
 *
 * Next token: the byte that continues the reply, or eos after its last one, at a probability of 0.9 (0.999 for texts
 * with probabilities); where the reply was left, it goes on by the number of bytes. What is left goes to all tokens,
 * by a hash of the timeline. At the reply's end 2 % of eos go to the other end tokens and to a newline. After "Agent:"
 * and "Assistant:" the reply begins with a space (70 %) unless one stands there; without it (30 %) it is as good.
 */
#ifndef AR_ENGINE_FAKE_REPLY_H
#define AR_ENGINE_FAKE_REPLY_H

#include "engine/fake/fake_file.h"

typedef struct ar_fake_scene { /* all borrowed from the timeline */
    const char *asked;
    size_t asked_bytes;
    size_t reply_at;  /* where the reply begins */
    const char *said; /* what stands there already, without the opening of JSON */
    size_t said_bytes;
    int spaced; /* 1: the reply begins with a space */
    int json;   /* 1: it ends with "} */
} ar_fake_scene;

/* `prompt_bytes`: where the last prefill ended. */
void ar_fake_scene_find(ar_fake_scene *out, const char *text, size_t bytes, size_t prompt_bytes);

/* The rule that speaks; `adapter` may be NULL. NULL when none does. */
const ar_fake_rule *ar_fake_rule_find(const ar_fake_file *model, const ar_fake_file *adapter,
                                      const ar_fake_scene *scene);

/* Writes AR_FAKE_VOCABULARY logits, which are log-probabilities. `rule` NULL: words made from `words`. */
void ar_fake_predict(float *out, const ar_fake_rule *rule, const ar_fake_scene *scene, uint64_t words, uint64_t noise);

#endif
