/* util/digest.h - SHA-256 (FIPS 180-4) by what util/crypto.h stands for. */
#ifndef AR_UTIL_DIGEST_H
#define AR_UTIL_DIGEST_H

#include "util/fs.h"
#include <stddef.h>
#include <stdint.h>

#define AR_DIGEST_BYTES 32

typedef struct ar_digest {
    uint8_t bytes[AR_DIGEST_BYTES];
} ar_digest;

int ar_digest_parts(ar_digest *out, const ar_fs_part *parts, size_t count); /* one after the other */
int ar_digest_data(ar_digest *out, const void *data, size_t bytes);
int ar_digest_file(ar_digest *out, const char *path); /* read in pieces of 1 MB */
void ar_digest_hex(char out[2 * AR_DIGEST_BYTES + 1], const ar_digest *digest);

#endif
