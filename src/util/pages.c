/* util/pages.c - Linux and Android tell a process its mappings in /proc/self/maps. */
#include "util/pages.h"

#ifdef __linux__

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define LINE_BYTES 4096

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

/* "7f00-7f10 r--s 00000000 fd:01 1234   /path" */
static int64_t drop_line(const char *line, const struct stat *file)
{
    uint64_t from, to, offset, major_id, minor_id, inode;
    void *start;
    if (take(&from, &line, 16, '-') || take(&to, &line, 16, ' ') || strlen(line) < 5 || line[1] == 'w')
        return 0;
    line += 5; /* the rights */
    if (take(&offset, &line, 16, ' ') || take(&major_id, &line, 16, ':') || take(&minor_id, &line, 16, ' ') ||
        take(&inode, &line, 10, ' '))
        return 0;
    if (inode != file->st_ino || major_id != major(file->st_dev) || minor_id != minor(file->st_dev) || to <= from)
        return 0;
    memcpy(&start, &(uintptr_t){(uintptr_t)from}, sizeof start);
    return madvise(start, (size_t)(to - from), MADV_DONTNEED) == 0 ? (int64_t)(to - from) : 0;
}

int64_t ar_pages_drop(const char *path)
{
    char line[LINE_BYTES];
    struct stat file;
    int64_t bytes = 0;
    FILE *maps = stat(path, &file) == 0 ? fopen("/proc/self/maps", "re") : NULL;
    while (maps && fgets(line, sizeof line, maps))
        bytes += drop_line(line, &file);
    if (maps)
        fclose(maps);
    return bytes;
}

#else

int64_t ar_pages_drop(const char *path)
{
    (void)path;
    return 0;
}

#endif
