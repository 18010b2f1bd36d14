/* cli/human.h - figures as people read them, and the clock behind some of them. */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include <stddef.h>
#include <stdint.h>

#define HUMAN_BYTES 24

/* "212 MB", "91.7 MB", "0 B": three digits, units of 1000. Returns out. */
const char *human_bytes(char out[HUMAN_BYTES], int64_t bytes);

/* "48 ms", "12.3 s". Returns out. */
const char *human_ms(char out[HUMAN_BYTES], double ms);

/* "kind direct": words from outside as they may stand in a line: what does not fit is cut between characters, and
 * control characters are spaces. Returns out. */
const char *human_pair(char *out, size_t capacity, const char *first, const char *second);

/* A clock that only goes forward. */
double human_now_ms(void);

#endif
