/* "gateway" of team.json: who decides, and how. */
#include "config/config_parse.h"
#include "util/mem.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const mode_names[] = {"score", "json", "head", NULL}; /* enum ar_gateway_mode from SCORE on */

static const ar_field gateway_fields[] = {
    {"model", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"mode", AR_FIELD_WORD, offsetof(ar_gateway_config, mode), AR_GATEWAY_SCORE, 0, mode_names},
    {"prompt", AR_FIELD_TEXT, offsetof(ar_gateway_config, prompt), 1, AR_MAX_PROMPT, NULL},
    {"head", AR_FIELD_PATH, 0, 0, 0, NULL},
    {"context", AR_FIELD_INTEGER, offsetof(ar_gateway_config, context), 128, 1048576, NULL},
    {"threshold", AR_FIELD_NUMBER, offsetof(ar_gateway_config, threshold), 0, 1, NULL},
    {"hysteresis", AR_FIELD_NUMBER, offsetof(ar_gateway_config, hysteresis), 0, 1, NULL},
    {"fallback", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"none", AR_FIELD_BOOL, offsetof(ar_gateway_config, none), 0, 0, NULL},
    {"calibrate", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"examples", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"safety", AR_FIELD_OTHER, 0, 0, 0, NULL},
};

static const ar_field safety_fields[] = {
    {"threshold", AR_FIELD_NUMBER, offsetof(ar_gateway_config, alarm), 0.001, 1, NULL},
    {"answer", AR_FIELD_BOOL, offsetof(ar_gateway_config, speaks), 0, 0, NULL},
    {"help", AR_FIELD_OTHER, 0, 0, 0, NULL},
};

static const ar_field example_fields[] = {
    {"text", AR_FIELD_TEXT, offsetof(ar_example, text), 1, AR_MAX_EXAMPLE, NULL},
    {"agent", AR_FIELD_OTHER, 0, 0, 0, NULL},
};

static int read_example(ar_example *example, const ar_config_reader *reader, const ar_json_value *object)
{
    const ar_field_set set = AR_FIELD_SET(example_fields, example);
    const ar_json_value *agent, *text;
    int status = ar_fields_read(reader->json, object, &set, 1);
    if (!status)
        status = ar_field_need(&text, reader->json, object, "text", "the message");
    if (!status)
        status = ar_field_need(&agent, reader->json, object, "agent", "who should answer the message");
    if (!status)
        status = ar_config_agent_ref(&example->agent, reader, agent, 1);
    if (!status && example->agent == reader->config->agent_count && !reader->config->gateway.none)
        status = ar_json_fail(ARNY_E_DATA, reader->json, agent,
                              "an agent expected: \"none\" is no answer of this gateway, whose \"none\" is false");
    return status;
}

static int read_examples(ar_config_reader *reader, const ar_json_value *array)
{
    ar_gateway_config *gateway = &reader->config->gateway;
    int status = ar_json_array(reader->json, array);
    if (status)
        return status;
    size_t count = ar_json_count(array);
    if (count > AR_MAX_EXAMPLES)
        return ar_json_fail(ARNY_E_DATA, reader->json, array, "at most %d examples expected, not %zu", AR_MAX_EXAMPLES,
                            count);
    if (!count)
        return 0;
    gateway->examples = ar_calloc(count, sizeof *gateway->examples);
    if (!gateway->examples)
        return ARNY_E_MEMORY;
    gateway->example_count = count;
    for (size_t i = 0; i < count && !status; i++)
        status = read_example(&gateway->examples[i], reader, ar_json_at(array, i));
    return status;
}

/* true, false, or the messages to do it on. */
static int read_calibrate(const ar_config_reader *reader, const ar_json_value *value)
{
    ar_gateway_config *gateway = &reader->config->gateway;
    int type = ar_json_type(value), status = ARNY_OK;
    if (type == AR_JSON_BOOL)
        return ar_json_bool(&gateway->calibrate, reader->json, value);
    size_t count = type == AR_JSON_ARRAY ? ar_json_count(value) : 0;
    if (count < 1 || count > AR_MAX_TYPICAL)
        return ar_json_fail(ARNY_E_DATA, reader->json, value, "true, false or 1 to %d messages expected",
                            AR_MAX_TYPICAL);
    gateway->typical = ar_calloc(count, sizeof *gateway->typical);
    if (!gateway->typical)
        return ARNY_E_MEMORY;
    gateway->typical_count = count;
    for (size_t i = 0; i < count && !status; i++)
        status = ar_field_text(&gateway->typical[i], reader->json, ar_json_at(value, i), 1, AR_MAX_EXAMPLE);
    return status;
}

/* The app's texts, by language. */
static int read_help(ar_gateway_config *gateway, const ar_json *json, const ar_json_value *object)
{
    int status = ar_json_object(json, object);
    size_t count = ar_json_count(object);
    if (status)
        return status;
    if (count < 1 || count > AR_MAX_HELP)
        return ar_json_fail(ARNY_E_DATA, json, object, "1 to %d languages expected, such as {\"en\": \"...\"}",
                            AR_MAX_HELP);
    gateway->help = ar_calloc(count, sizeof *gateway->help);
    if (!gateway->help)
        return ARNY_E_MEMORY;
    gateway->help_count = count;
    for (size_t i = 0; i < count && !status; i++) {
        const char *language = ar_json_key_at(object, i);
        if (strspn(language, "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(language) ||
            strlen(language) < 2 || strlen(language) > 16)
            return ar_json_fail(ARNY_E_DATA, json, ar_json_at(object, i),
                                "a language expected, such as \"en\" or \"pt-BR\"");
        status = (gateway->help[i].language = ar_strdup(language)) ? ARNY_OK : ARNY_E_MEMORY;
        if (!status)
            status = ar_field_text(&gateway->help[i].text, json, ar_json_at(object, i), 1, AR_MAX_HELP_TEXT);
    }
    return status;
}

/* The text in the app's language; else in a dialect of it, or the language that it is a dialect of; else the first. */
static size_t pick_help(const ar_gateway_config *gateway, const char *language)
{
    size_t best = 0, best_fit = 0;
    for (size_t i = 0; language && i < gateway->help_count; i++) {
        const char *own = gateway->help[i].language;
        size_t main = strcspn(own, "-"), common = main;
        if (strcspn(language, "-_.@") != main || strncasecmp(own, language, main) != 0)
            continue;
        while (own[common] && (tolower((unsigned char)own[common]) == tolower((unsigned char)language[common]) ||
                               (own[common] == '-' && language[common] == '_')))
            common++;
        size_t fit = own[common] ? 1 : 1 + common; /* another dialect is better than nothing */
        if (fit > best_fit) {
            best = i;
            best_fit = fit;
        }
    }
    return best;
}

static int read_safety(const ar_config_reader *reader, const ar_json_value *object)
{
    ar_gateway_config *gateway = &reader->config->gateway;
    const ar_field_set set = AR_FIELD_SET(safety_fields, gateway);
    int status = ar_fields_read(reader->json, object, &set, 1);
    const ar_json_value *help = ar_json_get(object, "help");
    if (!status && help)
        status = read_help(gateway, reader->json, help);
    gateway->help_shown = pick_help(gateway, reader->language);
    if (!status && !gateway->speaks && gateway->help_count == 0)
        status = ar_json_fail(ARNY_E_DATA, reader->json, object,
                              "\"answer\" is false, so \"help\" must say what is shown instead");
    return status;
}

/* "head" and what else goes only with it, or only without it. */
static int read_head(const ar_config_reader *reader, const ar_json_value *object)
{
    static const char *const others[] = {"calibrate", "examples"};
    ar_gateway_config *gateway = &reader->config->gateway;
    const ar_json_value *head = ar_json_get(object, "head"), *safety = ar_json_get(object, "safety"), *value;
    if (gateway->mode != AR_GATEWAY_HEAD)
        return head || safety
                   ? ar_json_fail(ARNY_E_DATA, reader->json, head ? head : safety, "it goes with \"mode\": \"head\"")
                   : ARNY_OK;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if ((value = ar_json_get(object, others[i])))
            return ar_json_fail(ARNY_E_DATA, reader->json, value,
                                "it goes with \"mode\": \"score\" or \"json\"; a head is trained on its examples");
    int status = ar_field_need(&head, reader->json, object, "head", "the file that `arny gateway train` writes");
    if (!status)
        status = ar_config_path(&gateway->head, reader, head);
    if (!status && safety)
        status = read_safety(reader, safety);
    return status;
}

int ar_config_gateway(ar_config_reader *reader, const ar_json_value *object)
{
    ar_gateway_config *gateway = &reader->config->gateway;
    const ar_field_set set = AR_FIELD_SET(gateway_fields, gateway);
    gateway->mode = AR_GATEWAY_SCORE;
    gateway->context = 1024;
    gateway->threshold = 0.5;
    gateway->none = 1;
    gateway->calibrate = 1;
    gateway->speaks = 1;

    int status = ar_fields_read(reader->json, object, &set, 1);
    if (!status)
        status = ar_config_model_ref(&gateway->model, reader, object);
    if (!status)
        status = read_head(reader, object);
    const ar_json_value *fallback = ar_json_get(object, "fallback");
    if (!status && fallback)
        status = ar_config_agent_ref(&gateway->fallback, reader, fallback, 0);
    const ar_json_value *calibrate = ar_json_get(object, "calibrate");
    if (!status && calibrate)
        status = read_calibrate(reader, calibrate);
    const ar_json_value *examples = ar_json_get(object, "examples");
    if (!status && examples)
        status = read_examples(reader, examples);
    return status;
}
