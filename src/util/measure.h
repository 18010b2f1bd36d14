/* util/measure.h - the one place that asks the system about memory. Zero where it does not tell. */
#ifndef AR_UTIL_MEASURE_H
#define AR_UTIL_MEASURE_H

#include <stdint.h>

typedef struct ar_usage {
    int64_t rss;  /* resident bytes of this process */
    int64_t anon; /* of which no file backs */
    int64_t peak; /* the most that was resident */
} ar_usage;

void ar_measure(ar_usage *out);

/* Bytes that this process may still take before the system has to swap or kill: what is available, and what the cgroup
 * (v2, v1) leaves. INT64_MAX where the system does not tell. */
int64_t ar_available(void);

#endif
