/*
 * memory/kv_folder.h - the snapshots of a team on disk: one file for an owner and an agent, the oldest ones removed when all
 * take more than their share.
 *
 * Thread rule: its own mutex guards it.
 */
#ifndef AR_MEMORY_KV_FOLDER_H
#define AR_MEMORY_KV_FOLDER_H

#include "memory/kv_file.h"
#include "memory/owner.h"

typedef struct ar_kv_folder ar_kv_folder;

/* `path` is made when the first snapshot is written. most: bytes of all files, 0: no limit. digests: a file where digests of
 * model files are remembered. The seal is borrowed. */
int ar_kv_folder_new(ar_kv_folder **out, const char *path, int64_t most, const char *digests, const ar_seal *seal);
void ar_kv_folder_free(ar_kv_folder *folder);

typedef struct ar_kv_maker { /* with what a snapshot was made, or shall be used */
    const char *agent;
    const char *model, *adapter; /* their files; adapter may be NULL */
    uint64_t model_file,
        adapter_file; /* their fingerprints when they were opened: another file has come since when they differ */
    uint32_t state_version;
    int32_t kv_type;
} ar_kv_maker;

/* *bytes grows by what was written: nothing when it is larger than what all may take. ARNY_E_DATA: the files are not those that it
 * was made with any more. */
int ar_kv_folder_write(int64_t *bytes, ar_kv_folder *folder, const ar_snapshot *snapshot, const ar_owner *owner,
                       const ar_kv_maker *maker);

/* Bytes of the file that is there for them; 0: none. */
int64_t ar_kv_folder_has(ar_kv_folder *folder, const ar_owner *owner, const char *agent);

/* Tokens that it says it has; 0: none, or it cannot be read. */
size_t ar_kv_folder_tokens(ar_kv_folder *folder, const ar_owner *owner, const char *agent);

/* Restores what is there and fits into a timeline; else leaves that as it is, or empty. */
void ar_kv_folder_restore(ar_kv_folder *folder, ar_timeline *timeline, const ar_owner *owner, const ar_kv_maker *maker);

/* Removes all that the owner has, also with agents that the team has no longer. ARNY_E_WRITE: something stays. */
int ar_kv_folder_forget(ar_kv_folder *folder, const ar_owner *owner);

#endif
