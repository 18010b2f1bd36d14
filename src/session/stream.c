/* session/stream.c - a message whose answer is computed on a thread of the library (model/stream.h). */
#include "model/stream.h"
#include "session/session.h"
#include "util/mem.h"
#include "util/status.h"

typedef struct job {
    ar_ask ask; /* its session may be gone once the thread has left it */
    char *text, *agent;
    arny_ask_options options;
    arny_sampling sampling;
} job;

static void answer(void *data, const atomic_int *unheard, arny_event_callback callback, void *user_data)
{
    job *j = data;
    j->ask.unheard = unheard;
    j->ask.callback = callback;
    j->ask.user_data = user_data;
    ar_session_answer(&j->ask);
    ar_session_leave(j->ask.session); /* who reads the last event may free it, or ask again */
}

static int is_cancelled(const void *data)
{
    const job *j = data;
    return ar_session_is_cancelled(&j->ask);
}

static void free_job(void *data)
{
    job *j = data;
    ar_free(j->text);
    ar_free(j->agent);
    ar_free(j);
}

/* Copies all that was passed. */
static job *make_job(arny_session *session, const char *text, const arny_ask_options *options)
{
    job *j = ar_calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->options = options ? *options : (arny_ask_options)ARNY_ASK_OPTIONS_INIT;
    if (j->options.sampling) {
        j->sampling = *j->options.sampling;
        j->options.sampling = &j->sampling;
    }
    j->text = ar_strdup(text);
    if (j->options.agent)
        j->options.agent = j->agent = ar_strdup(j->options.agent);
    j->ask = (ar_ask){.session = session, .text = j->text, .options = &j->options};
    if (j->text && (j->agent || !options || !options->agent))
        return j;
    free_job(j);
    return NULL;
}

static int begin(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options,
                 arny_event_receiver receiver, void *receiver_data)
{
    if (options && options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_ask_options.size is %u: set it with ARNY_ASK_OPTIONS_INIT",
                       options->size);
    job *j = make_job(session, text, options);
    if (!j)
        return ARNY_E_MEMORY;
    ar_session_enter(&j->ask);
    int status = ar_stream_new(out, &(ar_stream_job){j, answer, is_cancelled, free_job}, receiver, receiver_data);
    if (status) {
        ar_session_give_up(&j->ask);
        ar_session_leave(session);
        free_job(j);
    }
    return status;
}

int arny_session_start(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options)
{
    if (out)
        *out = NULL;
    if (!out || !session || !text)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_start needs a place for the stream, a session and a text");
    return begin(out, session, text, options, NULL, NULL);
}

int arny_session_post(arny_stream **out, arny_session *session, const char *text, const arny_ask_options *options,
                      arny_event_receiver receiver, void *user_data)
{
    if (out)
        *out = NULL;
    if (!out || !session || !text || !receiver)
        return ar_fail(ARNY_E_ARGUMENT,
                       "arny_session_post needs a place for the stream, a session, a text and a receiver");
    return begin(out, session, text, options, receiver, user_data);
}
