/* util/thread.h - POSIX threads under short names. Failures of mutexes are the program's bugs and are ignored. */
#ifndef AR_UTIL_THREAD_H
#define AR_UTIL_THREAD_H

#include <pthread.h>
#include <stdatomic.h>

typedef pthread_mutex_t ar_mutex;
typedef pthread_cond_t ar_cond;
typedef pthread_t ar_thread;

int ar_mutex_init(ar_mutex *mutex);
void ar_mutex_free(ar_mutex *mutex);
void ar_lock(ar_mutex *mutex);
void ar_unlock(ar_mutex *mutex);

int ar_cond_init(ar_cond *cond); /* waits on the monotonic clock */
void ar_cond_free(ar_cond *cond);
void ar_cond_wait(ar_cond *cond, ar_mutex *mutex);
/* 0 when woken, 1 when `ms` milliseconds passed first. */
int ar_cond_wait_ms(ar_cond *cond, ar_mutex *mutex, int ms);
void ar_cond_wake_all(ar_cond *cond);

int ar_thread_start(ar_thread *out, void *(*run)(void *), void *data);
void ar_thread_join(ar_thread thread);

/* Calls it on a thread that nobody waits for; on this one where the system gives none. */
void ar_thread_apart(void *(*run)(void *), void *data);

typedef struct ar_queue_place {
    struct ar_queue_place *next;
} ar_queue_place;

/* A lock that is given in the order in which it was asked for. */
typedef struct ar_queue_lock {
    ar_mutex mutex;
    ar_cond cond;
    ar_queue_place *first, **last; /* those who wait */
    int held;
} ar_queue_lock;

int ar_queue_lock_init(ar_queue_lock *lock);
void ar_queue_lock_free(ar_queue_lock *lock);
void ar_queue_lock_enter(ar_queue_lock *lock);
void ar_queue_lock_leave(ar_queue_lock *lock);
int ar_queue_lock_try(ar_queue_lock *lock);       /* 1: it is ours; 0: somebody has it or waits for it */
int ar_queue_lock_is_wanted(ar_queue_lock *lock); /* 1: somebody waits for it */

/* enter in two steps: the place in the queue is taken on one thread, and waited at on another, say. The place must live
 * until wait or quit has returned. wait gives 0 with the lock, or 1 without it (and the place is gone) soon after
 * `tired` began to say non-zero; it is asked again and again, and may be NULL. */
void ar_queue_lock_join(ar_queue_lock *lock, ar_queue_place *place);
int ar_queue_lock_wait(ar_queue_lock *lock, ar_queue_place *place, int (*tired)(void *data), void *data);
void ar_queue_lock_quit(ar_queue_lock *lock, ar_queue_place *place);

#endif
