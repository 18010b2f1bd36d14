/* gateway/gateway.c - see gateway.h: the door to the three ways. */
#include "gateway/gateway.h"
#include "gateway/embed.h"
#include "gateway/followup.h"
#include "gateway/grams.h"
#include "gateway/head.h"
#include "gateway/prompt.h"
#include "gateway/score.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define REMEMBERED 4 /* messages whose embedding is kept: the turn before is asked for with each follow-up */

/* A message that was embedded, and what the head says of it alone. */
typedef struct memory {
    char *text; /* NULL: nothing yet */
    float *embedding;
    double p[AR_MAX_AGENTS + 1]; /* in the order of the head's labels */
    double danger;               /* -1: the head was not taught it */
    size_t tokens;
    unsigned long used;
} memory;

struct ar_gateway {
    const ar_team_config *config;
    ar_scorer *scorer;     /* modes score and json */
    ar_head *head;         /* mode head; NULL: not read yet */
    const ar_model *model; /* what the head was found to be made for */
    size_t *agents;        /* of each label of the head; agent_count: none */
    float *features;       /* of a follow-up */
    ar_sparse grams;       /* of the message that is asked about */
    memory memories[REMEMBERED];
    unsigned long clock;
};

int ar_gateway_new(ar_gateway **out, const ar_team_config *config)
{
    *out = NULL;
    ar_gateway *gateway = ar_calloc(1, sizeof *gateway);
    if (!gateway)
        return ARNY_E_MEMORY;
    gateway->config = config;
    int status = config->gateway.mode == AR_GATEWAY_HEAD ? ARNY_OK : ar_scorer_new(&gateway->scorer, config);
    if (status) {
        ar_gateway_free(gateway);
        return status;
    }
    *out = gateway;
    return ARNY_OK;
}

static void forget(ar_gateway *gateway)
{
    for (size_t i = 0; i < REMEMBERED; i++) {
        ar_free(gateway->memories[i].text);
        ar_free(gateway->memories[i].embedding);
    }
    memset(gateway->memories, 0, sizeof gateway->memories);
    ar_head_free(gateway->head);
    ar_free(gateway->agents);
    ar_free(gateway->features);
    gateway->head = NULL;
    gateway->agents = NULL;
    gateway->features = NULL;
    gateway->model = NULL;
}

void ar_gateway_free(ar_gateway *gateway)
{
    if (!gateway)
        return;
    forget(gateway);
    ar_sparse_free(&gateway->grams);
    ar_scorer_free(gateway->scorer);
    ar_free(gateway);
}

void ar_gateway_reload(ar_gateway *gateway)
{
    forget(gateway);
}

/* ---- the head and what it fits ----------------------------------------------------------------------------------- */

static int train_again(const ar_gateway *gateway, const char *problem, const char *detail)
{
    return ar_fail(ARNY_E_DATA, "%s: %s%s: train it again, with: arny gateway train --team %s --data FILE.jsonl",
                   gateway->config->gateway.head, problem, detail, gateway->config->folder);
}

static int check_model(const ar_gateway *gateway, const ar_model *model)
{
    ar_digest digest;
    if (gateway->head->width != (size_t)model->info->embedding)
        return train_again(gateway, "this head was trained for another model than ", model->path);
    int status = ar_digest_file(&digest, model->path);
    if (status == ARNY_E_UNSUPPORTED)
        return ARNY_OK; /* a build without digests: the width is all that can be compared */
    if (!status && memcmp(digest.bytes, gateway->head->model.bytes, sizeof digest.bytes) != 0)
        status = train_again(gateway, "this head was trained for another model than ", model->path);
    return status;
}

/* Each label is an agent of the team or "none", and each of them has a label. */
static int check_labels(ar_gateway *gateway)
{
    const ar_team_config *config = gateway->config;
    const ar_head *head = gateway->head;
    gateway->agents = ar_calloc(head->label_count, sizeof *gateway->agents);
    if (!gateway->agents)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < head->label_count; i++) {
        const char *label = head->labels[i];
        gateway->agents[i] = ar_team_config_agent(config, label);
        if (gateway->agents[i] == config->agent_count && (strcmp(label, "none") != 0 || !config->gateway.none))
            return train_again(gateway, "it knows an agent that this team has not: ", label);
    }
    for (size_t a = 0; a < ar_gateway_labels(config); a++) {
        size_t i = 0;
        while (i < head->label_count && gateway->agents[i] != a)
            i++;
        if (i == head->label_count)
            return train_again(gateway, "it was not trained for ", ar_gateway_label(config, a));
    }
    return ARNY_OK;
}

static int get_ready(ar_gateway *gateway, const ar_model *model)
{
    if (gateway->model == model)
        return ARNY_OK;
    forget(gateway);
    int status = ar_head_read(&gateway->head, gateway->config->gateway.head);
    if (status == ARNY_E_NOT_FOUND)
        ar_fail(status, "%s: the gateway has no head yet; make it with: arny gateway train --team %s --data FILE.jsonl",
                gateway->config->gateway.head, gateway->config->folder);
    if (!status)
        status = check_model(gateway, model);
    if (!status)
        status = check_labels(gateway);
    if (!status) {
        gateway->features = ar_calloc(AR_FOLLOWUP_WIDTH(gateway->head->width), sizeof *gateway->features);
        status = gateway->features ? ARNY_OK : ARNY_E_MEMORY;
    }
    if (status)
        forget(gateway);
    else
        gateway->model = model;
    return status;
}

/* ---- a message --------------------------------------------------------------------------------------------------- */

/* What is known of a message; it is embedded unless it was lately. */
static int recall(const memory **out, ar_gateway *gateway, ar_timeline *timeline, const char *text,
                  const arny_engine_cancel *cancel)
{
    memory *oldest = &gateway->memories[0];
    for (size_t i = 0; i < REMEMBERED; i++) {
        memory *m = &gateway->memories[i];
        if (m->text && strcmp(m->text, text) == 0) {
            m->used = ++gateway->clock;
            *out = m;
            return ARNY_OK;
        }
        if (m->used < oldest->used)
            oldest = m;
    }
    ar_free(oldest->text);
    oldest->text = NULL;
    if (!oldest->embedding)
        oldest->embedding = ar_alloc(gateway->head->width * sizeof *oldest->embedding);
    int status = oldest->embedding
                     ? ar_embed(oldest->embedding, &oldest->tokens, timeline, gateway->head->prefix, text, cancel)
                     : ARNY_E_MEMORY;
    if (status)
        return status;
    if (gateway->head->grams.weights && (status = ar_grams(&gateway->grams, text, gateway->head->grams.width)))
        return status;
    ar_head_route(oldest->p, gateway->head, oldest->embedding, &gateway->grams);
    oldest->danger =
        gateway->head->danger.weights ? ar_head_danger(gateway->head, oldest->embedding, &gateway->grams) : -1;
    if (!(oldest->text = ar_strdup(text)))
        return ARNY_E_MEMORY;
    oldest->used = ++gateway->clock;
    *out = oldest;
    return ARNY_OK;
}

/* Mixes in what was decided before, as far as the message leans on it. */
static int lean(double *p, ar_gateway *gateway, ar_timeline *timeline, const memory *now, const ar_gateway_turn *before,
                const arny_engine_cancel *cancel)
{
    const ar_head *head = gateway->head;
    double decided[AR_MAX_AGENTS + 1];
    const memory *then;
    int status = recall(&then, gateway, timeline, before->text, cancel);
    if (status)
        return status;
    for (size_t i = 0; i < head->label_count; i++)
        decided[i] = before->p[gateway->agents[i]];
    ar_said a = {now->embedding, now->p, now->tokens}, b = {then->embedding, decided, then->tokens};
    ar_followup_features(gateway->features, &a, &b, head->width, head->label_count);
    ar_followup_mix(p, ar_gate_share(&head->stay, gateway->features), decided, head->label_count);
    return ARNY_OK;
}

static int decide_by_head(ar_judgement *out, ar_gateway *gateway, ar_timeline *timeline, const char *message,
                          const ar_gateway_turn *before, const arny_engine_cancel *cancel)
{
    double p[AR_MAX_AGENTS + 1];
    const memory *now;
    int status = get_ready(gateway, timeline->model);
    if (!status)
        status = recall(&now, gateway, timeline, message, cancel);
    if (status)
        return status;
    const ar_head *head = gateway->head;
    memcpy(p, now->p, head->label_count * sizeof *p);
    out->tokens = now->tokens;
    if (before && head->stay.weights)
        status = lean(p, gateway, timeline, now, before, cancel);
    for (size_t i = 0; i < head->label_count; i++)
        out->p[gateway->agents[i]] = p[i];
    out->danger = now->danger;
    if (head->danger.weights)
        out->alarm = gateway->config->gateway.alarm > 0 ? gateway->config->gateway.alarm : head->alarm;
    return status;
}

int ar_gateway_decide(ar_judgement *out, ar_gateway *gateway, ar_timeline *timeline, const char *message,
                      const ar_gateway_turn *before, const arny_engine_cancel *cancel)
{
    memset(out, 0, sizeof *out);
    out->danger = -1;
    out->alarm = 1;
    if (gateway->scorer)
        return ar_scorer_decide(out->p, gateway->scorer, timeline, message, before, cancel);
    return decide_by_head(out, gateway, timeline, message, before, cancel);
}
