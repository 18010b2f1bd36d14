#include "tmp.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_MAX 256

static char *folders[FOLDERS_MAX];
static int folders_made;
static pid_t owner; /* a forked child must not remove its parent's folders */

static _Noreturn void die(const char *doing, const char *path)
{
    fprintf(stderr, "test support: %s: ", path);
    perror(doing);
    abort();
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_folders(void)
{
    if (getpid() != owner)
        return;
    for (int i = 0; i < folders_made; i++) {
        chmod(folders[i], 0700);
        nftw(folders[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(folders[i]);
    }
}

char *test_path(const char *folder, const char *name)
{
    char *path = malloc(strlen(folder) + strlen(name) + 2);

    if (path == NULL)
        die("malloc", name);
    sprintf(path, "%s/%s", folder, name);
    return path;
}

char *test_tmpdir(void)
{
    const char *parent = getenv("TMPDIR");
    char *folder = test_path(parent != NULL && parent[0] != '\0' ? parent : "/tmp", "arny-test-XXXXXX");

    if (folders_made == FOLDERS_MAX || mkdtemp(folder) == NULL)
        die("mkdtemp", folder);
    if (folders_made == 0) {
        owner = getpid();
        atexit(remove_folders);
    }
    folders[folders_made++] = folder;
    return folder;
}

void test_write(const char *path, const void *data, size_t n)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || (n > 0 && fwrite(data, 1, n, file) != n) || fclose(file) != 0)
        die("write", path);
}

char *test_read(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 4096, length = 0;
    char *data = malloc(capacity);

    if (file == NULL || data == NULL)
        die("open", path);
    for (;;) {
        length += fread(data + length, 1, capacity - 1 - length, file);
        if (length < capacity - 1)
            break;
        capacity *= 2;
        data = realloc(data, capacity);
        if (data == NULL)
            die("realloc", path);
    }
    if (ferror(file))
        die("read", path);
    fclose(file);
    data[length] = '\0';
    if (n != NULL)
        *n = length;
    return data;
}

size_t test_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    if (dir == NULL)
        die("opendir", folder);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}
