/* cli/turns.c - see turns.h. RFC 8259, of which only an array of strings is taken. */
#include "turns.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const char *start, *at;
    char *text; /* where the next string goes */
    char *problem;
    size_t problem_bytes;
} reader;

static int wrong(reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int wrong(reader *r, const char *format, ...)
{
    va_list args;
    int used = snprintf(r->problem, r->problem_bytes, "character %zu: ", (size_t)(r->at - r->start) + 1);
    va_start(args, format);
    if (used > 0 && (size_t)used < r->problem_bytes)
        vsnprintf(r->problem + used, r->problem_bytes - (size_t)used, format, args);
    va_end(args);
    return -1;
}

static void skip_space(reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

/* Four hexadecimal digits. */
static int read_hex(reader *r, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char c = r->at[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return wrong(r, "\\u is followed by four hexadecimal digits");
        *out = *out * 16 + digit;
    }
    r->at += 4;
    return 0;
}

static char *put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* Behind "\u". */
static int read_code(reader *r, char **out)
{
    unsigned code, low;
    if (read_hex(r, &code))
        return -1;
    if (code == 0)
        return wrong(r, "\\u0000 cannot be part of a message");
    if (code >= 0xdc00 && code <= 0xdfff)
        return wrong(r, "the second half of a surrogate pair without its first");
    if (code >= 0xd800 && code <= 0xdbff) {
        if (r->at[0] != '\\' || r->at[1] != 'u')
            return wrong(r, "the first half of a surrogate pair without its second");
        r->at += 2;
        if (read_hex(r, &low))
            return -1;
        if (low < 0xdc00 || low > 0xdfff)
            return wrong(r, "the first half of a surrogate pair without its second");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *out = put_utf8(*out, code);
    return 0;
}

/* Behind the opening quote. What is written is never longer than what was read, its quotes included. */
static int read_string(reader *r)
{
    static const char escapes[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    char *out = r->text;
    while (*r->at != '"') {
        unsigned char c = (unsigned char)*r->at;
        if (c == 0)
            return wrong(r, "the string does not end");
        if (c < 0x20)
            return wrong(r, "a control character in a string is written as an escape");
        r->at++;
        if (c != '\\') {
            *out++ = (char)c;
            continue;
        }
        const char *escape = *r->at ? strchr(escapes, *r->at) : NULL;
        if (escape) {
            *out++ = means[escape - escapes];
            r->at++;
        } else if (*r->at == 'u') {
            r->at++;
            if (read_code(r, &out))
                return -1;
        } else {
            return wrong(r, "\\ is followed by one of \" \\ / b f n r t u");
        }
    }
    r->at++;
    *out++ = 0;
    r->text = out;
    return 0;
}

static int read_item(reader *r, turns *out)
{
    skip_space(r);
    if (*r->at != '"')
        return wrong(r, "a string in quotes expected");
    r->at++;
    char **more = realloc(out->at, (out->count + 1) * sizeof *more);
    if (!more)
        return wrong(r, "there is no memory for it");
    out->at = more;
    out->at[out->count++] = r->text;
    return read_string(r);
}

int turns_read(turns *out, const char *json, char *problem, size_t problem_bytes)
{
    reader r = {json, json, NULL, problem, problem_bytes};
    memset(out, 0, sizeof *out);
    if (!(out->text = r.text = malloc(strlen(json) + 1)))
        return wrong(&r, "there is no memory for it");
    skip_space(&r);
    if (*r.at != '[')
        return wrong(&r, "an array of strings expected: [\"first message\", \"second message\"]");
    r.at++;
    for (;;) {
        if (read_item(&r, out))
            return -1;
        skip_space(&r);
        if (*r.at == ']')
            break;
        if (*r.at != ',')
            return wrong(&r, "a comma or ] expected");
        r.at++;
    }
    r.at++;
    skip_space(&r);
    return *r.at ? wrong(&r, "nothing more expected behind ]") : 0;
}

void turns_free(turns *t)
{
    free(t->at);
    free(t->text);
    memset(t, 0, sizeof *t);
}
