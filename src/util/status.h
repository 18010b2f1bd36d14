/* util/status.h - how a failure is told: a code, and a sentence for this thread. */
#ifndef AR_UTIL_STATUS_H
#define AR_UTIL_STATUS_H

#include <arny/common.h>

#ifdef __GNUC__
#define AR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define AR_PRINTF(fmt, args)
#endif

/* Records the sentence and returns `status`: `return ar_fail(ARNY_E_DATA, "%s: ...", path);` */
int ar_fail(int status, const char *format, ...) AR_PRINTF(2, 3);

/* Puts a context in front of the sentence that stands there, ": " between them, and returns `status`:
 * ar_fail_in(status, "agent %s", name). */
int ar_fail_in(int status, const char *format, ...) AR_PRINTF(2, 3);

/* ar_fail(ARNY_E_MEMORY, ...) with the usual sentence. */
int ar_no_memory(void);

#endif
