/* session/history.c - see history.h. */
#include "session/history.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define VIEW_TOKENS_MAX (1u << 26)
#define REBUILT         SIZE_MAX
#define BYTES_A_TOKEN   3
#define FRAME_TOKENS    32 /* of a template around a message */

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void reset_view(ar_view *view)
{
    ar_tokens_clear(&view->tokens);
    view->turns = 0;
    view->open = view->asked = 0;
}

int ar_history_init(ar_history *history, const ar_team_config *config)
{
    memset(history, 0, sizeof *history);
    history->config = config;
    history->views = ar_calloc(config->agent_count, sizeof *history->views);
    if (!history->views)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < config->agent_count; i++)
        ar_tokens_init(&history->views[i].tokens, VIEW_TOKENS_MAX);
    return ARNY_OK;
}

void ar_turn_free(ar_turn *turn)
{
    ar_free(turn->user);
    ar_free(turn->reply);
    ar_free(turn->ids);
    memset(turn, 0, sizeof *turn);
}

void ar_history_clear(ar_history *history)
{
    for (size_t i = 0; i < history->turn_count; i++)
        ar_turn_free(&history->turns[i]);
    history->turn_count = 0;
    for (size_t i = 0; history->views && i < history->config->agent_count; i++)
        reset_view(&history->views[i]);
}

void ar_history_free(ar_history *history)
{
    ar_history_clear(history);
    for (size_t i = 0; history->views && i < history->config->agent_count; i++)
        ar_tokens_free(&history->views[i].tokens);
    ar_free(history->views);
    ar_free(history->turns);
    memset(history, 0, sizeof *history);
}

const ar_turn *ar_history_last(const ar_history *history)
{
    return history->turn_count > 0 ? &history->turns[history->turn_count - 1] : NULL;
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

typedef struct pen { /* what writing into a view needs */
    ar_view *view;
    const ar_model *model;
    const ar_template *chat;
    const char *system;
} pen;

static int knows(const ar_history *history, size_t agent, const ar_turn *turn)
{
    return history->config->history == AR_HISTORY_SHARED || turn->agent == agent;
}

static int write_user(pen *to, const char *text)
{
    ar_tokens *tokens = &to->view->tokens;
    int status = ARNY_OK;
    if (tokens->len == 0)
        status = ar_template_begin(tokens, to->chat, to->model->vocab, to->system);
    if (!status && to->view->open)
        status = ar_template_end(tokens, to->chat, to->model->vocab);
    if (!status)
        status = ar_template_user(tokens, to->chat, to->model->vocab, text, !to->view->asked, to->system);
    to->view->open = 0;
    to->view->asked = 1;
    return status;
}

static int is_own(const ar_turn *turn, const ar_model *model)
{
    if (!turn->ids || turn->model != model->file)
        return 0;
    for (size_t i = 0; i < turn->id_count; i++)
        if (turn->ids[i] < 0 || turn->ids[i] >= model->info->vocabulary)
            return 0; /* the journal was written by somebody else */
    return 1;
}

/* A reply of this model's own is written as it was spoken: another spelling in tokens would be another KV. */
static int write_turn(pen *to, const ar_turn *turn)
{
    int status = write_user(to, turn->user);
    if (!status && is_own(turn, to->model))
        status = ar_tokens_append(&to->view->tokens, turn->ids, turn->id_count);
    else if (!status)
        status = ar_template_reply(&to->view->tokens, to->chat, to->model->vocab, turn->reply);
    to->view->open = 1;
    return status;
}

static int write_turns(pen *to, const ar_history *history, size_t agent, size_t from)
{
    int status = ARNY_OK;
    for (size_t i = from; i < history->turn_count && !status; i++)
        if (knows(history, agent, &history->turns[i]))
            status = write_turn(to, &history->turns[i]);
    to->view->turns = history->turn_count;
    return status;
}

/* The view with known turns from `from` on, and the message. */
static int write_from(pen *to, const ar_history *history, size_t agent, size_t from, const char *text)
{
    int status = write_turns(to, history, agent, from);
    return status ? status : write_user(to, text);
}

/* Makes the view anew within half of the context: whole turns leave, the oldest first. */
static int rebuild(pen *to, const ar_history *history, size_t agent, const char *text, size_t capacity, size_t reserve,
                   size_t *dropped)
{
    size_t from = history->turn_count;
    *dropped = 0;
    reset_view(to->view);
    int status = write_from(to, history, agent, from, text);
    if (status)
        return status;
    size_t least = to->view->tokens.len;
    if (least + 1 > capacity)
        return ar_fail(ARNY_E_CONTEXT, "the message takes %zu tokens with the role prompt, and the context has %zu",
                       least, capacity);
    while (from > 0) {
        reset_view(to->view);
        if ((status = write_from(to, history, agent, from - 1, text)))
            return status;
        if (to->view->tokens.len > capacity / 2 || to->view->tokens.len + reserve > capacity)
            break;
        from--;
    }
    for (size_t i = 0; i < from; i++)
        *dropped += (size_t)knows(history, agent, &history->turns[i]);
    if (from == 0)
        return ARNY_OK; /* the last that was written is the right one */
    reset_view(to->view);
    return write_from(to, history, agent, from, text);
}

size_t ar_history_guess(const ar_history *history, size_t agent, const char *text)
{
    const ar_view *view = &history->views[agent];
    size_t tokens = view->tokens.len, bytes = strlen(text);
    if (view->tokens.len == 0)
        bytes += strlen(history->config->agents[agent].prompt);
    for (size_t i = view->turns; i < history->turn_count; i++)
        if (knows(history, agent, &history->turns[i]))
            bytes += strlen(history->turns[i].user) + strlen(history->turns[i].reply);
    return tokens + bytes / BYTES_A_TOKEN + FRAME_TOKENS;
}

static void remember(ar_view *view)
{
    view->before.length = view->tokens.len;
    view->before.turns = view->turns;
    view->before.open = view->open;
    view->before.asked = view->asked;
}

int ar_history_extend(ar_history *history, size_t agent, const ar_model *model, const ar_template *chat,
                      const char *text, size_t capacity, size_t reserve, size_t *dropped)
{
    ar_view *view = &history->views[agent];
    pen to = {view, model, chat, history->config->agents[agent].prompt};
    *dropped = 0;
    remember(view);
    int status = write_from(&to, history, agent, view->turns, text);
    if (!status && view->tokens.len + reserve > capacity) {
        view->before.turns = REBUILT;
        status = rebuild(&to, history, agent, text, capacity, reserve, dropped);
    }
    if (status)
        ar_history_rollback(history, agent);
    return status;
}

int ar_history_catch_up(ar_history *history, size_t agent, const ar_model *model, const ar_template *chat,
                        size_t capacity)
{
    ar_view *view = &history->views[agent];
    pen to = {view, model, chat, history->config->agents[agent].prompt};
    remember(view);
    int status = write_turns(&to, history, agent, view->turns);
    if (status || view->tokens.len >= capacity)
        ar_history_rollback(history, agent);
    return status;
}

void ar_history_rollback(ar_history *history, size_t agent)
{
    ar_view *view = &history->views[agent];
    if (view->before.turns == REBUILT) {
        reset_view(view); /* the next extend makes it anew */
        return;
    }
    view->tokens.status = 0;
    view->tokens.len = view->before.length;
    view->turns = view->before.turns;
    view->open = view->before.open;
    view->asked = view->before.asked;
}

int ar_history_add(ar_history *history, ar_turn *turn)
{
    if (history->turn_count == history->turn_cap) {
        size_t cap = history->turn_cap ? 2 * history->turn_cap : 16;
        ar_turn *grown = ar_resize(history->turns, cap, sizeof *grown);
        if (!grown)
            return ARNY_E_MEMORY;
        history->turns = grown;
        history->turn_cap = cap;
    }
    history->turns[history->turn_count++] = *turn;
    memset(turn, 0, sizeof *turn);
    return ARNY_OK;
}

int ar_history_commit(ar_history *history, size_t agent, const ar_model *model, const char *text, const char *reply,
                      size_t prompt)
{
    ar_view *view = &history->views[agent];
    size_t count = view->tokens.len - prompt;
    ar_turn turn = {.agent = agent, .user = ar_strdup(text), .reply = ar_strdup(reply), .model = model->file};
    int status = turn.user && turn.reply ? ARNY_OK : ARNY_E_MEMORY;
    if (!status && count > 0 && !(turn.ids = ar_calloc(count, sizeof *turn.ids)))
        status = ARNY_E_MEMORY;
    if (!status && count > 0)
        memcpy(turn.ids, view->tokens.ptr + prompt, count * sizeof *turn.ids);
    turn.id_count = count;
    if (!status)
        status = ar_history_add(history, &turn);
    if (status) {
        ar_turn_free(&turn);
        return status;
    }
    view->turns = history->turn_count;
    view->open = 1;
    return ARNY_OK;
}

void ar_history_drop_last(ar_history *history)
{
    if (history->turn_count > 0)
        ar_turn_free(&history->turns[--history->turn_count]);
}
