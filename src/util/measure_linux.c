/*
 * util/measure_linux.c - see measure.h. Linux and Android. Formats: proc(5); the kernel's Documentation/accounting/psi.rst,
 * admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
 */
#include "util/measure.h"

#ifndef __APPLE__

#include <arny/team.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOME_LOW       10.0 /* percent of ten seconds */
#define FULL_CRITICAL  5.0
#define LIMIT_LOW      0.90 /* share of the limit */
#define LIMIT_CRITICAL 0.97
#define PATH_BYTES     1024

/* ---- files of lines --------------------------------------------------------------------------------------------- */

static FILE *open_under(const char *root, const char *path)
{
    char whole[PATH_BYTES];
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

/* The number at the beginning of a file; -1: there is none, or "max". */
static int64_t number_in(const char *root, const char *path)
{
    char line[64], *end = line;
    long long number = -1;
    FILE *file = open_under(root, path);
    if (file && fgets(line, sizeof line, file))
        number = strtoll(line, &end, 10);
    if (file)
        fclose(file);
    return end == line ? -1 : (int64_t)number;
}

/* The number behind a name, such as "inactive_file 4096" or "MemAvailable:  123 kB"; -1: there is none. */
static int64_t number_named(const char *root, const char *path, const char *name)
{
    char line[256], *end;
    int64_t number = -1;
    size_t bytes = strlen(name);
    FILE *file = open_under(root, path);
    while (number < 0 && file && fgets(line, sizeof line, file))
        if (strncmp(line, name, bytes) == 0 && (line[bytes] == ' ' || line[bytes] == '\t')) {
            number = strtoll(line + bytes, &end, 10);
            if (strncmp(end, " kB", 3) == 0)
                number *= 1024;
        }
    if (file)
        fclose(file);
    return number;
}

/* ---- this process ----------------------------------------------------------------------------------------------- */

void ar_measure(ar_usage *out)
{
    static const char status[] = "/proc/self/status";
    int64_t shared = number_named("", status, "RssShmem:");
    out->rss = number_named("", status, "VmRSS:");
    out->anon = number_named("", status, "RssAnon:");
    out->file = number_named("", status, "RssFile:");
    out->peak = number_named("", status, "VmHWM:");
    if (out->rss < 0) /* no /proc here */
        memset(out, 0, sizeof *out);
    else if (shared > 0)
        out->anon += shared; /* memory that only looks like a file */
}

/* "7f12-7f56 r--p 00000000 08:01 1234    /path" begins what is told of a mapping. */
static int is_mapping(const char *line, const char **path)
{
    *path = strchr(line, '/');
    return line[strspn(line, "0123456789abcdef")] == '-';
}

int64_t ar_measure_file(const char *path)
{
    char real[PATH_MAX], line[PATH_MAX + 128];
    const char *mapped;
    int64_t bytes = 0;
    int ours = 0;
    FILE *file = fopen("/proc/self/smaps", "re");
    if (!file)
        return -1;
    if (!realpath(path, real))
        real[0] = '\0';
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (is_mapping(line, &mapped))
            ours = mapped && strcmp(mapped, real) == 0;
        else if (ours && strncmp(line, "Rss:", 4) == 0)
            bytes += strtoll(line + 4, NULL, 10) * 1024;
    }
    fclose(file);
    return bytes;
}

/* ---- cgroups ---------------------------------------------------------------------------------------------------- */

typedef struct cgroup_files {
    const char *line; /* how the line of /proc/self/cgroup begins behind its number */
    const char *at;   /* where it is mounted */
    const char *usage, *limit, *stat, *idle;
} cgroup_files;

static const cgroup_files v2 = {"::", "/sys/fs/cgroup", "memory.current", "memory.max", "memory.stat", "inactive_file"};
static const cgroup_files v1 = {
    ":memory:",    "/sys/fs/cgroup/memory", "memory.usage_in_bytes", "memory.limit_in_bytes",
    "memory.stat", "total_inactive_file"};

/* Where in that hierarchy this process is: "/a/b", or "" at the top, where a container sees itself. */
static void own_cgroup(char *out, size_t bytes, const char *root, const cgroup_files *kind)
{
    char line[PATH_BYTES];
    FILE *file = open_under(root, "/proc/self/cgroup");
    out[0] = '\0';
    while (file && fgets(line, sizeof line, file)) {
        const char *behind = line + strspn(line, "0123456789");
        size_t begin = strlen(kind->line);
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(behind, kind->line, begin) == 0 && strstr(behind, "/..") == NULL)
            snprintf(out, bytes, "%s", strcmp(behind + begin, "/") == 0 ? "" : behind + begin);
    }
    if (file)
        fclose(file);
}

typedef struct cgroup_figures {
    int64_t usage, limit, idle; /* bytes; limit -1: none */
} cgroup_figures;

static int64_t figure(const char *root, const cgroup_files *kind, const char *own, const char *name, const char *key)
{
    char path[PATH_BYTES * 2];
    snprintf(path, sizeof path, "%s%s/%s", kind->at, own, name);
    return key ? number_named(root, path, key) : number_in(root, path);
}

/* Calls back for the cgroup and each one above it that has a limit. */
static void each_limit(const char *root, const cgroup_files *kind, void (*visit)(const cgroup_figures *, void *),
                       void *data)
{
    char own[PATH_BYTES], *last;
    own_cgroup(own, sizeof own, root, kind);
    for (;;) {
        cgroup_figures f = {.limit = figure(root, kind, own, kind->limit, NULL)};
        if (f.limit > 0 && (f.usage = figure(root, kind, own, kind->usage, NULL)) >= 0) {
            f.idle = figure(root, kind, own, kind->stat, kind->idle);
            visit(&f, data);
        }
        if ((last = strrchr(own, '/')) == NULL)
            return;
        *last = '\0';
    }
}

/* ---- what is left ----------------------------------------------------------------------------------------------- */

static void least_left(const cgroup_figures *f, void *data)
{
    int64_t *available = data, left = f->limit > f->usage ? f->limit - f->usage : 0;
    if (left < *available)
        *available = left;
}

int64_t ar_available(const char *root)
{
    int64_t available = number_named(root, "/proc/meminfo", "MemAvailable:");
    if (available < 0)
        available = INT64_MAX;
    each_limit(root, &v2, least_left, &available);
    each_limit(root, &v1, least_left, &available);
    return available;
}

/* ---- pressure --------------------------------------------------------------------------------------------------- */

static int worse(int a, int b)
{
    return a > b ? a : b;
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
        if (strncmp(line, "some", 4) == 0 && share > SOME_LOW)
            level = worse(level, ARNY_PRESSURE_LOW);
        if (strncmp(line, "full", 4) == 0 && share > FULL_CRITICAL)
            level = ARNY_PRESSURE_CRITICAL;
    }
    if (file)
        fclose(file);
    return level;
}

/* File pages that nobody used lately are no pressure: the kernel takes them when it wants. */
static void how_full(const cgroup_figures *f, void *data)
{
    int *level = data;
    double share = (double)(f->usage - (f->idle > 0 ? f->idle : 0)) / (double)f->limit;
    *level = worse(*level, share > LIMIT_CRITICAL ? ARNY_PRESSURE_CRITICAL
                           : share > LIMIT_LOW    ? ARNY_PRESSURE_LOW
                                                  : ARNY_PRESSURE_NONE);
}

int ar_pressure_now(const char *root)
{
    char own[PATH_BYTES], path[PATH_BYTES * 2];
    int level = stalls(root, "/proc/pressure/memory");
    own_cgroup(own, sizeof own, root, &v2);
    snprintf(path, sizeof path, "%s%s/memory.pressure", v2.at, own);
    level = worse(level, stalls(root, path));
    each_limit(root, &v2, how_full, &level);
    each_limit(root, &v1, how_full, &level);
    return level;
}

#endif
