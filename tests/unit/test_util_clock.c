#include "check.h"

#include "util/clock.h"
#include <time.h>

static void the_clock_never_goes_back(void **state)
{
    double before = ar_now_ms();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        double now = ar_now_ms();

        assert_true(now >= before);
        before = now;
    }
}

static void it_counts_milliseconds(void **state)
{
    struct timespec nap = {0, 20 * 1000 * 1000};
    double before = ar_now_ms(), passed;

    (void)state;
    nanosleep(&nap, NULL);
    passed = ar_now_ms() - before;
    assert_true(passed >= 19.9 && passed < 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(it_counts_milliseconds),
    };

    return RUN(tests);
}
