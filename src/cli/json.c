/* cli/json.c - see json.h. */
#include "json.h"
#include "error.h"
#include "out.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 400 /* room for any double */

static int comma;  /* 1: something stands before in this object */
static FILE *into; /* NULL: standard output */

void json_to(FILE *file)
{
    into = file;
    comma = 0;
}

static void put(const char *text, size_t bytes)
{
    if (into)
        fwrite(text, 1, bytes, into);
    else
        out_write(text, bytes);
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    char text[NUMBER_BYTES];
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (bytes > 0)
        put(text, (size_t)bytes < sizeof text ? (size_t)bytes : sizeof text - 1);
}

/* Bytes of the UTF-8 character at s, or 0 when there is none: RFC 3629, table 3-7 of the Unicode standard. */
static size_t character(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

static void put_string(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    put("\"", 1);
    while (*s) {
        size_t n = character(s);
        if (n == 0)
            put("\xef\xbf\xbd", 3), n = 1;
        else if (*s == '"' || *s == '\\')
            print("\\%c", *s);
        else if (*s < 0x20)
            print("\\u%04x", *s);
        else
            put((const char *)s, n);
        s += n;
    }
    put("\"", 1);
}

static void put_key(const char *key)
{
    if (comma)
        put(",", 1);
    comma = 1;
    if (key) {
        put_string(key);
        put(":", 1);
    }
}

void json_object(const char *key)
{
    put_key(key);
    put("{", 1);
    comma = 0;
}

void json_end(void)
{
    put("}", 1);
    comma = 1;
}

void json_text(const char *key, const char *text)
{
    put_key(key);
    if (text)
        put_string(text);
    else
        put("null", 4);
}

void json_integer(const char *key, int64_t value)
{
    put_key(key);
    print("%lld", (long long)value);
}

void json_number(const char *key, double value, int decimals)
{
    put_key(key);
    if (isfinite(value))
        print("%.*f", decimals, value);
    else
        put("null", 4);
}

void json_bool(const char *key, int value)
{
    put_key(key);
    print("%s", value ? "true" : "false");
}

int json_line(void)
{
    comma = 0;
    put("\n", 1);
    return into ? 0 : out_flush();
}

int json_event(const arny_event *event)
{
    char small[2048], *line = small;
    size_t needed = 0;
    int status = arny_event_json(small, sizeof small, &needed, event);
    if (status && needed >= sizeof small && (line = malloc(needed + 1)) != NULL)
        status = arny_event_json(line, needed + 1, &needed, event);
    if (status)
        error_line("an event could not be written as JSON");
    else
        put(line, needed);
    if (line != small)
        free(line);
    return status ? -1 : json_line();
}
