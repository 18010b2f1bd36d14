#include "util/json.h"

#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#define DEPTH_MAX   64
#define WHOLE_MAX   9007199254740992.0 /* 2^53: up to here a double holds every whole number */
#define SHOWN_BYTES 48                 /* of a key or a string that an error quotes */
#define WORD_BYTES  64                 /* longer words have no nearest one */

struct ar_json {
    char *name;
    size_t first_line;
    char *source; /* without its byte order mark; NUL after it */
    size_t bytes;
    yyjson_doc *doc;
    int out_of_memory; /* the allocator below has failed: yyjson may call that the end of the data */
};

static yyjson_val *native(const ar_json_value *value)
{
    return (yyjson_val *)value;
}

static const ar_json_value *ours(const yyjson_val *value)
{
    return (const ar_json_value *)value;
}

/* ---- places -------------------------------------------------------------------------------------------- */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first byte of the next token from *at on, or `end`; *at moves behind it. A token is a string, a
 * number, a literal or a bracket; spaces, comments, commas and colons are passed over. Never fails: what
 * is no JSON gives some token. */
static const char *next_token(const char **at, const char *end)
{
    const char *p = *at, *token;

    for (;;) {
        while (p < end && (is_space(*p) || *p == ',' || *p == ':'))
            p++;
        if (end - p < 2 || p[0] != '/' || (p[1] != '/' && p[1] != '*'))
            break;
        if (p[1] == '/') {
            while (p < end && *p != '\n' && *p != '\r')
                p++;
        } else {
            for (p += 2; p < end && !(end - p >= 2 && p[0] == '*' && p[1] == '/');)
                p++;
            p = end - p >= 2 ? p + 2 : end;
        }
    }
    token = p;
    if (p < end && *p == '"') {
        for (p++; p < end && *p != '"'; p++)
            if (*p == '\\' && end - p >= 2)
                p++;
        if (p < end)
            p++;
    } else if (p < end) {
        p++;
        if (strchr("{}[]/", *token) == NULL)
            while (p < end && !is_space(*p) && strchr(",:{}[]\"/", *p) == NULL)
                p++;
    }
    *at = p;
    return token;
}

/* yyjson keeps no places, but it keeps values and keys in one array, in the order of the text: the n-th of
 * them is the n-th token that closes nothing. */
static size_t offset_of(const ar_json *json, const yyjson_val *value)
{
    const char *at = json->source, *end = json->source + json->bytes, *token;
    size_t before = (size_t)(value - yyjson_doc_get_root(json->doc));

    do {
        token = next_token(&at, end);
    } while (token < end && (*token == '}' || *token == ']' || before-- > 0));
    return (size_t)(token - json->source);
}

static void line_and_column(const ar_json *json, size_t offset, size_t *line, size_t *column)
{
    *line = json->first_line;
    *column = 1;
    for (size_t i = 0; i < offset; i++) {
        char c = json->source[i];

        if (c == '\n' || (c == '\r' && json->source[i + 1] != '\n')) {
            *line += 1;
            *column = 1;
        } else if (((unsigned char)c & 0xC0) != 0x80) {
            *column += 1;
        }
    }
}

/* ---- errors: no memory is asked for -------------------------------------------------------------------- */

typedef struct shown {
    char text[SHOWN_BYTES + 8];
} shown;

static shown show_text(const char *text)
{
    size_t bytes = strlen(text), cut = ar_utf8_cut(text, bytes, SHOWN_BYTES);
    shown out;

    snprintf(out.text, sizeof out.text, "\"%.*s%s\"", (int)cut, text, cut < bytes ? "..." : "");
    return out;
}

static shown show_value(yyjson_val *value)
{
    const char *word = "nothing";
    shown out;

    if (yyjson_is_str(value))
        return show_text(yyjson_get_str(value));
    if (yyjson_is_sint(value)) {
        snprintf(out.text, sizeof out.text, "%lld", (long long)yyjson_get_sint(value));
        return out;
    }
    if (yyjson_is_uint(value)) {
        snprintf(out.text, sizeof out.text, "%llu", (unsigned long long)yyjson_get_uint(value));
        return out;
    }
    if (yyjson_is_real(value)) {
        snprintf(out.text, sizeof out.text, "%.15g", yyjson_get_real(value));
        return out;
    }
    if (yyjson_is_null(value))
        word = "null";
    else if (yyjson_is_bool(value))
        word = yyjson_get_bool(value) ? "true" : "false";
    else if (yyjson_is_arr(value))
        word = "an array";
    else if (yyjson_is_obj(value))
        word = "an object";
    snprintf(out.text, sizeof out.text, "%s", word);
    return out;
}

typedef struct path {
    char text[256];
    size_t length;
} path;

static void path_add(path *to, const char *format, ...) AR_PRINTF(2, 3);

static void path_add(path *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(to->text + to->length, sizeof to->text - to->length, format, args);
    va_end(args);
    to->length += strlen(to->text + to->length);
}

static void path_add_key(path *to, const char *key)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t bytes = strlen(key);

    if (bytes > 0 && bytes <= SHOWN_BYTES && strspn(key, plain) == bytes)
        path_add(to, "%s%s", to->length > 0 ? "." : "", key);
    else
        path_add(to, "[%s]", show_text(key).text);
}

/* The names of the keys from the root down to the value: agents.math.temperature, turns[2].text. A
 * container's values follow it in the array, so the child that holds the value is the last one that does
 * not begin after it. */
static void path_to(path *out, const ar_json *json, const yyjson_val *value)
{
    yyjson_val *at = yyjson_doc_get_root(json->doc);

    out->length = 0;
    out->text[0] = '\0';
    while (at != value) {
        yyjson_val *child, *inside = NULL, *key = NULL;
        size_t index = 0;

        if (yyjson_is_obj(at)) {
            yyjson_obj_iter iter = yyjson_obj_iter_with(at);

            while ((child = yyjson_obj_iter_next(&iter)) != NULL && child <= value) {
                key = child;
                inside = yyjson_obj_iter_get_val(child);
            }
        } else {
            yyjson_arr_iter iter = yyjson_arr_iter_with(at);

            for (; (child = yyjson_arr_iter_next(&iter)) != NULL && child <= value; index++)
                inside = child;
        }
        if (inside == NULL)
            return;
        if (key != NULL)
            path_add_key(out, yyjson_get_str(key));
        else
            path_add(out, "[%zu]", index - 1);
        if (key == value)
            return;
        at = inside;
    }
}

/* An error at a place of the text. */
static int fail_offset(int status, const ar_json *json, size_t offset, const char *format, ...) AR_PRINTF(4, 5);

static int fail_offset(int status, const ar_json *json, size_t offset, const char *format, ...)
{
    char text[512];
    size_t line, column;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    line_and_column(json, offset, &line, &column);
    return ar_fail(status, "%s:%zu:%zu: %s", json->name, line, column, text);
}

/* An error at the place of `value`, about what is at `about`: an object, when the value is a key of it. */
static int fail_at(int status, const ar_json *json, const yyjson_val *value, const yyjson_val *about,
                   const char *sentence)
{
    path where;

    path_to(&where, json, about);
    return fail_offset(status, json, offset_of(json, value), "%s%s%s", where.text, where.length > 0 ? ": " : "",
                       sentence);
}

int ar_json_fail(int status, const ar_json *json, const ar_json_value *value, const char *format, ...)
{
    char sentence[512];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (json == NULL)
        return ar_fail(status, "%s", sentence);
    if (value == NULL)
        return ar_fail(status, "%s: %s", json->name, sentence);
    return fail_at(status, json, native(value), native(value), sentence);
}

static int expected(const ar_json *json, const ar_json_value *value, const char *what)
{
    return ar_json_fail(ARNY_E_DATA, json, value, "%s expected, not %s", what, show_value(native(value)).text);
}

/* ---- parsing ------------------------------------------------------------------------------------------- */

static void *json_alloc(void *json, size_t bytes)
{
    void *pointer = ar_alloc(bytes);

    if (pointer == NULL)
        ((ar_json *)json)->out_of_memory = 1;
    return pointer;
}

static void *json_resize(void *json, void *old, size_t old_bytes, size_t bytes)
{
    void *pointer = ar_resize(old, 1, bytes);

    (void)old_bytes;
    if (pointer == NULL)
        ((ar_json *)json)->out_of_memory = 1;
    return pointer;
}

static void json_release(void *json, void *pointer)
{
    (void)json;
    ar_free(pointer);
}

static int check_text(const ar_json *json)
{
    const char *nul = memchr(json->source, '\0', json->bytes);
    size_t valid = ar_utf8_valid(json->source, json->bytes);

    if (valid < json->bytes)
        return fail_offset(ARNY_E_DATA, json, valid, "byte 0x%02X is not UTF-8; save the file as UTF-8",
                           (unsigned)(unsigned char)json->source[valid]);
    if (nul != NULL)
        return fail_offset(ARNY_E_DATA, json, (size_t)(nul - json->source), "a NUL byte is no text");
    return 0;
}

static int check_depth(const ar_json *json)
{
    const char *at = json->source, *end = json->source + json->bytes, *token;
    size_t depth = 0;

    while ((token = next_token(&at, end)) < end) {
        if (*token == '{' || *token == '[')
            depth++;
        else if ((*token == '}' || *token == ']') && depth > 0)
            depth--;
        if (depth > DEPTH_MAX)
            return fail_offset(ARNY_E_DATA, json, (size_t)(token - json->source),
                               "nested too deep; at most %d levels are allowed", DEPTH_MAX);
    }
    return 0;
}

static int read_source(ar_json *json)
{
    yyjson_alc memory = {json_alloc, json_resize, json_release, json};
    yyjson_read_flag flags = YYJSON_READ_ALLOW_COMMENTS | YYJSON_READ_ALLOW_TRAILING_COMMAS;
    yyjson_read_err error;

    json->doc = yyjson_read_opts(json->source, json->bytes, flags, &memory, &error);
    if (json->doc != NULL)
        return 0;
    if (json->out_of_memory)
        return ar_no_memory();
    if (json->bytes == 0)
        return ar_fail(ARNY_E_DATA, "%s: it is empty", json->name);
    return fail_offset(ARNY_E_DATA, json, error.pos, "%s", error.msg);
}

/* By text, then by place: of two equal keys, the later one comes second. */
static int compare_keys(const void *a, const void *b)
{
    yyjson_val *left = *(yyjson_val *const *)a, *right = *(yyjson_val *const *)b;
    int order = strcmp(yyjson_get_str(left), yyjson_get_str(right));

    return order != 0 ? order : left < right ? -1 : left > right;
}

/* `keys` has room for all keys of the object. Sorted, because a hostile object may have very many. */
static int check_keys(const ar_json *json, yyjson_val *object, yyjson_val **keys)
{
    yyjson_obj_iter iter = yyjson_obj_iter_with(object);
    yyjson_val *key, *again = NULL, *first = NULL;
    size_t count = 0, line, column;
    char sentence[128];

    while ((key = yyjson_obj_iter_next(&iter)) != NULL)
        keys[count++] = key;
    if (count < 2)
        return 0;
    qsort(keys, count, sizeof(yyjson_val *), compare_keys);
    for (size_t i = 1; i < count; i++) {
        if ((again != NULL && keys[i] > again) || !yyjson_equals_str(keys[i], yyjson_get_str(keys[i - 1])))
            continue;
        first = keys[i - 1];
        again = keys[i];
    }
    if (again == NULL)
        return 0;
    line_and_column(json, offset_of(json, first), &line, &column);
    snprintf(sentence, sizeof sentence, "key %s stands here again; line %zu has it first",
             show_text(yyjson_get_str(again)).text, line);
    return fail_at(ARNY_E_DATA, json, again, object, sentence);
}

static int check_values(const ar_json *json)
{
    yyjson_val *root = yyjson_doc_get_root(json->doc);
    size_t count = yyjson_doc_get_val_count(json->doc);
    yyjson_val **keys;
    int status = 0;

    for (size_t i = 0; i < count; i++)
        if (yyjson_is_str(root + i) && strlen(yyjson_get_str(root + i)) != yyjson_get_len(root + i))
            return fail_offset(ARNY_E_DATA, json, offset_of(json, root + i), "\\u0000 is not allowed in a string");

    keys = ar_resize(NULL, count / 2, sizeof(yyjson_val *));
    if (keys == NULL)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < count && status == 0; i++)
        if (yyjson_is_obj(root + i))
            status = check_keys(json, root + i, keys);
    ar_free(keys);
    return status;
}

int ar_json_parse(ar_json **out, const char *text, size_t bytes, const char *name)
{
    return ar_json_parse_line(out, text, bytes, name, 1);
}

int ar_json_parse_line(ar_json **out, const char *text, size_t bytes, const char *name, size_t first)
{
    ar_json *json;
    int status = ARNY_E_MEMORY;

    *out = NULL;
    if (text == NULL && bytes > 0)
        return ar_fail(ARNY_E_ARGUMENT, "%zu bytes of JSON are missing", bytes);
    if (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark: some editors write it */
        text += 3;
        bytes -= 3;
    }
    json = ar_calloc(1, sizeof *json);
    if (json == NULL)
        return ARNY_E_MEMORY;
    json->first_line = first;
    json->name = ar_strdup(name != NULL ? name : "JSON");
    json->source = ar_resize(NULL, bytes + 1, 1);
    if (json->name == NULL || json->source == NULL)
        goto out;
    if (bytes > 0)
        memcpy(json->source, text, bytes);
    json->source[bytes] = '\0';
    json->bytes = bytes;

    status = check_text(json);
    if (status == 0)
        status = check_depth(json);
    if (status == 0)
        status = read_source(json);
    if (status == 0)
        status = check_values(json);
out:
    if (status != 0)
        ar_json_free(json);
    else
        *out = json;
    return status;
}

void ar_json_free(ar_json *json)
{
    if (json == NULL)
        return;
    yyjson_doc_free(json->doc);
    ar_free(json->source);
    ar_free(json->name);
    ar_free(json);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

const ar_json_value *ar_json_root(const ar_json *json)
{
    return json != NULL ? ours(yyjson_doc_get_root(json->doc)) : NULL;
}

int ar_json_type(const ar_json_value *value)
{
    switch (yyjson_get_type(native(value))) {
    case YYJSON_TYPE_NULL: return AR_JSON_NULL;
    case YYJSON_TYPE_BOOL: return AR_JSON_BOOL;
    case YYJSON_TYPE_NUM: return AR_JSON_NUMBER;
    case YYJSON_TYPE_STR: return AR_JSON_STRING;
    case YYJSON_TYPE_ARR: return AR_JSON_ARRAY;
    case YYJSON_TYPE_OBJ: return AR_JSON_OBJECT;
    default: return -1;
    }
}

size_t ar_json_count(const ar_json_value *value)
{
    return yyjson_is_ctn(native(value)) ? yyjson_get_len(native(value)) : 0;
}

const ar_json_value *ar_json_get(const ar_json_value *object, const char *key)
{
    return ours(yyjson_obj_get(native(object), key));
}

static yyjson_val *key_at(const ar_json_value *object, size_t index)
{
    yyjson_obj_iter iter = yyjson_obj_iter_with(native(object));
    yyjson_val *key;

    do {
        key = yyjson_obj_iter_next(&iter);
    } while (key != NULL && index-- > 0);
    return key;
}

const char *ar_json_key_at(const ar_json_value *object, size_t index)
{
    return yyjson_get_str(key_at(object, index));
}

const ar_json_value *ar_json_at(const ar_json_value *container, size_t index)
{
    if (yyjson_is_obj(native(container)))
        return ours(yyjson_obj_iter_get_val(key_at(container, index)));
    return ours(yyjson_arr_get(native(container), index));
}

/* ---- values -------------------------------------------------------------------------------------------- */

int ar_json_string(const char **out, const ar_json *json, const ar_json_value *value)
{
    if (!yyjson_is_str(native(value)))
        return expected(json, value, "a string");
    *out = yyjson_get_str(native(value));
    return 0;
}

int ar_json_number(double *out, const ar_json *json, const ar_json_value *value, double min, double max)
{
    double number = yyjson_get_num(native(value));
    char range[96];

    if (yyjson_is_num(native(value)) && number >= min && number <= max) {
        *out = number;
        return 0;
    }
    if (isinf(min) && isinf(max))
        snprintf(range, sizeof range, "a number");
    else if (isinf(max))
        snprintf(range, sizeof range, "%.15g or more", min);
    else if (isinf(min))
        snprintf(range, sizeof range, "%.15g or less", max);
    else
        snprintf(range, sizeof range, "%.15g to %.15g", min, max);
    return expected(json, value, range);
}

/* 1 and *out when the value is a whole number that fits; 2.0 and 1e3 are. */
static int whole(int64_t *out, yyjson_val *value)
{
    double real = yyjson_get_real(value);

    if (yyjson_is_sint(value)) {
        *out = yyjson_get_sint(value);
        return 1;
    }
    if (yyjson_is_uint(value) && yyjson_get_uint(value) <= INT64_MAX) {
        *out = (int64_t)yyjson_get_uint(value);
        return 1;
    }
    if (yyjson_is_real(value) && fabs(real) <= WHOLE_MAX && real == trunc(real)) {
        *out = (int64_t)real;
        return 1;
    }
    return 0;
}

int ar_json_integer(int64_t *out, const ar_json *json, const ar_json_value *value, int64_t min, int64_t max)
{
    long long low = min, high = max;
    char range[96];
    int64_t number;

    if (whole(&number, native(value)) && number >= min && number <= max) {
        *out = number;
        return 0;
    }
    if (min == INT64_MIN && max == INT64_MAX)
        snprintf(range, sizeof range, "a whole number");
    else if (max == INT64_MAX)
        snprintf(range, sizeof range, "a whole number, %lld or more,", low);
    else if (min == INT64_MIN)
        snprintf(range, sizeof range, "a whole number, %lld or less,", high);
    else
        snprintf(range, sizeof range, "a whole number from %lld to %lld", low, high);
    return expected(json, value, range);
}

int ar_json_bool(int *out, const ar_json *json, const ar_json_value *value)
{
    if (!yyjson_is_bool(native(value)))
        return expected(json, value, "true or false");
    *out = yyjson_get_bool(native(value));
    return 0;
}

int ar_json_object(const ar_json *json, const ar_json_value *value)
{
    return yyjson_is_obj(native(value)) ? 0 : expected(json, value, "an object");
}

int ar_json_array(const ar_json *json, const ar_json_value *value)
{
    return yyjson_is_arr(native(value)) ? 0 : expected(json, value, "an array");
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static int stands_in(const char *const *names, const char *word)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, word) == 0)
            return 1;
    return 0;
}

static int fail_unknown(const ar_json *json, yyjson_val *object, yyjson_val *key, const char *const *keys)
{
    const char *word = yyjson_get_str(key), *near = ar_nearest(word, keys);
    char sentence[512];
    size_t at;

    snprintf(sentence, sizeof sentence, "unknown key %s; ", show_text(word).text);
    at = strlen(sentence);
    if (near != NULL)
        snprintf(sentence + at, sizeof sentence - at, "did you mean \"%s\"?", near);
    else if (keys[0] == NULL)
        snprintf(sentence + at, sizeof sentence - at, "none is allowed here");
    else
        snprintf(sentence + at, sizeof sentence - at, "allowed: ");
    for (size_t i = 0; near == NULL && keys[i] != NULL; i++) {
        at = strlen(sentence);
        snprintf(sentence + at, sizeof sentence - at, "%s%s", i > 0 ? ", " : "", keys[i]);
    }
    return fail_at(ARNY_E_DATA, json, key, object, sentence);
}

int ar_json_only(const ar_json *json, const ar_json_value *object, const char *const *keys)
{
    yyjson_obj_iter iter;
    yyjson_val *key;

    if (ar_json_object(json, object) != 0)
        return ARNY_E_DATA;
    iter = yyjson_obj_iter_with(native(object));
    while ((key = yyjson_obj_iter_next(&iter)) != NULL)
        if (!stands_in(keys, yyjson_get_str(key)))
            return fail_unknown(json, native(object), key, keys);
    return 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours that turn a into b (Damerau-Levenshtein,
 * each place changed once); both at most WORD_BYTES long. */
static size_t edits(const char *a, const char *b)
{
    size_t rows[3][WORD_BYTES + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;
    size_t a_len = strlen(a), b_len = strlen(b);

    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= b_len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_len];
}

const char *ar_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    size_t length = strlen(word), best, distance;

    if (length == 0 || length > WORD_BYTES)
        return NULL;
    best = (length / 3 > 1 ? length / 3 : 1) + 1;
    for (; *names != NULL; names++) {
        if (strlen(*names) > WORD_BYTES)
            continue;
        distance = edits(word, *names);
        /* A word of which no letter is left is not near, however short it is. */
        if (distance >= best || distance >= length)
            continue;
        best = distance;
        nearest = *names;
    }
    return nearest;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

/* The escape of a character that cannot stand in a string, or NULL. */
static const char *escape(unsigned char c, char room[7])
{
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\b': return "\\b";
    case '\f': return "\\f";
    default: break;
    }
    if (c >= 0x20)
        return NULL;
    snprintf(room, 7, "\\u%04x", (unsigned)c);
    return room;
}

/* What is not UTF-8 is written as U+FFFD, so that the output is always JSON. */
int ar_json_quote(ar_buf *out, const char *text, size_t bytes)
{
    size_t at = 0, start, end, whole_bytes, invalid;
    char room[7];

    ar_buf_append(out, "\"", 1);
    while (at < bytes && out->status == 0) {
        ar_utf8_scan(text + at, bytes - at, &whole_bytes, &invalid);
        for (start = at, end = at + whole_bytes; at < end; at++) {
            const char *escaped = escape((unsigned char)text[at], room);

            if (escaped == NULL)
                continue;
            ar_buf_append(out, text + start, at - start);
            ar_buf_puts(out, escaped);
            start = at + 1;
        }
        ar_buf_append(out, text + start, end - start);
        if (at < bytes) {
            ar_buf_puts(out, "\xEF\xBF\xBD");
            at += invalid > 0 ? invalid : bytes - at;
        }
    }
    return ar_buf_append(out, "\"", 1);
}

int ar_json_decimal(ar_buf *out, double value, int decimals)
{
    long long unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    double units = value * (double)unit + 0.5;
    long long n = value > 0 && units < 9e18 ? (long long)units : 0;
    return ar_buf_printf(out, "%lld.%0*lld", n / unit, decimals, n % unit);
}
