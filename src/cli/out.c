/* cli/out.c - see out.h. */
#include "out.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int terminal[3], colour[3]; /* by file descriptor */
static int write_error;

void out_init(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    int allowed = !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
    for (int fd = 0; fd < 3; fd++) {
        /* A file that is opened later must not become standard output. Opened the wrong way round, so that using it
         * still fails. */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            _exit(74);
        terminal[fd] = isatty(fd);
        colour[fd] = allowed && terminal[fd];
    }
}

int out_is_terminal(FILE *stream)
{
    return terminal[fileno(stream)];
}

const char *out_style(FILE *stream, int style)
{
    static const char *const agents[] = {"\033[1;36m", "\033[1;33m", "\033[1;35m", "\033[1;32m", "\033[1;34m"};
    if (!colour[fileno(stream)])
        return "";
    switch (style) {
    case OUT_PLAIN: return "\033[0m";
    case OUT_BOLD: return "\033[1m";
    case OUT_DIM: return "\033[2m";
    case OUT_USER: return "\033[1m";
    default: return agents[(size_t)(style - OUT_AGENT) % (sizeof agents / sizeof *agents)];
    }
}

static int written(int ok)
{
    if (!ok && !write_error)
        write_error = errno ? errno : EIO;
    return write_error ? -1 : 0;
}

int out_write(const char *text, size_t bytes)
{
    return write_error ? -1 : written(fwrite(text, 1, bytes, stdout) == bytes);
}

int out_print(const char *format, ...)
{
    va_list args;
    if (write_error)
        return -1;
    va_start(args, format);
    int ok = vprintf(format, args) >= 0;
    va_end(args);
    return written(ok);
}

int out_flush(void)
{
    return write_error ? -1 : written(fflush(stdout) == 0);
}

static int is_control(const unsigned char *text, size_t left, size_t *bytes)
{
    *bytes = 1;
    if (text[0] == 0xc2 && left > 1 && text[1] >= 0x80 && text[1] <= 0x9f) { /* C1 */
        *bytes = 2;
        return 1;
    }
    return text[0] == 0x7f || (text[0] < 0x20 && text[0] != '\n' && text[0] != '\t');
}

int out_speech(const char *text, size_t bytes)
{
    if (!out_is_terminal(stdout))
        return out_write(text, bytes);
    size_t from = 0, skip;
    for (size_t i = 0; i < bytes; i += skip) {
        if (is_control((const unsigned char *)text + i, bytes - i, &skip)) {
            out_write(text + from, i - from);
            from = i + skip;
        }
    }
    return out_write(text + from, bytes - from);
}

int out_error(void)
{
    return write_error;
}

void out_note(const char *format, ...)
{
    va_list args;
    progress_end();
    out_flush();
    fputs(out_style(stderr, OUT_DIM), stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "%s\n", out_style(stderr, OUT_PLAIN));
}
