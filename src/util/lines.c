#include "util/lines.h"
#include "util/fault.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1 << 16)

int ar_lines_open(ar_lines *lines, const char *path, size_t longest)
{
    memset(lines, 0, sizeof *lines);
    lines->path = path;
    lines->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (lines->fd < 0)
        return ar_fs_fail_reading(path, errno);
    ar_buf_init(&lines->line, longest);
    lines->piece = ar_alloc(PIECE_BYTES);
    if (lines->piece)
        return ARNY_OK;
    ar_lines_close(lines);
    return ARNY_E_MEMORY;
}

/* More of the file. 1, 0 at its end, or a status. */
static int refill(ar_lines *lines)
{
    ssize_t got;
    do {
        if (ar_fault(AR_FAULT_READ)) {
            errno = EIO;
            got = -1;
            break;
        }
        got = read(lines->fd, lines->piece, PIECE_BYTES);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return ar_fs_fail_reading(lines->path, errno);
    lines->at = 0;
    lines->have = (size_t)got;
    return got > 0;
}

int ar_lines_next(ar_lines *lines)
{
    int more = 1, begun = 0;
    ar_buf_clear(&lines->line);
    while (lines->at < lines->have || (more = refill(lines)) > 0) {
        const char *from = lines->piece + lines->at;
        const char *end = memchr(from, '\n', lines->have - lines->at);
        size_t bytes = end ? (size_t)(end - from) : lines->have - lines->at;
        if (!begun) {
            lines->number++;
            begun = 1;
        }
        lines->at += bytes + (end != NULL);
        if (lines->line.len + bytes > lines->line.max)
            return ar_fail(ARNY_E_DATA, "%s:%zu: a line of more than %zu bytes; it should be one message", lines->path,
                           lines->number, lines->line.max);
        ar_buf_append(&lines->line, from, bytes);
        if (lines->line.status)
            return lines->line.status;
        if (end)
            break;
    }
    if (more < 0 || !begun)
        return more < 0 ? more : 0;
    if (lines->line.len > 0 && lines->line.ptr[lines->line.len - 1] == '\r')
        lines->line.ptr[--lines->line.len] = 0;
    return 1;
}

void ar_lines_close(ar_lines *lines)
{
    if (lines->fd >= 0)
        close(lines->fd);
    lines->fd = -1;
    ar_buf_free(&lines->line);
    ar_free(lines->piece);
    lines->piece = NULL;
}
