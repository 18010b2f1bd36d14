/* gateway/decision.c - what a distribution means: the decision that is shown, and who answers. */
#include "gateway/gateway.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

struct arny_decision {
    double confidence, danger, ms;
    size_t best, count;
    arny_score scores[]; /* then the names */
};

size_t ar_decision_best(const double *p, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (p[i] > p[best])
            best = i;
    return best;
}

size_t ar_decision_answerer(const ar_team_config *config, const double *p, size_t current)
{
    size_t none = config->agent_count, best = ar_decision_best(p, none + 1);
    if (best != none && p[best] >= config->gateway.threshold)
        return current != none && p[best] - p[current] < config->gateway.hysteresis ? current : best;
    if (config->gateway.fallback != none)
        return config->gateway.fallback;
    return current != none ? current : ar_decision_best(p, none);
}

int ar_decision_new(arny_decision **out, const ar_team_config *config, const ar_judgement *judgement, double ms)
{
    const double *p = judgement->p;
    size_t count = config->agent_count + (config->gateway.none != 0), names = 0;
    for (size_t i = 0; i < config->agent_count; i++)
        names += strlen(config->agents[i].name) + 1;
    *out = ar_alloc(sizeof **out + count * sizeof(arny_score) + names + sizeof "none");
    if (!*out)
        return ARNY_E_MEMORY;
    arny_decision *decision = *out;
    char *at = (char *)&decision->scores[count];
    for (size_t i = 0; i < count; i++) {
        const char *name = i < config->agent_count ? config->agents[i].name : "none";
        size_t bytes = strlen(name) + 1;
        decision->scores[i].agent = memcpy(at, name, bytes);
        decision->scores[i].p = p[i];
        at += bytes;
    }
    decision->count = count;
    decision->best = ar_decision_best(p, count);
    decision->confidence = p[decision->best];
    decision->danger = judgement->danger;
    decision->ms = ms;
    return ARNY_OK;
}

const char *arny_decision_agent(const arny_decision *decision)
{
    return decision ? decision->scores[decision->best].agent : "none";
}

double arny_decision_confidence(const arny_decision *decision)
{
    return decision ? decision->confidence : 0;
}

size_t arny_decision_count(const arny_decision *decision)
{
    return decision ? decision->count : 0;
}

const arny_score *arny_decision_scores(const arny_decision *decision)
{
    return decision ? decision->scores : NULL;
}

double arny_decision_danger(const arny_decision *decision)
{
    return decision ? decision->danger : -1;
}

double arny_decision_ms(const arny_decision *decision)
{
    return decision ? decision->ms : 0;
}

void arny_decision_free(arny_decision *decision)
{
    ar_free(decision);
}
