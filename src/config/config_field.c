#include "config/config_field.h"
#include "model/template.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"

#include <arny/model.h>
#include <stdio.h>
#include <string.h>

#define MAX_KEYS  64
#define MAX_BYTES 1000000000000000 /* 1 PB: more is a typing error */

/* ---- sentences ---------------------------------------------------------------------------------------------- */

const char *ar_shown(char out[AR_SHOWN_BYTES], const char *text)
{
    size_t bytes = strlen(text);
    size_t kept = ar_utf8_cut(text, bytes, AR_SHOWN_BYTES - 4);
    snprintf(out, AR_SHOWN_BYTES, "%.*s%s", (int)kept, text, kept < bytes ? "..." : "");
    return out;
}

const char *ar_list(char out[AR_LIST_BYTES], const char *const *names, const char *last)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; names[i]; i++) {
        const char *before = !i ? "" : names[i + 1] ? ", " : last;
        if (used + strlen(before) + strlen(names[i]) + sizeof "\"\", ..." > AR_LIST_BYTES) {
            snprintf(out + used, AR_LIST_BYTES - used, ", ...");
            break;
        }
        used += (size_t)snprintf(out + used, AR_LIST_BYTES - used, "%s\"%s\"", before, names[i]);
    }
    return out;
}

const char *ar_hint(char out[AR_SHOWN_BYTES], const char *word, const char *const *names)
{
    const char *near = ar_nearest(word, names);
    out[0] = 0;
    if (near)
        snprintf(out, AR_SHOWN_BYTES, "; did you mean \"%s\"?", near);
    return out;
}

int ar_field_unknown(const ar_json *json, const ar_json_value *value, const char *what, const char *word,
                     const char *const *names)
{
    char list[AR_LIST_BYTES], shown[AR_SHOWN_BYTES], hint[AR_SHOWN_BYTES];
    return ar_json_fail(ARNY_E_DATA, json, value, "no %s \"%s\"; there are: %s%s", what, ar_shown(shown, word),
                        ar_list(list, names, ", "), ar_hint(hint, word, names));
}

/* ---- one value ---------------------------------------------------------------------------------------------- */

int ar_field_need(const ar_json_value **out, const ar_json *json, const ar_json_value *object, const char *key,
                  const char *hint)
{
    *out = ar_json_get(object, key);
    return *out ? 0 : ar_json_fail(ARNY_E_DATA, json, object, "\"%s\" is missing: %s", key, hint);
}

int ar_field_text(char **out, const ar_json *json, const ar_json_value *value, size_t min, size_t max)
{
    const char *text;
    int status = ar_json_string(&text, json, value);
    if (status)
        return status;
    size_t bytes = strlen(text);
    if (bytes < min || bytes > max)
        return ar_json_fail(ARNY_E_DATA, json, value, "a text of %zu to %zu bytes expected, not of %zu", min, max,
                            bytes);
    ar_free(*out);
    *out = ar_strdup(text);
    return *out ? 0 : ARNY_E_MEMORY;
}

static int read_integer(int32_t *out, const ar_json *json, const ar_json_value *value, const ar_field *field)
{
    int64_t number;
    int status = ar_json_integer(&number, json, value, (int64_t)field->min, (int64_t)field->max);
    if (!status)
        *out = (int32_t)number;
    return status;
}

static int read_seed(uint64_t *out, const ar_json *json, const ar_json_value *value)
{
    int64_t number;
    int status = ar_json_integer(&number, json, value, 0, INT64_MAX);
    if (!status)
        *out = (uint64_t)number;
    return status;
}

static int read_float(float *out, const ar_json *json, const ar_json_value *value, const ar_field *field)
{
    double number;
    int status = ar_json_number(&number, json, value, field->min, field->max);
    if (status)
        return status;
    if (field->type == AR_FIELD_FLOAT_ABOVE && (float)number <= (float)field->min)
        return ar_json_fail(ARNY_E_DATA, json, value, "more than %g, and at most %g, expected, not %g", field->min,
                            field->max, number);
    *out = (float)number;
    return 0;
}

static int read_word(size_t *out, const ar_json *json, const ar_json_value *value, const char *const *words)
{
    char list[AR_LIST_BYTES], shown[AR_SHOWN_BYTES], hint[AR_SHOWN_BYTES];
    const char *text;
    if (ar_json_type(value) != AR_JSON_STRING)
        return ar_json_fail(ARNY_E_DATA, json, value, "%s expected", ar_list(list, words, " or "));
    int status = ar_json_string(&text, json, value);
    if (status)
        return status;
    for (size_t i = 0; words[i]; i++) {
        if (!strcmp(text, words[i])) {
            *out = i;
            return 0;
        }
    }
    return ar_json_fail(ARNY_E_DATA, json, value, "%s expected, not \"%s\"%s", ar_list(list, words, " or "),
                        ar_shown(shown, text), ar_hint(hint, text, words));
}

static int read_chat(const ar_template **out, const ar_json *json, const ar_json_value *value)
{
    enum { MAX_TEMPLATES = 64 };
    const char *names[MAX_TEMPLATES + 1];
    const char *text;
    size_t count = 0;
    int status = ar_json_string(&text, json, value);
    if (status)
        return status;
    *out = ar_template_find(text);
    if (*out)
        return 0;
    char *all = ar_strdup(arny_chat_templates()), *rest = NULL;
    if (!all)
        return ARNY_E_MEMORY;
    for (char *name = strtok_r(all, " ", &rest); name && count < MAX_TEMPLATES; name = strtok_r(NULL, " ", &rest))
        names[count++] = name;
    names[count] = NULL;
    status = ar_field_unknown(json, value, "chat template", text, names);
    ar_free(all);
    return status;
}

static int is_auto(const ar_json *json, const ar_json_value *value)
{
    const char *text;
    return ar_json_type(value) == AR_JSON_STRING && !ar_json_string(&text, json, value) && !strcmp(text, "auto");
}

static int read_threads(int32_t *out, const ar_json *json, const ar_json_value *value, const ar_field *field)
{
    if (is_auto(json, value)) {
        *out = 0;
        return 0;
    }
    if (ar_json_type(value) != AR_JSON_NUMBER)
        return ar_json_fail(ARNY_E_DATA, json, value, "%g to %g, or \"auto\", expected", field->min, field->max);
    return read_integer(out, json, value, field);
}

static int read_repack(int32_t *out, const ar_json *json, const ar_json_value *value)
{
    int on;
    if (is_auto(json, value)) {
        *out = -1;
        return 0;
    }
    if (ar_json_type(value) != AR_JSON_BOOL)
        return ar_json_fail(ARNY_E_DATA, json, value, "true, false or \"auto\" expected");
    int status = ar_json_bool(&on, json, value);
    if (!status)
        *out = on;
    return status;
}

/* "400MB", "1.5GB", "300MiB": digits, perhaps a fraction, a unit. Not strtod, which follows the locale. -1: it is not
 * such a text, or less than a byte, or too much. */
static int64_t parse_bytes(const char *text)
{
    static const struct {
        const char *name;
        double bytes;
    } units[] = {{"B", 1},        {"KB", 1e3},        {"MB", 1e6},           {"GB", 1e9},
                 {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TB", 1e12}};
    double number = 0, tenths = 1;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    if (!digits || digits > 15)
        return -1;
    text += digits;
    if (*text == '.') {
        digits = strspn(++text, "0123456789");
        if (!digits || digits > 6)
            return -1;
        for (size_t i = 0; i < digits; i++) {
            number = number * 10 + (text[i] - '0');
            tenths *= 10;
        }
        text += digits;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text, units[i].name))
            continue;
        double bytes = number * units[i].bytes / tenths;
        return bytes > MAX_BYTES || (number > 0 && bytes < 1) ? -1 : (int64_t)bytes;
    }
    return -1;
}

static int read_bytes(int64_t *out, const ar_json *json, const ar_json_value *value)
{
    const char *text;
    char shown[AR_SHOWN_BYTES];
    if (ar_json_type(value) == AR_JSON_NUMBER)
        return ar_json_integer(out, json, value, 0, MAX_BYTES);
    if (ar_json_type(value) != AR_JSON_STRING)
        return ar_json_fail(ARNY_E_DATA, json, value, "a number of bytes, or text such as \"400MB\", expected");
    int status = ar_json_string(&text, json, value);
    if (status)
        return status;
    int64_t bytes = parse_bytes(text);
    if (bytes < 0)
        return ar_json_fail(ARNY_E_DATA, json, value,
                            "a size such as \"400MB\", \"1.5GB\" or \"300MiB\" expected, not \"%s\"",
                            ar_shown(shown, text));
    *out = bytes;
    return 0;
}

static int read_path(const ar_json *json, const ar_json_value *value)
{
    const char *text;
    char shown[AR_SHOWN_BYTES];
    int status = ar_json_string(&text, json, value);
    if (status)
        return status;
    if (!*text)
        return ar_json_fail(ARNY_E_DATA, json, value, "the name of a file expected, not an empty one");
    if (!ar_path_confined(text))
        return ar_json_fail(ARNY_E_DATA, json, value,
                            "\"%s\" leaves the team's folder; a path relative to it, without \"..\", expected",
                            ar_shown(shown, text));
    return 0;
}

static int read_field(void *at, const ar_json *json, const ar_json_value *value, const ar_field *field)
{
    size_t word = 0;
    int status = 0;
    switch (field->type) {
    case AR_FIELD_INTEGER: return read_integer(at, json, value, field);
    case AR_FIELD_SEED: return read_seed(at, json, value);
    case AR_FIELD_NUMBER: return ar_json_number(at, json, value, field->min, field->max);
    case AR_FIELD_FLOAT:
    case AR_FIELD_FLOAT_ABOVE: return read_float(at, json, value, field);
    case AR_FIELD_BOOL: return ar_json_bool(at, json, value);
    case AR_FIELD_TEXT: return ar_field_text(at, json, value, (size_t)field->min, (size_t)field->max);
    case AR_FIELD_WORD:
        status = read_word(&word, json, value, field->words);
        if (!status)
            *(int32_t *)at = (int32_t)field->min + (int32_t)word;
        return status;
    case AR_FIELD_NAME:
        status = read_word(&word, json, value, field->words);
        if (!status)
            *(const char **)at = field->words[word];
        return status;
    case AR_FIELD_CHAT: return read_chat(at, json, value);
    case AR_FIELD_THREADS: return read_threads(at, json, value, field);
    case AR_FIELD_REPACK: return read_repack(at, json, value);
    case AR_FIELD_BYTES: return read_bytes(at, json, value);
    case AR_FIELD_PATH: return read_path(json, value);
    case AR_FIELD_OTHER: break;
    }
    return 0;
}

/* ---- an object ---------------------------------------------------------------------------------------------- */

int ar_fields_read(const ar_json *json, const ar_json_value *object, const ar_field_set *sets, size_t count)
{
    const char *keys[MAX_KEYS + 1];
    size_t key_count = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sets[i].count && key_count < MAX_KEYS; k++)
            keys[key_count++] = sets[i].fields[k].key;
    }
    keys[key_count] = NULL;

    int status = ar_json_object(json, object);
    if (!status)
        status = ar_json_only(json, object, keys);
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t k = 0; k < sets[i].count && !status; k++) {
            const ar_field *field = &sets[i].fields[k];
            const ar_json_value *value = ar_json_get(object, field->key);
            if (value)
                status = read_field((char *)sets[i].target + field->offset, json, value, field);
        }
    }
    return status;
}
