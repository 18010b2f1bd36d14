/* util/cache.c - see cache.h, and arny_set_cache. */
#include "util/cache.h"
#include "util/folder.h"
#include "util/mem.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

#define FOLDER_MAX 4096

/* Not atomic: set before any other call, from one thread. */
static char chosen[FOLDER_MAX];
static int is_chosen;

int arny_set_cache(const char *folder)
{
    if (folder && strlen(folder) >= sizeof chosen)
        return ar_fail(ARNY_E_ARGUMENT, "a cache folder's name has at most %d bytes", FOLDER_MAX - 1);
    is_chosen = folder != NULL;
    memcpy(chosen, folder ? folder : "", folder ? strlen(folder) + 1 : 1);
    return ARNY_OK;
}

static char *folder_now(void)
{
    const char *own = getenv("ARNY_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (is_chosen)
        return ar_strdup(chosen);
    if (own && *own)
        return ar_strdup(own);
    if (xdg && *xdg)
        return ar_format("%s/arny", xdg);
    return home && *home ? ar_format("%s/.cache/arny", home) : ar_strdup("");
}

int ar_cache_file(char **out, const char *name)
{
    *out = NULL;
    char *folder = folder_now();
    int status = !folder ? ARNY_E_MEMORY : *folder ? ar_folder_make(folder) : ARNY_OK;
    if (!status && *folder && !(*out = ar_path_join(folder, name)))
        status = ARNY_E_MEMORY;
    ar_free(folder);
    return status;
}
