/* util/pressure.c - see pressure.h. Formats: the kernel's Documentation/accounting/psi.rst and admin-guide/cgroup-v2.rst. */
#include "util/pressure.h"
#include <arny/team.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOME_LOW       10.0 /* percent of ten seconds */
#define FULL_CRITICAL  5.0
#define LIMIT_LOW      0.90 /* share of the limit */
#define LIMIT_CRITICAL 0.97

static FILE *open_under(const char *root, const char *path)
{
    char whole[512];
    return snprintf(whole, sizeof whole, "%s%s", root, path) < (int)sizeof whole ? fopen(whole, "re") : NULL;
}

/* "12.34": a point whatever the application's locale is. */
static double decimal(const char *text)
{
    char *end;
    double number = (double)strtoll(text, &end, 10), place = 1;
    if (*end == '.')
        while (*++end >= '0' && *end <= '9')
            number += (*end - '0') * (place /= 10);
    return number;
}

/* "some avg10=0.12 avg60=0.05 avg300=0.01 total=1234" */
static int stalls(const char *root, const char *path)
{
    char line[256];
    int level = ARNY_PRESSURE_NONE;
    FILE *file = open_under(root, path);
    while (file && fgets(line, sizeof line, file)) {
        const char *at = strstr(line, "avg10=");
        double share = at ? decimal(at + 6) : 0;
        if (strncmp(line, "some", 4) == 0 && share > SOME_LOW && level < ARNY_PRESSURE_LOW)
            level = ARNY_PRESSURE_LOW;
        if (strncmp(line, "full", 4) == 0 && share > FULL_CRITICAL)
            level = ARNY_PRESSURE_CRITICAL;
    }
    if (file)
        fclose(file);
    return level;
}

/* The number in a file; -1: there is none, or "max". */
static double number_in(const char *root, const char *path)
{
    char line[64], *end = line;
    double number = -1;
    FILE *file = open_under(root, path);
    if (file && fgets(line, sizeof line, file))
        number = (double)strtoll(line, &end, 10);
    if (file)
        fclose(file);
    return end == line ? -1 : number;
}

/* The number behind a name, such as "inactive_file 4096"; 0: there is none. */
static double number_named(const char *root, const char *path, const char *name)
{
    char line[256];
    double number = 0;
    size_t bytes = strlen(name);
    FILE *file = open_under(root, path);
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, bytes) == 0 && line[bytes] == ' ')
            number = decimal(line + bytes + 1);
    if (file)
        fclose(file);
    return number;
}

/* File pages that nobody used lately are no pressure: the kernel takes them when it wants. */
static int fill(const char *root, const char *usage_path, const char *limit_path, const char *stat_path,
                const char *idle_pages)
{
    double limit = number_in(root, limit_path), usage = number_in(root, usage_path);
    if (limit <= 0 || usage < 0)
        return ARNY_PRESSURE_NONE;
    usage -= number_named(root, stat_path, idle_pages);
    return usage > LIMIT_CRITICAL * limit ? ARNY_PRESSURE_CRITICAL
           : usage > LIMIT_LOW * limit    ? ARNY_PRESSURE_LOW
                                          : ARNY_PRESSURE_NONE;
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

int ar_pressure_now(const char *root)
{
    int level = worse(stalls(root, "/proc/pressure/memory"), stalls(root, "/sys/fs/cgroup/memory.pressure"));
    level = worse(level, fill(root, "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max",
                              "/sys/fs/cgroup/memory.stat", "inactive_file"));
    return worse(level, fill(root, "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                             "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.stat",
                             "total_inactive_file"));
}
