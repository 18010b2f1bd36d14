/* cli/answer.h - shows the events of one answer, as text or as JSON, and keeps its figures. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <arny/arny.h>

#define ANSWER_NAME_BYTES    65
#define ANSWER_MESSAGE_BYTES 1024

typedef struct answer {
    /* How to show it. */
    const arny_team *team; /* for the agents' colours; NULL: one model without a team */
    int json;              /* 1: a line of JSON an event */
    int model_only;        /* 1: of the events only token, done and error */
    int badge;             /* 1: the agent's name stands before its answer */
    int quiet;             /* 1: nothing but errors */

    /* What came. */
    char agent[ANSWER_NAME_BYTES]; /* who answers; "" before it is decided */
    int routed;                    /* 1: the gateway decided */
    double confidence;
    char best[ANSWER_NAME_BYTES]; /* the most probable of the distribution, which may be "none" */
    int ready;
    int from; /* enum arny_from */
    double ready_ms;
    int64_t restored_tokens, prefill_tokens;
    int done;
    int reason; /* enum arny_reason */
    int64_t tokens, prompt_tokens;
    double ttft_ms, prefill_tps, decode_tps;
    int status; /* of the error event, or 0 */

    int text_bytes; /* how much of the answer was shown: 0, or 1 for some */
    char last;      /* its last byte */
} answer;

/* Forgets what came; how to show it stays. */
void answer_reset(answer *a);

/* An arny_event_callback; user_data is the answer. Stops the answer on Ctrl-C and when the output is broken. */
int answer_event(const arny_event *event, void *user_data);

/* The dim line after an answer: "math 97 % - ready in 48 ms - 61 tokens at 52/s". */
void answer_figures(const answer *a);

/* The colour of an agent, for out_style. */
int answer_style(const arny_team *team, const char *agent);

/* The exit code that its end means. */
int answer_exit(const answer *a);

#endif
