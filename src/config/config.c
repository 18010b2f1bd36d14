#include "config/config.h"
#include "config/config_parse.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"

#include <arny/sys/engine.h>
#include <string.h>

#define MAX_FILE (1 << 20) /* bytes of a team.json */

/* ---- reading ------------------------------------------------------------------------------------------------ */

static int check_options(const arny_team_options *options)
{
    const char *const *name = ar_engine_names;
    char list[AR_LIST_BYTES], shown[AR_SHOWN_BYTES];
    if (!options)
        return 0;
    if (options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_options.size is %u, not %zu; set it with ARNY_TEAM_OPTIONS_INIT",
                       (unsigned)options->size, sizeof *options);
    if (options->budget < 0)
        return ar_fail(ARNY_E_ARGUMENT, "a budget of %lld bytes; 0 (none) or more expected",
                       (long long)options->budget);
    if (options->threads < 0 || options->threads > 256)
        return ar_fail(ARNY_E_ARGUMENT, "%d threads; 1 to 256, or 0 (as team.json says), expected",
                       (int)options->threads);
    while (options->engine && *name && strcmp(*name, options->engine))
        name++;
    if (!*name)
        return ar_fail(ARNY_E_ARGUMENT, "no engine \"%s\"; %s expected", ar_shown(shown, options->engine),
                       ar_list(list, ar_engine_names, " or "));
    if (options->engine && !arny_engine_find(options->engine))
        return ar_fail(ARNY_E_UNSUPPORTED, "this build has no engine \"%s\"; it has: %s", options->engine,
                       arny_engines());
    return 0;
}

/* A folder stands for the team.json in it. */
static int locate(ar_team_config *config, const char *path)
{
    int is_folder = ar_fs_is_dir(path);
    config->folder = is_folder ? ar_strdup(path) : ar_path_dir(path);
    config->file = is_folder ? ar_path_join(path, "team.json") : ar_strdup(path);
    return config->folder && config->file ? 0 : ARNY_E_MEMORY;
}

static int read_document(ar_json **out, const ar_team_config *config)
{
    ar_buf text = AR_BUF_INIT(MAX_FILE);
    int status = ar_fs_read(&text, config->file);
    if (!status)
        status = ar_json_parse(out, text.ptr, text.len, config->file);
    ar_buf_free(&text);
    return status;
}

/* The plan says how many models the agents may have between them. */
static int check_plan(const ar_config_reader *reader, const ar_json_value *agents)
{
    const ar_team_config *config = reader->config;
    if (config->plan == AR_PLAN_HYBRID)
        return 0;
    for (size_t i = 1; i < config->agent_count; i++) {
        const ar_agent_config *first = &config->agents[0], *agent = &config->agents[i];
        if (agent->model == first->model)
            continue;
        return ar_json_fail(ARNY_E_DATA, reader->json, ar_json_get(ar_json_at(agents, i), "model"),
                            "plan \"%s\" has one model for all agents, and \"%s\" has \"%s\"; "
                            "plan \"hybrid\" is the one with a model an agent",
                            ar_plan_names[config->plan], first->name, config->models[first->model].name);
    }
    return 0;
}

static int read_team(ar_config_reader *reader, const ar_json_value *root, const arny_team_options *options)
{
    const ar_json_value *models, *agents, *gateway = ar_json_get(root, "gateway");
    int status = ar_config_top(reader, root, options);
    if (!status)
        status =
            ar_field_need(&models, reader->json, root, "models", "{\"base\": {\"gguf\": \"base.gguf\"}}, for example");
    if (!status)
        status = ar_field_need(&agents, reader->json, root, "agents",
                               "{\"math\": {\"prompt\": \"You are a mathematics tutor.\"}}, for example");
    if (!status)
        status = ar_config_models(reader, models);
    if (!status)
        status = ar_config_agents(reader, agents);
    if (!status)
        status = check_plan(reader, agents);
    reader->config->gateway.fallback = reader->config->agent_count;
    if (!status && gateway)
        status = ar_config_gateway(reader, gateway);
    return status;
}

int ar_team_config_read(ar_team_config **out, const char *path, const arny_team_options *options)
{
    ar_config_reader reader = {0};
    ar_json *json = NULL;
    *out = NULL;
    if (!path || !*path)
        return ar_fail(ARNY_E_ARGUMENT, "a team's path is missing: a folder with a team.json, or the file");
    int status = check_options(options);
    if (status)
        return status;

    ar_team_config *config = ar_calloc(1, sizeof *config);
    if (!config)
        return ARNY_E_MEMORY;
    reader.config = config;
    status = locate(config, path);
    if (!status)
        status = read_document(&json, config);
    if (status)
        goto out;
    reader.json = json;
    status = read_team(&reader, ar_json_root(json), options);
out:
    ar_config_agent_free(&reader.agent);
    ar_json_free(json);
    if (status) {
        ar_team_config_free(config);
        return status;
    }
    *out = config;
    return 0;
}

void ar_team_config_free(ar_team_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->model_count; i++) {
        ar_free(config->models[i].name);
        ar_free(config->models[i].path);
        ar_free(config->models[i].file);
        ar_free(config->models[i].tokenizer);
    }
    for (size_t i = 0; i < config->agent_count; i++)
        ar_config_agent_free(&config->agents[i]);
    for (size_t i = 0; i < config->gateway.example_count; i++)
        ar_free(config->gateway.examples[i].text);
    ar_free(config->gateway.examples);
    for (size_t i = 0; i < config->gateway.typical_count; i++)
        ar_free(config->gateway.typical[i]);
    ar_free(config->gateway.typical);
    for (size_t i = 0; i < config->gateway.help_count; i++) {
        ar_free(config->gateway.help[i].language);
        ar_free(config->gateway.help[i].text);
    }
    ar_free(config->gateway.help);
    ar_free(config->gateway.head);
    ar_free(config->gateway.prompt);
    ar_free(config->models);
    ar_free(config->agents);
    ar_free(config->folder);
    ar_free(config->file);
    ar_free(config);
}

/* ---- agents by name ----------------------------------------------------------------------------------------- */

size_t ar_team_config_agent(const ar_team_config *config, const char *name)
{
    size_t i = 0;
    while (i < config->agent_count && (!name || strcmp(config->agents[i].name, name)))
        i++;
    return i;
}

int ar_team_config_no_agent(const ar_team_config *config, const char *name)
{
    const char *names[AR_MAX_AGENTS + 1] = {0};
    char list[AR_LIST_BYTES], shown[AR_SHOWN_BYTES], hint[AR_SHOWN_BYTES];
    const char *word = name ? name : "";
    for (size_t i = 0; i < config->agent_count && i < AR_MAX_AGENTS; i++)
        names[i] = config->agents[i].name;
    return ar_fail(ARNY_E_ARGUMENT, "no agent \"%s\"; there are: %s%s", ar_shown(shown, word),
                   ar_list(list, names, ", "), ar_hint(hint, word, names));
}
