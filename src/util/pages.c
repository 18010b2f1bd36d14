/* util/pages.c - Linux and Android tell a process its mappings in /proc/self/maps. */
#include "util/pages.h"

#ifdef __linux__

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define LINE_BYTES 4096

/* "7f00-7f10 r--s 00000000 fd:01 1234   /path" */
static int64_t drop_line(const char *line, const struct stat *file)
{
    uintptr_t from, to;
    char rights[5];
    unsigned major_id, minor_id;
    uint64_t inode;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %x:%x %" SCNu64, &from, &to, rights, &major_id, &minor_id,
               &inode) != 6)
        return 0;
    if (inode != file->st_ino || major_id != major(file->st_dev) || minor_id != minor(file->st_dev) ||
        rights[1] == 'w' || to <= from)
        return 0;
    return madvise((void *)from, to - from, MADV_DONTNEED) == 0 ? (int64_t)(to - from) : 0;
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
