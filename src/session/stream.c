/* session/stream.c - the answer is computed on a thread: its events wait in a bounded queue, or go to a receiver at once. */
#include "model/event.h"
#include "session/session.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define AHEAD   256 /* events that may wait for the reader while the answer goes on */
#define LOOK_MS 20  /* how often a producer that waits looks whether it has been cancelled */

typedef struct waiting {
    arny_event *event;
    struct waiting *next;
} waiting;

struct arny_stream {
    ar_ask ask; /* its session may be gone once the thread has left it */
    char *text, *agent;
    arny_ask_options options;
    arny_sampling sampling;
    ar_thread thread;
    arny_event_receiver receiver; /* NULL: events wait in the queue */
    void *receiver_data;
    waiting *end;         /* the thread's: done or error, kept until the session has been left */
    atomic_int abandoned; /* the reader is gone */
    ar_mutex mutex;       /* guards all below */
    ar_cond changed;
    waiting *first, **last;
    size_t count;
    int finished; /* nothing more will come */
    int lost;     /* there was no memory for an event */
};

static int lose(arny_stream *stream)
{
    ar_lock(&stream->mutex);
    stream->lost = 1;
    ar_unlock(&stream->mutex);
    return 1;
}

/* It is the receiver's now. */
static void hand_over(arny_stream *stream, waiting *entry)
{
    arny_event *event = entry->event;
    ar_free(entry);
    stream->receiver(event, stream->receiver_data);
}

/* The mutex is held. */
static void put(arny_stream *stream, waiting *entry)
{
    *stream->last = entry;
    stream->last = &entry->next;
    stream->count++;
    ar_cond_wake_all(&stream->changed);
}

static int on_event(const arny_event *event, void *data)
{
    arny_stream *stream = data;
    waiting *entry = ar_calloc(1, sizeof *entry);
    if (!entry || ar_event_copy(&entry->event, event) != ARNY_OK) {
        ar_free(entry);
        return lose(stream);
    }
    if (event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR) {
        stream->end = entry;
        return 0;
    }
    if (stream->receiver) {
        hand_over(stream, entry);
        return 0;
    }
    ar_lock(&stream->mutex);
    while (stream->count >= AHEAD && !ar_session_is_cancelled(&stream->ask))
        ar_cond_wait_ms(&stream->changed, &stream->mutex, LOOK_MS);
    put(stream, entry);
    ar_unlock(&stream->mutex);
    return 0;
}

static void *run(void *data)
{
    arny_stream *stream = data;
    ar_session_answer(&stream->ask);
    ar_session_leave(stream->ask.session); /* who reads the last event may free it, or ask again */
    if (stream->receiver) {
        waiting *end = stream->end;
        if (stream->lost || !end) {
            stream->receiver(NULL, stream->receiver_data);
        } else {
            stream->end = NULL;
            hand_over(stream, end);
        }
        return NULL;
    }
    ar_lock(&stream->mutex);
    if (stream->end)
        put(stream, stream->end);
    stream->finished = 1;
    ar_cond_wake_all(&stream->changed);
    ar_unlock(&stream->mutex);
    return NULL;
}

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
    if (stream->receiver && stream->end) { /* it was not heard: an event before it was lost */
        arny_event_free(stream->end->event);
        ar_free(stream->end);
    }
    ar_cond_free(&stream->changed);
    ar_mutex_free(&stream->mutex);
    ar_free(stream->text);
    ar_free(stream->agent);
    ar_free(stream);
}

static int start(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options,
                 arny_event_receiver receiver, void *receiver_data)
{
    if (options && options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_ask_options.size is %u: set it with ARNY_ASK_OPTIONS_INIT",
                       options->size);
    arny_stream *stream = ar_calloc(1, sizeof *stream);
    if (!stream)
        return ARNY_E_MEMORY;
    int status = ar_mutex_init(&stream->mutex);
    if (status) {
        ar_free(stream);
        return status;
    }
    if ((status = ar_cond_init(&stream->changed))) {
        ar_mutex_free(&stream->mutex);
        ar_free(stream);
        return status;
    }
    stream->last = &stream->first;
    stream->receiver = receiver;
    stream->receiver_data = receiver_data;
    stream->options = options ? *options : (arny_ask_options)ARNY_ASK_OPTIONS_INIT;
    if (stream->options.sampling) {
        stream->sampling = *stream->options.sampling;
        stream->options.sampling = &stream->sampling;
    }
    status = ARNY_E_MEMORY;
    if (!(stream->text = ar_strdup(text)) ||
        (stream->options.agent && !(stream->options.agent = stream->agent = ar_strdup(stream->options.agent))))
        goto out;
    stream->ask = (ar_ask){
        .session = session,
        .text = stream->text,
        .options = &stream->options,
        .callback = on_event,
        .user_data = stream,
        .unheard = &stream->abandoned,
    };
    ar_session_enter(&stream->ask);
    if ((status = ar_thread_start(&stream->thread, run, stream))) {
        ar_session_give_up(&stream->ask);
        ar_session_leave(session);
    }
out:
    if (status) {
        destroy(stream);
        return status;
    }
    *out = stream;
    return ARNY_OK;
}

int arny_session_start(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options)
{
    if (out)
        *out = NULL;
    if (!out || !session || !text)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_start needs a place for the stream, a session and a text");
    return start(out, session, text, options, NULL, NULL);
}

int arny_session_post(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options,
                      arny_event_receiver receiver, void *user_data)
{
    if (out)
        *out = NULL;
    if (!out || !session || !text || !receiver)
        return ar_fail(ARNY_E_ARGUMENT,
                       "arny_session_post needs a place for the stream, a session, a text and a receiver");
    return start(out, session, text, options, receiver, user_data);
}

int arny_stream_next(arny_event **out, arny_stream *stream, int timeout_ms)
{
    if (out)
        *out = NULL;
    if (!out || !stream)
        return ar_fail(ARNY_E_ARGUMENT, "arny_stream_next needs a place for the event and a stream");
    if (stream->receiver)
        return ar_fail(ARNY_E_ARGUMENT, "the events of this stream go to its receiver");
    int status = ARNY_OK, late = timeout_ms == 0;
    ar_lock(&stream->mutex);
    while (stream->count == 0 && !stream->finished && !late) {
        if (timeout_ms < 0)
            ar_cond_wait(&stream->changed, &stream->mutex);
        else
            late = ar_cond_wait_ms(&stream->changed, &stream->mutex, timeout_ms);
    }
    if (stream->count > 0) {
        *out = take(stream);
        ar_cond_wake_all(&stream->changed);
    } else if (stream->finished) {
        status = stream->lost ? ARNY_E_MEMORY : ARNY_E_END;
        stream->lost = 0;
    } else {
        status = ARNY_E_BUSY;
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

void arny_stream_free(arny_stream *stream)
{
    if (!stream)
        return;
    atomic_store(&stream->abandoned, 1);
    ar_lock(&stream->mutex);
    ar_cond_wake_all(&stream->changed);
    ar_unlock(&stream->mutex);
    ar_thread_join(stream->thread);
    destroy(stream);
}
