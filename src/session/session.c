/* session/session.c - open, close, cancel, turns. The path of a message is in ask.c. */
#include "session/session.h"
#include "util/mem.h"
#include "util/status.h"
#include <string.h>

#define NAME_MAX_BYTES  64
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* ---- life ------------------------------------------------------------------------------------------------------- */

static int check_name(const char *name)
{
    size_t bytes = strlen(name);
    if (bytes > 0 && bytes <= NAME_MAX_BYTES && strspn(name, NAME_CHARACTERS) == bytes && name[0] != '.')
        return ARNY_OK;
    return ar_fail(ARNY_E_ARGUMENT,
                   "a session's name has 1 to %d letters, digits, '-', '_' or '.', and does not begin with a dot",
                   NAME_MAX_BYTES);
}

/* Puts the session among the team's, unless one of that name is there. */
static int join(arny_team *team, arny_session *session)
{
    int status = ARNY_OK;
    ar_lock(&team->mutex);
    for (arny_session *other = team->sessions; other && !status; other = other->next)
        if (strcmp(other->name, session->name) == 0)
            status = ar_fail(ARNY_E_BUSY, "the session \"%s\" is open already", session->name);
    if (!status) {
        session->next = team->sessions;
        team->sessions = session;
    }
    ar_unlock(&team->mutex);
    return status;
}

static void leave(arny_team *team, arny_session *session)
{
    ar_lock(&team->mutex);
    for (arny_session **at = &team->sessions; *at; at = &(*at)->next)
        if (*at == session) {
            *at = session->next;
            break;
        }
    ar_unlock(&team->mutex);
}

static void destroy(arny_session *session)
{
    ar_history_free(&session->history);
    ar_cond_free(&session->idle);
    ar_mutex_free(&session->mutex);
    ar_free(session->name);
    ar_free(session);
}

int arny_session_open(arny_session **out, arny_team *team, const char *name)
{
    if (out)
        *out = NULL;
    if (!out || !team)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_open needs a place for the session and a team");
    name = name ? name : "default";
    int status = check_name(name);
    if (status)
        return status;
    arny_session *session = ar_calloc(1, sizeof *session);
    if (!session)
        return ARNY_E_MEMORY;
    if ((status = ar_mutex_init(&session->mutex))) {
        ar_free(session);
        return status;
    }
    if ((status = ar_cond_init(&session->idle))) {
        ar_mutex_free(&session->mutex);
        ar_free(session);
        return status;
    }
    session->team = team;
    atomic_init(&session->use, team->config->agent_count);
    atomic_init(&session->current, team->config->agent_count);
    status = ar_history_init(&session->history, team->config);
    if (!status && !(session->name = ar_strdup(name)))
        status = ARNY_E_MEMORY;
    if (!status)
        status = join(team, session);
    if (status) {
        destroy(session);
        return status;
    }
    ar_team_ref(team);
    *out = session;
    return ARNY_OK;
}

void arny_session_free(arny_session *session)
{
    if (!session)
        return;
    arny_session_cancel(session);
    ar_lock(&session->mutex);
    while (session->in_flight > 0)
        ar_cond_wait(&session->idle, &session->mutex);
    ar_unlock(&session->mutex);
    arny_team *team = session->team;
    leave(team, session);
    destroy(session);
    ar_team_unref(team);
}

const char *arny_session_name(const arny_session *session)
{
    return session ? session->name : NULL;
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

void ar_session_enter(ar_ask *ask)
{
    arny_session *session = ask->session;
    ar_lock(&session->mutex);
    session->in_flight++;
    ask->number = ++session->asked;
    ar_unlock(&session->mutex);
    ar_queue_lock_join(&session->team->queue, &ask->place);
}

void ar_session_give_up(ar_ask *ask)
{
    ar_queue_lock_quit(&ask->session->team->queue, &ask->place);
}

void ar_session_leave(arny_session *session)
{
    ar_lock(&session->mutex);
    if (--session->in_flight == 0)
        ar_cond_wake_all(&session->idle);
    ar_unlock(&session->mutex);
}

void arny_session_cancel(arny_session *session)
{
    if (!session)
        return;
    ar_lock(&session->mutex);
    atomic_store(&session->cancelled, session->asked);
    ar_unlock(&session->mutex);
}

int ar_session_is_cancelled(const ar_ask *ask)
{
    return ask->number <= atomic_load_explicit(&ask->session->cancelled, memory_order_relaxed) ||
           (ask->unheard && atomic_load_explicit(ask->unheard, memory_order_relaxed));
}

int arny_session_ask(arny_session *session, const char *text, const arny_ask_options *options,
                     arny_event_callback callback, void *user_data)
{
    if (!session || !text)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_ask needs a session and a text");
    if (options && options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_ask_options.size is %u: set it with ARNY_ASK_OPTIONS_INIT",
                       options->size);
    ar_ask ask = {.session = session, .text = text, .options = options, .callback = callback, .user_data = user_data};
    ar_session_enter(&ask);
    int status = ar_session_answer(&ask);
    ar_session_leave(session);
    return status;
}

int arny_session_use(arny_session *session, const char *agent)
{
    if (!session)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_use needs a session");
    const ar_team_config *config = session->team->config;
    size_t index = agent ? ar_team_config_agent(config, agent) : config->agent_count;
    if (agent && index == config->agent_count)
        return ar_team_config_no_agent(config, agent);
    atomic_store(&session->use, index);
    return ARNY_OK;
}

const char *arny_session_agent(const arny_session *session)
{
    return session ? arny_team_agent_name(session->team, session->current) : NULL;
}

/* ---- turns ------------------------------------------------------------------------------------------------------ */

size_t arny_session_turn_count(const arny_session *session)
{
    return session ? session->history.turn_count : 0;
}

int arny_session_turn(arny_turn *out, const arny_session *session, size_t index)
{
    if (!out || !session || index >= session->history.turn_count)
        return ar_fail(ARNY_E_ARGUMENT, "there is no turn %zu: the session has %zu", index,
                       arny_session_turn_count(session));
    const ar_turn *turn = &session->history.turns[index];
    *out = (arny_turn){session->team->config->agents[turn->agent].name, turn->user, turn->reply};
    return ARNY_OK;
}

int arny_session_clear(arny_session *session)
{
    if (!session)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_clear needs a session");
    ar_lock(&session->mutex);
    int busy = session->in_flight > 0;
    if (!busy) {
        ar_history_clear(&session->history);
        session->current = session->team->config->agent_count;
    }
    ar_unlock(&session->mutex);
    return busy ? ar_fail(ARNY_E_BUSY, "an answer is running: cancel it or wait for it before the turns are cleared")
                : ARNY_OK;
}
