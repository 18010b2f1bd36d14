/* util/pages.h - the pages of a mapped file. */
#ifndef AR_UTIL_PAGES_H
#define AR_UTIL_PAGES_H

#include <stdint.h>

/* Gives back the resident pages of every read-only mapping of that file in this process; what is touched again comes
 * back from the page cache or the disk. Returns the bytes of the mappings; 0 where the system does not tell them. */
int64_t ar_pages_drop(const char *path);

#endif
