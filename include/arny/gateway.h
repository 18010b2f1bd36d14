/*
 * arny/gateway.h - teaching a gateway, and telling how good it is. For tools; an app only routes (arny/team.h).
 *
 * In mode "head" a gateway is an encoder and a small head that was trained on examples: lines of JSON such as
 *
 *     {"text": "Solve 2x + 5 = 15", "agent": "math"}
 *     {"turns": ["Solve 2x = 4", "and the second one?"], "agents": ["math", "math"]}
 *     {"text": "I can't go on any more", "danger": true}
 *
 * docs/gateway.md has the format, and how many it takes. Training takes seconds and is deterministic.
 */
#ifndef ARNY_GATEWAY_H
#define ARNY_GATEWAY_H

#include <arny/team.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- training --------------------------------------------------------------------------------------------- */

typedef struct arny_train_options {
    uint32_t size;
    const char *const *data; /* files, or folders whose *.jsonl are read */
    size_t data_count;
    const char *const
        *calibration; /* data on which strength, blend and alarm are chosen; none: what is held out of `data` */
    size_t calibration_count;
    const char *out;                 /* the head's file; NULL: the one that team.json names */
    const char *cache;               /* a folder where embeddings are kept for the next time; NULL: nowhere */
    arny_progress_callback progress; /* 0 to 1; non-zero stops; NULL */
    void *user_data;
} arny_train_options;
#define ARNY_TRAIN_OPTIONS_INIT                            \
    {                                                      \
        sizeof(arny_train_options), 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/* What was learned from how much; figures are of examples that the fit had not seen. */
typedef struct arny_training {
    uint32_t size;
    int64_t messages;     /* that routing was learned from */
    int64_t turns;        /* that following a conversation was learned from */
    int64_t dangers;      /* messages that danger was learned from, true or false */
    double accuracy;      /* of routing, on `calibration`, or held out: whole sources where there are five or more */
    double strength;      /* of the regularisation that predicted best */
    double temperature;   /* what the logits of the embedding are divided by; 0: it is not asked */
    double spelling;      /* what the logits of the spelling are multiplied with before they are added */
    double turn_accuracy; /* of later turns of conversations */
    double alarm;         /* probability of danger from which on it is told */
    double danger_recall; /* share of dangers that are told then */
    double danger_false;  /* share of the others that are told too */
} arny_training;

/* Trains the gateway's head and writes it, whole or not at all. The team's gateway must have mode "head". Errors in the
 * data name file, line and column. ARNY_E_DATA, ARNY_E_NOT_FOUND, ARNY_E_WRITE, ARNY_E_CANCELLED. */
ARNY_API int arny_gateway_train(arny_training *out, arny_team *team, const arny_train_options *options);

/* ---- evaluation: any mode ----------------------------------------------------------------------------------- */

/* One decision on a message whose answer is known. Strings are borrowed until the callback returns. */
typedef struct arny_outcome {
    uint32_t size;
    const char *text;  /* the message; of a conversation its last turn */
    const char *agent; /* who should answer, or "none"; NULL: not said */
    const char *decided;
    double confidence;
    double danger;     /* -1: the gateway does not tell */
    int32_t is_danger; /* 1, 0; -1: not said */
    const char *source, *kind, *lang;
    const char *file;
    int64_t line;
    int64_t tokens; /* of the message, as the encoder read them; 0: the mode has no encoder */
    double ms;      /* that the decision took */
} arny_outcome;

typedef struct arny_eval_options {
    uint32_t size;
    const char *const *data;
    size_t data_count;
    int (*each)(const arny_outcome *outcome, void *user_data); /* non-zero stops; NULL */
    arny_progress_callback progress;
    void *user_data;
} arny_eval_options;
#define ARNY_EVAL_OPTIONS_INIT                   \
    {                                            \
        sizeof(arny_eval_options), 0, 0, 0, 0, 0 \
    }

typedef struct arny_share { /* hits of count, with its 95 % interval (Wilson) */
    int64_t hits, count;
    double low, high;
} arny_share;

typedef struct arny_eval_figures {
    uint32_t size;
    arny_share right;         /* decisions that were right */
    arny_share none;          /* of messages for nobody, those that were told so */
    arny_share turns;         /* of later turns of conversations, those that were right */
    arny_share danger;        /* of dangers, those that were told */
    arny_share alarms;        /* of messages without danger, those that were told as danger */
    double ece;               /* expected calibration error, 15 bins of equal mass */
    double ece_low, ece_high; /* 95 % interval, by resampling */
    double p50_ms, p99_ms;    /* of a decision */
} arny_eval_figures;

/* Part of the messages: those of one kind, language, source or agent. */
typedef struct arny_slice {
    const char *by;   /* "kind", "lang", "source", "agent" */
    const char *name; /* borrowed from the report */
    arny_share right;
} arny_slice;

typedef struct arny_bin { /* of the reliability diagram */
    int64_t count;
    double confidence, accuracy; /* means */
} arny_bin;

/* Free it before the team: the labels' names are the team's. */
typedef struct arny_report arny_report;

/* Routes every message of the data. */
ARNY_API int arny_gateway_eval(arny_report **out, arny_team *team, const arny_eval_options *options);
ARNY_API void arny_report_free(arny_report *report);

ARNY_API const arny_eval_figures *arny_report_figures(const arny_report *report);
ARNY_API size_t arny_report_label_count(const arny_report *report);
ARNY_API const char *arny_report_label(const arny_report *report, size_t index); /* agents, then "none" */
/* How often a message for `agent` was decided to be for `decided`, both as indexes of labels. */
ARNY_API int64_t arny_report_confusion(const arny_report *report, size_t agent, size_t decided);
ARNY_API size_t arny_report_bin_count(const arny_report *report);
ARNY_API const arny_bin *arny_report_bin(const arny_report *report, size_t index);
ARNY_API size_t arny_report_slice_count(const arny_report *report);
ARNY_API const arny_slice *arny_report_slice(const arny_report *report, size_t index);

#ifdef __cplusplus
}
#endif
#endif
