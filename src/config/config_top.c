/* The top of team.json: the plan, the engine, the budget, and the defaults of all models and agents. */
#include "config/config_parse.h"

#include <arny/sys/engine.h>
#include <stddef.h>
#include <string.h>

#define DISK_DEFAULT ((int64_t)512 << 20) /* of snapshots */

const char *const ar_plan_names[] = {"monolith", "hybrid", "adapters", NULL}; /* in the order of enum ar_plan */
const char *const ar_engine_names[] = {"gguf", "pte", "fake", NULL};
static const char *const history_names[] = {"own", "shared", NULL};          /* enum ar_history */
static const char *const persist_names[] = {"none", "memory", "disk", NULL}; /* enum ar_persist */
static const char *const kv_names[] = {"f16", "q8_0", "f32", NULL};          /* enum arny_kv_type */

static const ar_field top_fields[] = {
    {"arny", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"plan", AR_FIELD_WORD, offsetof(ar_team_config, plan), AR_PLAN_MONOLITH, 0, ar_plan_names},
    {"engine", AR_FIELD_NAME, offsetof(ar_team_config, engine), 0, 0, ar_engine_names},
    {"budget", AR_FIELD_BYTES, offsetof(ar_team_config, budget), 0, 0, NULL},
    {"disk", AR_FIELD_BYTES, offsetof(ar_team_config, disk), 0, 0, NULL},
    {"history", AR_FIELD_WORD, offsetof(ar_team_config, history), AR_HISTORY_OWN, 0, history_names},
    {"persist", AR_FIELD_WORD, offsetof(ar_team_config, persist), AR_PERSIST_NONE, 0, persist_names},
    {"models", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"agents", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"gateway", AR_FIELD_OTHER, 0, 0, 0, NULL},
};

const ar_field ar_run_fields[6] = {
    {"threads", AR_FIELD_THREADS, offsetof(ar_run_config, threads), 0, 256, NULL},
    {"context", AR_FIELD_INTEGER, offsetof(ar_run_config, context), 16, 1048576, NULL},
    {"batch", AR_FIELD_INTEGER, offsetof(ar_run_config, batch), 1, 8192, NULL},
    {"kv", AR_FIELD_WORD, offsetof(ar_run_config, kv_type), ARNY_KV_F16, 0, kv_names},
    {"gpu_layers", AR_FIELD_INTEGER, offsetof(ar_run_config, gpu_layers), -1, 999, NULL},
    {"repack", AR_FIELD_REPACK, offsetof(ar_run_config, repack), 0, 0, NULL},
};

const ar_field ar_sampling_fields[7] = {
    {"temperature", AR_FIELD_FLOAT, offsetof(arny_sampling, temperature), 0, 10, NULL},
    {"top_k", AR_FIELD_INTEGER, offsetof(arny_sampling, top_k), 0, 1048576, NULL},
    {"top_p", AR_FIELD_FLOAT_ABOVE, offsetof(arny_sampling, top_p), 0, 1, NULL},
    {"min_p", AR_FIELD_FLOAT, offsetof(arny_sampling, min_p), 0, 1, NULL},
    {"repeat_penalty", AR_FIELD_FLOAT_ABOVE, offsetof(arny_sampling, repeat_penalty), 0, 10, NULL},
    {"repeat_last", AR_FIELD_INTEGER, offsetof(arny_sampling, repeat_last), 0, 1024, NULL},
    {"seed", AR_FIELD_SEED, offsetof(arny_sampling, seed), 0, 0, NULL},
};

const ar_field ar_speech_fields[2] = {
    {"max_tokens", AR_FIELD_INTEGER, offsetof(ar_agent_config, max_tokens), 1, 1048576, NULL},
    {"stop", AR_FIELD_OTHER, 0, 0, 0, NULL},
};

/* Before anything else is looked at: a later version may have other keys. */
static int check_version(const ar_json *json, const ar_json_value *root)
{
    const ar_json_value *value;
    int64_t version;
    int status = ar_json_object(json, root);
    if (!status)
        status = ar_field_need(&value, json, root, "arny", "\"arny\": 1 says which version of the format it is");
    if (!status)
        status = ar_json_integer(&version, json, value, INT64_MIN, INT64_MAX);
    if (!status && version != 1)
        status =
            ar_json_fail(ARNY_E_DATA, json, value, "version 1 of the format expected, not %lld", (long long)version);
    return status;
}

static int check_engine(const ar_json *json, const ar_json_value *value, const char *engine)
{
    if (!value || arny_engine_find(engine)) /* without the key, each model looks for its own */
        return 0;
    return ar_json_fail(ARNY_E_UNSUPPORTED, json, value, "this build has no engine \"%s\"; it has: %s", engine,
                        arny_engines());
}

int ar_config_top(ar_config_reader *reader, const ar_json_value *root, const arny_team_options *options)
{
    const ar_json_value *plan;
    ar_team_config *config = reader->config;
    const ar_json *json = reader->json;
    const ar_field_set sets[] = {
        AR_FIELD_SET(top_fields, config),
        AR_FIELD_SET(ar_run_fields, &reader->run),
        AR_FIELD_SET(ar_sampling_fields, &reader->agent.sampling),
        AR_FIELD_SET(ar_speech_fields, &reader->agent),
    };
    config->engine = ar_engine_names[0];
    config->history = AR_HISTORY_OWN;
    config->persist = AR_PERSIST_MEMORY;
    config->disk = DISK_DEFAULT;
    reader->run = (ar_run_config){.context = 2048, .batch = 512, .kv_type = ARNY_KV_F16, .repack = -1};
    reader->agent.max_tokens = 512;
    arny_sampling_default(&reader->agent.sampling);

    int status = check_version(json, root);
    if (!status)
        status = ar_fields_read(json, root, sets, sizeof sets / sizeof *sets);
    if (!status)
        status = ar_field_need(&plan, json, root, "plan", "\"monolith\", \"hybrid\" or \"adapters\"");
    if (!status)
        status = ar_config_stop(&reader->agent, json, root);
    if (!status && !(options && options->engine))
        status = check_engine(json, ar_json_get(root, "engine"), config->engine);
    if (status || !options)
        return status;

    for (size_t i = 0; options->engine && ar_engine_names[i]; i++) {
        if (!strcmp(ar_engine_names[i], options->engine))
            config->engine = ar_engine_names[i];
    }
    config->budget = options->budget ? options->budget : config->budget;
    reader->threads = options->threads;
    reader->language = options->language;
    return 0;
}
