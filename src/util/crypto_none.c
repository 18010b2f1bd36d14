/* util/crypto_none.c - a build without cryptography: what needs it says so. */
#include "util/crypto.h"
#include "util/status.h"

int ar_sha256_new(ar_sha256 **out)
{
    *out = NULL;
    return ar_fail(ARNY_E_UNSUPPORTED, "this build has no SHA-256; build with ARNY_OPENSSL or ARNY_SODIUM_DIR");
}

int ar_sha256_add(ar_sha256 *sha, const void *data, size_t bytes)
{
    (void)sha, (void)data, (void)bytes;
    return ARNY_E_UNSUPPORTED;
}

int ar_sha256_end(uint8_t out[AR_SHA256_BYTES], ar_sha256 *sha)
{
    (void)out, (void)sha;
    return ARNY_E_UNSUPPORTED;
}

void ar_sha256_free(ar_sha256 *sha)
{
    (void)sha;
}

int ar_aes_check(void)
{
    return ar_fail(ARNY_E_UNSUPPORTED, "this build has nothing to encrypt with: give the team an arny_cipher");
}

int ar_aes_seal(unsigned char *out, const ar_aes_text *in)
{
    (void)out, (void)in;
    return ARNY_E_UNSUPPORTED;
}

int ar_aes_open(unsigned char *out, const ar_aes_text *in)
{
    (void)out, (void)in;
    return ARNY_E_UNSUPPORTED;
}
