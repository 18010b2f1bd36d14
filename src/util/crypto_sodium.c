/* util/crypto_sodium.c - cryptography by libsodium, whose AES-256-GCM wants a processor that has instructions for it. */
#include "util/crypto.h"
#include "util/mem.h"
#include "util/status.h"
#include <sodium.h>

struct ar_sha256 {
    crypto_hash_sha256_state state;
};

int ar_sha256_new(ar_sha256 **out)
{
    *out = ar_calloc(1, sizeof **out);
    if (!*out)
        return ARNY_E_MEMORY;
    (void)crypto_hash_sha256_init(&(*out)->state);
    return ARNY_OK;
}

int ar_sha256_add(ar_sha256 *sha, const void *data, size_t bytes)
{
    (void)crypto_hash_sha256_update(&sha->state, data, bytes);
    return ARNY_OK;
}

int ar_sha256_end(uint8_t out[AR_SHA256_BYTES], ar_sha256 *sha)
{
    (void)crypto_hash_sha256_final(&sha->state, out);
    return ARNY_OK;
}

void ar_sha256_free(ar_sha256 *sha)
{
    ar_free(sha);
}

int ar_aes_check(void)
{
    if (sodium_init() >= 0 && crypto_aead_aes256gcm_is_available()) /* any thread, any number of times */
        return ARNY_OK;
    return ar_fail(ARNY_E_UNSUPPORTED,
                   "libsodium found no instructions for AES on this processor: give the team an arny_cipher");
}

int ar_aes_seal(unsigned char *out, const ar_aes_text *in)
{
    randombytes_buf(out, AR_AES_NONCE);
    (void)crypto_aead_aes256gcm_encrypt(out + AR_AES_NONCE, NULL, in->data, in->bytes, in->beside, in->beside_bytes,
                                        NULL, out, in->key);
    return ARNY_OK;
}

int ar_aes_open(unsigned char *out, const ar_aes_text *in)
{
    const unsigned char *nonce = in->data;
    int wrong = crypto_aead_aes256gcm_decrypt(out, NULL, NULL, nonce + AR_AES_NONCE, in->bytes - AR_AES_NONCE,
                                              in->beside, in->beside_bytes, nonce, in->key);
    return wrong ? ARNY_E_DATA : ARNY_OK;
}
