/* util/digests.c - see digests.h. A line is "device inode bytes mtime_ns digest", numbers in decimal. */
#include "util/digests.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KNOWN_MAX  64
#define FILE_BYTES (1u << 16)
#define LINE_BYTES 256
#define FRESH_NS   100000000 /* ticks of file systems are 10 ms and less */

typedef struct known {
    ar_file_id id;
    ar_digest digest;
} known;

struct ar_digests {
    char *path;
    known files[KNOWN_MAX]; /* the newest last */
    size_t count;
};

static void add(ar_digests *digests, const known *file)
{
    if (digests->count == KNOWN_MAX)
        memmove(digests->files, digests->files + 1, --digests->count * sizeof *digests->files);
    digests->files[digests->count++] = *file;
}

static int read_hex(ar_digest *out, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    if (strspn(hex, digits) != 2 * AR_DIGEST_BYTES)
        return 0;
    for (size_t i = 0; i < AR_DIGEST_BYTES; i++)
        out->bytes[i] =
            (uint8_t)(16 * (strchr(digits, hex[2 * i]) - digits) + (strchr(digits, hex[2 * i + 1]) - digits));
    return 1;
}

/* A number and the space behind it. */
static int read_number(uint64_t *out, char **at)
{
    char *end;
    errno = 0;
    *out = strtoull(*at, &end, 10);
    if (end == *at || *end != ' ' || errno != 0 || strspn(*at, "0123456789") != (size_t)(end - *at))
        return 0;
    *at = end + 1;
    return 1;
}

static void read_line(ar_digests *digests, const char *line, size_t bytes)
{
    char text[LINE_BYTES], *at = text;
    uint64_t size, mtime_ns;
    known file;
    memset(&file, 0, sizeof file);
    if (bytes >= sizeof text)
        return;
    memcpy(text, line, bytes);
    text[bytes] = '\0';
    if (!read_number(&file.id.device, &at) || !read_number(&file.id.inode, &at) || !read_number(&size, &at) ||
        !read_number(&mtime_ns, &at) || !read_hex(&file.digest, at) || at[2 * AR_DIGEST_BYTES] != '\0')
        return;
    file.id.bytes = (int64_t)size;
    file.id.mtime_ns = (int64_t)mtime_ns;
    add(digests, &file);
}

static void read_lines(ar_digests *digests, const ar_buf *text)
{
    for (size_t at = 0; at < text->len;) {
        const char *end = memchr(text->ptr + at, '\n', text->len - at);
        size_t bytes = end ? (size_t)(end - text->ptr) - at : text->len - at;
        read_line(digests, text->ptr + at, bytes);
        at += bytes + 1;
    }
}

int ar_digests_new(ar_digests **out, const char *path)
{
    *out = NULL;
    ar_digests *digests = ar_calloc(1, sizeof *digests);
    if (!digests || (path && !(digests->path = ar_strdup(path)))) {
        ar_free(digests);
        return ARNY_E_MEMORY;
    }
    ar_buf text = AR_BUF_INIT(FILE_BYTES);
    if (path && ar_fs_exists(path) && ar_fs_read(&text, path) == 0)
        read_lines(digests, &text);
    ar_buf_free(&text);
    *out = digests;
    return ARNY_OK;
}

void ar_digests_free(ar_digests *digests)
{
    if (!digests)
        return;
    ar_free(digests->path);
    ar_free(digests);
}

static void write_down(const ar_digests *digests)
{
    ar_buf text = AR_BUF_INIT(FILE_BYTES);
    for (size_t i = 0; digests->path && i < digests->count; i++) {
        char hex[2 * AR_DIGEST_BYTES + 1];
        const ar_file_id *id = &digests->files[i].id;
        ar_digest_hex(hex, &digests->files[i].digest);
        ar_buf_printf(&text, "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %s\n", id->device, id->inode, id->bytes,
                      id->mtime_ns, hex);
    }
    if (text.len > 0 && (text.status || ar_fs_replace(digests->path, text.ptr, text.len)))
        ar_log(ARNY_LOG_WARN, "%s: digests are not remembered: %s", digests->path, arny_last_error());
    ar_buf_free(&text);
}

/* Written to just now: it may be written to again within the same tick of its time, and look the same. */
static int is_fresh(const ar_file_id *id)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - id->mtime_ns;
    return age >= 0 && age < FRESH_NS;
}

int ar_digests_file(ar_digest *out, ar_digests *digests, const char *path)
{
    known file;
    memset(&file, 0, sizeof file);
    int status = ar_fs_id(&file.id, path);
    for (size_t i = digests->count; i > 0 && !status; i--)
        if (memcmp(&digests->files[i - 1].id, &file.id, sizeof file.id) == 0) {
            *out = digests->files[i - 1].digest;
            return ARNY_OK;
        }
    if (!status)
        status = ar_digest_file(&file.digest, path);
    if (status)
        return status;
    *out = file.digest;
    if (is_fresh(&file.id))
        return ARNY_OK;
    add(digests, &file);
    write_down(digests);
    return ARNY_OK;
}
