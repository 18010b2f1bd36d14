/* util/pages.h - the pages of a mapped file. */
#ifndef AR_UTIL_PAGES_H
#define AR_UTIL_PAGES_H

#include "util/fs.h"

/* Both look at every read-only mapping of that file in this process, by device and inode, and return the bytes of the
 * mappings; 0 where the system does not tell them (Linux and Android do). */

/* Gives back the resident pages; what is touched again comes back from the page cache or the disk. */
int64_t ar_pages_drop(const ar_file_id *file);

/* Brings all pages back, from the disk where they are not in the page cache, a piece at a time. Between pieces `go_on` is called
 * with the share that is done; non-zero ends it, and is *stopped. */
int64_t ar_pages_map(int *stopped, const ar_file_id *file, int (*go_on)(double share, void *data), void *data);

#endif
