#include "check.h"

#include "util/clock.h"
#include "util/thread.h"
#include <time.h>

#define THREADS 4

static void nap(long ms)
{
    struct timespec span = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&span, NULL);
}

struct shared {
    ar_mutex mutex;
    ar_cond cond;
    long count;
    int ready;
};

static void *count_up(void *data)
{
    struct shared *shared = data;

    for (int i = 0; i < 10000; i++) {
        ar_lock(&shared->mutex);
        shared->count++;
        ar_unlock(&shared->mutex);
    }
    return NULL;
}

static void a_mutex_keeps_threads_apart(void **state)
{
    struct shared shared = {.count = 0};
    ar_thread threads[THREADS];

    (void)state;
    assert_status(ar_mutex_init(&shared.mutex), 0);
    for (int i = 0; i < THREADS; i++)
        assert_status(ar_thread_start(&threads[i], count_up, &shared), 0);
    for (int i = 0; i < THREADS; i++)
        ar_thread_join(threads[i]);
    assert_int_equal(shared.count, THREADS * 10000);
    ar_mutex_free(&shared.mutex);
}

static void *wait_until_ready(void *data)
{
    struct shared *shared = data;

    ar_lock(&shared->mutex);
    while (!shared->ready)
        ar_cond_wait(&shared->cond, &shared->mutex);
    shared->count++;
    ar_unlock(&shared->mutex);
    return NULL;
}

static void a_wake_reaches_all_who_wait(void **state)
{
    struct shared shared = {.count = 0};
    ar_thread threads[THREADS];

    (void)state;
    assert_status(ar_mutex_init(&shared.mutex), 0);
    assert_status(ar_cond_init(&shared.cond), 0);
    for (int i = 0; i < THREADS; i++)
        assert_status(ar_thread_start(&threads[i], wait_until_ready, &shared), 0);
    ar_lock(&shared.mutex);
    shared.ready = 1;
    ar_cond_wake_all(&shared.cond);
    ar_unlock(&shared.mutex);
    for (int i = 0; i < THREADS; i++)
        ar_thread_join(threads[i]);
    assert_int_equal(shared.count, THREADS);
    ar_cond_free(&shared.cond);
    ar_mutex_free(&shared.mutex);
}

static void *make_ready(void *data)
{
    struct shared *shared = data;

    ar_lock(&shared->mutex);
    shared->ready = 1;
    ar_cond_wake_all(&shared->cond);
    ar_unlock(&shared->mutex);
    return NULL;
}

static void a_wait_with_a_limit_tells_whether_it_passed(void **state)
{
    struct shared shared = {.ready = 0};
    ar_thread thread;
    double start;
    int passed = 0;

    (void)state;
    assert_status(ar_mutex_init(&shared.mutex), 0);
    assert_status(ar_cond_init(&shared.cond), 0);
    ar_lock(&shared.mutex);
    start = ar_now_ms();
    while (!passed)
        passed = ar_cond_wait_ms(&shared.cond, &shared.mutex, 30);
    assert_true(ar_now_ms() - start >= 29.9);
    assert_int_equal(ar_cond_wait_ms(&shared.cond, &shared.mutex, 0), 1);
    assert_int_equal(ar_cond_wait_ms(&shared.cond, &shared.mutex, -5), 1);

    assert_status(ar_thread_start(&thread, make_ready, &shared), 0);
    for (passed = 0; !shared.ready && !passed;)
        passed = ar_cond_wait_ms(&shared.cond, &shared.mutex, 60999); /* its nanoseconds carry over */
    assert_false(passed);
    ar_unlock(&shared.mutex);
    ar_thread_join(thread);
    ar_cond_free(&shared.cond);
    ar_mutex_free(&shared.mutex);
}

struct line {
    ar_queue_lock lock;
    int order[THREADS], served, inside;
};

struct customer {
    struct line *line;
    int number;
};

static void *queue_up(void *data)
{
    struct customer *customer = data;
    struct line *line = customer->line;

    ar_queue_lock_enter(&line->lock);
    assert_int_equal(line->inside++, 0);
    line->order[line->served++] = customer->number;
    line->inside--;
    ar_queue_lock_leave(&line->lock);
    return NULL;
}

static int waiting(struct line *line)
{
    int count = 0;

    ar_lock(&line->lock.mutex);
    for (ar_queue_place *at = line->lock.first; at != NULL; at = at->next)
        count++;
    ar_unlock(&line->lock.mutex);
    return count;
}

static void a_queue_lock_serves_in_the_order_of_asking(void **state)
{
    struct line line = {.served = 0};
    struct customer customers[THREADS];
    ar_thread threads[THREADS];

    (void)state;
    assert_status(ar_queue_lock_init(&line.lock), 0);
    ar_queue_lock_enter(&line.lock);
    for (int i = 0; i < THREADS; i++) {
        customers[i] = (struct customer){&line, i};
        assert_status(ar_thread_start(&threads[i], queue_up, &customers[i]), 0);
        while (waiting(&line) < i + 1)
            nap(1);
    }
    assert_int_equal(line.served, 0);
    ar_queue_lock_leave(&line.lock);
    for (int i = 0; i < THREADS; i++)
        ar_thread_join(threads[i]);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(line.order[i], i);
    ar_queue_lock_free(&line.lock);
}

static int is_tired(void *data)
{
    return *(int *)data;
}

static void who_is_tired_of_waiting_leaves_the_queue(void **state)
{
    ar_queue_lock lock;
    ar_queue_place first, second, third;
    int tired = 1;

    (void)state;
    assert_status(ar_queue_lock_init(&lock), 0);
    ar_queue_lock_enter(&lock);
    ar_queue_lock_join(&lock, &first);
    ar_queue_lock_join(&lock, &second);
    ar_queue_lock_join(&lock, &third);
    assert_int_equal(ar_queue_lock_wait(&lock, &second, is_tired, &tired), 1);
    ar_queue_lock_quit(&lock, &third);
    ar_queue_lock_leave(&lock);
    tired = 0;
    assert_int_equal(ar_queue_lock_wait(&lock, &first, is_tired, &tired), 0);
    ar_queue_lock_leave(&lock);
    ar_queue_lock_join(&lock, &third);
    assert_int_equal(ar_queue_lock_wait(&lock, &third, NULL, NULL), 0);
    ar_queue_lock_leave(&lock);
    ar_queue_lock_free(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_keeps_threads_apart),
        cmocka_unit_test(a_wake_reaches_all_who_wait),
        cmocka_unit_test(a_wait_with_a_limit_tells_whether_it_passed),
        cmocka_unit_test(a_queue_lock_serves_in_the_order_of_asking),
        cmocka_unit_test(who_is_tired_of_waiting_leaves_the_queue),
    };

    return RUN(tests);
}
