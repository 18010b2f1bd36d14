/* util/folder.c - see folder.h. */
#include "util/folder.h"
#include "util/fault.h"
#include "util/mem.h"
#include "util/status.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, const char *what)
{
    return ar_fail(ARNY_E_WRITE, "%s: %s: %s", path, what, strerror(errno));
}

/* ---- folders ---------------------------------------------------------------------------------------------------- */

int ar_folder_make(const char *path)
{
    char *part = ar_strdup(path);
    int status = part ? ARNY_OK : ARNY_E_MEMORY;
    for (char *at = part; part && !status && *at; at++) {
        if (at == part || *at != '/')
            continue;
        *at = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            status = fail(part, "the folder cannot be made");
        *at = '/';
    }
    if (!status && mkdir(path, 0700) != 0 && errno != EEXIST)
        status = fail(path, "the folder cannot be made");
    if (!status && !ar_fs_is_dir(path))
        status = ar_fail(ARNY_E_WRITE, "%s: a folder is needed there, and it is none", path);
    ar_free(part);
    return status;
}

int ar_folder_each(const char *path, int (*visit)(const char *name, int64_t bytes, int64_t mtime_ns, void *data),
                   void *data)
{
    int status = ARNY_OK;
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? ARNY_OK : ar_fs_fail_reading(path, errno);
    for (struct dirent *entry; !status && (entry = readdir(folder)) != NULL;) {
        struct stat info;
        if (entry->d_name[0] == '.' || fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(info.st_mode))
            continue;
#ifdef __APPLE__
        int64_t mtime_ns = (int64_t)info.st_mtimespec.tv_sec * 1000000000 + info.st_mtimespec.tv_nsec;
#else
        int64_t mtime_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
#endif
        status = visit(entry->d_name, (int64_t)info.st_size, mtime_ns, data);
    }
    closedir(folder);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

int ar_file_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? ARNY_OK : fail(path, "cannot be removed");
}

void ar_file_touch(const char *path)
{
    (void)utimensat(AT_FDCWD, path, NULL, 0);
}

int ar_file_lock(int *out, const char *path)
{
    *out = -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EROFS) /* what is there may be read */
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(path, "cannot be made");
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *out = fd;
        return ARNY_OK;
    }
    int busy = errno == EWOULDBLOCK;
    int status = busy ? ar_fail(ARNY_E_BUSY, "%s: another process has it", path) : fail(path, "cannot be locked");
    close(fd);
    return status;
}

void ar_file_unlock(int lock)
{
    if (lock < 0)
        return;
    (void)flock(lock, LOCK_UN); /* a child that was forked meanwhile has it open too */
    close(lock);
}

static int write_part(int fd, const ar_fs_part *part)
{
    const char *data = part->data;
    for (size_t bytes = part->bytes; bytes > 0;) {
        ssize_t put = ar_fault(AR_FAULT_WRITE) ? (errno = ENOSPC, -1) : write(fd, data, bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        data += put;
        bytes -= (size_t)put;
    }
    return 0;
}

static int sync_file(int fd)
{
    return ar_fault(AR_FAULT_FSYNC) ? (errno = EIO, -1) : fsync(fd);
}

/* A file that is new is in its folder only once the folder is synced. */
static int sync_folder_of(const char *path)
{
    char *folder = ar_path_dir(path);
    if (!folder)
        return errno = ENOMEM, -1;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = fd < 0 ? -1 : sync_file(fd);
    if (fd >= 0)
        close(fd);
    ar_free(folder);
    return result != 0 && errno != EINVAL ? -1 : 0;
}

int ar_file_append(const char *path, const ar_fs_part *parts, size_t count)
{
    int status = ARNY_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path, "cannot be opened");
    off_t end = lseek(fd, 0, SEEK_END);
    for (size_t i = 0; i < count && !status; i++)
        if (write_part(fd, &parts[i]) != 0)
            status = fail(path, "cannot be written");
    if (!status && sync_file(fd) != 0)
        status = fail(path, "cannot be synced to the disk");
    if (!status && end == 0 && sync_folder_of(path) != 0)
        status = fail(path, "its folder cannot be synced to the disk");
    if (status && end >= 0 && ftruncate(fd, end) != 0)
        status = fail(path, "cannot be written, and what was written of it stays");
    close(fd);
    return status;
}

int ar_file_cut(const char *path, int64_t bytes)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(path, "cannot be opened");
    int status = ftruncate(fd, (off_t)bytes) == 0 && sync_file(fd) == 0 ? ARNY_OK : fail(path, "cannot be cut");
    close(fd);
    return status;
}
