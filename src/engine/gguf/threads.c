/* engine/gguf/threads.c - see threads.h. */
#include "engine/gguf/threads.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOW          1.6 /* a step this much above the usual one is slow */
#define SLOW_IN_A_ROW 2   /* so many of them begin a trial of fewer threads */
#define TRIAL_STEPS   2
#define FASTER        0.9 /* a level must be this much faster to be kept */
#define UP_FIRST      16  /* steps until more threads are tried */
#define UP_LAST       256 /* the longest wait, after trials that did not pay */

/* After a computation the workers spin for this share of ggml's scale before they sleep: about 3 ms, which spans the
 * gap between two tokens. ggml's own default of 50 would spin on for 130 ms, against whichever context computes
 * next. */
#define POLL 1

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

/* How many other threads want a processor at this moment: "0.20 0.18 0.12 3/80 11206" says 3, and one of them asks. */
static int others_running(void)
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
    return running > 1 && running < 1000 ? (int)running - 1 : 0;
}

static int cores(void)
{
    int count = online_processors();
    if (count >= 4 && hyperthreads())
        count /= 2; /* the second thread of a core adds nothing to a loop that is bound by memory */
    return count > GGML_MAX_N_THREADS ? GGML_MAX_N_THREADS : count;
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
    threads->level = threads->level_count - 1;
    threads->up_wait = threads->until_up = UP_FIRST;

    int free_cores = all - others_running();
    while (threads->level > 0 && threads->count[threads->level] > free_cores)
        threads->level--;
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

void ar_threads_enter(ar_threads *threads, struct llama_context *context)
{
    int now = ar_threads_now(threads);
    if (now > 1 && !threads->pool) {
        struct ggml_threadpool_params params = ggml_threadpool_params_default(threads->count[threads->level_count - 1]);
        params.poll = POLL;
        threads->pool = ggml_threadpool_new(&params);
    }
    ggml_threadpool_t use = now > 1 ? threads->pool : NULL; /* one thread needs no pool */
    llama_set_n_threads(context, now, now);
    llama_attach_threadpool(context, use, use);
}

static void measure(ar_threads *threads, double ms)
{
    int level = threads->level;
    if (threads->trial > 0) {
        threads->trial_ms += ms / TRIAL_STEPS;
        if (--threads->trial > 0)
            return;
        int from = threads->trial_from;
        threads->usual_ms[level] = threads->trial_ms;
        if (level > from) {
            int pays = threads->trial_ms < FASTER * threads->usual_ms[from];
            threads->up_wait = pays ? UP_FIRST : 2 * threads->up_wait > UP_LAST ? UP_LAST : 2 * threads->up_wait;
            threads->level = pays ? level : from;
        } else if (threads->trial_ms < FASTER * threads->usual_ms[from]) {
            threads->up_wait = UP_FIRST;
        } else {
            threads->level = from;
        }
        threads->until_up = threads->up_wait;
        threads->slow = 0;
        return;
    }

    double usual = threads->usual_ms[level];
    int slow = usual > 0 && ms > SLOW * usual;
    threads->slow = slow ? threads->slow + 1 : 0;
    if (usual == 0)
        threads->usual_ms[level] = ms;
    else if (!slow)
        threads->usual_ms[level] += 0.125 * (ms - usual);

    if (threads->slow >= SLOW_IN_A_ROW) {
        threads->slow = 0;
        threads->usual_ms[level] = ms;
        if (level > 0) {
            threads->trial_from = level;
            threads->level = level - 1;
            threads->trial = TRIAL_STEPS;
            threads->trial_ms = 0;
        }
    } else if (level + 1 < threads->level_count && --threads->until_up <= 0) {
        threads->trial_from = level;
        threads->level = level + 1;
        threads->trial = TRIAL_STEPS;
        threads->trial_ms = 0;
    }
}

void ar_threads_leave(ar_threads *threads, int prefill, double ms)
{
    if (threads->automatic && !prefill)
        measure(threads, ms);
}
