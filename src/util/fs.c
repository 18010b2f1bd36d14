#include "util/fs.h"

#include "util/fault.h"
#include "util/mem.h"
#include "util/status.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_BYTES ((size_t)1 << 30) /* in one call: macOS refuses 2 GB and more */
#define NAME_TRIES  100               /* temporary names, when a killed process has left some */

/* ---- errors -------------------------------------------------------------------------------------------- */

static const char *error_text(int error, char *room, size_t bytes)
{
#if defined(_GNU_SOURCE) && (defined(__GLIBC__) || defined(__ANDROID__))
    return strerror_r(error, room, bytes);
#else
    return strerror_r(error, room, bytes) == 0 ? room : "unknown error";
#endif
}

/* A failed system call as a sentence: where, what was tried, what the system says, what would be right. */
static int fail_errno(int status, const char *path, const char *doing, int error)
{
    char room[128];
    const char *advice = "";
    int writing = status == ARNY_E_WRITE;

    if (error == ENOSPC || error == EDQUOT)
        advice = "; free some space and try again";
    else if (error == EROFS)
        advice = "; choose a folder on a disk that can be written";
    else if ((error == EACCES || error == EPERM) && writing)
        advice = "; allow this user to write in that folder, or choose another one";
    else if (error == EACCES || error == EPERM)
        advice = "; allow this user to read it";
    else if (error == ENOENT && writing)
        advice = "; make the folder first";
    else if (error == EMFILE || error == ENFILE)
        advice = "; raise the limit of open files (ulimit -n)";
    return ar_fail(status, "%s: %s: %s%s", path, doing, error_text(error, room, sizeof room), advice);
}

int ar_fs_fail_reading(const char *path, int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return ar_fail(ARNY_E_NOT_FOUND, "%s: there is no such file", path);
    return fail_errno(ARNY_E_IO, path, "cannot be read", error);
}

static int check_path(const char *path)
{
    return path != NULL && path[0] != '\0' ? 0 : ar_fail(ARNY_E_ARGUMENT, "the name of a file is missing");
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static ssize_t read_some(int fd, void *to, size_t bytes)
{
    ssize_t got;

    do {
        if (ar_fault(AR_FAULT_READ)) {
            errno = EIO;
            return -1;
        }
        got = read(fd, to, bytes);
    } while (got < 0 && errno == EINTR);
    return got;
}

int ar_fs_read(ar_buf *out, const char *path)
{
    size_t start = out->len;
    char extra[4096]; /* for bytes that the buffer has no room for: mostly none, and then it need not grow */
    struct stat info;
    int status, fd = -1;

    if (out->status != 0)
        return out->status;
    status = check_path(path);
    if (status != 0)
        return status;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ar_fs_fail_reading(path, errno);
    if (fstat(fd, &info) != 0) {
        status = ar_fs_fail_reading(path, errno);
        goto out;
    }
    /* The size is a hint: the file may grow, and what is no regular file says 0. */
    if (S_ISREG(info.st_mode) && info.st_size > 0) {
        if ((uintmax_t)info.st_size > out->max - start)
            goto too_big;
        status = ar_buf_reserve(out, (size_t)info.st_size);
        if (status != 0)
            goto out;
    }
    for (;;) {
        size_t room = out->cap > out->len ? out->cap - out->len - 1 : 0;
        ssize_t got = room > 0 ? read_some(fd, out->ptr + out->len, room) : read_some(fd, extra, sizeof extra);

        if (got < 0) {
            status = ar_fs_fail_reading(path, errno);
            goto out;
        }
        if (got == 0)
            break;
        if (room > 0) {
            out->len += (size_t)got;
            continue;
        }
        if ((size_t)got > out->max - out->len)
            goto too_big;
        status = ar_buf_append(out, extra, (size_t)got);
        if (status != 0)
            goto out;
    }
    goto out;

too_big:
    status = ar_fail(ARNY_E_DATA, "%s: it is too big: at most %zu bytes are allowed here", path, out->max - start);
out:
    close(fd);
    if (status != 0)
        out->len = start;
    if (out->cap > 0)
        out->ptr[out->len] = '\0';
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t bytes, const char *path)
{
    while (bytes > 0) {
        ssize_t put;

        if (ar_fault(AR_FAULT_WRITE)) {
            errno = ENOSPC;
            put = -1;
        } else {
            put = write(fd, data, bytes < WRITE_BYTES ? bytes : WRITE_BYTES);
        }
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail_errno(ARNY_E_WRITE, path, "cannot be written", errno);
        data += put;
        bytes -= (size_t)put;
    }
    return 0;
}

static int sync_fd(int fd, const char *path)
{
    int result;

    if (ar_fault(AR_FAULT_FSYNC)) {
        errno = EIO;
        result = -1;
    } else {
#ifdef F_FULLFSYNC /* on macOS fsync alone does not reach the disk; not every file system has the other */
        result = fcntl(fd, F_FULLFSYNC);
        if (result != 0)
            result = fsync(fd);
#else
        result = fsync(fd);
#endif
    }
    /* EINVAL: a kind of file or file system that cannot be synced, and needs no syncing. */
    if (result != 0 && errno != EINVAL)
        return fail_errno(ARNY_E_WRITE, path, "cannot be synced to the disk", errno);
    return 0;
}

/* The folder is opened before the rename, so that only its fsync can fail after it. */
static int rename_over(const char *beside, const char *path, int durable)
{
    char *folder = ar_path_dir(path);
    int status = 0, fd = -1;

    if (folder == NULL)
        return ARNY_E_MEMORY;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        status = fail_errno(ARNY_E_WRITE, folder, "cannot be opened", errno);
        goto out;
    }
    if (ar_fault(AR_FAULT_RENAME)) {
        status = fail_errno(ARNY_E_WRITE, path, "cannot be replaced", EIO);
        goto out;
    }
    if (rename(beside, path) != 0) {
        status = fail_errno(ARNY_E_WRITE, path, "cannot be replaced", errno);
        goto out;
    }
    status = durable ? sync_fd(fd, folder) : 0;
out:
    if (fd >= 0)
        close(fd);
    ar_free(folder);
    return status;
}

int ar_fs_beside(char **out, const char *path)
{
    static atomic_ulong counter;
    int status;

    *out = NULL;
    status = check_path(path);
    if (status != 0)
        return status;
    *out = ar_format("%s.%ld.%lu.tmp", path, (long)getpid(), atomic_fetch_add(&counter, 1));
    return *out != NULL ? 0 : ARNY_E_MEMORY;
}

/* Makes a new file beside `path`, and gives its name and descriptor. */
static int create_beside(char **name, int *fd, const char *path, mode_t mode)
{
    int status = 0, error;

    for (int i = 0; i < NAME_TRIES; i++) {
        status = ar_fs_beside(name, path);
        if (status != 0)
            return status;
        *fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (*fd >= 0)
            return 0;
        error = errno;
        status = fail_errno(ARNY_E_WRITE, *name, "cannot be made", error);
        ar_free(*name);
        *name = NULL;
        if (error != EEXIST)
            break;
    }
    return status;
}

int ar_fs_create_beside(char **out, const char *path)
{
    int fd;
    int status = create_beside(out, &fd, path, 0666);

    if (status == 0)
        close(fd);
    return status;
}

int ar_fs_replace_parts(const char *path, const ar_fs_part *parts, size_t count, int durable)
{
    char *beside = NULL;
    int status, fd = -1;

    for (size_t i = 0; i < count; i++)
        if (parts[i].data == NULL && parts[i].bytes > 0)
            return ar_fail(ARNY_E_ARGUMENT, "%zu bytes to write are missing", parts[i].bytes);
    status = create_beside(&beside, &fd, path, 0600);
    if (status != 0)
        return status;

    for (size_t i = 0; i < count && status == 0; i++)
        status = write_all(fd, parts[i].data, parts[i].bytes, path);
    if (status == 0 && durable)
        status = sync_fd(fd, path);
    if (close(fd) != 0 && status == 0) /* where network file systems tell of a full disk */
        status = fail_errno(ARNY_E_WRITE, path, "cannot be written", errno);
    if (status == 0)
        status = rename_over(beside, path, durable);
    if (status != 0)
        ar_fs_drop(beside);
    ar_free(beside);
    return status;
}

int ar_fs_replace(const char *path, const void *data, size_t bytes)
{
    return ar_fs_replace_parts(path, &(ar_fs_part){data, bytes}, 1, 1);
}

int ar_fs_commit(const char *beside, const char *path)
{
    int status, fd;

    status = check_path(beside);
    if (status == 0)
        status = check_path(path);
    if (status != 0)
        return status;
    fd = open(beside, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(ARNY_E_WRITE, beside, "cannot be opened", errno);
    status = sync_fd(fd, beside);
    close(fd);
    return status != 0 ? status : rename_over(beside, path, 1);
}

void ar_fs_drop(const char *beside)
{
    if (beside != NULL)
        unlink(beside);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

int ar_fs_id(ar_file_id *out, const char *path)
{
    struct stat info;
    int status;

    memset(out, 0, sizeof *out);
    status = check_path(path);
    if (status != 0)
        return status;
    if (stat(path, &info) != 0)
        return ar_fs_fail_reading(path, errno);
    if (!S_ISREG(info.st_mode))
        return ar_fail(ARNY_E_DATA, "%s: it is %s; a regular file is needed", path,
                       S_ISDIR(info.st_mode) ? "a folder" : "a device or a pipe");
    out->device = (uint64_t)info.st_dev;
    out->inode = (uint64_t)info.st_ino;
    out->bytes = (int64_t)info.st_size;
#ifdef __APPLE__
    out->mtime_ns = (int64_t)info.st_mtimespec.tv_sec * 1000000000 + info.st_mtimespec.tv_nsec;
#else
    out->mtime_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
#endif
    return 0;
}

int ar_fs_is_dir(const char *path)
{
    struct stat info;

    return path != NULL && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int ar_fs_exists(const char *path)
{
    struct stat info;

    return path != NULL && stat(path, &info) == 0;
}

/* ---- names --------------------------------------------------------------------------------------------- */

char *ar_path_join(const char *folder, const char *name)
{
    size_t length;

    if (folder == NULL || folder[0] == '\0' || name[0] == '/')
        return ar_strdup(name);
    if (name[0] == '\0')
        return ar_strdup(folder);
    length = strlen(folder);
    return ar_format("%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

const char *ar_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

char *ar_path_dir(const char *path)
{
    size_t length = (size_t)(ar_path_base(path) - path);

    if (length == 0)
        return ar_strdup(".");
    while (length > 1 && path[length - 1] == '/')
        length--;
    return ar_strndup(path, length);
}

int ar_path_confined(const char *path)
{
    if (path == NULL || strchr(path, '\\') != NULL)
        return 0;
    for (;;) {
        size_t length = strcspn(path, "/");

        if (length == 0 || (length == 2 && path[0] == '.' && path[1] == '.'))
            return 0;
        if (path[length] == '\0')
            return 1;
        path += length + 1;
    }
}
