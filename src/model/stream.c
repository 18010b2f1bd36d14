/* model/stream.c - see stream.h. Events wait in a bounded queue, or go to a receiver at once. */
#include "model/stream.h"
#include "model/event.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/thread.h"

#define AHEAD   256 /* events that may wait for the reader while the answer goes on */
#define LOOK_MS 20  /* how often a producer that waits looks whether it has been cancelled */

typedef struct waiting {
    arny_event *event;
    struct waiting *next;
} waiting;

struct arny_stream {
    ar_stream_job job;
    arny_event_receiver receiver; /* NULL: events wait in the queue */
    void *receiver_data;
    ar_thread thread;
    waiting *end;         /* the thread's: done or error, kept until the job says that all is over */
    atomic_int abandoned; /* the reader is gone */
    ar_mutex mutex;       /* guards all below */
    ar_cond changed;
    waiting *first, **last;
    size_t count;
    int finished; /* nothing more will come */
    int lost;     /* there was no memory for an event */
};

/* ---- the thread's side ------------------------------------------------------------------------------------------ */

static int lose(arny_stream *stream)
{
    ar_lock(&stream->mutex);
    stream->lost = 1;
    ar_unlock(&stream->mutex);
    return 1;
}

/* The mutex is held. */
static void put(arny_stream *stream, waiting *entry)
{
    *stream->last = entry;
    stream->last = &entry->next;
    stream->count++;
    ar_cond_wake_all(&stream->changed);
}

static void wait_for_reader(arny_stream *stream)
{
    while (stream->count >= AHEAD && !stream->job.is_cancelled(stream->job.job))
        ar_cond_wait_ms(&stream->changed, &stream->mutex, LOOK_MS);
}

static int on_event(const arny_event *event, void *data)
{
    arny_stream *stream = data;
    int last = event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR;
    arny_event *copy;
    if (ar_event_copy(&copy, event) != ARNY_OK)
        return lose(stream);
    if (stream->receiver && !last) {
        stream->receiver(copy, stream->receiver_data); /* it is the receiver's now */
        return 0;
    }
    waiting *entry = ar_calloc(1, sizeof *entry);
    if (!entry) {
        arny_event_free(copy);
        return lose(stream);
    }
    entry->event = copy;
    if (last) {
        stream->end = entry;
        return 0;
    }
    ar_lock(&stream->mutex);
    wait_for_reader(stream);
    put(stream, entry);
    ar_unlock(&stream->mutex);
    return 0;
}

static void finish_queue(arny_stream *stream)
{
    ar_lock(&stream->mutex);
    if (stream->end)
        put(stream, stream->end);
    stream->end = NULL;
    stream->finished = 1;
    ar_cond_wake_all(&stream->changed);
    ar_unlock(&stream->mutex);
}

static void finish_receiver(arny_stream *stream)
{
    waiting *end = stream->end;
    if (stream->lost || !end) {
        stream->receiver(NULL, stream->receiver_data);
        return;
    }
    stream->end = NULL;
    stream->receiver(end->event, stream->receiver_data);
    ar_free(end);
}

static void *run(void *data)
{
    arny_stream *stream = data;
    stream->job.answer(stream->job.job, &stream->abandoned, on_event, stream);
    if (stream->receiver)
        finish_receiver(stream);
    else
        finish_queue(stream);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static arny_event *take(arny_stream *stream)
{
    waiting *entry = stream->first;
    arny_event *event = entry->event;
    stream->first = entry->next;
    if (!stream->first)
        stream->last = &stream->first;
    stream->count--;
    ar_free(entry);
    return event;
}

static void destroy(arny_stream *stream)
{
    while (stream->count > 0)
        arny_event_free(take(stream));
    if (stream->end) { /* an event before it was lost, so it was not told */
        arny_event_free(stream->end->event);
        ar_free(stream->end);
    }
    ar_cond_free(&stream->changed);
    ar_mutex_free(&stream->mutex);
    ar_free(stream);
}

int ar_stream_new(arny_stream **out, const ar_stream_job *job, arny_event_receiver receiver, void *receiver_data)
{
    *out = NULL;
    arny_stream *stream = ar_calloc(1, sizeof *stream);
    int status = stream ? ar_mutex_init(&stream->mutex) : ARNY_E_MEMORY;
    if (!status && (status = ar_cond_init(&stream->changed)))
        ar_mutex_free(&stream->mutex);
    if (status) {
        ar_free(stream);
        return status;
    }
    stream->job = *job;
    stream->receiver = receiver;
    stream->receiver_data = receiver_data;
    stream->last = &stream->first;
    if ((status = ar_thread_start(&stream->thread, run, stream))) {
        destroy(stream);
        return status;
    }
    *out = stream;
    return ARNY_OK;
}

void arny_stream_cancel(arny_stream *stream)
{
    if (!stream)
        return;
    atomic_store(&stream->abandoned, 1);
    ar_lock(&stream->mutex);
    ar_cond_wake_all(&stream->changed);
    ar_unlock(&stream->mutex);
}

void arny_stream_free(arny_stream *stream)
{
    if (!stream)
        return;
    arny_stream_cancel(stream);
    ar_thread_join(stream->thread);
    stream->job.free(stream->job.job);
    destroy(stream);
}

/* ---- the reader's side ------------------------------------------------------------------------------------------ */

/* The mutex is held. 1: an event is there, or none will ever be. */
static int wait_for_event(arny_stream *stream, int timeout_ms)
{
    int late = timeout_ms == 0;
    while (stream->count == 0 && !stream->finished && !late) {
        if (timeout_ms < 0)
            ar_cond_wait(&stream->changed, &stream->mutex);
        else
            late = ar_cond_wait_ms(&stream->changed, &stream->mutex, timeout_ms);
    }
    return stream->count > 0 || stream->finished;
}

int arny_stream_next(arny_event **out, arny_stream *stream, int timeout_ms)
{
    if (out)
        *out = NULL;
    if (!out || !stream)
        return ar_fail(ARNY_E_ARGUMENT, "arny_stream_next needs a place for the event and a stream");
    if (stream->receiver)
        return ar_fail(ARNY_E_ARGUMENT, "the events of this stream go to its receiver");
    int status = ARNY_OK;
    ar_lock(&stream->mutex);
    if (!wait_for_event(stream, timeout_ms)) {
        status = ARNY_E_BUSY;
    } else if (stream->count > 0) {
        *out = take(stream);
        ar_cond_wake_all(&stream->changed);
    } else {
        status = stream->lost ? ARNY_E_MEMORY : ARNY_E_END;
        stream->lost = 0;
    }
    ar_unlock(&stream->mutex);
    if (status == ARNY_E_MEMORY)
        ar_no_memory();
    if (status == ARNY_E_END)
        ar_fail(status, "the stream has ended");
    if (status == ARNY_E_BUSY)
        ar_fail(status, "no event came within %d ms", timeout_ms);
    return status;
}
