/* team/eval.c - arny_gateway_eval: routes messages whose answer is known, and counts. */
#include <arny/gateway.h>
#include "gateway/dataset.h"
#include "gateway/prompt.h"
#include "learn/measures.h"
#include "team/team.h"
#include "util/mem.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

#define BINS 15

struct arny_report {
    ar_dataset data; /* keeps the names */
    arny_eval_figures figures;
    size_t labels;
    int64_t *confusion; /* [labels][labels] */
    arny_bin bins[BINS];
    arny_slice *slices;
    size_t slice_count, slice_cap;
};

typedef struct evaluation {
    arny_report *report;
    arny_team *team;
    const arny_eval_options *options;
    ar_outcome *outcomes; /* of messages with an agent */
    double *times;
    size_t outcome_count, time_count;
} evaluation;

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static void count_share(arny_share *share, int hit)
{
    share->count++;
    share->hits += hit != 0;
}

static int count_slice(arny_report *report, const char *by, const char *name, int hit)
{
    if (!name[0])
        return ARNY_OK;
    size_t i = 0;
    while (i < report->slice_count &&
           (strcmp(report->slices[i].by, by) != 0 || strcmp(report->slices[i].name, name) != 0))
        i++;
    if (i == report->slice_cap) {
        size_t cap = report->slice_cap ? 2 * report->slice_cap : 32;
        arny_slice *more = ar_resize(report->slices, cap, sizeof *more);
        if (!more)
            return ARNY_E_MEMORY;
        report->slices = more;
        report->slice_cap = cap;
    }
    if (i == report->slice_count)
        report->slices[report->slice_count++] = (arny_slice){.by = by, .name = name};
    count_share(&report->slices[i].right, hit);
    return ARNY_OK;
}

/* The label's place in figures, where "none" follows the agents. */
static int count(evaluation *e, const ar_sample *sample, const ar_judgement *judgement, size_t decided)
{
    arny_report *report = e->report;
    const ar_team_config *config = e->team->config;
    size_t agent = ar_sample_label(sample);
    int alarmed = judgement->danger >= 0 && judgement->danger >= judgement->alarm, status;
    if (sample->danger >= 0 && judgement->danger >= 0)
        count_share(sample->danger ? &report->figures.danger : &report->figures.alarms, alarmed);
    if (agent == AR_UNLABELLED)
        return ARNY_OK;
    int right = agent == decided;
    e->outcomes[e->outcome_count++] = (ar_outcome){judgement->p[decided], right};
    report->confusion[agent * report->labels + decided]++;
    count_share(&report->figures.right, right);
    if (agent == config->agent_count)
        count_share(&report->figures.none, right);
    if (sample->turn_count > 1)
        count_share(&report->figures.turns, right);
    if ((status = count_slice(report, "agent", ar_gateway_label(config, agent), right)) ||
        (status = count_slice(report, "kind", sample->kind, right)) ||
        (status = count_slice(report, "lang", sample->lang, right)))
        return status;
    return count_slice(report, "source", sample->source, right);
}

static int show(const evaluation *e, const ar_sample *sample, const ar_judgement *judgement, size_t decided, double ms)
{
    const ar_team_config *config = e->team->config;
    size_t agent = ar_sample_label(sample);
    arny_outcome outcome = {
        .size = sizeof outcome,
        .text = ar_sample_text(sample),
        .agent = agent == AR_UNLABELLED ? NULL : ar_gateway_label(config, agent),
        .decided = ar_gateway_label(config, decided),
        .confidence = judgement->p[decided],
        .danger = judgement->danger,
        .is_danger = sample->danger,
        .source = sample->source,
        .kind = sample->kind,
        .lang = sample->lang,
        .file = e->report->data.files[sample->file],
        .line = (int64_t)sample->line,
        .tokens = (int64_t)judgement->tokens,
        .ms = ms,
    };
    return e->options->each ? e->options->each(&outcome, e->options->user_data) : 0;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static int route(evaluation *e, const ar_sample *sample)
{
    double p[AR_MAX_AGENTS + 1], ms = 0;
    ar_judgement judgement = {.danger = -1};
    ar_gateway_turn before = {NULL, p};
    ar_residency_want want;
    memset(&want, 0, sizeof want);
    int status = ARNY_OK;
    for (size_t i = 0; i < sample->turn_count && !status; i++) {
        status = ar_team_decide(&judgement, &ms, e->team, sample->turns[i], before.text ? &before : NULL, &want);
        before.text = sample->turns[i];
        memcpy(p, judgement.p, sizeof p);
    }
    if (status)
        return ar_fail_in(status, "%s:%zu", e->report->data.files[sample->file], sample->line);
    e->times[e->time_count++] = ms;
    size_t decided = ar_decision_best(judgement.p, e->report->labels);
    status = count(e, sample, &judgement, decided);
    if (!status && show(e, sample, &judgement, decided, ms))
        status = ar_fail(ARNY_E_CANCELLED, "evaluation was cancelled");
    return status;
}

static int route_all(evaluation *e)
{
    const ar_dataset *data = &e->report->data;
    ar_judgement judgement;
    ar_residency_want want;
    double ms;
    memset(&want, 0, sizeof want);
    int status =
        ar_team_decide(&judgement, &ms, e->team, "hello", NULL, &want); /* opens the model: no figure of ours */
    for (size_t i = 0; i < data->count && !status; i++) {
        status = route(e, &data->samples[i]);
        double progress = (double)(i + 1) / (double)data->count;
        if (!status && e->options->progress && e->options->progress(progress, e->options->user_data))
            status = ar_fail(ARNY_E_CANCELLED, "evaluation was cancelled");
    }
    return status;
}

static void close_share(arny_share *share)
{
    ar_share_interval(&share->low, &share->high, (size_t)share->hits, (size_t)share->count);
}

static int sum_up(evaluation *e)
{
    arny_report *report = e->report;
    arny_eval_figures *f = &report->figures;
    ar_bin bins[BINS];
    f->size = sizeof *f;
    close_share(&f->right);
    close_share(&f->none);
    close_share(&f->turns);
    close_share(&f->danger);
    close_share(&f->alarms);
    for (size_t i = 0; i < report->slice_count; i++)
        close_share(&report->slices[i].right);
    f->ece = ar_calibration_error(bins, e->outcomes, e->outcome_count, BINS);
    for (size_t i = 0; i < BINS; i++)
        report->bins[i] = (arny_bin){(int64_t)bins[i].count, bins[i].confidence, bins[i].accuracy};
    ar_sort(e->times, e->time_count);
    if (e->time_count > 0) {
        f->p50_ms = e->times[e->time_count / 2];
        f->p99_ms = e->times[e->time_count * 99 / 100];
    }
    return ar_calibration_interval(&f->ece_low, &f->ece_high, e->outcomes, e->outcome_count, BINS);
}

int arny_gateway_eval(arny_report **out, arny_team *team, const arny_eval_options *options)
{
    if (out)
        *out = NULL;
    if (!out || !team || !options || options->data_count == 0 || !options->data)
        return ar_fail(ARNY_E_ARGUMENT, "arny_gateway_eval needs a place for the report, a team and data");
    if (options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_eval_options.size is %u: set it with ARNY_EVAL_OPTIONS_INIT",
                       options->size);
    if (!team->gateway)
        return ar_fail(ARNY_E_ARGUMENT, "%s: the team has no gateway to evaluate", team->config->file);
    evaluation e = {.team = team, .options = options, .report = ar_calloc(1, sizeof *e.report)};
    if (!e.report)
        return ARNY_E_MEMORY;
    int status = ARNY_OK;
    ar_dataset_init(&e.report->data, team->config);
    for (size_t i = 0; i < options->data_count && !status; i++)
        status = ar_dataset_read(&e.report->data, options->data[i]);
    size_t samples = e.report->data.count;
    e.report->labels = ar_gateway_labels(team->config);
    e.report->confusion = ar_calloc(e.report->labels * e.report->labels, sizeof *e.report->confusion);
    e.outcomes = ar_calloc(samples + 1, sizeof *e.outcomes);
    e.times = ar_calloc(samples + 1, sizeof *e.times);
    if (!status && (!e.report->confusion || !e.outcomes || !e.times))
        status = ARNY_E_MEMORY;
    if (!status) {
        ar_queue_lock_enter(&team->queue);
        status = route_all(&e);
        ar_queue_lock_leave(&team->queue);
    }
    if (!status)
        status = sum_up(&e);
    ar_free(e.outcomes);
    ar_free(e.times);
    if (status)
        arny_report_free(e.report);
    else
        *out = e.report;
    return status;
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

void arny_report_free(arny_report *report)
{
    if (!report)
        return;
    ar_dataset_free(&report->data);
    ar_free(report->confusion);
    ar_free(report->slices);
    ar_free(report);
}

const arny_eval_figures *arny_report_figures(const arny_report *report)
{
    return report ? &report->figures : NULL;
}

size_t arny_report_label_count(const arny_report *report)
{
    return report ? report->labels : 0;
}

const char *arny_report_label(const arny_report *report, size_t index)
{
    return report && index < report->labels ? ar_gateway_label(report->data.config, index) : NULL;
}

int64_t arny_report_confusion(const arny_report *report, size_t agent, size_t decided)
{
    return report && agent < report->labels && decided < report->labels
               ? report->confusion[agent * report->labels + decided]
               : 0;
}

size_t arny_report_bin_count(const arny_report *report)
{
    return report ? BINS : 0;
}

const arny_bin *arny_report_bin(const arny_report *report, size_t index)
{
    return report && index < BINS ? &report->bins[index] : NULL;
}

size_t arny_report_slice_count(const arny_report *report)
{
    return report ? report->slice_count : 0;
}

const arny_slice *arny_report_slice(const arny_report *report, size_t index)
{
    return report && index < report->slice_count ? &report->slices[index] : NULL;
}
