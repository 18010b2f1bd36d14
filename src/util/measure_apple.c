/* util/measure_apple.c - see measure.h. Compiled, but never run, by us. */
#include "util/measure.h"

#ifdef __APPLE__

#include <TargetConditionals.h>
#include <arny/team.h>
#include <mach/mach.h>
#include <string.h>
#if TARGET_OS_IPHONE
#include <os/proc.h>
#endif

void ar_measure(ar_usage *out)
{
    task_vm_info_data_t info;
    mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
    memset(out, 0, sizeof *out);
    if (task_info(mach_task_self(), TASK_VM_INFO, (task_info_t)&info, &count) != KERN_SUCCESS)
        return;
    out->rss = (int64_t)info.resident_size;
    out->anon = (int64_t)info.internal;
    out->file = (int64_t)info.external;
    out->peak = (int64_t)info.resident_size_peak;
}

int64_t ar_measure_file(const char *path)
{
    (void)path;
    return -1;
}

int64_t ar_available(const char *root)
{
    (void)root;
#if TARGET_OS_IPHONE
    size_t left = os_proc_available_memory(); /* 0: the system sets no limit */
    return left > 0 ? (int64_t)left : INT64_MAX;
#else
    return INT64_MAX;
#endif
}

int ar_pressure_now(const char *root)
{
    (void)root;
    return ARNY_PRESSURE_NONE;
}

#else
typedef int ar_measure_apple_is_empty; /* C wants something in a file */
#endif
