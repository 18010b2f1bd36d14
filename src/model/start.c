/* model/start.c - a request whose answer is computed on a thread of the library (model/stream.h). */
#include "model/filter.h"
#include "model/handle.h"
#include "model/stream.h"
#include "util/mem.h"
#include "util/status.h"

typedef struct job {
    ar_model_call call;
    arny_request request;
    arny_sampling sampling;
    char *prompt, *system;
    char *stop[AR_STOPS_MAX];
} job;

static void answer(void *data, const atomic_int *unheard, arny_event_callback callback, void *user_data)
{
    job *j = data;
    j->call.unheard = unheard;
    ar_model_answer(&j->call, &j->request, callback, user_data);
}

static int is_cancelled(const void *data)
{
    const job *j = data;
    return ar_model_is_cancelled(&j->call);
}

static void free_job(void *data)
{
    job *j = data;
    ar_free(j->prompt);
    ar_free(j->system);
    for (size_t i = 0; i < AR_STOPS_MAX; i++)
        ar_free(j->stop[i]);
    ar_free(j);
}

/* 0 when there was no memory. */
static int copy(char **out, const char *text)
{
    *out = text ? ar_strdup(text) : NULL;
    return *out || !text;
}

/* Copies all that was passed. */
static job *make_job(const arny_request *request)
{
    job *j = ar_calloc(1, sizeof *j);
    if (!j)
        return NULL;
    int whole = copy(&j->prompt, request->prompt) && copy(&j->system, request->system);
    for (size_t i = 0; whole && i < request->stop_count; i++)
        whole = copy(&j->stop[i], request->stop[i]);
    if (!whole) {
        free_job(j);
        return NULL;
    }
    j->request = *request;
    j->request.prompt = j->prompt;
    j->request.system = j->system;
    j->request.stop = (const char *const *)j->stop;
    if (request->sampling) {
        j->sampling = *request->sampling;
        j->request.sampling = &j->sampling;
    }
    return j;
}

static int begin(arny_stream **out, arny_model *model, const arny_request *request, arny_event_receiver receiver,
                 void *receiver_data)
{
    int status = ar_request_check(request);
    if (status)
        return status;
    job *j = make_job(request);
    if (!j)
        return ARNY_E_MEMORY;
    ar_model_enter(&j->call, model);
    status = ar_stream_new(out, &(ar_stream_job){j, answer, is_cancelled, free_job}, receiver, receiver_data);
    if (status) {
        ar_queue_lock_quit(&model->lock, &j->call.place);
        free_job(j);
    }
    return status;
}

int arny_model_start(arny_stream **out, arny_model *model, const arny_request *request)
{
    if (out)
        *out = NULL;
    if (!out || !model || !request || !request->prompt)
        return ar_fail(ARNY_E_ARGUMENT,
                       "arny_model_start needs a place for the stream, a model and a request with a prompt");
    return begin(out, model, request, NULL, NULL);
}

int arny_model_post(arny_stream **out, arny_model *model, const arny_request *request, arny_event_receiver receiver,
                    void *user_data)
{
    if (out)
        *out = NULL;
    if (!out || !model || !request || !request->prompt || !receiver)
        return ar_fail(ARNY_E_ARGUMENT,
                       "arny_model_post needs a place for the stream, a model, a request with a prompt "
                       "and a receiver");
    return begin(out, model, request, receiver, user_data);
}
