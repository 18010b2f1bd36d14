/* session/stream.c - pull: the answer is computed on a thread, its events wait in a bounded queue. */
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
    arny_session *session;
    char *text, *agent;
    arny_ask_options options;
    arny_sampling sampling;
    ar_thread thread;
    ar_mutex mutex; /* guards all below */
    ar_cond changed;
    waiting *first, **last;
    size_t count;
    int finished;  /* the last event was put in */
    int abandoned; /* the reader is gone: events are dropped */
};

static int on_event(const arny_event *event, void *data)
{
    arny_stream *stream = data;
    waiting *entry = ar_calloc(1, sizeof *entry);
    if (!entry || ar_event_copy(&entry->event, event) != ARNY_OK) {
        ar_free(entry);
        return 1;
    }
    ar_lock(&stream->mutex);
    while (stream->count >= AHEAD && !stream->abandoned && !atomic_load(&stream->session->cancel))
        ar_cond_wait_ms(&stream->changed, &stream->mutex, LOOK_MS);
    *stream->last = entry;
    stream->last = &entry->next;
    stream->count++;
    stream->finished |= event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR;
    int stop = stream->abandoned;
    ar_cond_wake_all(&stream->changed);
    ar_unlock(&stream->mutex);
    return stop;
}

static void *run(void *data)
{
    arny_stream *stream = data;
    ar_session_ask(stream->session, stream->text, &stream->options, on_event, stream);
    ar_session_leave(stream->session);
    ar_lock(&stream->mutex);
    stream->finished = 1; /* also when there was no memory for the last event */
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
    ar_cond_free(&stream->changed);
    ar_mutex_free(&stream->mutex);
    ar_free(stream->text);
    ar_free(stream->agent);
    ar_free(stream);
}

int arny_session_start(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options)
{
    if (!out || !session || !text)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_start needs a place for the stream, a session and a text");
    *out = NULL;
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
    stream->session = session;
    stream->last = &stream->first;
    stream->options = options ? *options : (arny_ask_options)ARNY_ASK_OPTIONS_INIT;
    if (stream->options.sampling) {
        stream->sampling = *stream->options.sampling;
        stream->options.sampling = &stream->sampling;
    }
    status = ARNY_E_MEMORY;
    if (!(stream->text = ar_strdup(text)) ||
        (stream->options.agent && !(stream->options.agent = stream->agent = ar_strdup(stream->options.agent))))
        goto out;
    ar_session_enter(session);
    if ((status = ar_thread_start(&stream->thread, run, stream)))
        ar_session_leave(session);
out:
    if (status) {
        destroy(stream);
        return status;
    }
    *out = stream;
    return ARNY_OK;
}

int arny_stream_next(arny_event **out, arny_stream *stream, int timeout_ms)
{
    if (!out || !stream)
        return ar_fail(ARNY_E_ARGUMENT, "arny_stream_next needs a place for the event and a stream");
    *out = NULL;
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
        status = ARNY_E_END;
    } else {
        status = ARNY_E_BUSY;
    }
    ar_unlock(&stream->mutex);
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
    ar_lock(&stream->mutex);
    stream->abandoned = 1;
    int finished = stream->finished;
    ar_cond_wake_all(&stream->changed);
    ar_unlock(&stream->mutex);
    if (!finished)
        arny_session_cancel(stream->session);
    ar_thread_join(stream->thread);
    destroy(stream);
}
