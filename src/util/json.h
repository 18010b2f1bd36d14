/*
 * util/json.h - strict JSON (comments and a trailing comma allowed) over yyjson, for files that people write. Each
 * error names file, line, column, the key's path, and what would be right. Nothing above this file includes yyjson.
 */
#ifndef AR_UTIL_JSON_H
#define AR_UTIL_JSON_H

#include "util/buf.h"
#include <stddef.h>
#include <stdint.h>

typedef struct ar_json ar_json;             /* a parsed document and its source */
typedef struct ar_json_value ar_json_value; /* a place in it; borrowed from the document */

/* Parses text; `name` is what errors call it (a path, or "standard input"). Duplicate keys in an object, numbers that
 * are not finite, invalid UTF-8, a NUL character (also as \u0000) and nesting deeper than 64 are errors. A byte order
 * mark is skipped. The text is copied. */
int ar_json_parse(ar_json **out, const char *text, size_t bytes, const char *name);
/* The same for a line of a longer file, which is line `first` there, from 1. */
int ar_json_parse_line(ar_json **out, const char *text, size_t bytes, const char *name, size_t first);
void ar_json_free(ar_json *json);
const ar_json_value *ar_json_root(const ar_json *json);

enum ar_json_type { AR_JSON_NULL, AR_JSON_BOOL, AR_JSON_NUMBER, AR_JSON_STRING, AR_JSON_ARRAY, AR_JSON_OBJECT };
int ar_json_type(const ar_json_value *value); /* -1 for NULL */

/* Objects and arrays. A key that is not there gives NULL, without an error. */
size_t ar_json_count(const ar_json_value *value);
const ar_json_value *ar_json_get(const ar_json_value *object, const char *key);
const char *ar_json_key_at(const ar_json_value *object, size_t index);
const ar_json_value *ar_json_at(const ar_json_value *container, size_t index);

/* Values. They fail with a sentence such as
 *     team.json:7:24: agents.math.temperature: 0 to 10 expected, not "hot"
 * and then leave *out as it was. Lines and columns count from 1, columns in characters. */
int ar_json_string(const char **out, const ar_json *json, const ar_json_value *value);
int ar_json_number(double *out, const ar_json *json, const ar_json_value *value, double min, double max);
int ar_json_integer(int64_t *out, const ar_json *json, const ar_json_value *value, int64_t min, int64_t max);
int ar_json_bool(int *out, const ar_json *json, const ar_json_value *value);
int ar_json_object(const ar_json *json, const ar_json_value *value); /* 0 when it is an object */
int ar_json_array(const ar_json *json, const ar_json_value *value);

/* Fails at the first key of the object that is not in `keys` (NULL-terminated); the sentence suggests the nearest. */
int ar_json_only(const ar_json *json, const ar_json_value *object, const char *const *keys);

/* An error at a value's place: "NAME:LINE:COLUMN: PATH: " and the sentence. Returns `status`. */
int ar_json_fail(int status, const ar_json *json, const ar_json_value *value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends a JSON string literal, quotes included. */
int ar_json_quote(ar_buf *out, const char *text, size_t bytes);
/* Appends a number with that many decimals (1 to 9), and a point also where printf writes a comma because the application's
 * locale does. One that is below 0, not finite, or has more than 18 digits with its decimals becomes 0. */
int ar_json_decimal(ar_buf *out, double value, int decimals);

/* Of `names` (NULL-terminated), the one that is nearest to `word` in edits, or NULL when none is near. */
const char *ar_nearest(const char *word, const char *const *names);

#endif
