/*
 * arny/event.h - what an answer is made of.
 *
 * A message becomes a row of events, always in this order:
 *
 *     routed                the gateway's decision (not when the caller named the agent)
 *     safety                the message speaks of danger to life: how sure that is, and the team's own text of help
 *                           (only then; also when the caller named the agent)
 *     dropped               old turns left the context to make room (only then)
 *     loading ...           progress, 0 to 1, only while a file is being opened
 *     ready                 the agent can speak: where it came from, what was restored, what was prefilled
 *     token ...             the answer, a token an event
 *     done  or  error       exactly one of the two, and nothing after it
 *
 * Every event is one flat struct, so that any language can read it: fields that an event does not have are
 * zero, NULL or -1. Its strings are borrowed and live until the callback returns (or until arny_event_free for
 * an event that arny_stream_next handed out).
 */
#ifndef ARNY_EVENT_H
#define ARNY_EVENT_H

#include <arny/common.h>

#ifdef __cplusplus
extern "C" {
#endif

enum arny_event_type {
    ARNY_EVENT_ROUTED = 1,
    ARNY_EVENT_LOADING = 2,
    ARNY_EVENT_READY = 3,
    ARNY_EVENT_TOKEN = 4,
    ARNY_EVENT_DONE = 5,
    ARNY_EVENT_ERROR = 6,
    ARNY_EVENT_DROPPED = 7,
    ARNY_EVENT_SAFETY = 8
};

/* Where a ready agent came from. */
enum arny_from {
    ARNY_FROM_HOT = 1,    /* its context was live */
    ARNY_FROM_PARKED = 2, /* its file was open; its pages, its context or both had to be brought back */
    ARNY_FROM_CLOSED = 3  /* its file had to be opened */
};

/* Why an answer ended. */
enum arny_reason {
    ARNY_REASON_STOP = 1,      /* the model ended its turn, or a stop string was met */
    ARNY_REASON_LENGTH = 2,    /* max_tokens reached */
    ARNY_REASON_CANCELLED = 3, /* arny_session_cancel, or a callback that returned non-zero */
    ARNY_REASON_CONTEXT = 4,   /* the context is full */
    ARNY_REASON_SAFETY = 5     /* no agent answered: team.json says that only help is shown where there is danger */
};

/* One agent's share of a decision; shares of a decision add up to 1. */
typedef struct arny_score {
    const char *agent;
    double p; /* 0 to 1 */
} arny_score;

typedef struct arny_event {
    uint32_t size; /* of this struct, in bytes */
    int32_t type;  /* enum arny_event_type */

    const char *agent;        /* routed, ready, done; NULL when one model talks without a team */
    double confidence;        /* routed: the probability of `agent`; safety: that of danger */
    const arny_score *scores; /* routed: the whole distribution, agents in the order of team.json, "none" last */
    size_t scores_count;
    double ms; /* routed: the decision took; ready: from the decision until the first token can be computed */

    const char *model; /* loading: the file's name */
    double progress;   /* loading: 0 to 1, told at each hundredth */

    int32_t from;            /* ready: enum arny_from */
    int64_t restored_tokens; /* ready: tokens whose KV was there already, live or as a snapshot */
    int64_t prefill_tokens;  /* ready: tokens that had to be prefilled */

    int32_t id;       /* token: its id in the model's vocabulary; -1 for text that was held back until the end */
    const char *text; /* token: valid UTF-8, never part of a stop string; may be "" while bytes are held back;
                       * safety: what team.json says is shown, in the app's language; NULL: nothing */
    size_t text_len;  /* bytes of text */

    int32_t reason;        /* done: enum arny_reason */
    int64_t prompt_tokens; /* done: tokens of the prompt, restored ones included */
    int64_t tokens;        /* done: tokens generated */
    double ttft_ms;        /* done: from the call to the first token, routing and loading included */
    double prefill_tps;    /* done: prefilled tokens per second; 0 when nothing was prefilled */
    double decode_tps;     /* done: tokens per second after the first one; 0 for fewer than two */
    int64_t rss;           /* done: resident bytes of the process */
    int64_t anon;          /* done: its anonymous bytes: what no file backs */
    int64_t written;       /* done: bytes of turns and KV that went to disk since the last done */

    int64_t dropped_turns; /* dropped: how many turns that the agent knows are no longer in its context */

    int32_t status;      /* error: enum arny_status */
    const char *message; /* error: the sentence of arny_last_error() */
} arny_event;

/* Receives each event on the thread that asked. Return 0 to go on; anything else cancels the answer, which then
 * still ends with a done event (reason cancelled). */
typedef int (*arny_event_callback)(const arny_event *event, void *user_data);

/* ---- events that are read later ------------------------------------------------------------------------------ */

/* An answer that is computed on a thread of the library: arny_session_start, arny_session_post, arny_model_start, arny_model_post. */
typedef struct arny_stream arny_stream;

/* The next event of a stream that was started, owned by the caller (arny_event_free). Waits at most timeout_ms (-1: without end,
 * 0: not at all): ARNY_E_BUSY when none came in time; ARNY_E_END after done or error were read; ARNY_E_MEMORY when there was none
 * for an event: the answer has ended, and ARNY_E_END follows. At most 256 events wait for their reader; then the answer does. When
 * done or error come, whoever was asked is free again. */
ARNY_API int arny_stream_next(arny_event **out, arny_stream *stream, int timeout_ms);

/* Receives each event of a stream that was posted, on a thread of the library. The event is the receiver's, who frees it
 * (arny_event_free) at any later time on any thread. The last call brings done or error; or NULL, when there was no memory for an
 * event: the answer has ended then. Nothing waits for the receiver; it should be quick, and must not free the stream. */
typedef void (*arny_event_receiver)(arny_event *event, void *user_data);

/* Stops the answer of this stream alone, queued or running, and returns at once: what was computed until then still comes, and done with
 * the reason cancelled after it. Any thread; not after arny_stream_free. */
ARNY_API void arny_stream_cancel(arny_stream *stream);

/* Cancels the answer if it is still running, waits for its thread (one step of decoding at most), and frees. A receiver is not
 * called any more when this returns. NULL is fine. */
ARNY_API void arny_stream_free(arny_stream *stream);

/* Frees an event of a stream. NULL is fine. Any thread. */
ARNY_API void arny_event_free(arny_event *event);

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* "routed", "loading", "ready", "token", "done", "error", "dropped", "safety"; "unknown" otherwise. Borrowed for ever. */
ARNY_API const char *arny_event_name(int type);

/* Writes the event as one line of JSON without a newline, as `arny ask --json` prints it. Writes at most
 * `capacity` bytes and always a NUL; *needed (may be NULL) is the length it has or would have had, without the
 * NUL. ARNY_E_ARGUMENT when it did not fit or event is NULL. */
ARNY_API int arny_event_json(char *out, size_t capacity, size_t *needed, const arny_event *event);

#ifdef __cplusplus
}
#endif
#endif
