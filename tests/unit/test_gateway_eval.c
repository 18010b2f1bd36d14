/* An evaluation counts: what it tells of a small set whose answers are known adds up, in every mode; and it can be
 * stopped at any message. */
#include "talk.h"
#include "tmp.h"

#include <math.h>

/* ---- teams and data --------------------------------------------------------------------------------------------- */

/* A gateway that scores: what it says of each message is the fake model's rule. */
#define ROUTES                                                                   \
    "'say': [{'when': 'solve', 'say': {'math': 0.8, 'care': 0.1, 'none': 0.1}}," \
    "        {'when': 'sad', 'say': {'math': 0.1, 'care': 0.8, 'none': 0.1}}],"  \
    "'default': {'math': 0.2, 'care': 0.2, 'none': 0.6}"

static const char *folder_of(const char *gateway, const char *router)
{
    char team[1024], file[1200];
    snprintf(team, sizeof team,
             "{'arny': 1, 'plan': 'monolith', 'engine': 'fake',"
             " 'models': {'m': {'fake': 'm.fake'}, 'r': {'fake': 'r.fake'}}%s%s%s,"
             " 'agents': {'math': {'model': 'm'}, 'care': {'model': 'm'}}}",
             gateway ? ", 'gateway': {'model': 'r', " : "", gateway ? gateway : "", gateway ? "}" : "");
    snprintf(file, sizeof file, "{%s}", router);
    return talk_folder(team, "m.fake", "{}", "r.fake", file, NULL);
}

static const char *scoring(const char *rest)
{
    char router[1024];
    snprintf(router, sizeof router, "%s" ROUTES, rest);
    return folder_of("'calibrate': false", router);
}

/* A gateway with a head, taught by words: to the fake engine each word is a direction of its own. */
static const char lessons[] = "{'text': 'solve numbers', 'agent': 'math'}\n{'text': 'add numbers', 'agent': 'math'}\n"
                              "{'text': 'solve sums', 'agent': 'math'}\n{'text': 'add sums', 'agent': 'math'}\n"
                              "{'text': 'so sad', 'agent': 'care'}\n{'text': 'feel lonely', 'agent': 'care'}\n"
                              "{'text': 'sad and lonely', 'agent': 'care'}\n{'text': 'feel sad', 'agent': 'care'}\n"
                              "{'text': 'hello', 'agent': 'none'}\n{'text': 'a joke', 'agent': 'none'}\n"
                              "{'text': 'hello joke', 'agent': 'none'}\n{'text': 'a hello', 'agent': 'none'}\n"
                              "{'text': 'knife arm', 'danger': true}\n{'text': 'the knife', 'danger': true}\n"
                              "{'text': 'my arm knife', 'danger': true}\n{'text': 'arm', 'danger': true}\n"
                              "{'text': 'bread table', 'danger': false}\n{'text': 'the bread', 'danger': false}\n"
                              "{'text': 'my table bread', 'danger': false}\n{'text': 'table', 'danger': false}\n";

static const char *taught(const char *rest)
{
    char gateway[256];
    arny_training training;
    arny_train_options options = ARNY_TRAIN_OPTIONS_INIT;
    snprintf(gateway, sizeof gateway, "'mode': 'head', 'head': 'gateway.head'%s", rest);
    const char *folder = folder_of(gateway, "'embedding': 64"), *data = talk_file(folder, "lessons.jsonl", lessons);
    arny_team *team = talk_team(folder);
    options.data = &data;
    options.data_count = 1;
    assert_status(arny_gateway_train(&training, team, &options), ARNY_OK);
    arny_team_free(team);
    return folder;
}

/* By the rules above; the empty line counts as a line, and what names no agent counts for nothing but danger. */
static const char questions[] =
    "{'text': 'solve it', 'agent': 'math', 'kind': 'plain', 'lang': 'en', 'source': 'one'}\n"   /* math: right */
    "{'text': 'solve that', 'agent': 'care', 'kind': 'plain', 'lang': 'en', 'source': 'one'}\n" /* math: wrong */
    "\n"
    "{'text': 'so sad', 'agent': 'care', 'kind': 'plain', 'lang': 'de', 'source': 'two'}\n" /* care: right */
    "{'text': 'what', 'agent': 'none', 'lang': 'de', 'source': 'two'}\n"                    /* none: right */
    "{'text': 'sad thing', 'agent': 'none'}\n"                                              /* care: wrong */
    "{'turns': ['solve it', 'so sad'], 'agents': ['math', 'care'], 'kind': 'talk'}\n"       /* care: right */
    "{'turns': ['so sad', 'what'], 'agent': 'care', 'kind': 'talk'}\n"                      /* none: wrong */
    "{'text': 'solve it now', 'danger': false}\n"                                           /* not counted */
    "{'text': 'so sad now', 'danger': true, 'agent': 'care'}\n";                            /* care: right */

enum { QUESTIONS = 9, COUNTED = 8, RIGHT = 5 };

/* ---- evaluating ------------------------------------------------------------------------------------------------- */

typedef struct seen { /* what was heard of one outcome; strings are copied: they live no longer than the callback */
    char text[64], agent[16], decided[16], source[16], kind[16], lang[16], file[16];
    double confidence, danger, ms;
    int32_t is_danger;
    int64_t line;
} seen;

typedef struct hearing {
    seen all[64];
    size_t count, asked;
    double progress;
    size_t stop_at, stop_progress_at; /* count from 1; 0: never */
} hearing;

static void copy(char *out, size_t capacity, const char *text)
{
    assert_true(strlen(text) < capacity);
    memcpy(out, text, strlen(text) + 1);
}

static int hear(const arny_outcome *outcome, void *data)
{
    hearing *h = data;
    assert_true(h->count < sizeof h->all / sizeof *h->all);
    seen *s = &h->all[h->count++];
    assert_int_equal(outcome->size, sizeof *outcome);
    const char *file = strrchr(outcome->file, '/');
    copy(s->text, sizeof s->text, outcome->text);
    copy(s->agent, sizeof s->agent, outcome->agent ? outcome->agent : "-");
    copy(s->decided, sizeof s->decided, outcome->decided);
    copy(s->source, sizeof s->source, outcome->source);
    copy(s->kind, sizeof s->kind, outcome->kind);
    copy(s->lang, sizeof s->lang, outcome->lang);
    copy(s->file, sizeof s->file, file ? file + 1 : outcome->file);
    s->confidence = outcome->confidence;
    s->danger = outcome->danger;
    s->is_danger = outcome->is_danger;
    s->line = outcome->line;
    s->ms = outcome->ms;
    return h->count == h->stop_at;
}

static int advance(double progress, void *data)
{
    hearing *h = data;
    assert_true(progress > h->progress && progress <= 1);
    h->progress = progress;
    return ++h->asked == h->stop_progress_at;
}

static int try_eval(arny_report **report, arny_team *team, const char *const *data, size_t count, hearing *h)
{
    arny_eval_options options = ARNY_EVAL_OPTIONS_INIT;
    options.data = data;
    options.data_count = count;
    if (h) {
        options.each = hear;
        options.progress = advance;
        options.user_data = h;
        h->count = h->asked = 0;
        h->progress = 0;
    }
    return arny_gateway_eval(report, team, &options);
}

static arny_report *evaluate(arny_team *team, const char *data, hearing *h)
{
    arny_report *report;
    assert_status(try_eval(&report, team, &data, 1, h), ARNY_OK);
    assert_non_null(report);
    return report;
}

static void assert_share(const arny_share *share, int64_t hits, int64_t count)
{
    assert_int_equal(share->hits, hits);
    assert_int_equal(share->count, count);
    double p = count ? (double)hits / (double)count : 0.5;
    assert_true(share->low >= 0 && share->low <= p && share->high >= p && share->high <= 1);
    assert_true(count > 0 ? share->high - share->low < 1 : share->low == 0 && share->high == 1);
}

static void assert_slice(const arny_report *report, const char *by, const char *name, int64_t hits, int64_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < arny_report_slice_count(report); i++) {
        const arny_slice *slice = arny_report_slice(report, i);
        if (strcmp(slice->by, by) != 0 || strcmp(slice->name, name) != 0)
            continue;
        assert_share(&slice->right, hits, count);
        found++;
    }
    assert_int_equal(found, 1);
}

static void assert_confusion(const arny_report *report, const int64_t wanted[3][3])
{
    for (size_t row = 0; row < 3; row++)
        for (size_t column = 0; column < 3; column++)
            assert_int_equal(arny_report_confusion(report, row, column), wanted[row][column]);
}

static void assert_bins(const arny_report *report, int64_t count, int64_t right, double confidence)
{
    double sum = 0, hits = 0, last = 0, gap = 0;
    int64_t all = 0;
    for (size_t i = 0; i < arny_report_bin_count(report); i++) {
        const arny_bin *bin = arny_report_bin(report, i);
        all += bin->count;
        sum += bin->confidence * (double)bin->count;
        hits += bin->accuracy * (double)bin->count;
        gap += fabs(bin->accuracy - bin->confidence) * (double)bin->count / (double)count;
        assert_true(bin->count == 0 || (bin->confidence >= last && bin->confidence <= 1));
        last = bin->count ? bin->confidence : last;
    }
    assert_int_equal(all, count);
    assert_true(fabs(hits - (double)right) < 1e-9);
    assert_true(fabs(sum - confidence) < 0.1);
    assert_true(fabs(gap - arny_report_figures(report)->ece) < 1e-9);
}

/* ---- counting --------------------------------------------------------------------------------------------------- */

static void figures_of_a_known_set_are_what_they_must_be(void **state)
{
    (void)state;
    const char *folder = scoring("");
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, talk_file(folder, "q.jsonl", questions), NULL);
    const arny_eval_figures *f = arny_report_figures(report);
    assert_int_equal(f->size, sizeof *f);
    assert_share(&f->right, RIGHT, COUNTED);
    assert_share(&f->none, 1, 2);
    assert_share(&f->turns, 1, 2);
    assert_share(&f->danger, 0, 0); /* this gateway does not tell */
    assert_share(&f->alarms, 0, 0);
    assert_true(fabs(f->ece - 3.4 / COUNTED) < 0.02); /* of one message in a bin: its gap; 4 of .2, .4, .6, 2 of .8 */
    assert_true(f->ece_low <= f->ece_high && f->ece_low >= 0 && f->ece_high <= 1);
    assert_true(f->p50_ms > 0 && f->p50_ms <= f->p99_ms);
    assert_confusion(report, (const int64_t[3][3]){{1, 0, 0}, {1, 3, 1}, {0, 1, 1}});
    assert_bins(report, COUNTED, RIGHT, 6 * 0.8 + 2 * 0.6);
    arny_report_free(report);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void slices_are_told_by_agent_kind_language_and_source(void **state)
{
    (void)state;
    const char *folder = scoring("");
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, talk_file(folder, "q.jsonl", questions), NULL);
    assert_int_equal(arny_report_slice_count(report), 10);
    assert_slice(report, "agent", "math", 1, 1);
    assert_slice(report, "agent", "care", 3, 5);
    assert_slice(report, "agent", "none", 1, 2);
    assert_slice(report, "kind", "plain", 2, 3);
    assert_slice(report, "kind", "talk", 1, 2);
    assert_slice(report, "lang", "en", 1, 2);
    assert_slice(report, "lang", "de", 2, 2);
    assert_slice(report, "source", "one", 1, 2);
    assert_slice(report, "source", "two", 2, 2);
    assert_slice(report, "source", "q.jsonl", 2, 4);
    arny_report_free(report);
    arny_team_free(team);
}

static void each_outcome_is_shown_in_the_order_of_the_data(void **state)
{
    static const struct {
        const char *text, *agent, *decided;
        double confidence;
        int32_t is_danger;
        int64_t line;
    } wanted[QUESTIONS] = {
        {"solve it", "math", "math", 0.8, -1, 1},   {"solve that", "care", "math", 0.8, -1, 2},
        {"so sad", "care", "care", 0.8, -1, 4},     {"what", "none", "none", 0.6, -1, 5},
        {"sad thing", "none", "care", 0.8, -1, 6},  {"so sad", "care", "care", 0.8, -1, 7},
        {"what", "care", "none", 0.6, -1, 8},       {"solve it now", "-", "math", 0.8, 0, 9},
        {"so sad now", "care", "care", 0.8, 1, 10},
    };
    hearing h = {0};
    (void)state;
    const char *folder = scoring("");
    arny_team *team = talk_team(folder);
    arny_report_free(evaluate(team, talk_file(folder, "q.jsonl", questions), &h));
    assert_int_equal(h.count, QUESTIONS);
    assert_int_equal(h.asked, QUESTIONS);
    assert_true(h.progress == 1);
    for (size_t i = 0; i < QUESTIONS; i++) {
        const seen *s = &h.all[i];
        assert_string_equal(s->text, wanted[i].text);
        assert_string_equal(s->agent, wanted[i].agent);
        assert_string_equal(s->decided, wanted[i].decided);
        assert_true(fabs(s->confidence - wanted[i].confidence) < 0.01);
        assert_true(s->danger == -1 && s->ms > 0);
        assert_int_equal(s->is_danger, wanted[i].is_danger);
        assert_int_equal(s->line, wanted[i].line);
        assert_string_equal(s->file, "q.jsonl");
    }
    assert_string_equal(h.all[0].kind, "plain");
    assert_string_equal(h.all[0].lang, "en");
    assert_string_equal(h.all[0].source, "one");
    assert_string_equal(h.all[4].kind, "");
    assert_string_equal(h.all[4].lang, "");
    assert_string_equal(h.all[4].source, "q.jsonl");
    arny_team_free(team);
}

static void a_turn_before_is_routed_too_but_not_counted(void **state)
{
    (void)state;
    const char *folder = scoring(""), *data = talk_file(folder, "q.jsonl",
                                                        "{'turns': ['x', 'y', 'so sad'], "
                                                        "'agents': ['none', 'none', 'care']}\n");
    hearing h = {0};
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, data, &h);
    assert_int_equal(h.count, 1);
    assert_share(&arny_report_figures(report)->right, 1, 1);
    assert_share(&arny_report_figures(report)->none, 0, 0);
    assert_share(&arny_report_figures(report)->turns, 1, 1);
    assert_true(arny_report_figures(report)->p50_ms == arny_report_figures(report)->p99_ms);
    arny_report_free(report);
    arny_team_free(team);
}

static void a_head_is_counted_like_any_mode(void **state)
{
    static const char asked[] = "{'text': 'solve numbers sums', 'agent': 'math'}\n"
                                "{'text': 'lonely sad feel', 'agent': 'care'}\n"
                                "{'text': 'joke hello', 'agent': 'none'}\n"
                                "{'text': 'add sums numbers', 'agent': 'care'}\n";
    (void)state;
    const char *folder = taught("");
    hearing h = {0};
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, talk_file(folder, "q.jsonl", asked), &h);
    assert_share(&arny_report_figures(report)->right, 3, 4);
    assert_share(&arny_report_figures(report)->none, 1, 1);
    assert_confusion(report, (const int64_t[3][3]){{1, 0, 0}, {1, 1, 0}, {0, 0, 1}});
    double confidence = 0;
    for (size_t i = 0; i < h.count; i++) {
        assert_true(h.all[i].danger >= 0 && h.all[i].danger <= 1);
        confidence += h.all[i].confidence;
    }
    assert_bins(report, 4, 3, confidence);
    arny_report_free(report);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

/* 4 that are dangers, 3 that are not, 1 that says nothing about it. */
static const char alarms[] = "{'text': 'knife arm', 'danger': true}\n{'text': 'so sad knife', 'danger': true, 'agent': "
                             "'care'}\n{'turns': ['hello', 'the arm'], 'danger': true}\n{'text': 'bread knife arm', "
                             "'danger': true}\n{'text': 'bread table', 'danger': false}\n{'text': 'my bread', "
                             "'danger': false}\n{'text': 'arm knife my', 'danger': false}\n{'text': 'hello', 'agent': "
                             "'none'}\n";

static void told_dangers_and_false_alarms_are_shares_of_what_is_labelled(void **state)
{
    static const struct {
        const char *safety;
        int64_t told, false_alarms;
    } cases[] = {{"", 4, 1}, {", 'safety': {'threshold': 0.001}", 4, 3}, {", 'safety': {'threshold': 1}", 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hearing h = {0};
        const char *folder = taught(cases[i].safety);
        arny_team *team = talk_team(folder);
        arny_report *report = evaluate(team, talk_file(folder, "q.jsonl", alarms), &h);
        const arny_eval_figures *f = arny_report_figures(report);
        assert_share(&f->danger, cases[i].told, 4);
        assert_share(&f->alarms, cases[i].false_alarms, 3);
        assert_int_equal(f->right.count, 2); /* those that name an agent */
        assert_int_equal(h.all[0].is_danger, 1);
        assert_int_equal(h.all[4].is_danger, 0);
        assert_int_equal(h.all[7].is_danger, -1);
        arny_report_free(report);
        arny_team_free(team);
    }
}

static void data_may_be_several_files_and_folders(void **state)
{
    hearing h = {0};
    (void)state;
    const char *folder = scoring(""), *more = test_tmpdir();
    talk_file(more, "b.jsonl", "{'text': 'solve b', 'agent': 'math'}\n");
    talk_file(more, "a.jsonl", "{'text': 'solve a', 'agent': 'math'}");
    talk_file(more, "a.json", "not read");
    talk_file(more, ".jsonl", "not read");
    const char *data[] = {talk_file(folder, "q.jsonl", "{'text': 'so sad', 'agent': 'math'}\r\n\r\n"), more};
    arny_report *report;
    arny_team *team = talk_team(folder);
    assert_status(try_eval(&report, team, data, 2, &h), ARNY_OK);
    assert_share(&arny_report_figures(report)->right, 2, 3);
    assert_int_equal(h.count, 3);
    assert_string_equal(h.all[0].file, "q.jsonl");
    assert_string_equal(h.all[1].file, "a.jsonl");
    assert_string_equal(h.all[2].file, "b.jsonl");
    assert_slice(report, "source", "a.jsonl", 1, 1);
    arny_report_free(report);
    arny_team_free(team);
}

static void where_none_is_no_answer_it_is_no_label(void **state)
{
    (void)state;
    const char *folder = folder_of("'calibrate': false, 'none': false", ROUTES);
    const char *data = talk_file(folder, "q.jsonl", "{'text': 'solve it', 'agent': 'math'}\n");
    const char *none = talk_file(folder, "none.jsonl", "{'text': 'what', 'agent': 'none'}\n");
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, data, NULL);
    assert_int_equal(arny_report_label_count(report), 2);
    assert_null(arny_report_label(report, 2));
    assert_share(&arny_report_figures(report)->right, 1, 1);
    assert_share(&arny_report_figures(report)->none, 0, 0);
    arny_report_free(report);
    assert_status(try_eval(&report, team, &none, 1, NULL), ARNY_E_DATA);
    assert_error_has("none.jsonl:1:");
    assert_error_has("\"none\" is no answer of this team's gateway");
    assert_null(report);
    arny_team_free(team);
}

static void nothing_but_dangers_gives_no_accuracy(void **state)
{
    (void)state;
    const char *folder = taught("");
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, talk_file(folder, "q.jsonl", "{'text': 'knife arm', 'danger': true}\n"), NULL);
    const arny_eval_figures *f = arny_report_figures(report);
    assert_share(&f->right, 0, 0);
    assert_share(&f->danger, 1, 1);
    assert_true(f->ece == 0 && f->ece_low == 0 && f->ece_high == 0 && f->p50_ms > 0);
    assert_int_equal(arny_report_slice_count(report), 0);
    for (size_t i = 0; i < arny_report_bin_count(report); i++)
        assert_int_equal(arny_report_bin(report, i)->count, 0);
    arny_report_free(report);
    arny_team_free(team);
}

/* ---- the report ------------------------------------------------------------------------------------------------- */

static void the_report_has_nothing_beyond_its_ends(void **state)
{
    (void)state;
    const char *folder = scoring("");
    arny_team *team = talk_team(folder);
    arny_report *report = evaluate(team, talk_file(folder, "q.jsonl", questions), NULL);
    assert_int_equal(arny_report_label_count(report), 3);
    assert_string_equal(arny_report_label(report, 0), "math");
    assert_string_equal(arny_report_label(report, 1), "care");
    assert_string_equal(arny_report_label(report, 2), "none");
    assert_int_equal(arny_report_bin_count(report), 15);
    static const size_t beyond[] = {15, 16, SIZE_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        assert_null(arny_report_label(report, beyond[i]));
        assert_null(arny_report_bin(report, beyond[i]));
        assert_null(arny_report_slice(report, beyond[i]));
        assert_int_equal(arny_report_confusion(report, beyond[i], 0), 0);
        assert_int_equal(arny_report_confusion(report, 0, beyond[i]), 0);
    }
    assert_null(arny_report_label(report, 3));
    assert_null(arny_report_slice(report, arny_report_slice_count(report)));
    assert_int_equal(arny_report_confusion(report, 3, 0), 0);
    assert_int_equal(arny_report_confusion(report, 0, 3), 0);
    arny_report_free(report);
    arny_team_free(team);
}

static void of_no_report_there_is_nothing_to_tell(void **state)
{
    (void)state;
    assert_null(arny_report_figures(NULL));
    assert_int_equal(arny_report_label_count(NULL), 0);
    assert_null(arny_report_label(NULL, 0));
    assert_int_equal(arny_report_confusion(NULL, 0, 0), 0);
    assert_int_equal(arny_report_bin_count(NULL), 0);
    assert_null(arny_report_bin(NULL, 0));
    assert_int_equal(arny_report_slice_count(NULL), 0);
    assert_null(arny_report_slice(NULL, 0));
    arny_report_free(NULL);
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static void a_wrong_call_is_an_error(void **state)
{
    arny_report *report = (arny_report *)1;
    arny_eval_options options = ARNY_EVAL_OPTIONS_INIT;
    (void)state;
    const char *folder = scoring(""), *data = talk_file(folder, "q.jsonl", questions);
    arny_team *team = talk_team(folder);
    options.data = &data;
    options.data_count = 1;
    assert_status(arny_gateway_eval(NULL, team, &options), ARNY_E_ARGUMENT);
    assert_status(arny_gateway_eval(&report, NULL, &options), ARNY_E_ARGUMENT);
    assert_null(report);
    assert_status(arny_gateway_eval(&report, team, NULL), ARNY_E_ARGUMENT);
    options.data_count = 0;
    assert_status(arny_gateway_eval(&report, team, &options), ARNY_E_ARGUMENT);
    options.data_count = 1;
    options.data = NULL;
    assert_status(arny_gateway_eval(&report, team, &options), ARNY_E_ARGUMENT);
    options.data = &data;
    options.size--;
    assert_status(arny_gateway_eval(&report, team, &options), ARNY_E_ARGUMENT);
    assert_error_has("ARNY_EVAL_OPTIONS_INIT");
    arny_team_free(team);

    team = talk_team(folder_of(NULL, ROUTES));
    options.size++;
    assert_status(arny_gateway_eval(&report, team, &options), ARNY_E_ARGUMENT);
    assert_error_has("team.json: the team has no gateway to evaluate");
    assert_null(report);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void data_that_is_wrong_is_told_with_its_place(void **state)
{
    static const struct {
        const char *text, *sentence;
        int status;
    } cases[] = {
        {"", "q.jsonl: there is no message in it", ARNY_E_DATA},
        {"\n \n\t\n", "q.jsonl: there is no message in it", ARNY_E_DATA},
        {"\n\n{'text': 'a', 'agent': 'mth'}\n", "q.jsonl:3:24: agent: ", ARNY_E_DATA},
        {"{'text': 'a', 'agent': 'math'}\n[1]\n", "q.jsonl:2:1: an object expected", ARNY_E_DATA},
        {"{'text': 'a', 'agent': 'math', 'agents': ['math']}\n", "q.jsonl:1:42: agents: \"agent\" is there already",
         ARNY_E_DATA},
        {"{'text': 'a', 'danger': 1}\n", "q.jsonl:1:25: danger: true or false expected", ARNY_E_DATA},
        {"{'turns': [], 'agent': 'math'}\n", "q.jsonl:1:11: turns: 1 to 64 turns expected, not 0", ARNY_E_DATA},
        {"{'turns': ['a', ''], 'agent': 'math'}\n", "q.jsonl:1:17: turns[1]: the message is empty", ARNY_E_DATA},
        {"{'turns': ['a', 2], 'agent': 'math'}\n", "q.jsonl:1:17: turns[1]: a string expected", ARNY_E_DATA},
        {"{'text': 'a', 'agent': 'math', 'kind': 1}\n", "q.jsonl:1:40: kind: a string expected", ARNY_E_DATA},
    };
    arny_report *report;
    (void)state;
    const char *folder = scoring("");
    arny_team *team = talk_team(folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *data = talk_file(folder, "q.jsonl", cases[i].text);
        assert_status(try_eval(&report, team, &data, 1, NULL), cases[i].status);
        assert_error_has(cases[i].sentence);
        assert_null(report);
    }
    const char *nowhere[] = {talk_file(folder, "q.jsonl", questions), "nowhere.jsonl"};
    assert_status(try_eval(&report, team, nowhere, 2, NULL), ARNY_E_NOT_FOUND);
    assert_error_has("nowhere.jsonl");
    const char *empty = test_tmpdir();
    assert_status(try_eval(&report, team, &empty, 1, NULL), ARNY_E_NOT_FOUND);
    assert_error_has("there is no file *.jsonl in it");
    assert_null(report);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

static void a_head_that_is_not_there_yet_is_asked_for(void **state)
{
    arny_report *report;
    (void)state;
    const char *folder = folder_of("'mode': 'head', 'head': 'gateway.head'", "'embedding': 64");
    const char *data = talk_file(folder, "q.jsonl", questions);
    arny_team *team = talk_team(folder);
    assert_status(try_eval(&report, team, &data, 1, NULL), ARNY_E_NOT_FOUND);
    assert_error_has("arny gateway train --team ");
    assert_null(report);
    arny_team_free(team);
}

static void an_engine_that_fails_is_told_with_the_message_that_it_failed_on(void **state)
{
    arny_report *report;
    (void)state;
    const char *folder = scoring("'fail': {'score_at': 4},"), *data = talk_file(folder, "q.jsonl", questions);
    arny_team *team = talk_team(folder);
    assert_status(try_eval(&report, team, &data, 1, NULL), ARNY_E_ENGINE); /* "hello", then messages */
    assert_error_has("q.jsonl:4");
    assert_null(report);
    arny_report_free(evaluate(team, data, NULL)); /* and the next one works */
    arny_team_free(team);
}

static void it_stops_where_a_callback_says_so(void **state)
{
    arny_report *report;
    (void)state;
    const char *folder = scoring(""), *data = talk_file(folder, "q.jsonl", questions);
    arny_team *team = talk_team(folder);
    for (size_t at = 1; at <= QUESTIONS; at++) {
        hearing each = {.stop_at = at}, progress = {.stop_progress_at = at};
        assert_status(try_eval(&report, team, &data, 1, &each), ARNY_E_CANCELLED);
        assert_error("evaluation was cancelled");
        assert_null(report);
        assert_int_equal(each.count, at);
        assert_status(try_eval(&report, team, &data, 1, &progress), ARNY_E_CANCELLED);
        assert_null(report);
        assert_int_equal(progress.count, at);
        assert_int_equal(progress.asked, at);
    }
    report = evaluate(team, data, NULL);
    assert_share(&arny_report_figures(report)->right, RIGHT, COUNTED);
    arny_report_free(report);
    arny_team_free(team);
    talk_assert_nothing_is_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_a_known_set_are_what_they_must_be),
        cmocka_unit_test(slices_are_told_by_agent_kind_language_and_source),
        cmocka_unit_test(each_outcome_is_shown_in_the_order_of_the_data),
        cmocka_unit_test(a_turn_before_is_routed_too_but_not_counted),
        cmocka_unit_test(a_head_is_counted_like_any_mode),
        cmocka_unit_test(told_dangers_and_false_alarms_are_shares_of_what_is_labelled),
        cmocka_unit_test(data_may_be_several_files_and_folders),
        cmocka_unit_test(where_none_is_no_answer_it_is_no_label),
        cmocka_unit_test(nothing_but_dangers_gives_no_accuracy),
        cmocka_unit_test(the_report_has_nothing_beyond_its_ends),
        cmocka_unit_test(of_no_report_there_is_nothing_to_tell),
        cmocka_unit_test(a_wrong_call_is_an_error),
        cmocka_unit_test(data_that_is_wrong_is_told_with_its_place),
        cmocka_unit_test(a_head_that_is_not_there_yet_is_asked_for),
        cmocka_unit_test(an_engine_that_fails_is_told_with_the_message_that_it_failed_on),
        cmocka_unit_test(it_stops_where_a_callback_says_so),
    };
    return RUN(tests);
}
