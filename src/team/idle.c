/* team/idle.c - see idle.h. */
#include "team/idle.h"
#include "team/team.h"
#include "util/log.h"
#include "util/measure.h"
#include "util/status.h"
#include <string.h>

#define LOOK_MS   1000 /* between two looks at the system's pressure */
#define SETTLE_MS 1000 /* without an answer, until what live timelines hold is copied for the disk */

int ar_idle_init(ar_idle *idle)
{
    memset(idle, 0, sizeof *idle);
    idle->expected = SIZE_MAX;
    int status = ar_mutex_init(&idle->mutex);
    if (!status && (status = ar_cond_init(&idle->cond)))
        ar_mutex_free(&idle->mutex);
    return status;
}

void ar_idle_free(ar_idle *idle)
{
    ar_lock(&idle->mutex);
    idle->stop = 1;
    ar_cond_wake_all(&idle->cond);
    ar_unlock(&idle->mutex);
    if (idle->started)
        ar_thread_join(idle->thread);
    ar_cond_free(&idle->cond);
    ar_mutex_free(&idle->mutex);
}

/* ---- pressure --------------------------------------------------------------------------------------------------- */

void ar_idle_obey_pressure(arny_team *team)
{
    if (atomic_load_explicit(&team->idle.pressure, memory_order_relaxed) != ARNY_PRESSURE_NONE)
        ar_residency_relieve(team->residency, atomic_exchange(&team->idle.pressure, ARNY_PRESSURE_NONE));
}

int arny_team_pressure(arny_team *team, int level)
{
    if (!team || level < ARNY_PRESSURE_NONE || level > ARNY_PRESSURE_CRITICAL)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_pressure needs a team and a level of enum arny_pressure");
    int before = atomic_load(&team->idle.pressure);
    while (level > before && !atomic_compare_exchange_weak(&team->idle.pressure, &before, level)) {}
    if (ar_queue_lock_try(&team->queue)) { /* else whoever answers obeys, at its next token */
        ar_idle_obey_pressure(team);
        ar_queue_lock_leave(&team->queue);
    }
    return ARNY_OK;
}

static void look_at_pressure(arny_team *team)
{
    int level = ar_pressure_now("");
    if (level == ARNY_PRESSURE_NONE)
        return;
    ar_log(ARNY_LOG_INFO, "the system is short of memory (%s)",
           level == ARNY_PRESSURE_CRITICAL ? "critically" : "a little");
    (void)arny_team_pressure(team, level);
}

/* ---- what is expected ------------------------------------------------------------------------------------------- */

static int somebody_waits(void *data)
{
    arny_team *team = data;
    ar_lock(&team->idle.mutex);
    int stop = team->idle.stop;
    ar_unlock(&team->idle.mutex);
    return stop || ar_queue_lock_is_wanted(&team->queue);
}

/* Its model is opened, and its role prompt read: for whoever comes. */
static void prepare_for_nobody(arny_team *team, size_t seat, const arny_engine_cancel *cancel)
{
    ar_timeline *timeline;
    size_t prefilled;
    int from;
    ar_residency_want want = {.seat = seat, .length = 1, .cancel = *cancel};
    if (ar_residency_acquire(&timeline, &from, team->residency, &want) == ARNY_OK && seat < team->config->agent_count)
        (void)ar_team_begin(&prefilled, team, seat, timeline, cancel);
}

static void prepare(arny_team *team, size_t seat)
{
    arny_engine_cancel cancel = {somebody_waits, team};
    if (!ar_queue_lock_try(&team->queue))
        return; /* who was expected to ask is there already */
    if (team->last && seat < team->config->agent_count)
        (void)team->prepare(team->last, seat, &cancel);
    else
        prepare_for_nobody(team, seat, &cancel);
    ar_residency_publish(team->residency);
    ar_queue_lock_leave(&team->queue);
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

/* What waits in memory and is to be on disk. */
static void write_all(arny_team *team)
{
    int64_t written = 0;
    while (ar_residency_write_one(&written, team->residency, 0) > 0) {}
    atomic_fetch_add(&team->idle.written, written);
}

/* What live timelines hold, one after the other, as long as nobody asks anything. */
static void write_live(arny_team *team)
{
    int copied = 1;
    while (copied && ar_queue_lock_try(&team->queue)) {
        copied = ar_residency_copy_one(team->residency);
        ar_queue_lock_leave(&team->queue);
        write_all(team);
        if (ar_queue_lock_try(&team->queue)) {
            ar_residency_drop_copies(team->residency);
            ar_queue_lock_leave(&team->queue);
        }
    }
}

/* Waits for something to do: 1 when that came, 0 after `ms` (0: without end). The mutex is held. */
static int wait_for_work(ar_idle *idle, int ms)
{
    while (!idle->stop && !idle->write && idle->expected == SIZE_MAX) {
        if (ms == 0)
            ar_cond_wait(&idle->cond, &idle->mutex);
        else if (ar_cond_wait_ms(&idle->cond, &idle->mutex, ms))
            return 0;
    }
    return 1;
}

static void work(arny_team *team)
{
    ar_idle *idle = &team->idle;
    int write = idle->write;
    size_t expected = idle->expected;
    idle->write = 0;
    idle->expected = SIZE_MAX;
    ar_unlock(&idle->mutex);
    if (write)
        write_all(team);
    if (expected != SIZE_MAX)
        prepare(team, expected);
    ar_lock(&idle->mutex);
}

static void *run(void *data)
{
    arny_team *team = data;
    ar_idle *idle = &team->idle;
    int unsettled = 0; /* there were answers, and live timelines have not been copied since */
    ar_lock(&idle->mutex);
    while (!idle->stop) {
        if (wait_for_work(idle, unsettled ? SETTLE_MS : idle->watch ? LOOK_MS : 0)) {
            unsettled |= idle->write;
            work(team);
            continue;
        }
        ar_unlock(&idle->mutex);
        if (unsettled)
            write_live(team);
        if (idle->watch)
            look_at_pressure(team);
        unsettled = 0;
        ar_lock(&idle->mutex);
    }
    ar_unlock(&idle->mutex);
    return NULL;
}

/* The mutex is held. */
static int wake(arny_team *team)
{
    ar_idle *idle = &team->idle;
    int status = idle->started ? ARNY_OK : ar_thread_start(&idle->thread, run, team);
    if (status)
        return status;
    idle->started = 1;
    ar_cond_wake_all(&idle->cond);
    return ARNY_OK;
}

void ar_idle_write(arny_team *team)
{
    if (!team->state.is_open)
        return;
    ar_lock(&team->idle.mutex);
    team->idle.write = 1;
    if (wake(team))
        ar_log(ARNY_LOG_WARN, "snapshots are not written: %s", arny_last_error());
    ar_unlock(&team->idle.mutex);
}

int ar_idle_expect(arny_team *team, size_t seat)
{
    ar_lock(&team->idle.mutex);
    team->idle.expected = seat;
    int status = wake(team);
    ar_unlock(&team->idle.mutex);
    return status;
}

int ar_idle_watch(arny_team *team)
{
    ar_lock(&team->idle.mutex);
    team->idle.watch = 1;
    int status = wake(team);
    ar_unlock(&team->idle.mutex);
    return status;
}
