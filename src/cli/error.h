/* cli/error.h - exit codes, and the one line on standard error that goes with each. */
#ifndef CLI_ERROR_H
#define CLI_ERROR_H

#include "command.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_USAGE = 64,       /* the command line is wrong */
    CLI_DATA = 65,        /* a bad file or bad data */
    CLI_NO_INPUT = 66,    /* no such file */
    CLI_UNAVAILABLE = 69, /* a needed model or engine is not there */
    CLI_INTERNAL = 70,
    CLI_CANT_CREATE = 73, /* cannot write the output file */
    CLI_IO = 74,
    CLI_TRY_AGAIN = 75, /* refused now: the budget, or somebody else is using it */
    CLI_CANCELLED = 130
};

/* The exit code for an arny_status. */
int exit_of(int status);

/* From now on a message begins with "line N: "; 0: no more. */
void error_set_line(long number);

/* "arny: MESSAGE" on standard error. Never more than one line. */
void error_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with where to read on; returns CLI_USAGE. */
int usage_error(const cli_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells arny_last_error() and returns the exit code. With json an error event goes to standard output as well. */
int fail(int status, int json);

#endif
