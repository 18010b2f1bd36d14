/* engine/pte/packed.c - see packed.h. */
#include "engine/pte/packed.h"
#include "engine/pte/shim.h"
#include "util/cache.h"
#include "util/folder.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define ROOM_TO_SPARE ((uint64_t)16 << 20) /* XNNPACK writes through a mapping: a full disk would be a signal */
#define WAIT_MS       5
#define MAGIC         "arny-packed"
#define VERSION       1

#if defined(__aarch64__)
#define PROCESSOR "aarch64"
#elif defined(__x86_64__)
#define PROCESSOR "x86_64"
#else
#define PROCESSOR "other"
#endif

/* The record, as it lies on the disk of the machine that made it and is read nowhere else. */
typedef struct record {
    char magic[12];
    uint32_t version;
    char runtime[32], processor[16];
    ar_file_id pte, packed; /* as they were */
    ar_digest pte_digest, packed_digest;
    uint64_t check; /* hash of what stands before it */
} record;

static uint64_t check_of(const record *r)
{
    return ar_hash(AR_HASH_BEGIN, r, offsetof(record, check));
}

/* The device may be another number after a reboot. */
static ar_file_id lasting(const ar_file_id *id)
{
    ar_file_id same = *id;
    same.device = 0;
    return same;
}

static void fill(record *r, const ar_file_id *pte)
{
    memset(r, 0, sizeof *r);
    memcpy(r->magic, MAGIC, sizeof MAGIC);
    r->version = VERSION;
    snprintf(r->runtime, sizeof r->runtime, "%s", shim_version());
    snprintf(r->processor, sizeof r->processor, "%s", PROCESSOR);
    r->pte = lasting(pte);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static int name_files(char **packed, const char *pte_path, const ar_file_id *pte)
{
    char *folder = NULL, name[64], *real = realpath(pte_path, NULL);
    const char *path = real ? real : pte_path;
    ar_file_id id = lasting(pte);
    snprintf(name, sizeof name, "%016" PRIx64 "-%016" PRIx64 ".xnn", ar_hash(AR_HASH_BEGIN, path, strlen(path)),
             ar_hash(AR_HASH_BEGIN, &id, sizeof id));
    free(real);
    *packed = NULL;
    int status = ar_cache_file(&folder, "packed");
    if (!status && folder && !(status = ar_folder_make(folder)) && !(*packed = ar_path_join(folder, name)))
        status = ARNY_E_MEMORY;
    ar_free(folder);
    return status;
}

/* What was packed of the files that were at the same path before. Whoever has one mapped keeps it. */
static int drop_older(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    const char *packed = data, *own = ar_path_base(packed);
    size_t of_path = strcspn(own, "-") + 1;
    (void)bytes, (void)mtime_ns;
    if (strncmp(name, own, of_path) == 0 && strncmp(name, own, strlen(own)) != 0) {
        char *folder = ar_path_dir(packed), *path = folder ? ar_path_join(folder, name) : NULL;
        if (path)
            ar_fs_drop(path);
        ar_free(path);
        ar_free(folder);
    }
    return 0;
}

static void drop_all_older(char *packed)
{
    char *folder = ar_path_dir(packed);
    if (folder)
        (void)ar_folder_each(folder, drop_older, packed);
    ar_free(folder);
}

/* ---- the record ------------------------------------------------------------------------------------------------- */

static int read_record(record *out, const char *packed)
{
    ar_buf bytes = AR_BUF_INIT(sizeof *out);
    char *path = ar_format("%s.ok", packed);
    int there = path && ar_fs_read(&bytes, path) == ARNY_OK && bytes.len == sizeof *out;
    if (there)
        memcpy(out, bytes.ptr, sizeof *out);
    ar_buf_free(&bytes);
    ar_free(path);
    return there && out->check == check_of(out);
}

static int write_record(record *r, const char *packed)
{
    ar_file_id id;
    char *path = ar_format("%s.ok", packed);
    int status = !path ? ARNY_E_MEMORY : ar_fs_id(&id, packed);
    if (!status) {
        r->packed = lasting(&id);
        r->check = check_of(r);
        status = ar_fs_replace(path, r, sizeof *r);
    }
    ar_free(path);
    return status;
}

/* What the record must say, but for what only the file itself can tell. */
static int is_of(const record *found, const ar_file_id *pte)
{
    record wanted;
    fill(&wanted, pte);
    wanted.packed = found->packed;
    wanted.pte_digest = found->pte_digest;
    wanted.packed_digest = found->packed_digest;
    wanted.check = found->check;
    return memcmp(found, &wanted, sizeof wanted) == 0;
}

int ar_packed_is_there(const char *pte_path, const ar_file_id *pte)
{
    record found;
    char *packed;
    int there = name_files(&packed, pte_path, pte) == ARNY_OK && packed && ar_fs_exists(packed) &&
                read_record(&found, packed) && is_of(&found, pte);
    ar_free(packed);
    return there;
}

/* 1: the file is the one that was made of this .pte, by this runtime, for this processor. */
static int is_good(ar_packed *packed, const ar_file_id *pte)
{
    record found;
    ar_digest digest;
    if (ar_fs_id(&packed->file, packed->path) || !read_record(&found, packed->path) || !is_of(&found, pte))
        return 0;
    ar_file_id now = lasting(&packed->file);
    packed->pte_digest = found.pte_digest;
    packed->digested = 1;
    if (memcmp(&found.packed, &now, sizeof now) == 0)
        return 1;
    /* Copied, or touched, or damaged: only its bytes can say. */
    if (found.packed.bytes != packed->file.bytes || ar_digest_file(&digest, packed->path) ||
        memcmp(&digest, &found.packed_digest, sizeof digest) != 0)
        return 0;
    (void)write_record(&found, packed->path);
    return 1;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static int has_room(const char *path, int64_t weights)
{
    struct statvfs disk;
    uint64_t need = (uint64_t)weights + (uint64_t)weights / 4 + ROOM_TO_SPARE;
    if (statvfs(path, &disk) != 0 || (uint64_t)disk.f_bavail * disk.f_frsize >= need)
        return 1;
    ar_fail(ARNY_E_WRITE, "the disk has %" PRIu64 " MB left, and %" PRIu64 " are needed",
            (uint64_t)disk.f_bavail * disk.f_frsize >> 20, need >> 20);
    return 0;
}

static int keep(ar_packed *packed, record *r, const char *beside)
{
    int status = ar_digest_file(&r->packed_digest, beside);
    r->pte_digest = packed->pte_digest;
    if (!status)
        status = ar_fs_commit(beside, packed->path);
    if (!status)
        status = write_record(r, packed->path);
    if (!status)
        drop_all_older(packed->path);
    return status;
}

static int none(ar_packed *packed)
{
    ar_log(ARNY_LOG_WARN, "%s: packed weights are not kept: %s", packed->path, arny_last_error());
    ar_packed_free(packed);
    return ARNY_OK;
}

int ar_packed_make(ar_packed *packed, const char *pte_path, const ar_file_id *pte, int64_t weights,
                   ar_packed_maker make, void *data)
{
    record r;
    ar_file_id made;
    char *beside;
    if (!packed->path || packed->good)
        return ARNY_OK;
    fill(&r, pte);
    if (ar_packed_digest(packed, pte_path) || ar_fs_create_beside(&beside, packed->path))
        return none(packed);
    if (strlen(beside) > SHIM_PATH_MAX || !has_room(beside, weights)) {
        ar_fs_drop(beside);
        ar_free(beside);
        return none(packed);
    }
    int status = make(beside, data), kept = ARNY_OK;
    if (!status && !(kept = ar_fs_id(&made, beside)) && made.bytes > 0 && !(kept = keep(packed, &r, beside)))
        packed->good = is_good(packed, pte);
    ar_fs_drop(beside);
    ar_free(beside);
    if (kept || (!status && !packed->good)) /* nothing of it is for XNNPACK, or the disk is full */
        return none(packed);
    return status;
}

/* ---- enter, leave ----------------------------------------------------------------------------------------------- */

static int wait_for_lock(ar_packed *packed, const arny_engine_cancel *cancel)
{
    char *path = ar_format("%s.lock", packed->path);
    int status = path ? ARNY_E_BUSY : ARNY_E_MEMORY;
    while (status == ARNY_E_BUSY) {
        status = ar_file_lock(&packed->lock, path);
        if (status != ARNY_E_BUSY)
            break;
        if (cancel && cancel->asked && cancel->asked(cancel->data))
            status = ARNY_E_CANCELLED;
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000}, NULL);
    }
    ar_free(path);
    if (status)
        packed->lock = -1;
    return status == ARNY_E_CANCELLED || status == ARNY_E_MEMORY ? status : ARNY_OK; /* a read-only disk has no lock */
}

int ar_packed_enter(ar_packed *packed, const char *pte_path, const ar_file_id *pte, const arny_engine_cancel *cancel)
{
    memset(packed, 0, sizeof *packed);
    packed->lock = -1;
    if (name_files(&packed->path, pte_path, pte)) {
        ar_log(ARNY_LOG_WARN, "%s: packed weights are not kept: %s", pte_path, arny_last_error());
        return ARNY_OK;
    }
    if (packed->path && strlen(packed->path) > SHIM_PATH_MAX) {
        ar_fail(ARNY_E_ARGUMENT, "a path of more than %d bytes", SHIM_PATH_MAX);
        return none(packed);
    }
    if (!packed->path)
        return ARNY_OK;
    int status = wait_for_lock(packed, cancel);
    if (status)
        ar_packed_free(packed);
    else
        packed->good = is_good(packed, pte);
    return status;
}

int ar_packed_digest(ar_packed *packed, const char *pte_path)
{
    int status = packed->digested ? ARNY_OK : ar_digest_file(&packed->pte_digest, pte_path);
    packed->digested = !status;
    return status;
}

/* XNNPACK holds a lock of its own on the file for as long as it is used, and whoever does not get it packs into memory. Nobody
 * writes to the file now, so it need not be held. */
static void unlock_descriptors(const ar_file_id *file)
{
    DIR *folder = opendir("/dev/fd");
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        struct stat info;
        char *end;
        long fd = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == 0 && fd > 2 && fstat((int)fd, &info) == 0 &&
            (uint64_t)info.st_dev == file->device && (uint64_t)info.st_ino == file->inode)
            (void)flock((int)fd, LOCK_UN);
    }
    if (folder)
        closedir(folder);
}

void ar_packed_leave(ar_packed *packed)
{
    if (packed->lock < 0)
        return;
    unlock_descriptors(&packed->file);
    ar_file_unlock(packed->lock);
    packed->lock = -1;
}

void ar_packed_free(ar_packed *packed)
{
    ar_packed_leave(packed);
    ar_free(packed->path);
    packed->path = NULL;
}
