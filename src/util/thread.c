#include "util/thread.h"

#include "util/status.h"
#include <errno.h>
#include <time.h>

#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L

int ar_mutex_init(ar_mutex *mutex)
{
    return pthread_mutex_init(mutex, NULL) == 0 ? 0 : ar_no_memory();
}

void ar_mutex_free(ar_mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

void ar_lock(ar_mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

void ar_unlock(ar_mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

int ar_cond_init(ar_cond *cond)
{
    pthread_condattr_t attributes;
    int error;

    if (pthread_condattr_init(&attributes) != 0)
        return ar_no_memory();
#ifndef __APPLE__ /* which has no setclock; ar_cond_wait_ms waits for a span there */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    error = pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return error == 0 ? 0 : ar_no_memory();
}

void ar_cond_free(ar_cond *cond)
{
    pthread_cond_destroy(cond);
}

void ar_cond_wait(ar_cond *cond, ar_mutex *mutex)
{
    pthread_cond_wait(cond, mutex);
}

int ar_cond_wait_ms(ar_cond *cond, ar_mutex *mutex, int ms)
{
    struct timespec until;

    if (ms < 0)
        ms = 0;
#ifdef __APPLE__
    until.tv_sec = ms / 1000;
    until.tv_nsec = ms % 1000 * NS_PER_MS;
    return pthread_cond_timedwait_relative_np(cond, mutex, &until) == ETIMEDOUT;
#else
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * NS_PER_MS;
    if (until.tv_nsec >= NS_PER_S) {
        until.tv_sec++;
        until.tv_nsec -= NS_PER_S;
    }
    return pthread_cond_timedwait(cond, mutex, &until) == ETIMEDOUT;
#endif
}

void ar_cond_wake_all(ar_cond *cond)
{
    pthread_cond_broadcast(cond);
}

int ar_thread_start(ar_thread *out, void *(*run)(void *), void *data)
{
    if (pthread_create(out, NULL, run, data) != 0)
        return ar_fail(ARNY_E_MEMORY, "the system gave no thread; its limit of threads or of memory is reached");
    return 0;
}

void ar_thread_join(ar_thread thread)
{
    pthread_join(thread, NULL);
}

int ar_queue_lock_init(ar_queue_lock *lock)
{
    int status;

    lock->next = lock->serving = 0;
    status = ar_mutex_init(&lock->mutex);
    if (status != 0)
        return status;
    status = ar_cond_init(&lock->cond);
    if (status != 0)
        ar_mutex_free(&lock->mutex);
    return status;
}

void ar_queue_lock_free(ar_queue_lock *lock)
{
    ar_cond_free(&lock->cond);
    ar_mutex_free(&lock->mutex);
}

void ar_queue_lock_enter(ar_queue_lock *lock)
{
    unsigned long ticket;

    ar_lock(&lock->mutex);
    ticket = lock->next++;
    while (lock->serving != ticket)
        ar_cond_wait(&lock->cond, &lock->mutex);
    ar_unlock(&lock->mutex);
}

void ar_queue_lock_leave(ar_queue_lock *lock)
{
    ar_lock(&lock->mutex);
    lock->serving++;
    ar_cond_wake_all(&lock->cond);
    ar_unlock(&lock->mutex);
}
