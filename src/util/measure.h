/*
 * util/measure.h - the one place that asks the system about memory. measure_linux.c is for Linux and Android, measure_apple.c for
 * Apple systems; what a system does not tell is 0 in numbers of bytes, unless said otherwise.
 *
 * `root` stands before "/proc" and "/sys": "" outside tests.
 */
#ifndef AR_UTIL_MEASURE_H
#define AR_UTIL_MEASURE_H

#include <stdint.h>

typedef struct ar_usage {
    int64_t rss;  /* resident bytes of this process */
    int64_t anon; /* of which no file backs */
    int64_t file; /* of which a file backs: the system takes them when it wants */
    int64_t peak; /* the most that was resident */
} ar_usage;

void ar_measure(ar_usage *out);

/* Bytes of the file's mappings in this process that are resident; -1 where the system does not tell. Some milliseconds. */
int64_t ar_measure_file(const char *path);

/* Bytes that this process may still take before the system has to swap or kill: what is available, and what the cgroups
 * (v2, v1) that it is in leave. INT64_MAX where the system does not tell. */
int64_t ar_available(const char *root);

/* Enum arny_pressure, by the system's signs that memory is short: pressure stall information and the cgroups' limits. Systems that do
 * not tell give NONE: Android and Apple systems call the app, which calls arny_team_pressure.
 *     LOW       somebody waited for memory more than 10 % of the last ten seconds; or a cgroup is nine tenths full
 *     CRITICAL  everybody waited more than 5 % of them; or 97 % */
int ar_pressure_now(const char *root);

#endif
