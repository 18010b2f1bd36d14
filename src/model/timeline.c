/* model/timeline.c - see timeline.h. */
#include "model/timeline.h"
#include "util/log.h"
#include "util/measure.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

int ar_timeline_open(ar_timeline **out, ar_model *model, const arny_engine_context_options *options, void *adapter)
{
    *out = NULL;
    const arny_engine *engine = model->engine;
    int64_t need = engine->context_need(model->open, options), left = ar_available("");
    if (need > left)
        return ar_fail(ARNY_E_MEMORY,
                       "a context of %d tokens takes %lld MB, and the system has %lld MB left: a smaller "
                       "context needs less",
                       options->length, (long long)(need >> 20), (long long)(left >> 20));

    ar_timeline *timeline = ar_calloc(1, sizeof *timeline);
    if (!timeline)
        return ARNY_E_MEMORY;
    timeline->model = model;
    int status = engine->context_open(&timeline->context, model->open, options);
    if (!status && adapter)
        status = engine->adapter_set(timeline->context, adapter);
    if (!status) {
        timeline->capacity = engine->capacity(timeline->context);
        ar_tokens_init(&timeline->tokens, timeline->capacity);
        status = ar_tokens_reserve(&timeline->tokens, timeline->capacity);
    }
    if (status) {
        ar_timeline_free(timeline);
        return status;
    }
    *out = timeline;
    return ARNY_OK;
}

void ar_timeline_free(ar_timeline *timeline)
{
    if (!timeline)
        return;
    if (timeline->context)
        timeline->model->engine->context_free(timeline->context);
    ar_tokens_free(&timeline->tokens);
    ar_free(timeline);
}

static int cut(ar_timeline *timeline, size_t length)
{
    const arny_engine *engine = timeline->model->engine;
    if (engine->truncate(timeline->context, length) == ARNY_OK) {
        timeline->tokens.len = length;
        return ARNY_OK;
    }
    timeline->tokens.len = 0; /* a recurrent state: whole or not at all */
    return engine->truncate(timeline->context, 0);
}

void ar_timeline_clear(ar_timeline *timeline)
{
    (void)cut(timeline, 0);
}

int ar_timeline_adapt(ar_timeline *timeline, void *adapter)
{
    const arny_engine *engine = timeline->model->engine;
    ar_timeline_clear(timeline);
    return engine->adapter_set ? engine->adapter_set(timeline->context, adapter) : ARNY_OK;
}

int ar_timeline_prepare(ar_timeline *timeline, const int32_t *tokens, size_t count, size_t *kept, size_t *prefilled,
                        const arny_engine_cancel *cancel)
{
    const arny_engine *engine = timeline->model->engine;
    *kept = *prefilled = 0;
    if (count > timeline->capacity)
        return ar_fail(ARNY_E_CONTEXT, "%zu tokens do not fit a context of %zu", count, timeline->capacity);
    size_t common = ar_tokens_common(timeline->tokens.ptr, timeline->tokens.len, tokens, count);
    if (common == count && count > 0)
        common--; /* logits come from computing the last token */
    int status = cut(timeline, common);
    if (status)
        return status;
    common = timeline->tokens.len;
    status = engine->prefill(timeline->context, tokens + common, count - common, cancel);
    size_t held = engine->length(timeline->context);
    timeline->tokens.len = held < common ? held : common;
    if (held > common)
        ar_tokens_append(&timeline->tokens, tokens + common, held - common);
    if (status)
        return status;
    *kept = common;
    *prefilled = count - common;
    return ARNY_OK;
}

int ar_timeline_step(ar_timeline *timeline, int32_t token, const arny_engine_cancel *cancel)
{
    int status = timeline->model->engine->step(timeline->context, token, cancel);
    if (status) {
        timeline->tokens.len = timeline->model->engine->length(timeline->context);
        return status;
    }
    return ar_tokens_push(&timeline->tokens, token);
}

void ar_snapshot_drop(ar_snapshot *snapshot)
{
    ar_tokens_free(&snapshot->tokens);
    ar_free(snapshot->block);
    memset(snapshot, 0, sizeof *snapshot);
}

int ar_snapshot_take(ar_snapshot *snapshot, ar_timeline *timeline)
{
    const arny_engine *engine = timeline->model->engine;
    ar_snapshot_drop(snapshot);
    size_t need = engine->state_size(timeline->context);
    if (timeline->tokens.len == 0 || need == 0)
        return ARNY_OK;
    int status = ARNY_E_MEMORY;
    if (!(snapshot->block = ar_alloc(need)))
        goto out;
    snapshot->state = snapshot->block;
    if ((status = engine->state_save(snapshot->block, need, &snapshot->bytes, timeline->context)))
        goto out;
    ar_tokens_init(&snapshot->tokens, timeline->capacity);
    status = ar_tokens_append(&snapshot->tokens, timeline->tokens.ptr, timeline->tokens.len);
out:
    if (status)
        ar_snapshot_drop(snapshot);
    return status;
}

void ar_snapshot_restore(const ar_snapshot *snapshot, ar_timeline *timeline)
{
    const arny_engine *engine = timeline->model->engine;
    size_t length = snapshot->tokens.len;
    cut(timeline, 0);
    if (length == 0 || length > timeline->capacity)
        return;
    if (engine->state_restore(timeline->context, snapshot->state, snapshot->bytes, length) != ARNY_OK) {
        ar_log(ARNY_LOG_WARN, "a snapshot of %zu tokens could not be restored: %s", length, arny_last_error());
        engine->truncate(timeline->context, 0);
        return;
    }
    ar_tokens_append(&timeline->tokens, snapshot->tokens.ptr, length);
}
