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

static int open_at(arny_team **out, const char *path, const team_options *options)
{
    arny_team_options how = ARNY_TEAM_OPTIONS_INIT;
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
    *out = NULL;
    if (!path)
        return usage_error(command, "--team DIR expected: the folder with the team's team.json");
    int status = open_at(out, path, options);
    return status ? fail(status, json) : CLI_OK;
}

#define DEMO "models/demo" /* in the source tree, where ./dev setup links its models */

int team_open_any(arny_team **out, const cli_command *command, const team_options *options)
{
    *out = NULL;
    if (team_path(options))
        return team_open(out, command, options, 0);
    if (access(DEMO "/team.json", R_OK) != 0) {
        error_line("the demo team is not here. In the source tree, ./dev setup fetches it and ./dev chat opens it; "
                   "or name a team with --team DIR, or one model with --model FILE");
        return CLI_UNAVAILABLE;
    }
    int status = open_at(out, DEMO, options);
    if (status != ARNY_E_NOT_FOUND && status != ARNY_E_DATA)
        return status ? fail(status, 0) : CLI_OK;
    fail(status, 0);
    error_line("./dev setup, in the source tree, fetches and makes the demo team's model files");
    return status == ARNY_E_NOT_FOUND ? CLI_UNAVAILABLE : exit_of(status);
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
