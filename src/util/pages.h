/* util/pages.h - the pages of a mapped file. */
#ifndef AR_UTIL_PAGES_H
#define AR_UTIL_PAGES_H

#include "util/fs.h"

/* Both look at every read-only mapping of that file in this process, by device and inode, and return the bytes of the
 * mappings; 0 where the system does not tell them (Linux and Android do). */

/* Gives back the resident pages; what is touched again comes back from the page cache or the disk. */
int64_t ar_pages_drop(const ar_file_id *file);

/* Maps the pages that are in the page cache again, so that nobody faults on them one by one. */
int64_t ar_pages_map(const ar_file_id *file);

#endif
