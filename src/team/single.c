/* team/single.c - a team of one, made from a model file instead of a team.json. */
#include "team/team.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"
#include "engine/registry.h"

#define CONTEXT_DEFAULT    2048
#define BATCH_DEFAULT      512
#define MAX_TOKENS_DEFAULT 512

static int fill(ar_team_config *config, const char *path, const arny_model_options *options, const char *system)
{
    const arny_engine *engine;
    config->models = ar_calloc(1, sizeof *config->models);
    config->agents = ar_calloc(1, sizeof *config->agents);
    if (!config->models || !config->agents)
        return ARNY_E_MEMORY;
    config->model_count = config->agent_count = 1;
    config->gateway.fallback = 1;
    config->plan = AR_PLAN_MONOLITH;
    config->persist = AR_PERSIST_MEMORY;

    ar_model_config *model = config->models;
    ar_agent_config *agent = config->agents;
    int status = ar_engine_for_file(&engine, path);
    if (status)
        return status;
    config->engine = model->engine =
        options && options->engine ? arny_engine_find(options->engine)->name : engine->name;
    model->chat = options && options->chat ? ar_template_find(options->chat) : NULL;
    model->run.threads = options ? options->threads : 0;
    model->run.context = options && options->context ? options->context : CONTEXT_DEFAULT;
    model->run.batch = options && options->batch ? options->batch : BATCH_DEFAULT;
    model->run.gpu_layers = options ? options->gpu_layers : 0;
    model->run.repack = options ? options->repack : 0;
    agent->context = model->run.context;
    agent->max_tokens = MAX_TOKENS_DEFAULT;
    arny_sampling_default(&agent->sampling);
    if (!(config->folder = ar_path_dir(path)) || !(config->file = ar_strdup(path)) ||
        !(model->name = ar_strdup("model")) || !(model->path = ar_strdup(path)) ||
        !(model->file = ar_strdup(ar_path_base(path))) || !(agent->name = ar_strdup("assistant")) ||
        !(agent->description = ar_strdup("")) || !(agent->prompt = ar_strdup(system ? system : "")))
        return ARNY_E_MEMORY;
    if (options && options->tokenizer && !(model->tokenizer = ar_strdup(options->tokenizer)))
        return ARNY_E_MEMORY;
    return ARNY_OK;
}

int arny_team_open_model(arny_team **out, const char *model_path, const arny_model_options *options, const char *system)
{
    if (out)
        *out = NULL;
    if (!out || !model_path)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_open_model needs a place for the team and a path");
    if (options && options->adapter)
        return ar_fail(ARNY_E_ARGUMENT, "a team of one has no adapter: name it in a team.json of plan \"adapters\"");
    int status = options ? ar_model_options_check(options) : ARNY_OK;
    if (status)
        return status;
    ar_team_config *config = ar_calloc(1, sizeof *config);
    if (!config)
        return ARNY_E_MEMORY;
    if ((status = fill(config, model_path, options, system))) {
        ar_team_config_free(config);
        return status;
    }
    return ar_team_new(out, config, NULL);
}
