/* model/generate.c - arny_model: one file, one timeline, no team. */
#include "model/event.h"
#include "model/handle.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"
#include <string.h>

#define BATCH_DEFAULT      512
#define MAX_TOKENS_DEFAULT 512
#define CONTEXT_STEP       256 /* contexts that follow the request grow in such steps */
#define CONTEXT_MIN        16
#define CONTEXT_MAX        1048576

void arny_sampling_default(arny_sampling *sampling)
{
    if (sampling)
        *sampling = (arny_sampling){
            .temperature = 0.7f, .top_k = 40, .top_p = 0.95f, .min_p = 0.05f, .repeat_penalty = 1, .repeat_last = 64};
}

static int in_range(const char *what, int64_t value, int64_t min, int64_t max)
{
    if (value == 0 || (value >= min && value <= max))
        return ARNY_OK;
    return ar_fail(ARNY_E_ARGUMENT, "%s is %lld: %lld to %lld expected, or 0 for the default", what, (long long)value,
                   (long long)min, (long long)max);
}

int ar_model_options_check(const arny_model_options *options)
{
    int status;
    if (options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_model_options.size is %u: set it with ARNY_MODEL_OPTIONS_INIT",
                       options->size);
    if ((status = in_range("context", options->context, CONTEXT_MIN, CONTEXT_MAX)) ||
        (status = in_range("batch", options->batch, 1, 8192)) ||
        (status = in_range("threads", options->threads, 1, 256)) ||
        (status = in_range("gpu_layers", options->gpu_layers, -1, 999)))
        return status;
    if (options->chat && !ar_template_find(options->chat))
        return ar_fail(ARNY_E_ARGUMENT, "there is no chat template \"%s\"; there are %s", options->chat,
                       arny_chat_templates());
    if (options->engine && !arny_engine_find(options->engine))
        return ar_fail(ARNY_E_UNSUPPORTED, "this build has no engine \"%s\"; it has %s", options->engine,
                       arny_engines());
    return ARNY_OK;
}

int arny_model_open(arny_model **out, const char *path, const arny_model_options *options)
{
    static const arny_model_options defaults = ARNY_MODEL_OPTIONS_INIT;
    if (out)
        *out = NULL;
    if (!out || !path)
        return ar_fail(ARNY_E_ARGUMENT, "arny_model_open needs a place for the model and a path");
    options = options ? options : &defaults;
    int status = ar_model_options_check(options);
    if (status)
        return status;
    arny_model *model = ar_calloc(1, sizeof *model);
    if (!model)
        return ARNY_E_MEMORY;
    if ((status = ar_queue_lock_init(&model->lock))) {
        ar_free(model);
        return status;
    }
    ar_model_want want = {
        .path = path,
        .engine = options->engine,
        .tokenizer = options->tokenizer,
        .chat = options->chat ? ar_template_find(options->chat) : NULL,
        .gpu_layers = options->gpu_layers,
        .repack = options->repack,
        .progress = options->progress,
        .data = options->progress_data,
    };
    if ((status = ar_model_open(&model->file, &want)))
        goto out;
    if (!model->file->info->generates) {
        status = ar_fail(ARNY_E_UNSUPPORTED, "%s: a model of the kind \"%s\" reads text but writes none", path,
                         model->file->info->architecture);
        goto out;
    }
    if (options->adapter) {
        const arny_engine *engine = model->file->engine;
        status = engine->adapter_open ? engine->adapter_open(&model->adapter, model->file->open, options->adapter)
                                      : ar_fail(ARNY_E_UNSUPPORTED, "the engine \"%s\" has no adapters", engine->name);
        if (status)
            goto out;
    }
    model->context = options->context;
    model->batch = options->batch ? options->batch : BATCH_DEFAULT;
    model->threads = options->threads;
out:
    if (status) {
        arny_model_free(model);
        return status;
    }
    *out = model;
    return ARNY_OK;
}

void arny_model_free(arny_model *model)
{
    if (!model)
        return;
    ar_queue_lock_enter(&model->lock); /* a call that is running ends first */
    ar_queue_lock_leave(&model->lock);
    ar_timeline_free(model->timeline);
    ar_model_close(model->file);
    ar_queue_lock_free(&model->lock);
    ar_free(model);
}

static void *free_apart(void *model)
{
    arny_model_cancel(model);
    arny_model_free(model);
    return NULL;
}

void arny_model_drop(arny_model *model)
{
    if (model)
        ar_thread_apart(free_apart, model);
}

/* ---- a call --------------------------------------------------------------------------------------------------- */

void ar_model_enter(ar_model_call *call, arny_model *model)
{
    call->model = model;
    call->number = atomic_fetch_add(&model->asked, 1) + 1;
    ar_queue_lock_join(&model->lock, &call->place);
}

int ar_model_wait(ar_model_call *call)
{
    if (ar_queue_lock_wait(&call->model->lock, &call->place, ar_model_cancel_asked, call))
        return ar_fail(ARNY_E_CANCELLED, "it was cancelled");
    return ARNY_OK;
}

int ar_model_is_cancelled(const ar_model_call *call)
{
    return call->stop || call->number <= atomic_load_explicit(&call->model->cancelled, memory_order_relaxed) ||
           (call->unheard && atomic_load_explicit(call->unheard, memory_order_relaxed));
}

int ar_model_cancel_asked(void *call)
{
    return ar_model_is_cancelled(call);
}

void arny_model_cancel(arny_model *model)
{
    if (model)
        atomic_store(&model->cancelled, atomic_load(&model->asked)); /* of those that have ended: nothing */
}

/* ---- a request ------------------------------------------------------------------------------------------------ */

int ar_text_check(const char *what, const char *text)
{
    size_t bytes = strlen(text), valid = ar_utf8_valid(text, bytes);
    if (valid < bytes)
        return ar_fail(ARNY_E_DATA, "the %s is not UTF-8: byte %zu (0x%02x) is wrong", what, valid,
                       (unsigned char)text[valid]);
    if (bytes > AR_TEXT_MAX)
        return ar_fail(ARNY_E_CONTEXT, "the %s has %zu bytes: %u at most", what, bytes, AR_TEXT_MAX);
    return ARNY_OK;
}

static int render(ar_tokens *out, const ar_model *file, const arny_request *request)
{
    int status;
    if ((status = ar_text_check("prompt", request->prompt)) ||
        (request->system && (status = ar_text_check("system message", request->system))))
        return status;
    if (request->raw) {
        ar_piece piece = {request->prompt, strlen(request->prompt), 1};
        if ((status = ar_vocab_tokenize(out, file->vocab, &piece, 1, 1)))
            return status;
        return out->len > 0 ? ARNY_OK : ar_fail(ARNY_E_DATA, "the prompt is empty");
    }
    const ar_template *chat;
    if (request->prompt[0] == 0)
        return ar_fail(ARNY_E_DATA, "the prompt is empty");
    if ((status = ar_model_chat(&chat, file)) || (status = ar_template_begin(out, chat, file->vocab, request->system)))
        return status;
    return ar_template_user(out, chat, file->vocab, request->prompt, 1, request->system);
}

/* A context that was asked for, or one that this request fits into. */
static int make_room(arny_model *model, size_t prompt, int64_t max_tokens)
{
    int64_t trained = model->file->info->context > 0 ? model->file->info->context : CONTEXT_MAX;
    int64_t want = model->context;
    if (want == 0) {
        want = max_tokens < 0 ? trained : (int64_t)prompt + max_tokens;
        want = (want + CONTEXT_STEP - 1) / CONTEXT_STEP * CONTEXT_STEP;
        want = want > trained ? trained : want;
    }
    if ((int64_t)prompt > want)
        return ar_fail(ARNY_E_CONTEXT, "the prompt has %zu tokens, more than the context of %lld", prompt,
                       (long long)want);
    if (model->timeline && (int64_t)model->timeline->capacity >= want)
        return ARNY_OK;
    ar_timeline_free(model->timeline);
    model->timeline = NULL;
    arny_engine_context_options options = {
        .length = (int32_t)(want < CONTEXT_MIN ? CONTEXT_MIN : want),
        .batch = model->batch,
        .outputs = 1,
        .threads = model->threads,
    };
    return ar_timeline_open(&model->timeline, model->file, &options, model->adapter);
}

typedef struct listener {
    arny_event_callback callback;
    void *user_data;
} listener;

static int tell(const listener *to, const arny_event *event)
{
    return to->callback ? to->callback(event, to->user_data) : 0;
}

static int on_token(int32_t id, const char *text, size_t bytes, void *data)
{
    arny_event event = ar_event(ARNY_EVENT_TOKEN);
    event.id = id;
    event.text = text;
    event.text_len = bytes;
    return tell(data, &event);
}

int ar_model_answer(ar_model_call *call, const arny_request *request, arny_event_callback callback, void *user_data)
{
    const listener to = {callback, user_data};
    double start = ar_now_ms();
    arny_model *model = call->model;
    arny_engine_cancel cancel = {ar_model_cancel_asked, call};
    int64_t max_tokens = request->max_tokens == 0 ? MAX_TOKENS_DEFAULT : request->max_tokens;
    size_t kept = 0, prefilled = 0;
    double prefill_ms = 0;
    ar_answer result;
    memset(&result, 0, sizeof result);
    ar_answer_want want = {
        .max_tokens = max_tokens,
        .stop = request->stop,
        .stop_count = request->stop_count,
        .more_stops = request->raw || !model->file->chat ? NULL : ar_template_stops(model->file->chat),
        .ignore_eos = request->ignore_eos,
    };
    arny_sampling_default(&want.sampling);
    if (request->sampling)
        want.sampling = *request->sampling;

    ar_tokens prompt;
    ar_tokens_init(&prompt, AR_TEXT_MAX);
    int queued = ar_model_wait(call), status = queued;
    if (!status)
        status = ar_sampling_check(&want.sampling);
    if (!status)
        status = render(&prompt, model->file, request);
    if (!status)
        status = make_room(model, prompt.len, max_tokens);
    if (!status) {
        double begin = ar_now_ms();
        int from = model->timeline->tokens.len > 0 ? ARNY_FROM_HOT : ARNY_FROM_CLOSED;
        status = ar_timeline_prepare(model->timeline, prompt.ptr, prompt.len, &kept, &prefilled, &cancel);
        prefill_ms = ar_now_ms() - begin;
        if (!status) {
            arny_event event = ar_event(ARNY_EVENT_READY);
            event.from = from;
            event.restored_tokens = (int64_t)kept;
            event.prefill_tokens = (int64_t)prefilled;
            event.ms = ar_now_ms() - start;
            call->stop = tell(&to, &event) != 0;
            status = ar_answer_run(&result, model->timeline, &want, &cancel, on_token, (void *)&to);
        }
    }
    ar_tokens_free(&prompt);
    if (status == ARNY_E_CANCELLED) {
        result.reason = ARNY_REASON_CANCELLED;
        status = ARNY_OK;
    }
    arny_event last = ar_event_end(status, &result, start, kept, prefilled, prefill_ms);
    tell(&to, &last);
    if (!queued)
        ar_queue_lock_leave(&model->lock);
    return status;
}

int ar_request_check(const arny_request *request)
{
    if (request->size != sizeof *request)
        return ar_fail(ARNY_E_ARGUMENT, "arny_request.size is %u: set it with ARNY_REQUEST_INIT", request->size);
    if (request->max_tokens < -1)
        return ar_fail(ARNY_E_ARGUMENT, "max_tokens is %d: 1 or more expected, 0 for the default, -1 for no limit",
                       request->max_tokens);
    if (request->stop_count > AR_STOPS_MAX || (request->stop_count > 0 && !request->stop))
        return ar_fail(ARNY_E_ARGUMENT, "there are %zu stop strings%s: %d at most expected", request->stop_count,
                       request->stop ? "" : " at NULL", AR_STOPS_MAX);
    return ARNY_OK;
}

int arny_model_generate(arny_model *model, const arny_request *request, arny_event_callback callback, void *user_data)
{
    if (!model || !request || !request->prompt)
        return ar_fail(ARNY_E_ARGUMENT, "arny_model_generate needs a model and a request with a prompt");
    int status = ar_request_check(request);
    if (status)
        return status;
    ar_model_call call = {.unheard = NULL};
    ar_model_enter(&call, model);
    return ar_model_answer(&call, request, callback, user_data);
}

int ar_model_words(ar_tokens *out, const arny_model *model, const char *text, int bos)
{
    ar_piece piece = {text, strlen(text), 0};
    ar_tokens_init(out, AR_TEXT_MAX);
    int status = ar_text_check("text", text);
    return status ? status : ar_vocab_tokenize(out, model->file->vocab, &piece, 1, bos);
}

int arny_model_count_tokens(size_t *out, arny_model *model, const char *text)
{
    if (!out || !model || !text)
        return ar_fail(ARNY_E_ARGUMENT, "arny_model_count_tokens needs a place for the count, a model and a text");
    ar_tokens tokens;
    int status = ar_model_words(&tokens, model, text, 0);
    *out = status ? 0 : tokens.len;
    ar_tokens_free(&tokens);
    return status;
}
