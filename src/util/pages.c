/* util/pages.c - Linux and Android tell a process its mappings in /proc/self/maps. */
#include "util/pages.h"

#ifdef __linux__

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#define LINE_BYTES 4096
#define PIECE      ((size_t)4 << 20)

/* A number in hexadecimal or decimal, and what must follow it. 0, with *at behind that, or -1. */
static int take(uint64_t *out, const char **at, int base, char follows)
{
    char *end;
    *out = strtoull(*at, &end, base);
    if (end == *at || *end != follows)
        return -1;
    *at = end + 1;
    return 0;
}

/* "7f00-7f10 r--s 00000000 fd:01 1234   /path": the mapping, when it is one of that file that is not written to. */
static int read_line(void **start, size_t *bytes, const char *line, const ar_file_id *file)
{
    uint64_t from, to, offset, major_id, minor_id, inode;
    if (take(&from, &line, 16, '-') || take(&to, &line, 16, ' ') || strlen(line) < 5 || line[1] == 'w')
        return 0;
    line += 5; /* the rights */
    if (take(&offset, &line, 16, ' ') || take(&major_id, &line, 16, ':') || take(&minor_id, &line, 16, ' ') ||
        take(&inode, &line, 10, ' '))
        return 0;
    if (inode != file->inode || major_id != major(file->device) || minor_id != minor(file->device) || to <= from)
        return 0;
    memcpy(start, &(uintptr_t){(uintptr_t)from}, sizeof *start);
    *bytes = (size_t)(to - from);
    return 1;
}

/* Calls back for each mapping until that returns non-zero, and returns that. */
static int each_mapping(const ar_file_id *file, int (*visit)(char *start, size_t bytes, void *data), void *data)
{
    char line[LINE_BYTES];
    int result = 0;
    void *start;
    size_t bytes;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !result && fgets(line, sizeof line, maps))
        if (read_line(&start, &bytes, line, file))
            result = visit(start, bytes, data);
    if (maps)
        fclose(maps);
    return result;
}

static int drop(char *start, size_t bytes, void *data)
{
    if (madvise(start, bytes, MADV_DONTNEED) == 0)
        *(int64_t *)data += (int64_t)bytes;
    return 0;
}

int64_t ar_pages_drop(const ar_file_id *file)
{
    int64_t total = 0;
    (void)each_mapping(file, drop, &total);
    return total;
}

typedef struct mapping {
    int (*go_on)(double share, void *data);
    void *data;
    int64_t total;
} mapping;

static int map(char *start, size_t bytes, void *data)
{
    const int populate_read = 22; /* MADV_POPULATE_READ, Linux 5.14; older kernels refuse it, and pages fault in */
    mapping *m = data;
    int stop = 0;
    for (size_t at = 0; at < bytes && !stop; at += PIECE) {
        size_t piece = bytes - at < PIECE ? bytes - at : PIECE;
        if (madvise(start + at, piece, populate_read) != 0)
            return 0;
        m->total += (int64_t)piece;
        stop = m->go_on((double)(at + piece) / (double)bytes, m->data);
    }
    return stop;
}

int64_t ar_pages_map(int *stopped, const ar_file_id *file, int (*go_on)(double share, void *data), void *data)
{
    mapping m = {go_on, data, 0};
    *stopped = each_mapping(file, map, &m);
    return m.total;
}

#else

int64_t ar_pages_drop(const ar_file_id *file)
{
    (void)file;
    return 0;
}

int64_t ar_pages_map(int *stopped, const ar_file_id *file, int (*go_on)(double share, void *data), void *data)
{
    (void)file, (void)go_on, (void)data;
    *stopped = 0;
    return 0;
}

#endif
