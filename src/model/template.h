/*
 * model/template.h - chat templates: how system, user and assistant messages are framed, as data.
 *
 * A template is a row of strings around the messages. It is rendered message by message, so that what was rendered
 * stays a prefix of what will be: a conversation only ever grows in the KV cache.
 */
#ifndef AR_MODEL_TEMPLATE_H
#define AR_MODEL_TEMPLATE_H

#include "model/vocab.h"

typedef struct ar_template ar_template; /* static data */

/* By the names of arny_chat_templates(): "chatml", "llama3", "llama3-guide", "plain", "gemma", "phi3", ...
 * NULL when there is none of that name. */
const ar_template *ar_template_find(const char *name);

/* Recognises a template as a model file has it (Jinja) by the markup in it; NULL when it is none of ours. */
const ar_template *ar_template_detect(const char *jinja);

const char *ar_template_name(const ar_template *tmpl);

/* Texts that end an answer in this template besides the model's own end tokens ("\nUser:" in plain).
 * NULL-terminated. */
const char *const *ar_template_stops(const ar_template *tmpl);

/* Appends pieces' tokens to *out. The strings are framed exactly as the model was trained, trimmed where its template
 * trims. */

/* The beginning: bos where due, and the system message (NULL or "": the template's form of a prompt without one). */
int ar_template_begin(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab, const char *system);

/* A user's message, and the opening of the assistant's. `first` is 1 for the first user message after begin, and
 * `system` is what begin was given: some templates have no system role and put it there. */
int ar_template_user(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab, const char *text, int first,
                     const char *system);

/* The assistant's words after ar_template_user, as text: for turns whose tokens are not at hand. */
int ar_template_reply(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab, const char *text);

/* What closes the assistant's message before the next user's. */
int ar_template_end(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab);

#endif
