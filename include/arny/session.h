/*
 * arny/session.h - a conversation with a team.
 *
 * A session is a list of turns. Each message is routed, its agent made ready, and the answer streamed; what was said
 * is kept, so that the next message goes on from there. The KV cache is only a cache of the turns: it may be lost at
 * any time, and is rebuilt by prefilling.
 *
 *   persist "none"    the KV of an agent that loses its context is gone; turns live as long as the session is open
 *           "memory"  the KV waits in memory, within the team's budget
 *           "disk"    turns and KV outlive the process: a session of the same name goes on where it was. A turn is on the disk
 *                     before its answer is done; a kill at any moment costs at most the answer that was running
 *
 *   history "own"     each agent knows the turns that it answered itself
 *   history "shared"  each agent knows all turns
 */
#ifndef ARNY_SESSION_H
#define ARNY_SESSION_H

#include <arny/team.h>
#include <arny/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct arny_session arny_session;

/* Begins a conversation. `name` (1 to 64 bytes of letters, digits, '-', '_', '.'; NULL: "default") tells sessions of
 * a team apart: opening one that is open already gives ARNY_E_BUSY. The session holds the team: free both in any
 * order. */
ARNY_API int arny_session_open(arny_session **out, arny_team *team, const char *name);

enum arny_persist { ARNY_PERSIST_TEAM = 0, ARNY_PERSIST_NONE = 1, ARNY_PERSIST_MEMORY = 2, ARNY_PERSIST_DISK = 3 };

typedef struct arny_session_options {
    uint32_t size;
    int32_t persist; /* enum arny_persist; TEAM: as team.json says */
} arny_session_options;
#define ARNY_SESSION_OPTIONS_INIT       \
    {                                   \
        sizeof(arny_session_options), 0 \
    }

/* The same with options (NULL: none). With persist "disk": ARNY_E_BUSY when another process has sessions of this team,
 * ARNY_E_DATA when what was kept cannot be read (another key, or damaged at its beginning). */
ARNY_API int arny_session_open_with(arny_session **out, arny_team *team, const char *name,
                                    const arny_session_options *options);

/* Cancels an answer in flight, waits for it to end, and frees. What persist "disk" keeps of it is on the disk then; for that it also
 * waits for an answer of another session that is running. NULL is fine. */
ARNY_API void arny_session_free(arny_session *session);

/* The same on a thread of the library, and returns at once: for finalizers and user interfaces, which must not wait. */
ARNY_API void arny_session_drop(arny_session *session);

ARNY_API const char *arny_session_name(const arny_session *session);

typedef struct arny_ask_options {
    uint32_t size;
    const char *agent;             /* this one answers, nothing is routed; NULL: the gateway decides */
    int32_t max_tokens;            /* 0: as team.json says */
    const arny_sampling *sampling; /* NULL: as team.json says */
} arny_ask_options;
#define ARNY_ASK_OPTIONS_INIT             \
    {                                     \
        sizeof(arny_ask_options), 0, 0, 0 \
    }

/* Asks, and delivers the events of the answer to callback on this thread before it returns. Returns 0 when the last
 * event was done (also a cancelled one), else the status of the error event; ARNY_E_ARGUMENT without any event when
 * session or text is NULL. A turn that ended in an error is not kept; one that was cancelled is kept as far as it was
 * spoken. An empty message is ARNY_E_DATA, as is one that is not UTF-8; ARNY_E_CONTEXT when it is longer than the
 * agent's context. Waits while another answer of the team is running; so asking, routing or freeing a session of the
 * same team from within the callback would wait for itself: only arny_session_cancel, arny_session_use,
 * arny_team_memory and what merely reads may be called there. */
ARNY_API int arny_session_ask(arny_session *session, const char *text, const arny_ask_options *options,
                              arny_event_callback callback, void *user_data);

/* The same on a thread of the library, for those who would rather pull: arny_stream_next. The text is copied. */
ARNY_API int arny_session_start(arny_stream **out, arny_session *session, const char *text,
                                const arny_ask_options *options);

/* The same for those whose listener runs later than it is called, and on a thread of its own: Dart's NativeCallable.listener, the queue
 * of an app's main thread. */
ARNY_API int arny_session_post(arny_stream **out, arny_session *session, const char *text,
                               const arny_ask_options *options, arny_event_receiver receiver, void *user_data);

/* Stops the answer that is running or queued, if any, in load, prefill or decode. From any thread, also from the
 * callback. Without an answer in flight it does nothing: it does not cancel the next one. */
ARNY_API void arny_session_cancel(arny_session *session);

/* The guide's switchRole: from now on this agent answers without routing; NULL goes back to the gateway.
 * ARNY_E_ARGUMENT when there is no such agent: the message lists those that there are. */
ARNY_API int arny_session_use(arny_session *session, const char *agent);

/* The agent that answered last, or NULL. Borrowed from the team. */
ARNY_API const char *arny_session_agent(const arny_session *session);

/* ---- turns ------------------------------------------------------------------------------------------------ */

typedef struct arny_turn {
    const char *agent; /* who answered */
    const char *user;  /* what was asked */
    const char *reply; /* what was answered */
} arny_turn;

ARNY_API size_t arny_session_turn_count(const arny_session *session);
/* Fills *out with borrowed strings that live until the next ask or clear. ARNY_E_ARGUMENT beyond the end. */
ARNY_API int arny_session_turn(arny_turn *out, const arny_session *session, size_t index);
/* Visits all turns, oldest first, while nobody else changes them: what is safe when another thread may ask. The strings live until the
 * visit returns; it must not call the session. Non-zero stops, and is returned. */
ARNY_API int arny_session_each_turn(const arny_session *session, int (*visit)(const arny_turn *turn, void *user_data),
                                    void *user_data);

/* Forgets all turns, in memory and on disk, with the KV that was made of them; the session can be used again.
 * ARNY_E_BUSY during an answer; waits for those of other sessions. */
ARNY_API int arny_session_clear(arny_session *session);

/* The same for a session by its name, open or not, of this process or an earlier one: nothing of it stays on the disk. */
ARNY_API int arny_session_forget(arny_team *team, const char *name);

/* Calls back with the name of each session that is kept on disk, in no order; non-zero stops, and is returned. */
ARNY_API int arny_session_each(arny_team *team, int (*visit)(const char *name, void *user_data), void *user_data);

#ifdef __cplusplus
}
#endif
#endif
