/* cli/cmd_gateway.c - arny gateway train | eval: teach the gateway, and tell how good it is. */
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "options.h"
#include "out.h"
#include "plot.h"
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_BYTES 4096

typedef struct gateway_options {
    team_options team;
    args_list data, calibration;
    const char *out, *report, *decisions;
    int json;
} gateway_options;

#define AT(member) offsetof(gateway_options, member)

static const args_option options[] = {
    TEAM_OPTIONS(gateway_options, team),
    {"data", 0, ARGS_LIST, AT(data), "FILE",
     "a file of one JSON object a line, or a folder of *.jsonl;\nmay be given again", 0, 0},
    {"calibrate", 0, ARGS_LIST, AT(calibration), "FILE",
     "train: data that only the confidence is corrected with\n(default: what is held out of --data); wanted where the\nmodel itself was tuned on --data",
     0, 0},
    {"out", 0, ARGS_TEXT, AT(out), "FILE", "train: where the head is written\n(default: \"head\" of team.json)", 0, 0},
    {"report", 0, ARGS_TEXT, AT(report), "FILE.svg", "eval: a picture: reliability, confusion, shares by kind", 0, 0},
    {"decisions", 0, ARGS_TEXT, AT(decisions), "FILE", "eval: each decision as a line of JSON", 0, 0},
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object", 0, 0},
};

static int on_progress(double progress, void *label)
{
    progress_show(label, progress);
    return cancel_asked();
}

/* Where embeddings are kept: $ARNY_CACHE, $XDG_CACHE_HOME/arny or ~/.cache/arny. NULL: nowhere. */
static const char *cache_folder(char out[PATH_BYTES])
{
    const char *own = getenv("ARNY_CACHE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own && own[0])
        snprintf(out, PATH_BYTES, "%s", own);
    else if (cache && cache[0])
        snprintf(out, PATH_BYTES, "%s/arny", cache);
    else if (home && home[0])
        snprintf(out, PATH_BYTES, "%s/.cache/arny", home);
    else
        return NULL;
    for (char *slash = strchr(out + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(out, 0777);
        *slash = '/';
    }
    return mkdir(out, 0777) == 0 || errno == EEXIST ? out : NULL;
}

/* ---- train --------------------------------------------------------------------------------------------------------- */

static void show_training(const arny_training *t, int json, double ms)
{
    char time[HUMAN_BYTES];
    if (json) {
        json_object(NULL);
        json_integer("messages", t->messages);
        json_integer("turns", t->turns);
        json_integer("dangers", t->dangers);
        json_number("accuracy", t->accuracy, 4);
        json_number("strength", t->strength, 3);
        json_number("temperature", t->temperature, 4);
        json_number("spelling", t->spelling, 4);
        json_number("turn_accuracy", t->turn_accuracy, 4);
        json_number("alarm", t->alarm, 4);
        json_number("danger_recall", t->danger_recall, 4);
        json_number("danger_false", t->danger_false, 4);
        json_number("ms", ms, 1);
        json_end();
        json_line();
        return;
    }
    out_print("learned to route from %lld messages: %.1f %% right where they were held out\n", (long long)t->messages,
              100 * t->accuracy);
    if (t->turns > 0)
        out_print("learned to follow from %lld turns: %.1f %% right\n", (long long)t->turns, 100 * t->turn_accuracy);
    if (t->dangers > 0)
        out_print("learned danger from %lld messages: tells %.1f %% of dangers, and %.1f %% of the others\n",
                  (long long)t->dangers, 100 * t->danger_recall, 100 * t->danger_false);
    out_print("strength %g, temperature %.2f, spelling %.2f, %s\n", t->strength, t->temperature, t->spelling,
              human_ms(time, ms));
    out_flush();
}

static int train(arny_team *team, const gateway_options *o)
{
    char folder[PATH_BYTES];
    arny_training training;
    arny_train_options wanted = ARNY_TRAIN_OPTIONS_INIT;
    double start = human_now_ms();
    wanted.data = o->data.items;
    wanted.data_count = o->data.count;
    wanted.calibration = o->calibration.items;
    wanted.calibration_count = o->calibration.count;
    wanted.out = o->out;
    wanted.cache = cache_folder(folder);
    wanted.progress = on_progress;
    wanted.user_data = (void *)"training";
    int status = arny_gateway_train(&training, team, &wanted);
    progress_end();
    if (status)
        return fail(status, o->json);
    show_training(&training, o->json, human_now_ms() - start);
    return out_error() ? CLI_IO : CLI_OK;
}

/* ---- eval ---------------------------------------------------------------------------------------------------------- */

typedef struct evaluation {
    FILE *decisions; /* NULL */
} evaluation;

static int on_outcome(const arny_outcome *outcome, void *data)
{
    evaluation *e = data;
    if (!e->decisions)
        return 0;
    json_to(e->decisions);
    json_object(NULL);
    json_text("text", outcome->text);
    json_text("agent", outcome->agent);
    json_text("decided", outcome->decided);
    json_number("confidence", outcome->confidence, 6);
    if (outcome->danger >= 0)
        json_number("danger", outcome->danger, 6);
    if (outcome->is_danger >= 0)
        json_bool("is_danger", outcome->is_danger);
    json_text("source", outcome->source);
    json_text("kind", outcome->kind);
    json_text("lang", outcome->lang);
    if (outcome->tokens > 0)
        json_integer("tokens", outcome->tokens);
    json_number("ms", outcome->ms, 3);
    json_end();
    json_line();
    json_to(NULL);
    return 0;
}

static int on_eval_progress(double progress, void *data)
{
    (void)data;
    progress_show("routing", progress);
    return cancel_asked();
}

static double share_of(const arny_share *share)
{
    return share->count ? (double)share->hits / (double)share->count : 0;
}

static void json_share(const char *name, const arny_share *share)
{
    if (share->count == 0)
        return;
    json_object(name);
    json_integer("n", share->count);
    json_number("share", share_of(share), 4);
    json_number("low", share->low, 4);
    json_number("high", share->high, 4);
    json_end();
}

static void json_confusion(const arny_report *report)
{
    size_t labels = arny_report_label_count(report);
    json_object("confusion");
    for (size_t row = 0; row < labels; row++) {
        json_object(arny_report_label(report, row));
        for (size_t column = 0; column < labels; column++)
            json_integer(arny_report_label(report, column), arny_report_confusion(report, row, column));
        json_end();
    }
    json_end();
}

static void json_slices(const arny_report *report, const char *by)
{
    json_object(by);
    for (size_t i = 0; i < arny_report_slice_count(report); i++) {
        const arny_slice *slice = arny_report_slice(report, i);
        if (strcmp(slice->by, by) == 0)
            json_share(slice->name, &slice->right);
    }
    json_end();
}

static void show_json(const arny_report *report)
{
    const arny_eval_figures *f = arny_report_figures(report);
    json_object(NULL);
    json_integer("n", f->right.count);
    json_number("accuracy", share_of(&f->right), 4);
    json_number("accuracy_low", f->right.low, 4);
    json_number("accuracy_high", f->right.high, 4);
    json_number("none_recall", share_of(&f->none), 4);
    json_number("ece", f->ece, 4);
    json_number("ece_low", f->ece_low, 4);
    json_number("ece_high", f->ece_high, 4);
    json_number("p50_ms", f->p50_ms, 3);
    json_number("p99_ms", f->p99_ms, 3);
    json_share("turns", &f->turns);
    json_share("danger_recall", &f->danger);
    json_share("false_alarms", &f->alarms);
    json_confusion(report);
    json_slices(report, "agent");
    json_slices(report, "kind");
    json_slices(report, "lang");
    json_slices(report, "source");
    json_end();
    json_line();
}

static void show_share(const char *name, const arny_share *share)
{
    if (share->count > 0)
        out_print("  %-22s %6.1f %%   %5.1f to %5.1f   n = %lld\n", name, 100 * share_of(share), 100 * share->low,
                  100 * share->high, (long long)share->count);
}

static void show(const arny_report *report)
{
    const arny_eval_figures *f = arny_report_figures(report);
    char first[HUMAN_BYTES], last[HUMAN_BYTES];
    out_print("  %-22s %8s   %s\n", "", "share", "95 % interval");
    show_share("right", &f->right);
    show_share("none told as none", &f->none);
    show_share("later turns right", &f->turns);
    show_share("danger told", &f->danger);
    show_share("false alarms", &f->alarms);
    for (size_t i = 0; i < arny_report_slice_count(report); i++) {
        const arny_slice *slice = arny_report_slice(report, i);
        char name[48];
        show_share(human_pair(name, sizeof name, slice->by, slice->name), &slice->right);
    }
    if (f->right.count > 0)
        out_print("  %-22s %6.3f     %5.3f to %5.3f   15 bins of equal mass\n", "calibration error", f->ece, f->ece_low,
                  f->ece_high);
    out_print("  %-22s %s (p50), %s (p99)\n", "a decision takes", human_ms(first, f->p50_ms),
              human_ms(last, f->p99_ms));
    out_flush();
}

/* Of an evaluation that failed or was stopped no file stays. */
static int close_decisions(FILE *decisions, const char *path, int status)
{
    struct stat info;
    int failed = ferror(decisions) != 0, regular = fstat(fileno(decisions), &info) == 0 && S_ISREG(info.st_mode);
    failed |= fclose(decisions) != 0;
    if (status && regular)
        remove(path);
    return failed;
}

static int eval(arny_team *team, const gateway_options *o)
{
    arny_report *report;
    evaluation e = {0};
    arny_eval_options wanted = ARNY_EVAL_OPTIONS_INIT;
    if (o->decisions && !(e.decisions = fopen(o->decisions, "w"))) {
        error_line("%s: cannot be written: %s", o->decisions, strerror(errno));
        return CLI_CANT_CREATE;
    }
    wanted.data = o->data.items;
    wanted.data_count = o->data.count;
    wanted.each = on_outcome;
    wanted.progress = on_eval_progress;
    wanted.user_data = &e;
    int status = arny_gateway_eval(&report, team, &wanted);
    progress_end();
    int unwritten = e.decisions && close_decisions(e.decisions, o->decisions, status) != 0;
    if (status)
        return fail(status, o->json);
    if (unwritten) {
        error_line("%s: could not be written: %s", o->decisions, strerror(errno));
        arny_report_free(report);
        return CLI_CANT_CREATE;
    }
    if (o->json)
        show_json(report);
    else
        show(report);
    int code = o->report ? plot_report(o->report, report, "Gateway: what it says, and how often it is right") : CLI_OK;
    arny_report_free(report);
    return code ? code : out_error() ? CLI_IO : CLI_OK;
}

static int run(int argc, char **argv)
{
    gateway_options o = {.json = 0};
    args_words words;
    arny_team *team;
    int code = args_parse(&cmd_gateway, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    int trains = strcmp(words.at[0], "train") == 0;
    if (!trains && strcmp(words.at[0], "eval") != 0)
        return usage_error(&cmd_gateway, "\"train\" or \"eval\" expected, not \"%s\"", words.at[0]);
    if (o.data.count == 0)
        return usage_error(&cmd_gateway, "--data FILE is missing: the messages to %s", trains ? "learn from" : "route");
    if (trains && (o.report || o.decisions))
        return usage_error(&cmd_gateway, "--%s goes with eval", o.report ? "report" : "decisions");
    if (!trains && (o.out || o.calibration.count > 0))
        return usage_error(&cmd_gateway, "--%s goes with train", o.out ? "out" : "calibrate");
    code = team_open(&team, &cmd_gateway, &o.team, o.json);
    if (code)
        return code;
    cancel_begin(NULL, NULL, 1);
    code = trains ? train(team, &o) : eval(team, &o);
    cancel_end();
    arny_team_free(team);
    return code;
}

const cli_command cmd_gateway = {
    .name = "gateway",
    .purpose = "teach the gateway from examples, or tell how good it is",
    .usage = "train --team DIR --data FILE [OPTIONS]\n"
             "eval --team DIR --data FILE [OPTIONS]\n",
    .about =
        "FILE has a JSON object a line: {\"text\":\"Solve 2x = 4\",\"agent\":\"math\"}; a conversation\n"
        "{\"turns\":[\"..\",\"..\"],\"agents\":[\"..\",\"..\"]}, or \"agent\" for its last turn alone; {\"text\":\"..\",\"danger\":true}\n"
        "or false for the alarm. Also \"kind\", \"lang\" (figures are told for each) and \"source\" (what is held out\n"
        "together; default: the file's name).\n"
        "\n"
        "train  fits the head of a gateway whose mode is \"head\" and writes it, in seconds; the same data gives the\n"
        "       same bytes. A few dozen messages for each agent and for none are a start, a few hundred are good.\n"
        "       Embeddings are kept in the cache, so that the second time is quick.\n"
        "eval   routes every message, in any mode, and counts: accuracy, recall of none, calibration, time.\n",
    .example = "arny gateway train --team models/demo --data messages.jsonl\n"
               "arny gateway eval --team models/demo --data test.jsonl --report gateway.svg\n",
    .exits = "0   done\n"
             "64  wrong usage, or a team without such a gateway\n"
             "65  a mistake in the data (file, line and column are told), in team.json or in a head\n"
             "66  no such team or file\n"
             "69  this build cannot run the gateway's model\n"
             "70  the engine failed\n"
             "73  the head, the report or the decisions could not be written\n"
             "75  it does not fit the memory budget now\n"
             "130 cancelled\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 1,
    .words = "train or eval",
    .run = run,
};
