/* util/crypto_openssl.c - cryptography by OpenSSL's EVP. */
#include "util/crypto.h"
#include "util/mem.h"
#include "util/status.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define PIECE ((size_t)1 << 30) /* EVP counts in int */

/* ---- SHA-256 ---------------------------------------------------------------------------------------------------- */

struct ar_sha256 {
    EVP_MD_CTX *context;
};

static int no_digest(void)
{
    return ar_fail(ARNY_E_UNSUPPORTED, "OpenSSL on this system gives no SHA-256");
}

int ar_sha256_new(ar_sha256 **out)
{
    *out = ar_calloc(1, sizeof **out);
    if (!*out)
        return ARNY_E_MEMORY;
    (*out)->context = EVP_MD_CTX_new();
    if ((*out)->context && EVP_DigestInit_ex((*out)->context, EVP_sha256(), NULL) == 1)
        return ARNY_OK;
    ar_sha256_free(*out);
    *out = NULL;
    return no_digest();
}

int ar_sha256_add(ar_sha256 *sha, const void *data, size_t bytes)
{
    return EVP_DigestUpdate(sha->context, data, bytes) == 1 ? ARNY_OK : no_digest();
}

int ar_sha256_end(uint8_t out[AR_SHA256_BYTES], ar_sha256 *sha)
{
    return EVP_DigestFinal_ex(sha->context, out, NULL) == 1 ? ARNY_OK : no_digest();
}

void ar_sha256_free(ar_sha256 *sha)
{
    if (!sha)
        return;
    EVP_MD_CTX_free(sha->context);
    ar_free(sha);
}

/* ---- AES-256-GCM ------------------------------------------------------------------------------------------------ */

int ar_aes_check(void)
{
    return ARNY_OK;
}

static int no_cipher(void)
{
    return ar_fail(ARNY_E_ENGINE, "OpenSSL on this system gives no AES-256-GCM");
}

typedef int (*ar_evp_update)(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);

static int update(ar_evp_update step, EVP_CIPHER_CTX *context, unsigned char *out, const unsigned char *in,
                  size_t bytes)
{
    int done;
    while (bytes > 0) {
        int piece = (int)(bytes < PIECE ? bytes : PIECE);
        if (step(context, out, &done, in, piece) != 1)
            return 0;
        out = out ? out + piece : NULL;
        in += piece;
        bytes -= (size_t)piece;
    }
    return 1;
}

int ar_aes_seal(unsigned char *out, const ar_aes_text *in)
{
    unsigned char *nonce = out, *text = nonce + AR_AES_NONCE;
    int done, status = ARNY_OK;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context)
        return ar_no_memory();
    if (RAND_bytes(nonce, AR_AES_NONCE) != 1 ||
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, in->key, nonce) != 1 ||
        !update(EVP_EncryptUpdate, context, NULL, in->beside, in->beside_bytes) ||
        !update(EVP_EncryptUpdate, context, text, in->data, in->bytes) ||
        EVP_EncryptFinal_ex(context, text + in->bytes, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, AR_AES_TAG, text + in->bytes) != 1)
        status = no_cipher();
    EVP_CIPHER_CTX_free(context);
    return status;
}

int ar_aes_open(unsigned char *out, const ar_aes_text *in)
{
    const unsigned char *nonce = in->data, *text = nonce + AR_AES_NONCE;
    size_t inner = in->bytes - AR_AES_NONCE - AR_AES_TAG;
    unsigned char tag[AR_AES_TAG];
    int done, status = ARNY_OK;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context)
        return ar_no_memory();
    memcpy(tag, text + inner, sizeof tag);
    if (EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, in->key, nonce) != 1 ||
        !update(EVP_DecryptUpdate, context, NULL, in->beside, in->beside_bytes) ||
        !update(EVP_DecryptUpdate, context, out, text, inner) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, AR_AES_TAG, tag) != 1)
        status = no_cipher();
    else if (EVP_DecryptFinal_ex(context, out + inner, &done) != 1)
        status = ARNY_E_DATA;
    EVP_CIPHER_CTX_free(context);
    return status;
}
