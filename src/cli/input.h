/* cli/input.h - text from a file or from standard input, and whether it is a file that is to be written. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdio.h>

#define INPUT_BYTES_MAX (64u << 20) /* of a file, or of a line */

/* The whole of a file as a string; path "-": standard input. 0, or an exit code after a message. *out is the caller's
 * (free). */
int input_all(char **out, const char *path);

/* Without one final line end, as editors and echo leave it. */
void input_chomp(char *text);

/* 1 when both paths lead to one file. */
int input_same_file(const char *a, const char *b);

typedef struct input_lines {
    FILE *file;
    const char *name; /* for messages */
    char *line;       /* the current line, without its end; belongs to this struct */
    size_t capacity;
    long number; /* of the current line, from 1 */
} input_lines;

/* path "-": standard input. 0, or an exit code after a message. */
int input_open(input_lines *input, const char *path);

/* The next line: 1 when there is one, 0 at the end, or minus an exit code after a message. */
int input_next(input_lines *input);

void input_close(input_lines *input);

#endif
