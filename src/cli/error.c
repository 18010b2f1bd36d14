/* cli/error.c - see error.h. */
#include "error.h"
#include "json.h"
#include "out.h"
#include "progress.h"

#include <arny/arny.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_BYTES 1024

int exit_of(int status)
{
    switch (status) {
    case ARNY_OK: return CLI_OK;
    case ARNY_E_ARGUMENT: return CLI_USAGE;
    case ARNY_E_DATA:
    case ARNY_E_CONTEXT: return CLI_DATA;
    case ARNY_E_NOT_FOUND: return CLI_NO_INPUT;
    case ARNY_E_UNSUPPORTED: return CLI_UNAVAILABLE;
    case ARNY_E_WRITE: return CLI_CANT_CREATE;
    case ARNY_E_IO: return CLI_IO;
    case ARNY_E_BUDGET:
    case ARNY_E_BUSY: return CLI_TRY_AGAIN;
    case ARNY_E_CANCELLED: return CLI_CANCELLED;
    default: return CLI_INTERNAL;
    }
}

static long line_number;

void error_set_line(long number)
{
    line_number = number;
}

static void tell(const char *message)
{
    progress_end();
    out_flush();
    if (line_number > 0)
        fprintf(stderr, "arny: line %ld: %s\n", line_number, message);
    else
        fprintf(stderr, "arny: %s\n", message);
}

/* What came from outside may have line ends and worse in it. */
__attribute__((format(printf, 3, 0))) static void format_line(char *out, size_t capacity, const char *format,
                                                              va_list args)
{
    vsnprintf(out, capacity, format, args);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
}

void error_line(const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    format_line(message, sizeof message, format, args);
    va_end(args);
    tell(message);
}

int usage_error(const cli_command *command, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    format_line(message, sizeof message, format, args);
    va_end(args);
    const char *between = message[0] && strchr("?.", message[strlen(message) - 1]) ? "" : ".";
    if (command)
        error_line("%s: %s%s See arny %s --help", command->name, message, between, command->name);
    else
        error_line("%s%s See arny --help", message, between);
    return CLI_USAGE;
}

int fail(int status, int json)
{
    char message[MESSAGE_BYTES];
    snprintf(message, sizeof message, "%s", arny_last_error());
    if (json) {
        arny_event event = {.size = sizeof event, .type = ARNY_EVENT_ERROR, .id = -1};
        event.status = status;
        event.message = message;
        json_event(&event);
    }
    if (status != ARNY_E_CANCELLED)
        error_line("%s", message);
    return exit_of(status);
}
