/* "agents" of team.json: who there is, and how each speaks. */
#include "config/config_parse.h"
#include "util/mem.h"

#include <stddef.h>
#include <string.h>

static const ar_field agent_fields[] = {
    {"model", AR_FIELD_OTHER, 0, 0, 0, NULL},
    {"prompt", AR_FIELD_TEXT, offsetof(ar_agent_config, prompt), 0, AR_MAX_PROMPT, NULL},
    {"description", AR_FIELD_TEXT, offsetof(ar_agent_config, description), 0, AR_MAX_PROMPT, NULL},
    {"adapter", AR_FIELD_PATH, 0, 0, 0, NULL},
    {"chat", AR_FIELD_CHAT, offsetof(ar_agent_config, chat), 0, 0, NULL},
    {"context", AR_FIELD_INTEGER, offsetof(ar_agent_config, context), 16, 1048576, NULL},
};

static void free_stop(ar_agent_config *agent)
{
    for (size_t i = 0; i < agent->stop_count; i++)
        ar_free(agent->stop[i]);
    ar_free(agent->stop);
    agent->stop = NULL;
    agent->stop_count = 0;
}

void ar_config_agent_free(ar_agent_config *agent)
{
    free_stop(agent);
    ar_free(agent->name);
    ar_free(agent->description);
    ar_free(agent->prompt);
    ar_free(agent->adapter);
}

static int new_stop(ar_agent_config *agent, size_t count)
{
    free_stop(agent);
    if (!count)
        return 0;
    agent->stop = ar_calloc(count, sizeof *agent->stop);
    if (!agent->stop)
        return ARNY_E_MEMORY;
    agent->stop_count = count;
    return 0;
}

int ar_config_stop(ar_agent_config *agent, const ar_json *json, const ar_json_value *object)
{
    const ar_json_value *value = ar_json_get(object, "stop");
    if (!value)
        return 0;
    int status = ar_json_array(json, value);
    if (status)
        return status;
    size_t count = ar_json_count(value);
    if (count > AR_MAX_STOPS)
        return ar_json_fail(ARNY_E_DATA, json, value, "at most %d texts expected, not %zu", AR_MAX_STOPS, count);
    status = new_stop(agent, count);
    for (size_t i = 0; i < count && !status; i++)
        status = ar_field_text(&agent->stop[i], json, ar_json_at(value, i), 1, AR_MAX_STOP);
    return status;
}

static int copy_stop(ar_agent_config *agent, const ar_agent_config *from)
{
    int status = new_stop(agent, from->stop_count);
    for (size_t i = 0; i < from->stop_count && !status; i++) {
        agent->stop[i] = ar_strdup(from->stop[i]);
        status = agent->stop[i] ? 0 : ARNY_E_MEMORY;
    }
    return status;
}

static int check_name(const ar_config_reader *reader, const ar_json_value *object, const char *name)
{
    if (strcmp(name, "none") && strcmp(name, "gateway"))
        return 0;
    return ar_json_fail(ARNY_E_DATA, reader->json, object, "the name \"%s\" is reserved; another one expected", name);
}

static int read_adapter(ar_agent_config *agent, const ar_config_reader *reader, const ar_json_value *object)
{
    const ar_json_value *value = ar_json_get(object, "adapter");
    if (!value)
        return 0;
    if (reader->config->plan != AR_PLAN_ADAPTERS)
        return ar_json_fail(ARNY_E_DATA, reader->json, value,
                            "plan \"%s\" has no adapters; plan \"adapters\" is the one with an adapter an agent",
                            ar_plan_names[reader->config->plan]);
    return ar_config_file(&agent->adapter, reader, value);
}

static int read_agent(ar_agent_config *agent, const ar_config_reader *reader, const ar_json_value *object)
{
    const ar_field_set sets[] = {
        AR_FIELD_SET(agent_fields, agent),
        AR_FIELD_SET(ar_sampling_fields, &agent->sampling),
        AR_FIELD_SET(ar_speech_fields, agent),
    };
    agent->sampling = reader->agent.sampling;
    agent->max_tokens = reader->agent.max_tokens;
    int status = ar_fields_read(reader->json, object, sets, sizeof sets / sizeof *sets);
    if (!status)
        status = ar_config_model_ref(&agent->model, reader, object);
    if (!status && !agent->context)
        agent->context = reader->config->models[agent->model].run.context;
    if (!status)
        status = read_adapter(agent, reader, object);
    if (!status)
        status = copy_stop(agent, &reader->agent);
    if (!status)
        status = ar_config_stop(agent, reader->json, object);
    if (!status && !agent->prompt)
        status = (agent->prompt = ar_strdup("")) ? 0 : ARNY_E_MEMORY;
    if (!status && !agent->description)
        status = (agent->description = ar_strdup("")) ? 0 : ARNY_E_MEMORY;
    return status;
}

int ar_config_agents(ar_config_reader *reader, const ar_json_value *object)
{
    ar_team_config *config = reader->config;
    int status = ar_json_object(reader->json, object);
    if (status)
        return status;
    size_t count = ar_json_count(object);
    if (!count || count > AR_MAX_AGENTS)
        return ar_json_fail(ARNY_E_DATA, reader->json, object, "1 to %d agents expected, not %zu", AR_MAX_AGENTS,
                            count);
    config->agents = ar_calloc(count, sizeof *config->agents);
    if (!config->agents)
        return ARNY_E_MEMORY;
    config->agent_count = count;
    for (size_t i = 0; i < count && !status; i++) {
        const ar_json_value *value = ar_json_at(object, i);
        ar_agent_config *agent = &config->agents[i];
        status = ar_config_name(&agent->name, reader, object, i, "an agent");
        if (!status)
            status = check_name(reader, value, agent->name);
        if (!status)
            status = read_agent(agent, reader, value);
    }
    return status;
}

int ar_config_agent_ref(size_t *out, const ar_config_reader *reader, const ar_json_value *value, int none)
{
    const char *names[AR_MAX_AGENTS + 2] = {0};
    const ar_team_config *config = reader->config;
    const char *name;
    int status = ar_json_string(&name, reader->json, value);
    if (status)
        return status;
    for (size_t i = 0; i < config->agent_count; i++)
        names[i] = config->agents[i].name;
    if (none)
        names[config->agent_count] = "none";
    for (size_t i = 0; names[i]; i++) {
        if (!strcmp(names[i], name)) {
            *out = i;
            return 0;
        }
    }
    return ar_field_unknown(reader->json, value, "agent", name, names);
}
