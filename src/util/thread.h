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

/* A lock that is given in the order in which it was asked for. */
typedef struct ar_queue_lock {
    ar_mutex mutex;
    ar_cond cond;
    unsigned long next, serving;
} ar_queue_lock;

int ar_queue_lock_init(ar_queue_lock *lock);
void ar_queue_lock_free(ar_queue_lock *lock);
void ar_queue_lock_enter(ar_queue_lock *lock);
void ar_queue_lock_leave(ar_queue_lock *lock);

#endif
