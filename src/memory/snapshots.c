/* memory/snapshots.c - see snapshots.h. */
#include "memory/snapshots.h"
#include "util/mem.h"
#include <string.h>

#define LARGE ((int64_t)1 << 20) /* bytes that are worth giving back to the system at once */

int ar_snapshots_init(ar_snapshots *set)
{
    memset(set, 0, sizeof *set);
    return ar_mutex_init(&set->mutex);
}

void ar_snapshots_free(ar_snapshots *set)
{
    while (set->first)
        ar_snapshots_drop(set, set->first);
    ar_mutex_free(&set->mutex);
}

void ar_snapshots_let_go(ar_kept *kept)
{
    if (!kept || atomic_fetch_sub(&kept->holders, 1) > 1)
        return;
    int64_t bytes = kept->bytes;
    ar_snapshot_drop(&kept->is);
    ar_free(kept);
    if (bytes >= LARGE)
        ar_mem_trim();
}

int64_t ar_snapshots_need(const ar_timeline *timeline)
{
    if (timeline->tokens.len == 0)
        return 0;
    return (int64_t)(timeline->model->engine->state_size(timeline->context) + timeline->tokens.len * sizeof(int32_t) +
                     sizeof(ar_kept));
}

int ar_snapshots_take(ar_snapshots *set, size_t seat, const ar_owner *owner, ar_timeline *timeline, double worth,
                      unsigned long used, uint64_t adapter)
{
    ar_kept *old = ar_snapshots_find(set, seat, owner->id);
    if (old)
        ar_snapshots_drop(set, old);
    if (ar_snapshots_need(timeline) == 0)
        return 0;
    ar_kept *kept = ar_calloc(1, sizeof *kept);
    if (!kept)
        return ARNY_E_MEMORY;
    int status = ar_snapshot_take(&kept->is, timeline);
    if (status || kept->is.bytes == 0) {
        ar_free(kept);
        return status;
    }
    kept->seat = seat;
    kept->owner = *owner;
    kept->model = timeline->model->file;
    kept->adapter = adapter;
    kept->bytes = (int64_t)(kept->is.bytes + kept->is.tokens.len * sizeof(int32_t) + sizeof *kept);
    kept->worth = worth;
    kept->used = used;
    atomic_init(&kept->dirty, owner->keep == AR_KEEP_DISK);
    atomic_init(&kept->holders, 1);
    ar_lock(&set->mutex);
    kept->next = set->first;
    set->first = kept;
    set->bytes += kept->bytes;
    ar_unlock(&set->mutex);
    return 0;
}

ar_kept *ar_snapshots_find(const ar_snapshots *set, size_t seat, uint64_t owner)
{
    for (ar_kept *kept = set->first; kept; kept = kept->next)
        if (kept->seat == seat && kept->owner.id == owner)
            return kept;
    return NULL;
}

void ar_snapshots_drop(ar_snapshots *set, ar_kept *kept)
{
    ar_lock(&set->mutex);
    for (ar_kept **at = &set->first; *at; at = &(*at)->next)
        if (*at == kept) {
            *at = kept->next;
            set->bytes -= kept->bytes;
            break;
        }
    ar_unlock(&set->mutex);
    ar_snapshots_let_go(kept);
}

void ar_snapshots_drop_seat(ar_snapshots *set, size_t seat)
{
    for (ar_kept *kept = set->first, *next; kept; kept = next) {
        next = kept->next;
        if (kept->seat == seat)
            ar_snapshots_drop(set, kept);
    }
}

void ar_snapshots_drop_owner(ar_snapshots *set, uint64_t owner)
{
    for (ar_kept *kept = set->first, *next; kept; kept = next) {
        next = kept->next;
        if (kept->owner.id == owner)
            ar_snapshots_drop(set, kept);
    }
}

int64_t ar_snapshots_bytes_of(const ar_snapshots *set, size_t seat)
{
    int64_t bytes = 0;
    for (const ar_kept *kept = set->first; kept; kept = kept->next)
        bytes += kept->seat == seat ? kept->bytes : 0;
    return bytes;
}

ar_kept *ar_snapshots_hold_dirty(ar_snapshots *set, uint64_t owner)
{
    ar_lock(&set->mutex);
    ar_kept *kept = set->first;
    while (kept && !(kept->dirty && (owner == 0 || kept->owner.id == owner)))
        kept = kept->next;
    if (kept) {
        kept->dirty = 0;
        atomic_fetch_add(&kept->holders, 1);
    }
    ar_unlock(&set->mutex);
    return kept;
}
