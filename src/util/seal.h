/*
 * util/seal.h - what is kept on disk, made unreadable: AES-256-GCM (util/crypto.h) with a key of the application's, or whatever the application does itself.
 *
 * Sealed data is a random nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. What stands beside it (a header, a place in
 * a file) is authenticated with it, so that sealed data cannot be put elsewhere.
 */
#ifndef AR_UTIL_SEAL_H
#define AR_UTIL_SEAL_H

#include "util/buf.h"
#include "util/crypto.h"
#include <arny/common.h>

#define AR_SEAL_NONCE AR_AES_NONCE
#define AR_SEAL_TAG   AR_AES_TAG

typedef struct ar_seal {
    int sealed; /* 0: everything is readable */
    uint8_t key[AR_AES_KEY];
    arny_cipher own; /* of the application; seal == NULL: none */
} ar_seal;

/* From the team's options: a key, a cipher, or neither. ARNY_E_UNSUPPORTED: a key, and this build has nothing to encrypt with. */
int ar_seal_init(ar_seal *seal, const uint8_t *key, const arny_cipher *own);
void ar_seal_wipe(ar_seal *seal);

/* Appends the sealed data. */
int ar_seal_close(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                  size_t bytes);
/* Appends what was sealed. ARNY_E_DATA: the key is another one, or the data were changed. */
int ar_seal_open(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                 size_t bytes);

#endif
