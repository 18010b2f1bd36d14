#include "talk.h"

#include "engine/fake/fake.h"
#include "engine/fake/fake_vocab.h"
#include "tmp.h"

#include <time.h>

static char *quoted(const char *text)
{
    char *json = strdup(text);
    if (json == NULL)
        abort();
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return json;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

#define KEPT_MAX 4096

/* Freed at the end, so that a leak that is found is the library's. */
static char *kept[KEPT_MAX];
static size_t kept_count;

static void free_kept(void)
{
    for (size_t i = 0; i < kept_count; i++)
        free(kept[i]);
}

static const char *keep(char *path)
{
    if (kept_count == 0)
        atexit(free_kept);
    if (kept_count == KEPT_MAX)
        abort();
    return kept[kept_count++] = path;
}

const char *talk_model(const char *folder, const char *name, const char *json)
{
    char *text = quoted(json);
    const char *path = keep(fake_model(folder, name, text));
    free(text);
    return path;
}

const char *talk_file(const char *folder, const char *name, const char *text)
{
    char *bytes = quoted(text), *path = test_path(folder, name);
    test_write(path, bytes, strlen(bytes));
    free(bytes);
    return keep(path);
}

const char *talk_folder(const char *team_json, ...)
{
    const char *folder = test_tmpdir(), *name;
    char *json = quoted(team_json), *path = test_path(folder, "team.json");
    va_list files;
    test_write(path, json, strlen(json));
    free(path);
    free(json);
    va_start(files, team_json);
    while ((name = va_arg(files, const char *)) != NULL)
        talk_model(folder, name, va_arg(files, const char *));
    va_end(files);
    return folder;
}

/* ---- timelines -------------------------------------------------------------------------------------------------- */

static int32_t control_at(const char *text, size_t *bytes)
{
    for (int32_t token = AR_FAKE_BOS; token <= AR_FAKE_END_OF_TURN; token++) {
        const char *name = ar_fake_token_text(NULL, token);
        *bytes = strlen(name);
        if (strncmp(text, name, *bytes) == 0)
            return token;
    }
    return -1;
}

size_t talk_tokens(int32_t *out, size_t capacity, const char *text)
{
    size_t count = 0, bytes;
    for (; *text; text += bytes) {
        int32_t token = *text == '^' ? control_at(text + 1, &bytes) : -1;
        if (token < 0) {
            token = (unsigned char)*text;
            bytes = 0;
        }
        bytes++;
        if (count == capacity)
            abort();
        out[count++] = token;
    }
    return count;
}

const char *talk_text(const ar_timeline *timeline)
{
    static char text[1 << 17];
    char *at = text;
    assert_non_null(timeline);
    assert_true(timeline->tokens.len * AR_FAKE_RENDER_MAX < sizeof text);
    for (size_t i = 0; i < timeline->tokens.len; i++) {
        char *begin = at;
        at += ar_fake_render(at, timeline->tokens.ptr[i]);
        if (timeline->tokens.ptr[i] >= 256 && *begin == AR_FAKE_MARK[0])
            *begin = '^';
    }
    *at = '\0';
    return text;
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

static void copy(char *out, size_t capacity, const char *text)
{
    snprintf(out, capacity, "%s", text ? text : "");
}

static void add_to_shape(talk *t, int type)
{
    static const char letters[] = "?RLYTDEX";
    char letter = letters[type > 0 && type < (int)sizeof letters - 1 ? type : 0];
    size_t length = strlen(t->shape);
    if (length > 0 && (t->shape[length - 1] == letter || length + 1 == sizeof t->shape))
        return;
    t->shape[length] = letter;
    t->shape[length + 1] = '\0';
}

int talk_event(const arny_event *event, void *data)
{
    talk *t = data;
    assert_int_equal(event->size, sizeof *event);
    t->events++;
    add_to_shape(t, event->type);
    switch (event->type) {
    case ARNY_EVENT_ROUTED:
        copy(t->routed, sizeof t->routed, event->agent);
        t->confidence = event->confidence;
        break;
    case ARNY_EVENT_DROPPED: t->dropped = event->dropped_turns; break;
    case ARNY_EVENT_READY:
        copy(t->agent, sizeof t->agent, event->agent);
        t->from = event->from;
        t->restored = event->restored_tokens;
        t->prefilled = event->prefill_tokens;
        break;
    case ARNY_EVENT_TOKEN:
        assert_true(t->reply_bytes + event->text_len < sizeof t->reply);
        memcpy(t->reply + t->reply_bytes, event->text, event->text_len);
        t->reply[t->reply_bytes += event->text_len] = '\0';
        break;
    case ARNY_EVENT_DONE:
        t->reason = event->reason;
        t->prompt_tokens = event->prompt_tokens;
        t->written = event->written;
        t->tokens = event->tokens;
        break;
    case ARNY_EVENT_ERROR:
        t->status = event->status;
        copy(t->message, sizeof t->message, event->message);
        break;
    default: break;
    }
    if (t->hook)
        t->hook(event, t->data);
    return event->type == t->stop_type && --t->stop_at == 0;
}

void talk_begin(talk *t)
{
    int stop_type = t->stop_type, stop_at = t->stop_at;
    void (*hook)(const arny_event *, void *) = t->hook;
    void *data = t->data;
    memset(t, 0, sizeof *t);
    t->stop_type = stop_type;
    t->stop_at = stop_at;
    t->hook = hook;
    t->data = data;
}

int talk_try(talk *t, arny_session *session, const char *text, const char *agent)
{
    arny_ask_options options = ARNY_ASK_OPTIONS_INIT;
    options.agent = agent;
    talk_begin(t);
    return arny_session_ask(session, text, &options, talk_event, t);
}

const char *talk_ask(talk *t, arny_session *session, const char *text, const char *agent)
{
    int status = talk_try(t, session, text, agent);
    if (status)
        print_error("\"%s\": %s\n", text, t->message);
    assert_status(status, ARNY_OK);
    return t->reply;
}

arny_team *talk_team(const char *folder)
{
    arny_team *team;
    assert_status(arny_team_open(&team, folder, NULL), ARNY_OK);
    return team;
}

arny_session *talk_session(arny_team *team, const char *name)
{
    arny_session *session;
    assert_status(arny_session_open(&session, team, name), ARNY_OK);
    return session;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static ar_fake_counts counts_after_a_while(void)
{
    ar_fake_counts counts;
    struct timespec while_ = {0, 100000};
    nanosleep(&while_, NULL);
    ar_fake_counts_get(&counts);
    return counts;
}

void talk_wait_for_prefilled(long tokens)
{
    while (counts_after_a_while().prefilled < tokens) {}
}

void talk_wait_for_steps(long tokens)
{
    while (counts_after_a_while().steps < tokens) {}
}

const char *talk_long(size_t bytes)
{
    static char text[(1 << 20) + 1];
    assert_true(bytes < sizeof text);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    return text;
}

void talk_assert_nothing_is_open(void)
{
    static ar_fake_counts known; /* what an earlier test left and was blamed for */
    ar_fake_counts now, before = known;
    ar_fake_counts_get(&now);
    known = now;
    assert_int_equal(now.contexts - before.contexts, 0);
    assert_int_equal(now.models - before.models, 0);
}
