/* gateway/dataset.c - see dataset.h. */
#include "gateway/dataset.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/lines.h"
#include "util/mem.h"
#include "util/status.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES   ((size_t)1 << 20)
#define MOST_TURNS   64
#define MOST_SAMPLES 2000000
#define MOST_FILES   1000
#define SUFFIX       ".jsonl"

void ar_dataset_init(ar_dataset *data, const ar_team_config *config)
{
    memset(data, 0, sizeof *data);
    data->config = config;
}

static void free_sample(ar_sample *sample)
{
    for (size_t i = 0; sample->turns && i < sample->turn_count; i++)
        ar_free(sample->turns[i]);
    ar_free(sample->turns);
    ar_free(sample->labels);
    ar_free(sample->source);
    ar_free(sample->kind);
    ar_free(sample->lang);
}

void ar_dataset_free(ar_dataset *data)
{
    for (size_t i = 0; i < data->count; i++)
        free_sample(&data->samples[i]);
    for (size_t i = 0; i < data->file_count; i++)
        ar_free(data->files[i]);
    ar_free(data->samples);
    ar_free(data->files);
    memset(data, 0, sizeof *data);
}

const char *ar_sample_text(const ar_sample *sample)
{
    return sample->turns[sample->turn_count - 1];
}

size_t ar_sample_label(const ar_sample *sample)
{
    return sample->labels ? sample->labels[sample->turn_count - 1] : AR_UNLABELLED;
}

/* ---- a line ------------------------------------------------------------------------------------------------------ */

static int read_label(size_t *out, const ar_dataset *data, const ar_json *json, const ar_json_value *value)
{
    const ar_team_config *config = data->config;
    const char *name;
    int status = ar_json_string(&name, json, value);
    if (status)
        return status;
    *out = strcmp(name, "none") == 0 ? config->agent_count : ar_team_config_agent(config, name);
    if (strcmp(name, "none") == 0 && !config->gateway.none)
        return ar_json_fail(ARNY_E_DATA, json, value, "\"none\" is no answer of this team's gateway");
    if (*out == config->agent_count && strcmp(name, "none") != 0) {
        char sentence[512];
        ar_team_config_no_agent(config, name);
        snprintf(sentence, sizeof sentence, "%s", arny_last_error());
        return ar_json_fail(ARNY_E_DATA, json, value, "%s", sentence);
    }
    return ARNY_OK;
}

static int read_message(char **out, const ar_json *json, const ar_json_value *value)
{
    const char *text;
    int status = ar_json_string(&text, json, value);
    if (!status && strspn(text, " \t\r\n") == strlen(text))
        status = ar_json_fail(ARNY_E_DATA, json, value, "the message is empty");
    if (!status && !(*out = ar_strdup(text)))
        status = ARNY_E_MEMORY;
    return status;
}

static int read_turns(ar_sample *sample, const ar_json *json, const ar_json_value *root)
{
    const ar_json_value *text = ar_json_get(root, "text"), *turns = ar_json_get(root, "turns");
    if (!text == !turns)
        return ar_json_fail(ARNY_E_DATA, json, root, "either \"text\" or \"turns\" expected");
    int status = turns ? ar_json_array(json, turns) : ARNY_OK;
    size_t count = turns ? ar_json_count(turns) : 1;
    if (!status && (count < 1 || count > MOST_TURNS))
        status = ar_json_fail(ARNY_E_DATA, json, turns, "1 to %d turns expected, not %zu", MOST_TURNS, count);
    if (status)
        return status;
    sample->turns = ar_calloc(count, sizeof *sample->turns);
    sample->labels = ar_calloc(count, sizeof *sample->labels);
    if (!sample->turns || !sample->labels)
        return ARNY_E_MEMORY;
    sample->turn_count = count;
    for (size_t i = 0; i < count && !status; i++) {
        sample->labels[i] = AR_UNLABELLED;
        status = read_message(&sample->turns[i], json, turns ? ar_json_at(turns, i) : text);
    }
    return status;
}

static int read_labels(ar_sample *sample, const ar_dataset *data, const ar_json *json, const ar_json_value *root)
{
    const ar_json_value *agent = ar_json_get(root, "agent"), *agents = ar_json_get(root, "agents");
    int status = ARNY_OK;
    if (agents) {
        status = ar_json_array(json, agents);
        if (!status && (agent || ar_json_count(agents) != sample->turn_count))
            status = ar_json_fail(ARNY_E_DATA, json, agents, "%s",
                                  agent ? "\"agent\" is there already" : "one agent for each turn expected");
        for (size_t i = 0; i < sample->turn_count && !status; i++)
            status = read_label(&sample->labels[i], data, json, ar_json_at(agents, i));
    } else if (agent) {
        status = read_label(&sample->labels[sample->turn_count - 1], data, json, agent);
    }
    return status;
}

static int read_word(char **out, const ar_json *json, const ar_json_value *root, const char *key, const char *otherwise)
{
    const ar_json_value *value = ar_json_get(root, key);
    const char *word = otherwise;
    int status = value ? ar_json_string(&word, json, value) : ARNY_OK;
    if (!status && !(*out = ar_strdup(word)))
        status = ARNY_E_MEMORY;
    return status;
}

static int read_sample(ar_sample *sample, const ar_dataset *data, const ar_json *json)
{
    static const char *const keys[] = {"text", "turns", "agent", "agents", "danger", "source", "kind", "lang", NULL};
    const ar_json_value *root = ar_json_root(json);
    const ar_json_value *danger = ar_json_get(root, "danger");
    sample->danger = -1;
    int status = ar_json_object(json, root);
    if (!status)
        status = ar_json_only(json, root, keys);
    if (!status)
        status = read_turns(sample, json, root);
    if (!status)
        status = read_labels(sample, data, json, root);
    if (!status && danger)
        status = ar_json_bool(&sample->danger, json, danger);
    if (!status && sample->danger < 0 && ar_sample_label(sample) == AR_UNLABELLED)
        status = ar_json_fail(ARNY_E_DATA, json, root, "\"agent\" is missing: who should answer, or \"none\"");
    if (!status)
        status = read_word(&sample->kind, json, root, "kind", "");
    if (!status)
        status = read_word(&sample->lang, json, root, "lang", "");
    if (!status)
        status = read_word(&sample->source, json, root, "source", ar_path_base(data->files[sample->file]));
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int add_line(ar_dataset *data, const ar_lines *lines)
{
    ar_json *json;
    ar_sample sample = {.file = data->file_count - 1, .line = lines->number};
    if (strspn(lines->line.ptr, " \t") == lines->line.len)
        return ARNY_OK;
    if (data->count == data->cap) {
        size_t cap = data->cap ? 2 * data->cap : 1024;
        if (data->count == MOST_SAMPLES)
            return ar_fail(ARNY_E_DATA, "%s: more than %d messages", lines->path, MOST_SAMPLES);
        cap = cap < MOST_SAMPLES ? cap : MOST_SAMPLES;
        ar_sample *more = ar_resize(data->samples, cap, sizeof *more);
        if (!more)
            return ARNY_E_MEMORY;
        data->samples = more;
        data->cap = cap;
    }
    int status = ar_json_parse_line(&json, lines->line.ptr, lines->line.len, lines->path, lines->number);
    if (status)
        return status;
    status = read_sample(&sample, data, json);
    ar_json_free(json);
    if (status)
        free_sample(&sample);
    else
        data->samples[data->count++] = sample;
    return status;
}

static int read_file(ar_dataset *data, const char *path)
{
    ar_lines lines;
    size_t before = data->count;
    int more, status;
    if (data->file_count == MOST_FILES)
        return ar_fail(ARNY_E_DATA, "%s: more than %d files", path, MOST_FILES);
    char **files = ar_resize(data->files, data->file_count + 1, sizeof *files);
    if (!files)
        return ARNY_E_MEMORY;
    data->files = files;
    if (!(files[data->file_count] = ar_strdup(path)))
        return ARNY_E_MEMORY;
    data->file_count++;
    if ((status = ar_lines_open(&lines, files[data->file_count - 1], LINE_BYTES)))
        return status;
    while (!status && (more = ar_lines_next(&lines)) != 0)
        status = more < 0 ? more : add_line(data, &lines);
    ar_lines_close(&lines);
    if (!status && data->count == before)
        status = ar_fail(ARNY_E_DATA,
                         "%s: there is no message in it; a line such as "
                         "{\"text\": \"...\", \"agent\": \"...\"} expected",
                         path);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder that are data, sorted: the order of a folder is no order. */
static int list(char ***out, size_t *count, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int status = ARNY_OK;
    *out = NULL;
    *count = 0;
    if (!dir)
        return ar_fail(ARNY_E_IO, "%s: the folder cannot be read", folder);
    while (!status && (entry = readdir(dir)) != NULL) {
        size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);
        if (length <= suffix || strcmp(entry->d_name + length - suffix, SUFFIX) != 0 || *count > MOST_FILES)
            continue; /* one too many is told when it is read */
        char **more = ar_resize(*out, *count + 1, sizeof *more);
        if (more)
            *out = more;
        if (!more || !(more[*count] = ar_path_join(folder, entry->d_name)))
            status = ARNY_E_MEMORY;
        else
            ++*count;
    }
    closedir(dir);
    if (*count > 1)
        qsort(*out, *count, sizeof **out, by_name);
    return status;
}

int ar_dataset_read(ar_dataset *data, const char *path)
{
    char **names;
    size_t count;
    if (!path)
        return ar_fail(ARNY_E_ARGUMENT, "the name of a file with messages is missing");
    if (!ar_fs_is_dir(path))
        return read_file(data, path);
    int status = list(&names, &count, path);
    if (!status && count == 0)
        status = ar_fail(ARNY_E_NOT_FOUND, "%s: there is no file *" SUFFIX " in it", path);
    for (size_t i = 0; i < count; i++) {
        if (!status)
            status = read_file(data, names[i]);
        ar_free(names[i]);
    }
    ar_free(names);
    return status;
}

/* ---- contradictions ---------------------------------------------------------------------------------------------- */

static const char *name_of(const ar_dataset *data, size_t label)
{
    return label < data->config->agent_count ? data->config->agents[label].name : "none";
}

static int by_text(const void *a, const void *b)
{
    const ar_sample *left = ((const ar_sample_place *)a)->sample, *right = ((const ar_sample_place *)b)->sample;
    int order = strcmp(ar_sample_text(left), ar_sample_text(right));
    if (order != 0)
        return order;
    return left->file != right->file ? (left->file < right->file ? -1 : 1) : left->line < right->line ? -1 : 1;
}

static int contradict(const ar_dataset *data, const ar_sample *a, const ar_sample *b)
{
    size_t one = ar_sample_label(a), other = ar_sample_label(b);
    const char *first = data->files[a->file], *second = data->files[b->file];
    if (one != AR_UNLABELLED && other != AR_UNLABELLED && one != other)
        return ar_fail(ARNY_E_DATA,
                       "%s:%zu: this message is for \"%s\" here and for \"%s\" in %s:%zu; one must be wrong", second,
                       b->line, name_of(data, other), name_of(data, one), first, a->line);
    if (a->danger >= 0 && b->danger >= 0 && a->danger != b->danger)
        return ar_fail(ARNY_E_DATA, "%s:%zu: this message has danger %s here and %s in %s:%zu; one must be wrong",
                       second, b->line, b->danger ? "true" : "false", a->danger ? "true" : "false", first, a->line);
    return ARNY_OK;
}

int ar_dataset_check(const ar_dataset *data)
{
    size_t count = 0;
    int status = ARNY_OK;
    ar_sample_place *alone = ar_calloc(data->count + 1, sizeof *alone);
    if (!alone)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < data->count; i++)
        if (data->samples[i].turn_count == 1) /* what follows other turns may mean something else */
            alone[count++].sample = &data->samples[i];
    qsort(alone, count, sizeof *alone, by_text);
    const ar_sample *labelled = NULL, *judged = NULL; /* the last ones with the same text that say so */
    for (size_t i = 0; i < count && !status; i++) {
        const ar_sample *sample = alone[i].sample;
        if (i > 0 && strcmp(ar_sample_text(alone[i - 1].sample), ar_sample_text(sample)) != 0)
            labelled = judged = NULL;
        if (labelled)
            status = contradict(data, labelled, sample);
        if (!status && judged)
            status = contradict(data, judged, sample);
        labelled = ar_sample_label(sample) != AR_UNLABELLED ? sample : labelled;
        judged = sample->danger >= 0 ? sample : judged;
    }
    ar_free(alone);
    return status;
}
