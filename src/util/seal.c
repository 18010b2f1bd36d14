/* util/seal.c - see seal.h. */
#include "util/seal.h"
#include "util/crypto.h"
#include "util/status.h"
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
    int status = ar_aes_check();
    if (status)
        return status;
    memcpy(seal->key, key, sizeof seal->key);
    seal->sealed = 1;
    return ARNY_OK;
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

static int aes_close(ar_buf *out, const ar_aes_text *in)
{
    size_t bytes = AR_SEAL_NONCE + in->bytes + AR_SEAL_TAG;
    int status = ar_buf_reserve(out, bytes + 1);
    if (status)
        return status;
    status = ar_aes_seal((unsigned char *)out->ptr + out->len, in);
    out->len += status ? 0 : bytes;
    out->ptr[out->len] = '\0';
    return status;
}

static int aes_open(ar_buf *out, const ar_aes_text *in)
{
    if (in->bytes < AR_SEAL_NONCE + AR_SEAL_TAG)
        return wrong_key();
    size_t inner = in->bytes - AR_SEAL_NONCE - AR_SEAL_TAG;
    int status = ar_buf_reserve(out, inner + 1);
    if (status)
        return status;
    status = ar_aes_open((unsigned char *)out->ptr + out->len, in);
    out->len += status ? 0 : inner;
    out->ptr[out->len] = '\0';
    return status == ARNY_E_DATA ? wrong_key() : status;
}

int ar_seal_close(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                  size_t bytes)
{
    return seal->own.seal ? own_close(out, &seal->own, beside, beside_bytes, data, bytes)
                          : aes_close(out, &(ar_aes_text){seal->key, beside, beside_bytes, data, bytes});
}

int ar_seal_open(ar_buf *out, const ar_seal *seal, const void *beside, size_t beside_bytes, const void *data,
                 size_t bytes)
{
    return seal->own.seal ? own_open(out, &seal->own, beside, beside_bytes, data, bytes)
                          : aes_open(out, &(ar_aes_text){seal->key, beside, beside_bytes, data, bytes});
}
