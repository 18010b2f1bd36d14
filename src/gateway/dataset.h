/*
 * gateway/dataset.h - messages with what is right for them: files of one JSON object a line.
 *
 *     {"text": "Solve 2x + 5 = 15", "agent": "math"}
 *     {"turns": ["Solve 2x = 4", "and the second one?"], "agent": "math"}        the last turn's agent; or
 *     {"turns": ["Solve 2x = 4", "now my week"], "agents": ["math", "logistics"]}   each turn's
 *     {"text": "I can't go on", "danger": true}                                  with or without an agent
 *
 * Optional: "kind" and "lang" (figures are told for each of them), "source" (else the file's name): what belongs
 * together, so that it is not torn apart between fitting and testing.
 */
#ifndef AR_GATEWAY_DATASET_H
#define AR_GATEWAY_DATASET_H

#include "config/config.h"

#define AR_UNLABELLED SIZE_MAX

typedef struct ar_sample {
    char **turns;   /* one: a message alone */
    size_t *labels; /* of each turn: an agent's index, agent_count for none, AR_UNLABELLED */
    size_t turn_count;
    int danger;                 /* 0, 1; -1: not said */
    char *source, *kind, *lang; /* "": not said */
    size_t file, line;          /* where it stands */
} ar_sample;

typedef struct ar_dataset {
    const ar_team_config *config;
    ar_sample *samples;
    size_t count, cap;
    char **files;
    size_t file_count;
} ar_dataset;

void ar_dataset_init(ar_dataset *data, const ar_team_config *config);
void ar_dataset_free(ar_dataset *data);

/* Appends a file, or every *.jsonl of a folder by name. Errors name file, line and column. */
int ar_dataset_read(ar_dataset *data, const char *path);

/* Fails where the same text stands with different labels: names both places. */
int ar_dataset_check(const ar_dataset *data);

typedef struct ar_sample_place { /* for sorting */
    const ar_sample *sample;
} ar_sample_place;

/* The last turn, and what is right for it. */
const char *ar_sample_text(const ar_sample *sample);
size_t ar_sample_label(const ar_sample *sample);

#endif
