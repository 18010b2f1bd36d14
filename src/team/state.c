/* team/state.c - see state.h. */
#include "team/state.h"
#include "util/digest.h"
#include "util/folder.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_HEX 16 /* digits of a team's folder */

int ar_state_init(ar_state *state, const ar_team_config *config, const arny_team_options *options)
{
    memset(state, 0, sizeof *state);
    state->lock = -1;
    state->most = config->disk;
    int status = ar_seal_init(&state->seal, options ? options->key : NULL, options ? options->cipher : NULL);
    if (!status && options && options->state && !(state->path = ar_strdup(options->state)))
        status = ARNY_E_MEMORY;
    return status;
}

void ar_state_close(ar_state *state)
{
    ar_kv_folder_free(state->kv);
    state->kv = NULL;
    if (state->is_open)
        ar_file_unlock(state->lock);
    state->is_open = 0;
}

void ar_state_free(ar_state *state)
{
    ar_state_close(state);
    ar_seal_wipe(&state->seal);
    ar_free(state->path);
    memset(state, 0, sizeof *state);
}

/* $ARNY_STATE, else $XDG_STATE_HOME/arny, else ~/.local/state/arny; and in it a folder for each team.json. */
static int default_path(char **out, const char *team_file)
{
    const char *own = getenv("ARNY_STATE"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char hex[2 * AR_DIGEST_BYTES + 1], *real = realpath(team_file, NULL);
    const char *name = real ? real : team_file;
    ar_digest digest;
    int status = ar_digest_data(&digest, name, strlen(name));
    free(real);
    if (status)
        return status;
    ar_digest_hex(hex, &digest);
    *out = own && *own     ? ar_format("%s/%.*s", own, NAME_HEX, hex)
           : xdg && *xdg   ? ar_format("%s/arny/%.*s", xdg, NAME_HEX, hex)
           : home && *home ? ar_format("%s/.local/state/arny/%.*s", home, NAME_HEX, hex)
                           : NULL;
    if (*out)
        return ARNY_OK;
    return (own && *own) || (xdg && *xdg) || (home && *home)
               ? ARNY_E_MEMORY
               : ar_fail(ARNY_E_ARGUMENT,
                         "sessions are to be kept on disk (\"persist\": \"disk\"), and nothing says where: set "
                         "arny_team_options.state, or $ARNY_STATE");
}

/* What a process that was killed has left half-written. We have the lock: nobody else is writing. */
static int drop_if_temporary(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    size_t length = strlen(name);
    (void)bytes, (void)mtime_ns;
    if (length > 4 && strcmp(name + length - 4, ".tmp") == 0) {
        char *path = ar_path_join(data, name);
        if (path)
            ar_fs_drop(path);
        ar_free(path);
    }
    return 0;
}

static int take_lock(ar_state *state)
{
    char *path = ar_path_join(state->path, "lock");
    int status = path ? ar_file_lock(&state->lock, path) : ARNY_E_MEMORY;
    if (status == ARNY_E_BUSY)
        ar_fail(ARNY_E_BUSY,
                "%s: another process has sessions in this folder: end it, or give this one another folder "
                "(arny_team_options.state, $ARNY_STATE)",
                state->path);
    ar_free(path);
    return status;
}

int ar_state_is_there(ar_state *state, const ar_team_config *config)
{
    if (!state->path && default_path(&state->path, config->file))
        return 0;
    char *sessions = ar_path_join(state->path, "sessions");
    int there = sessions && (ar_fs_exists(sessions) || errno == ENOTDIR); /* a mistake that opening tells */
    ar_free(sessions);
    return there;
}

int ar_state_open(ar_state *state, const ar_team_config *config)
{
    if (state->is_open)
        return ARNY_OK;
    int status = state->path ? ARNY_OK : default_path(&state->path, config->file);
    if (status)
        return status;
    char *sessions = ar_path_join(state->path, "sessions"), *kv = ar_path_join(state->path, "kv"),
         *digests = ar_path_join(state->path, "digests");
    status = sessions && kv && digests ? ar_folder_make(sessions) : ARNY_E_MEMORY;
    if (!status && !(status = take_lock(state))) {
        (void)ar_folder_each(state->path, drop_if_temporary, state->path);
        (void)ar_folder_each(sessions, drop_if_temporary, sessions);
        (void)ar_folder_each(kv, drop_if_temporary, kv);
        status = ar_kv_folder_new(&state->kv, kv, state->most, digests, &state->seal);
        if (status)
            ar_file_unlock(state->lock);
        state->is_open = !status;
        state->opened += !status;
    }
    ar_free(sessions);
    ar_free(kv);
    ar_free(digests);
    return status;
}

char *ar_state_turns_path(const ar_state *state, const char *session)
{
    return ar_format("%s/sessions/%s.turns", state->path, session);
}
