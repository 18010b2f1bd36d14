/*
 * memory/evict.c - what goes when memory is needed.
 *
 * GreedyDual-Size (Cao and Irani, "Cost-Aware WWW Proxy Caching Algorithms", 1997): each thing is worth
 *
 *     age + (milliseconds to bring it back) / (megabytes that it frees)
 *
 * at the time of its last use; the one that is worth least goes, and `age` becomes its worth. So what is cheap to bring back
 * per byte goes first, and what was dear goes too when it was idle while much else came and went.
 *
 * The prices are what was measured for SmolLM2-135M on two cores, by size; their order is what matters, and it is the same on
 * any machine: pages < a timeline with its snapshot < a snapshot on disk < a vocabulary < tokens that must be prefilled.
 */
#include "engine/registry.h"
#include "memory/residency_private.h"
#include "util/status.h"

#define PAGES_MS      0.1   /* a MB from the page cache */
#define CONTEXT_MS    0.5   /* a MB of KV and scratch: allocated, cleared, and the snapshot copied into it */
#define OPEN_MS       1.0   /* a MB of a model that cannot be parked: all of it is read, or rearranged, anew */
#define VOCABULARY_MS 8.0   /* a MB: an open of SmolLM2 takes 95 ms for 17 MB of it, of Gemma 570 ms for 45 MB */
#define PREFILL_MS    0.025 /* a token and MB of weights */
#define DISK_MS       2.0   /* a MB that is read, checked and maybe decrypted */

static double mb(int64_t bytes)
{
    return bytes > 0 ? (double)bytes / (1 << 20) : 1e-6;
}

static double prefill_ms(const ar_residency *residency, const seat *s, size_t tokens)
{
    return PREFILL_MS * (double)tokens * mb(residency->slots[s->is.model].weights);
}

double ar_evict_snapshot_worth(const ar_residency *residency, const seat *s, const ar_timeline *timeline)
{
    if (s->owner.keep == AR_KEEP_DISK && residency->folder)
        return residency->age + DISK_MS;
    return residency->age + prefill_ms(residency, s, timeline->tokens.len) / mb(ar_snapshots_need(timeline));
}

void ar_evict_touch(ar_residency *residency, seat *s)
{
    slot *model = &residency->slots[s->is.model];
    model->pages = residency->age + PAGES_MS;
    model->itself = residency->age + (model->left < model->weights ? VOCABULARY_MS : OPEN_MS);
    model->used = s->used;
    s->worth = residency->age + CONTEXT_MS;
    if (s->live && !ar_seat_is_kept(residency, s))
        s->worth += prefill_ms(residency, s, s->live->tokens.len) / mb(ar_timeline_bytes(s));
}

/* ---- the cheapest ----------------------------------------------------------------------------------------------- */

enum { NOTHING = 0, PAGES = 1, TIMELINE = 2, MODEL = 4, SNAPSHOT = 8, ANYTHING = 15 };

typedef struct victim {
    int kind;
    size_t index; /* of a slot or a seat */
    ar_kept *kept;
    double worth;
    unsigned long used;
} victim;

/* Of two that are worth the same, the one that was used longer ago. */
static void consider(victim *best, int kinds, victim other)
{
    if ((other.kind & kinds) == 0)
        return;
    if (best->kind == NOTHING || other.worth < best->worth || (other.worth <= best->worth && other.used < best->used))
        *best = other;
}

static void consider_model(victim *best, int kinds, const ar_residency *residency, size_t i)
{
    const slot *model = &residency->slots[i];
    int is_served = residency->served && residency->served->is.model == i;
    if (!model->open || is_served || ar_slot_is_pinned(residency, i))
        return;
    if (!model->parked && model->left < model->weights)
        consider(best, kinds, (victim){PAGES, i, NULL, model->pages, model->used});
    else if (!ar_slot_is_used(residency, i))
        consider(best, kinds, (victim){MODEL, i, NULL, model->itself, model->used});
}

static victim cheapest(const ar_residency *residency, int kinds)
{
    victim best = {.kind = NOTHING}, own = {.kind = NOTHING};
    for (size_t i = 0; i < residency->slot_count; i++)
        consider_model(&best, kinds, residency, i);
    for (size_t i = 0; i < residency->seat_count; i++) {
        const seat *s = &residency->seats[i];
        if (s->live && s != residency->served && !s->is.pinned)
            consider(&best, kinds, (victim){TIMELINE, i, NULL, s->worth, s->used});
    }
    for (ar_kept *kept = residency->snapshots.first; kept; kept = kept->next) {
        int is_own = &residency->seats[kept->seat] == residency->served && kept->owner.id == residency->served_to->id;
        consider(is_own ? &own : &best, kinds, (victim){SNAPSHOT, kept->seat, kept, kept->worth, kept->used});
    }
    return best.kind == NOTHING && (kinds & TIMELINE) ? own : best; /* it is about to be restored, and goes last */
}

static int take(ar_residency *residency, const victim *v)
{
    int64_t written = 0;
    if (v->worth > residency->age)
        residency->age = v->worth;
    switch (v->kind) {
    case PAGES: ar_slot_park(&residency->slots[v->index]); break;
    case TIMELINE: ar_seat_sleep(residency, &residency->seats[v->index]); break;
    case MODEL: ar_slot_close(residency, v->index); break;
    default:
        while (v->kept->dirty && ar_residency_write_one(&written, residency, v->kept->owner.id) > 0) {}
        ar_snapshots_drop(&residency->snapshots, v->kept);
    }
    return 1;
}

int ar_evict_one(ar_residency *residency)
{
    victim v = cheapest(residency, ANYTHING);
    return v.kind != NOTHING && take(residency, &v);
}

int ar_evict_one_below(ar_residency *residency, double worth)
{
    victim v = cheapest(residency, PAGES | SNAPSHOT);
    return v.kind != NOTHING && v.worth <= worth && take(residency, &v);
}

/* ---- room ------------------------------------------------------------------------------------------------------- */

/* What nobody can be asked for. */
static int64_t bytes_that_stay(const ar_residency *residency)
{
    const seat *for_whom = residency->served;
    int64_t bytes = residency->rules.own;
    for (size_t i = 0; i < residency->slot_count; i++)
        if (residency->slots[i].open && (i == for_whom->is.model || ar_slot_is_pinned(residency, i)))
            bytes += ar_slot_bytes(&residency->slots[i]);
    for (size_t i = 0; i < residency->seat_count; i++)
        if (residency->seats[i].live && (residency->seats[i].is.pinned || &residency->seats[i] == for_whom))
            bytes += ar_timeline_bytes(&residency->seats[i]);
    return bytes;
}

static long long whole_mb(int64_t bytes)
{
    return (long long)((bytes + (1 << 20) - 1) >> 20);
}

int ar_evict_make_room(ar_residency *residency, int64_t need, int64_t most)
{
    int64_t budget = residency->rules.budget, stays = bytes_that_stay(residency);
    if (budget == 0)
        return ARNY_OK;
    if (stays + most > budget)
        return ar_fail(ARNY_E_BUDGET,
                       "%s needs %lld MB beside the %lld MB that must stay, and the budget is %lld MB: a "
                       "budget of %lld MB would do, or a smaller context",
                       residency->served->is.name, whole_mb(most), whole_mb(stays), whole_mb(budget),
                       whole_mb(stays + most));
    while (ar_residency_bytes(residency) + need > budget) {
        victim v = cheapest(residency, ANYTHING);
        int64_t wanted = ar_timeline_bytes(residency->served);
        if (v.kind == TIMELINE && ar_seat_take_over(residency, &residency->seats[v.index]))
            need -= wanted; /* it has one now */
        else if (v.kind == NOTHING || !take(residency, &v))
            break;
    }
    return ARNY_OK;
}
