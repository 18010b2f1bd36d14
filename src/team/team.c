/* team/team.c - open, close, and ask the gateway. */
#include "team/team.h"
#include "engine/registry.h"
#include "gateway/embed.h"
#include "util/clock.h"
#include "util/measure.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"
#include <string.h>

#define MESSAGE_MAX (32u << 20) /* bytes: far beyond every context, and its tokens can still be counted */
#define WARM_TOKENS 512         /* room that a role prompt and a first message want */
#define TURNS_READ  8 /* of a long conversation: a gateway that forgets what was before them decides the same */

/* ---- seats ------------------------------------------------------------------------------------------------------ */

static arny_engine_context_options context_options(const ar_run_config *run, int32_t length, int32_t outputs)
{
    return (arny_engine_context_options){
        .length = length,
        .batch = run->batch,
        .outputs = outputs,
        .threads = run->threads,
        .kv_type = run->kv_type,
    };
}

static arny_engine_context_options gateway_context(const ar_run_config *run, const ar_gateway_config *gateway)
{
    arny_engine_context_options options = context_options(run, gateway->context, AR_GATEWAY_OUTPUTS);
    if (gateway->mode == AR_GATEWAY_HEAD) {
        options.length = options.batch = AR_EMBED_TOKENS;
        options.outputs = 1;
        options.embedding = 1;
    }
    return options;
}

/* Is it a pinned gateway's alone? */
static int only_gateways(const ar_team_config *config, size_t model)
{
    for (size_t i = 0; i < config->agent_count; i++)
        if (config->agents[i].model == model)
            return 0;
    return config->gateway.mode != AR_GATEWAY_NONE && config->gateway.model == model;
}

/* Of the engines that the team uses: each once. */
static int64_t own_bytes(const ar_team_config *config)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < config->model_count; i++) {
        const arny_engine *engine = arny_engine_find(config->models[i].engine);
        int seen = 0;
        for (size_t k = 0; k < i; k++)
            seen |= strcmp(config->models[k].engine, config->models[i].engine) == 0;
        bytes += engine && !seen ? engine->own : 0;
    }
    return bytes;
}

static int make_residency(arny_team *team)
{
    const ar_team_config *config = team->config;
    size_t agents = config->agent_count, gateways = config->gateway.mode != AR_GATEWAY_NONE;
    int status = ARNY_E_MEMORY;
    ar_residency_model *models = ar_calloc(config->model_count, sizeof *models);
    ar_residency_seat *seats = ar_calloc(agents + gateways, sizeof *seats);
    if (!models || !seats)
        goto out;
    for (size_t i = 0; i < config->model_count; i++) {
        const ar_model_config *model = &config->models[i];
        int pinned_alone = (config->plan != AR_PLAN_HYBRID && config->model_count == 1) ||
                           (config->gateway.mode == AR_GATEWAY_HEAD && only_gateways(config, i));
        models[i] = (ar_residency_model){
            .name = model->file,
            .path = model->path,
            .engine = model->engine,
            .tokenizer = model->tokenizer,
            .chat = model->chat,
            .gpu_layers = model->run.gpu_layers,
            .repack = model->run.repack < 0 ? pinned_alone : model->run.repack,
        };
    }
    for (size_t i = 0; i < agents; i++) {
        const ar_agent_config *agent = &config->agents[i];
        const ar_model_config *model = &config->models[agent->model];
        seats[i] = (ar_residency_seat){
            .name = agent->name,
            .model_name = model->name,
            .model = agent->model,
            .adapter = agent->adapter,
            .context = context_options(&model->run, agent->context, 1),
        };
    }
    if (gateways) {
        const ar_model_config *model = &config->models[config->gateway.model];
        seats[agents] = (ar_residency_seat){
            .name = "gateway",
            .model_name = model->name,
            .model = config->gateway.model,
            .context = gateway_context(&model->run, &config->gateway),
            .pinned = 1,
        };
    }
    ar_residency_rules rules = {
        .budget = config->budget,
        .own = own_bytes(config),
        .snapshots = config->persist != AR_PERSIST_NONE,
    };
    status = ar_residency_new(&team->residency, models, config->model_count, seats, agents + gateways, &rules);
out:
    ar_free(models);
    ar_free(seats);
    return status;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void destroy(arny_team *team)
{
    ar_idle_free(&team->idle); /* writes what is to be written, and ends */
    ar_gateway_free(team->gateway);
    ar_residency_free(team->residency);
    ar_state_free(&team->state);
    ar_team_config_free(team->config);
    ar_queue_lock_free(&team->queue);
    ar_mutex_free(&team->mutex);
    ar_free(team);
}

int ar_team_new(arny_team **out, ar_team_config *config, const arny_team_options *options)
{
    *out = NULL;
    arny_team *team = ar_calloc(1, sizeof *team);
    int status = team ? ar_queue_lock_init(&team->queue) : ARNY_E_MEMORY;
    if (!status && (status = ar_mutex_init(&team->mutex)))
        ar_queue_lock_free(&team->queue);
    if (!status && (status = ar_idle_init(&team->idle))) {
        ar_mutex_free(&team->mutex);
        ar_queue_lock_free(&team->queue);
    }
    if (status) {
        ar_free(team);
        ar_team_config_free(config);
        return status;
    }
    team->refs = 1;
    team->config = config;
    status = ar_state_init(&team->state, config, options);
    if (!status)
        status = make_residency(team);
    if (!status && config->gateway.mode != AR_GATEWAY_NONE)
        status = ar_gateway_new(&team->gateway, config);
    if (!status && options && options->watch)
        status = ar_idle_watch(team);
    if (status) {
        destroy(team);
        return status;
    }
    *out = team;
    return ARNY_OK;
}

int ar_team_find_state(int *there, arny_team *team)
{
    ar_queue_lock_enter(&team->queue);
    *there = ar_state_is_there(&team->state, team->config);
    ar_queue_lock_leave(&team->queue);
    return *there ? ar_team_open_state(team) : ARNY_OK;
}

int ar_team_hold_state(arny_team *team)
{
    if (team->state.is_open)
        return ARNY_OK;
    int status = ar_state_open(&team->state, team->config);
    if (!status)
        ar_residency_keep_in(team->residency, team->state.kv);
    return status;
}

int ar_team_open_state(arny_team *team)
{
    ar_queue_lock_enter(&team->queue);
    int status = ar_team_hold_state(team);
    ar_queue_lock_leave(&team->queue);
    return status;
}

int arny_team_suspend(arny_team *team)
{
    if (!team)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_suspend needs a team");
    ar_queue_lock_enter(&team->queue);
    int status = ar_residency_sleep(team->residency);
    ar_state_close(&team->state);
    ar_queue_lock_leave(&team->queue);
    return status;
}

int arny_team_open(arny_team **out, const char *path, const arny_team_options *options)
{
    ar_team_config *config;
    if (out)
        *out = NULL;
    if (!out || !path)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_open needs a place for the team and a path");
    int status = ar_team_config_read(&config, path, options);
    return status ? status : ar_team_new(out, config, options);
}

void ar_team_ref(arny_team *team)
{
    ar_lock(&team->mutex);
    team->refs++;
    ar_unlock(&team->mutex);
}

void ar_team_unref(arny_team *team)
{
    ar_lock(&team->mutex);
    int left = --team->refs;
    ar_unlock(&team->mutex);
    if (left == 0)
        destroy(team);
}

void arny_team_free(arny_team *team)
{
    if (team)
        ar_team_unref(team);
}

static void *free_apart(void *team)
{
    arny_team_free(team);
    return NULL;
}

void arny_team_drop(arny_team *team)
{
    if (team)
        ar_thread_apart(free_apart, team);
}

/* ---- what is in it ---------------------------------------------------------------------------------------------- */

size_t arny_team_agent_count(const arny_team *team)
{
    return team ? team->config->agent_count : 0;
}

const char *arny_team_agent_name(const arny_team *team, size_t index)
{
    return team && index < team->config->agent_count ? team->config->agents[index].name : NULL;
}

const char *arny_team_agent_description(const arny_team *team, size_t index)
{
    return team && index < team->config->agent_count ? team->config->agents[index].description : NULL;
}

const char *arny_team_plan(const arny_team *team)
{
    static const char *const names[] = {"monolith", "hybrid", "adapters"};
    return team ? names[team->config->plan] : NULL;
}

const char *arny_team_engine(const arny_team *team)
{
    return team ? team->config->engine : NULL;
}

int64_t arny_team_budget(const arny_team *team)
{
    return team ? team->config->budget : 0;
}

/* ---- routing ---------------------------------------------------------------------------------------------------- */

int ar_team_check_message(const char *message)
{
    size_t bytes = strlen(message), valid = ar_utf8_valid(message, bytes);
    if (valid < bytes)
        return ar_fail(ARNY_E_DATA, "the message is not UTF-8: byte %zu (0x%02x) is wrong", valid,
                       (unsigned char)message[valid]);
    if (bytes > MESSAGE_MAX)
        return ar_fail(ARNY_E_CONTEXT, "the message has %zu bytes: %u at most", bytes, MESSAGE_MAX);
    if (strspn(message, " \t\r\n") == bytes)
        return ar_fail(ARNY_E_DATA, "the message is empty");
    return ARNY_OK;
}

int ar_team_chat(const ar_template **out, const arny_team *team, size_t agent, const ar_model *model)
{
    *out = team->config->agents[agent].chat;
    return *out ? ARNY_OK : ar_model_chat(out, model);
}

int ar_team_decide(ar_judgement *out, double *ms, arny_team *team, const char *message, const ar_gateway_turn *before,
                   const ar_residency_want *loading)
{
    double start = ar_now_ms();
    ar_residency_want want = *loading;
    ar_timeline *timeline;
    int from;
    want.seat = team->config->agent_count;
    int status = ar_residency_acquire(&timeline, &from, team->residency, &want);
    if (!status)
        status = ar_gateway_decide(out, team->gateway, timeline, message, before, &want.cancel);
    *ms = ar_now_ms() - start;
    return status;
}

int arny_team_route_turns(arny_decision **out, arny_team *team, const char *const *turns, size_t count)
{
    double p[AR_MAX_AGENTS + 1], ms, total = 0;
    ar_judgement judgement;
    ar_gateway_turn before = {NULL, p};
    ar_residency_want loading;
    memset(&loading, 0, sizeof loading);
    if (out)
        *out = NULL;
    if (!out || !team || !turns || count == 0)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_route needs a place for the decision, a team and a message");
    if (!team->gateway)
        return ar_fail(ARNY_E_ARGUMENT, "%s: the team has no gateway to route with", team->config->file);
    int status = ARNY_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = turns[i] ? ar_team_check_message(turns[i]) : ar_fail(ARNY_E_ARGUMENT, "turn %zu is NULL", i);
    if (status)
        return status;

    ar_queue_lock_enter(&team->queue);
    /* How each turn was decided is part of the question that the next one asks. */
    size_t first = count > TURNS_READ ? count - TURNS_READ : 0;
    for (size_t i = first; i < count && !status; i++) {
        status = ar_team_decide(&judgement, &ms, team, turns[i], before.text ? &before : NULL, &loading);
        before.text = turns[i];
        memcpy(p, judgement.p, sizeof p);
        total += ms;
    }
    ar_queue_lock_leave(&team->queue);
    return status ? status : ar_decision_new(out, team->config, &judgement, total);
}

int arny_team_route(arny_decision **out, arny_team *team, const char *message)
{
    return arny_team_route_turns(out, team, &message, message ? 1 : 0);
}

/* ---- warming ---------------------------------------------------------------------------------------------------- */

int ar_team_begin(size_t *prefilled, arny_team *team, size_t agent, ar_timeline *timeline,
                  const arny_engine_cancel *cancel)
{
    const ar_template *chat;
    ar_tokens prompt;
    *prefilled = 0;
    if (timeline->tokens.len > 0)
        return ARNY_OK;
    ar_tokens_init(&prompt, 1 << 20);
    int status = ar_team_chat(&chat, team, agent, timeline->model);
    if (!status)
        status = ar_template_begin(&prompt, chat, timeline->model->vocab, team->config->agents[agent].prompt);
    if (!status && prompt.len > 0 && prompt.len < timeline->capacity)
        status = ar_residency_begin(prefilled, team->residency, agent, prompt.ptr, prompt.len, cancel);
    ar_tokens_free(&prompt);
    return status;
}

static int warm_agent(arny_team *team, size_t agent, const ar_residency_want *want)
{
    ar_timeline *timeline;
    size_t prefilled;
    int from, status = ar_residency_acquire(&timeline, &from, team->residency, want);
    return status ? status : ar_team_begin(&prefilled, team, agent, timeline, &want->cancel);
}

typedef struct warming {
    arny_progress_callback progress;
    void *user_data;
    int done, steps;
} warming;

static int on_progress(const char *model, double progress, void *data)
{
    const warming *w = data;
    (void)model;
    return w->progress ? w->progress((w->done + progress) / w->steps, w->user_data) : 0;
}

int arny_team_warm(arny_team *team, arny_progress_callback progress, void *user_data)
{
    ar_judgement judgement;
    double ms;
    int status = ARNY_OK;
    if (!team)
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_warm needs a team");
    size_t agents = team->config->agent_count;
    warming w = {progress, user_data, 0, (int)agents + (team->gateway != NULL)};
    ar_residency_want want = {.progress = on_progress, .data = &w};

    ar_queue_lock_enter(&team->queue);
    if (team->gateway) {
        status = ar_team_decide(&judgement, &ms, team, "hello", NULL, &want);
        w.done++;
    }
    for (size_t i = 0; i < agents && !status; i++, w.done++) {
        want.seat = i;
        if (ar_residency_has_room(team->residency, i, want.length = WARM_TOKENS))
            status = warm_agent(team, i, &want);
        if (!status && on_progress(NULL, 1, &w))
            status = ar_fail(ARNY_E_CANCELLED, "warming was cancelled");
    }
    ar_queue_lock_leave(&team->queue);
    return status;
}

/* ---- agents ----------------------------------------------------------------------------------------------------- */

/* The seat of an agent, or of "gateway". */
static int find_seat(size_t *out, const arny_team *team, const char *agent, const char *who)
{
    *out = 0;
    if (!team || !agent)
        return ar_fail(ARNY_E_ARGUMENT, "%s needs a team and an agent", who);
    *out = ar_team_config_agent(team->config, agent);
    if (*out < team->config->agent_count || (team->gateway && strcmp(agent, "gateway") == 0))
        return ARNY_OK;
    return ar_team_config_no_agent(team->config, agent);
}

int arny_agent_pin(arny_team *team, const char *agent, int pinned)
{
    size_t seat;
    int status = find_seat(&seat, team, agent, "arny_agent_pin");
    if (status)
        return status;
    ar_queue_lock_enter(&team->queue);
    ar_residency_pin(team->residency, seat, pinned != 0);
    ar_queue_lock_leave(&team->queue);
    return ARNY_OK;
}

int arny_agent_preload(arny_team *team, const char *agent, arny_progress_callback progress, void *user_data)
{
    size_t seat;
    ar_timeline *timeline;
    int from, status = find_seat(&seat, team, agent, "arny_agent_preload");
    if (status)
        return status;
    warming w = {progress, user_data, 0, 1};
    ar_residency_want want = {.seat = seat, .length = WARM_TOKENS, .progress = on_progress, .data = &w};
    ar_queue_lock_enter(&team->queue);
    status = seat < team->config->agent_count ? warm_agent(team, seat, &want)
                                              : ar_residency_acquire(&timeline, &from, team->residency, &want);
    ar_queue_lock_leave(&team->queue);
    return status;
}

int arny_agent_unload(arny_team *team, const char *agent)
{
    size_t seat;
    int status = find_seat(&seat, team, agent, "arny_agent_unload");
    if (status)
        return status;
    ar_queue_lock_enter(&team->queue);
    ar_residency_unload(team->residency, seat);
    ar_queue_lock_leave(&team->queue);
    return ARNY_OK;
}

int arny_team_expect(arny_team *team, const char *agent)
{
    size_t seat;
    int status = find_seat(&seat, team, agent, "arny_team_expect");
    return status ? status : ar_idle_expect(team, seat);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static size_t seat_count(const arny_team *team)
{
    return team->config->agent_count + (team->gateway != NULL);
}

int arny_team_estimate_memory(arny_team_estimate *total, arny_agent_estimate *agents, size_t capacity, size_t *count,
                              arny_team *team)
{
    arny_agent_estimate rows[AR_MAX_AGENTS + 1];
    int64_t peak, least;
    if (!team || !total || (!agents && capacity > 0))
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_estimate_memory needs a team, and places for what it tells");
    int status = ar_residency_estimate(rows, &peak, &least, team->residency);
    if (status)
        return status;
    size_t all = seat_count(team);
    *total = (arny_team_estimate){.size = sizeof *total, .peak = peak, .budget = team->config->budget};
    total->fits = total->budget == 0 || least <= total->budget;
    if (capacity > 0)
        memcpy(agents, rows, (capacity < all ? capacity : all) * sizeof *rows);
    if (count)
        *count = all;
    return ARNY_OK;
}

static const char *model_path(const arny_team *team, size_t seat)
{
    const ar_team_config *config = team->config;
    return config->models[seat < config->agent_count ? config->agents[seat].model : config->gateway.model].path;
}

static void ask_for_resident(arny_agent_memory *rows, size_t count, const arny_team *team)
{
    for (size_t i = 0; i < count; i++) {
        size_t same = 0; /* agents share models */
        while (model_path(team, same) != model_path(team, i))
            same++;
        rows[i].resident = same < i ? rows[same].resident : ar_measure_file(model_path(team, i));
    }
}

int arny_team_memory(arny_memory *total, arny_agent_memory *agents, size_t capacity, size_t *count, arny_team *team)
{
    arny_agent_memory rows[AR_MAX_AGENTS + 1];
    ar_usage usage;
    if (!team || !total || (!agents && capacity > 0))
        return ar_fail(ARNY_E_ARGUMENT, "arny_team_memory needs a team, and places for what it tells");
    ar_measure(&usage);
    *total = (arny_memory){.size = sizeof *total,
                           .rss = usage.rss,
                           .anon = usage.anon,
                           .peak = usage.peak,
                           .budget = team->config->budget,
                           .file = usage.file,
                           .left = ar_available("")};
    size_t all = seat_count(team);
    ar_residency_report(rows, team->residency);
    ask_for_resident(rows, capacity < all ? capacity : all, team);
    if (capacity > 0)
        memcpy(agents, rows, (capacity < all ? capacity : all) * sizeof *rows);
    if (count)
        *count = all;
    return ARNY_OK;
}
