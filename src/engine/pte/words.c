/* engine/pte/words.c - see words.h. */
#include "engine/pte/words.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/thread.h"
#include <string.h>

typedef struct shared {
    struct shared *next;
    ar_file_id file;
    arny_engine_model *model;
    size_t users;
} shared;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* held while one is read: who wants the same waits for it */
static shared *first;

static int read_words(shared **out, const arny_engine *engine, const char *path, const ar_file_id *file,
                      const arny_engine_cancel *cancel)
{
    arny_engine_model_options options = {0};
    if (cancel)
        options.cancel = *cancel;
    shared *s = ar_calloc(1, sizeof *s);
    if (!s)
        return ARNY_E_MEMORY;
    int status = engine->model_open(&s->model, path, &options);
    if (status) {
        ar_free(s);
        return status;
    }
    s->file = *file;
    s->next = first;
    *out = first = s;
    return ARNY_OK;
}

int ar_words_open(ar_words *out, const char *path, const arny_engine_cancel *cancel)
{
    ar_file_id file;
    int status = ar_fs_id(&file, path);
    out->engine = arny_engine_find("gguf");
    out->model = NULL;
    if (status)
        return status;
    ar_lock(&mutex);
    shared *s = first;
    while (s && memcmp(&s->file, &file, sizeof file) != 0)
        s = s->next;
    if (!s)
        status = read_words(&s, out->engine, path, &file, cancel);
    if (!status) {
        s->users++;
        out->model = s->model;
    }
    ar_unlock(&mutex);
    return status;
}

void ar_words_close(ar_words *words)
{
    shared *last = NULL;
    ar_lock(&mutex);
    for (shared **at = &first; words->model && *at; at = &(*at)->next) {
        if ((*at)->model != words->model)
            continue;
        if (--(*at)->users == 0) {
            last = *at;
            *at = last->next;
        }
        break;
    }
    ar_unlock(&mutex);
    if (last) {
        words->engine->model_free(last->model);
        ar_free(last);
    }
    words->model = NULL;
}
