/* gateway/opinions.c - see opinions.h. */
#include "gateway/opinions.h"
#include "util/mem.h"
#include "util/status.h"
#include <math.h>
#include <string.h>

#define SPELLING 0.1 /* strength of the fit to spelling: a tenth of it changes the loss of what is held out by 2 % */

/* Of the fit to meaning, from strong to weak: each fit starts where the one before ended. */
static const double strengths[] = {10000, 3000, 1000, 300, 100, 30, 10, 3};
#define STRENGTHS (sizeof strengths / sizeof *strengths)

typedef struct opinions {
    size_t classes, count; /* of the judged */
    double *meaning;       /* [STRENGTHS][count][classes] */
    double *spelling;      /* [count][classes] */
} opinions;

static int fit_meaning(ar_classifier *classifier, const ar_lessons *lessons, double strength,
                       const ar_opinion_work *work)
{
    ar_examples examples = {lessons->rows, lessons->labels, NULL, lessons->count};
    return ar_classifier_fit(classifier, &examples, strength, work->stop, work->data);
}

static int fit_spelling(ar_classifier *classifier, const ar_lessons *lessons, const ar_opinion_work *work)
{
    return ar_sparse_fit(classifier, lessons->grams, lessons->labels, lessons->count, SPELLING, work->stop, work->data);
}

/* What fits to the examples that are not in the fold say of the judged ones that are. */
static int judge_fold(opinions *out, const ar_lessons *lessons, const ar_lessons *judged, size_t fold,
                      ar_opinion_work *work)
{
    size_t classes = out->classes;
    ar_lessons rest = {0};
    ar_classifier meaning = {0}, spelling = {0};
    int status = ar_lessons_without(&rest, lessons, fold);
    if (!status)
        status = ar_classifier_new(&meaning, classes, work->width);
    if (!status)
        status = ar_classifier_new(&spelling, classes, work->places);
    for (size_t s = 0; s < STRENGTHS && !status; s++, work->step++) {
        status = fit_meaning(&meaning, &rest, strengths[s], work);
        for (size_t i = 0; i < judged->count && !status; i++)
            if (judged->folds[i] == fold)
                ar_classifier_logits(out->meaning + (s * judged->count + i) * classes, &meaning, judged->rows[i]);
    }
    if (!status)
        status = fit_spelling(&spelling, &rest, work);
    for (size_t i = 0; i < judged->count && !status; i++)
        if (judged->folds[i] == fold)
            ar_sparse_add(out->spelling + i * classes, &spelling, &judged->grams[i]);
    work->step++;
    ar_classifier_free(&meaning);
    ar_classifier_free(&spelling);
    ar_lessons_free(&rest);
    return status;
}

static size_t best_strength(const opinions *said, const ar_lessons *judged)
{
    size_t best = 0, classes = said->classes;
    double least = INFINITY;
    for (size_t s = 0; s < STRENGTHS; s++) {
        const double *own = said->meaning + s * said->count * classes;
        double temperature = ar_temperature(own, judged->labels, judged->count, classes), loss = 0;
        for (size_t i = 0; i < judged->count; i++)
            loss += ar_cross_entropy(own + i * classes, classes, judged->labels[i], temperature);
        if (loss < least) {
            least = loss;
            best = s;
        }
    }
    return best;
}

static int blend(ar_choice *out, const opinions *said)
{
    size_t best = best_strength(said, out->judged), numbers = said->count * said->classes;
    const double *meaning = said->meaning + best * numbers;
    out->strength = strengths[best];
    out->logits = ar_alloc((numbers + 1) * sizeof *out->logits);
    if (!out->logits)
        return ARNY_E_MEMORY;
    int status = ar_blend(out->share, meaning, said->spelling, out->judged->labels, said->count, said->classes);
    for (size_t i = 0; i < numbers && !status; i++)
        out->logits[i] = out->share[0] * meaning[i] + out->share[1] * said->spelling[i];
    return status;
}

int ar_choose(ar_choice *out, const ar_lessons *lessons, const ar_lessons *held, size_t classes, ar_opinion_work *work)
{
    int apart = held->count > 0 && ar_lessons_have_all(held, classes);
    const ar_lessons *judged = apart ? held : lessons;
    opinions said = {.classes = classes, .count = judged->count};
    said.meaning = ar_calloc(STRENGTHS * said.count * classes + 1, sizeof *said.meaning);
    said.spelling = ar_calloc(said.count * classes + 1, sizeof *said.spelling);
    int status = said.meaning && said.spelling ? ARNY_OK : ARNY_E_MEMORY;
    *out = (ar_choice){.judged = judged};
    work->steps = (apart ? 1 : AR_FOLDS) * (STRENGTHS + 1);
    if (!status && apart)
        status = judge_fold(&said, lessons, judged, AR_APART, work);
    for (size_t fold = 0; fold < AR_FOLDS && !apart && !status; fold++)
        status = judge_fold(&said, lessons, judged, fold, work);
    if (!status)
        status = blend(out, &said);
    ar_free(said.meaning);
    ar_free(said.spelling);
    return status;
}

static void scale(ar_classifier *classifier, double share)
{
    for (size_t i = 0; i < classifier->classes * classifier->width; i++)
        classifier->weights[i] = (float)(classifier->weights[i] * share);
    for (size_t c = 0; c < classifier->classes; c++)
        classifier->bias[c] = (float)(classifier->bias[c] * share);
}

int ar_fit_opinions(ar_classifier *meaning, ar_classifier *spelling, const ar_lessons *lessons, const ar_choice *chosen,
                    const ar_opinion_work *work)
{
    int status = fit_meaning(meaning, lessons, chosen->strength, work);
    if (!status)
        status = ar_classifier_new(spelling, meaning->classes, work->places);
    if (!status)
        status = fit_spelling(spelling, lessons, work);
    if (status)
        return status;
    scale(meaning, chosen->share[0]);
    scale(spelling, chosen->share[1]);
    for (size_t c = 0; c < meaning->classes; c++) {
        meaning->bias[c] += spelling->bias[c];
        spelling->bias[c] = 0;
    }
    return ARNY_OK;
}
