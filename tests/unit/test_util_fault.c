#include "check.h"

#include "util/fault.h"
#include "util/thread.h"

#ifdef ARNY_FAULTS

static void nothing_fails_until_armed(void **state)
{
    (void)state;
    for (int kind = 0; kind < AR_FAULT_KINDS; kind++)
        for (int i = 0; i < 10; i++)
            assert_int_equal(ar_fault(kind), 0);
}

static void the_nth_operation_fails_once(void **state)
{
    (void)state;
    ar_fault_arm(AR_FAULT_READ, 3, 0);
    for (int i = 1; i <= 6; i++)
        assert_int_equal(ar_fault(AR_FAULT_READ), i == 3);
    assert_int_equal(ar_fault_count(AR_FAULT_READ), 6);
    ar_fault_arm(AR_FAULT_READ, 0, 0);
}

static void with_always_all_after_it_fail_too(void **state)
{
    (void)state;
    ar_fault_arm(AR_FAULT_WRITE, 2, 1);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(ar_fault(AR_FAULT_WRITE), i >= 2);
    ar_fault_arm(AR_FAULT_WRITE, 0, 1);
    assert_int_equal(ar_fault(AR_FAULT_WRITE), 0);
}

static void kinds_are_counted_apart_and_arming_starts_anew(void **state)
{
    (void)state;
    ar_fault_arm(AR_FAULT_FSYNC, 1, 0);
    ar_fault_arm(AR_FAULT_RENAME, 0, 0);
    assert_int_equal(ar_fault(AR_FAULT_RENAME), 0);
    assert_int_equal(ar_fault_count(AR_FAULT_FSYNC), 0);
    assert_int_equal(ar_fault(AR_FAULT_FSYNC), 1);
    assert_int_equal(ar_fault_count(AR_FAULT_RENAME), 1);
    ar_fault_arm(AR_FAULT_FSYNC, 0, 0);
    assert_int_equal(ar_fault_count(AR_FAULT_FSYNC), 0);
}

#define THREADS 4
#define ASKED   20000

static void *ask(void *failures)
{
    for (int i = 0; i < ASKED; i++)
        *(int *)failures += ar_fault(AR_FAULT_ALLOC);
    return NULL;
}

static void exactly_one_of_many_threads_fails(void **state)
{
    ar_thread threads[THREADS];
    int failures[THREADS] = {0}, sum = 0;

    (void)state;
    ar_fault_arm(AR_FAULT_ALLOC, THREADS * ASKED / 2, 0);
    for (int i = 0; i < THREADS; i++)
        assert_status(ar_thread_start(&threads[i], ask, &failures[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        ar_thread_join(threads[i]);
        sum += failures[i];
    }
    assert_int_equal(sum, 1);
    assert_int_equal(ar_fault_count(AR_FAULT_ALLOC), THREADS * ASKED);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fails_until_armed),
        cmocka_unit_test(the_nth_operation_fails_once),
        cmocka_unit_test(with_always_all_after_it_fail_too),
        cmocka_unit_test(kinds_are_counted_apart_and_arming_starts_anew),
        cmocka_unit_test(exactly_one_of_many_threads_fails),
    };

    return RUN(tests);
}

#else

int main(void)
{
    return ar_fault(AR_FAULT_ALLOC) == 0 ? skip_all("needs a build with ARNY_FAULTS: ./dev test asan") : 1;
}

#endif
