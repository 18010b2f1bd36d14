/*
 * config/config_field.h - the keys of a JSON object as a table: name, type, range, and where the value goes.
 */
#ifndef AR_CONFIG_CONFIG_FIELD_H
#define AR_CONFIG_CONFIG_FIELD_H

#include "util/json.h"

/* What is stored at the offset. */
enum ar_field_type {
    AR_FIELD_INTEGER,     /* int32_t */
    AR_FIELD_SEED,        /* uint64_t, 0 to INT64_MAX */
    AR_FIELD_NUMBER,      /* double, min to max */
    AR_FIELD_FLOAT,       /* float, min to max */
    AR_FIELD_FLOAT_ABOVE, /* float, above min, to max */
    AR_FIELD_BOOL,        /* int */
    AR_FIELD_TEXT,        /* char *, owned; min to max bytes */
    AR_FIELD_WORD,        /* int32_t: min for the first of `words`, min + 1 for the next, ... */
    AR_FIELD_NAME,        /* const char *: the one of `words`, static */
    AR_FIELD_CHAT,        /* const ar_template * */
    AR_FIELD_THREADS,     /* int32_t, or "auto": 0 */
    AR_FIELD_REPACK,      /* int32_t: a bool, or "auto": -1 */
    AR_FIELD_BYTES,       /* int64_t: a number, or text such as "1.5GB" */
    AR_FIELD_PATH,        /* nothing: a relative path that stays in its folder; who opens the file reads it */
    AR_FIELD_OTHER        /* nothing: the key is known, and read elsewhere */
};

typedef struct ar_field {
    const char *key;
    enum ar_field_type type;
    size_t offset;
    double min, max;
    const char *const *words; /* NULL-terminated */
} ar_field;

typedef struct ar_field_set { /* a table, and the struct that it fills */
    const ar_field *fields;
    size_t count;
    void *target;
} ar_field_set;

#define AR_FIELD_SET(table, target)                        \
    {                                                      \
        (table), sizeof(table) / sizeof *(table), (target) \
    }

/* Reads the object's keys into the targets. A key that is in none of the tables is an error; one that is not in the
 * object leaves its target as it is. */
int ar_fields_read(const ar_json *json, const ar_json_value *object, const ar_field_set *sets, size_t count);

/* The value of a key that must be there, else an error at the object: "KEY" is missing: HINT. */
int ar_field_need(const ar_json_value **out, const ar_json *json, const ar_json_value *object, const char *key,
                  const char *hint);

/* A copy of a string of min to max bytes. */
int ar_field_text(char **out, const ar_json *json, const ar_json_value *value, size_t min, size_t max);

/* ---- sentences ---------------------------------------------------------------------------------------------- */

#define AR_SHOWN_BYTES 72 /* room for a word of somebody else's in a sentence */

/* The text, cut where it is long. Returns out. */
const char *ar_shown(char out[AR_SHOWN_BYTES], const char *text);

#define AR_LIST_BYTES 320 /* room for a row of names: a sentence has 512 */

/* "a", "b" or "c": `last` stands before the last name, ", " or " or "; what has no room is "...". Returns out. */
const char *ar_list(char out[AR_LIST_BYTES], const char *const *names, const char *last);

/* "; did you mean \"x\"?", or nothing when no name (of at most 32 bytes) is near. Returns out. */
const char *ar_hint(char out[AR_SHOWN_BYTES], const char *word, const char *const *names);

/* Fails at the value: no WHAT "word"; there are: ...; did you mean ...? */
int ar_field_unknown(const ar_json *json, const ar_json_value *value, const char *what, const char *word,
                     const char *const *names);

#endif
