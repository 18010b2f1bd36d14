#include "util/fault.h"

#ifdef ARNY_FAULTS

#include <stdatomic.h>

static struct {
    atomic_long count, nth;
    atomic_int always;
} faults[AR_FAULT_KINDS];

int ar_fault(enum ar_fault kind)
{
    long count = atomic_fetch_add(&faults[kind].count, 1) + 1;
    long nth = atomic_load(&faults[kind].nth);

    if (nth == 0)
        return 0;
    return count == nth || (count > nth && atomic_load(&faults[kind].always));
}

void ar_fault_arm(enum ar_fault kind, long nth, int always)
{
    atomic_store(&faults[kind].nth, 0); /* nothing fails while the rest is set */
    atomic_store(&faults[kind].count, 0);
    atomic_store(&faults[kind].always, always);
    atomic_store(&faults[kind].nth, nth);
}

long ar_fault_count(enum ar_fault kind)
{
    return atomic_load(&faults[kind].count);
}

#else

/* ISO C wants something in every file. */
typedef int ar_fault_is_compiled_out;

#endif
