/* engine/fake/fake_file.c - see fake_file.h; the keys are explained in fake.h. */
#include "engine/fake/fake_file.h"

#include "util/hash.h"
#include "util/buf.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/status.h"

#include <limits.h>
#include <string.h>

#define FILE_MAX (1 << 20) /* bytes; a fake model is a page of text */

static const char model_line[] = "#arny-fake 1\n";
static const char adapter_line[] = "#arny-fake-adapter 1\n";

static const char default_template[] = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
                                       "{% endfor %}<|im_start|>assistant\n";

uint64_t ar_fake_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t ar_fake_hash(const void *data, size_t bytes)
{
    return ar_fake_mix(ar_hash(AR_HASH_BEGIN, data, bytes));
}

int ar_fake_recognizes(const void *head, size_t bytes)
{
    const size_t common = 8; /* an engine may see no more of a file */
    return bytes >= common && memcmp(head, model_line, common) == 0;
}

/* ---- values --------------------------------------------------------------------------------------------------- */

static int get_int(int64_t *out, const ar_json *json, const ar_json_value *object, const char *key, int64_t min,
                   int64_t max)
{
    const ar_json_value *value = ar_json_get(object, key);
    return value ? ar_json_integer(out, json, value, min, max) : ARNY_OK;
}

static int get_bool(int *out, const ar_json *json, const ar_json_value *object, const char *key)
{
    const ar_json_value *value = ar_json_get(object, key);
    return value ? ar_json_bool(out, json, value) : ARNY_OK;
}

static int get_string(char **out, const ar_json *json, const ar_json_value *object, const char *key,
                      const char *otherwise)
{
    const ar_json_value *value = ar_json_get(object, key);
    const char *text = otherwise;
    int status = value ? ar_json_string(&text, json, value) : ARNY_OK;
    if (status)
        return status;
    *out = ar_strdup(text);
    return *out ? ARNY_OK : ARNY_E_MEMORY;
}

static int get_status(int *out, const ar_json *json, const ar_json_value *object, const char *key)
{
    const ar_json_value *value = ar_json_get(object, key);
    const char *name;
    if (!value)
        return ARNY_OK;
    int status = ar_json_string(&name, json, value);
    if (status)
        return status;
    for (int code = ARNY_E_ARGUMENT; code > ARNY_E_END; code--) {
        if (strcmp(arny_status_name(code), name) == 0) {
            *out = code;
            return ARNY_OK;
        }
    }
    return ar_json_fail(ARNY_E_DATA, json, value,
                        "the name of a failure such as \"memory\" or \"data\" expected, not \"%s\"", name);
}

/* ---- rules ---------------------------------------------------------------------------------------------------- */

static void rule_free(ar_fake_rule *rule)
{
    for (size_t i = 0; i < rule->count; i++)
        ar_free(rule->texts[i].text);
    ar_free(rule->texts);
    ar_free(rule->when);
}

static int set_text(ar_fake_text *out, const char *text, double weight)
{
    out->text = ar_strdup(text);
    if (!out->text)
        return ARNY_E_MEMORY;
    out->bytes = strlen(text);
    out->weight = weight;
    return ARNY_OK;
}

/* {"math": 0.6, "wellness": 0.4} */
static int read_texts(ar_fake_rule *out, const ar_json *json, const ar_json_value *value)
{
    double sum = 0;
    int status = ar_json_object(json, value);
    if (status)
        return status;
    if (ar_json_count(value) == 0)
        return ar_json_fail(ARNY_E_DATA, json, value, "at least one text with its probability expected");
    out->sure = 0.999; /* so that what is read back from logits is what the file says */
    for (size_t i = 0; i < out->count; i++) {
        double weight = 0;
        if ((status = ar_json_number(&weight, json, ar_json_at(value, i), 1e-6, 1)))
            return status;
        if ((status = set_text(&out->texts[i], ar_json_key_at(value, i), weight)))
            return status;
        sum += weight;
    }
    for (size_t i = 0; i < out->count; i++)
        out->texts[i].weight /= sum;
    return ARNY_OK;
}

/* On failure *out is still fit for rule_free. */
static int read_say(ar_fake_rule *out, const ar_json *json, const ar_json_value *value)
{
    const char *text;
    int many = ar_json_type(value) == AR_JSON_OBJECT;
    size_t count = many ? ar_json_count(value) : 1;
    out->texts = ar_calloc(count ? count : 1, sizeof *out->texts);
    if (!out->texts)
        return ARNY_E_MEMORY;
    out->count = count;
    if (many)
        return read_texts(out, json, value);
    out->sure = 0.9;
    int status = ar_json_string(&text, json, value);
    return status ? status : set_text(&out->texts[0], text, 1);
}

static int read_rule(ar_fake_rule *out, const ar_json *json, const ar_json_value *value)
{
    static const char *const keys[] = {"when", "say", NULL};
    int status = ar_json_object(json, value);
    if (!status)
        status = ar_json_only(json, value, keys);
    if (status)
        return status;
    const ar_json_value *when = ar_json_get(value, "when"), *say = ar_json_get(value, "say");
    if (!when || !say)
        return ar_json_fail(ARNY_E_DATA, json, value, "a rule has both \"when\" and \"say\"");
    if ((status = get_string(&out->when, json, value, "when", "")))
        return status;
    if (!out->when[0])
        return ar_json_fail(ARNY_E_DATA, json, when, "a text expected that is not empty; \"default\" always matches");
    for (char *c = out->when; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    return read_say(out, json, say);
}

static int read_rules(ar_fake_file *out, const ar_json *json, const ar_json_value *root)
{
    const ar_json_value *rules = ar_json_get(root, "say");
    if (!rules)
        return ARNY_OK;
    int status = ar_json_array(json, rules);
    if (status)
        return status;
    size_t count = ar_json_count(rules);
    out->rules = ar_calloc(count ? count : 1, sizeof *out->rules);
    if (!out->rules)
        return ARNY_E_MEMORY;
    out->rule_count = count;
    for (size_t i = 0; i < count && !status; i++)
        status = read_rule(&out->rules[i], json, ar_json_at(rules, i));
    return status;
}

/* ---- the file ------------------------------------------------------------------------------------------------- */

static int read_fail(ar_fake_file *out, const ar_json *json, const ar_json_value *root)
{
    static const char *const keys[] = {"open",    "context", "prefill_at", "step_at", "score_at",
                                       "restore", "save",    "embed",      "park",    NULL};
    const ar_json_value *fail = ar_json_get(root, "fail");
    int status;
    if (!fail)
        return ARNY_OK;
    if ((status = ar_json_object(json, fail)) || (status = ar_json_only(json, fail, keys)) ||
        (status = get_status(&out->fail_open, json, fail, "open")) ||
        (status = get_status(&out->fail_context, json, fail, "context")) ||
        (status = get_int(&out->fail_prefill_at, json, fail, "prefill_at", 1, INT32_MAX)) ||
        (status = get_int(&out->fail_step_at, json, fail, "step_at", 1, INT32_MAX)) ||
        (status = get_int(&out->fail_score_at, json, fail, "score_at", 1, INT32_MAX)) ||
        (status = get_bool(&out->fail_restore, json, fail, "restore")) ||
        (status = get_bool(&out->fail_save, json, fail, "save")) ||
        (status = get_bool(&out->fail_embed, json, fail, "embed")) ||
        (status = get_bool(&out->fail_park, json, fail, "park")))
        return status;
    return ARNY_OK;
}

static int read_model(ar_fake_file *out, const ar_json *json, const ar_json_value *root)
{
    static const char *const keys[] = {"name",     "architecture", "chat_template", "context",    "embedding",
                                       "add_bos",  "exact_state",  "weights",       "parked",     "opening",
                                       "allocate", "kv_bytes",     "open_ms",       "prefill_us", "step_us",
                                       "say",      "default",      "fail",          NULL};
    const int64_t times_max = 10000000; /* 10 s in us; in ms it is nonsense, but no harm */
    int status;
    out->context = 4096;
    out->embedding = 8;
    out->add_bos = 1;
    out->weights = 1 << 20;
    out->kv_bytes = 64;
    if ((status = ar_json_only(json, root, keys)) || (status = get_string(&out->name, json, root, "name", "")) ||
        (status = get_string(&out->architecture, json, root, "architecture", "fake")) ||
        (status = get_string(&out->chat_template, json, root, "chat_template", default_template)) ||
        (status = get_int(&out->context, json, root, "context", 16, 1 << 20)) ||
        (status = get_int(&out->embedding, json, root, "embedding", 1, 4096)) ||
        (status = get_bool(&out->add_bos, json, root, "add_bos")) ||
        (status = get_bool(&out->exact_state, json, root, "exact_state")) ||
        (status = get_int(&out->weights, json, root, "weights", 0, (int64_t)1 << 40)) ||
        (status = get_int(&out->parked, json, root, "parked", 0, (int64_t)1 << 40)) ||
        (status = get_int(&out->opening, json, root, "opening", 0, (int64_t)1 << 40)) ||
        (status = get_bool(&out->allocate, json, root, "allocate")) ||
        (status = get_int(&out->kv_bytes, json, root, "kv_bytes", 16, 1 << 20)) ||
        (status = get_int(&out->open_ms, json, root, "open_ms", 0, times_max)) ||
        (status = get_int(&out->prefill_us, json, root, "prefill_us", 0, times_max)) ||
        (status = get_int(&out->step_us, json, root, "step_us", 0, times_max)) ||
        (status = read_rules(out, json, root)) || (status = read_fail(out, json, root)))
        return status;
    if (out->parked > out->weights)
        return ar_json_fail(ARNY_E_DATA, json, ar_json_get(root, "parked"), "at most the weights expected");
    const ar_json_value *fallback = ar_json_get(root, "default");
    return fallback ? read_say(&out->fallback, json, fallback) : ARNY_OK;
}

static int read_adapter(ar_fake_file *out, const ar_json *json, const ar_json_value *root)
{
    static const char *const keys[] = {"base", "say", NULL};
    int status = ar_json_only(json, root, keys);
    if (!status)
        status = get_string(&out->base, json, root, "base", "fake");
    return status ? status : read_rules(out, json, root);
}

/* The first line becomes spaces, so that the JSON's errors have the lines of the file. */
static int blank_first_line(ar_fake_file *out, ar_buf *text, const char *path)
{
    size_t model = sizeof model_line - 1, adapter = sizeof adapter_line - 1;
    if (text->len >= model && memcmp(text->ptr, model_line, model) == 0) {
        memset(text->ptr, ' ', model - 1);
    } else if (text->len >= adapter && memcmp(text->ptr, adapter_line, adapter) == 0) {
        out->adapter = 1;
        memset(text->ptr, ' ', adapter - 1);
    } else {
        return ar_fail(ARNY_E_DATA, "%s:1:1: the first line must be \"#arny-fake 1\" or \"#arny-fake-adapter 1\"",
                       path);
    }
    return ARNY_OK;
}

int ar_fake_file_read(ar_fake_file *out, const char *path)
{
    ar_buf text;
    ar_json *json = NULL;
    memset(out, 0, sizeof *out);
    ar_buf_init(&text, FILE_MAX);
    int status = ar_fs_read(&text, path);
    if (status)
        goto out;
    out->bytes = (int64_t)text.len;
    out->identity = ar_fake_hash(text.ptr, text.len);
    if ((status = blank_first_line(out, &text, path)) || (status = ar_json_parse(&json, text.ptr, text.len, path)))
        goto out;
    const ar_json_value *root = ar_json_root(json);
    if ((status = ar_json_object(json, root)))
        goto out;
    status = out->adapter ? read_adapter(out, json, root) : read_model(out, json, root);
out:
    ar_json_free(json);
    ar_buf_free(&text);
    if (status)
        ar_fake_file_free(out);
    return status;
}

void ar_fake_file_free(ar_fake_file *file)
{
    for (size_t i = 0; i < file->rule_count; i++)
        rule_free(&file->rules[i]);
    ar_free(file->rules);
    rule_free(&file->fallback);
    ar_free(file->name);
    ar_free(file->architecture);
    ar_free(file->chat_template);
    ar_free(file->base);
    memset(file, 0, sizeof *file);
}
