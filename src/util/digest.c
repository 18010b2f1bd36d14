#include "util/digest.h"

#include "util/status.h"

void ar_digest_hex(char out[2 * AR_DIGEST_BYTES + 1], const ar_digest *digest)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < AR_DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest->bytes[i] >> 4];
        out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    out[2 * AR_DIGEST_BYTES] = '\0';
}

#ifdef ARNY_HAVE_OPENSSL

#include "util/fault.h"
#include "util/fs.h"
#include "util/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1 << 20)

static int no_digest(void)
{
    return ar_fail(ARNY_E_UNSUPPORTED, "OpenSSL on this system gives no SHA-256");
}

int ar_digest_data(ar_digest *out, const void *data, size_t bytes)
{
    unsigned length = 0;

    memset(out, 0, sizeof *out);
    if (data == NULL && bytes > 0)
        return ar_fail(ARNY_E_ARGUMENT, "%zu bytes to digest are missing", bytes);
    if (EVP_Digest(data != NULL ? data : "", bytes, out->bytes, &length, EVP_sha256(), NULL) != 1)
        return no_digest();
    return 0;
}

int ar_digest_parts(ar_digest *out, const ar_fs_part *parts, size_t count)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count && done; i++)
        done = EVP_DigestUpdate(context, parts[i].data, parts[i].bytes) == 1;
    done = done && EVP_DigestFinal_ex(context, out->bytes, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done ? 0 : no_digest();
}

int ar_digest_file(ar_digest *out, const char *path)
{
    EVP_MD_CTX *context = NULL;
    char *piece = NULL;
    int status = 0, fd = -1;

    memset(out, 0, sizeof *out);
    if (path == NULL)
        return ar_fail(ARNY_E_ARGUMENT, "the name of a file is missing");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ar_fs_fail_reading(path, errno);
    piece = ar_alloc(PIECE_BYTES);
    if (piece == NULL) {
        status = ARNY_E_MEMORY;
        goto out;
    }
    context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        status = no_digest();
        goto out;
    }
    for (;;) {
        ssize_t got = ar_fault(AR_FAULT_READ) ? (errno = EIO, -1) : read(fd, piece, PIECE_BYTES);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            status = ar_fs_fail_reading(path, errno);
            goto out;
        }
        if (got == 0)
            break;
        if (EVP_DigestUpdate(context, piece, (size_t)got) != 1) {
            status = no_digest();
            goto out;
        }
    }
    if (EVP_DigestFinal_ex(context, out->bytes, NULL) != 1)
        status = no_digest();
out:
    EVP_MD_CTX_free(context);
    ar_free(piece);
    close(fd);
    return status;
}

#else

#include <string.h>

static int not_built(ar_digest *out)
{
    memset(out, 0, sizeof *out);
    return ar_fail(ARNY_E_UNSUPPORTED, "this build has no SHA-256; build with ARNY_OPENSSL=ON");
}

int ar_digest_data(ar_digest *out, const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    return not_built(out);
}

int ar_digest_parts(ar_digest *out, const ar_fs_part *parts, size_t count)
{
    (void)parts;
    (void)count;
    return not_built(out);
}

int ar_digest_file(ar_digest *out, const char *path)
{
    (void)path;
    return not_built(out);
}

#endif
