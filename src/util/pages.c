/* util/pages.c - Linux and Android tell a process its mappings in /proc/self/maps. */
#include "util/pages.h"

#ifdef __linux__

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

static int64_t advise(const ar_file_id *file, int advice)
{
    char line[LINE_BYTES];
    int64_t total = 0;
    void *start;
    size_t bytes;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && fgets(line, sizeof line, maps))
        if (read_line(&start, &bytes, line, file) && madvise(start, bytes, advice) == 0)
            total += (int64_t)bytes;
    if (maps)
        fclose(maps);
    return total;
}

int64_t ar_pages_drop(const ar_file_id *file)
{
    return advise(file, MADV_DONTNEED);
}

int64_t ar_pages_map(const ar_file_id *file)
{
    const int populate_read = 22; /* MADV_POPULATE_READ, Linux 5.14; older kernels refuse it, and pages fault in */
    return advise(file, populate_read);
}

#else

int64_t ar_pages_drop(const ar_file_id *file)
{
    (void)file;
    return 0;
}

int64_t ar_pages_map(const ar_file_id *file)
{
    (void)file;
    return 0;
}

#endif
