/* model/answer.h - from a prepared timeline to an answer: sample, show, step, until something ends it. */
#ifndef AR_MODEL_ANSWER_H
#define AR_MODEL_ANSWER_H

#include "model/timeline.h"
#include <arny/event.h>

typedef struct ar_answer_want {
    arny_sampling sampling;
    int64_t max_tokens; /* < 0: until the context is full */
    const char *const *stop;
    size_t stop_count;
    const char *const *more_stops; /* NULL-terminated; NULL */
    int ignore_eos;
} ar_answer_want;

typedef struct ar_answer {
    int reason;      /* enum arny_reason */
    int cut;         /* 1: it ended at a stop string, whose tokens were told but are not part of the answer */
    int64_t tokens;  /* generated and shown, the end token not among them */
    double first_ms; /* ar_now_ms() when the first token was there; 0: none was */
    double last_ms;
} ar_answer;

/* Gets each token, and the text that may be shown now; id -1: text held back until the end. Non-zero stops the
 * answer. */
typedef int (*ar_answer_token)(int32_t id, const char *text, size_t bytes, void *data);

/* The logits must be those of the prompt's end. Returns 0 for every reason, also cancelled. */
int ar_answer_run(ar_answer *out, ar_timeline *timeline, const ar_answer_want *want, const arny_engine_cancel *cancel,
                  ar_answer_token on_token, void *data);

#endif
