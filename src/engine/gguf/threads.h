/*
 * engine/gguf/threads.h - how many threads compute, and on which pool.
 *
 * ggml's threads meet at a spinning barrier after every operation. When another process takes one of their cores, all
 * of them wait for it: two threads become ten times slower than one. So with `threads: auto` the number follows what is
 * measured: it starts from what the machine has free, goes down a step when steps of decoding become slow, and tries
 * the next higher step now and then. With a fixed number nothing is measured and nothing changes.
 */
#ifndef AR_ENGINE_GGUF_THREADS_H
#define AR_ENGINE_GGUF_THREADS_H

#include <llama.h>

#define AR_THREAD_LEVELS 8

typedef struct ar_threads {
    int automatic;
    int level, level_count;
    int count[AR_THREAD_LEVELS];       /* threads of each level, ascending */
    double usual_ms[AR_THREAD_LEVELS]; /* a step at that level, as last seen; 0: not known */
    int slow;                          /* slow steps in a row */
    int trial;                         /* steps left of a trial of another level; 0: none */
    int trial_from;
    double trial_ms;
    int until_up;           /* steps until the next higher level is tried */
    int up_wait;            /* grows while trying does not pay */
    ggml_threadpool_t pool; /* made at the first computation that needs one */
} ar_threads;

void ar_threads_init(ar_threads *threads, int wanted);
void ar_threads_free(ar_threads *threads);

/* Around every computation. prefill: many tokens, whose time says nothing of a step's. */
void ar_threads_enter(ar_threads *threads, struct llama_context *context);
void ar_threads_leave(ar_threads *threads, int prefill, double ms);

int ar_threads_now(const ar_threads *threads); /* threads of the next computation */

#endif
