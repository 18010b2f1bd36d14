/*
 * util/fault.h - where tests make the world fail. Every allocation, read, write, fsync and rename of the library asks
 * ar_fault() first; outside builds with ARNY_FAULTS it is the constant 0.
 */
#ifndef AR_UTIL_FAULT_H
#define AR_UTIL_FAULT_H

enum ar_fault { AR_FAULT_ALLOC, AR_FAULT_READ, AR_FAULT_WRITE, AR_FAULT_FSYNC, AR_FAULT_RENAME, AR_FAULT_KINDS };

#ifdef ARNY_FAULTS
/* 1 when this operation must fail now. [any thread] */
int ar_fault(enum ar_fault kind);
/* The n-th (1, 2, ...) operation of that kind from now on fails, and with `always` all after it; 0 stops that. */
void ar_fault_arm(enum ar_fault kind, long nth, int always);
/* Operations of that kind since it was armed last. */
long ar_fault_count(enum ar_fault kind);
#else
#define ar_fault(kind) 0
#endif

#endif
