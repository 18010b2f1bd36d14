/* team/learn.c - arny_gateway_train: messages, their embeddings, a head. */
#include <arny/gateway.h>
#include "gateway/embed.h"
#include "gateway/train.h"
#include "team/team.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"
#include <stdio.h>
#include <string.h>

#define EMBEDDING_SHARE 0.6 /* of the progress */
#define HEAD_BYTES      (64u << 20)

typedef struct learning {
    arny_team *team;
    const arny_train_options *options;
    ar_dataset data, calibration;
    ar_vectors *vectors;
    ar_timeline *timeline;
    ar_digest digest;
    size_t width;
    size_t embedded, texts;
    double from, share; /* of the progress */
} learning;

static int tell(double progress, void *data)
{
    const learning *l = data;
    return l->options->progress && l->options->progress(l->from + l->share * progress, l->options->user_data);
}

static int asked(void *data)
{
    const learning *l = data;
    return tell(l->texts ? (double)l->embedded / (double)l->texts : 0, data);
}

static int read_all(ar_dataset *data, const ar_team_config *config, const char *const *paths, size_t count)
{
    int status = ARNY_OK;
    ar_dataset_init(data, config);
    for (size_t i = 0; i < count && !status; i++)
        status = ar_dataset_read(data, paths[i]);
    return status ? status : ar_dataset_check(data);
}

static size_t count_turns(const ar_dataset *data)
{
    size_t count = 0;
    for (size_t i = 0; i < data->count; i++)
        count += data->samples[i].turn_count;
    return count;
}

static int embed_all(learning *l, const ar_dataset *data)
{
    const float *row;
    arny_engine_cancel cancel = {asked, l};
    int status = ARNY_OK;
    for (size_t i = 0; i < data->count && !status; i++) {
        const ar_sample *sample = &data->samples[i];
        for (size_t t = 0; t < sample->turn_count && !status; t++, l->embedded++) {
            if (asked(l))
                status = ar_fail(ARNY_E_CANCELLED, "training was cancelled");
            else
                status = ar_vectors_get(&row, NULL, l->vectors, l->timeline, sample->turns[t], &cancel);
        }
        if (status && status != ARNY_E_CANCELLED)
            ar_fail_in(status, "%s:%zu", data->files[sample->file], sample->line);
    }
    return status;
}

/* That they cannot be kept is no failure; the sentence of one that there is stays. */
static void keep_vectors(const learning *l, int status)
{
    char sentence[1024];
    snprintf(sentence, sizeof sentence, "%s", arny_last_error());
    if (ar_vectors_save(l->vectors, l->options->cache) && status)
        ar_fail(status, "%s", sentence);
}

static int get_vectors(learning *l)
{
    const ar_team_config *config = l->team->config;
    ar_residency_want want = {.seat = config->agent_count, .cancel = {asked, l}};
    int from, status = ar_residency_acquire(&l->timeline, &from, l->team->residency, &want);
    if (status)
        return status;
    const ar_model *model = l->timeline->model;
    status = ar_digest_file(&l->digest, model->path);
    if (status == ARNY_E_UNSUPPORTED) /* a build without digests cannot bind the head to its model */
        memset(&l->digest, 0, sizeof l->digest);
    else if (status)
        return status;
    l->width = (size_t)model->info->embedding;
    l->texts = count_turns(&l->data) + count_turns(&l->calibration);
    status = ar_vectors_new(&l->vectors, l->width, config->gateway.prompt ? config->gateway.prompt : "", &l->digest);
    if (status)
        return status;
    if (l->options->cache)
        ar_vectors_load(l->vectors, l->options->cache);
    l->share = EMBEDDING_SHARE;
    status = embed_all(l, &l->data);
    if (!status)
        status = embed_all(l, &l->calibration);
    if (l->options->cache) /* also when it was stopped: what was done is done */
        keep_vectors(l, status);
    return status;
}

static int write_head(const learning *l, const ar_head *head)
{
    ar_buf file = AR_BUF_INIT(HEAD_BYTES);
    int status = ar_head_write(&file, head);
    if (!status)
        status = ar_fs_replace(l->options->out ? l->options->out : l->team->config->gateway.head, file.ptr, file.len);
    ar_buf_free(&file);
    return status;
}

static int fit(learning *l, ar_training *found)
{
    const char *prompt = l->team->config->gateway.prompt;
    ar_head *head = NULL;
    ar_train_want want = {
        .data = &l->data,
        .calibration = l->calibration.count > 0 ? &l->calibration : NULL,
        .vectors = l->vectors,
        .width = l->width,
        .prefix = prompt ? prompt : "",
        .progress = tell,
        .progress_data = l,
    };
    l->from = EMBEDDING_SHARE;
    l->share = 1 - EMBEDDING_SHARE;
    int status = ar_train(&head, found, &want);
    if (!status) {
        head->model = l->digest;
        status = write_head(l, head);
    }
    ar_head_free(head);
    return status;
}

int arny_gateway_train(arny_training *out, arny_team *team, const arny_train_options *options)
{
    ar_training found;
    if (!out || !team || !options || options->data_count == 0 || !options->data)
        return ar_fail(ARNY_E_ARGUMENT, "arny_gateway_train needs a place for its figures, a team and data");
    if (options->calibration_count > 0 && !options->calibration)
        return ar_fail(ARNY_E_ARGUMENT, "arny_train_options: calibration is missing");
    if (options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_train_options.size is %u: set it with ARNY_TRAIN_OPTIONS_INIT",
                       options->size);
    if (team->config->gateway.mode != AR_GATEWAY_HEAD)
        return ar_fail(ARNY_E_ARGUMENT, "%s: only a gateway with \"mode\": \"head\" is trained", team->config->file);
    learning l = {.team = team, .options = options};
    int status = read_all(&l.data, team->config, options->data, options->data_count);
    int other = read_all(&l.calibration, team->config, options->calibration, status ? 0 : options->calibration_count);
    status = status ? status : other;

    ar_queue_lock_enter(&team->queue);
    if (!status)
        status = get_vectors(&l);
    if (!status)
        status = fit(&l, &found);
    if (!status)
        ar_gateway_reload(team->gateway);
    ar_queue_lock_leave(&team->queue);
    if (!status)
        *out = (arny_training){
            .size = sizeof *out,
            .messages = (int64_t)found.messages,
            .turns = (int64_t)found.turns,
            .dangers = (int64_t)found.dangers,
            .accuracy = found.accuracy,
            .strength = found.strength,
            .temperature = found.meaning > 0 ? 1 / found.meaning : 0,
            .spelling = found.spelling,
            .turn_accuracy = found.stay_accuracy,
            .alarm = found.alarm,
            .danger_recall = found.danger_recall,
            .danger_false = found.danger_false,
        };
    ar_dataset_free(&l.data);
    ar_dataset_free(&l.calibration);
    ar_vectors_free(l.vectors);
    return status;
}
