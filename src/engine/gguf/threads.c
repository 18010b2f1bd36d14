/* engine/gguf/threads.c - see threads.h. */
#include "engine/gguf/threads.h"
#include "util/clock.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOW          1.6  /* a step this much above the best one is slow */
#define SLOW_IN_A_ROW 2    /* so many of them begin a trial of fewer threads */
#define FORGET        1.01 /* what the best one grows by with each step: a longer context is slower */
#define MEMORY        0.2  /* weight of the newest step in the mean */
#define TRIAL_STEPS   3
#define FASTER        0.9 /* a level must be this much faster on the mean to be kept */
#define TRY_FIRST     8   /* steps until another level is tried */
#define TRY_LAST      512 /* the longest wait, after trials that did not pay */

/* After a computation the workers spin for this share of ggml's scale before they sleep: about 3 ms, which spans the
 * gap between two tokens. ggml's own default of 50 would spin on for 130 ms, against whichever context computes
 * next. */
#define POLL    1
#define SPIN_MS 5 /* longer than that they never spin */

static int online_processors(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int)count;
}

/* 1 when the processors are the two threads of shared cores. */
static int hyperthreads(void)
{
    FILE *file = fopen("/sys/devices/system/cpu/smt/active", "re");
    int active = file ? fgetc(file) == '1' : 0;
    if (file)
        fclose(file);
    return active;
}

static int cores(void)
{
    int count = online_processors();
    if (count >= 4 && hyperthreads())
        count /= 2; /* the second thread of a core adds nothing to a loop that is bound by memory */
    return count > GGML_MAX_N_THREADS ? GGML_MAX_N_THREADS : count;
}

/* When a computation of this process ended last, and with how many workers: they may be spinning still. */
static _Atomic double last_end_ms;
static atomic_int last_workers;

/* How many cores nobody else wants at this moment. "0.20 0.18 0.12 3/80 11206" in /proc/loadavg says that 3 threads want
 * one, and this one and its workers are among them. */
static int free_cores(int all)
{
    char line[128], *at = line;
    FILE *file = fopen("/proc/loadavg", "re");
    if (!file || !fgets(line, sizeof line, file))
        line[0] = 0;
    if (file)
        fclose(file);
    for (int field = 0; field < 3 && at; field++)
        at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
    long running = at ? strtol(at, NULL, 10) : 0;
    long ours = 1 + (ar_now_ms() - atomic_load(&last_end_ms) < SPIN_MS ? atomic_load(&last_workers) : 0);
    long others = running > ours ? running - ours : 0;
    return others < all ? all - (int)others : 0;
}

/* The highest level whose threads all find a core. */
static int fitting_level(const ar_threads *threads)
{
    int level = threads->level_count - 1, available = free_cores(threads->count[level]);
    while (level > 0 && threads->count[level] > available)
        level--;
    return level;
}

void ar_threads_init(ar_threads *threads, int wanted)
{
    memset(threads, 0, sizeof *threads);
    if (wanted > 0) {
        threads->count[threads->level_count++] = wanted;
        return;
    }
    int all = cores();
    threads->automatic = all > 1;
    int ladder[AR_THREAD_LEVELS], steps = 0;
    for (int n = all; n >= 1 && steps<AR_THREAD_LEVELS; n = n> 4 ? n / 2 : n - 1)
        ladder[steps++] = n;
    while (steps > 0)
        threads->count[threads->level_count++] = ladder[--steps];
    threads->level = fitting_level(threads);
    threads->up_wait = threads->until_up = TRY_FIRST;
    threads->down_wait = threads->until_down = TRY_FIRST;
}

void ar_threads_free(ar_threads *threads)
{
    if (threads->pool)
        ggml_threadpool_free(threads->pool);
    threads->pool = NULL;
}

int ar_threads_now(const ar_threads *threads)
{
    return threads->count[threads->level];
}

void ar_threads_enter(ar_threads *threads, struct llama_context *context, int prefill)
{
    int level = prefill && threads->automatic ? fitting_level(threads) : threads->level;
    int now = threads->running = threads->count[level];
    if (now > 1 && !threads->pool) {
        struct ggml_threadpool_params params = ggml_threadpool_params_default(threads->count[threads->level_count - 1]);
        params.poll = POLL;
        threads->pool = ggml_threadpool_new(&params);
    }
    ggml_threadpool_t use = now > 1 ? threads->pool : NULL; /* one thread needs no pool */
    llama_set_n_threads(context, now, now);
    llama_attach_threadpool(context, use, use);
}

static void begin_trial(ar_threads *threads, int level)
{
    threads->trial_from = threads->level;
    threads->level = level;
    threads->trial = TRIAL_STEPS;
    threads->trial_ms = 0;
    threads->slow = 0;
}

/* Keeps the level that was tried, or goes back to the one before and waits longer until it is tried again. */
static void end_trial(ar_threads *threads)
{
    int tried = threads->level, from = threads->trial_from;
    int *wait = tried > from ? &threads->up_wait : &threads->down_wait;
    threads->trial = 0;
    threads->mean_ms[tried] = threads->trial_ms;
    if (threads->trial_ms < FASTER * threads->mean_ms[from]) {
        threads->up_wait = threads->down_wait = TRY_FIRST;
    } else {
        threads->level = from;
        *wait = 2 * *wait > TRY_LAST ? TRY_LAST : 2 * *wait;
    }
    threads->until_up = threads->up_wait;
    threads->until_down = threads->down_wait;
}

static void measure(ar_threads *threads, double ms)
{
    int level = threads->level;
    double *mean = &threads->mean_ms[level], *best = &threads->best_ms[level];
    if (threads->trial > 0) {
        threads->trial_ms += ms / TRIAL_STEPS;
        if (--threads->trial == 0 || threads->trial_ms > threads->mean_ms[threads->trial_from])
            end_trial(threads); /* a level that has lost already is not tried to the end */
        return;
    }
    *mean = *mean > 0 ? *mean + MEMORY * (ms - *mean) : ms;
    *best = *best > 0 && *best * FORGET < ms ? *best * FORGET : ms;
    threads->slow = ms > SLOW * *best ? threads->slow + 1 : 0;

    if (level > 0 && (threads->slow >= SLOW_IN_A_ROW || --threads->until_down <= 0))
        begin_trial(threads, level - 1);
    else if (level + 1 < threads->level_count && --threads->until_up <= 0) {
        if (fitting_level(threads) > level)
            begin_trial(threads, level + 1);
        else
            threads->until_up =
                TRY_FIRST; /* somebody else computes: asking costs microseconds, trying would cost more */
    }
}

void ar_threads_leave(ar_threads *threads, int prefill, double ms)
{
    atomic_store(&last_end_ms, ar_now_ms());
    atomic_store(&last_workers, threads->running - 1);
    if (threads->automatic && !prefill)
        measure(threads, ms);
}
