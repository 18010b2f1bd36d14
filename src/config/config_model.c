/* "models" of team.json: files, and the settings they are run with. */
#include "config/config_parse.h"
#include "util/fs.h"
#include "util/mem.h"

#include <arny/sys/engine.h>
#include <stddef.h>
#include <string.h>

static const ar_field model_fields[] = {
    {"gguf", AR_FIELD_PATH, 0, 0, 0, NULL},
    {"pte", AR_FIELD_PATH, 0, 0, 0, NULL},
    {"fake", AR_FIELD_PATH, 0, 0, 0, NULL},
    {"tokenizer", AR_FIELD_PATH, 0, 0, 0, NULL},
    {"chat", AR_FIELD_CHAT, offsetof(ar_model_config, chat), 0, 0, NULL},
};

/* Letters, digits, '-' and '_', a letter first: names are typed on command lines and read from prompts. */
int ar_config_name(char **out, const ar_config_reader *reader, const ar_json_value *object, size_t index,
                   const char *what)
{
    char shown[AR_SHOWN_BYTES];
    const char *name = ar_json_key_at(object, index);
    size_t bytes = strlen(name);
    size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (!bytes || bytes > AR_MAX_NAME || good < bytes || name[0] < 'a' || name[0] > 'z')
        return ar_json_fail(ARNY_E_DATA, reader->json, ar_json_at(object, index),
                            "\"%s\" cannot be the name of %s; 1 to %d of a-z, 0-9, '-' and '_' expected, "
                            "a letter first",
                            ar_shown(shown, name), what, AR_MAX_NAME);
    *out = ar_strdup(name);
    return *out ? 0 : ARNY_E_MEMORY;
}

int ar_config_path(char **out, const ar_config_reader *reader, const ar_json_value *value)
{
    const char *name;
    int status = ar_json_string(&name, reader->json, value);
    if (status)
        return status;
    *out = ar_path_join(reader->config->folder, name);
    return *out ? ARNY_OK : ARNY_E_MEMORY;
}

int ar_config_file(char **out, const ar_config_reader *reader, const ar_json_value *value)
{
    char *path;
    ar_file_id id;
    int status = ar_config_path(&path, reader, value);
    if (status)
        return status;
    status = ar_fs_id(&id, path);
    if (status == ARNY_E_NOT_FOUND)
        ar_json_fail(status, reader->json, value, "there is no file %s", path);
    else if (status == ARNY_E_DATA)
        ar_json_fail(status, reader->json, value, "%s is not a regular file", path);
    else if (status && status != ARNY_E_MEMORY)
        ar_json_fail(status, reader->json, value, "%s cannot be looked at", path);
    if (status) {
        ar_free(path);
        return status;
    }
    *out = path;
    return 0;
}

/* The team's engine where the model has a file for it, else the only one that it has a file for. */
static int pick_engine(const char **out, const ar_config_reader *reader, const ar_json_value *object)
{
    const char *kinds[4] = {0};
    char list[AR_LIST_BYTES];
    size_t count = 0;
    *out = NULL;
    for (size_t i = 0; ar_engine_names[i]; i++) {
        if (!ar_json_get(object, ar_engine_names[i]))
            continue;
        kinds[count++] = ar_engine_names[i];
        if (!strcmp(ar_engine_names[i], reader->config->engine))
            *out = ar_engine_names[i];
    }
    if (!count)
        return ar_json_fail(ARNY_E_DATA, reader->json, object, "it has no file; %s expected",
                            ar_list(list, ar_engine_names, " or "));
    if (!*out && count > 1)
        return ar_json_fail(ARNY_E_DATA, reader->json, object,
                            "it has no \"%s\" file, which is the team's engine; add one, or set \"engine\" to %s",
                            reader->config->engine, ar_list(list, kinds, " or "));
    if (!*out)
        *out = kinds[0];
    if (!arny_engine_find(*out))
        return ar_json_fail(ARNY_E_UNSUPPORTED, reader->json, ar_json_get(object, *out),
                            "this build has no engine \"%s\"; it has: %s", *out, arny_engines());
    return 0;
}

static int read_model(ar_model_config *model, const ar_config_reader *reader, const ar_json_value *object)
{
    const ar_field_set sets[] = {
        AR_FIELD_SET(model_fields, model),
        AR_FIELD_SET(ar_run_fields, &model->run),
    };
    model->run = reader->run;
    int status = ar_fields_read(reader->json, object, sets, sizeof sets / sizeof *sets);
    if (reader->threads)
        model->run.threads = reader->threads;
    if (!status)
        status = pick_engine(&model->engine, reader, object);
    if (status)
        return status;

    const ar_json_value *file = ar_json_get(object, model->engine);
    const ar_json_value *tokenizer = ar_json_get(object, "tokenizer");
    status = ar_field_text(&model->file, reader->json, file, 1, SIZE_MAX);
    if (!status)
        status = ar_config_file(&model->path, reader, file);
    if (!status && tokenizer && strcmp(model->engine, "gguf")) /* a GGUF file has its own vocabulary */
        status = ar_config_file(&model->tokenizer, reader, tokenizer);
    return status;
}

int ar_config_models(ar_config_reader *reader, const ar_json_value *object)
{
    ar_team_config *config = reader->config;
    int status = ar_json_object(reader->json, object);
    if (status)
        return status;
    size_t count = ar_json_count(object);
    if (!count || count > AR_MAX_MODELS)
        return ar_json_fail(ARNY_E_DATA, reader->json, object, "1 to %d models expected, not %zu", AR_MAX_MODELS,
                            count);
    config->models = ar_calloc(count, sizeof *config->models);
    if (!config->models)
        return ARNY_E_MEMORY;
    config->model_count = count;
    for (size_t i = 0; i < count && !status; i++) {
        status = ar_config_name(&config->models[i].name, reader, object, i, "a model");
        if (!status)
            status = read_model(&config->models[i], reader, ar_json_at(object, i));
    }
    return status;
}

int ar_config_model_ref(size_t *out, const ar_config_reader *reader, const ar_json_value *object)
{
    const char *names[AR_MAX_MODELS + 1] = {0};
    char list[AR_LIST_BYTES];
    const char *name;
    const ar_team_config *config = reader->config;
    const ar_json_value *value = ar_json_get(object, "model");
    for (size_t i = 0; i < config->model_count; i++)
        names[i] = config->models[i].name;
    *out = 0;
    if (!value && config->model_count == 1)
        return 0;
    if (!value)
        return ar_json_fail(ARNY_E_DATA, reader->json, object, "\"model\" is missing: one of %s",
                            ar_list(list, names, ", "));
    int status = ar_json_string(&name, reader->json, value);
    if (status)
        return status;
    for (size_t i = 0; i < config->model_count; i++) {
        if (!strcmp(names[i], name)) {
            *out = i;
            return 0;
        }
    }
    return ar_field_unknown(reader->json, value, "model", name, names);
}
