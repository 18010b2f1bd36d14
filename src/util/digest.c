/* util/digest.c - see digest.h. */
#include "util/digest.h"
#include "util/crypto.h"
#include "util/fault.h"
#include "util/mem.h"
#include "util/status.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1 << 20)

void ar_digest_hex(char out[2 * AR_DIGEST_BYTES + 1], const ar_digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < AR_DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest->bytes[i] >> 4];
        out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    out[2 * AR_DIGEST_BYTES] = '\0';
}

int ar_digest_parts(ar_digest *out, const ar_fs_part *parts, size_t count)
{
    ar_sha256 *sha;
    memset(out, 0, sizeof *out);
    int status = ar_sha256_new(&sha);
    for (size_t i = 0; i < count && !status; i++)
        status = ar_sha256_add(sha, parts[i].data, parts[i].bytes);
    if (!status)
        status = ar_sha256_end(out->bytes, sha);
    ar_sha256_free(sha);
    return status;
}

int ar_digest_data(ar_digest *out, const void *data, size_t bytes)
{
    ar_fs_part part = {data ? data : "", bytes};
    memset(out, 0, sizeof *out);
    if (!data && bytes > 0)
        return ar_fail(ARNY_E_ARGUMENT, "%zu bytes to digest are missing", bytes);
    return ar_digest_parts(out, &part, 1);
}

static int add_file(ar_sha256 *sha, int fd, char *piece, const char *path)
{
    for (;;) {
        ssize_t got = ar_fault(AR_FAULT_READ) ? (errno = EIO, -1) : read(fd, piece, PIECE_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ar_fs_fail_reading(path, errno);
        if (got == 0)
            return ARNY_OK;
        int status = ar_sha256_add(sha, piece, (size_t)got);
        if (status)
            return status;
    }
}

int ar_digest_file(ar_digest *out, const char *path)
{
    ar_sha256 *sha = NULL;
    memset(out, 0, sizeof *out);
    if (!path)
        return ar_fail(ARNY_E_ARGUMENT, "the name of a file is missing");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ar_fs_fail_reading(path, errno);
    char *piece = ar_alloc(PIECE_BYTES);
    int status = piece ? ar_sha256_new(&sha) : ARNY_E_MEMORY;
    if (!status)
        status = add_file(sha, fd, piece, path);
    if (!status)
        status = ar_sha256_end(out->bytes, sha);
    ar_sha256_free(sha);
    ar_free(piece);
    close(fd);
    return status;
}
