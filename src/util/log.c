#include "util/log.h"

#include "util/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 1024

/* Not atomic: the hook is set before any other call, from one thread. */
static struct {
    arny_log_callback callback;
    int level;
    void *user_data;
} hook;

void arny_set_log(arny_log_callback callback, int level, void *user_data)
{
    hook.callback = callback;
    hook.level = level;
    hook.user_data = user_data;
}

int ar_log_wants(int level)
{
    return hook.callback != NULL && level <= hook.level;
}

void ar_log(int level, const char *format, ...)
{
    char line[LINE_BYTES + 4]; /* four more, so that the cut sees whether it falls into a character */
    size_t length;
    va_list args;

    if (!ar_log_wants(level))
        return;
    va_start(args, format);
    if (vsnprintf(line, sizeof line, format, args) < 0)
        line[0] = '\0';
    va_end(args);

    length = ar_utf8_cut(line, strlen(line), LINE_BYTES - 1);
    while (length > 0 && line[length - 1] == '\n')
        length--;
    line[length] = '\0';
    ar_utf8_line(line);
    hook.callback(level, line, hook.user_data);
}
