/* util/pressure.h - the system's signs that memory is short, on Linux: pressure stall information and the cgroup's limit. */
#ifndef AR_UTIL_PRESSURE_H
#define AR_UTIL_PRESSURE_H

/* Enum arny_pressure. `root` stands before "/proc" and "/sys": "" outside tests. Systems that do not tell give NONE.
 *     LOW       somebody waited for memory more than 10 % of the last ten seconds; or a cgroup is nine tenths full
 *     CRITICAL  everybody waited more than 5 % of them; or 97 % */
int ar_pressure_now(const char *root);

#endif
