/*
 * engine/gguf/threads.h - how many threads compute, and on which pool.
 *
 * ggml's threads meet at a spinning barrier after every operation. When another process takes one of their cores, all of
 * them wait for it: two threads become ten times slower than one. So with `threads: auto` the number follows the load:
 * a prefill takes what the machine has free at that moment; decoding goes down a level when its steps become slow, and
 * tries the levels beside it now and then. With a fixed number nothing is measured and nothing changes.
 */
#ifndef AR_ENGINE_GGUF_THREADS_H
#define AR_ENGINE_GGUF_THREADS_H

#include <llama.h>

#define AR_THREAD_LEVELS 8

typedef struct ar_threads {
    int automatic;
    int level, level_count;
    int running;                      /* threads of the present computation */
    int count[AR_THREAD_LEVELS];      /* threads of each level, ascending */
    double mean_ms[AR_THREAD_LEVELS]; /* a step at that level, on the mean of the last ones; 0: not known */
    double best_ms[AR_THREAD_LEVELS]; /* and at its best */
    int slow;                         /* slow steps in a row */
    int trial;                        /* steps left of a trial of another level; 0: none */
    int trial_from;
    double trial_ms;
    int until_up, until_down; /* steps until the next level in that direction is tried */
    int up_wait, down_wait;   /* what they begin from: grows while trying does not pay */
    ggml_threadpool_t pool;   /* made at the first computation that needs one */
} ar_threads;

void ar_threads_init(ar_threads *threads, int wanted);
void ar_threads_free(ar_threads *threads);

/* Around every computation. prefill: many tokens, whose time says nothing of a step's. */
void ar_threads_enter(ar_threads *threads, struct llama_context *context, int prefill);
void ar_threads_leave(ar_threads *threads, int prefill, double ms);

int ar_threads_now(const ar_threads *threads); /* threads of the next computation */

#endif
