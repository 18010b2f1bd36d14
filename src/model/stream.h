/* model/stream.h - an answer that is computed on a thread of the library while somebody else reads its events. */
#ifndef AR_MODEL_STREAM_H
#define AR_MODEL_STREAM_H

#include <arny/event.h>
#include <stdatomic.h>

typedef struct ar_stream_job {
    void *job;
    /* Tells all events of the answer to the callback, done or error last. *unheard becomes non-zero when nobody listens any more.
     * When it returns, whoever asked may ask again: only then is the last event delivered. [the stream's thread] */
    void (*answer)(void *job, const atomic_int *unheard, arny_event_callback callback, void *user_data);
    /* 1: nobody waits for the rest of the answer. [the stream's thread] */
    int (*is_cancelled)(const void *job);
    void (*free)(void *job);
} ar_stream_job;

/* receiver NULL: the events wait for arny_stream_next. The job is the stream's from then on; on failure it stays the caller's. */
int ar_stream_new(arny_stream **out, const ar_stream_job *job, arny_event_receiver receiver, void *receiver_data);

#endif
