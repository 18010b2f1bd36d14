/* session/prepare.c - an agent is made ready before anybody asks it. */
#include "session/session.h"

static int acquire(ar_timeline **out, arny_session *session, size_t agent, size_t length,
                   const arny_engine_cancel *cancel)
{
    int from;
    ar_residency_want want = {.seat = agent, .owner = &session->owner, .length = length, .cancel = *cancel};
    return ar_residency_acquire(out, &from, session->team->residency, &want);
}

int ar_session_prepare(arny_session *session, size_t agent, const arny_engine_cancel *cancel)
{
    ar_history *history = &session->history;
    const ar_tokens *tokens = &history->views[agent].tokens;
    size_t context = (size_t)session->team->config->agents[agent].context, kept, prefilled;
    const ar_template *chat;
    ar_timeline *timeline;
    int status = ar_session_wake(session);
    if (status)
        return status;
    status = acquire(&timeline, session, agent, ar_history_guess(history, agent, ""), cancel);
    if (status || (status = ar_team_chat(&chat, session->team, agent, timeline->model)) ||
        (status = ar_history_catch_up(history, agent, timeline->model, chat, context)) ||
        (status = acquire(&timeline, session, agent, tokens->len + 1, cancel)) ||
        (status = ar_team_begin(&prefilled, session->team, agent, timeline, cancel)))
        return status;
    return tokens->len > 0 ? ar_timeline_prepare(timeline, tokens->ptr, tokens->len, &kept, &prefilled, cancel)
                           : ARNY_OK;
}
