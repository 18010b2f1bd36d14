/* config/config_parse.h - the parts of team.json, each with its reader. Only config*.c include this. */
#ifndef AR_CONFIG_CONFIG_PARSE_H
#define AR_CONFIG_CONFIG_PARSE_H

#include "config/config.h"
#include "config/config_field.h"

#define AR_MAX_MODELS    (AR_MAX_AGENTS + 1) /* and the gateway's */
#define AR_MAX_NAME      32                  /* bytes */
#define AR_MAX_PROMPT    65536               /* bytes */
#define AR_MAX_STOPS     16
#define AR_MAX_STOP      256 /* bytes */
#define AR_MAX_EXAMPLES  256
#define AR_MAX_EXAMPLE   4096 /* bytes */
#define AR_MAX_TYPICAL   64
#define AR_MAX_HELP      64   /* languages */
#define AR_MAX_HELP_TEXT 4096 /* bytes */

/* What a file is read with: the document, what becomes of it, and the team's defaults on the way. */
typedef struct ar_config_reader {
    const ar_json *json;
    ar_team_config *config;
    ar_run_config run;     /* for every model */
    ar_agent_config agent; /* for every agent: sampling, max_tokens, stop */
    int32_t threads;       /* the caller's: above all that the file says; 0: none */
    const char *language;  /* the caller's; NULL */
} ar_config_reader;

extern const char *const ar_plan_names[], *const ar_engine_names[]; /* NULL-terminated */

/* The tables that the top of the file shares with models and agents. Targets: ar_run_config, arny_sampling,
 * ar_agent_config. */
extern const ar_field ar_run_fields[6], ar_sampling_fields[7], ar_speech_fields[2];

int ar_config_top(ar_config_reader *reader, const ar_json_value *root, const arny_team_options *options);
int ar_config_models(ar_config_reader *reader, const ar_json_value *object);
int ar_config_agents(ar_config_reader *reader, const ar_json_value *object);
int ar_config_gateway(ar_config_reader *reader, const ar_json_value *object);

/* "stop" of an object, if it has one, in place of what the agent had. */
int ar_config_stop(ar_agent_config *agent, const ar_json *json, const ar_json_value *object);
/* "model" of an object as an index; it may be left out where there is only one. */
int ar_config_model_ref(size_t *out, const ar_config_reader *reader, const ar_json_value *object);
/* The name of an agent as an index; with `none`, "none" is one too: agent_count. */
int ar_config_agent_ref(size_t *out, const ar_config_reader *reader, const ar_json_value *value, int none);

/* 0 when the key at that index can name a model or an agent (`what`). */
int ar_config_name(char **out, const ar_config_reader *reader, const ar_json_value *object, size_t index,
                   const char *what);
/* A path that stays in the folder, joined with it. */
int ar_config_path(char **out, const ar_config_reader *reader, const ar_json_value *value);
/* The same, and the file must be there. */
int ar_config_file(char **out, const ar_config_reader *reader, const ar_json_value *value);

void ar_config_agent_free(ar_agent_config *agent);

#endif
