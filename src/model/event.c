/* model/event.c - see event.h. */
#include "model/event.h"
#include "util/json.h"
#include "util/measure.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

static const char *const type_names[] = {NULL,   "routed", "loading", "ready", "token",
                                         "done", "error",  "dropped", "safety"};
static const char *const from_names[] = {NULL, "hot", "parked", "closed"};
static const char *const reason_names[] = {NULL, "stop", "length", "cancelled", "context", "safety"};

#define NAME(table, i) ((i) > 0 && (size_t)(i) < sizeof table / sizeof *table ? table[i] : "unknown")

const char *arny_event_name(int type)
{
    return NAME(type_names, type);
}

arny_event ar_event(int type)
{
    arny_event event;
    memset(&event, 0, sizeof event);
    event.size = sizeof event;
    event.type = type;
    event.id = -1;
    return event;
}

static arny_event done(const ar_answer *answer, double start_ms, size_t kept, size_t prefilled, double prefill_ms)
{
    arny_event event = ar_event(ARNY_EVENT_DONE);
    ar_usage usage;
    ar_measure(&usage);
    double decode_ms = answer->last_ms - answer->first_ms;
    event.reason = answer->reason;
    event.prompt_tokens = (int64_t)(kept + prefilled);
    event.tokens = answer->tokens;
    event.ttft_ms = answer->first_ms > 0 ? answer->first_ms - start_ms : 0;
    event.prefill_tps = prefilled > 0 && prefill_ms > 0 ? (double)prefilled / prefill_ms * 1000 : 0;
    event.decode_tps = answer->tokens > 1 && decode_ms > 0 ? (double)(answer->tokens - 1) / decode_ms * 1000 : 0;
    event.rss = usage.rss;
    event.anon = usage.anon;
    return event;
}

arny_event ar_event_end(int status, const ar_answer *answer, double start_ms, size_t kept, size_t prefilled,
                        double prefill_ms)
{
    if (status == ARNY_OK)
        return done(answer, start_ms, kept, prefilled, prefill_ms);
    arny_event event = ar_event(ARNY_EVENT_ERROR);
    event.status = status;
    event.message = arny_last_error();
    return event;
}

/* ---- copies: one block holds the event, its scores and its strings --------------------------------------------- */

static const char *place(char **at, const char *text, size_t bytes)
{
    if (!text)
        return NULL;
    char *copy = *at;
    memcpy(copy, text, bytes);
    copy[bytes] = 0;
    *at += bytes + 1;
    return copy;
}

static size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

int ar_event_copy(arny_event **out, const arny_event *event)
{
    size_t scores = event->scores_count * sizeof *event->scores, strings = 0;
    strings += length(event->agent) + length(event->model) + length(event->message) + event->text_len + 4;
    for (size_t i = 0; i < event->scores_count; i++)
        strings += length(event->scores[i].agent) + 1;
    *out = ar_alloc(sizeof **out + scores + strings);
    if (!*out)
        return ARNY_E_MEMORY;
    arny_event *copy = *out;
    arny_score *copied = (arny_score *)(void *)(copy + 1);
    char *at = (char *)copied + scores;
    *copy = *event;
    copy->agent = place(&at, event->agent, length(event->agent));
    copy->model = place(&at, event->model, length(event->model));
    copy->message = place(&at, event->message, length(event->message));
    copy->text = place(&at, event->text, event->text_len);
    for (size_t i = 0; i < event->scores_count; i++) {
        copied[i].p = event->scores[i].p;
        copied[i].agent = place(&at, event->scores[i].agent, length(event->scores[i].agent));
    }
    copy->scores = scores ? copied : NULL;
    return ARNY_OK;
}

void arny_event_free(arny_event *event)
{
    ar_free(event);
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

static void put_text(ar_buf *out, const char *key, const char *text, size_t bytes)
{
    ar_buf_printf(out, ",\"%s\":", key);
    if (text)
        ar_json_quote(out, text, bytes);
    else
        ar_buf_puts(out, "null");
}

static void put_name(ar_buf *out, const char *key, const char *text)
{
    put_text(out, key, text, length(text));
}

static void put_number(ar_buf *out, const char *key, double value, int decimals)
{
    ar_buf_printf(out, ",\"%s\":", key);
    ar_json_decimal(out, value, decimals);
}

static void put_routed(ar_buf *out, const arny_event *event)
{
    put_name(out, "agent", event->agent);
    put_number(out, "confidence", event->confidence, 4);
    ar_buf_puts(out, ",\"scores\":{");
    for (size_t i = 0; i < event->scores_count; i++) {
        ar_buf_puts(out, i ? "," : "");
        ar_json_quote(out, event->scores[i].agent, strlen(event->scores[i].agent));
        ar_buf_puts(out, ":");
        ar_json_decimal(out, event->scores[i].p, 4);
    }
    ar_buf_puts(out, "}");
    put_number(out, "ms", event->ms, 3);
}

static void put_done(ar_buf *out, const arny_event *event)
{
    if (event->agent)
        put_name(out, "agent", event->agent);
    ar_buf_printf(out, ",\"reason\":\"%s\",\"prompt_tokens\":%lld,\"tokens\":%lld", NAME(reason_names, event->reason),
                  (long long)event->prompt_tokens, (long long)event->tokens);
    put_number(out, "ttft_ms", event->ttft_ms, 3);
    put_number(out, "prefill_tps", event->prefill_tps, 2);
    put_number(out, "decode_tps", event->decode_tps, 2);
    ar_buf_printf(out, ",\"rss\":%lld,\"anon\":%lld", (long long)event->rss, (long long)event->anon);
    if (event->written > 0)
        ar_buf_printf(out, ",\"written\":%lld", (long long)event->written);
}

static void put_event(ar_buf *out, const arny_event *event)
{
    ar_buf_printf(out, "{\"event\":\"%s\"", arny_event_name(event->type));
    switch (event->type) {
    case ARNY_EVENT_ROUTED: put_routed(out, event); break;
    case ARNY_EVENT_LOADING:
        put_name(out, "model", event->model);
        put_number(out, "progress", event->progress, 3);
        break;
    case ARNY_EVENT_READY:
        if (event->agent)
            put_name(out, "agent", event->agent);
        ar_buf_printf(out, ",\"from\":\"%s\",\"restored_tokens\":%lld,\"prefill_tokens\":%lld",
                      NAME(from_names, event->from), (long long)event->restored_tokens,
                      (long long)event->prefill_tokens);
        put_number(out, "ms", event->ms, 3);
        break;
    case ARNY_EVENT_TOKEN:
        if (event->id >= 0)
            ar_buf_printf(out, ",\"id\":%d", event->id);
        put_text(out, "text", event->text ? event->text : "", event->text_len);
        break;
    case ARNY_EVENT_DONE: put_done(out, event); break;
    case ARNY_EVENT_SAFETY:
        ar_buf_puts(out, ",\"kind\":\"danger\"");
        put_number(out, "confidence", event->confidence, 4);
        put_text(out, "text", event->text, event->text_len);
        break;
    case ARNY_EVENT_DROPPED: ar_buf_printf(out, ",\"turns\":%lld", (long long)event->dropped_turns); break;
    case ARNY_EVENT_ERROR:
        put_name(out, "code", arny_status_name(event->status));
        put_name(out, "message", event->message);
        break;
    default: break;
    }
    ar_buf_puts(out, "}");
}

int arny_event_json(char *out, size_t capacity, size_t *needed, const arny_event *event)
{
    if (needed)
        *needed = 0;
    if (!event || (!out && capacity > 0))
        return ar_fail(ARNY_E_ARGUMENT, "arny_event_json needs an event and a place to write to");
    ar_buf line = AR_BUF_INIT(64u << 20);
    put_event(&line, event);
    int status = line.status;
    if (!status) {
        size_t fits = line.len < capacity ? line.len : capacity ? capacity - 1 : 0;
        if (needed)
            *needed = line.len;
        if (capacity > 0) {
            memcpy(out, line.ptr, fits);
            out[fits] = 0;
        }
        if (fits < line.len)
            status =
                ar_fail(ARNY_E_ARGUMENT, "the event takes %zu bytes, there is room for %zu", line.len + 1, capacity);
    }
    ar_buf_free(&line);
    return status;
}
