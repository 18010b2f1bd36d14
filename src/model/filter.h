/*
 * model/filter.h - between tokens and the reader: text comes out in whole UTF-8 characters, and a stop string never
 * comes out, not even its beginning.
 */
#ifndef AR_MODEL_FILTER_H
#define AR_MODEL_FILTER_H

#include "util/buf.h"

#define AR_STOPS_MAX      16
#define AR_STOP_BYTES_MAX 256

typedef struct ar_filter {
    const char *stops[2 * AR_STOPS_MAX];
    size_t stop_bytes[2 * AR_STOPS_MAX];
    size_t stop_count;
    ar_buf held; /* bytes not yet given out */
    ar_buf out;  /* what was given out last */
} ar_filter;

int ar_filter_init(ar_filter *filter); /* reserves all the memory it will need */
void ar_filter_free(ar_filter *filter);

/* Begins an answer. The stop strings are borrowed until the next begin. ARNY_E_ARGUMENT: too many, empty, too long. */
int ar_filter_begin(ar_filter *filter);
int ar_filter_stop(ar_filter *filter, const char *stop);

/* Takes a token's bytes; *text and *bytes are what may be shown now (borrowed until the next call), possibly
 * nothing. Returns 1 when a stop string was met: what stood before it is in *text, and the answer is over; 0 to go
 * on; < 0 a status. */
int ar_filter_push(ar_filter *filter, const char *piece, size_t piece_bytes, const char **text, size_t *bytes);

/* The end without a stop string: what was held back, broken characters as U+FFFD. */
int ar_filter_end(ar_filter *filter, const char **text, size_t *bytes);

#endif
