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
    atomic_ulong calls;     /* that have begun */
    atomic_ulong cancelled; /* the number of the call that shall end */
};

/* An arny_engine_cancel's function; data is the model, whose call is running. */
int ar_model_cancel_asked(void *data);

/* ARNY_E_DATA: it is no UTF-8; ARNY_E_CONTEXT: it is too long. `what` names it in the message. */
int ar_text_check(const char *what, const char *text);

/* The tokens of a text as a user's words; bos as for ar_vocab_tokenize. *out is initialized in any case, and the caller's to free. */
int ar_model_words(ar_tokens *out, const arny_model *model, const char *text, int bos);

#endif
