/* fuzz_folder.h - for fuzzers of what is kept on disk: a folder of this process, in memory where there is such a place, with one
 * file in it that is written again and again. */
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char fuzz_folder[128], fuzz_path[160];

static void fuzz_folder_remove(void)
{
    unlink(fuzz_path);
    rmdir(fuzz_folder);
}

/* The path of the file. */
static inline const char *fuzz_file(const char *name)
{
    const char *own = getenv("TMPDIR");
    if (fuzz_path[0])
        return fuzz_path;
    snprintf(fuzz_folder, sizeof fuzz_folder, "%s/arny-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm"
             : own                         ? own
                                           : "/tmp");
    if (!mkdtemp(fuzz_folder))
        abort();
    snprintf(fuzz_path, sizeof fuzz_path, "%s/%s", fuzz_folder, name);
    atexit(fuzz_folder_remove);
    return fuzz_path;
}

static inline void fuzz_write(const void *data, size_t bytes)
{
    int file = open(fuzz_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || (bytes > 0 && write(file, data, bytes) != (ssize_t)bytes) || close(file) != 0)
        abort();
}

/* 1 when the file has these bytes and no others. */
static inline int fuzz_file_is(const void *data, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    FILE *file = fopen(fuzz_path, "rbe");
    if (!copy || !file)
        abort();
    size_t got = fread(copy, 1, bytes + 1, file);
    int same = got == bytes && (bytes == 0 || memcmp(copy, data, bytes) == 0);
    fclose(file);
    free(copy);
    return same;
}

#endif
