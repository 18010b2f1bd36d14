/*
 * cli/out.h - the terminal. Standard output has what the command produces, standard error all that is said about it.
 * Colours and dim text only where the stream is a terminal and NO_COLOR is not set.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stddef.h>
#include <stdio.h>

enum out_style { OUT_PLAIN, OUT_BOLD, OUT_DIM, OUT_USER, OUT_AGENT /* and OUT_AGENT + i: the colour of agent i */ };

/* Looks at the streams, and sees to it that 0, 1 and 2 are open. Call it first. */
void out_init(void);

int out_is_terminal(FILE *stream);

/* The sequence that turns a style on, or "". OUT_PLAIN turns all off. Borrowed for ever. */
const char *out_style(FILE *stream, int style);

/* Standard output. Once a write has failed all later ones do nothing and return -1: 0 means written. */
int out_write(const char *text, size_t bytes);
int out_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
int out_flush(void);

/* The words of a model. On a terminal its control characters are left out: it must not be able to drive it. */
int out_speech(const char *text, size_t bytes);

/* The errno of the first write that failed, or 0. */
int out_error(void);

/* A dim line on standard error. */
void out_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
