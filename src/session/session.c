/* session/session.c - open, close, cancel, turns. The path of a message is in ask.c. */
#include "session/session.h"
#include "util/folder.h"
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
    ar_journal_close(&session->journal);
    ar_history_free(&session->history);
    ar_cond_free(&session->idle);
    ar_mutex_free(&session->turns);
    ar_mutex_free(&session->mutex);
    ar_free(session->name);
    ar_free(session);
}

static int keep_of(const arny_team *team, const arny_session_options *options)
{
    static const int of_team[] = {AR_KEEP_NOTHING, AR_KEEP_MEMORY, AR_KEEP_DISK}; /* enum ar_persist */
    static const int of_session[] = {0, AR_KEEP_NOTHING, AR_KEEP_MEMORY, AR_KEEP_DISK};
    int own = options ? options->persist : ARNY_PERSIST_TEAM;
    return own == ARNY_PERSIST_TEAM ? of_team[team->config->persist] : of_session[own];
}

/* Whose snapshots are its own, in this process and the next. */
static int name_owner(ar_owner *owner, const char *name, int keep)
{
    static const char realm[] = "arny session";
    static atomic_ullong owners;
    owner->id = atomic_fetch_add(&owners, 1) + 1;
    owner->keep = keep;
    if (keep != AR_KEEP_DISK)
        return ARNY_OK;
    ar_fs_part parts[] = {{realm, sizeof realm}, {name, strlen(name)}};
    return ar_digest_parts(&owner->whose, parts, 2);
}

/* Its turns so far, where they are kept on disk. The queue is held. */
static int read_turns(arny_session *session)
{
    arny_team *team = session->team;
    int status = ar_team_hold_state(team);
    if (status)
        return status;
    char *path = ar_state_turns_path(&team->state, session->name);
    status = path ? ar_journal_open(&session->journal, &session->history, session->decided, path, &session->owner.whose,
                                    &team->state.seal)
                  : ARNY_E_MEMORY;
    ar_free(path);
    const ar_turn *last = ar_history_last(&session->history);
    if (!status && last)
        session->current = last->agent;
    if (!status)
        session->opened = team->state.opened;
    return status;
}

static int begin(arny_session *session)
{
    ar_queue_lock_enter(&session->team->queue);
    int status = read_turns(session);
    ar_queue_lock_leave(&session->team->queue);
    return status;
}

int ar_session_wake(arny_session *session)
{
    const ar_state *state = &session->team->state;
    if (session->owner.keep != AR_KEEP_DISK || (state->is_open && session->opened == state->opened))
        return ARNY_OK;
    ar_lock(&session->turns);
    ar_journal_close(&session->journal);
    ar_history_clear(&session->history);
    session->current = session->team->config->agent_count;
    int status = read_turns(session);
    ar_unlock(&session->turns);
    return status;
}

static int init_locks(arny_session *session)
{
    int status = ar_mutex_init(&session->mutex);
    if (status)
        return status;
    if (!(status = ar_mutex_init(&session->turns))) {
        if (!(status = ar_cond_init(&session->idle)))
            return ARNY_OK;
        ar_mutex_free(&session->turns);
    }
    ar_mutex_free(&session->mutex);
    return status;
}

static int make(arny_session **out, arny_team *team, const char *name, int keep)
{
    arny_session *session = ar_calloc(1, sizeof *session);
    if (!session)
        return ARNY_E_MEMORY;
    int status = init_locks(session);
    if (status) {
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
        status = name_owner(&session->owner, name, keep);
    if (!status && (status = join(team, session)) == ARNY_OK && keep == AR_KEEP_DISK && (status = begin(session)))
        leave(team, session);
    if (status) {
        destroy(session);
        return status;
    }
    *out = session;
    return ARNY_OK;
}

int arny_session_open_with(arny_session **out, arny_team *team, const char *name, const arny_session_options *options)
{
    if (out)
        *out = NULL;
    if (!out || !team)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_open needs a place for the session and a team");
    if (options && options->size != sizeof *options)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_options.size is %u: set it with ARNY_SESSION_OPTIONS_INIT",
                       options->size);
    if (options && (options->persist < ARNY_PERSIST_TEAM || options->persist > ARNY_PERSIST_DISK))
        return ar_fail(ARNY_E_ARGUMENT, "persist is %d: one of enum arny_persist expected", options->persist);
    name = name ? name : "default";
    int status = check_name(name);
    if (!status)
        status = make(out, team, name, keep_of(team, options));
    if (!status)
        ar_team_ref(team);
    return status;
}

int arny_session_open(arny_session **out, arny_team *team, const char *name)
{
    return arny_session_open_with(out, team, name, NULL);
}

/* What is to outlive it is on the disk when this returns. */
static void say_goodbye(arny_session *session)
{
    arny_team *team = session->team;
    int64_t written = 0;
    ar_queue_lock_enter(&team->queue);
    ar_residency_leave(team->residency, &session->owner);
    if (team->last == session)
        team->last = NULL;
    ar_queue_lock_leave(&team->queue);
    while (ar_residency_write_one(&written, team->residency, session->owner.id) > 0) {}
    ar_queue_lock_enter(&team->queue);
    ar_residency_forget_in_memory(team->residency, &session->owner);
    ar_queue_lock_leave(&team->queue);
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
    say_goodbye(session);
    leave(team, session);
    destroy(session);
    ar_team_unref(team);
}

static void *free_apart(void *session)
{
    arny_session_free(session);
    return NULL;
}

void arny_session_drop(arny_session *session)
{
    if (session)
        ar_thread_apart(free_apart, session);
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

/* Who looks changes nothing but the lock. */
static void lock_turns(const arny_session *session)
{
    ar_lock((ar_mutex *)&session->turns);
}

static void unlock_turns(const arny_session *session)
{
    ar_unlock((ar_mutex *)&session->turns);
}

size_t arny_session_turn_count(const arny_session *session)
{
    if (!session)
        return 0;
    lock_turns(session);
    size_t count = session->history.turn_count;
    unlock_turns(session);
    return count;
}

static arny_turn turn_of(const arny_session *session, size_t index)
{
    const ar_turn *turn = &session->history.turns[index];
    return (arny_turn){session->team->config->agents[turn->agent].name, turn->user, turn->reply};
}

int arny_session_turn(arny_turn *out, const arny_session *session, size_t index)
{
    size_t count = arny_session_turn_count(session);
    if (!out || !session || index >= count)
        return ar_fail(ARNY_E_ARGUMENT, "there is no turn %zu: the session has %zu", index, count);
    lock_turns(session);
    *out = turn_of(session, index);
    unlock_turns(session);
    return ARNY_OK;
}

int arny_session_each_turn(const arny_session *session, int (*visit)(const arny_turn *turn, void *user_data),
                           void *user_data)
{
    int stop = 0;
    if (!session || !visit)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_each_turn needs a session and a function");
    lock_turns(session);
    for (size_t i = 0; i < session->history.turn_count && !stop; i++) {
        arny_turn turn = turn_of(session, i);
        stop = visit(&turn, user_data);
    }
    unlock_turns(session);
    return stop;
}

static int forget(arny_session *session)
{
    arny_team *team = session->team;
    ar_queue_lock_enter(&team->queue);
    int status = ar_session_wake(session);
    if (!status && session->journal.path)
        status = ar_journal_clear(&session->journal);
    if (!status) {
        status = ar_residency_forget(team->residency, &session->owner);
        ar_lock(&session->turns);
        ar_history_clear(&session->history);
        ar_unlock(&session->turns);
        session->current = team->config->agent_count;
    }
    ar_queue_lock_leave(&team->queue);
    return status;
}

int arny_session_clear(arny_session *session)
{
    if (!session)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_clear needs a session");
    ar_lock(&session->mutex);
    int busy = session->in_flight > 0;
    session->in_flight += !busy; /* nobody frees it meanwhile */
    ar_unlock(&session->mutex);
    if (busy)
        return ar_fail(ARNY_E_BUSY, "an answer is running: cancel it or wait for it before the turns are cleared");
    int status = forget(session);
    ar_session_leave(session);
    return status;
}

/* The open session of that name, held with in_flight so that nobody frees it; NULL: none, or *status. */
static arny_session *find_open(arny_team *team, const char *name, int *status)
{
    arny_session *found = NULL;
    *status = ARNY_OK;
    ar_lock(&team->mutex);
    for (arny_session *other = team->sessions; other && !found; other = other->next)
        if (strcmp(other->name, name) == 0)
            found = other;
    if (found) {
        ar_lock(&found->mutex);
        if (found->in_flight > 0)
            *status = ar_fail(ARNY_E_BUSY, "an answer of the session \"%s\" is running", name);
        else
            found->in_flight++;
        ar_unlock(&found->mutex);
    }
    ar_unlock(&team->mutex);
    return *status ? NULL : found;
}

/* Of a session that is not open there is at most what lies on the disk; it is removed whatever it is, also without its key. */
static int forget_closed(arny_team *team, const char *name)
{
    ar_owner owner = {0};
    int there, status = name_owner(&owner, name, AR_KEEP_DISK);
    if (!status)
        status = ar_team_find_state(&there, team);
    if (status || !there)
        return status;
    char *path = ar_state_turns_path(&team->state, name);
    status = path ? ar_file_remove(path) : ARNY_E_MEMORY;
    ar_free(path);
    if (status)
        return status;
    ar_queue_lock_enter(&team->queue);
    status = ar_team_hold_state(team);
    if (!status)
        status = ar_residency_forget(team->residency, &owner);
    ar_queue_lock_leave(&team->queue);
    return status;
}

int arny_session_forget(arny_team *team, const char *name)
{
    if (!team || !name)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_forget needs a team and a name");
    int status = check_name(name);
    arny_session *open = status ? NULL : find_open(team, name, &status);
    if (status)
        return status;
    if (open) {
        status = forget(open);
        ar_session_leave(open);
    }
    return status ? status
                  : forget_closed(team,
                                  name); /* also what an earlier one of that name kept, when this one keeps nothing */
}

typedef struct visiting {
    int (*visit)(const char *name, void *user_data);
    void *user_data;
} visiting;

static int visit_file(const char *file, int64_t bytes, int64_t mtime_ns, void *data)
{
    const visiting *v = data;
    size_t length = strlen(file), end = strlen(".turns");
    char name[NAME_MAX_BYTES + 1];
    (void)bytes, (void)mtime_ns;
    if (length <= end || length - end > NAME_MAX_BYTES || strcmp(file + length - end, ".turns") != 0)
        return 0;
    memcpy(name, file, length - end);
    name[length - end] = '\0';
    return v->visit(name, v->user_data);
}

int arny_session_each(arny_team *team, int (*visit)(const char *name, void *user_data), void *user_data)
{
    if (!team || !visit)
        return ar_fail(ARNY_E_ARGUMENT, "arny_session_each needs a team and a function");
    visiting v = {visit, user_data};
    int there, status = ar_team_find_state(&there, team);
    if (status || !there)
        return status;
    char *folder = ar_path_join(team->state.path, "sessions");
    status = folder ? ar_folder_each(folder, visit_file, &v) : ARNY_E_MEMORY;
    ar_free(folder);
    return status;
}
