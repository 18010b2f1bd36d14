/* model/handle.h - what is behind an arny_model: for the files that serve its calls. */
#ifndef AR_MODEL_HANDLE_H
#define AR_MODEL_HANDLE_H

#include "model/timeline.h"
#include "util/thread.h"
#include <arny/model.h>
#include <stdatomic.h>

#define AR_TEXT_MAX (64u << 20) /* bytes of a prompt */

struct arny_model {
    ar_model *file;
    ar_timeline *timeline; /* NULL until the first request */
    void *adapter;
    int32_t context, batch, threads;
    ar_queue_lock lock;
    atomic_ulong asked;     /* calls that there ever were: each has its number, from 1 */
    atomic_ulong cancelled; /* those up to this number shall end */
};

typedef struct ar_model_call { /* on its way, or in the queue */
    arny_model *model;
    unsigned long number;
    int stop;                  /* the callback said so */
    const atomic_int *unheard; /* non-zero: nobody listens any more; NULL */
    ar_queue_place place;
} ar_model_call;

/* The call takes its place in the queue; from now on cancel reaches it, and free waits for it. */
void ar_model_enter(ar_model_call *call, arny_model *model);
/* Waits for its turn; ends with ar_queue_lock_leave(). ARNY_E_CANCELLED: it gave its place up. */
int ar_model_wait(ar_model_call *call);
int ar_model_is_cancelled(const ar_model_call *call);
int ar_model_cancel_asked(void *call); /* the same, as an arny_engine_cancel's function */

int ar_request_check(const arny_request *request);
/* Between enter and wait: the whole path of a request. */
int ar_model_answer(ar_model_call *call, const arny_request *request, arny_event_callback callback, void *user_data);

/* ARNY_E_DATA: it is no UTF-8; ARNY_E_CONTEXT: it is too long. `what` names it in the message. */
int ar_text_check(const char *what, const char *text);

/* The tokens of a text as a user's words; bos as for ar_vocab_tokenize. *out is initialized in any case, and the caller's to free. */
int ar_model_words(ar_tokens *out, const arny_model *model, const char *text, int bos);

#endif
