/*
 * session/ask.c - the path of a message, from top to bottom:
 *
 *     decide          the gateway names the agent                         -> routed
 *                     it hears danger to life                             -> safety
 *     get_ready       its model and timeline are brought into memory      -> loading ...
 *                     what it has missed and the message become tokens    -> dropped
 *                     what is not in its KV cache is prefilled            -> ready
 *     speak           sample, show, step                                  -> token ...
 *     keep            the turn joins the history                          -> done
 */
#include "model/event.h"
#include "session/session.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define REPLY_BYTES_MAX (64u << 20)
#define LOADING_STEP    0.01 /* engines report more often than anybody can look */

typedef struct asking {
    ar_ask *ask;
    arny_session *session;
    const char *text;
    const arny_ask_options *options;
    arny_engine_cancel cancel;
    int stop;     /* the callback said so */
    size_t agent; /* agent_count: not decided yet */
    ar_judgement judgement;
    const ar_template *chat;
    ar_timeline *timeline;
    ar_answer_want want;
    ar_answer answer;
    ar_buf reply;
    double start_ms, prefill_ms;
    double loaded; /* as it was told last */
    size_t kept, prefilled;
    int64_t written; /* of the journal */
} asking;

static int cancel_asked(void *data)
{
    const asking *a = data;
    return a->stop || ar_session_is_cancelled(a->ask);
}

static void tell(asking *a, arny_event *event)
{
    if (event->type == ARNY_EVENT_ROUTED || event->type == ARNY_EVENT_READY || event->type == ARNY_EVENT_DONE)
        event->agent = arny_team_agent_name(a->session->team, a->agent);
    if (a->ask->callback && a->ask->callback(event, a->ask->user_data) != 0)
        a->stop = 1;
}

static int on_progress(const char *model, double progress, void *data)
{
    asking *a = data;
    if (progress < a->loaded || progress >= a->loaded + LOADING_STEP || (progress >= 1 && a->loaded < 1)) {
        arny_event event = ar_event(ARNY_EVENT_LOADING);
        event.model = model;
        event.progress = a->loaded = progress;
        tell(a, &event);
    }
    return cancel_asked(a);
}

/* ---- decide ----------------------------------------------------------------------------------------------------- */

static int judge(asking *a, double *ms)
{
    const ar_turn *last = ar_history_last(&a->session->history);
    ar_gateway_turn before = {last ? last->user : NULL, a->session->decided};
    ar_residency_want loading = {.progress = on_progress, .data = a, .cancel = a->cancel};
    return ar_team_decide(&a->judgement, ms, a->session->team, a->text, last ? &before : NULL, &loading);
}

static int route(asking *a)
{
    const ar_team_config *config = a->session->team->config;
    arny_event event = ar_event(ARNY_EVENT_ROUTED);
    arny_decision *decision;
    int status = judge(a, &event.ms);
    if (!status)
        status = ar_decision_new(&decision, config, &a->judgement, event.ms);
    if (status)
        return status;
    a->agent = ar_decision_answerer(config, a->judgement.p, a->session->current);
    event.confidence = a->judgement.p[a->agent];
    event.scores = arny_decision_scores(decision);
    event.scores_count = arny_decision_count(decision);
    tell(a, &event);
    arny_decision_free(decision);
    return ARNY_OK;
}

/* The caller has named the agent: so it was decided. Whether there is danger is asked all the same. */
static int obey(asking *a)
{
    double ms;
    int status = a->session->team->config->gateway.mode == AR_GATEWAY_HEAD ? judge(a, &ms) : ARNY_OK;
    memset(a->judgement.p, 0, sizeof a->judgement.p);
    a->judgement.p[a->agent] = 1;
    return status;
}

static int decide(asking *a)
{
    const ar_team_config *config = a->session->team->config;
    const char *named = a->options ? a->options->agent : NULL;
    a->agent = named ? ar_team_config_agent(config, named) : a->session->use;
    if (a->agent < config->agent_count)
        return obey(a);
    if (named)
        return ar_team_config_no_agent(config, named);
    if (a->session->team->gateway)
        return route(a);
    a->agent = a->session->current < config->agent_count ? a->session->current : 0;
    return obey(a);
}

/* Tells of danger. 1 when the team has it that no agent answers then. */
static int is_stopped_by_danger(asking *a)
{
    const ar_gateway_config *gateway = &a->session->team->config->gateway;
    if (a->judgement.danger < 0 || a->judgement.danger < a->judgement.alarm)
        return 0;
    arny_event event = ar_event(ARNY_EVENT_SAFETY);
    event.confidence = a->judgement.danger;
    if (gateway->help_count > 0) {
        event.text = gateway->help[gateway->help_shown].text;
        event.text_len = strlen(event.text);
    }
    tell(a, &event);
    return !gateway->speaks;
}

/* ---- get ready -------------------------------------------------------------------------------------------------- */

static int set_wants(asking *a)
{
    const ar_agent_config *agent = &a->session->team->config->agents[a->agent];
    a->want.sampling = a->options && a->options->sampling ? *a->options->sampling : agent->sampling;
    a->want.max_tokens = a->options && a->options->max_tokens ? a->options->max_tokens : agent->max_tokens;
    a->want.stop = (const char *const *)agent->stop;
    a->want.stop_count = agent->stop_count;
    if (a->want.max_tokens < 1)
        return ar_fail(ARNY_E_ARGUMENT, "max_tokens is %lld: 1 or more expected", (long long)a->want.max_tokens);
    return ar_sampling_check(&a->want.sampling);
}

/* The longest that the agent's context may become. */
static size_t context_of(const asking *a)
{
    return (size_t)a->session->team->config->agents[a->agent].context;
}

/* Tokens of the context that are kept free for the reply: what it may need, but no more than a quarter. */
static size_t reserve(const asking *a)
{
    size_t quarter = context_of(a) / 4, wanted = (size_t)a->want.max_tokens;
    return wanted < quarter ? wanted : quarter;
}

static int acquire(asking *a, int *from, size_t length)
{
    ar_residency_want want = {.seat = a->agent,
                              .owner = &a->session->owner,
                              .length = length + (size_t)a->want.max_tokens + 1,
                              .progress = on_progress,
                              .data = a,
                              .cancel = a->cancel};
    return ar_residency_acquire(&a->timeline, from, a->session->team->residency, &want);
}

static int get_ready(asking *a)
{
    arny_session *session = a->session;
    double start = ar_now_ms();
    size_t dropped, begun = 0;
    int from, again;
    int status = set_wants(a);
    if (status || (status = acquire(a, &from, ar_history_guess(&session->history, a->agent, a->text))) ||
        (status = ar_team_chat(&a->chat, session->team, a->agent, a->timeline->model)) ||
        (status = ar_history_extend(&session->history, a->agent, a->timeline->model, a->chat, a->text, context_of(a),
                                    reserve(a), &dropped)))
        return status;
    const ar_tokens *tokens = &session->history.views[a->agent].tokens;
    if ((status = acquire(a, &again, tokens->len))) { /* a longer one, where the guess was too short */
        ar_history_rollback(&session->history, a->agent);
        return status;
    }
    a->want.more_stops = ar_template_stops(a->chat);
    if (dropped > 0) {
        arny_event event = ar_event(ARNY_EVENT_DROPPED);
        event.dropped_turns = (int64_t)dropped;
        tell(a, &event);
    }

    double prefill = ar_now_ms();
    status = ar_team_begin(&begun, session->team, a->agent, a->timeline, &a->cancel);
    if (!status)
        status = ar_timeline_prepare(a->timeline, tokens->ptr, tokens->len, &a->kept, &a->prefilled, &a->cancel);
    a->prefill_ms = ar_now_ms() - prefill;
    a->kept -= begun < a->kept ? begun : a->kept;
    a->prefilled += begun;
    if (status) {
        ar_history_rollback(&session->history, a->agent);
        return status;
    }
    arny_event event = ar_event(ARNY_EVENT_READY);
    event.from = from;
    event.restored_tokens = (int64_t)a->kept;
    event.prefill_tokens = (int64_t)a->prefilled;
    event.ms = ar_now_ms() - start;
    tell(a, &event);
    return ARNY_OK;
}

/* ---- speak, keep ------------------------------------------------------------------------------------------------ */

static int on_token(int32_t id, const char *text, size_t bytes, void *data)
{
    asking *a = data;
    arny_event event = ar_event(ARNY_EVENT_TOKEN);
    event.id = id;
    event.text = text;
    event.text_len = bytes;
    ar_buf_append(&a->reply, text, bytes);
    if (id >= 0)
        ar_tokens_push(&a->session->history.views[a->agent].tokens, id);
    tell(a, &event);
    ar_idle_obey_pressure(a->session->team);
    return cancel_asked(a);
}

/* The view gets the reply as it was shown: the stop string that ended it is not part of the conversation. */
static int write_reply(asking *a, size_t prompt)
{
    ar_tokens *tokens = &a->session->history.views[a->agent].tokens;
    tokens->len = prompt;
    return ar_template_reply(tokens, a->chat, a->timeline->model->vocab, a->reply.ptr);
}

/* From here on no kill can take the turn away. */
static int write_down(asking *a)
{
    return ar_journal_add(&a->written, &a->session->journal, a->session->team->config,
                          ar_history_last(&a->session->history), a->judgement.p);
}

static int add_turn(asking *a, size_t prompt)
{
    arny_session *session = a->session;
    ar_lock(&session->turns);
    int status = ar_history_commit(&session->history, a->agent, a->timeline->model, a->text, a->reply.ptr, prompt);
    ar_unlock(&session->turns);
    if (!status && session->journal.path && (status = write_down(a))) {
        ar_lock(&session->turns);
        ar_history_drop_last(&session->history);
        ar_unlock(&session->turns);
    }
    return status;
}

static int keep(asking *a, size_t prompt)
{
    int status = a->reply.status ? a->reply.status : a->session->history.views[a->agent].tokens.status;
    if (!status && a->answer.cut)
        status = write_reply(a, prompt);
    if (!status)
        status = add_turn(a, prompt);
    if (!status) {
        a->session->current = a->agent;
        memcpy(a->session->decided, a->judgement.p, sizeof a->judgement.p);
    }
    return status;
}

static int speak(asking *a)
{
    arny_session *session = a->session;
    ar_view *view = &session->history.views[a->agent];
    size_t prompt = view->tokens.len;
    int status = ar_tokens_reserve(&view->tokens, a->timeline->capacity - a->timeline->tokens.len + 1);
    if (!status)
        status = ar_buf_reserve(&a->reply, 4096);
    if (!status)
        status = ar_answer_run(&a->answer, a->timeline, &a->want, &a->cancel, on_token, a);
    int unspoken = a->answer.tokens == 0 && a->answer.reason == ARNY_REASON_CANCELLED;
    if (!status && !unspoken)
        status = keep(a, prompt);
    if (status || unspoken)
        ar_history_rollback(&session->history, a->agent);
    return status;
}

static int answer(asking *a)
{
    int status = ar_team_check_message(a->text);
    if (status || (status = ar_session_wake(a->session)) || (status = decide(a)))
        return status;
    if (is_stopped_by_danger(a)) {
        a->answer.reason = a->stop ? ARNY_REASON_CANCELLED : ARNY_REASON_SAFETY;
        return ARNY_OK;
    }
    status = get_ready(a);
    return status ? status : speak(a);
}

int ar_session_answer(ar_ask *ask)
{
    arny_session *session = ask->session;
    asking a = {
        .ask = ask,
        .session = session,
        .text = ask->text,
        .options = ask->options,
        .agent = session->team->config->agent_count,
        .judgement = {.danger = -1},
        .start_ms = ar_now_ms(),
    };
    a.cancel = (arny_engine_cancel){cancel_asked, &a};
    ar_buf_init(&a.reply, REPLY_BYTES_MAX);
    int queued = ar_queue_lock_wait(&session->team->queue, &ask->place, cancel_asked, &a);
    int status = queued ? ARNY_E_CANCELLED : answer(&a);
    if (status == ARNY_E_CANCELLED) { /* before the first token: the regular end of a cancelled answer */
        a.answer.reason = ARNY_REASON_CANCELLED;
        status = ARNY_OK;
    }
    arny_event last = ar_event_end(status, &a.answer, a.start_ms, a.kept, a.prefilled, a.prefill_ms);
    last.written = a.written + atomic_exchange(&session->team->idle.written, 0);
    tell(&a, &last);
    if (!queued) {
        ar_idle_obey_pressure(session->team);
        session->team->prepare = ar_session_prepare;
        session->team->last = session;
        ar_residency_publish(session->team->residency);
        ar_idle_write(session->team);
        ar_queue_lock_leave(&session->team->queue);
    }
    ar_buf_free(&a.reply);
    return status;
}
