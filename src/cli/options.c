/* cli/options.c - see options.h. */
#include "options.h"
#include "cancel.h"
#include "error.h"
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the user's system speaks: "de_AT.UTF-8", or NULL. */
static const char *language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return value;
    }
    return NULL;
}

#define KEY_BYTES 32

static int hex_digit(int c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* 32 bytes, or as many in hexadecimal with white space behind. */
static int read_key(uint8_t key[KEY_BYTES], const char *path)
{
    unsigned char text[2 * KEY_BYTES + 3];
    FILE *file = fopen(path, "rbe");
    size_t bytes = file ? fread(text, 1, sizeof text, file) : 0;
    if (file)
        fclose(file);
    if (!file)
        return error_line("%s: the key cannot be read", path), CLI_NO_INPUT;
    if (bytes == KEY_BYTES) {
        memcpy(key, text, KEY_BYTES);
        return CLI_OK;
    }
    while (bytes > 2 * KEY_BYTES && strchr(" \r\n", text[bytes - 1]))
        bytes--;
    int good = bytes == 2 * KEY_BYTES;
    for (size_t i = 0; i < KEY_BYTES && good; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        good = high >= 0 && low >= 0;
        key[i] = (uint8_t)(16 * high + low);
    }
    return good ? CLI_OK : (error_line("%s: a key of 32 bytes, or of 64 hexadecimal digits, expected", path), CLI_DATA);
}

static int open_at(arny_team **out, const char *path, const team_options *options, const uint8_t *key)
{
    arny_team_options how = ARNY_TEAM_OPTIONS_INIT;
    how.state = options->state;
    how.key = key;
    how.engine = options->engine;
    how.budget = options->budget;
    how.threads = options->threads;
    how.language = language();
    return arny_team_open(out, path, &how);
}

const char *team_path(const team_options *options)
{
    const char *from_environment = getenv("ARNY_TEAM");
    if (options->team)
        return options->team;
    return from_environment && from_environment[0] ? from_environment : NULL;
}

int team_open(arny_team **out, const cli_command *command, const team_options *options, int json)
{
    const char *path = team_path(options);
    uint8_t key[KEY_BYTES];
    *out = NULL;
    if (!path)
        return usage_error(command, "--team DIR expected: the folder with the team's team.json");
    int code = options->key_file ? read_key(key, options->key_file) : CLI_OK;
    if (code)
        return code;
    int status = open_at(out, path, options, options->key_file ? key : NULL);
    memset(key, 0, sizeof key);
    return status ? fail(status, json) : CLI_OK;
}

#define DEMO "models/demo" /* in the source tree, where ./dev setup links its models */

int team_open_any(arny_team **out, const cli_command *command, const team_options *options)
{
    team_options demo = *options;
    *out = NULL;
    if (team_path(options))
        return team_open(out, command, options, 0);
    if (access(DEMO "/team.json", R_OK) != 0) {
        error_line("the demo team is not here. In the source tree, ./dev setup fetches it and ./dev chat opens it; "
                   "or name a team with --team DIR, or one model with --model FILE");
        return CLI_UNAVAILABLE;
    }
    demo.team = DEMO;
    int code = team_open(out, command, &demo, 0);
    if (code != CLI_NO_INPUT && code != CLI_DATA)
        return code;
    error_line("./dev setup, in the source tree, fetches and makes the demo team's model files");
    return code == CLI_NO_INPUT ? CLI_UNAVAILABLE : code;
}

int session_open(arny_session **out, arny_team *team, const char *name, const char *persist, const cli_command *command,
                 int json)
{
    static const char *const words[] = {"none", "memory", "disk"};
    arny_session_options how = ARNY_SESSION_OPTIONS_INIT;
    *out = NULL;
    for (int i = 0; persist && i < 3; i++)
        if (strcmp(persist, words[i]) == 0)
            how.persist = ARNY_PERSIST_NONE + i;
    if (persist && how.persist == ARNY_PERSIST_TEAM)
        return usage_error(command, "--persist %s: none, memory or disk expected", persist);
    int status = arny_session_open_with(out, team, name, &how);
    return status ? fail(status, json) : CLI_OK;
}

static int warm_progress(double progress, void *unused)
{
    (void)unused;
    progress_show("opening the team", progress);
    return 0;
}

void team_warm(arny_team *team)
{
    arny_team_warm(team, warm_progress, NULL);
    progress_end();
}

int model_progress(double progress, void *user_data)
{
    const char *path = user_data, *slash = strrchr(path, '/');
    progress_show(slash ? slash + 1 : path, progress);
    return cancel_asked();
}
