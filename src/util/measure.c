/* util/measure.c - Linux and Android read /proc and the cgroup's files, Apple systems ask the kernel. */
#include "util/measure.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __APPLE__
#include <mach/mach.h>
#include <unistd.h>

void ar_measure(ar_usage *out)
{
    task_vm_info_data_t info;
    mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
    memset(out, 0, sizeof *out);
    if (task_info(mach_task_self(), TASK_VM_INFO, (task_info_t)&info, &count) != KERN_SUCCESS)
        return;
    out->rss = (int64_t)info.resident_size;
    out->anon = (int64_t)info.phys_footprint;
    out->peak = (int64_t)info.resident_size_peak;
}

int64_t ar_available(void)
{
    return INT64_MAX;
}

#else

/* "Name:   123 kB" as bytes, or -1. */
static int64_t field_kb(const char *line, const char *name)
{
    size_t bytes = strlen(name);
    char *end;
    if (strncmp(line, name, bytes) != 0)
        return -1;
    long long kb = strtoll(line + bytes, &end, 10);
    return end == line + bytes ? -1 : (int64_t)kb * 1024;
}

void ar_measure(ar_usage *out)
{
    char line[256];
    memset(out, 0, sizeof *out);
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file)) {
        int64_t bytes;
        if ((bytes = field_kb(line, "VmRSS:")) >= 0)
            out->rss = bytes;
        else if ((bytes = field_kb(line, "RssAnon:")) >= 0)
            out->anon = bytes;
        else if ((bytes = field_kb(line, "VmHWM:")) >= 0)
            out->peak = bytes;
    }
    if (file)
        fclose(file);
}

/* The number in a cgroup file, or -1: not there, or "max". */
static int64_t read_bytes(const char *path)
{
    char line[64], *end = line;
    long long bytes = -1;
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    if (fgets(line, sizeof line, file))
        bytes = strtoll(line, &end, 10);
    fclose(file);
    return end == line ? -1 : (int64_t)bytes;
}

static int64_t cgroup_left(const char *limit_path, const char *usage_path)
{
    int64_t limit = read_bytes(limit_path), used = read_bytes(usage_path);
    if (limit < 0 || used < 0)
        return INT64_MAX;
    return limit > used ? limit - used : 0;
}

int64_t ar_available(void)
{
    char line[256];
    int64_t available = INT64_MAX, left;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        int64_t bytes = field_kb(line, "MemAvailable:");
        if (bytes >= 0)
            available = bytes;
    }
    if (file)
        fclose(file);
    left = cgroup_left("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current");
    if (left < available)
        available = left;
    left = cgroup_left("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes");
    return left < available ? left : available;
}

#endif
