/*
 * tests/support/check.h - cmocka with its prerequisites, and two checks that every test of an error wants.
 */
#ifndef TEST_SUPPORT_CHECK_H
#define TEST_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arny/common.h>

/* The call fails with this status. On the wrong one the message shows both, and the last error. */
#define assert_status(call, status) test_assert_status((call), (status), #call, __FILE__, __LINE__)

/* The last error of this thread is exactly / contains this text. */
#define assert_error(text)     assert_string_equal(arny_last_error(), (text))
#define assert_error_has(text) test_assert_error_has((text), __FILE__, __LINE__)

static inline void test_assert_status(int got, int wanted, const char *call, const char *file, int line)
{
    if (got == wanted)
        return;
    print_error("%s\n  gave %s (%d), not %s (%d); last error: %s\n", call, arny_status_name(got), got,
                arny_status_name(wanted), wanted, arny_last_error());
    _fail(file, line);
}

static inline void test_assert_error_has(const char *text, const char *file, int line)
{
    if (strstr(arny_last_error(), text) != NULL)
        return;
    print_error("the last error has no \"%s\": %s\n", text, arny_last_error());
    _fail(file, line);
}

/* Ends the test here, and says what it lacks: where it does run is part of the sentence. */
#define SKIP(why)                            \
    do {                                     \
        print_message("skipped: %s\n", why); \
        skip();                              \
    } while (0)
#define SKIP_NO_FAULTS() SKIP("needs a build with ARNY_FAULTS: ./dev test asan")

/* The same for a whole program: what its main returns. */
static inline int skip_all(const char *why)
{
    printf("skipped: %s\n", why);
    return 77;
}

/* RUN(array of tests): what main returns. */
#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

#endif
