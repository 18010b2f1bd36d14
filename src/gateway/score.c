/* gateway/score.c - see score.h. */
#include "gateway/score.h"
#include "gateway/prompt.h"
#include "learn/classifier.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <string.h>

/* Messages that say nothing: what a label gets after these is the model's liking for it. */
static char *const blank_messages[] = {(char *)"N/A", (char *)"...", (char *)"hmm"};
#define BLANK_COUNT (sizeof blank_messages / sizeof *blank_messages)

struct ar_scorer {
    const ar_team_config *config;
    const ar_model *model; /* what the rest was made for; NULL: nothing yet */
    ar_tokens prefix;
    ar_tokens labels;  /* all continuations in a row */
    size_t *starts;    /* where each begins, and the end */
    double *log_prior; /* of each label */
    double *scores;    /* scratch */
    ar_tokens question;
};

int ar_scorer_new(ar_scorer **out, const ar_team_config *config)
{
    *out = NULL;
    size_t count = ar_gateway_labels(config);
    ar_scorer *scorer = ar_calloc(1, sizeof *scorer);
    if (!scorer)
        return ARNY_E_MEMORY;
    scorer->config = config;
    ar_tokens_init(&scorer->prefix, 1 << 20);
    ar_tokens_init(&scorer->labels, 1 << 16);
    ar_tokens_init(&scorer->question, 1 << 20);
    scorer->starts = ar_calloc(count + 1, sizeof *scorer->starts);
    scorer->log_prior = ar_calloc(count, sizeof *scorer->log_prior);
    scorer->scores = ar_calloc(count, sizeof *scorer->scores);
    if (!scorer->starts || !scorer->log_prior || !scorer->scores) {
        ar_scorer_free(scorer);
        return ARNY_E_MEMORY;
    }
    *out = scorer;
    return ARNY_OK;
}

void ar_scorer_free(ar_scorer *scorer)
{
    if (!scorer)
        return;
    ar_tokens_free(&scorer->prefix);
    ar_tokens_free(&scorer->labels);
    ar_tokens_free(&scorer->question);
    ar_free(scorer->starts);
    ar_free(scorer->log_prior);
    ar_free(scorer->scores);
    ar_free(scorer);
}

/* Log-probability of each label after the message, into scorer->scores. */
static int score(ar_scorer *scorer, ar_timeline *timeline, const char *message, const ar_gateway_turn *before,
                 const arny_engine_cancel *cancel)
{
    size_t kept, prefilled;
    int first = scorer->config->gateway.example_count == 0;
    ar_tokens *question = &scorer->question;
    ar_tokens_clear(question);
    int status = ar_tokens_append(question, scorer->prefix.ptr, scorer->prefix.len);
    if (!status && before) {
        size_t answered = ar_decision_best(before->p, scorer->config->agent_count + 1);
        status = ar_gateway_answered(question, scorer->config, timeline->model, before->text, answered, first);
        first = 0;
    }
    if (status || (status = ar_gateway_question(question, scorer->config, timeline->model, message, first)) ||
        (status = ar_timeline_prepare(timeline, question->ptr, question->len, &kept, &prefilled, cancel)))
        return status;
    return timeline->model->engine->score(scorer->scores, timeline->context, scorer->labels.ptr, scorer->starts,
                                          ar_gateway_labels(scorer->config), cancel);
}

static int measure_priors(ar_scorer *scorer, ar_timeline *timeline, const arny_engine_cancel *cancel)
{
    size_t count = ar_gateway_labels(scorer->config);
    const ar_gateway_config *config = &scorer->config->gateway;
    char *const *messages = config->typical_count > 0 ? config->typical : blank_messages;
    size_t message_count = config->typical_count > 0 ? config->typical_count : BLANK_COUNT;
    for (size_t i = 0; i < count; i++)
        scorer->log_prior[i] = 0;
    if (!config->calibrate)
        return ARNY_OK;
    for (size_t m = 0; m < message_count; m++) {
        int status = score(scorer, timeline, messages[m], NULL, cancel);
        if (status)
            return status;
        ar_softmax(scorer->scores, count);
        for (size_t i = 0; i < count; i++)
            scorer->log_prior[i] += scorer->scores[i] / (double)message_count;
    }
    for (size_t i = 0; i < count; i++)
        scorer->log_prior[i] = log(scorer->log_prior[i] + 1e-9);
    return ARNY_OK;
}

static int get_ready(ar_scorer *scorer, ar_timeline *timeline, const arny_engine_cancel *cancel)
{
    const ar_team_config *config = scorer->config;
    int status;
    if (scorer->model == timeline->model)
        return ARNY_OK;
    scorer->model = NULL;
    ar_tokens_clear(&scorer->prefix);
    ar_tokens_clear(&scorer->labels);
    if ((status = ar_gateway_prefix(&scorer->prefix, config, timeline->model)))
        return status;
    for (size_t i = 0; i < ar_gateway_labels(config); i++) {
        scorer->starts[i] = scorer->labels.len;
        if ((status = ar_gateway_continuation(&scorer->labels, config, timeline->model, ar_gateway_label(config, i))))
            return status;
        scorer->starts[i + 1] = scorer->labels.len;
    }
    if ((status = measure_priors(scorer, timeline, cancel)))
        return status;
    scorer->model = timeline->model;
    return ARNY_OK;
}

int ar_scorer_decide(double *p, ar_scorer *scorer, ar_timeline *timeline, const char *message,
                     const ar_gateway_turn *before, const arny_engine_cancel *cancel)
{
    size_t count = ar_gateway_labels(scorer->config);
    int status = get_ready(scorer, timeline, cancel);
    if (!status)
        status = score(scorer, timeline, message, before, cancel);
    if (status == ARNY_E_CONTEXT)
        ar_fail_in(status, "the gateway's \"context\" in team.json is too small");
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        p[i] = scorer->scores[i] - scorer->log_prior[i];
    ar_softmax(p, count);
    return ARNY_OK;
}
