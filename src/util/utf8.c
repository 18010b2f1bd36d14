#include "util/utf8.h"

#include <string.h>

/* One character at the start of `bytes` (at least 1) bytes: its length when it is whole and valid, 0 when
 * more bytes could still make it whole, and -n when the first n bytes can never become one. That n is the
 * "maximal subpart" of Unicode chapter 3.9, so that every decoder shows the same number of U+FFFD. */
static int character(const unsigned char *text, size_t bytes)
{
    unsigned char first = text[0];
    unsigned char low = 0x80, high = 0xBF; /* bounds of the second byte */
    int length;

    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        length = 2;
    else if ((first & 0xF0) == 0xE0)
        length = 3;
    else if (first >= 0xF0 && first <= 0xF4)
        length = 4;
    else
        return -1;

    if (first == 0xE0)
        low = 0xA0; /* else overlong */
    else if (first == 0xED)
        high = 0x9F; /* else a surrogate */
    else if (first == 0xF0)
        low = 0x90; /* else overlong */
    else if (first == 0xF4)
        high = 0x8F; /* else above U+10FFFF */

    for (int i = 1; i < length; i++) {
        if ((size_t)i >= bytes)
            return 0;
        if (text[i] < low || text[i] > high)
            return -i;
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

void ar_utf8_scan(const char *text, size_t bytes, size_t *whole, size_t *invalid)
{
    size_t at = 0;
    int length = 0;

    while (at < bytes && (length = character((const unsigned char *)text + at, bytes - at)) > 0)
        at += (size_t)length;
    *whole = at;
    *invalid = at < bytes ? (size_t)-length : 0;
}

size_t ar_utf8_valid(const char *text, size_t bytes)
{
    size_t whole, invalid;

    ar_utf8_scan(text, bytes, &whole, &invalid);
    return whole;
}

size_t ar_utf8_cut(const char *text, size_t bytes, size_t limit)
{
    if (bytes <= limit)
        return bytes;

    /* At most three bytes continue a character; a longer run of them is no text, and cut anywhere. */
    for (size_t back = 0; back <= 3 && back <= limit; back++)
        if (((unsigned char)text[limit - back] & 0xC0) != 0x80)
            return limit - back;
    return limit;
}

void ar_utf8_line(char *text)
{
    size_t bytes = strlen(text), at = 0;

    while (at < bytes) {
        size_t whole, invalid, end;

        ar_utf8_scan(text + at, bytes - at, &whole, &invalid);
        for (end = at + whole; at < end; at++) {
            unsigned char c = (unsigned char)text[at];

            if (c == '\n' || c == '\t')
                text[at] = ' ';
            else if (c < 0x20 || c == 0x7F)
                text[at] = '?';
        }
        if (invalid == 0)
            invalid = bytes - at; /* an incomplete character at the end */
        memset(text + at, '?', invalid);
        at += invalid;
    }
}

/* U+0100 to U+017F: mostly pairs, of which the capital is even, but odd from U+0139 to U+0148 and from U+0179 to U+017E. */
static unsigned small_extended(unsigned letter)
{
    int odd = (letter >= 0x139 && letter <= 0x148) || (letter >= 0x179 && letter <= 0x17e);
    if (letter == 0x130 || letter == 0x131 || letter == 0x138 || letter == 0x149 || letter == 0x178 || letter == 0x17f)
        return letter; /* no pair, or one of another length */
    return (letter & 1) == (unsigned)odd ? letter + 1 : letter;
}

void ar_utf8_lower(char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned byte = (unsigned char)text[i], next = i + 1 < bytes ? (unsigned char)text[i + 1] : 0;
        if (byte >= 'A' && byte <= 'Z') {
            text[i] = (char)(byte + 0x20);
        } else if (byte == 0xc3 && next >= 0x80 && next <= 0x9e && next != 0x97) {
            text[++i] = (char)(next + 0x20);
        } else if ((byte == 0xc4 || byte == 0xc5) && (next & 0xc0) == 0x80) {
            unsigned letter = small_extended((byte & 0x1f) << 6 | (next & 0x3f));
            text[i] = (char)(0xc0 | letter >> 6);
            text[++i] = (char)(0x80 | (letter & 0x3f));
        }
    }
}
