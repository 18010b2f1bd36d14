/* memory/residency.c - see residency.h. What goes when memory is needed is in evict.c, what is told in report.c. */
#include "memory/residency_private.h"
#include "engine/registry.h"
#include "memory/kv_folder.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define STEP 256 /* tokens that a timeline grows by: llama.cpp pads to it anyway */

static const ar_owner nobody;

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

int64_t ar_timeline_bytes(const seat *s)
{
    return s->length_bytes + s->estimate.adapter;
}

int64_t ar_timeline_bytes_at_most(const seat *s)
{
    return s->estimate.kv + s->estimate.compute + s->estimate.adapter;
}

int64_t ar_slot_bytes(const slot *model)
{
    return !model->open ? 0 : model->parked ? model->left : model->weights;
}

int64_t ar_residency_bytes(const ar_residency *residency)
{
    int64_t bytes = residency->rules.own + residency->snapshots.bytes;
    for (size_t i = 0; i < residency->slot_count; i++)
        bytes += ar_slot_bytes(&residency->slots[i]);
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].live)
            bytes += ar_timeline_bytes(&residency->seats[i]);
    return bytes;
}

int ar_slot_is_pinned(const ar_residency *residency, size_t index)
{
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index && residency->seats[i].is.pinned)
            return 1;
    return 0;
}

int ar_slot_is_used(const ar_residency *residency, size_t index)
{
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index && residency->seats[i].live)
            return 1;
    return 0;
}

int ar_seat_is_kept(const ar_residency *residency, const seat *s)
{
    return s->owner.id ? s->owner.keep != AR_KEEP_NOTHING : residency->rules.snapshots;
}

/* ---- giving up memory ------------------------------------------------------------------------------------------- */

void ar_slot_park(slot *model)
{
    const arny_engine *engine = model->open ? model->open->engine : NULL;
    if (!engine || model->parked)
        return;
    if (engine->model_park && engine->model_park(model->open->open) == ARNY_OK)
        model->parked = 1;
    else
        model->left = model->weights; /* it cannot be parked: it will be closed */
}

/* The copy is in memory beside the timeline for a moment: so much must be free, or become so. */
static void keep_for(ar_residency *residency, seat *s, const ar_owner *owner)
{
    double worth = ar_evict_snapshot_worth(residency, s, s->live);
    int64_t need = ar_snapshots_need(s->live), budget = residency->rules.budget;
    while (budget > 0 && ar_residency_bytes(residency) + need > budget)
        if (!ar_evict_one_below(residency, worth))
            return;
    if (ar_snapshots_take(&residency->snapshots, (size_t)(s - residency->seats), owner, s->live, worth, s->used,
                          s->adapter_file))
        ar_log(ARNY_LOG_WARN, "%s: its KV could not be kept: %s", s->is.name, arny_last_error());
}

static void keep(ar_residency *residency, seat *s)
{
    if (ar_seat_is_kept(residency, s))
        keep_for(residency, s, &s->owner);
}

void ar_seat_sleep(ar_residency *residency, seat *s)
{
    if (!s->live)
        return;
    keep(residency, s);
    ar_timeline_free(s->live);
    s->live = NULL;
    s->owner = nobody;
    s->saved = 0;
    ar_mem_trim();
}

/* The model and what it carries, as it is: nothing is kept. */
static void shut_slot(ar_residency *residency, size_t index)
{
    slot *model = &residency->slots[index];
    for (size_t i = 0; residency->seats && i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        if (s->is.model != index)
            continue;
        ar_timeline_free(s->live);
        s->live = NULL;
        s->owner = nobody;
        s->saved = 0;
        s->adapter = NULL; /* it goes with the model */
    }
    ar_model_close(model->open); /* NULL is fine */
    model->open = NULL;
    model->parked = 0;
    ar_mem_trim();
}

void ar_slot_close(ar_residency *residency, size_t index)
{
    if (!residency->slots[index].open)
        return;
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index)
            ar_seat_sleep(residency, &residency->seats[i]);
    shut_slot(residency, index);
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

static int open_slot(slot *model, const ar_residency_want *want)
{
    relay to = {want, model->is.name};
    ar_model_want open = {
        .path = model->is.path,
        .engine = model->is.engine,
        .tokenizer = model->is.tokenizer,
        .chat = model->is.chat,
        .gpu_layers = model->is.gpu_layers,
        .repack = model->is.repack,
        .progress = on_progress,
        .data = &to,
        .cancel = want->cancel,
    };
    return ar_model_open(&model->open, &open);
}

static int load_adapter(seat *s, const ar_model *model)
{
    if (!s->is.adapter || s->adapter)
        return ARNY_OK;
    if (!model->engine->adapter_open)
        return ar_fail(ARNY_E_UNSUPPORTED, "the engine \"%s\" has no adapters", model->engine->name);
    int status = ar_model_fingerprint(&s->adapter_file, s->is.adapter);
    return status ? status : model->engine->adapter_open(&s->adapter, model->open, s->is.adapter);
}

/* A parked model whose file is not what it was is closed, with the KV that the old one made: the new one is opened then. */
static int resume_slot(ar_residency *residency, size_t index, const ar_residency_want *want)
{
    slot *model = &residency->slots[index];
    relay to = {want, model->is.name};
    arny_engine_model_options options = {.progress = on_progress, .progress_data = &to, .cancel = want->cancel};
    int status = model->open->engine->model_resume(model->open->open, &options);
    if (!status)
        model->parked = 0;
    if (!status || status == ARNY_E_CANCELLED)
        return status;
    ar_log(ARNY_LOG_WARN, "%s; it is opened anew", arny_last_error());
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].is.model == index) {
            ar_snapshots_drop_seat(&residency->snapshots, i);
            residency->seats[i].estimated = 0;
            residency->seats[i].length = 0;
        }
    shut_slot(residency, index);
    return ARNY_OK;
}

/* What the seat lacks, in bytes: now, or at its longest. Opening takes more for a moment, when there is no timeline yet. */
static int64_t bytes_lacking(const ar_residency *residency, const seat *s, int64_t timeline)
{
    const slot *model = &residency->slots[s->is.model];
    int64_t lacking = timeline - (s->live ? ar_timeline_bytes(s) : 0), opening = s->estimate.opening;
    if (model->open)
        return s->estimate.weights - ar_slot_bytes(model) + lacking;
    return s->estimate.weights + (lacking > opening ? lacking : opening);
}

/* How long a timeline is made for that many tokens. Past the half it becomes as long as it may at once: what it holds is beside the
 * new one for a moment, and two that are longer do not fit a budget for one. Where nothing is scarce nothing has to grow. */
static int32_t long_enough(const ar_residency *residency, size_t tokens, int32_t most)
{
    size_t rounded = (tokens + STEP - 1) / STEP * STEP;
    return residency->rules.budget > 0 && rounded <= (size_t)most / 2 ? (int32_t)rounded : most;
}

/* Room for what is asked for, and for the KV that waits for this owner. */
static int32_t length_for(ar_residency *residency, const seat *s, const ar_residency_want *want)
{
    size_t tokens = want->length ? want->length : (size_t)s->is.context.length, held = 0;
    const ar_kept *kept = ar_snapshots_find(&residency->snapshots, want->seat, want->owner->id);
    if (kept)
        held = kept->is.tokens.len;
    else if (!(s->live && s->owner.id == want->owner->id) && residency->folder && want->owner->keep == AR_KEEP_DISK)
        held = ar_kv_folder_tokens(residency->folder, want->owner, s->is.name);
    return long_enough(residency, held > tokens ? held : tokens, s->is.context.length);
}

static int same_context(const arny_engine_context_options *a, const arny_engine_context_options *b)
{
    return a->batch == b->batch && a->outputs == b->outputs && a->threads == b->threads && a->kv_type == b->kv_type &&
           a->embedding == b->embedding;
}

int ar_seat_take_over(ar_residency *residency, seat *from)
{
    seat *s = &residency->seats[residency->served - residency->seats];
    if (s->live || s->is.model != from->is.model || from->length < s->length || from->length > s->is.context.length ||
        !same_context(&s->is.context, &from->is.context))
        return 0;
    if (from->worth > residency->age)
        residency->age = from->worth;
    keep(residency, from);
    ar_timeline_clear(from->live);
    s->live = from->live;
    s->length = from->length;
    s->length_bytes = from->length_bytes;
    s->adapted = 0;
    from->live = NULL;
    from->owner = nobody;
    from->saved = 0;
    return 1;
}

/* Brings what the seat lacks: its model, its model's pages, its timeline. */
static int bring(ar_residency *residency, seat *s, const ar_residency_want *want, int *from)
{
    slot *model = &residency->slots[s->is.model];
    *from = model->open ? ARNY_FROM_PARKED : ARNY_FROM_CLOSED;
    for (;;) {
        int status = ar_seat_estimate(residency, s);
        if (!status && !s->live)
            status = ar_seat_size(residency, s, length_for(residency, s, want));
        if (!status)
            status = ar_evict_make_room(residency, bytes_lacking(residency, s, ar_timeline_bytes(s)),
                                        bytes_lacking(residency, s, ar_timeline_bytes_at_most(s)));
        if (!status && !model->open) {
            model->weights = s->estimate.weights;
            model->left = s->estimate.parked;
            status = open_slot(model, want);
        } else if (!status && model->parked) {
            status = resume_slot(residency, s->is.model, want);
        }
        if (status)
            return status;
        if (model->open)
            break;
        *from = ARNY_FROM_CLOSED; /* it was another file: once more, from its header on */
        s->length = 0;
    }
    arny_engine_context_options context = s->is.context;
    context.length = s->length;
    int status = load_adapter(s, model->open);
    if (!status && !s->live)
        status = ar_timeline_open(&s->live, model->open, &context, s->adapter);
    else if (!status && !s->adapted && (status = ar_timeline_adapt(s->live, s->adapter))) {
        ar_timeline_free(s->live);
        s->live = NULL;
    }
    s->adapted = 1;
    return status;
}

static ar_kv_maker maker(const ar_residency *residency, const seat *s, uint64_t model_file, uint64_t adapter_file)
{
    const ar_residency_model *model = &residency->slots[s->is.model].is;
    return (ar_kv_maker){.agent = s->is.name,
                         .model = model->path,
                         .adapter = s->is.adapter,
                         .model_file = model_file,
                         .adapter_file = adapter_file,
                         .state_version = arny_engine_find(model->engine)->state_version(),
                         .kv_type = s->is.context.kv_type};
}

static void restore(ar_residency *residency, seat *s, const ar_residency_want *want)
{
    ar_kept *kept = ar_snapshots_find(&residency->snapshots, want->seat, want->owner->id);
    if (kept) {
        ar_snapshot_restore(&kept->is, s->live);
        if (!kept->dirty) /* else it is still to be written */
            ar_snapshots_drop(&residency->snapshots, kept);
        return;
    }
    int64_t bytes = residency->folder && want->owner->keep == AR_KEEP_DISK
                        ? ar_kv_folder_has(residency->folder, want->owner, s->is.name)
                        : 0;
    ar_kv_maker made = maker(residency, s, s->live->model->file, s->adapter_file);
    if (bytes > 0 && ar_evict_make_room(residency, bytes, bytes) == ARNY_OK)
        ar_kv_folder_restore(residency->folder, s->live, want->owner, &made);
}

/* The timeline changes hands: nothing of one conversation may be kept as a part of another. */
static void hand_over(ar_residency *residency, seat *s, const ar_residency_want *want)
{
    if (s->owner.id == want->owner->id)
        return;
    if (s->owner.id) { /* nobody's is the role prompt alone */
        keep(residency, s);
        ar_timeline_clear(s->live);
    }
    s->owner = *want->owner;
    s->saved = 0;
    restore(residency, s, want);
}

int ar_residency_acquire(ar_timeline **out, int *from, ar_residency *residency, const ar_residency_want *wanted)
{
    ar_residency_want want = *wanted;
    seat *s = &residency->seats[want.seat];
    slot *model = &residency->slots[s->is.model];
    int status = ARNY_OK, was_hot = s->live && !model->parked;
    *out = NULL;
    if (!want.owner)
        want.owner = &nobody;
    residency->served = s;
    residency->served_to = want.owner;
    s->used = ++residency->tick;
    if (s->live && (size_t)length_for(residency, s, &want) > s->live->capacity &&
        !(status = ar_evict_make_room(residency, 0, bytes_lacking(residency, s, ar_timeline_bytes_at_most(s)))))
        ar_seat_sleep(residency, s); /* and wakes in a longer one */
    int fresh = !s->live;
    if (!status && (fresh || model->parked || !s->adapted))
        status = bring(residency, s, &want, from);
    if (was_hot)
        *from = ARNY_FROM_HOT;
    if (!status && fresh) {
        s->owner = *want.owner;
        restore(residency, s, &want);
    } else if (!status) {
        hand_over(residency, s, &want);
    }
    ar_evict_touch(residency, s);
    residency->served = NULL;
    ar_residency_publish(residency);
    if (!status)
        *out = s->live;
    return status;
}

int ar_residency_begin(size_t *prefilled, ar_residency *residency, size_t seat_index, const int32_t *tokens,
                       size_t count, const arny_engine_cancel *cancel)
{
    size_t held;
    *prefilled = 0;
    seat *s = &residency->seats[seat_index];
    ar_kept *kept = ar_snapshots_find(&residency->snapshots, seat_index, nobody.id);
    if (kept && kept->is.tokens.len == count && ar_tokens_common(kept->is.tokens.ptr, count, tokens, count) == count) {
        ar_snapshot_restore(&kept->is, s->live);
        if (s->live->tokens.len == count)
            return ARNY_OK;
    }
    int status = ar_timeline_prepare(s->live, tokens, count, &held, prefilled, cancel);
    if (!status && ar_seat_is_kept(residency, s)) {
        residency->served = s; /* which is about to go on */
        residency->served_to = &s->owner;
        keep_for(residency, s, &nobody);
        residency->served = NULL;
    }
    return status;
}

ar_timeline *ar_residency_peek(ar_residency *residency, size_t seat_index)
{
    return residency->seats[seat_index].live;
}

int ar_residency_has_room(ar_residency *residency, size_t seat_index, size_t length)
{
    seat *s = &residency->seats[seat_index];
    if (ar_seat_estimate(residency, s))
        return 0;
    if (!s->live && ar_seat_size(residency, s, long_enough(residency, length, s->is.context.length)))
        return 0;
    return residency->rules.budget == 0 ||
           ar_residency_bytes(residency) + bytes_lacking(residency, s, ar_timeline_bytes(s)) <= residency->rules.budget;
}

/* ---- what the app asks for -------------------------------------------------------------------------------------- */

void ar_residency_pin(ar_residency *residency, size_t seat_index, int pinned)
{
    residency->seats[seat_index].is.pinned = pinned;
}

void ar_residency_unload(ar_residency *residency, size_t seat_index)
{
    seat *s = &residency->seats[seat_index];
    ar_seat_sleep(residency, s);
    if (!ar_slot_is_used(residency, s->is.model))
        ar_slot_close(residency, s->is.model);
    ar_residency_publish(residency);
}

static size_t speaker(const ar_residency *residency)
{
    size_t last = residency->seat_count;
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].live &&
            (last == residency->seat_count || residency->seats[i].used > residency->seats[last].used))
            last = i;
    return last;
}

void ar_residency_relieve(ar_residency *residency, int pressure)
{
    int64_t written = 0;
    int critical = pressure >= ARNY_PRESSURE_CRITICAL;
    size_t last = speaker(residency),
           its_model = last < residency->seat_count ? residency->seats[last].is.model : residency->slot_count;
    for (size_t i = 0; i < residency->seat_count; i++)
        if (i != last && (critical || !residency->seats[i].is.pinned))
            ar_seat_sleep(residency, &residency->seats[i]);
    for (size_t i = 0; i < residency->slot_count; i++) {
        if (i == its_model || (!critical && ar_slot_is_pinned(residency, i)))
            continue;
        ar_slot_park(&residency->slots[i]);
        if (critical && !ar_slot_is_used(residency, i))
            ar_slot_close(residency, i);
    }
    if (critical) {
        while (ar_residency_write_one(&written, residency, 0) > 0) {}
        while (residency->snapshots.first)
            ar_snapshots_drop(&residency->snapshots, residency->snapshots.first);
    }
    ar_residency_publish(residency);
}

int ar_residency_sleep(ar_residency *residency)
{
    int64_t written = 0;
    int status;
    for (size_t i = 0; i < residency->seat_count; i++)
        ar_seat_sleep(residency, &residency->seats[i]);
    for (size_t i = 0; i < residency->slot_count; i++)
        ar_slot_park(&residency->slots[i]);
    while ((status = ar_residency_write_one(&written, residency, 0)) > 0) {}
    for (ar_kept *kept = residency->snapshots.first, *next; kept;
         kept = next) { /* what is on the disk may grow there meanwhile */
        next = kept->next;
        if (kept->owner.keep == AR_KEEP_DISK && !kept->dirty)
            ar_snapshots_drop(&residency->snapshots, kept);
    }
    ar_residency_keep_in(residency, NULL);
    ar_residency_publish(residency);
    return status;
}

/* ---- what owners keep ------------------------------------------------------------------------------------------- */

void ar_residency_keep_in(ar_residency *residency, struct ar_kv_folder *folder)
{
    ar_lock(&residency->disk);
    residency->folder = folder;
    ar_unlock(&residency->disk);
}

void ar_residency_leave(ar_residency *residency, const ar_owner *owner)
{
    for (size_t i = 0; i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        if (!s->live || s->owner.id != owner->id)
            continue;
        if (owner->keep == AR_KEEP_DISK && residency->folder)
            keep(residency, s);
        ar_timeline_clear(s->live);
        s->owner = nobody;
    }
    if (owner->keep != AR_KEEP_DISK || !residency->folder)
        ar_snapshots_drop_owner(&residency->snapshots, owner->id);
    ar_residency_publish(residency);
}

void ar_residency_forget_in_memory(ar_residency *residency, const ar_owner *owner)
{
    ar_snapshots_drop_owner(&residency->snapshots, owner->id);
    ar_residency_publish(residency);
}

int ar_residency_forget(ar_residency *residency, const ar_owner *owner)
{
    ar_lock(&residency->disk);
    for (size_t i = 0; i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        if (s->live && s->owner.id == owner->id) {
            ar_timeline_free(s->live);
            s->live = NULL;
            s->owner = nobody;
        }
    }
    int status = residency->folder ? ar_kv_folder_forget(residency->folder, owner) : ARNY_OK;
    ar_snapshots_drop_owner(&residency->snapshots, owner->id);
    ar_unlock(&residency->disk);
    ar_residency_publish(residency);
    return status;
}

int ar_residency_copy_one(ar_residency *residency)
{
    for (size_t i = 0; residency->folder && i < residency->seat_count; i++) {
        seat *s = &residency->seats[i];
        if (!s->live || s->owner.keep != AR_KEEP_DISK || s->live->tokens.len <= s->saved)
            continue;
        s->saved = s->live->tokens.len;
        keep_for(residency, s, &s->owner);
        return 1;
    }
    return 0;
}

void ar_residency_drop_copies(ar_residency *residency)
{
    for (ar_kept *kept = residency->snapshots.first, *next; kept; kept = next) {
        const seat *s = &residency->seats[kept->seat];
        next = kept->next;
        if (!kept->dirty && s->live && kept->owner.id && s->owner.id == kept->owner.id)
            ar_snapshots_drop(&residency->snapshots, kept);
    }
    ar_residency_publish(residency);
}

static int write_kept(int64_t *bytes, ar_residency *residency, const ar_kept *kept)
{
    const seat *s = &residency->seats[kept->seat];
    ar_kv_maker made = maker(residency, s, kept->model, kept->adapter);
    int status = ar_kv_folder_write(bytes, residency->folder, &kept->is, &kept->owner, &made);
    if (status)
        ar_log(ARNY_LOG_WARN, "%s: its KV could not be written: %s", s->is.name, arny_last_error());
    return status ? status : 1;
}

int ar_residency_write_one(int64_t *bytes, ar_residency *residency, uint64_t owner)
{
    int status = 0;
    ar_lock(&residency->disk); /* so that what is forgotten now is not written again */
    ar_kept *kept = residency->folder ? ar_snapshots_hold_dirty(&residency->snapshots, owner) : NULL;
    if (kept)
        status = write_kept(bytes, residency, kept);
    ar_unlock(&residency->disk);
    ar_snapshots_let_go(kept);
    return status;
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
    if (!status && (status = ar_mutex_init(&residency->disk)))
        ar_mutex_free(&residency->mutex);
    if (!status && (status = ar_snapshots_init(&residency->snapshots))) {
        ar_mutex_free(&residency->disk);
        ar_mutex_free(&residency->mutex);
    }
    if (status) {
        ar_free(residency);
        return status;
    }
    residency->rules = *rules;
    residency->slots = ar_calloc(model_count, sizeof *residency->slots);
    residency->seats = ar_calloc(seat_count, sizeof *residency->seats);
    residency->report = ar_calloc(seat_count, sizeof *residency->report);
    if (!residency->slots || !residency->seats || !residency->report) {
        ar_residency_free(residency);
        return ARNY_E_MEMORY;
    }
    residency->seat_count = seat_count;
    for (size_t i = 0; i < seat_count; i++)
        residency->seats[i].is = seats[i];
    residency->slot_count = model_count;
    for (size_t i = 0; i < model_count; i++)
        residency->slots[i].is = models[i];
    ar_residency_publish(residency);
    *out = residency;
    return ARNY_OK;
}

void ar_residency_free(ar_residency *residency)
{
    if (!residency)
        return;
    for (size_t i = 0; residency->slots && i < residency->slot_count; i++)
        shut_slot(residency, i);
    ar_snapshots_free(&residency->snapshots);
    ar_mutex_free(&residency->disk);
    ar_mutex_free(&residency->mutex);
    ar_free(residency->slots);
    ar_free(residency->seats);
    ar_free(residency->report);
    ar_free(residency);
}
