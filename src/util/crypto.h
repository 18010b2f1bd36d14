/*
 * util/crypto.h - what is asked of a library of cryptography: SHA-256 (FIPS 180-4) and AES-256-GCM (NIST SP 800-38D). One of the
 * three files answers, as the build says: crypto_openssl.c, crypto_sodium.c, or crypto_none.c, which refuses.
 */
#ifndef AR_UTIL_CRYPTO_H
#define AR_UTIL_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define AR_SHA256_BYTES 32
#define AR_AES_KEY      32
#define AR_AES_NONCE    12
#define AR_AES_TAG      16

typedef struct ar_sha256 ar_sha256;

/* ARNY_E_UNSUPPORTED: this build, or this system, has none. */
int ar_sha256_new(ar_sha256 **out);
int ar_sha256_add(ar_sha256 *sha, const void *data, size_t bytes);
int ar_sha256_end(uint8_t out[AR_SHA256_BYTES], ar_sha256 *sha);
void ar_sha256_free(ar_sha256 *sha);

/* ARNY_E_UNSUPPORTED: this build, or this processor, has none. */
int ar_aes_check(void);

typedef struct ar_aes_text { /* what goes in */
    const uint8_t *key;
    const void *beside; /* authenticated, not encrypted */
    size_t beside_bytes;
    const void *data;
    size_t bytes;
} ar_aes_text;

/* Writes a random nonce, the ciphertext and the tag: AR_AES_NONCE + bytes + AR_AES_TAG. */
int ar_aes_seal(unsigned char *out, const ar_aes_text *in);
/* The other way round: bytes - AR_AES_NONCE - AR_AES_TAG are written. ARNY_E_DATA, without a sentence: the tag is not right. */
int ar_aes_open(unsigned char *out, const ar_aes_text *in);

#endif
