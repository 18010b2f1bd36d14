/* memory/residency.c - see residency.h. */
#include "memory/residency.h"
#include "engine/registry.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/thread.h"
#include <string.h>

#define SNAPSHOTS_MAX (256ll << 20) /* bytes, where there is no budget that they would count in */

typedef struct slot { /* a model file */
    ar_residency_model is;
    ar_model *open;  /* NULL: closed */
    int64_t weights; /* bytes, from the header; 0: not read yet */
} slot;

typedef struct seat {
    ar_residency_seat is;
    void *adapter;     /* loaded into the open model; NULL */
    ar_timeline *live; /* NULL */
    arny_engine_estimate estimate;
    int estimated;
    ar_snapshot snapshot;
    unsigned long used; /* tick of the last acquire */
} seat;

struct ar_residency {
    slot *slots;
    seat *seats;
    size_t slot_count, seat_count;
    ar_residency_rules rules;
    unsigned long tick;
    ar_mutex mutex; /* guards report, and the seats' estimates */
    arny_agent_memory *report;
};

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

static int64_t snapshot_bytes(const seat *s)
{
    return (int64_t)(s->snapshot.bytes + s->snapshot.tokens.len * sizeof(int32_t));
}

/* Reads the header of the seat's file the first time. The mutex is held. */
static int read_estimate(const ar_residency *residency, seat *s)
{
    const ar_residency_model *model = &residency->slots[s->is.model].is;
    arny_engine_model_options options = {
        .tokenizer = model->tokenizer, .gpu_layers = model->gpu_layers, .repack = model->repack};
    if (s->estimated)
        return ARNY_OK;
    const arny_engine *engine = arny_engine_find(model->engine);
    if (!engine)
        return ar_fail(ARNY_E_UNSUPPORTED, "this build has no engine \"%s\"; it has %s", model->engine, arny_engines());
    int status = engine->estimate(&s->estimate, model->path, s->is.adapter, &options, &s->is.context);
    s->estimated = status == ARNY_OK;
    return status;
}

static int estimate_seat(ar_residency *residency, seat *s)
{
    ar_lock(&residency->mutex);
    int status = read_estimate(residency, s);
    ar_unlock(&residency->mutex);
    return status;
}

static int64_t timeline_bytes(const seat *s)
{
    return s->estimate.kv + s->estimate.compute + s->estimate.adapter;
}

int64_t ar_residency_bytes(const ar_residency *residency)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < residency->slot_count; i++)
        if (residency->slots[i].open)
            bytes += residency->slots[i].weights;
    for (size_t i = 0; i < residency->seat_count; i++)
        bytes += (residency->seats[i].live ? timeline_bytes(&residency->seats[i]) : 0) +
                 snapshot_bytes(&residency->seats[i]);
    return bytes;
}

/* ---- giving up memory ------------------------------------------------------------------------------------------- */

static void drop_oldest_snapshots(ar_residency *residency, int64_t keep)
{
    for (;;) {
        seat *oldest = NULL;
        int64_t total = 0;
        for (size_t i = 0; i < residency->seat_count; i++) {
            seat *s = &residency->seats[i];
            total += snapshot_bytes(s);
            if (s->snapshot.bytes > 0 && (!oldest || s->used < oldest->used))
                oldest = s;
        }
        if (total <= keep || !oldest)
            return;
        ar_snapshot_drop(&oldest->snapshot);
    }
}

static void put_to_sleep(ar_residency *residency, seat *s)
{
    if (!s->live)
        return;
    if (residency->rules.snapshots && ar_snapshot_take(&s->snapshot, s->live) != ARNY_OK)
        ar_log(ARNY_LOG_WARN, "%s: its KV could not be kept: %s", s->is.name, arny_last_error());
    ar_timeline_free(s->live);
    s->live = NULL;
    drop_oldest_snapshots(residency, residency->rules.budget ? residency->rules.budget : SNAPSHOTS_MAX);
}

static void close_slot(ar_residency *residency, size_t index)
{
    slot *closing = &residency->slots[index];
    if (!closing->open)
        return;
    for (size_t i = 0; residency->seats && i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index) {
            put_to_sleep(residency, &residency->seats[i]);
            residency->seats[i].adapter = NULL; /* it goes with the model */
        }
    ar_model_close(closing->open);
    closing->open = NULL;
}

static int slot_is_pinned(const ar_residency *residency, size_t index)
{
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index && residency->seats[i].is.pinned)
            return 1;
    return 0;
}

static int can_be_closed(const ar_residency *residency, size_t index, const seat *for_whom)
{
    return residency->slots[index].open && index != for_whom->is.model && !slot_is_pinned(residency, index);
}

static unsigned long slot_used(const ar_residency *residency, size_t index)
{
    unsigned long used = 0;
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index && residency->seats[i].used > used)
            used = residency->seats[i].used;
    return used;
}

/* Takes memory from whoever was idle longest: a timeline first, then a model that nobody uses, then a snapshot.
 * Returns 0 when there is nothing left to take. */
static int reclaim(ar_residency *residency, const seat *for_whom)
{
    seat *idle = NULL;
    size_t unused = residency->slot_count;
    for (size_t i = 0; i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        if (s != for_whom && !s->is.pinned && s->live && (!idle || s->used < idle->used))
            idle = s;
    }
    if (idle) {
        put_to_sleep(residency, idle);
        return 1;
    }
    for (size_t i = 0; i < residency->slot_count; i++)
        if (can_be_closed(residency, i, for_whom) &&
            (unused == residency->slot_count || slot_used(residency, i) < slot_used(residency, unused)))
            unused = i;
    if (unused < residency->slot_count) {
        close_slot(residency, unused);
        return 1;
    }
    int64_t snapshots = 0;
    for (size_t i = 0; i < residency->seat_count; i++)
        snapshots += snapshot_bytes(&residency->seats[i]);
    drop_oldest_snapshots(residency, snapshots - 1);
    return snapshots > 0;
}

static long long mb(int64_t bytes)
{
    return (long long)((bytes + (1 << 20) - 1) >> 20);
}

/* What reclaim does not take. */
static int64_t bytes_that_stay(const ar_residency *residency, const seat *for_whom)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < residency->slot_count; i++)
        if (residency->slots[i].open && !can_be_closed(residency, i, for_whom))
            bytes += residency->slots[i].weights;
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].live && residency->seats[i].is.pinned)
            bytes += timeline_bytes(&residency->seats[i]);
    return bytes;
}

/* Refuses before anybody has lost anything. */
static int make_room(ar_residency *residency, const seat *s, int64_t need)
{
    int64_t budget = residency->rules.budget, stays = bytes_that_stay(residency, s);
    if (budget > 0 && stays + need > budget)
        return ar_fail(ARNY_E_BUDGET,
                       "%s needs %lld MB beside the %lld MB that must stay, and the budget is %lld MB: a "
                       "budget of %lld MB would do, or a smaller context",
                       s->is.name, mb(need), mb(stays), mb(budget), mb(stays + need));
    for (size_t i = 0; residency->rules.one_model && !s->is.pinned && i < residency->slot_count; i++)
        if (can_be_closed(residency, i, s))
            close_slot(residency, i);
    while (budget > 0 && ar_residency_bytes(residency) + need > budget && reclaim(residency, s)) {}
    return ARNY_OK;
}

/* ---- acquire ---------------------------------------------------------------------------------------------------- */

typedef struct relay {
    const ar_residency_want *want;
    const char *model;
} relay;

static int on_progress(double progress, void *data)
{
    const relay *to = data;
    return to->want->progress ? to->want->progress(to->model, progress, to->want->data) : 0;
}

static int open_slot(ar_residency *residency, seat *s, const ar_residency_want *want)
{
    slot *opening = &residency->slots[s->is.model];
    relay to = {want, opening->is.name};
    ar_model_want model = {
        .path = opening->is.path,
        .engine = opening->is.engine,
        .tokenizer = opening->is.tokenizer,
        .chat = opening->is.chat,
        .gpu_layers = opening->is.gpu_layers,
        .repack = opening->is.repack,
        .progress = on_progress,
        .data = &to,
        .cancel = want->cancel,
    };
    return ar_model_open(&opening->open, &model);
}

static int load_adapter(seat *s, const ar_model *model)
{
    if (!s->is.adapter || s->adapter || !model)
        return ARNY_OK;
    if (!model->engine->adapter_open)
        return ar_fail(ARNY_E_UNSUPPORTED, "the engine \"%s\" has no adapters", model->engine->name);
    return model->engine->adapter_open(&s->adapter, model->open, s->is.adapter);
}

void ar_residency_publish(ar_residency *residency)
{
    ar_lock(&residency->mutex);
    for (size_t i = 0; i < residency->seat_count; i++) {
        const seat *s = &residency->seats[i];
        const slot *of = &residency->slots[s->is.model];
        residency->report[i] = (arny_agent_memory){
            .agent = s->is.name,
            .model = s->is.model_name,
            .state = s->live    ? ARNY_STATE_OPEN
                     : of->open ? ARNY_STATE_PARKED
                                : ARNY_STATE_CLOSED,
            .weights = of->open ? of->weights : 0,
            .context = s->live ? timeline_bytes(s) : 0,
            .snapshot = snapshot_bytes(s),
            .context_tokens = s->live ? (int64_t)s->live->tokens.len : 0,
        };
    }
    ar_unlock(&residency->mutex);
}

/* Opens what the seat lacks: its model, then its timeline. */
static int bring(ar_residency *residency, seat *s, const ar_residency_want *want, int *from)
{
    slot *of = &residency->slots[s->is.model];
    int status = estimate_seat(residency, s);
    if (status)
        return status;
    of->weights = s->estimate.weights;
    *from = of->open ? ARNY_FROM_PARKED : ARNY_FROM_CLOSED;
    if ((status = make_room(residency, s, timeline_bytes(s) + (of->open ? 0 : of->weights))) ||
        (!of->open && (status = open_slot(residency, s, want))) || (status = load_adapter(s, of->open)) ||
        (status = ar_timeline_open(&s->live, of->open, &s->is.context, s->adapter)))
        return status;
    if (s->snapshot.bytes > 0)
        ar_snapshot_restore(&s->snapshot, s->live);
    ar_snapshot_drop(&s->snapshot);
    return ARNY_OK;
}

int ar_residency_acquire(ar_timeline **out, int *from, ar_residency *residency, const ar_residency_want *want)
{
    seat *s = &residency->seats[want->seat];
    int status = ARNY_OK;
    *out = NULL;
    *from = ARNY_FROM_HOT;
    s->used = ++residency->tick;
    if (!s->live)
        status = bring(residency, s, want, from);
    ar_residency_publish(residency);
    if (!status)
        *out = s->live;
    return status;
}

ar_timeline *ar_residency_peek(ar_residency *residency, size_t seat_index)
{
    return residency->seats[seat_index].live;
}

/* ---- reports ---------------------------------------------------------------------------------------------------- */

void ar_residency_report(arny_agent_memory *rows, ar_residency *residency)
{
    ar_lock(&residency->mutex);
    memcpy(rows, residency->report, residency->seat_count * sizeof *rows);
    ar_unlock(&residency->mutex);
}

/* A model with all its seats live. */
static int64_t whole_model(const ar_residency *residency, size_t index)
{
    int64_t weights = 0, timelines = 0;
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index) {
            weights = residency->seats[i].estimate.weights;
            timelines += timeline_bytes(&residency->seats[i]);
        }
    return weights + timelines;
}

/* With no budget. */
static int64_t most_at_once(const ar_residency *residency)
{
    int64_t stay = 0, go = 0, largest = 0;
    for (size_t i = 0; i < residency->slot_count; i++) {
        int64_t bytes = whole_model(residency, i);
        if (slot_is_pinned(residency, i)) {
            stay += bytes;
        } else {
            go += bytes;
            largest = bytes > largest ? bytes : largest;
        }
    }
    return stay + (residency->rules.one_model ? largest : go);
}

int ar_residency_estimate(arny_agent_estimate *rows, int64_t *peak, int64_t *least, ar_residency *residency)
{
    int64_t pinned = 0, largest_whole = 0;
    for (size_t i = 0; i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        int status = estimate_seat(residency, s);
        if (status)
            return status;
        const arny_engine_estimate *e = &s->estimate;
        rows[i] = (arny_agent_estimate){s->is.name, e->weights, e->kv, e->compute, e->adapter};

        int first = 1; /* the seat at which its model's weights are counted */
        for (size_t k = 0; k < i; k++)
            first &= residency->seats[k].is.model != s->is.model;
        int64_t context = timeline_bytes(s);
        int64_t weights = first ? e->weights : 0;
        int weights_stay = slot_is_pinned(residency, s->is.model);
        if (s->is.pinned)
            pinned += context;
        if (weights_stay)
            pinned += weights;
        if (!s->is.pinned) {
            int64_t whole = context + (weights_stay ? 0 : e->weights);
            largest_whole = whole > largest_whole ? whole : largest_whole;
        }
    }
    *least = pinned + largest_whole;
    *peak = most_at_once(residency);
    if (residency->rules.budget && *peak > residency->rules.budget)
        *peak = *least > residency->rules.budget ? *least : residency->rules.budget;
    return ARNY_OK;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

int ar_residency_new(ar_residency **out, const ar_residency_model *models, size_t model_count,
                     const ar_residency_seat *seats, size_t seat_count, const ar_residency_rules *rules)
{
    *out = NULL;
    ar_residency *residency = ar_calloc(1, sizeof *residency);
    if (!residency)
        return ARNY_E_MEMORY;
    int status = ar_mutex_init(&residency->mutex);
    if (status) {
        ar_free(residency);
        return status;
    }
    residency->rules = *rules;
    residency->slots = ar_calloc(model_count, sizeof *residency->slots);
    residency->seats = ar_calloc(seat_count, sizeof *residency->seats);
    residency->report = ar_calloc(seat_count, sizeof *residency->report);
    if (!residency->slots || !residency->seats || !residency->report)
        goto no_memory;
    residency->seat_count = seat_count;
    for (size_t i = 0; i < seat_count; i++)
        residency->seats[i].is = seats[i];
    residency->slot_count = model_count;
    for (size_t i = 0; i < model_count; i++)
        residency->slots[i].is = models[i];
    ar_residency_publish(residency);
    *out = residency;
    return ARNY_OK;
no_memory:
    ar_residency_free(residency);
    return ARNY_E_MEMORY;
}

void ar_residency_free(ar_residency *residency)
{
    if (!residency)
        return;
    residency->rules.snapshots = 0;
    for (size_t i = 0; residency->slots && i < residency->slot_count; i++)
        close_slot(residency, i);
    for (size_t i = 0; i < residency->seat_count; i++)
        ar_snapshot_drop(&residency->seats[i].snapshot);
    ar_mutex_free(&residency->mutex);
    ar_free(residency->slots);
    ar_free(residency->seats);
    ar_free(residency->report);
    ar_free(residency);
}
