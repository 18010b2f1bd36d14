/* memory/report.c - what seats would take, and how they stand. */
#include "engine/registry.h"
#include "memory/residency_private.h"
#include "util/status.h"
#include <string.h>

/* ---- estimates -------------------------------------------------------------------------------------------------- */

/* What the seat's files take with a timeline of that length. */
static int estimate(arny_engine_estimate *out, const ar_residency *residency, const seat *s, int32_t length)
{
    const ar_residency_model *model = &residency->slots[s->is.model].is;
    arny_engine_model_options options = {
        .tokenizer = model->tokenizer, .gpu_layers = model->gpu_layers, .repack = model->repack};
    arny_engine_context_options context = s->is.context;
    context.length = length;
    const arny_engine *engine = arny_engine_find(model->engine);
    if (!engine)
        return ar_fail(ARNY_E_UNSUPPORTED, "this build has no engine \"%s\"; it has %s", model->engine, arny_engines());
    return engine->estimate(out, model->path, s->is.adapter, &options, &context);
}

int ar_seat_estimate(ar_residency *residency, seat *s)
{
    ar_lock(&residency->mutex);
    int status = s->estimated ? ARNY_OK : estimate(&s->estimate, residency, s, s->is.context.length);
    s->estimated = status == ARNY_OK;
    ar_unlock(&residency->mutex);
    return status;
}

int ar_seat_size(ar_residency *residency, seat *s, int32_t length)
{
    arny_engine_estimate e = s->estimate;
    if (s->length == length)
        return ARNY_OK;
    int status = length == s->is.context.length ? ARNY_OK : estimate(&e, residency, s, length);
    if (status)
        return status;
    s->length = length;
    s->length_bytes = e.kv + e.compute;
    return ARNY_OK;
}

/* Is it the first seat of its model, where the model's weights are counted? */
static int is_first(const ar_residency *residency, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (residency->seats[i].is.model == residency->seats[index].is.model)
            return 0;
    return 1;
}

int ar_residency_estimate(arny_agent_estimate *rows, int64_t *peak, int64_t *least, ar_residency *residency)
{
    int64_t all = residency->rules.own, pinned = residency->rules.own, largest = 0, moment = 0,
            budget = residency->rules.budget;
    for (size_t i = 0; i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        int status = ar_seat_estimate(residency, s);
        if (status)
            return status;
        const arny_engine_estimate *e = &s->estimate;
        rows[i] = (arny_agent_estimate){s->is.name, e->weights, e->kv, e->compute, e->adapter};

        int64_t timeline = ar_timeline_bytes_at_most(s), weights = is_first(residency, i) ? e->weights : 0;
        int model_stays = ar_slot_is_pinned(residency, s->is.model);
        all += timeline + weights;
        pinned += (s->is.pinned ? timeline : 0) + (model_stays ? weights : 0);
        int64_t opening = e->opening > timeline ? e->opening - timeline : 0; /* beyond what follows */
        int64_t whole = s->is.pinned ? opening : timeline + (model_stays ? 0 : e->weights + opening);
        largest = whole > largest ? whole : largest;
        int64_t growing = budget > 0 ? e->kv / 2 : 0; /* beside the timeline that it grows into */
        moment = growing > moment ? growing : moment;
        moment = opening > moment ? opening : moment;
    }
    all += moment;
    *least = pinned + largest;
    *peak = budget && all > budget ? (*least > budget ? *least : budget) : all;
    return ARNY_OK;
}

/* ---- reports ---------------------------------------------------------------------------------------------------- */

void ar_residency_publish(ar_residency *residency)
{
    ar_lock(&residency->mutex);
    for (size_t i = 0; i < residency->seat_count; i++) {
        const seat *s = &residency->seats[i];
        const slot *model = &residency->slots[s->is.model];
        residency->report[i] = (arny_agent_memory){
            .agent = s->is.name,
            .model = s->is.model_name,
            .state = !model->open                ? ARNY_STATE_CLOSED
                     : s->live && !model->parked ? ARNY_STATE_OPEN
                                                 : ARNY_STATE_PARKED,
            .weights = ar_slot_bytes(model),
            .context = s->live ? ar_timeline_bytes(s) : 0,
            .snapshot = ar_snapshots_bytes_of(&residency->snapshots, i),
            .context_tokens = s->live ? (int64_t)s->live->tokens.len : 0,
            .resident = -1, /* whoever wants to know asks the system */
        };
    }
    ar_unlock(&residency->mutex);
}

void ar_residency_report(arny_agent_memory *rows, ar_residency *residency)
{
    ar_lock(&residency->mutex);
    memcpy(rows, residency->report, residency->seat_count * sizeof *rows);
    ar_unlock(&residency->mutex);
}
