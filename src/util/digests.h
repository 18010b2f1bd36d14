/* util/digests.h - digests of large files, remembered under what the file is: device, inode, size, time. */
#ifndef AR_UTIL_DIGESTS_H
#define AR_UTIL_DIGESTS_H

#include "util/digest.h"

typedef struct ar_digests ar_digests;

/* `path` is the file where they are remembered from one process to the next; it need not be there, and what is wrong in it is not
 * used. NULL: only in memory. */
int ar_digests_new(ar_digests **out, const char *path);
void ar_digests_free(ar_digests *digests);

int ar_digests_file(ar_digest *out, ar_digests *digests, const char *path);

#endif
