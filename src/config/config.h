/*
 * config/config.h - a team.json, read and checked. docs/team-json.md is its manual.
 *
 *     { "arny": 1, "plan": "hybrid", "engine": "gguf", "budget": "400MB",
 *       "models":  { "math": { "gguf": "math.q4_0.gguf" }, "router": { "gguf": "router.gguf", "context": 1024 } },
 *       "history": "own", "threads": 2, "context": 2048, "max_tokens": 256,
 *       "gateway": { "model": "router", "mode": "score", "threshold": 0.5, "fallback": "wellness" },
 *       "agents":  { "math": { "model": "math", "description": "numbers, equations", "prompt": "You are ...",
 *                              "temperature": 0.2, "stop": ["\n\n\n"] } } }
 */
#ifndef AR_CONFIG_CONFIG_H
#define AR_CONFIG_CONFIG_H

#include <arny/model.h>
#include <arny/team.h>
#include "model/template.h"

enum ar_plan { AR_PLAN_MONOLITH, AR_PLAN_HYBRID, AR_PLAN_ADAPTERS };
enum ar_history_kind { AR_HISTORY_OWN, AR_HISTORY_SHARED };
enum ar_persist { AR_PERSIST_NONE, AR_PERSIST_MEMORY, AR_PERSIST_DISK };
enum ar_gateway_mode { AR_GATEWAY_NONE, AR_GATEWAY_SCORE, AR_GATEWAY_JSON, AR_GATEWAY_HEAD };

#define AR_MAX_AGENTS 128

/* Engine settings: of the team, overridden by a model's, overridden by an agent's where it says so. */
typedef struct ar_run_config {
    int32_t threads; /* 0: auto */
    int32_t context; /* tokens */
    int32_t batch;
    int32_t kv_type; /* enum arny_kv_type */
    int32_t gpu_layers;
    int32_t repack; /* 0, 1; -1: where one model is pinned and alone */
} ar_run_config;

typedef struct ar_model_config {
    char *name;
    char *path;              /* of the team's engine: joined with the folder */
    char *file;              /* as team.json has it: what events call the model */
    char *tokenizer;         /* joined; NULL, and always with gguf, whose files have a vocabulary */
    const ar_template *chat; /* "chat" by name; NULL: as the file says */
    const char *engine;      /* "gguf", ...: the team's, or the only one it has a file for */
    ar_run_config run;
} ar_model_config;

typedef struct ar_agent_config {
    char *name;
    char *description;       /* "" */
    char *prompt;            /* "" */
    size_t model;            /* index */
    char *adapter;           /* joined; NULL */
    const ar_template *chat; /* overrides the model's; NULL */
    arny_sampling sampling;
    int32_t max_tokens;
    int32_t context; /* of this agent's timeline */
    char **stop;
    size_t stop_count;
} ar_agent_config;

typedef struct ar_example {
    char *text;
    size_t agent; /* index; agent_count: none */
} ar_example;

typedef struct ar_help { /* what an app shows where somebody is in danger */
    char *language;
    char *text;
} ar_help;

typedef struct ar_gateway_config {
    int mode; /* enum ar_gateway_mode; NONE: no gateway: the first agent, or the one in use, answers */
    size_t model;
    char *head;                    /* mode head: its file, joined with the folder; it need not be there yet */
    int32_t context;               /* tokens: prompt, examples, the message */
    char *prompt;                  /* instruction; in mode head what stands before a message; NULL: the built-in one */
    double threshold;              /* below it the fallback answers */
    double hysteresis;             /* so much more probable than the agent that spoke last must another one be */
    double alarm;                  /* probability of danger from which on it is told; 0: as the head says */
    int speaks;                    /* 1: where there is danger an agent answers all the same */
    ar_help *help;                 /* the app's own texts for that, by language */
    size_t help_count, help_shown; /* which one fits the app's language */
    size_t fallback; /* index; agent_count: none: the session stays where it is, or the best one answers */
    int none;        /* 1: "none" can be the answer */
    int calibrate;   /* 1: the labels' priors are measured and divided out */
    char **typical;  /* messages to measure them on, about as many of each kind; none: messages that say nothing */
    size_t typical_count;
    ar_example *examples;
    size_t example_count;
} ar_gateway_config;

typedef struct ar_team_config {
    char *folder;
    char *file;                 /* folder/team.json */
    int plan, history, persist; /* enums above */
    const char *engine;
    int64_t budget; /* 0: none */
    int64_t disk;   /* bytes that snapshots on disk may take */
    ar_model_config *models;
    size_t model_count;
    ar_agent_config *agents;
    size_t agent_count;
    ar_gateway_config gateway;
} ar_team_config;

/* Reads `path` (a folder with a team.json, or the file). The options' overrides are applied first, so that "engine"
 * picks the files. Those that will be opened must be there (ARNY_E_NOT_FOUND names the key's place and the path); a
 * file for another engine need not be. */
int ar_team_config_read(ar_team_config **out, const char *path, const arny_team_options *options);
void ar_team_config_free(ar_team_config *config);

/* Index of an agent by name, or agent_count. */
size_t ar_team_config_agent(const ar_team_config *config, const char *name);

/* Fails with "no agent "x"; there are: a, b, c" and perhaps "did you mean ...". */
int ar_team_config_no_agent(const ar_team_config *config, const char *name);

#endif
