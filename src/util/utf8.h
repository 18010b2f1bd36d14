/* util/utf8.h - is it text, and where does its last whole character end. RFC 3629: no surrogates, no overlong forms. */
#ifndef AR_UTIL_UTF8_H
#define AR_UTIL_UTF8_H

#include <stddef.h>

/* Bytes of the longest valid prefix; == bytes when all is valid. */
size_t ar_utf8_valid(const char *text, size_t bytes);

/* Splits a stream: *whole is how many leading bytes are complete characters, *invalid (0 to 3) how many bytes after
 * them can never become one and should be shown as U+FFFD. What is left after both may still be completed. */
void ar_utf8_scan(const char *text, size_t bytes, size_t *whole, size_t *invalid);

/* Bytes of the longest prefix of at most `limit` bytes that ends at a character. */
size_t ar_utf8_cut(const char *text, size_t bytes, size_t limit);

/* Makes the capital letters of ASCII, Latin-1 and Latin Extended-A small, in place: no letter changes its length. */
void ar_utf8_lower(char *text, size_t bytes);

/* Makes one printable line of a NUL-terminated text, in place: a newline or a tab becomes a space; other control
 * characters, and bytes that are not UTF-8, become '?'. For messages that quote what came from outside. */
void ar_utf8_line(char *text);

#endif
