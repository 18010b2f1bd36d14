/* gateway/train.c - see train.h. */
#include "gateway/train.h"
#include "gateway/followup.h"
#include "gateway/grams.h"
#include "gateway/opinions.h"
#include "gateway/prompt.h"
#include "learn/measures.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DANGER_RECALL 0.97 /* at 0.98 the alarm of the demo stands among ordinary messages: twice as many false ones */
#define ALARM_LOWEST  0.02
#define ALARM_HIGHEST 0.5
#define SURE          0.97 /* of a turn before whose agent is known */

/* Of the gate of follow-ups, from strong to weak. */
static const double strengths[] = {1000, 300, 100, 30, 10, 3};
#define STRENGTHS (sizeof strengths / sizeof *strengths)

typedef struct trainer {
    const ar_train_want *want;
    const ar_team_config *config;
    ar_training *found;
    size_t labels;
    ar_head *head;
    ar_sparse grams;      /* of the message that is judged */
    double done, share;   /* of the whole; of the part that runs */
    ar_opinion_work work; /* and its steps */
} trainer;

static int tired(void *data)
{
    const trainer *t = data;
    double at = t->done + (t->work.steps ? t->share * (double)t->work.step / (double)t->work.steps : 0);
    return t->want->progress && t->want->progress(at, t->want->progress_data);
}

static void begin(trainer *t, double share, size_t steps)
{
    t->done += t->share;
    t->share = share;
    t->work.steps = steps;
    t->work.step = 0;
}

static double accuracy_of(const double *logits, const ar_lessons *set, size_t classes)
{
    size_t right = 0;
    for (size_t i = 0; i < set->count; i++)
        right += ar_decision_best(logits + i * classes, classes) == set->labels[i];
    return set->count ? (double)right / (double)set->count : 0;
}

/* ---- route ------------------------------------------------------------------------------------------------------- */

/* A fold for each sample of the data; of what calibrates, the one apart. */
static int folds_of(size_t **out, const trainer *t, const ar_dataset *data)
{
    size_t *folds = ar_calloc(data->count + 1, sizeof *folds);
    *out = folds;
    if (!folds)
        return ARNY_E_MEMORY;
    if (data == t->want->data)
        return ar_folds_by_source(folds, data);
    for (size_t i = 0; i < data->count; i++)
        folds[i] = AR_APART;
    return ARNY_OK;
}

static int add(ar_lessons *set, const trainer *t, const char *text, size_t label, size_t fold)
{
    const float *row = ar_vectors_find(t->want->vectors, NULL, text);
    if (!row)
        return ar_fail(ARNY_E_ARGUMENT, "a message has no embedding");
    return ar_lessons_add(set, row, text, t->work.places, label, fold);
}

/* Messages that stand alone: single ones, and the first turn of each conversation. */
static int collect_route(ar_lessons *set, const trainer *t, const ar_dataset *data)
{
    size_t *folds, count = data ? data->count : 0;
    int status = ar_lessons_new(set, count);
    if (status || !data)
        return status;
    status = folds_of(&folds, t, data);
    for (size_t i = 0; i < count && !status; i++) {
        const ar_sample *sample = &data->samples[i];
        if (sample->labels[0] != AR_UNLABELLED)
            status = add(set, t, sample->turns[0], sample->labels[0], folds[i]);
    }
    ar_free(folds);
    return status;
}

static int check_classes(const trainer *t, const ar_lessons *set)
{
    size_t seen = 0, missing = t->labels;
    for (size_t c = 0; c < t->labels; c++) {
        size_t i = 0;
        while (i < set->count && set->labels[i] != c)
            i++;
        if (i < set->count)
            seen++;
        else if (missing == t->labels)
            missing = c;
    }
    const char *file = t->want->data->files[0];
    if (set->count == 0)
        return ar_fail(ARNY_E_DATA, "%s: no message has an \"agent\"", file);
    if (seen == 1)
        return ar_fail(ARNY_E_DATA, "%s: all messages are for \"%s\"; a gateway needs some for each agent%s", file,
                       ar_gateway_label(t->config, set->labels[0]), t->config->gateway.none ? " and for \"none\"" : "");
    if (seen < t->labels)
        return ar_fail(ARNY_E_DATA, "%s: there is no message for \"%s\"%s", file, ar_gateway_label(t->config, missing),
                       missing == t->config->agent_count ? "; or say \"none\": false in team.json" : "");
    return ARNY_OK;
}

static int train_route(trainer *t)
{
    ar_lessons set = {0}, held = {0};
    ar_choice chosen = {0};
    int status = collect_route(&set, t, t->want->data);
    if (!status)
        status = check_classes(t, &set);
    if (!status)
        status = collect_route(&held, t, t->want->calibration);
    begin(t, 0.6, 0);
    if (!status)
        status = ar_choose(&chosen, &set, &held, t->labels, &t->work);
    begin(t, 0.1, 0);
    if (!status)
        status = ar_fit_opinions(&t->head->route, &t->head->grams, &set, &chosen, &t->work);
    if (!status) {
        t->found->messages = set.count;
        t->found->strength = chosen.strength;
        t->found->meaning = chosen.share[0];
        t->found->spelling = chosen.share[1];
        t->found->accuracy = accuracy_of(chosen.logits, chosen.judged, t->labels);
    }
    ar_free(chosen.logits);
    ar_lessons_free(&set);
    ar_lessons_free(&held);
    return status;
}

/* ---- stay -------------------------------------------------------------------------------------------------------- */

typedef struct turn_set {
    float *features; /* [cap][width] */
    const float **rows;
    double *before, *own; /* of each turn: [labels] */
    double *a, *b;        /* what these give to the right label */
    size_t *labels, *folds;
    size_t count, cap, width;
} turn_set;

static int turns_new(turn_set *set, size_t cap, size_t width, size_t labels)
{
    *set = (turn_set){.cap = cap, .width = width};
    set->features = ar_calloc(cap * width + 1, sizeof *set->features);
    set->rows = ar_calloc(cap + 1, sizeof *set->rows);
    set->before = ar_calloc(cap * labels + 1, sizeof *set->before);
    set->own = ar_calloc(cap * labels + 1, sizeof *set->own);
    set->a = ar_calloc(cap + 1, sizeof *set->a);
    set->b = ar_calloc(cap + 1, sizeof *set->b);
    set->labels = ar_calloc(cap + 1, sizeof *set->labels);
    set->folds = ar_calloc(cap + 1, sizeof *set->folds);
    return set->features && set->rows && set->before && set->own && set->a && set->b && set->labels && set->folds
               ? ARNY_OK
               : ARNY_E_MEMORY;
}

static void turns_free(turn_set *set)
{
    ar_free(set->features);
    ar_free((void *)set->rows);
    ar_free(set->before);
    ar_free(set->own);
    ar_free(set->a);
    ar_free(set->b);
    ar_free(set->labels);
    ar_free(set->folds);
}

/* The embedding of a turn, and what the head says of it alone. */
static int judge(const float **row, double *p, size_t *tokens, trainer *t, const char *text)
{
    *row = ar_vectors_find(t->want->vectors, tokens, text);
    if (!*row)
        return ar_fail(ARNY_E_ARGUMENT, "a turn has no embedding");
    int status = ar_grams(&t->grams, text, t->head->grams.width);
    if (!status)
        ar_head_route(p, t->head, *row, &t->grams);
    return status;
}

/* A turn whose agent is known. Of the turn before, the decision is the head's own where it is the first one, else what is
 * right for it, almost. */
static int add_turn(turn_set *set, trainer *t, const ar_sample *sample, size_t at, size_t fold)
{
    double *own = set->own + set->count * t->labels, *before = set->before + set->count * t->labels;
    size_t tokens, tokens_before, label = sample->labels[at], last = sample->labels[at - 1];
    const float *row, *row_before;
    int status = judge(&row, own, &tokens, t, sample->turns[at]);
    if (!status)
        status = judge(&row_before, before, &tokens_before, t, sample->turns[at - 1]);
    if (status)
        return status;
    for (size_t i = 0; at > 1 && last != AR_UNLABELLED && i < t->labels; i++)
        before[i] = i == last ? SURE : (1 - SURE) / (double)(t->labels - 1);
    float *features = set->features + set->count * set->width;
    ar_said now = {row, own, tokens}, then = {row_before, before, tokens_before};
    ar_followup_features(features, &now, &then, t->want->width, t->labels);
    set->rows[set->count] = features;
    set->a[set->count] = before[label];
    set->b[set->count] = own[label];
    set->labels[set->count] = label;
    set->folds[set->count++] = fold;
    return ARNY_OK;
}

static int collect_turns(turn_set *set, trainer *t)
{
    const ar_dataset *data = t->want->data;
    size_t cap = 0;
    for (size_t i = 0; i < data->count; i++)
        cap += data->samples[i].turn_count - 1;
    int status = turns_new(set, cap, AR_FOLLOWUP_WIDTH(t->want->width), t->labels);
    for (size_t i = 0; i < data->count && !status; i++) {
        const ar_sample *sample = &data->samples[i];
        size_t fold = ar_fold_of(sample->turns[0]);
        for (size_t at = 1; at < sample->turn_count && !status; at++)
            if (sample->labels[at] != AR_UNLABELLED)
                status = add_turn(set, t, sample, at, fold);
    }
    return status;
}

static int fit_gate(ar_gate *gate, const turn_set *set, double strength, size_t without, trainer *t)
{
    turn_set part;
    int status = turns_new(&part, set->count, 1, 1);
    for (size_t i = 0; i < set->count && !status; i++) {
        if (set->folds[i] == without)
            continue;
        part.rows[part.count] = set->rows[i];
        part.a[part.count] = set->a[i];
        part.b[part.count++] = set->b[i];
    }
    ar_gate_examples examples = {part.rows, part.a, part.b, part.count};
    if (!status)
        status = ar_gate_fit(gate, &examples, strength, tired, t);
    turns_free(&part);
    return status;
}

/* The loss of what is held out, and how often it is decided right. */
static int try_gate(double *loss, size_t *right, const turn_set *set, double strength, trainer *t)
{
    ar_gate gate;
    int status = ar_gate_new(&gate, set->width);
    *loss = 0;
    *right = 0;
    for (size_t fold = 0; fold < AR_FOLDS && !status; fold++, t->work.step++) {
        status = fit_gate(&gate, set, strength, fold, t);
        for (size_t i = 0; i < set->count && !status; i++) {
            double p[AR_HEAD_LABELS_MAX];
            if (set->folds[i] != fold)
                continue;
            memcpy(p, set->own + i * t->labels, t->labels * sizeof *p);
            ar_followup_mix(p, ar_gate_share(&gate, set->rows[i]), set->before + i * t->labels, t->labels);
            *loss -= log(p[set->labels[i]] + 1e-9);
            *right += ar_decision_best(p, t->labels) == set->labels[i];
        }
    }
    ar_gate_free(&gate);
    return status;
}

static int train_stay(trainer *t)
{
    turn_set set;
    double least = INFINITY;
    int status = collect_turns(&set, t);
    begin(t, 0.15, STRENGTHS * AR_FOLDS);
    if (status || set.count < AR_FOLDS)
        goto out;
    for (size_t s = 0; s < STRENGTHS && !status; s++) {
        double loss;
        size_t right;
        status = try_gate(&loss, &right, &set, strengths[s], t);
        if (!status && loss < least) {
            least = loss;
            t->found->stay_strength = strengths[s];
            t->found->stay_accuracy = (double)right / (double)set.count;
        }
    }
    if (!status)
        status = ar_gate_new(&t->head->stay, set.width);
    if (!status)
        status = fit_gate(&t->head->stay, &set, t->found->stay_strength, AR_FOLDS, t);
    t->found->turns = set.count;
out:
    turns_free(&set);
    return status;
}

/* ---- danger ------------------------------------------------------------------------------------------------------ */

static int collect_danger(ar_lessons *set, const trainer *t, const ar_dataset *data)
{
    int status = ar_lessons_new(set, data ? data->count : 0);
    for (size_t i = 0; data && i < data->count && !status; i++) {
        const ar_sample *sample = &data->samples[i];
        const char *text = ar_sample_text(sample);
        size_t fold = data == t->want->data ? ar_fold_of(text) : AR_APART;
        if (sample->danger >= 0)
            status = add(set, t, text, (size_t)sample->danger, fold);
    }
    return status;
}

/* The highest alarm that still finds enough of the dangers. */
static int set_alarm(trainer *t, const double *p, const ar_lessons *set)
{
    size_t dangers = 0, found = 0, falsely = 0;
    double *found_at = ar_alloc((set->count + 1) * sizeof *found_at);
    if (!found_at)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < set->count; i++)
        if (set->labels[i] == 1)
            found_at[dangers++] = p[i];
    ar_sort(found_at, dangers);
    size_t missed = (size_t)floor((1 - DANGER_RECALL) * (double)dangers);
    double alarm = dangers ? found_at[missed] : ALARM_HIGHEST;
    alarm = alarm < ALARM_LOWEST ? ALARM_LOWEST : alarm > ALARM_HIGHEST ? ALARM_HIGHEST : alarm;
    t->head->alarm = (float)alarm;
    for (size_t i = 0; i < set->count; i++) {
        found += set->labels[i] == 1 && p[i] >= t->head->alarm;
        falsely += set->labels[i] == 0 && p[i] >= t->head->alarm;
    }
    t->found->alarm = t->head->alarm;
    t->found->danger_recall = dangers ? (double)found / (double)dangers : 0;
    t->found->danger_false = set->count > dangers ? (double)falsely / (double)(set->count - dangers) : 0;
    ar_free(found_at);
    return ARNY_OK;
}

/* By logits of examples that the fit has not seen. */
static int place_alarm(trainer *t, const ar_choice *chosen)
{
    const ar_lessons *set = chosen->judged;
    double *p = ar_alloc((set->count + 1) * sizeof *p);
    if (!p)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < set->count; i++)
        p[i] = 1 / (1 + exp(chosen->logits[2 * i] - chosen->logits[2 * i + 1]));
    int status = set_alarm(t, p, set);
    ar_free(p);
    return status;
}

static int train_danger(trainer *t)
{
    ar_lessons set = {0}, held = {0};
    ar_choice chosen = {0};
    int status = collect_danger(&set, t, t->want->data);
    begin(t, 0.15, 0);
    if (status || set.count == 0)
        goto out;
    if (!ar_lessons_have_all(&set, 2)) {
        status = ar_fail(ARNY_E_DATA,
                         "%s: \"danger\" is the same for all messages; some with true and some with false expected",
                         t->want->data->files[0]);
        goto out;
    }
    status = collect_danger(&held, t, t->want->calibration);
    if (!status)
        status = ar_choose(&chosen, &set, &held, 2, &t->work);
    if (!status)
        status = ar_classifier_new(&t->head->danger, 2, t->want->width);
    if (!status)
        status = ar_fit_opinions(&t->head->danger, &t->head->danger_grams, &set, &chosen, &t->work);
    if (!status)
        status = place_alarm(t, &chosen);
    t->found->dangers = set.count;
    t->found->danger_strength = chosen.strength;
out:
    ar_free(chosen.logits);
    ar_lessons_free(&set);
    ar_lessons_free(&held);
    return status;
}

int ar_train(ar_head **out, ar_training *found, const ar_train_want *want)
{
    const char *labels[AR_HEAD_LABELS_MAX];
    trainer t = {.want = want, .config = want->data->config, .found = found};
    memset(found, 0, sizeof *found);
    *out = NULL;
    t.labels = ar_gateway_labels(t.config);
    t.work = (ar_opinion_work){want->width, ar_grams_width(t.labels, want->data->count), tired, &t, 0, 0};
    for (size_t i = 0; i < t.labels; i++)
        labels[i] = ar_gateway_label(t.config, i);
    int status = ar_head_new(&t.head, labels, t.labels, want->width, want->prefix);
    if (!status)
        status = train_route(&t);
    if (!status)
        status = train_stay(&t);
    if (!status)
        status = train_danger(&t);
    ar_sparse_free(&t.grams);
    if (status) {
        ar_head_free(t.head);
        return status;
    }
    *out = t.head;
    return ARNY_OK;
}
