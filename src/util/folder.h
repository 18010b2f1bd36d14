/* util/folder.h - folders that hold what Arny keeps: made for their owner alone, listed, locked; and a file that grows. */
#ifndef AR_UTIL_FOLDER_H
#define AR_UTIL_FOLDER_H

#include "util/fs.h"

/* Makes it and what is missing above it, readable by this user alone. One that is there stays as it is. */
int ar_folder_make(const char *path);

/* For each regular file in it (not the hidden ones), in no order; a non-zero result stops and is returned. A folder that is
 * not there has none. */
int ar_folder_each(const char *path, int (*visit)(const char *name, int64_t bytes, int64_t mtime_ns, void *data),
                   void *data);

/* Removes a file; one that is not there is fine. ARNY_E_WRITE. */
int ar_file_remove(const char *path);

/* The file was used now: its time says so. */
void ar_file_touch(const char *path);

/* Holds `path` (made if it is not there) against other processes until unlock or death. ARNY_E_BUSY: another one has it. */
int ar_file_lock(int *out, const char *path);
void ar_file_unlock(int lock);

/* Appends to a file that is there or not, and syncs it: all of it, or (after a failure) none. */
int ar_file_append(const char *path, const ar_fs_part *parts, size_t count);

/* Cuts a file to that many bytes, and syncs it. */
int ar_file_cut(const char *path, int64_t bytes);

#endif
