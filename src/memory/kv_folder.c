/* memory/kv_folder.c - see kv_folder.h. */
#include "memory/kv_folder.h"
#include "util/digests.h"
#include "util/folder.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/thread.h"
#include <stdio.h>
#include <string.h>

/* The owner's digits, a dash, the pair's, ".kv" and the end: what an owner has is found without knowing its agents. */
#define OWNER_HEX  16
#define NAME_BYTES (2 * OWNER_HEX + 5)

struct ar_kv_folder {
    char *path;
    int64_t most;
    ar_digests *digests;
    const ar_seal *seal;
    ar_mutex mutex; /* one file at a time is written, read or removed */
};

int ar_kv_folder_new(ar_kv_folder **out, const char *path, int64_t most, const char *digests, const ar_seal *seal)
{
    *out = NULL;
    ar_kv_folder *folder = ar_calloc(1, sizeof *folder);
    if (!folder)
        return ARNY_E_MEMORY;
    int status = ar_mutex_init(&folder->mutex);
    if (status) {
        ar_free(folder);
        return status;
    }
    folder->most = most;
    folder->seal = seal;
    status = ar_digests_new(&folder->digests, digests);
    if (!status && !(folder->path = ar_strdup(path)))
        status = ARNY_E_MEMORY;
    if (status) {
        ar_kv_folder_free(folder);
        return status;
    }
    *out = folder;
    return ARNY_OK;
}

void ar_kv_folder_free(ar_kv_folder *folder)
{
    if (!folder)
        return;
    ar_digests_free(folder->digests);
    ar_mutex_free(&folder->mutex);
    ar_free(folder->path);
    ar_free(folder);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static int digest_of_pair(ar_digest *out, const ar_owner *owner, const char *agent)
{
    ar_fs_part parts[] = {{owner->whose.bytes, sizeof owner->whose.bytes}, {agent, strlen(agent)}};
    return ar_digest_parts(out, parts, 2);
}

static char *path_of(const ar_kv_folder *folder, const ar_owner *owner, const ar_digest *pair)
{
    char whose[2 * AR_DIGEST_BYTES + 1], hex[2 * AR_DIGEST_BYTES + 1], name[NAME_BYTES];
    ar_digest_hex(whose, &owner->whose);
    ar_digest_hex(hex, pair);
    snprintf(name, sizeof name, "%.*s-%.*s.kv", OWNER_HEX, whose, OWNER_HEX, hex);
    return ar_path_join(folder->path, name);
}

static char *path_for(const ar_kv_folder *folder, const ar_owner *owner, const char *agent)
{
    ar_digest pair;
    return digest_of_pair(&pair, owner, agent) ? NULL : path_of(folder, owner, &pair);
}

static int is_still(const char *path, uint64_t file)
{
    uint64_t now;
    int status = ar_model_fingerprint(&now, path);
    if (!status && now != file)
        status = ar_fail(ARNY_E_DATA, "%s: another file has come in its place", path);
    return status;
}

static int label_for(ar_kv_label *out, ar_kv_folder *folder, const ar_owner *owner, const ar_kv_maker *maker)
{
    memset(out, 0, sizeof *out);
    out->state_version = maker->state_version;
    out->kv_type = maker->kv_type;
    int status = digest_of_pair(&out->whose, owner, maker->agent);
    if (!status && !(status = ar_digests_file(&out->model, folder->digests, maker->model)))
        status = is_still(maker->model, maker->model_file);
    if (!status && maker->adapter && !(status = ar_digests_file(&out->adapter, folder->digests, maker->adapter)))
        status = is_still(maker->adapter, maker->adapter_file);
    return status;
}

/* ---- the share -------------------------------------------------------------------------------------------------- */

typedef struct oldest {
    int64_t total, bytes, mtime_ns;
    char name[NAME_BYTES];
} oldest;

static int visit(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    oldest *found = data;
    size_t length = strlen(name);
    if (length < 4 || strcmp(name + length - 3, ".kv") != 0 || length >= sizeof found->name)
        return 0;
    found->total += bytes;
    if (!found->name[0] || mtime_ns < found->mtime_ns) {
        found->bytes = bytes;
        found->mtime_ns = mtime_ns;
        memcpy(found->name, name, length + 1);
    }
    return 0;
}

static void keep_to_share(ar_kv_folder *folder)
{
    while (folder->most > 0) {
        oldest found = {0};
        if (ar_folder_each(folder->path, visit, &found) || found.total <= folder->most || !found.name[0])
            return;
        char *path = ar_path_join(folder->path, found.name);
        int gone = path && ar_file_remove(path) == 0;
        ar_free(path);
        if (!gone)
            return;
    }
}

/* ---- write, restore, remove ------------------------------------------------------------------------------------- */

int ar_kv_folder_write(int64_t *bytes, ar_kv_folder *folder, const ar_snapshot *snapshot, const ar_owner *owner,
                       const ar_kv_maker *maker)
{
    ar_kv_label label;
    int64_t written = 0;
    if (folder->most > 0 && (int64_t)(snapshot->bytes + snapshot->tokens.len * sizeof(int32_t)) > folder->most)
        return ARNY_OK;
    ar_lock(&folder->mutex);
    int status = label_for(&label, folder, owner, maker);
    if (!status)
        status = ar_folder_make(folder->path);
    char *path = status ? NULL : path_of(folder, owner, &label.whose);
    if (!status)
        status = path ? ar_kv_file_write(&written, path, &label, snapshot, folder->seal) : ARNY_E_MEMORY;
    if (!status) {
        *bytes += written;
        keep_to_share(folder);
    }
    ar_unlock(&folder->mutex);
    ar_free(path);
    return status;
}

int64_t ar_kv_folder_has(ar_kv_folder *folder, const ar_owner *owner, const char *agent)
{
    ar_file_id id = {0};
    char *path = path_for(folder, owner, agent);
    if (!path || !ar_fs_exists(path) || ar_fs_id(&id, path))
        id.bytes = 0;
    ar_free(path);
    return id.bytes;
}

size_t ar_kv_folder_tokens(ar_kv_folder *folder, const ar_owner *owner, const char *agent)
{
    char *path = path_for(folder, owner, agent);
    size_t tokens = path ? ar_kv_file_tokens(path) : 0;
    ar_free(path);
    return tokens;
}

void ar_kv_folder_restore(ar_kv_folder *folder, ar_timeline *timeline, const ar_owner *owner, const ar_kv_maker *maker)
{
    ar_kv_label label;
    ar_snapshot snapshot = {0};
    char *path = path_for(folder, owner, maker->agent);
    if (!path || !ar_fs_exists(path)) {
        ar_free(path);
        return;
    }
    ar_lock(&folder->mutex);
    int status = label_for(&label, folder, owner, maker);
    if (!status)
        status = ar_kv_file_read(&snapshot, path, &label, folder->seal);
    ar_unlock(&folder->mutex);
    if (status) {
        ar_log(ARNY_LOG_WARN, "a snapshot is not used, its tokens are prefilled: %s", arny_last_error());
    } else {
        ar_snapshot_restore(&snapshot, timeline);
        ar_file_touch(path);
    }
    ar_snapshot_drop(&snapshot);
    ar_free(path);
}

typedef struct forgetting {
    const ar_kv_folder *folder;
    char whose[2 * AR_DIGEST_BYTES + 1];
    int status; /* of the last file that stays */
} forgetting;

static int forget(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    forgetting *f = data;
    (void)bytes, (void)mtime_ns;
    if (strncmp(name, f->whose, OWNER_HEX) != 0 || name[OWNER_HEX] != '-')
        return 0;
    char *path = ar_path_join(f->folder->path, name);
    int status = path ? ar_file_remove(path) : ARNY_E_MEMORY;
    f->status = status ? status : f->status;
    ar_free(path);
    return 0;
}

int ar_kv_folder_forget(ar_kv_folder *folder, const ar_owner *owner)
{
    forgetting f = {.folder = folder};
    ar_digest_hex(f.whose, &owner->whose);
    ar_lock(&folder->mutex);
    int status = ar_folder_each(folder->path, forget, &f);
    ar_unlock(&folder->mutex);
    return f.status ? f.status : status;
}
