#include "util/thread.h"

#include "util/status.h"
#include <errno.h>
#include <time.h>

#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L
#define TIRED_MS  10 /* how often one who waits in a queue is asked whether it is tired of it */

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

void ar_thread_apart(void *(*run)(void *), void *data)
{
    ar_thread thread;
    if (ar_thread_start(&thread, run, data) == 0)
        (void)pthread_detach(thread);
    else
        run(data);
}

void ar_thread_join(ar_thread thread)
{
    pthread_join(thread, NULL);
}

int ar_queue_lock_init(ar_queue_lock *lock)
{
    int status;

    lock->first = NULL;
    lock->last = &lock->first;
    lock->held = 0;
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

void ar_queue_lock_join(ar_queue_lock *lock, ar_queue_place *place)
{
    place->next = NULL;
    ar_lock(&lock->mutex);
    *lock->last = place;
    lock->last = &place->next;
    ar_unlock(&lock->mutex);
}

/* The mutex is held. Others look whether they are the first now. */
static void take_out(ar_queue_lock *lock, ar_queue_place *place)
{
    ar_queue_place **at = &lock->first;

    while (*at != place)
        at = &(*at)->next;
    *at = place->next;
    if (lock->last == &place->next)
        lock->last = at;
    ar_cond_wake_all(&lock->cond);
}

int ar_queue_lock_wait(ar_queue_lock *lock, ar_queue_place *place, int (*tired)(void *data), void *data)
{
    int leaves = 0;

    ar_lock(&lock->mutex);
    while (!(leaves = tired != NULL && tired(data)) && (lock->held || lock->first != place)) {
        if (tired != NULL)
            ar_cond_wait_ms(&lock->cond, &lock->mutex, TIRED_MS);
        else
            ar_cond_wait(&lock->cond, &lock->mutex);
    }
    take_out(lock, place);
    if (!leaves)
        lock->held = 1;
    ar_unlock(&lock->mutex);
    return leaves;
}

void ar_queue_lock_quit(ar_queue_lock *lock, ar_queue_place *place)
{
    ar_lock(&lock->mutex);
    take_out(lock, place);
    ar_unlock(&lock->mutex);
}

void ar_queue_lock_enter(ar_queue_lock *lock)
{
    ar_queue_place place;

    ar_queue_lock_join(lock, &place);
    ar_queue_lock_wait(lock, &place, NULL, NULL);
}

void ar_queue_lock_leave(ar_queue_lock *lock)
{
    ar_lock(&lock->mutex);
    lock->held = 0;
    ar_cond_wake_all(&lock->cond);
    ar_unlock(&lock->mutex);
}

int ar_queue_lock_try(ar_queue_lock *lock)
{
    int ours;

    ar_lock(&lock->mutex);
    ours = !lock->held && lock->first == NULL;
    if (ours)
        lock->held = 1;
    ar_unlock(&lock->mutex);
    return ours;
}

int ar_queue_lock_is_wanted(ar_queue_lock *lock)
{
    int wanted;

    ar_lock(&lock->mutex);
    wanted = lock->first != NULL;
    ar_unlock(&lock->mutex);
    return wanted;
}
