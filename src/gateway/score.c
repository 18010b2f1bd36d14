/* gateway/gateway.c - see gateway.h. */
#include "gateway/gateway.h"
#include "gateway/prompt.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <string.h>

/* Messages that say nothing: what a label gets after these is the model's liking for it. */
static char *const blank_messages[] = {(char *)"N/A", (char *)"...", (char *)"hmm"};
#define BLANK_COUNT (sizeof blank_messages / sizeof *blank_messages)

struct ar_gateway {
    const ar_team_config *config;
    const ar_model *model; /* what the rest was made for; NULL: nothing yet */
    ar_tokens prefix;
    ar_tokens labels;  /* all continuations in a row */
    size_t *starts;    /* where each begins, and the end */
    double *log_prior; /* of each label */
    double *scores;    /* scratch */
    ar_tokens question;
};

int ar_gateway_new(ar_gateway **out, const ar_team_config *config)
{
    *out = NULL;
    size_t count = ar_gateway_labels(config);
    ar_gateway *gateway = ar_calloc(1, sizeof *gateway);
    if (!gateway)
        return ARNY_E_MEMORY;
    gateway->config = config;
    ar_tokens_init(&gateway->prefix, 1 << 20);
    ar_tokens_init(&gateway->labels, 1 << 16);
    ar_tokens_init(&gateway->question, 1 << 20);
    gateway->starts = ar_calloc(count + 1, sizeof *gateway->starts);
    gateway->log_prior = ar_calloc(count, sizeof *gateway->log_prior);
    gateway->scores = ar_calloc(count, sizeof *gateway->scores);
    if (!gateway->starts || !gateway->log_prior || !gateway->scores) {
        ar_gateway_free(gateway);
        return ARNY_E_MEMORY;
    }
    *out = gateway;
    return ARNY_OK;
}

void ar_gateway_free(ar_gateway *gateway)
{
    if (!gateway)
        return;
    ar_tokens_free(&gateway->prefix);
    ar_tokens_free(&gateway->labels);
    ar_tokens_free(&gateway->question);
    ar_free(gateway->starts);
    ar_free(gateway->log_prior);
    ar_free(gateway->scores);
    ar_free(gateway);
}

static void softmax(double *p, size_t count)
{
    double top = p[ar_decision_best(p, count)], sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += p[i] = exp(p[i] - top);
    for (size_t i = 0; i < count; i++)
        p[i] /= sum;
}

/* Log-probability of each label after the message, into gateway->scores. */
static int score(ar_gateway *gateway, ar_timeline *timeline, const char *message, const ar_gateway_turn *before,
                 const arny_engine_cancel *cancel)
{
    size_t kept, prefilled;
    int first = gateway->config->gateway.example_count == 0;
    ar_tokens *question = &gateway->question;
    ar_tokens_clear(question);
    int status = ar_tokens_append(question, gateway->prefix.ptr, gateway->prefix.len);
    if (!status && before) {
        status = ar_gateway_answered(question, gateway->config, timeline->model, before, first);
        first = 0;
    }
    if (status || (status = ar_gateway_question(question, gateway->config, timeline->model, message, first)) ||
        (status = ar_timeline_prepare(timeline, question->ptr, question->len, &kept, &prefilled, cancel)))
        return status;
    return timeline->model->engine->score(gateway->scores, timeline->context, gateway->labels.ptr, gateway->starts,
                                          ar_gateway_labels(gateway->config), cancel);
}

static int measure_priors(ar_gateway *gateway, ar_timeline *timeline, const arny_engine_cancel *cancel)
{
    size_t count = ar_gateway_labels(gateway->config);
    const ar_gateway_config *config = &gateway->config->gateway;
    char *const *messages = config->typical_count > 0 ? config->typical : blank_messages;
    size_t message_count = config->typical_count > 0 ? config->typical_count : BLANK_COUNT;
    for (size_t i = 0; i < count; i++)
        gateway->log_prior[i] = 0;
    if (!config->calibrate)
        return ARNY_OK;
    for (size_t m = 0; m < message_count; m++) {
        int status = score(gateway, timeline, messages[m], NULL, cancel);
        if (status)
            return status;
        softmax(gateway->scores, count);
        for (size_t i = 0; i < count; i++)
            gateway->log_prior[i] += gateway->scores[i] / (double)message_count;
    }
    for (size_t i = 0; i < count; i++)
        gateway->log_prior[i] = log(gateway->log_prior[i] + 1e-9);
    return ARNY_OK;
}

static int get_ready(ar_gateway *gateway, ar_timeline *timeline, const arny_engine_cancel *cancel)
{
    const ar_team_config *config = gateway->config;
    int status;
    if (gateway->model == timeline->model)
        return ARNY_OK;
    gateway->model = NULL;
    ar_tokens_clear(&gateway->prefix);
    ar_tokens_clear(&gateway->labels);
    if ((status = ar_gateway_prefix(&gateway->prefix, config, timeline->model)))
        return status;
    for (size_t i = 0; i < ar_gateway_labels(config); i++) {
        gateway->starts[i] = gateway->labels.len;
        if ((status = ar_gateway_continuation(&gateway->labels, config, timeline->model, ar_gateway_label(config, i))))
            return status;
        gateway->starts[i + 1] = gateway->labels.len;
    }
    if ((status = measure_priors(gateway, timeline, cancel)))
        return status;
    gateway->model = timeline->model;
    return ARNY_OK;
}

int ar_gateway_decide(double *p, ar_gateway *gateway, ar_timeline *timeline, const char *message,
                      const ar_gateway_turn *before, const arny_engine_cancel *cancel)
{
    size_t count = ar_gateway_labels(gateway->config);
    int status = get_ready(gateway, timeline, cancel);
    if (!status)
        status = score(gateway, timeline, message, before, cancel);
    if (status == ARNY_E_CONTEXT)
        ar_fail_in(status, "the gateway's \"context\" in team.json is too small");
    if (status)
        return status;
    p[gateway->config->agent_count] = 0;
    for (size_t i = 0; i < count; i++)
        p[i] = gateway->scores[i] - gateway->log_prior[i];
    softmax(p, count);
    return ARNY_OK;
}
