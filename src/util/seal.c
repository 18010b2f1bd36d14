/* util/seal.c - see seal.h. */
#include "util/seal.h"
#include "util/status.h"
#include <limits.h>
#include <string.h>

int ar_seal_init(ar_seal *seal, const uint8_t *key, const arny_cipher *own)
{
    memset(seal, 0, sizeof *seal);
    if (own && own->size != sizeof *own)
        return ar_fail(ARNY_E_ARGUMENT, "arny_cipher.size is %u: set it with ARNY_CIPHER_INIT", own->size);
    if (own && (!own->seal || !own->open))
        return ar_fail(ARNY_E_ARGUMENT, "an arny_cipher needs seal and open");
    if (own) {
        seal->own = *own;
        seal->sealed = 1;
        return ARNY_OK;
    }
    if (!key)
        return ARNY_OK;
#ifdef ARNY_HAVE_OPENSSL
    memcpy(seal->key, key, sizeof seal->key);
    seal->sealed = 1;
    return ARNY_OK;
#else
    return ar_fail(ARNY_E_UNSUPPORTED, "this build has no OpenSSL to encrypt with: give the team an arny_cipher");
#endif
}

void ar_seal_wipe(ar_seal *seal)
{
    volatile uint8_t *byte = (volatile uint8_t *)seal;
    for (size_t i = 0; i < sizeof *seal; i++)
        byte[i] = 0;
}

static int wrong_key(void)
{
    return ar_fail(ARNY_E_DATA, "it cannot be decrypted: another key, or it was changed");
}

static int own_close(ar_buf *out, const arny_cipher *own, const void *beside, size_t beside_bytes, const void *data,
                     size_t bytes)
{
    size_t written = bytes + own->overhead;
    int status = ar_buf_reserve(out, written + 1);
    if (status)
        return status;
    int failed = own->seal(out->ptr + out->len, &written, beside, beside_bytes, data, bytes, own->user_data) != 0 ||
                 written > bytes + own->overhead;
    out->len += failed ? 0 : written;
    out->ptr[out->len] = '\0';
    return failed ? ar_fail(ARNY_E_ENGINE, "the application's cipher could not encrypt") : ARNY_OK;
}

static int own_open(ar_buf *out, const arny_cipher *own, const void *beside, size_t beside_bytes, const void *data,
                    size_t bytes)
{
    size_t written = bytes;
    int status = ar_buf_reserve(out, bytes + 1);
    if (status)
        return status;
    int failed = own->open(out->ptr + out->len, &written, beside, beside_bytes, data, bytes, own->user_data) != 0 ||
                 written > bytes;
    out->len += failed ? 0 : written;
    out->ptr[out->len] = '\0';
    return failed ? wrong_key() : ARNY_OK;
}

#ifdef ARNY_HAVE_OPENSSL

#include <openssl/evp.h>
#include <openssl/rand.h>

#define PIECE ((size_t)1 << 30) /* EVP counts in int */

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

static int aes_close(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                     size_t bytes)
{
    int done, status = ar_buf_reserve(out, AR_SEAL_NONCE + bytes + AR_SEAL_TAG + 1);
    EVP_CIPHER_CTX *context = status ? NULL : EVP_CIPHER_CTX_new();
    if (!context)
        return status ? status : ARNY_E_MEMORY;
    unsigned char *nonce = (unsigned char *)out->ptr + out->len, *text = nonce + AR_SEAL_NONCE;
    if (RAND_bytes(nonce, AR_SEAL_NONCE) != 1 ||
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, seal->key, nonce) != 1 ||
        !update(EVP_EncryptUpdate, context, NULL, beside, beside_bytes) ||
        !update(EVP_EncryptUpdate, context, text, data, bytes) ||
        EVP_EncryptFinal_ex(context, text + bytes, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, AR_SEAL_TAG, text + bytes) != 1)
        status = no_cipher();
    else
        out->len += AR_SEAL_NONCE + bytes + AR_SEAL_TAG;
    out->ptr[out->len] = '\0';
    EVP_CIPHER_CTX_free(context);
    return status;
}

static int aes_open(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                    size_t bytes)
{
    if (bytes < AR_SEAL_NONCE + AR_SEAL_TAG)
        return wrong_key();
    size_t inner = bytes - AR_SEAL_NONCE - AR_SEAL_TAG;
    int done, status = ar_buf_reserve(out, inner + 1);
    EVP_CIPHER_CTX *context = status ? NULL : EVP_CIPHER_CTX_new();
    if (!context)
        return status ? status : ARNY_E_MEMORY;
    const unsigned char *nonce = data, *text = nonce + AR_SEAL_NONCE;
    unsigned char tag[AR_SEAL_TAG], *to = (unsigned char *)out->ptr + out->len;
    memcpy(tag, text + inner, sizeof tag);
    if (EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, seal->key, nonce) != 1 ||
        !update(EVP_DecryptUpdate, context, NULL, beside, beside_bytes) ||
        !update(EVP_DecryptUpdate, context, to, text, inner) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, AR_SEAL_TAG, tag) != 1)
        status = no_cipher();
    else if (EVP_DecryptFinal_ex(context, to + inner, &done) != 1)
        status = wrong_key();
    else
        out->len += inner;
    out->ptr[out->len] = '\0';
    EVP_CIPHER_CTX_free(context);
    return status;
}

#else

static int aes_close(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                     size_t bytes)
{
    (void)out, (void)seal, (void)beside, (void)beside_bytes, (void)data, (void)bytes;
    return ARNY_E_UNSUPPORTED;
}

static int aes_open(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                    size_t bytes)
{
    (void)out, (void)seal, (void)beside, (void)beside_bytes, (void)data, (void)bytes;
    return ARNY_E_UNSUPPORTED;
}

#endif

int ar_seal_close(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                  size_t bytes)
{
    return seal->own.seal ? own_close(out, &seal->own, beside, beside_bytes, data, bytes)
                          : aes_close(out, seal, beside, beside_bytes, data, bytes);
}

int ar_seal_open(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                 size_t bytes)
{
    return seal->own.seal ? own_open(out, &seal->own, beside, beside_bytes, data, bytes)
                          : aes_open(out, seal, beside, beside_bytes, data, bytes);
}
