/* util/lines.h - a text file line by line, however long the file is. */
#ifndef AR_UTIL_LINES_H
#define AR_UTIL_LINES_H

#include "util/buf.h"
#include <stddef.h>

typedef struct ar_lines {
    int fd;
    const char *path; /* borrowed */
    ar_buf line;      /* the current line, without its end ("\n" or "\r\n") */
    size_t number;    /* of it, from 1 */
    char *piece;
    size_t at, have; /* of the piece */
} ar_lines;

/* ARNY_E_NOT_FOUND, ARNY_E_IO, ARNY_E_MEMORY; a line of more than `longest` bytes will be an error. After a failure
 * there is nothing to close. */
int ar_lines_open(ar_lines *lines, const char *path, size_t longest);
/* 1: there is a next line; 0: there is none; or a negative status whose sentence names file and line. */
int ar_lines_next(ar_lines *lines);
void ar_lines_close(ar_lines *lines);

#endif
