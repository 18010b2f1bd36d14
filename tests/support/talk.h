/*
 * tests/support/talk.h - teams and models on the fake engine, and what they say, for tests. In JSON texts ' stands
 * for ".
 */
#ifndef TEST_SUPPORT_TALK_H
#define TEST_SUPPORT_TALK_H

#include "check.h"
#include "fake_make.h"
#include "model/timeline.h"
#include <arny/arny.h>

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* FOLDER/NAME, a fake model of this JSON. Borrowed for ever. */
const char *talk_model(const char *folder, const char *name, const char *json);

/* FOLDER/NAME with this text. Borrowed for ever. */
const char *talk_file(const char *folder, const char *name, const char *text);

/* A fresh folder with team.json and pairs of model names and their JSON, NULL at the end. Borrowed for ever. */
const char *talk_folder(const char *team_json, ...);

/* ---- timelines -------------------------------------------------------------------------------------------------- */

/* Text to tokens of the fake vocabulary; ^ before its name makes a CONTROL token: "^<|im_end|>". */
size_t talk_tokens(int32_t *out, size_t capacity, const char *text);
/* The other way round. Borrowed until the next call. */
const char *talk_text(const ar_timeline *timeline);

/* chatml as talk_text shows it. */
#define TALK_SYSTEM(prompt) "^<|bos|>^<|im_start|>system\n" prompt "^<|im_end|>\n"
#define TALK_USER(text)     "^<|im_start|>user\n" text "^<|im_end|>\n^<|im_start|>assistant\n"
#define TALK_END            "^<|im_end|>\n"

/* ---- events ----------------------------------------------------------------------------------------------------- */

typedef struct talk { /* what was heard of one answer */
    char shape[64];   /* a letter for each row of events of a type: Routed dropped(X) Loading readY Token Done Error */
    char agent[64];   /* of ready */
    char routed[64];
    double confidence;
    char reply[1 << 16];
    size_t reply_bytes;
    int events, reason, status, from;
    char message[1024];
    int64_t restored, prefilled, prompt_tokens, tokens, dropped, written;
    int stop_type; /* the callback returns 1 at the stop_at-th event of this type; 0: never */
    int stop_at;   /* counts from 1 */
    void (*hook)(const arny_event *event, void *data); /* is called at each event; NULL */
    void *data;
} talk;

int talk_event(const arny_event *event, void *talk); /* an arny_event_callback */
void talk_begin(talk *t);                            /* forgets what was heard, keeps stop_* and hook */

/* Asks, and returns the status; *t is begun anew. */
int talk_try(talk *t, arny_session *session, const char *text, const char *agent);
/* The same, and it must end with done. Returns the reply. */
const char *talk_ask(talk *t, arny_session *session, const char *text, const char *agent);

arny_team *talk_team(const char *folder); /* opened, else the test fails */
arny_session *talk_session(arny_team *team, const char *name);

/* ---- threads ---------------------------------------------------------------------------------------------------- */

/* Return when the fake engine has prefilled, or stepped, that many tokens since the last reset of its counters. */
void talk_wait_for_prefilled(long tokens);
void talk_wait_for_steps(long tokens);

/* A text of that many bytes: "x" over and over. Borrowed until the next call. */
const char *talk_long(size_t bytes);

/* Nothing of the fake engine is open. */
void talk_assert_nothing_is_open(void);

#endif
