/*
 * arny/team.h - a team: the agents of one team.json, the gateway that chooses between them, and the memory they
 * share. See docs/team-json.md for the file.
 *
 * Thread rule: any function may be called from any thread. One answer or decision runs at a time in a team; others
 * wait for it in the order in which they came.
 */
#ifndef ARNY_TEAM_H
#define ARNY_TEAM_H

#include <arny/event.h>
#include <arny/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct arny_team arny_team;

typedef struct arny_team_options {
    uint32_t size;
    const char *engine;   /* overrides the file's "engine"; NULL: as it says */
    int64_t budget;       /* bytes, overrides the file's "budget"; 0: as it says */
    int32_t threads;      /* overrides the file's "threads"; 0: as it says */
    const char *language; /* of the app, such as "pt-BR" or "de": which text of help is shown; NULL: the first one */
    /* A folder of this team's own for what "persist": "disk" keeps: turns and KV. Made when it is needed; one process at a time.
     * NULL: one for each team.json under $ARNY_STATE, else $XDG_STATE_HOME/arny, else ~/.local/state/arny. */
    const char *state;
    const uint8_t *key;        /* 32 bytes: what is kept there is encrypted with AES-256-GCM. Copied; NULL: it is not */
    const arny_cipher *cipher; /* encrypts instead of that; copied; NULL */
    int32_t watch;             /* 1: obey the system's signs of memory pressure too (Linux), see arny_team_pressure */
} arny_team_options;
#define ARNY_TEAM_OPTIONS_INIT                            \
    {                                                     \
        sizeof(arny_team_options), 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/* Opens the team in `path`: a folder with a team.json, or the file itself. Reads and checks team.json and that
 * every file which its engine will open is there; opens no model yet. ARNY_E_DATA errors name line and column. */
ARNY_API int arny_team_open(arny_team **out, const char *path, const arny_team_options *options);

/* A team of one: a model file, an agent called "assistant" with that system message (NULL: none), no gateway. The
 * options' adapter must be NULL; their progress is not used: loading is told by events. */
ARNY_API int arny_team_open_model(arny_team **out, const char *model_path, const arny_model_options *options,
                                  const char *system);

/* Makes everybody ready who fits the budget beside the others, the gateway first: models are opened, role prompts prefilled, so
 * that the first message to each agent costs what the second does. Progress as in arny_model_options; NULL. */
ARNY_API int arny_team_warm(arny_team *team, arny_progress_callback progress, void *user_data);

/* Closes the team's models and frees it once the last session on it is closed too: the order does not matter. */
ARNY_API void arny_team_free(arny_team *team);

/* The same on a thread of the library, and returns at once: for finalizers and user interfaces, which must not wait. */
ARNY_API void arny_team_drop(arny_team *team);

/* ---- what is in it ---------------------------------------------------------------------------------------- */

ARNY_API size_t arny_team_agent_count(const arny_team *team);
/* The agent's name by its place in team.json, 0 to count - 1; NULL beyond. Borrowed from the team. */
ARNY_API const char *arny_team_agent_name(const arny_team *team, size_t index);
/* One line that says what the agent is for: "description" in team.json, else "". Borrowed from the team. */
ARNY_API const char *arny_team_agent_description(const arny_team *team, size_t index);
ARNY_API const char *arny_team_plan(const arny_team *team);   /* "monolith", "hybrid", "adapters" */
ARNY_API const char *arny_team_engine(const arny_team *team); /* "gguf", "pte", "fake" */
ARNY_API int64_t arny_team_budget(const arny_team *team);     /* bytes; 0: none was set */

/* ---- routing ---------------------------------------------------------------------------------------------- */

typedef struct arny_decision arny_decision;

/* Asks the gateway who should answer. `turns` are the user's messages so far, oldest first; the last one is routed.
 * ARNY_E_DATA: a turn is empty or not UTF-8. */
ARNY_API int arny_team_route_turns(arny_decision **out, arny_team *team, const char *const *turns, size_t count);
ARNY_API int arny_team_route(arny_decision **out, arny_team *team, const char *message);

ARNY_API const char *arny_decision_agent(const arny_decision *decision);        /* a name, or "none" */
ARNY_API double arny_decision_confidence(const arny_decision *decision);        /* probability of that agent, 0 to 1 */
ARNY_API size_t arny_decision_count(const arny_decision *decision);             /* agents, and "none" */
ARNY_API const arny_score *arny_decision_scores(const arny_decision *decision); /* `count` of them */
/* Probability that the message speaks of danger to life; -1 where the gateway has nothing that tells. */
ARNY_API double arny_decision_danger(const arny_decision *decision);
ARNY_API double arny_decision_ms(const arny_decision *decision);
ARNY_API void arny_decision_free(arny_decision *decision);

/* ---- memory ----------------------------------------------------------------------------------------------- */

/* What one agent will take, in bytes, told from the files alone. */
typedef struct arny_agent_estimate {
    const char *agent; /* borrowed from the team; the gateway's name is "gateway" */
    int64_t weights;   /* file pages of the model */
    int64_t kv;        /* its KV cache at full context */
    int64_t compute;   /* scratch memory of a step */
    int64_t adapter;
} arny_agent_estimate;

typedef struct arny_team_estimate {
    uint32_t size;
    int64_t peak;   /* bytes: the most that is resident at once within the budget, the engine's own included */
    int64_t budget; /* bytes; 0: none */
    int32_t fits;   /* 1: peak <= budget, or there is no budget */
} arny_team_estimate;

/* Fills *total, and up to `capacity` rows of agents; *count is how many there are (agents, then the gateway). Reads
 * headers only. agents may be NULL when capacity is 0. */
ARNY_API int arny_team_estimate_memory(arny_team_estimate *total, arny_agent_estimate *agents, size_t capacity,
                                       size_t *count, arny_team *team);

enum arny_state { ARNY_STATE_CLOSED = 0, ARNY_STATE_PARKED = 1, ARNY_STATE_OPEN = 2 };

typedef struct arny_agent_memory {
    const char *agent;      /* borrowed from the team; "gateway" for the gateway */
    const char *model;      /* the model's name in team.json */
    int32_t state;          /* enum arny_state */
    int64_t weights;        /* bytes that its model takes now, parked or open; shared ones are counted at each agent */
    int64_t context;        /* bytes of KV cache and scratch memory now */
    int64_t snapshot;       /* bytes of saved KV held in memory */
    int64_t context_tokens; /* tokens in its KV cache */
    int64_t resident; /* bytes of its model's file that are in this process now, as the system tells; -1: it does not */
} arny_agent_memory;

typedef struct arny_memory {
    uint32_t size;
    int64_t rss;    /* resident bytes of the process; 0 where the system does not tell */
    int64_t anon;   /* of which anonymous */
    int64_t peak;   /* the most that was ever resident */
    int64_t budget; /* bytes; 0: none */
    int64_t file;   /* resident bytes that a file backs: the system takes them when it wants */
    int64_t left; /* bytes that the system, or the cgroup, lets this process still take; INT64_MAX: it does not tell */
} arny_memory;

/* What is in memory now. Waits for nothing: during an answer it tells what was there when it began. Asks the system too, which takes
 * some milliseconds with rows. */
ARNY_API int arny_team_memory(arny_memory *total, arny_agent_memory *agents, size_t capacity, size_t *count,
                              arny_team *team);

enum arny_pressure { ARNY_PRESSURE_NONE = 0, ARNY_PRESSURE_LOW = 1, ARNY_PRESSURE_CRITICAL = 2 };

/* The system is short of memory: call it from didReceiveMemoryWarning or onTrimMemory. LOW parks everybody but the agent that
 * spoke last and pinned ones; CRITICAL parks pinned ones too, closes what is parked, and drops what can be rebuilt. Never waits:
 * during an answer the rest of the team obeys at its next token, and the answer goes on. */
ARNY_API int arny_team_pressure(arny_team *team, int level);

/* The app goes to the background: what sessions keep on disk is written, all contexts and pages are given back (those of pinned
 * agents too), and the lock on the state folder is let go, for which iOS kills an app that it suspends. Waits for an answer that is
 * running: cancel it, or let it end. Every handle stays good: whoever needs the folder next takes its lock again (ARNY_E_BUSY: another
 * process has it), and a session reads its turns anew. ARNY_E_WRITE: some KV could not be written, and will be prefilled again. */
ARNY_API int arny_team_suspend(arny_team *team);

/* This agent is likely to be asked next: in idle time its model and the KV of the session that asked last are brought in, and turns
 * that it has missed (history "shared") are prefilled, as far as the budget allows. Never waits, and gives way to whoever
 * asks. ARNY_E_ARGUMENT: no such agent. */
ARNY_API int arny_team_expect(arny_team *team, const char *agent);

/* ---- agents ----------------------------------------------------------------------------------------------- */

/* These wait for an answer that is running. ARNY_E_ARGUMENT: no such agent; "gateway" is one here. */

/* A pinned agent keeps its model and context once it has them; others are refused (ARNY_E_BUDGET) what would need them. The
 * gateway is pinned from the beginning. 0 lets it go. */
ARNY_API int arny_agent_pin(arny_team *team, const char *agent, int pinned);

/* Opens its model and prefills its role prompt, taking memory from others where that must be. Progress as in
 * arny_model_options; NULL. */
ARNY_API int arny_agent_preload(arny_team *team, const char *agent, arny_progress_callback progress, void *user_data);

/* Frees its context, whose KV is kept as always, and closes its model where nobody else uses it. */
ARNY_API int arny_agent_unload(arny_team *team, const char *agent);

#ifdef __cplusplus
}
#endif
#endif
