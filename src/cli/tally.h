/* cli/tally.h - what is counted while a team plays a scripted conversation. */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include "answer.h"
#include "sample.h"

/* A switch is a turn that another agent answers than the turn before. */
typedef struct tally {
    size_t right;
    sample switch_ms, first_ms, decode_tps;
    char speaker[ANSWER_NAME_BYTES];
} tally;

typedef struct summary { /* may go through a pipe */
    size_t messages, right, switches;
    double switch_ms, first_ms, decode_tps; /* medians */
    int64_t peak, anon;                     /* bytes: resident at most, and anonymous at the end */
} summary;

int tally_init(tally *t, size_t messages); /* 0, or -1 without memory */
void tally_free(tally *t);

/* `expected` is an agent, or none: that the gateway held nobody for the right one. */
int tally_is_right(const answer *a, const char *expected);
void tally_add(tally *t, const answer *a, const char *expected);
void tally_end(summary *out, tally *t, const arny_memory *memory);

#endif
