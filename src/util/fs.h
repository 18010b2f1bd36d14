/* util/fs.h - files: read whole, replace whole, look at. The only place that writes one. */
#ifndef AR_UTIL_FS_H
#define AR_UTIL_FS_H

#include "util/buf.h"
#include <stdint.h>

typedef struct ar_file_id { /* tells whether a file is still the one that was seen */
    uint64_t device, inode;
    int64_t bytes;
    int64_t mtime_ns;
} ar_file_id;

/* Appends the whole file; its size must not be above out->max. ARNY_E_NOT_FOUND, ARNY_E_IO, ARNY_E_DATA (too big). */
int ar_fs_read(ar_buf *out, const char *path);

/* Makes `path` hold these bytes, or leaves it as it was: written beside it, synced, renamed, folder synced. When only
 * that last step fails, the result is ARNY_E_WRITE and `path` has the new bytes, which a power cut may take back. */
int ar_fs_replace(const char *path, const void *data, size_t bytes);

/* The same of several parts in a row. With durable 0 nothing is synced: for what may be lost in a power cut, and is checked
 * when it is read. */
typedef struct ar_fs_part {
    const void *data;
    size_t bytes;
} ar_fs_part;
int ar_fs_replace_parts(const char *path, const ar_fs_part *parts, size_t count, int durable);

/* The same for a file that somebody else writes: a name beside `path` to write to, then commit; drop when that
 * fails. */
int ar_fs_beside(char **out, const char *path); /* owned; ar_free */
/* The same, and the file is there: empty, readable as the umask says. What stands in the way is told now. */
int ar_fs_create_beside(char **out, const char *path);
int ar_fs_commit(const char *beside, const char *path); /* sync, rename, sync the folder */
void ar_fs_drop(const char *beside);                    /* remove; silent when it is not there */

/* The failure of open or read with this errno: ARNY_E_NOT_FOUND or ARNY_E_IO. For those who read files piece by piece. */
int ar_fs_fail_reading(const char *path, int error);

int ar_fs_id(ar_file_id *out, const char *path); /* ARNY_E_NOT_FOUND, ARNY_E_IO; ARNY_E_DATA: not a regular file */
int ar_fs_is_dir(const char *path);
int ar_fs_exists(const char *path);

char *ar_path_join(const char *folder, const char *name); /* owned; an absolute name stands for itself */
const char *ar_path_base(const char *path);               /* the part after the last '/' */
char *ar_path_dir(const char *path);                      /* owned; "." when there is no '/' */
/* 1 when a relative path stays within its folder: not absolute, no "..", no empty part, no backslash or NUL. */
int ar_path_confined(const char *path);

#endif
