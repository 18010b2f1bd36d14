/* cli/options.h - options that several commands share. The macros are entries of a table of args_option. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "args.h"

#include <arny/arny.h>

/* ---- a team -------------------------------------------------------------------------------------------------------- */

typedef struct team_options {
    const char *team, *engine;
    int64_t budget;
    int32_t threads;
    const char *state, *key_file;
} team_options;

#define TEAM_OPTION(type, member)                                              \
    {                                                                          \
        "team", 0, ARGS_TEXT, offsetof(type, member.team), "DIR",              \
            "the folder with the team's team.json (default: $ARNY_TEAM)", 0, 0 \
    }

#define TEAM_OPTIONS(type, member)                                                                                   \
    TEAM_OPTION(type, member),                                                                                       \
        {"engine",  0,                                                                                               \
         ARGS_TEXT, offsetof(type, member.engine),                                                                   \
         "NAME",    "which of a model's files to open: gguf, pte, fake\n(default: as team.json says)",               \
         0,         0},                                                                                              \
        {"budget",   0,                                                                                              \
         ARGS_BYTES, offsetof(type, member.budget),                                                                  \
         "BYTES",    "the most memory to take: 400MB, 1.5GiB, 400000000\n(default: as team.json says)",              \
         0,          0},                                                                                             \
    {                                                                                                                \
        "threads", 0, ARGS_INT, offsetof(type, member.threads), "N", "1 to 256 (default: as team.json says)", 1, 256 \
    }

/* Where sessions are kept that outlive the process; for commands that have sessions. */
#define STATE_OPTIONS(type, member)                                                                              \
    {"state",                                                                                                    \
     0,                                                                                                          \
     ARGS_TEXT,                                                                                                  \
     offsetof(type, member.state),                                                                               \
     "DIR",                                                                                                      \
     "where \"persist\": \"disk\" keeps turns and KV (default: a folder for\neach team under $ARNY_STATE, else " \
     "~/.local/state/arny)",                                                                                     \
     0,                                                                                                          \
     0},                                                                                                         \
    {                                                                                                            \
        "key-file", 0, ARGS_TEXT, offsetof(type, member.key_file), "FILE",                                       \
            "32 bytes, or 64 hexadecimal digits: what is kept there is\nencrypted (AES-256-GCM)", 0, 0           \
    }

#define PERSIST_OPTION(type, member)                                                                                           \
    {                                                                                                                          \
        "persist", 0, ARGS_TEXT, offsetof(type, member), "WORD",                                                               \
            "what outlives the context: none, memory, or disk: the next\nprocess goes on where it was (default: as team.json " \
            "says)",                                                                                                           \
            0, 0                                                                                                               \
    }

/* A session of the team as these options say: persist is a word of team.json's, or NULL. 0, or an exit code after a message. */
int session_open(arny_session **out, arny_team *team, const char *name, const char *persist, const cli_command *command,
                 int json);

/* The team that was named, else $ARNY_TEAM, else NULL. */
const char *team_path(const team_options *options);

/* Opens the team that was named, or $ARNY_TEAM. 0, or an exit code after a message. */
int team_open(arny_team **out, const cli_command *command, const team_options *options, int json);

/* The same; without either, the demo team where it can be found. */
int team_open_any(arny_team **out, const cli_command *command, const team_options *options);

/* ---- one model ----------------------------------------------------------------------------------------------------- */

#define MODEL_OPTIONS(type, member)                                                                                   \
    {"engine", 0, ARGS_TEXT, offsetof(type, member.engine), "NAME", "gguf, pte or fake (default: as the file says)",  \
     0,        0},                                                                                                    \
        {"tokenizer", 0,                                                                                              \
         ARGS_TEXT,   offsetof(type, member.tokenizer),                                                               \
         "FILE",      "a vocabulary-only GGUF, for a model file that has none",                                       \
         0,           0},                                                                                             \
        {"adapter", 0, ARGS_TEXT, offsetof(type, member.adapter), "FILE", "a LoRA adapter over the model", 0, 0},     \
        {"chat",    0,                                                                                                \
         ARGS_TEXT, offsetof(type, member.chat),                                                                      \
         "NAME",    "the chat template: chatml, llama3, gemma, ...\n(default: as the file says)",                     \
         0,         0},                                                                                               \
        {"ctx",    0,                                                                                                 \
         ARGS_INT, offsetof(type, member.context),                                                                    \
         "N",      "length of the context, 16 to 1048576 tokens\n(default: what the request needs)",                  \
         16,       1048576},                                                                                          \
        {"batch",  0,                                                                                                 \
         ARGS_INT, offsetof(type, member.batch),                                                                      \
         "N",      "most tokens prefilled at once, 1 to 8192 (default: 512)",                                         \
         1,        8192},                                                                                             \
        {"threads",                                                                                                   \
         0,                                                                                                           \
         ARGS_INT,                                                                                                    \
         offsetof(type, member.threads),                                                                              \
         "N",                                                                                                         \
         "1 to 256 (default: follows the load of the machine;\nwith a number the same seed gives the same text)",     \
         1,                                                                                                           \
         256},                                                                                                        \
        {"gpu-layers", 0,  ARGS_INT, offsetof(type, member.gpu_layers), "N", "layers on a GPU, -1: all (default: 0)", \
         -1,           999},                                                                                          \
    {                                                                                                                 \
        "repack", 0, ARGS_FLAG, offsetof(type, member.repack), NULL,                                                  \
            "rearrange the weights in memory: faster prefill, more\nmemory of its own", 0, 0                          \
    }

/* arny_team_warm with progress. What fails there fails again, and is told, when it is asked for. */
void team_warm(arny_team *team);

/* An arny_progress_callback: draws the progress of opening the file whose path is user_data. */
int model_progress(double progress, void *user_data);

#endif
